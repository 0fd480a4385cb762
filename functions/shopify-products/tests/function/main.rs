//! The function's real program, as Lambda would run it.

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
