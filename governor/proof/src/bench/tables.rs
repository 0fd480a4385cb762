use anyhow::Context as _;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use flyball_governor::create_table;
use flyball_governor_proof::engine::Engine;

/// The governor's table.
pub(crate) const GOVERNED: &str = "flyball";
/// The table of whoever compares versions, and its key.
pub(crate) const VERSIONS: &str = "versions";
pub(crate) const VERSIONS_KEY: &str = "id";

/// The rivals' tables and their keys, as their documentation has them.
const OTHERS: &[(&str, &[&str])] = &[
    (VERSIONS, &[VERSIONS_KEY]),
    ("node-rate-limiter-flexible", &["key"]),
    ("distributed-locks-store", &["id"]),
    ("DynamoDBLockTable", &["lock_key", "sort_key"]),
];

/// Makes the tables of all contenders in an empty engine.
pub(crate) async fn make_tables(endpoint: &str) -> anyhow::Result<()> {
    let client = Engine::at(endpoint).await.client();
    create_table(&client, GOVERNED).await?;
    for (table, keys) in OTHERS {
        make_table(&client, table, keys).await.with_context(|| format!("no table {table}"))?;
    }
    Ok(())
}

async fn make_table(client: &Client, table: &str, keys: &[&str]) -> anyhow::Result<()> {
    let mut make = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in keys.iter().zip([KeyType::Hash, KeyType::Range]) {
        let text = ScalarAttributeType::S;
        make = make
            .attribute_definitions(
                AttributeDefinition::builder()
                    .attribute_name(*name)
                    .attribute_type(text)
                    .build()?,
            )
            .key_schema(KeySchemaElement::builder().attribute_name(*name).key_type(kind).build()?);
    }
    make.send().await?;
    Ok(())
}
