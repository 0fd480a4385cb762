//! The body of the ticker's Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use flyball_accounts::Accounts;
use flyball_domain::UnixMillis;
use flyball_governor::{Governor, Policy};
use flyball_queue::{Queues, SqsQueue};
use flyball_ticker::Ticker;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use super::shift::Shift;
use crate::{
    AwsSource, ConfigError, LogFormat, Meter, SenderConfig, SystemClock, SystemEntropy,
    aws_clients, environment, init_logs,
};

/// Runs the function that makes a pass a second over what is due: configures it from the
/// environment, warms its clients, and works a shift at each invocation, whatever its event, until
/// Lambda ends it. It is to be invoked every minute, by two at once if need be.
///
/// # Errors
/// Lambda's runtime ended. A function that can't be configured says so in its log and fails.
pub async fn ticker_function() -> Result<ExitCode, lambda_runtime::Error> {
    init_logs(LogFormat::Json)?;
    let shift = match Box::pin(configured()).await {
        Ok(shift) => shift,
        Err(error) => {
            tracing::error!(code = "FUNCTION_NOT_CONFIGURED", "{error}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let handle = async |event: LambdaEvent<Value>| {
        let report = Box::pin(shift.work(UnixMillis(event.context.deadline))).await;
        Ok::<_, lambda_runtime::Error>(report.to_json())
    };
    lambda_runtime::run(service_fn(handle)).await?;
    Ok(ExitCode::SUCCESS)
}

async fn configured() -> Result<Shift, ConfigError> {
    let SenderConfig { tables, queues } = SenderConfig::parse(environment)?;
    let clients = aws_clients(&AwsSource::Environment, &Meter::default()).await;
    clients.warm().await;
    let db = clients.dynamodb;
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
    let governor =
        Governor::new(db.clone(), tables.governor.as_str(), Policy::STANDARD, clock, entropy)
            .watching_its_clock();
    let accounts = Accounts::without_keys(db, tables.accounts.as_str());
    let queues = queues.iter().fold(Queues::default(), |all, (integration, kind, url)| {
        all.with(integration, kind, Arc::new(SqsQueue::new(clients.sqs.clone(), url.as_str())))
    });
    Ok(Shift::new(Ticker::new(governor, accounts, queues)))
}
