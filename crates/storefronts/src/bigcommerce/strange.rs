//! Answers that hold what no schema promised.

use serde_json::{Value, json};

use crate::random::Random;

/// One value or object in so many is strange.
const ONCE_IN: u64 = 6;
const WORD: &str = "something_new_in_2031";
const FIELD: &str = "added_in_2031";

/// Fields whose words are a closed list in the schema.
const WORDS: [&str; 12] = [
    "type",
    "availability",
    "condition",
    "inventory_tracking",
    "gift_wrapping_options_type",
    "open_graph_type",
    "payment_status",
    "status",
    "custom_status",
    "order_source",
    "item_type",
    "method",
];
/// Fields that are there in every recorded answer and may be nothing all the same.
const NULLS: [&str; 14] = [
    "description",
    "mpn",
    "gtin",
    "upc",
    "page_title",
    "meta_description",
    "meta_keywords",
    "search_keywords",
    "warranty",
    "company",
    "phone",
    "staff_notes",
    "customer_message",
    "bin_picking_number",
];

/// Makes an answer strange here and there. Who and when a record is, amounts and pages stay as they
/// are.
pub(super) fn make(body: &mut Value, random: &mut Random) {
    match body {
        Value::Array(items) => items.iter_mut().for_each(|item| make(item, random)),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if name == "meta" {
                    continue;
                }
                if WORDS.contains(&name.as_str()) && value.is_string() && random.once_in(ONCE_IN) {
                    *value = WORD.into();
                } else if NULLS.contains(&name.as_str()) && random.once_in(ONCE_IN) {
                    *value = Value::Null;
                } else {
                    make(value, random);
                }
            }
            if random.once_in(ONCE_IN) {
                fields.insert(FIELD.to_owned(), json!({"a": [1, null, "x"]}));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
