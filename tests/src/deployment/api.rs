use flyball_governor::Clock as _;
use serde_json::{Value, json};

use super::process::Function;
use super::runtime_api::{Answer, Invocation, RuntimeApi};
use super::services::Services;
use super::tickers::start_sender;
use crate::world::PATIENCE;

/// The longest that Lambda lets the function run.
const INVOCATION_MS: u64 = 29_000;

/// What API Gateway tells of a request beside what was sent, and of whom its authorizer found
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>,
/// payload format 2.0).
pub fn request_context(method: &str, path: &str, authorizer: Option<&Value>) -> Value {
    let mut context = json!({
        "accountId": "123456789012",
        "apiId": "api",
        "domainName": "api.execute-api.eu-central-1.amazonaws.com",
        "domainPrefix": "api",
        "http": {
            "method": method, "path": path, "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.1", "userAgent": "curl/8",
        },
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": "ANY /v1/{proxy+}",
        "stage": "$default",
        "time": "26/Nov/2026:11:30:00 +0000",
        "timeEpoch": 1_795_692_600_000_u64,
    });
    if let (Some(authorizer), Some(context)) = (authorizer, context.as_object_mut()) {
        context.insert("authorizer".to_owned(), authorizer.clone());
    }
    context
}

/// The ops API's program, as Lambda would run it. Dropped, it is killed.
#[derive(Debug)]
pub struct ApiProcess {
    function: Function,
    api: RuntimeApi,
}

impl ApiProcess {
    /// Starts the program.
    pub async fn start(program: &str, services: &Services) -> Self {
        let api = RuntimeApi::start().await;
        let function = start_sender(program, services, "ops-api", &api.address);
        Self { function, api }
    }

    /// Hands a request to it, as API Gateway does, and returns its response.
    pub async fn call(&mut self, services: &Services, event: Value) -> Value {
        let deadline_ms = services.clock.now().0 + INVOCATION_MS;
        self.api.hand_over(Invocation { event, deadline_ms });
        match tokio::time::timeout(PATIENCE, self.api.answer()).await {
            Ok(Answer::Response(response)) => response,
            other => panic!("{other:?}; log:\n{}", self.function.log()),
        }
    }

    /// What it has written.
    pub fn log(&self) -> String {
        self.function.log()
    }
}
