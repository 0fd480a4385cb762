//! Damaged items, throttling, and a store that is not there.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use super::engine::{Answer, End, Engine, TABLE};
use super::*;
use crate::attributes::{b, n, s};
use crate::{RecordsError, StoreError};

async fn page_error(records: &Records, rows: &[Row]) -> RecordsError {
    let job = job();
    records.write_page(&Run::new(&job, 9, NOW), 0, rows).await.unwrap_err()
}

#[tokio::test]
async fn a_damaged_record_is_named_whatever_is_wrong_with_it() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_one(&records, 1, &titled("42", 1, &"Mug ".repeat(99))).await;
    let whole = engine.items().await.remove(0);
    let damages: [(&str, AttributeValue); 12] = [
        ("v", n(3)),
        ("v", s("1")),
        ("version", s("yesterday")),
        ("version", AttributeValue::N("-1".to_owned())),
        ("fence", AttributeValue::N("1.5".to_owned())),
        ("hash", b(&[1; 15])),
        ("hash", b(&[1; 16])),
        ("shape", n(7)),
        ("parts", n(3)),
        ("parts", n(65_536)),
        ("enc", s("rot13")),
        ("body", b(b"not deflated")),
    ];
    for (name, value) in damages {
        let mut item = whole.clone();
        item.insert(name.to_owned(), value);
        engine.put(item).await;
        let error = records.get(&account(), Kind::Products, &id("42")).await.unwrap_err();
        assert!(matches!(error, RecordsError::Item(_)), "{name}: {error}");
        assert!(error.to_string().contains("item blue-mug#products 002#42 "), "{name}: {error}");
        let page = records.page(&account(), Kind::Products, None, 9).await.unwrap_err();
        assert_eq!(page.to_string(), error.to_string());
    }
}

#[tokio::test]
async fn a_body_that_is_no_product_is_named() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_one(&records, 1, &titled("42", 1, "Mug")).await;
    let mut item = engine.items().await.remove(0);
    let hash = crate::body::Hash::of(b"[]");
    for (name, value) in [("hash", b(&hash.0)), ("enc", s("plain")), ("body", b(b"[]"))] {
        item.insert(name.to_owned(), value);
    }
    engine.put(item).await;
    let error = records.get(&account(), Kind::Products, &id("42")).await.unwrap_err().to_string();
    assert!(error.starts_with("item blue-mug#products 002#42 is damaged: its body is no products"));
}

#[tokio::test]
async fn keys_left_unprocessed_are_asked_for_again() {
    let engine = Engine::start().await;
    let (records, probe) = engine.watched();
    let rows = ["1", "2"].map(|id| Row::Good(titled(id, 1, "Mug")));
    write(&records, 1, &rows).await;
    let heads = |id: &str| {
        let item =
            json!({ "pk": { "S": "blue-mug#products" }, "sk": { "S": format!("001#{id}") } });
        json!({ TABLE: { "Keys": [item], "ConsistentRead": true } })
    };
    probe.answer(Answer {
        operation: "BatchGetItem",
        status: 200,
        body: json!({ "Responses": {}, "UnprocessedKeys": heads("2") }).to_string(),
    });
    probe.take();
    let keys = ["1", "2"].map(|text| {
        let id = id(text);
        crate::key::Key::Record { account: &account(), kind: Kind::Products, id: &id }.item()
    });
    let found = records.table.batch_get(keys.to_vec(), "#sk").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["sk"], s("001#2"));
    assert_eq!(probe.take()["BatchGetItem"], 2);
}

#[tokio::test]
async fn throttling_is_told_apart_from_other_failures() {
    let engine = Engine::start().await;
    let (records, probe) = engine.watched();
    let all = json!({ "Keys": [{ "pk": { "S": "blue-mug#products" }, "sk": { "S": "1" } }] });
    let throttled = json!({ "__type": "ProvisionedThroughputExceededException", "message": "" });
    let answers = [
        ("BatchGetItem", 200, json!({ "Responses": {}, "UnprocessedKeys": { TABLE: all } })),
        ("BatchGetItem", 400, throttled.clone()),
        ("PutItem", 400, throttled),
        ("PutItem", 400, json!({ "__type": "ThrottlingException", "message": "" })),
    ];
    // The engine did what it was asked, whatever it is made to answer: each time something else.
    let rows = |version| [Row::Good(titled("1", version, "Mug"))];
    for (version, (operation, status, body)) in (1..).zip(answers) {
        probe.answer(Answer { operation, status, body: body.to_string() });
        let error = page_error(&records, &rows(version)).await;
        let store = matches!(error, RecordsError::Store(StoreError::Throttled { .. }));
        assert!(store, "{operation} {body}: {error}");
    }
    let denied = json!({ "__type": "AccessDeniedException", "message": "not yours" }).to_string();
    probe.answer(Answer { operation: "PutItem", status: 400, body: denied });
    let error = page_error(&records, &rows(9)).await;
    assert!(matches!(error, RecordsError::Store(StoreError::Failed { .. })), "{error}");
    assert!(error.to_string().contains("not yours"), "{error}");
}

#[tokio::test]
async fn a_missing_table_is_named() {
    let engine = Engine::start().await;
    let records = Records::new(engine.client, "flyball-nowhere");
    let error = records.load_checkpoint(&job()).await.unwrap_err().to_string();
    assert_eq!(error, "found no table flyball-nowhere for GetItem: create it first");
}

#[tokio::test]
async fn a_store_that_is_not_there_is_a_clear_error() {
    let engine = Engine::start().await;
    let (records, probe) = engine.watched();
    probe.die_after(0, End::Unsent);
    let error = page_error(&records, &[Row::Good(titled("1", 1, "Mug"))]).await.to_string();
    assert!(error.starts_with("BatchGetItem on table flyball-records failed: "), "{error}");
}
