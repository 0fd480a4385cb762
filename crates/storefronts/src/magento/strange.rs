//! Answers as no schema promised them, from a store whose extensions do as they like.

use serde_json::{Map, Value, json};

use crate::random::Random;

/// One record in so many is strange.
const ONCE_IN: u64 = 2;
const WORD: &str = "something_new_in_2031";

/// The same answer with new words, new members and nulls, of which no id and no time is one.
pub(super) fn strange(mut answer: Value, mut random: Random) -> Value {
    match &mut answer {
        Value::Object(page) => match page.get_mut("items") {
            Some(Value::Array(items)) => {
                for item in items {
                    bend(item, &mut random);
                }
            }
            Some(_) | None => bend(&mut answer, &mut random),
        },
        Value::Array(items) => {
            for item in items {
                bend(item, &mut random);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    answer
}

fn bend(record: &mut Value, random: &mut Random) {
    let Value::Object(record) = record else { return };
    if !random.once_in(ONCE_IN) {
        return;
    }
    record.insert("added_in_2031".to_owned(), json!({"by": ["an extension"]}));
    match random.below(4) {
        0 => replace(record, "custom_attributes", Value::Null),
        1 => replace(record, "extension_attributes", json!([])),
        2 => {
            replace(record, "type_id", WORD.into());
            replace(record, "state", WORD.into());
        }
        _ => {
            replace(record, "name", Value::Null);
            replace(record, "status", WORD.into());
        }
    }
}

fn replace(record: &mut Map<String, Value>, name: &str, value: Value) {
    if let Some(found) = record.get_mut(name) {
        *found = value;
    }
}
