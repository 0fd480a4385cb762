//! How a subcommand ends.

use std::process::ExitCode;

/// What a subcommand found, for people and machines.
#[derive(Clone, Debug)]
pub struct Report {
    /// The one object that `--json` ends with.
    pub json: serde_json::Value,
    /// Whether everything was as promised.
    pub verdict: Verdict,
}

/// Whether everything was as promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was.
    Kept,
    /// It was not.
    Broken,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Kept => Self::SUCCESS,
            Verdict::Broken => Self::FAILURE,
        }
    }
}
