//! The Lambda function that answers the ops team, behind API Gateway. It decides nothing by itself.

mod caller;

use std::process::ExitCode;

use flyball_ops::Ops;
use flyball_ops::api::{Api, router};
use flyball_runtime::{SenderParts, environment, function_logs, sender_parts};
use lambda_http::Error;
use tower::ServiceExt as _;

#[tokio::main]
async fn main() -> Result<ExitCode, Error> {
    let traces = function_logs(environment)?;
    let parts = match Box::pin(sender_parts()).await {
        Ok(parts) => parts,
        Err(error) => {
            tracing::error!(code = "FUNCTION_NOT_CONFIGURED", "{error}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let SenderParts { governor, records, accounts, queues } = parts;
    let api = Api { ops: Ops { governor, records, accounts }, queues };
    let api = router(api).map_request(caller::known).then(async |response| {
        traces.flush().await;
        response
    });
    lambda_http::run(api).await?;
    Ok(ExitCode::SUCCESS)
}
