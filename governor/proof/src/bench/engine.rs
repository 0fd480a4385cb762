//! The engine that all contenders share, in a process of its own: the embedded one, on loopback. It
//! counts what is asked of it, and carries some writes out once more, later, if it is told to.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::serve::ListenerExt as _;
use flyball_governor_proof::dice::Dice;
use flyball_local::EmbeddedTables;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::counts::{Counts, metered, writes};
use super::process::{Process, commands, say};

/// How to serve.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// One write in so many is carried out once more, later, as if a client's retry had overtaken
    /// it; none where this is 0.
    #[arg(long, default_value_t = 0)]
    pub again_one_in: u64,
    /// What decides which, and how much later.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// How much later a write is carried out once more, at most.
const AGAIN_MS_MAX: u64 = 4_000;

struct Serving {
    tables: EmbeddedTables,
    counts: Mutex<Counts>,
    dice: Mutex<Dice>,
    again_one_in: u64,
}

impl Serving {
    fn count<T>(&self, with: impl FnOnce(&mut Counts) -> T) -> T {
        with(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How much later a write is carried out once more, if it is.
    fn again_after(&self, operation: &str) -> Option<Duration> {
        if self.again_one_in == 0 || !writes(operation) {
            return None;
        }
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let again = dice.one_in(self.again_one_in);
        again.then(|| Duration::from_millis(dice.below(AGAIN_MS_MAX)))
    }
}

/// Serves until nobody can tell it anything any more. Whatever it is told, it answers with what it
/// has counted since the last time.
///
/// # Errors
/// No memory, or no port.
pub(crate) fn serve(options: &Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let serving = Arc::new(Serving {
            tables: EmbeddedTables::memory()?,
            counts: Mutex::default(),
            dice: Mutex::new(Dice::new(options.seed)),
            again_one_in: options.again_one_in,
        });
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(loopback).await.context("no free port on loopback")?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(answer).with_state(Arc::clone(&serving));
        // Small answers would otherwise wait for the client's acknowledgement. One that stays slow
        // is as slow for every contender.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        say(&json!({ "endpoint": endpoint }))?;
        let mut told = commands();
        while told.recv().await.is_some() {
            say(&serving.count(core::mem::take).to_json())?;
        }
        Ok(())
    })
}

#[expect(clippy::disallowed_methods, reason = "a write that comes late is what it stands for")]
async fn answer(State(serving): State<Arc<Serving>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let target = target.unwrap_or_default().to_owned();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let body = metered(&operation, &body);
    if let Some(after) = serving.again_after(&operation) {
        let (serving, target, body) = (Arc::clone(&serving), target.clone(), body.clone());
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            serving.count(|counts| counts.again = counts.again.saturating_add(1));
            tokio::task::spawn_blocking(move || serving.tables.answer(&target, &body)).await
        });
    }
    let asked = Arc::clone(&serving);
    let done = tokio::task::spawn_blocking(move || asked.tables.answer(&target, &body)).await;
    let Ok((status, text)) = done else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    serving.count(|counts| counts.count(&operation, &text));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, "application/x-amz-json-1.0")], text).into_response()
}

/// The process that [`serve`]s.
#[derive(Debug)]
pub(crate) struct EngineProcess {
    process: Process,
    pub(crate) endpoint: String,
}

impl EngineProcess {
    /// Starts one of its own, empty.
    pub(crate) async fn start(options: &Options) -> anyhow::Result<Self> {
        let again_one_in = options.again_one_in.to_string();
        let seed = options.seed.to_string();
        let arguments = ["engine", "--again-one-in", &again_one_in, "--seed", &seed];
        let (process, ready) = Process::start(&std::env::current_exe()?, &arguments).await?;
        let endpoint = ready.get("endpoint").and_then(Value::as_str).context("no endpoint")?;
        Ok(Self { endpoint: endpoint.to_owned(), process })
    }

    /// What was asked of it since the last time that this was asked.
    pub(crate) async fn counts(&mut self) -> anyhow::Result<Counts> {
        Ok(Counts::from_json(&self.process.ask("counts").await?))
    }
}
