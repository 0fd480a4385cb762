use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};

use crate::error::GovernorError;
use crate::key::WAKE_INDEX;

/// Makes the governor's table where there is none; one that is there is left as it is. For the
/// embedded engine and for tests: on AWS the template makes it.
///
/// # Errors
/// [`GovernorError::Unanswered`] if the table could not be made.
pub async fn create_table(client: &Client, table: &str) -> Result<(), GovernorError> {
    let attribute = |name: &str, of: ScalarAttributeType| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(of).build().ok()
    };
    let key = |name: &str, of: KeyType| {
        KeySchemaElement::builder().attribute_name(name).key_type(of).build().ok()
    };
    let wake = GlobalSecondaryIndex::builder()
        .index_name(WAKE_INDEX)
        .set_key_schema(
            [key("shard", KeyType::Hash), key("wake", KeyType::Range)].into_iter().collect(),
        )
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .ok();
    let made = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(
            [
                attribute("pk", ScalarAttributeType::S),
                attribute("sk", ScalarAttributeType::S),
                attribute("shard", ScalarAttributeType::N),
                attribute("wake", ScalarAttributeType::N),
            ]
            .into_iter()
            .collect(),
        )
        .set_key_schema([key("pk", KeyType::Hash), key("sk", KeyType::Range)].into_iter().collect())
        .set_global_secondary_indexes(wake.map(|wake| vec![wake]))
        .send()
        .await;
    match made {
        Ok(_) => Ok(()),
        Err(SdkError::ServiceError(error))
            if matches!(error.err(), CreateTableError::ResourceInUseException(_)) =>
        {
            Ok(())
        }
        Err(error) => Err(GovernorError::unanswered("create table", &error)),
    }
}
