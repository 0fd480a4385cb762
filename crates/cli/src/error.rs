use core::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::error::ErrorKind;

/// Bad input, or something that can't be done.
const REFUSED: u8 = 2;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum CliError {
    /// It can't be done.
    Failed {
        /// What was found, what was expected, what to do: one line.
        what: String,
        /// How the command is used, where that helps.
        hint: Option<String>,
    },
    /// Whoever read the standard output has gone, as `head` does.
    OutputClosed,
}

impl CliError {
    /// An error of these words; line breaks become spaces.
    pub(crate) fn new(what: impl AsRef<str>) -> Self {
        Self::Failed { what: one_line(what.as_ref()), hint: None }
    }

    /// The same error with a line that says how the command is used.
    pub(crate) fn with_hint(self, hint: impl AsRef<str>) -> Self {
        match self {
            Self::Failed { what, .. } => Self::Failed { what, hint: Some(one_line(hint.as_ref())) },
            Self::OutputClosed => Self::OutputClosed,
        }
    }

    /// An error in writing to the standard output.
    pub(crate) fn of_stdout(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::OutputClosed
        } else {
            Self::new(format!("the standard output can't be written: {error}"))
        }
    }

    /// An error of whatever kind, with its causes.
    pub(crate) fn of_any(error: &anyhow::Error) -> Self {
        Self::new(in_words(error.as_ref()))
    }

    /// An error of the argument parser's, its paragraphs made one line.
    pub(crate) fn of_arguments(error: &clap::Error, parser: &clap::Command) -> Self {
        let text = error.render().to_string();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut what = String::new();
        let mut usage = None;
        for line in lines {
            if line.starts_with("Usage:") {
                usage = Some(line);
                break;
            }
            if !line.starts_with("For more information") {
                what.push_str(if line.starts_with("tip:") { "; " } else { " " });
                what.push_str(line);
            }
        }
        let what = what.trim_start();
        let mut what = what.strip_prefix("error: ").unwrap_or(what).to_owned();
        if error.kind() == ErrorKind::InvalidSubcommand {
            let expected = commands_in(parser, usage.unwrap_or_default());
            what.extend([" where a command was expected: one of ", &expected]);
        }
        match usage {
            Some(usage) => Self::new(what).with_hint(usage),
            None => Self::new(what),
        }
    }

    /// Tells a person, on the standard error, and gives the code to exit with.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Failed { what, hint } => {
                let hint = hint.as_ref().map(|hint| format!("{hint}\n")).unwrap_or_default();
                let lines = format!("error: {what}\n{hint}");
                // There is nobody left to tell that this failed.
                drop(io::stderr().write_all(lines.as_bytes()));
                ExitCode::from(REFUSED)
            }
            Self::OutputClosed => ExitCode::SUCCESS,
        }
    }
}

/// With its causes, in one line.
impl<E: Error> From<E> for CliError {
    fn from(error: E) -> Self {
        Self::new(in_words(&error))
    }
}

/// An error and its causes, each once.
fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.contains(&text) {
            words.push_str(": ");
            words.push_str(&text);
        }
        cause = error.source();
    }
    words
}

/// The commands there are where the parser stood when it told this usage.
fn commands_in(parser: &clap::Command, usage: &str) -> String {
    let mut at = parser;
    for word in usage.split_whitespace() {
        at = at.find_subcommand(word).unwrap_or(at);
    }
    let names: Vec<&str> = at.get_subcommands().map(clap::Command::get_name).collect();
    names.join(", ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Has a panic, which would be a fault of ours, look like every other error.
pub(crate) fn tame_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let words = panic.payload_as_str().unwrap_or("no words");
        let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
        let what = format!(
            "a fault of ours ({words}{}): please report it with the command that led to it",
            place.unwrap_or_default()
        );
        let _code = CliError::new(what).report();
    }));
}

/// What a program exits with that panicked.
pub(crate) fn exit_of_panic() -> ExitCode {
    ExitCode::from(REFUSED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the outer one")]
    struct Outer(#[source] io::Error);

    fn what(error: CliError) -> String {
        match error {
            CliError::Failed { what, .. } => what,
            CliError::OutputClosed => String::new(),
        }
    }

    #[test]
    fn an_error_tells_all_of_its_causes_in_one_line() {
        let error = Outer(io::Error::other("the inner\none"));
        assert_eq!(what(error.into()), "the outer one: the inner one");
    }

    #[test]
    fn a_closed_output_is_no_error_to_talk_about() {
        let closed = io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(matches!(CliError::of_stdout(&closed), CliError::OutputClosed));
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert!(what(CliError::of_stdout(&full)).starts_with("the standard output"));
    }
}
