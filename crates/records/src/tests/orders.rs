//! Orders, and what says who their buyers are.

use flyball_domain::{Field, Kind, Order, RecordBody};

use super::engine::Engine;
use super::*;
use crate::WriteSummary;
use crate::attributes::b;
use crate::parts::PART_BYTES;

fn orders_job() -> JobKey {
    JobKey { kind: Kind::Orders, ..job() }
}

fn order(id: &str, version: u64, fields: Value) -> Record {
    let mut order = json!({ "id": id, "updated_at": version });
    let Value::Object(fields) = fields else { panic!("an object was expected") };
    order.as_object_mut().unwrap().extend(fields);
    Record::from(serde_json::from_value::<Order>(order).unwrap())
}

async fn write_order(records: &Records, fence: u64, order: &Record) -> WriteSummary {
    let job = orders_job();
    let rows = [Row::Good(order.clone())];
    records.write_page(&Run::new(&job, fence, NOW), 0, &rows).await.unwrap().summary
}

async fn read_order(records: &Records) -> Order {
    let record = records.get(&account(), Kind::Orders, &id("42")).await.unwrap().unwrap();
    let RecordBody::Order(order) = record.body else { panic!("an order was expected") };
    *order
}

fn total(digits: &str) -> Value {
    json!({ "shop": { "amount": digits, "currency": "EUR" } })
}

fn whole() -> Value {
    json!({
        "number": "#1001",
        "totals": { "total": total("19.90"), "tax": total("3.1800") },
        "personal": { "name": "Mia Holm", "email": "mia@example.com", "note": null },
        "lines": [{ "id": "1", "title": "Mug \"personal\":{}", "quantity": "2" }],
        "extra": { "source": "pos" },
    })
}

#[tokio::test]
async fn an_order_comes_back_equal_however_it_is_told_who_bought() {
    let records = Engine::start().await.records();
    let buyers = [json!({ "name": "Mia Holm" }), json!({}), Value::Null];
    for (number, personal) in buyers.into_iter().enumerate() {
        let mut fields = whole();
        fields["personal"] = personal;
        let order = order(&number.to_string(), 1, fields);
        assert_eq!(write_order(&records, 1, &order).await, written(1));
        assert_eq!(write_order(&records, 2, &order).await.unchanged, 1);
        let read = records.get(&account(), Kind::Orders, &order.id).await.unwrap();
        assert_eq!(read, Some(order));
    }
}

#[tokio::test]
async fn who_bought_lies_in_an_attribute_of_its_own_and_nowhere_else() {
    let engine = Engine::start().await;
    let records = engine.records();
    // Long enough to be packed, were it among the rest.
    let name = noise(2_000, 1);
    let mut fields = whole();
    fields["personal"] = json!({ "name": name });
    write_order(&records, 1, &order("42", 1, fields)).await;
    let mut item = engine.items_in("#orders").await.remove(0);
    for part in ["personal", "personal_enc", "personal_hash"] {
        item.remove(part).unwrap();
    }
    // Without it, it is an order still, and nothing is asked for that is not there.
    engine.put(item).await;
    let left = read_order(&records).await;
    assert_eq!(left.personal, Field::Absent);
    let mut without = whole();
    without.as_object_mut().unwrap().remove("personal");
    assert_eq!(Record::from(left), order("42", 1, without));
}

#[tokio::test]
async fn a_change_of_who_bought_alone_is_a_change() {
    let records = Engine::start().await.records();
    write_order(&records, 1, &order("42", 1, whole())).await;
    let mut fields = whole();
    fields["personal"]["name"] = json!("Mia Holm-Berg");
    let changed = order("42", 1, fields);
    assert_eq!(write_order(&records, 2, &changed).await, written(1));
    assert_eq!(Record::from(read_order(&records).await), changed);
}

#[tokio::test]
async fn what_was_not_asked_for_of_totals_and_buyer_keeps_its_stored_value_too() {
    let records = Engine::start().await.records();
    write_order(&records, 1, &order("42", 1, whole())).await;
    let partial = json!({
        "totals": { "paid": total("19.90"), "tax": null },
        "personal": { "phone": "+4520123456", "email": null },
    });
    let partial = order("42", 2, partial);
    assert_eq!(write_order(&records, 2, &partial).await, written(1));
    let mut merged = whole();
    merged["totals"] = json!({ "total": total("19.90"), "tax": null, "paid": total("19.90") });
    merged["personal"] = json!({
        "name": "Mia Holm", "email": null, "phone": "+4520123456", "note": null,
    });
    assert_eq!(Record::from(read_order(&records).await), order("42", 2, merged.clone()));
    assert_eq!(write_order(&records, 3, &partial).await.unchanged, 1);

    // Of the same top-level fields, so that only their own tell that some are missing.
    let mut fewer = merged.clone();
    fewer["totals"] = json!({ "total": total("18.00") });
    write_order(&records, 4, &order("42", 3, fewer)).await;
    merged["totals"]["total"] = total("18.00");
    assert_eq!(Record::from(read_order(&records).await), order("42", 3, merged.clone()));

    // An explicit nothing clears, and a list is one value.
    let cleared = json!({ "personal": null, "totals": null, "lines": [] });
    write_order(&records, 5, &order("42", 4, cleared)).await;
    (merged["personal"], merged["totals"], merged["lines"]) = (Value::Null, Value::Null, json!([]));
    assert_eq!(Record::from(read_order(&records).await), order("42", 4, merged));
}

#[tokio::test]
async fn an_order_of_a_thousand_lines_comes_back_equal_with_a_buyer_of_many_words() {
    let engine = Engine::start().await;
    let records = engine.records();
    let line = |n: u64| json!({ "id": n.to_string(), "title": noise(3_000, n), "quantity": n.to_string() });
    let mut fields = whole();
    fields["lines"] = (1..=1_000).map(line).collect();
    fields["personal"] = json!({ "note": noise(300_000, 7) });
    let order = order("42", 1, fields);
    assert_eq!(write_order(&records, 1, &order).await, written(1));
    assert!(engine.items_in("#orders#parts").await.len() > 1);
    assert_eq!(Record::from(read_order(&records).await), order);
    assert_eq!(write_order(&records, 2, &order).await.unchanged, 1);
}

#[tokio::test]
async fn a_body_that_fits_an_item_but_not_beside_the_buyer_spills_over() {
    let engine = Engine::start().await;
    let records = engine.records();
    let mut fields = whole();
    fields["extra"] = json!({ "x": noise(PART_BYTES, 3) });
    fields["personal"] = json!({ "note": noise(PART_BYTES, 4) });
    let order = order("42", 1, fields);
    assert_eq!(write_order(&records, 1, &order).await, written(1));
    assert_eq!(engine.items_in("#orders#parts").await.len(), 1);
    assert_eq!(Record::from(read_order(&records).await), order);
}

#[tokio::test]
async fn more_of_a_buyer_than_an_item_holds_is_set_aside_whole() {
    let records = Engine::start().await.records();
    let mut fields = whole();
    fields["personal"] = json!({ "note": noise(PART_BYTES * 2, 5) });
    let order = order("42", 1, fields);
    let summary = write_order(&records, 1, &order).await;
    assert_eq!(summary, WriteSummary { set_aside: 1, ..WriteSummary::default() });
    let aside = records.asides(&account(), None, 9).await.unwrap().0.remove(0);
    assert_eq!(aside.code, crate::AsideCode::RowTooLarge);
    assert!(aside.reason.contains("say who the buyer is"), "{}", aside.reason);
    let input = records.aside_input(&aside).await.unwrap().unwrap();
    assert_eq!(Record::from(serde_json::from_str::<Order>(&input).unwrap()), order);
}

#[tokio::test]
async fn a_buyer_whose_hash_does_not_fit_is_named() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_order(&records, 1, &order("42", 1, whole())).await;
    let mut item = engine.items_in("#orders").await.remove(0);
    item.insert("personal_hash".to_owned(), b(&[1; 16]));
    engine.put(item).await;
    let error = records.get(&account(), Kind::Orders, &id("42")).await.unwrap_err().to_string();
    assert!(error.starts_with("item blue-mug#orders 002#42 is damaged"), "{error}");
}
