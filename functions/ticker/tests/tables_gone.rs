//! A ticker whose tables are out of reach. Alone in its process: meanwhile the engine's port is
//! anybody's who opens one.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

#[path = "function/world.rs"]
mod world;

use flyball_tests::deployment::{Services, TickerProcess};
use flyball_tests::world::eventually;

use world::{park, sent_for};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ticker");

const LONG_MS: u64 = 90_000;

#[tokio::test]
async fn a_ticker_without_its_tables_says_so_and_goes_on_when_they_are_back() {
    let services = Services::start().await;
    let ticker = TickerProcess::start(PROGRAM, &services, "ticker").await;
    services.engine.stop().await.unwrap();
    ticker.invoke(&services, LONG_MS);
    eventually("a word of it", async || ticker.log().contains("TICKER_BLIND").then_some(())).await;
    services.engine.start().await.unwrap();
    park(&services, "blue-mug").await;
    eventually("a pass", async || (sent_for(&services).await == ["blue-mug"]).then_some(())).await;
}
