//! Records filled to the brim by the published schemas: every field there is has a place.

use std::collections::BTreeSet;

use flyball_domain::{Kind, Row};
use serde_json::{Map, Value, json};

use super::schema::Schema;
use crate::common::{canned, first_page, shown};

/// Objects within objects within objects: a line's parent is a line.
const DEPTH_MAX: usize = 7;

/// Fields that are said in other words, that repeat others, or that lead nowhere else.
const EXCEPTIONS: &[&str] = &[
    "status",
    "type_id",
    "is_virtual",
    "order_id",
    "is_closed",
    "parent_item",
    "shipping_assignments.items",
    "customer_is_guest",
    "attribute_code",
    "link_type",
    "child_transactions.is_virtual",
];

/// Fills in a schema, every value unlike every other.
struct Filler<'a> {
    schema: &'a Schema,
    next: u64,
}

impl Filler<'_> {
    fn fill(&mut self, of: &Value, name: &str, depth: usize) -> Value {
        let of = self.schema.followed(of);
        self.next += 1;
        let n = self.next;
        match of["type"].as_str().unwrap_or("object") {
            "array" if depth < DEPTH_MAX => json!([self.fill(&of["items"], name, depth + 1)]),
            "array" => json!([]),
            "integer" => json!(100_000 + n),
            "number" => serde_json::from_str(&format!("{}.{}5", 100_000 + n, n % 7 + 1)).unwrap(),
            "boolean" => json!(true),
            "string" if name.ends_with("_at") || name == "date_requested" => {
                json!(format!(
                    "2026-10-{:02} {:02}:{:02}:{:02}",
                    n / 86_400 % 28 + 1,
                    n / 3_600 % 24,
                    n / 60 % 60,
                    n % 60
                ))
            }
            "string" if name == "base_currency_code" => json!("USD"),
            "string" if name == "order_currency_code" => json!("EUR"),
            "string" => json!(format!("text{n}")),
            _ if depth >= DEPTH_MAX => json!({}),
            _ => {
                let fields = of["properties"].as_object().cloned().unwrap_or_default();
                let filled =
                    fields.iter().map(|(name, of)| (name.clone(), self.fill(of, name, depth + 1)));
                filled.collect::<Map<_, _>>().into()
            }
        }
    }
}

fn leaves(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(all) => all.iter().for_each(|value| leaves(value, path, found)),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves(value, &format!("{path}.{name}"), found));
        }
        Value::Null | Value::Bool(_) => {}
        Value::String(text) => {
            let time = flyball_domain::UnixMillis::parse_rfc3339(&format!(
                "{}Z",
                text.replacen(' ', "T", 1)
            ));
            found.push((path.to_owned(), time.map_or(text.clone(), |time| time.0.to_string())));
        }
        Value::Number(number) => found.push((path.to_owned(), number.to_string())),
    }
}

fn assert_nothing_dropped(schema: &Schema, kind: Kind, filled: &[(&str, Value)]) {
    let answer = |resource: &str| match filled.iter().find(|(of, _)| *of == resource) {
        Some((_, row)) => json!({"items": [row], "total_count": 1}).to_string(),
        None => canned(resource).to_owned(),
    };
    let rows = first_page(kind, &answer);
    assert!(matches!(rows.first(), Some(Row::Good(_))), "{rows:?}");
    let record = shown(&rows).to_string();
    let mut kept = Vec::new();
    leaves(&shown(&rows), "", &mut kept);
    let kept: BTreeSet<String> = kept.into_iter().map(|(_, value)| value).collect();
    for (resource, row) in filled {
        let mut all = Vec::new();
        leaves(row, "", &mut all);
        assert!(all.len() > 10, "{resource}");
        for (path, value) in all {
            let excepted = EXCEPTIONS.iter().any(|exception| {
                path.ends_with(&format!(".{exception}")) || path.contains(&format!(".{exception}."))
            });
            let within = value.len() > 5 && record.contains(&value);
            assert!(
                excepted || within || kept.contains(&value),
                "{} {resource}{path}: {value} is dropped",
                schema.version
            );
        }
    }
}

#[test]
fn nothing_of_a_product_as_published_is_dropped() {
    for schema in Schema::all() {
        let mut filler = Filler { schema: &schema, next: 0 };
        let product = filler.fill(schema.row("/V1/products"), "", 0);
        assert_nothing_dropped(&schema, Kind::Products, &[("products", product)]);
    }
}

#[test]
fn nothing_of_an_order_and_what_belongs_to_it_as_published_is_dropped() {
    for schema in Schema::all() {
        let mut filler = Filler { schema: &schema, next: 0 };
        let mut order = filler.fill(schema.row("/V1/orders"), "", 0);
        order["entity_id"] = json!(8_001);
        order["customer_is_guest"] = json!(0);
        let item = order["items"][0]["item_id"].clone();
        let taxed = &mut order["extension_attributes"]["item_applied_taxes"][0];
        taxed["item_id"] = item;
        let mut filled = vec![("orders", order)];
        for resource in ["creditmemos", "shipments", "invoices", "transactions", "returns"] {
            let mut row = filler.fill(schema.row(&format!("/V1/{resource}")), "", 0);
            row["order_id"] = json!(8_001);
            filled.push((resource, row));
        }
        assert_nothing_dropped(&schema, Kind::Orders, &filled);
    }
}
