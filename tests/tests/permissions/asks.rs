//! What a client asks of AWS, seen where its requests leave it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::{Map, Value};

/// One thing that was asked for, in the words of IAM. A transaction asks for several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ask {
    /// Such as `dynamodb:UpdateItem`.
    pub(super) action: String,
    /// The name of a table, of `<table>/index/<index>`, of a queue, or of a key.
    pub(super) resource: String,
    /// The partitions that it touches, where they are named; of KMS its context.
    pub(super) keys: BTreeSet<String>,
    /// Of an update: the attributes of the item that it names, its key's among them.
    pub(super) attributes: BTreeSet<String>,
}

/// Remembers what clients ask for. Its clones remember together.
#[derive(Clone, Debug, Default)]
pub(super) struct Witness(Arc<Mutex<BTreeSet<Ask>>>);

impl Witness {
    pub(super) fn asked(&self) -> BTreeSet<Ask> {
        self.0.lock().unwrap().clone()
    }

    fn see(&self, request: &HttpRequest) {
        let target = request.headers().get("x-amz-target").expect("a call by JSON");
        let body = request.body().bytes().expect("a body that is no stream");
        let body = serde_json::from_slice(body).expect("a body of JSON");
        self.0.lock().unwrap().extend(asks(target, &body));
    }
}

impl Intercept for Witness {
    fn name(&self) -> &'static str {
        "Witness"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.see(context.request());
        Ok(())
    }
}

fn asks(target: &str, body: &Value) -> Vec<Ask> {
    let (service, operation) = target.split_once('.').expect("a service and an operation");
    match service {
        "DynamoDB_20120810" => of_tables(operation, body),
        "AmazonSQS" => {
            let url = body["QueueUrl"].as_str().unwrap_or("*");
            let (_, name) = url.rsplit_once('/').unwrap_or(("", url));
            // What is asked for in a batch is allowed as one by one.
            let action = operation.strip_suffix("Batch").unwrap_or(operation);
            vec![ask(&format!("sqs:{action}"), name, [])]
        }
        "TrentService" => {
            let context = body["EncryptionContext"].as_object().cloned().unwrap_or_default();
            let context = context.iter().map(|(name, value)| format!("{name}={}", text(value)));
            vec![ask(&format!("kms:{operation}"), text(&body["KeyId"]), context)]
        }
        other => unreachable!("a call to {other}"),
    }
}

fn ask(action: &str, resource: &str, keys: impl IntoIterator<Item = String>) -> Ask {
    let keys = keys.into_iter().collect();
    let attributes = BTreeSet::new();
    Ask { action: action.to_owned(), resource: resource.to_owned(), keys, attributes }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The partition of an item or of its key.
fn partition(item: &Value) -> String {
    text(&item["pk"]["S"]).to_owned()
}

fn of_tables(operation: &str, body: &Value) -> Vec<Ask> {
    let action = format!("dynamodb:{operation}");
    let table = || text(&body["TableName"]);
    match operation {
        "GetItem" | "DeleteItem" => vec![ask(&action, table(), [partition(&body["Key"])])],
        "UpdateItem" => {
            let attributes = asked_attributes(body);
            vec![Ask { attributes, ..ask(&action, table(), [partition(&body["Key"])]) }]
        }
        "PutItem" => vec![ask(&action, table(), [partition(&body["Item"])])],
        "Query" => match body["IndexName"].as_str() {
            Some(index) => vec![ask(&action, &format!("{}/index/{index}", table()), [])],
            None => vec![ask(&action, table(), [asked_partition(body)])],
        },
        "Scan" => vec![ask(&action, table(), [])],
        "BatchGetItem" => entries(&body["RequestItems"])
            .iter()
            .map(|(table, asked)| ask(&action, table, list(&asked["Keys"]).iter().map(partition)))
            .collect(),
        "TransactWriteItems" => list(&body["TransactItems"])
            .iter()
            .flat_map(entries)
            .map(|(what, write)| {
                let action = match what.as_str() {
                    "ConditionCheck" => "dynamodb:ConditionCheckItem".to_owned(),
                    other => format!("dynamodb:{other}Item"),
                };
                let key = write.get("Key").unwrap_or(&write["Item"]);
                ask(&action, text(&write["TableName"]), [partition(key)])
            })
            .collect(),
        "ListTables" => vec![ask(&action, "*", [])],
        other => unreachable!("{other} is not known here: say what it asks for"),
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn entries(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

/// The partition that a query is about: what the first part of its condition says.
fn asked_partition(body: &Value) -> String {
    let condition = text(&body["KeyConditionExpression"]);
    let first = condition.split(" AND ").next().unwrap();
    let (name, value) = first.split_once(" = ").expect("a partition that is named");
    let name = body["ExpressionAttributeNames"][name].as_str().unwrap_or(name);
    assert_eq!(name, "pk", "{condition}");
    text(&body["ExpressionAttributeValues"][value]["S"]).to_owned()
}

/// What expressions are made of besides names.
const WORDS: [&str; 14] = [
    "SET",
    "REMOVE",
    "ADD",
    "AND",
    "OR",
    "NOT",
    "BETWEEN",
    "IN",
    "attribute_exists",
    "attribute_not_exists",
    "if_not_exists",
    "size",
    "contains",
    "list_append",
];

/// The attributes that an update names: of a path its first part, as IAM has it.
fn asked_attributes(body: &Value) -> BTreeSet<String> {
    let expressions = ["UpdateExpression", "ConditionExpression"];
    let expressions = expressions.iter().filter_map(|name| body[*name].as_str());
    let of_path = |path: &str| {
        let first = path.split('.').next().unwrap_or(path);
        body["ExpressionAttributeNames"][first].as_str().unwrap_or(first).to_owned()
    };
    let is_path = |word: &&str| {
        word.starts_with(|first: char| first == '#' || first.is_ascii_alphabetic())
            && !WORDS.contains(word)
    };
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "#:._".contains(letter);
    let paths = expressions.flat_map(|it| it.split(move |letter| !is_part(letter)));
    let named = paths.filter(is_path).map(of_path);
    named.chain(entries(&body["Key"]).keys().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_write_of_a_transaction_is_asked_for_by_itself() {
        let body = json!({ "TransactItems": [
            { "ConditionCheck": { "TableName": "t", "Key": { "pk": { "S": "a" } } } },
            { "Put": { "TableName": "t", "Item": { "pk": { "S": "b" } } } },
        ]});
        let expected = [
            ask("dynamodb:ConditionCheckItem", "t", ["a".to_owned()]),
            ask("dynamodb:PutItem", "t", ["b".to_owned()]),
        ];
        assert_eq!(asks("DynamoDB_20120810.TransactWriteItems", &body), expected);
    }

    #[test]
    fn a_query_asks_for_its_partition_and_one_of_an_index_for_none() {
        let mut body = json!({
            "TableName": "t",
            "KeyConditionExpression": "#pk = :pk AND sk < :before",
            "ExpressionAttributeNames": { "#pk": "pk" },
            "ExpressionAttributeValues": { ":pk": { "S": "lot#blue-mug" } },
        });
        let target = "DynamoDB_20120810.Query";
        let key = ["lot#blue-mug".to_owned()];
        assert_eq!(asks(target, &body), [ask("dynamodb:Query", "t", key)]);
        body["IndexName"] = "wake".into();
        assert_eq!(asks(target, &body), [ask("dynamodb:Query", "t/index/wake", [])]);
    }

    #[test]
    fn an_update_asks_for_the_attributes_that_its_expressions_begin_with() {
        let body = json!({
            "TableName": "t",
            "Key": { "pk": { "S": "board" }, "sk": { "S": "board" } },
            "UpdateExpression": "SET #a.#b = :c, plain = if_not_exists(other, :c) REMOVE #d",
            "ConditionExpression": "(attribute_exists(#a) OR size(#e.#b) < :c) AND v = :c",
            "ExpressionAttributeNames": { "#a": "one", "#b": "in it", "#d": "two", "#e": "three" },
        });
        let asked = asks("DynamoDB_20120810.UpdateItem", &body);
        let named = ["one", "other", "pk", "plain", "sk", "three", "two", "v"];
        assert_eq!(asked[0].attributes, named.map(str::to_owned).into());
    }

    #[test]
    fn a_batch_of_messages_is_allowed_as_each_of_them() {
        let body = json!({ "QueueUrl": "http://127.0.0.1:1/000000000000/some-queue" });
        let asked = asks("AmazonSQS.SendMessageBatch", &body);
        assert_eq!(asked, [ask("sqs:SendMessage", "some-queue", [])]);
    }
}
