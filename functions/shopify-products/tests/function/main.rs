//! The function's real program, as Lambda would run it.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod batches;
mod configuration;
mod measured;
mod pushed_back;

use flyball_domain::{Integration, Kind};
use flyball_tests::deployment::Deployment;

const PROGRAM: &str = env!("CARGO_BIN_EXE_shopify-products");

async fn deployment() -> Deployment {
    Deployment::start(PROGRAM, Integration::Shopify, Kind::Products).await
}
