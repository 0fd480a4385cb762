//! A Lambda function that answers, and does nothing else: what others' starts are measured beside.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let hello = async |_: LambdaEvent<Value>| Ok::<_, Error>(json!({ "hello": "world" }));
    run(service_fn(hello)).await
}
