use super::*;

const ORDER: &str = r##"{"id":"4501","updated_at":1790000000000,"number":"#1001","canceled_at":null,
"financial_status":"partially_refunded","fulfillment_status":"awaiting_pickup",
"presentment_currency":"CHF","presentment_rate":"0.9350",
"totals":{"total":{"shop":{"amount":"19.90","currency":"EUR"},"presentment":{"amount":"18.61","currency":"CHF"}}},
"customer_id":null,"personal":{"email":"mara@example.com","shipping_addresses":[{"street":["Gasse 3"],"country":"CH"}]},
"lines":[{"id":"1","quantity":"1.5","unit_price":{"shop":{"amount":"9.95","currency":"EUR"}}}],
"extra":{"locale":"de-CH"}}"##;

#[test]
fn an_order_survives_its_json_and_keeps_the_vendors_digits() {
    let order: Order = serde_json::from_str(ORDER).unwrap();
    assert_eq!(serde_json::to_string(&order).unwrap(), ORDER.replace(",\n", ","));
    assert_eq!(order.presentment_rate.value().unwrap().to_string(), "0.9350");
}

#[test]
fn what_was_not_asked_for_is_told_from_what_there_is_none_of() {
    let order: Order = serde_json::from_str(ORDER).unwrap();
    assert_eq!(order.canceled_at, Field::Null);
    assert_eq!(order.closed_at, Field::Absent);
    assert_eq!(order.customer_id, Field::Null);
}

#[test]
fn a_word_newer_than_this_code_is_kept() {
    let order: Order = serde_json::from_str(ORDER).unwrap();
    assert_eq!(order.financial_status, Field::Value(FinancialStatus::PartiallyRefunded));
    let newer = FulfillmentStatus::Other("awaiting_pickup".to_owned());
    assert_eq!(order.fulfillment_status, Field::Value(newer));
}

#[test]
fn all_that_says_who_bought_stands_in_one_field() {
    let mut order: Order = serde_json::from_str(ORDER).unwrap();
    order.personal = Field::Absent;
    let text = serde_json::to_string(&order).unwrap();
    for personal in ["mara", "Gasse"] {
        assert!(!text.contains(personal), "{text}");
    }
}
