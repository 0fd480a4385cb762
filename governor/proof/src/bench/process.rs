//! Processes that are told what to do by lines, and answer each with a line of JSON.

use core::time::Duration;
use std::ffi::OsStr;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::process::Stdio;

use anyhow::Context as _;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;

/// How long an answer may take before the process counts as stuck.
const ANSWER_WITHIN: Duration = Duration::from_mins(15);

/// A process that does as it is told. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts a program, and returns what it says when it is ready.
    pub(crate) async fn start(
        program: &Path,
        arguments: &[impl AsRef<OsStr>],
    ) -> anyhow::Result<(Self, Value)> {
        let name = program.display().to_string();
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        let to = child.stdin.take().context("no standard input")?;
        let from = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        let mut process = Self { name, child, to, from };
        let ready = process.answer().await?;
        Ok((process, ready))
    }

    /// Tells it a line, and waits for its answer.
    pub(crate) async fn ask(&mut self, what: &str) -> anyhow::Result<Value> {
        self.to.write_all(format!("{what}\n").as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> anyhow::Result<Value> {
        let line = tokio::time::timeout(ANSWER_WITHIN, self.from.next_line())
            .await
            .with_context(|| format!("{} did not answer within {ANSWER_WITHIN:?}", self.name))??;
        let line = line.with_context(|| format!("{} ended before it answered", self.name))?;
        serde_json::from_str(&line).with_context(|| format!("{} said {line}", self.name))
    }

    /// Kills it at once, with no chance to give anything back.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().await.with_context(|| format!("{} could not be killed", self.name))
    }
}

/// What this process is told, line by line, until nobody can tell it anything any more.
pub(crate) fn commands() -> mpsc::Receiver<String> {
    let (told, commands) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if told.blocking_send(line).is_err() {
                return;
            }
        }
    });
    commands
}

/// Answers whoever started this process.
pub(crate) fn say(answer: &Value) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{answer}")?;
    Ok(out.flush()?)
}
