//! The function's real program, as Lambda would run it.

use flyball_domain::{Integration, Kind, Mode};
use flyball_tests::deployment::Deployment;

#[tokio::test]
async fn the_function_imports_all_orders_of_a_store_and_leaves_nothing_behind() {
    let program = env!("CARGO_BIN_EXE_shopify-orders");
    let mut deployment = Deployment::start(program, Integration::Shopify, Kind::Orders).await;
    let shop = deployment.shop("blue-mug").await;
    let job = shop.job_of(Kind::Orders, Mode::Incremental);
    let delivery = deployment.deliver_job(&job).await;
    assert_eq!(deployment.failures_of(&[&delivery]).await, [""; 0]);
    deployment.assert_imported(&shop).await;
    assert!(deployment.lane(&shop).await.held.is_empty());
    assert_eq!(deployment.parked(&shop).await, []);
}
