//! What a deployment stands on, as a process of its own for a test that kills it: `tables FILE` is an
//! engine of `DynamoDB`, `queues FILE` are the queues. Its first line says where it is. It never ends by
//! itself.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use flyball_domain::UnixMillis;
use flyball_governor::Clock as _;
use flyball_local::{Engine, SqsServer, Token};
use flyball_queue::LocalQueues;
use flyball_runtime::{SystemClock, environment};
use flyball_tests::torment::{RECEIVES_MAX, TOKEN};
use secrecy::SecretString;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let what = words.next().context("found nothing to serve, expected tables or queues")?;
    let file = PathBuf::from(words.next().context("found no file to keep it in")?);
    let token = environment(TOKEN).with_context(|| format!("{TOKEN} is not set"))?;
    let token = Token::from(SecretString::from(token));
    match what.as_str() {
        "tables" => {
            let engine = Engine::file_for(&file, token).await?;
            tell(&engine.endpoint()).await
        }
        "queues" => {
            let clock = SystemClock::new();
            let now = Arc::new(move || UnixMillis(clock.now().0));
            let server =
                SqsServer::start(LocalQueues::open(&file, RECEIVES_MAX, now)?, token).await?;
            tell(&server.endpoint()).await
        }
        other => bail!("found {other}, expected tables or queues"),
    }
}

#[expect(clippy::print_stdout, reason = "who starts it reads where it is")]
async fn tell(endpoint: &str) -> anyhow::Result<()> {
    println!("{endpoint}");
    core::future::pending().await
}
