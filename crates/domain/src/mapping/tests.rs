use serde_json::{Value, json};

use super::*;
use crate::{Field, Order, Product, Record, RecordBody};

fn mapping(rules: &Value) -> Mapping {
    serde_json::from_value(json!({ "rules": rules })).unwrap()
}

fn rule(name: &str, from: &str, value_type: &str) -> Value {
    json!({"kind": "products", "name": name, "from": from, "type": value_type})
}

fn product() -> Product {
    serde_json::from_value(json!({
        "id": "7", "updated_at": 5,
        "custom_fields": [
            {"namespace": "specs", "key": "material", "value": "Linen"},
            {"namespace": "other", "key": "material", "value": "Wool"},
            {"namespace": "specs", "key": "weight_g", "value": "340.50"},
            {"namespace": "specs", "key": "colors", "value": "12, 15"},
            {"namespace": "specs", "key": "launch", "value": "2026-02-30"},
            {"namespace": "specs", "key": "care", "value": "{\"wash\":30}"},
        ],
        "variants": [
            {"id": "71", "extra": {"hs": {"code": "6109"}}},
            {"id": "72", "extra": {}},
        ],
        "extra": {"visibility": 4, "a/b": true},
    }))
    .unwrap()
}

fn mapped(rules: &Value) -> Mapped {
    let mut record = Record::from(product());
    mapping(rules).apply(&mut record);
    let RecordBody::Product(product) = record.body else { unreachable!() };
    product.mapped.value().cloned().unwrap_or_default()
}

#[test]
fn each_type_reads_the_vendors_text_exactly() {
    let rules = json!([
        rule("fabric", "custom:specs/material", "text"),
        rule("grams", "custom:specs/weight_g", "decimal"),
        rule("colors", "custom:colors", "list of integer"),
        rule("care", "custom:care", "json"),
        rule("visibility", "extra:/visibility", "integer"),
        rule("sold", "extra:/a~1b", "boolean"),
        rule("tariff", "variants.extra:/hs/code", "json"),
    ]);
    let Mapped { values, unfit } = mapped(&rules);
    assert_eq!(
        Value::Object(values),
        json!({
            "fabric": "Linen", "grams": "340.50", "colors": [12, 15], "care": {"wash": 30},
            "visibility": 4, "sold": true, "tariff": ["6109", null],
        })
    );
    assert_eq!(unfit, []);
}

#[test]
fn what_does_not_fit_is_named_and_the_rest_is_mapped() {
    let mut required = rule("origin", "custom:origin", "text");
    required["presence"] = "required".into();
    let rules = json!([
        rule("launch", "custom:launch", "date"),
        required,
        rule("absent", "custom:absent", "text"),
        rule("grams", "custom:weight_g", "integer"),
        rule("fabric", "custom:other/material", "text"),
    ]);
    let Mapped { values, unfit } = mapped(&rules);
    assert_eq!(Value::Object(values), json!({"fabric": "Wool"}));
    let words: Vec<String> = unfit.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            r#"launch: found "2026-02-30" where a day such as 2026-11-22 was expected"#,
            "origin: found nothing where a value of type text was expected",
            r#"grams: found "340.50" where a whole number was expected"#,
        ]
    );
}

#[test]
fn the_retailers_words_stand_for_the_vendors() {
    let mut rules = json!([rule("colors", "custom:colors", "list of text")]);
    rules[0]["words"] = json!({"12": "red", "12, 15": "both"});
    assert_eq!(mapped(&rules).values["colors"], json!(["both"]));
    rules[0]["from"] = "extra:/visibility".into();
    rules[0]["type"] = "text".into();
    rules[0]["words"] = json!({"4": "catalog and search"});
    assert_eq!(mapped(&rules).values["colors"], "catalog and search");
}

#[test]
fn what_was_not_answered_clears_nothing() {
    let mut record = Record::from(Product { custom_fields: Field::Absent, ..product() });
    mapping(&json!([rule("fabric", "custom:material", "text")])).apply(&mut record);
    let RecordBody::Product(product) = record.body else { unreachable!() };
    assert_eq!(product.mapped, Field::Absent);
}

#[test]
fn orders_are_mapped_by_their_own_rules() {
    let order: Order = serde_json::from_value(json!({
        "id": "1", "updated_at": 5,
        "personal": {"extra": {"vat_id": "DE123"}},
        "lines": [{"id": "11", "custom_fields": [{"namespace": "", "key": "engraving", "value": "Ada"}]}],
    }))
    .unwrap();
    let mut record = Record::from(order);
    mapping(&json!([
        rule("fabric", "custom:material", "text"),
        {"kind": "orders", "name": "vat", "from": "personal.extra:/vat_id", "type": "text"},
        {"kind": "orders", "name": "engravings", "from": "lines.custom:engraving", "type": "list of text"},
    ]))
    .apply(&mut record);
    let RecordBody::Order(order) = record.body else { unreachable!() };
    let mapped = order.mapped.value().unwrap();
    assert_eq!(
        Value::Object(mapped.values.clone()),
        json!({"vat": "DE123", "engravings": ["Ada"]})
    );
}

#[test]
fn rules_that_cannot_be_meant_are_refused_in_words() {
    let refused = |rules: Value| {
        serde_json::from_value::<Mapping>(json!({ "rules": rules })).unwrap_err().to_string()
    };
    for (rules, word) in [
        (json!([rule("a b", "custom:x", "text")]), "letters, digits"),
        (json!([rule("a", "custom:", "text")]), "a source was expected"),
        (json!([rule("a", "extra:x", "text")]), "a source was expected"),
        (json!([rule("a", "custom:x", "number")]), "list of"),
        (json!([rule("a", "lines.custom:x", "text")]), "which products don't have"),
        (json!([rule("a", "custom:x", "text"), rule("a", "custom:y", "text")]), "two rules"),
        (json!(vec![rule("a", "custom:x", "text"); 201]), "at most 200"),
    ] {
        let error = refused(rules);
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn a_mapping_survives_its_json() {
    let rules = json!([
        rule("a", "custom:n/s/key", "list of time"),
        rule("b", "variants.extra:/x/0", "date"),
    ]);
    let one = mapping(&rules);
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(serde_json::from_str::<Mapping>(&text).unwrap(), one);
    assert_eq!(one.rules()[0].from.to_string(), "custom:n/s/key");
}
