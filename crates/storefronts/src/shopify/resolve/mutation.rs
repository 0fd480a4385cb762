use serde_json::{Value, json};

use super::super::bulk;
use super::super::execute::{Executor, Held, Object};
use super::super::ids::parse_gid;
use super::super::select::Picked;
use super::fields;

/// A field of `Mutation`.
pub(in super::super) fn mutation(executor: &mut Executor<'_>, picked: &Picked<'_>) -> Held {
    let text = |name: &str| picked.args.get(name).and_then(Value::as_str).unwrap_or_default();
    match picked.name() {
        "bulkOperationRunQuery" => {
            let grouped = picked.args.get("groupObjects").and_then(Value::as_bool);
            let children =
                if grouped == Some(true) { bulk::Children::Grouped } else { bulk::Children::Last };
            let began = bulk::begin(executor.site, text("query"), children);
            let (operation, errors) = match began {
                Ok(number) => (executor.bulk().get(number, &executor.site), json!([])),
                Err(refused) => (
                    None,
                    json!([{
                        "code": refused.code(),
                        "field": ["query"],
                        "message": refused.to_string(),
                    }]),
                ),
            };
            payload("BulkOperationRunQueryPayload", operation, &errors)
        }
        "bulkOperationCancel" => {
            let number = parse_gid(text("id"))
                .filter(|(type_name, _)| *type_name == "BulkOperation")
                .map(|(_, number)| number);
            let mut bulk = executor.bulk();
            let canceled = number.filter(|number| bulk.cancel(*number, executor.site.now));
            let operation = canceled.and_then(|number| bulk.get(number, &executor.site));
            let errors = match operation {
                Some(_) => json!([]),
                None => json!([{
                    "field": ["id"],
                    "message": "Bulk operation does not exist or has already ended",
                }]),
            };
            payload("BulkOperationCancelPayload", operation, &errors)
        }
        _ => Held::NULL,
    }
}

fn payload(type_name: &'static str, operation: Option<Object>, errors: &Value) -> Held {
    let operation = match operation {
        Some(Object::Ready(_, fields)) => Value::Object(fields),
        Some(_) | None => Value::Null,
    };
    let payload = fields(json!({"bulkOperation": operation, "userErrors": errors}));
    Held::One(Object::Ready(type_name, payload))
}
