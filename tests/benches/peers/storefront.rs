//! A simulated store in a process of its own.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// What a store counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    /// All calls.
    pub(crate) calls: u64,
    /// Those that it throttled.
    pub(crate) throttled: u64,
    /// What the answered ones cost, in points.
    pub(crate) spent_points: u64,
}

/// A store that is being served.
#[derive(Debug)]
pub(crate) struct Storefront {
    child: Child,
    /// Where it is.
    pub(crate) url: String,
    /// Its credentials.
    pub(crate) token: String,
}

impl Storefront {
    /// Serves the store that the words after `flyball storefront` describe.
    pub(crate) async fn serve(flyball: &Path, words: &[String]) -> Result<Self> {
        let mut child = Command::new(flyball)
            .arg("storefront")
            .args(words)
            .arg("--json")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("the store's output was taken")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await?;
        let told: Value = serde_json::from_str(&line).context("the store did not start")?;
        let word = |name: &str| told.get(name).and_then(Value::as_str).map(str::to_owned);
        let url = word("url").context("the store told no address")?;
        Ok(Self { child, url, token: word("token").context("the store told no token")? })
    }

    /// Ends it, and reads what it counted.
    pub(crate) async fn stop(mut self) -> Result<Counted> {
        let id = self.child.id().context("the store has ended")?;
        kill(Pid::from_raw(i32::try_from(id)?), Signal::SIGINT)?;
        let mut log = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut log).await?;
        }
        self.child.wait().await?;
        let told = log.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok());
        let told = told.with_context(|| format!("the store told no counters: {log}"))?;
        let count = |name: &str| told.get(name).and_then(Value::as_u64).unwrap_or_default();
        let (calls, throttled) = (count("calls"), count("throttled"));
        Ok(Counted { calls, throttled, spent_points: count("cost_spent_points") })
    }
}
