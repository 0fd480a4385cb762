//! Results go to the standard output, everything else to the standard error.

use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write as _};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::error::CliError;

/// How results look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Words for people.
    Text,
    /// One JSON object a line, and nothing else on the standard output.
    Json,
}

/// How much is gathered before the standard output is written to, in bytes.
const BUFFER_BYTES: usize = 256 * 1024;

/// Writes one line of a result.
///
/// # Errors
/// The standard output is closed, or can't be written.
pub(crate) fn line(text: &str) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    written.map_err(|error| CliError::of_stdout(&error))
}

/// Writes a result as one line of JSON.
///
/// # Errors
/// The standard output is closed, or can't be written.
pub(crate) fn json(value: &impl Serialize) -> Result<(), CliError> {
    line(&serde_json::to_string(value)?)
}

/// The standard output for many lines. Flush it, and see whether that succeeds.
pub(crate) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock())
}

/// Tells a person something that is no result.
pub(crate) fn note(text: &str) {
    // Whoever has closed the standard error does not want to know.
    drop(writeln!(io::stderr(), "{text}"));
}

/// Shows how far something has come: a bar where the standard error is a terminal, lines
/// elsewhere.
pub(crate) fn progress() -> Progress {
    if !io::stderr().is_terminal() {
        return Progress::Lines;
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    Progress::Bar(bar)
}

/// Shows how far something has come.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    /// A line that is drawn over.
    Bar(ProgressBar),
    /// A line after the other.
    Lines,
}

impl Progress {
    /// Shows where things stand; a terminal shows each such line over the one before, elsewhere
    /// only every [`LINE_EACH`]-th `step` is written.
    pub(crate) fn step(&self, step: u64, text: &str) {
        match self {
            Self::Bar(bar) => {
                bar.set_message(text.to_owned());
                bar.tick();
            }
            Self::Lines => {
                if step <= 1 || step.is_multiple_of(LINE_EACH) {
                    note(text);
                }
            }
        }
    }

    /// Says something that is to stay.
    pub(crate) fn say(&self, text: &str) {
        match self {
            Self::Bar(bar) => bar.println(text),
            Self::Lines => note(text),
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        match self {
            Self::Bar(bar) => bar.finish_and_clear(),
            Self::Lines => {}
        }
    }
}

/// Which steps are written where lines can't be drawn over.
const LINE_EACH: u64 = 20;
