//! The embedded `DynamoDB` under the unchanged AWS client.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, Delete, GlobalSecondaryIndex,
    KeySchemaElement, KeyType, KeysAndAttributes, Projection, ProjectionType, Put, PutRequest,
    ReturnValuesOnConditionCheckFailure, ScalarAttributeType, TimeToLiveSpecification,
    TransactWriteItem, WriteRequest,
};
use flyball_local::{Engine, RECORDS_TABLE};
use flyball_runtime::{AwsSource, Counters, LocalEndpoints, Meter, Service, aws_clients};
use futures::{StreamExt as _, stream};

const TABLE: &str = "flyball-test-lanes";
const INDEX: &str = "wake";

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn key(name: &str, role: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(role).build().unwrap()
}

fn attribute(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
}

async fn create_table(client: &Client, name: &str) {
    let index = GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .key_schema(key("lot", KeyType::Hash))
        .key_schema(key("wake", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .unwrap();
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk", ScalarAttributeType::S))
        .attribute_definitions(attribute("lot", ScalarAttributeType::S))
        .attribute_definitions(attribute("wake", ScalarAttributeType::N))
        .key_schema(key("pk", KeyType::Hash))
        .global_secondary_indexes(index)
        .send()
        .await
        .unwrap();
}

async fn put(client: &Client, pk: &str) {
    put_into(client, TABLE, pk).await;
}

async fn put_into(client: &Client, table: &str, pk: &str) {
    client.put_item().table_name(table).item("pk", text(pk)).send().await.unwrap();
}

async fn is_there(client: &Client, pk: &str) -> bool {
    is_in(client, TABLE, pk).await
}

async fn is_in(client: &Client, table: &str, pk: &str) -> bool {
    let got = client.get_item().table_name(table).key("pk", text(pk)).consistent_read(true);
    got.send().await.unwrap().item.is_some()
}

async fn engine_with_table() -> (Engine, Client, Meter) {
    let (engine, meter) = (Engine::memory().await.unwrap(), Meter::default());
    let client = engine.client(&meter).await;
    create_table(&client, TABLE).await;
    (engine, client, meter)
}

#[tokio::test]
async fn a_refused_update_tells_what_stood_there_and_is_counted_apart() {
    let (_engine, client, meter) = engine_with_table().await;
    let admit = || {
        client
            .update_item()
            .table_name(TABLE)
            .key("pk", text("lane"))
            .update_expression("SET held = :now ADD fence :one")
            .condition_expression("attribute_not_exists(held)")
            .expression_attribute_values(":now", number(7))
            .expression_attribute_values(":one", number(1))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
    };
    let before = meter.snapshot();
    admit().await.unwrap();
    let refusal = admit().await.unwrap_err().into_service_error();
    let UpdateItemError::ConditionalCheckFailedException(refusal) = refusal else {
        unreachable!("{refusal:?}");
    };
    let stood = refusal.item.unwrap();
    assert_eq!(stood.get("held"), Some(&number(7)));
    assert_eq!(stood.get("fence"), Some(&number(1)));
    let counted = (meter.snapshot() - &before).operation(Service::DynamoDb, "UpdateItem");
    let expected =
        Counters { calls: 2, attempts: 2, refused: 1, write_units: 1.0, ..Counters::default() };
    assert_eq!(counted, expected);
}

#[tokio::test]
async fn a_sparse_index_shows_only_what_has_the_key_by_its_number() {
    let (_engine, client, _meter) = engine_with_table().await;
    for (pk, wake) in [("a", Some(100)), ("b", None), ("c", Some(9)), ("d", Some(20))] {
        let mut lane = HashMap::from([("pk".to_owned(), text(pk)), ("lot".to_owned(), text("0"))]);
        lane.extend(wake.map(|wake| ("wake".to_owned(), number(wake))));
        client.put_item().table_name(TABLE).set_item(Some(lane)).send().await.unwrap();
    }
    let due = client
        .query()
        .table_name(TABLE)
        .index_name(INDEX)
        .key_condition_expression("lot = :lot AND wake <= :now")
        .expression_attribute_values(":lot", text("0"))
        .expression_attribute_values(":now", number(99))
        .send()
        .await
        .unwrap();
    let order: Vec<&AttributeValue> =
        due.items().iter().filter_map(|item| item.get("pk")).collect();
    assert_eq!(order, [&text("c"), &text("d")]);
}

#[tokio::test]
async fn every_operation_that_the_stores_use_is_served() {
    let (_engine, client, _meter) = engine_with_table().await;
    let time_to_live =
        TimeToLiveSpecification::builder().attribute_name("ttl").enabled(true).build().unwrap();
    client
        .update_time_to_live()
        .table_name(TABLE)
        .time_to_live_specification(time_to_live)
        .send()
        .await
        .unwrap();
    let described = client.describe_time_to_live().table_name(TABLE).send().await.unwrap();
    let described = described.time_to_live_description.unwrap();
    assert_eq!(described.attribute_name.as_deref(), Some("ttl"));
    assert_eq!(client.list_tables().send().await.unwrap().table_names(), [TABLE]);
    client.describe_table().table_name(TABLE).send().await.unwrap();

    let put_a = PutRequest::builder().item("pk", text("a")).build().unwrap();
    let write = WriteRequest::builder().put_request(put_a).build();
    client.batch_write_item().request_items(TABLE, vec![write]).send().await.unwrap();
    let put_b = Put::builder().table_name(TABLE).item("pk", text("b")).build().unwrap();
    let delete_a = Delete::builder().table_name(TABLE).key("pk", text("a")).build().unwrap();
    client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(put_b).build())
        .transact_items(TransactWriteItem::builder().delete(delete_a).build())
        .send()
        .await
        .unwrap();
    assert!(!is_there(&client, "a").await);
    let ask = KeysAndAttributes::builder().keys([("pk".to_owned(), text("b"))].into());
    let got = client.batch_get_item().request_items(TABLE, ask.build().unwrap()).send().await;
    assert_eq!(got.unwrap().responses.unwrap()[TABLE].len(), 1);
    assert_eq!(client.scan().table_name(TABLE).send().await.unwrap().count, 1);
    client.delete_item().table_name(TABLE).key("pk", text("b")).send().await.unwrap();
    assert!(!is_there(&client, "b").await);
}

#[tokio::test]
async fn who_does_not_know_the_token_is_refused_at_once() {
    let engine = Engine::memory().await.unwrap();
    let meter = Meter::default();
    let stranger = LocalEndpoints {
        dynamodb: engine.endpoint(),
        sqs: engine.endpoint(),
        token: "guessed".into(),
    };
    let clients = aws_clients(&AwsSource::Local(stranger), &meter).await;
    let error = clients.dynamodb.list_tables().send().await.unwrap_err();
    assert_eq!(error.code(), Some("UnrecognizedClientException"));
    let counted = meter.snapshot().operation(Service::DynamoDb, "ListTables");
    assert_eq!((counted.calls, counted.attempts, counted.failed), (1, 1, 1));
}

#[tokio::test]
async fn what_the_engine_cannot_do_is_refused_and_not_tried_again() {
    let (_engine, client, meter) = engine_with_table().await;
    let unserved = client.delete_table().table_name(TABLE).send().await.unwrap_err();
    assert_eq!(unserved.code(), Some("UnknownOperationException"));
    let overlapping = client
        .update_item()
        .table_name(TABLE)
        .key("pk", text("a"))
        .update_expression("SET held.one = :x REMOVE held")
        .expression_attribute_values(":x", number(1))
        .send()
        .await
        .unwrap_err();
    assert_eq!(overlapping.code(), Some("ValidationException"));
    let no_table = client.scan().table_name("flyball-nothing").send().await.unwrap_err();
    assert_eq!(no_table.code(), Some("ResourceNotFoundException"));
    let total = meter.snapshot().total(Service::DynamoDb);
    assert_eq!((total.failed, total.attempts), (3, total.calls));
}

#[tokio::test]
async fn a_stopped_engine_refuses_and_goes_on_where_it_was() {
    let (engine, client, _meter) = engine_with_table().await;
    put(&client, "before").await;
    let endpoint = engine.endpoint();
    engine.stop().await.unwrap();
    let error = client.list_tables().send().await.unwrap_err();
    assert!(error.raw_response().is_none(), "{error:?}");
    engine.stop().await.unwrap();
    engine.start().await.unwrap();
    engine.start().await.unwrap();
    assert_eq!(engine.endpoint(), endpoint);
    assert!(is_there(&client, "before").await);
}

#[tokio::test]
async fn an_engine_on_the_same_file_finds_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dynamodb.sqlite");
    let engine = Engine::file(&file).await.unwrap();
    let client = engine.client(&Meter::default()).await;
    create_table(&client, TABLE).await;
    put(&client, "kept").await;
    drop((engine, client));

    let engine = Engine::file(&file).await.unwrap();
    assert!(is_there(&engine.client(&Meter::default()).await, "kept").await);
}

#[tokio::test]
async fn records_and_other_items_written_at_once_are_all_read_back_and_found_again() {
    const EACH: usize = 100;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dynamodb.sqlite");
    let engine = Engine::file(&file).await.unwrap();
    let client = engine.client(&Meter::default()).await;
    let tables = [TABLE, RECORDS_TABLE];
    for table in tables {
        create_table(&client, table).await;
    }
    let names: Vec<String> = (0..EACH).map(|number| format!("item-{number}")).collect();
    let write = async |table: &str, name: &str| {
        put_into(&client, table, name).await;
        assert!(is_in(&client, table, name).await, "{name} of {table} is not read back");
    };
    let all = |table| names.iter().map(move |name| (table, name));
    let writes = tables.into_iter().flat_map(all).map(|(table, name)| write(table, name));
    stream::iter(writes).buffer_unordered(EACH).collect::<()>().await;
    drop(engine);

    let engine = Engine::file(&file).await.unwrap();
    let client = engine.client(&Meter::default()).await;
    for name in &names {
        assert!(is_in(&client, TABLE, name).await && is_in(&client, RECORDS_TABLE, name).await);
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dynamodb.sqlite");
    std::fs::write(&file, "this is no database, and long enough to be seen not to be one").unwrap();
    let error = Engine::file(&file).await.unwrap_err();
    assert!(error.to_string().contains("dynamodb.sqlite"), "{error}");
}
