use flyball_governor::Clock as _;
use serde_json::Value;

use super::process::Function;
use super::runtime_api::{Answer, Invocation, RuntimeApi};
use super::services::Services;
use super::tickers::start_sender;
use crate::world::PATIENCE;

/// The longest that Lambda lets the function run.
const INVOCATION_MS: u64 = 29_000;

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
