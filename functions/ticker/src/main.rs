//! The Lambda function that wakes what is due, once a second. It decides nothing by itself.

use std::process::ExitCode;

use flyball_runtime::ticker_function;

#[tokio::main]
async fn main() -> Result<ExitCode, lambda_runtime::Error> {
    ticker_function().await
}
