//! Who is measured, and how each is started.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::process::Process;
use super::script::Script;

/// A program that bounds what runs at once, in one of its settings.
#[derive(Clone, Debug)]
pub(crate) struct Contender {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
}

/// What a contender is put to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) endpoint: String,
    pub(crate) writers: u64,
    pub(crate) lanes: u64,
    pub(crate) limit: u64,
    pub(crate) lease_ms: u64,
    pub(crate) ahead_ms: i64,
    pub(crate) vendor: String,
    pub(crate) seed: u64,
}

impl Conditions {
    fn arguments(&self) -> impl Iterator<Item = String> {
        let Self { endpoint, writers, lanes, limit, lease_ms, ahead_ms, vendor, seed } = self;
        [
            format!("--endpoint={endpoint}"),
            format!("--writers={writers}"),
            format!("--lanes={lanes}"),
            format!("--limit={limit}"),
            format!("--lease-ms={lease_ms}"),
            format!("--ahead-ms={ahead_ms}"),
            format!("--vendor={vendor}"),
            format!("--seed={seed}"),
        ]
        .into_iter()
    }
}

impl Contender {
    /// The governor.
    pub(crate) fn governed() -> anyhow::Result<Self> {
        Self::own("flyball", "governed")
    }

    /// A version that is compared.
    pub(crate) fn versions() -> anyhow::Result<Self> {
        Self::own("compare-and-swap on a version", "versions")
    }

    fn own(name: &str, who: &str) -> anyhow::Result<Self> {
        let arguments = vec!["contender".to_owned(), who.to_owned()];
        Ok(Self { name: name.to_owned(), program: std::env::current_exe()?, arguments })
    }

    /// A rival's script.
    pub(crate) fn rival(rivals: &Path, script: &str, settings: &[&str]) -> Self {
        let Script { program, file } = Script::of(rivals, script);
        let settings = settings.iter().map(|setting| format!("--{setting}"));
        let arguments = core::iter::once(file.display().to_string()).chain(settings).collect();
        Self { name: String::new(), program, arguments }
    }

    /// The same, with more said of it in the tables.
    pub(crate) fn named(mut self, more: &str) -> Self {
        self.name.push_str(more);
        self
    }

    /// Starts it, and returns what to call it: a rival says its name and version itself.
    pub(crate) async fn start(&self, under: &Conditions) -> anyhow::Result<(Process, String)> {
        let arguments: Vec<String> =
            self.arguments.iter().cloned().chain(under.arguments()).collect();
        let (process, ready) = Process::start(&self.program, &arguments).await?;
        let said = ready.get("name").and_then(Value::as_str).unwrap_or_default();
        Ok((process, format!("{said}{}", self.name)))
    }
}
