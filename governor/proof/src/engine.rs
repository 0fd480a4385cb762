//! The engine that is put to the suite: an embedded one of its own, or any endpoint.

use core::net::SocketAddr;
use core::time::Duration;

use anyhow::Context as _;
use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Builder, Credentials};
use aws_sdk_dynamodb::types::TableStatus;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use flyball_governor::create_table;

/// An engine of `DynamoDB`.
#[derive(Debug)]
pub struct Engine {
    /// What it is called in reports.
    pub name: String,
    config: SdkConfig,
}

/// The attempts of one call. The same as in production; the pauses between them are not.
const ATTEMPTS_MAX: u32 = 3;
const PAUSE: Duration = Duration::from_millis(1);

/// How often, and how often at most, a new table is asked whether it is ready.
const TABLE_PAUSE: Duration = Duration::from_millis(200);
const TABLE_TRIES_MAX: u32 = 300;

/// What engines on this machine accept where the environment says nothing else.
const LOCAL_REGION: Region = Region::from_static("us-east-1");
const LOCAL_KEY: &str = "flyball";

impl Engine {
    /// Starts an engine in memory, on a free port of loopback, that lasts as long as the process.
    ///
    /// # Errors
    /// No port, or no memory.
    pub async fn embedded() -> anyhow::Result<Self> {
        let database = dynoxide::Database::memory().context("no engine in memory")?;
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .context("no free port on loopback")?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        tokio::spawn(dynoxide::server::serve_on(listener, database));
        Ok(Self { name: "embedded".to_owned(), config: local(&endpoint).await })
    }

    /// The engine at an endpoint, a real region's among them. Region and credentials come from
    /// where AWS's tools look for them; engines on loopback do without.
    pub async fn at(endpoint: &str) -> Self {
        let config = if is_loopback(endpoint) {
            local(endpoint).await
        } else {
            aws_config::defaults(behavior()).endpoint_url(endpoint).load().await
        };
        Self { name: endpoint.to_owned(), config }
    }

    /// Where it is.
    pub fn endpoint(&self) -> &str {
        self.config.endpoint_url().unwrap_or_default()
    }

    /// The settings of a client of this engine. Attempts are as many as in production, with next to
    /// no pause between them, and a storm of failures does not use them up.
    pub fn client_settings(&self) -> Builder {
        let unlimited = TokenBucket::unlimited();
        let partition = RetryPartition::custom("flyball-proof").token_bucket(unlimited).build();
        Builder::from(&self.config)
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(ATTEMPTS_MAX)
                    .with_initial_backoff(PAUSE)
                    .with_max_backoff(PAUSE),
            )
            .retry_partition(partition)
    }

    /// A client of this engine.
    pub fn client(&self) -> Client {
        Client::from_conf(self.client_settings().build())
    }

    /// Makes a table that was not there, and waits until it can be used.
    ///
    /// # Errors
    /// It is there already, or can't be made.
    pub async fn make_table(&self, table: &str) -> anyhow::Result<()> {
        let client = self.client();
        if client.describe_table().table_name(table).send().await.is_ok() {
            anyhow::bail!(
                "found a table {table} at {}, expected none: the suite makes its own and removes \
                 it afterwards, so name one that does not exist",
                self.name
            );
        }
        create_table(&client, table).await.context("no table to work in")?;
        let mut pauses = tokio::time::interval(TABLE_PAUSE);
        for _ in 0..TABLE_TRIES_MAX {
            let made = client.describe_table().table_name(table).send().await;
            let status = made.ok().and_then(|it| it.table).and_then(|it| it.table_status);
            if status == Some(TableStatus::Active) {
                return Ok(());
            }
            pauses.tick().await;
        }
        anyhow::bail!("table {table} at {} was made but is not ready", self.name)
    }

    /// Removes a table that [`Engine::make_table`] made.
    ///
    /// # Errors
    /// It could not be removed.
    pub async fn remove_table(&self, table: &str) -> anyhow::Result<()> {
        let removed = self.client().delete_table().table_name(table).send().await;
        removed.map(drop).with_context(|| format!("table {table} is still at {}", self.name))
    }
}

async fn local(endpoint: &str) -> SdkConfig {
    let made_up = Credentials::new(LOCAL_KEY, LOCAL_KEY, None, None, "flyball-proof");
    let from_environment = EnvironmentVariableCredentialsProvider::new();
    let credentials = CredentialsProviderChain::first_try("environment", from_environment)
        .or_else("made up", made_up);
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(LOCAL_REGION);
    aws_config::defaults(behavior())
        .region(region)
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .load()
        .await
}

fn is_loopback(endpoint: &str) -> bool {
    let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"].iter().any(|prefix| host.starts_with(prefix))
}

/// Named, so that a newer client library changes nothing by itself.
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_engines_on_this_machine_do_without_credentials() {
        for (endpoint, local) in [
            ("http://127.0.0.1:4566", true),
            ("http://localhost:8000", true),
            ("http://[::1]:8000", true),
            ("https://dynamodb.eu-central-1.amazonaws.com", false),
            ("http://10.0.0.127:8000", false),
        ] {
            assert_eq!(is_loopback(endpoint), local, "{endpoint}");
        }
    }
}
