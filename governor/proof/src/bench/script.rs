//! Rivals' own programs: scripts that print numbers, one a line.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

/// A rival's script.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    program: OsString,
    file: OsString,
}

impl Script {
    /// One of Node's, in the folder of the rivals.
    pub(crate) fn node(rivals: &Path, name: &str) -> Self {
        let file = rivals.join("javascript").join(format!("{name}.mjs"));
        Self { program: rivals.join("node").into(), file: file.into() }
    }

    /// One of Python's.
    pub(crate) fn python(rivals: &Path, name: &str) -> Self {
        let file = rivals.join(format!("{name}.py"));
        Self { program: rivals.join("python/bin/python").into(), file: file.into() }
    }

    /// What it prints in each of so many processes at once.
    ///
    /// # Errors
    /// One could not be started, failed, or printed something that is no number.
    pub(crate) async fn run(
        &self,
        processes: usize,
        arguments: &[String],
    ) -> anyhow::Result<Vec<Vec<u64>>> {
        let (script, arguments) = (self.clone(), arguments.to_vec());
        tokio::task::spawn_blocking(move || script.wait_for(processes, &arguments)).await?
    }

    fn wait_for(&self, processes: usize, arguments: &[String]) -> anyhow::Result<Vec<Vec<u64>>> {
        let what = || format!("{} with {}", self.file.display(), self.program.display());
        let start = || {
            let mut command = Command::new(&self.program);
            command.arg(&self.file).args(arguments).stdout(Stdio::piped()).spawn()
        };
        let started: Result<Vec<_>, _> = (0..processes).map(|_| start()).collect();
        let mut printed = Vec::new();
        for child in started.with_context(|| format!("{} did not start", what()))? {
            let ended = child.wait_with_output()?;
            ensure!(ended.status.success(), "{} ended with {}", what(), ended.status);
            let text = String::from_utf8(ended.stdout)?;
            let numbers: Result<Vec<u64>, _> = text.lines().map(str::parse).collect();
            printed.push(numbers.with_context(|| format!("{} printed {text:?}", what()))?);
        }
        Ok(printed)
    }
}
