//! A Lambda function that reads an item and sends a message, as most of its authors would write it, and
//! nothing else: what its peers in other languages do, and what others' starts are measured beside.

#![expect(clippy::disallowed_methods, reason = "it is configured as most functions are")]

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let shared = aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await;
    let dynamodb = aws_sdk_dynamodb::Client::new(&shared);
    let sqs = aws_sdk_sqs::Client::new(&shared);
    let (table, queue) = (std::env::var("TABLE")?, std::env::var("QUEUE_URL")?);
    let handle = async |event: LambdaEvent<Value>| {
        let account = event.payload.get("account").and_then(Value::as_str).unwrap_or_default();
        let read = dynamodb
            .get_item()
            .table_name(&table)
            .key("pk", AttributeValue::S("accounts".to_owned()))
            .key("sk", AttributeValue::S(account.to_owned()))
            .send()
            .await?;
        let is_there = read.item.is_some();
        sqs.send_message()
            .queue_url(&queue)
            .message_group_id(account)
            .message_body(json!({ "found": is_there }).to_string())
            .send()
            .await?;
        Ok::<_, Error>(json!({ "found": is_there }))
    };
    run(service_fn(handle)).await
}
