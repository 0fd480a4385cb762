//! Rivals' own programs: scripts that print numbers, one a line.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

/// A script of `governor/proof/rivals`, in a folder that `.ci/rivals.sh` has filled.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// What runs it.
    pub(crate) program: PathBuf,
    /// Where it is.
    pub(crate) file: PathBuf,
}

impl Script {
    /// The script of this name, which ends in `.py` or `.mjs`.
    pub(crate) fn of(rivals: &Path, name: &str) -> Self {
        let (program, folder) = match name.rsplit_once('.') {
            Some((_, "py")) => (rivals.join("python/bin/python"), rivals.to_owned()),
            _ => (rivals.join("node"), rivals.join("javascript")),
        };
        Self { program, file: folder.join(name) }
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
