use flyball_governor::Clock as _;
use serde_json::{Value, json};

use super::process::{Function, RUNTIME_API};
use super::runtime_api::{Answer, Invocation, RuntimeApi};
use super::services::Services;
use crate::world::PATIENCE;

/// A ticker's program, as Lambda would run it. Dropped, it is killed.
#[derive(Debug)]
pub struct TickerProcess {
    function: Function,
    api: RuntimeApi,
}

impl TickerProcess {
    /// Starts the program, under a name of its own.
    pub async fn start(program: &str, services: &Services, name: &str) -> Self {
        let api = RuntimeApi::start().await;
        Self { function: start_sender(program, services, name, &api.address), api }
    }

    /// Invokes it; it has to have ended within so many milliseconds.
    pub fn invoke(&self, services: &Services, within_ms: u64) {
        let deadline_ms = services.clock.now().0 + within_ms;
        self.api.hand_over(Invocation { event: json!({}), deadline_ms });
    }

    /// What it answers.
    pub async fn report(&mut self) -> Value {
        match tokio::time::timeout(PATIENCE, self.api.answer()).await {
            Ok(Answer::Response(report)) => report,
            other => panic!("{other:?}; log:\n{}", self.log()),
        }
    }

    /// What it has written.
    pub fn log(&self) -> String {
        self.function.log()
    }
}

/// Starts a function's program that sends to every queue, in a folder of this name.
pub(super) fn start_sender(
    program: &str,
    services: &Services,
    name: &str,
    runtime_api: &str,
) -> Function {
    let told = services.told().sender();
    let mut environment: Vec<(&str, &str)> =
        told.iter().map(|(name, value)| (*name, value.as_str())).collect();
    environment.push((RUNTIME_API, runtime_api));
    let folder = services.folder.path().join(name);
    std::fs::create_dir(&folder).unwrap();
    Function::start(program, &folder, &environment)
}
