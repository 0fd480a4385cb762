use flyball_connector::Unused;
use flyball_domain::Kind;
use serde_json::{Map, Value};

use super::below;
use crate::queries::{Selection, of_record};

/// What of a payload is never a field of the vendor's model.
const FORM: [&str; 4] = ["__typename", "__parentId", "cursor", "pageInfo"];

/// Keeps what this connector does not ask for: a field of the record itself in `extra`; a deeper one
/// is named.
pub(super) fn keep_unasked(
    kind: Kind,
    node: &str,
    at: &str,
    extra: &mut Map<String, Value>,
    unused: &mut Vec<Unused>,
) {
    let Ok(Value::Object(fields)) = serde_json::from_str(node) else { return };
    let asked = of_record(kind);
    for (name, value) in fields {
        if FORM.contains(&name.as_str()) {
            continue;
        }
        match asked.of(&name) {
            Some(of) => name_unasked(&value, of, &below(at, &name), unused),
            None => drop(extra.entry(name).or_insert(value)),
        }
    }
}

fn name_unasked(value: &Value, asked: &Selection, at: &str, unused: &mut Vec<Unused>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(name, _)| !FORM.contains(&name.as_str())) {
                let at = below(at, name);
                match (name.as_str(), asked.of(name)) {
                    (_, Some(of)) => name_unasked(value, of, &at, unused),
                    ("edges", None) => name_unasked(value, asked, &at, unused),
                    ("node", None) => {
                        name_unasked(value, asked.of("nodes").unwrap_or(asked), &at, unused);
                    }
                    (_, None) => {
                        unused.push(Unused { at, what: "found what is not asked for".to_owned() });
                    }
                }
            }
        }
        Value::Array(items) => {
            let asked = asked.of("nodes").unwrap_or(asked);
            for (index, item) in items.iter().enumerate() {
                name_unasked(item, asked, &format!("{at}[{index}]"), unused);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
