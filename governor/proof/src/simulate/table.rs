//! The tables: an embedded engine, asked within the process by the real client of `DynamoDB`.

use core::fmt;
use core::future::pending;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use flyball_local::EmbeddedTables;
use flyball_runtime::{retries, time_outs};

use super::life::Life;
use super::steady::Happening;
use super::told::Told;
use super::trouble::Trouble;
use crate::conform::fault::Fault;

/// What the table refuses with when it refuses.
const REFUSALS: [Fault; 5] =
    [Fault::Throughput, Fault::Throttling, Fault::Conflict, Fault::Internal, Fault::Unreachable];

/// Milliseconds that a request and its reply are under way at most, each.
const WAY_MS_MAX: u64 = 6;
/// The same where the table is slow: two ways take less than the client's time-out of an attempt.
const SLOW_WAY_MS_MAX: u64 = 1_400;
/// When a late request is carried out, at least and at most: its client gave up after three seconds.
const LATE_MS_MIN: u64 = 3_000;
const LATE_MS_MAX: u64 = 90_000;

/// A process's way to the tables.
#[derive(Clone)]
pub(super) struct Wire {
    tables: EmbeddedTables,
    life: Arc<Life>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wire").field(&self.life.name).finish()
    }
}

/// A process's client, with time-outs and retries as in production.
pub(super) fn client(tables: &EmbeddedTables, life: &Arc<Life>) -> Client {
    let bucket = TokenBucket::default();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("simulated"))
        .endpoint_url("http://table.invalid")
        .allow_no_auth()
        .timeout_config(time_outs())
        .retry_config(retries())
        // Of its own: whoever shares one with another seed does not repeat.
        .retry_partition(RetryPartition::custom("simulated").token_bucket(bucket).build())
        .http_client(Wire { tables: tables.clone(), life: Arc::clone(life) });
    Client::from_conf(config.build())
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let wire = self.clone();
        HttpConnectorFuture::new(async move { wire.carry(&request).await })
    }
}

impl Wire {
    async fn carry(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let world = &self.life.world;
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        self.life.step().await;
        let slow = world.strikes(Trouble::TableSlow);
        let way_ms_max = if slow { SLOW_WAY_MS_MAX } else { WAY_MS_MAX };
        world.rest(world.below(way_ms_max).saturating_add(1)).await;
        if world.strikes(Trouble::TableRefuses)
            && let Some(refusal) = world.pick(&REFUSALS)
        {
            self.life.tell(format_args!("{} {refusal:?}", Told::of(&target, &body)));
            return refusal.reply();
        }
        if world.strikes(Trouble::TableLate) {
            let late_ms = LATE_MS_MIN.saturating_add(world.below(LATE_MS_MAX));
            let wire = self.clone();
            tokio::spawn(async move {
                wire.life.world.rest(late_ms).await;
                wire.carry_out(&target, &body);
            });
            return pending().await;
        }
        let (status, answer) = self.carry_out(&target, &body);
        world.rest(world.below(way_ms_max).saturating_add(1)).await;
        self.life.step().await;
        if world.strikes(Trouble::TableReplyLost) {
            self.life.tell("the reply is lost");
            return if world.below(2) == 0 { pending().await } else { Fault::ReplyLost.reply() };
        }
        let status = StatusCode::try_from(status)
            .map_err(|_no_status| ConnectorError::io("no such status".into()))?;
        let mut response = HttpResponse::new(status, SdkBody::from(answer));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        Ok(response)
    }

    /// What the table does, and shows to whoever keeps an eye on it.
    fn carry_out(&self, target: &str, body: &[u8]) -> (u16, String) {
        let (status, answer) = self.tables.answer(target, body);
        let told = Told::of(target, body);
        self.life.tell(format_args!("{told} -> {status}"));
        let name = &self.life.name;
        let begins_to_let_go = self.life.world.watch(|watch, now| {
            let returns_before = watch.returns();
            let (asked, said) = ((target, body), (status, answer.as_bytes()));
            let broken = watch.of_tables(now, name, &told, asked, said);
            (returns_before < watch.returns(), broken)
        });
        // What it was about to do for the group's lanes must be the next one's to do.
        if begins_to_let_go {
            self.life.is_at_its_end();
        }
        self.life.world.note(|watch| Happening::of(watch, &told.partition));
        (status, answer)
    }
}
