//! The body of the ticker's Lambda function.

use std::process::ExitCode;

use flyball_domain::UnixMillis;
use flyball_ticker::Ticker;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use super::sender::{SenderParts, sender_parts};
use super::shift::Shift;
use crate::{ConfigError, environment, function_logs};

/// Runs the function that makes a pass a second over what is due: configures it from the
/// environment, warms its clients, and works a shift at each invocation, whatever its event, until
/// Lambda ends it. It is to be invoked every minute, by two at once if need be.
///
/// # Errors
/// Lambda's runtime ended. A function that can't be configured says so in its log and fails.
pub async fn ticker_function() -> Result<ExitCode, lambda_runtime::Error> {
    let traces = function_logs(environment)?;
    let shift = match Box::pin(configured()).await {
        Ok(shift) => shift,
        Err(error) => {
            tracing::error!(code = "FUNCTION_NOT_CONFIGURED", "{error}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let handle = async |event: LambdaEvent<Value>| {
        let report = Box::pin(shift.work(UnixMillis(event.context.deadline))).await;
        traces.flush().await;
        Ok::<_, lambda_runtime::Error>(report.to_json())
    };
    lambda_runtime::run(service_fn(handle)).await?;
    Ok(ExitCode::SUCCESS)
}

async fn configured() -> Result<Shift, ConfigError> {
    let SenderParts { governor, accounts, queues, .. } = sender_parts().await?;
    Ok(Shift::new(Ticker::new(governor, accounts, queues)))
}
