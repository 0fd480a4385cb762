use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[cfg(feature = "function")]
use crate::Traces;
use crate::environment;

/// Log lines already go somewhere.
#[derive(Debug, thiserror::Error)]
#[error("found logs already set up, one call at the program's start was expected")]
pub struct LogsError;

/// From level `info` up, unless the environment variable `RUST_LOG` says otherwise, by levels and by
/// `target=level`. A part of it that can't be read is left out.
fn filter() -> Targets {
    filter_of(&environment("RUST_LOG").unwrap_or_default())
}

fn filter_of(told: &str) -> Targets {
    let parts = told.split(',').map(str::trim).filter(|part| !part.is_empty());
    let read: Vec<Targets> = parts.filter_map(|part| part.parse().ok()).collect();
    if read.is_empty() {
        return Targets::new().with_default(LevelFilter::INFO);
    }
    let level = read.iter().rev().find_map(Targets::default_level);
    let targets = Targets::new().with_targets(read.into_iter().flatten());
    targets.with_default(level.unwrap_or(LevelFilter::OFF))
}

/// Sends log lines to standard error, in words for somebody at a terminal.
///
/// # Errors
/// Log lines already go somewhere.
pub fn terminal_logs() -> Result<(), LogsError> {
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .with_target(false);
    let logs = tracing_subscriber::registry().with(filter()).with(lines);
    logs.try_init().map_err(|_already| LogsError)
}

/// Sends log lines to standard output, one JSON object each, as `CloudWatch` reads them; and with the
/// feature `otel` the spans that they stand in to the collector that the variables name which `lookup`
/// gives. To be called on the runtime that the function lives on.
///
/// # Errors
/// Log lines already go somewhere.
#[cfg(feature = "function")]
#[cfg_attr(not(feature = "otel"), expect(unused_variables, reason = "there is no collector"))]
pub fn function_logs(lookup: impl Fn(&str) -> Option<String>) -> Result<Traces, LogsError> {
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .json()
        .flatten_event(true)
        .with_current_span(true);
    let logs = tracing_subscriber::registry().with(filter()).with(lines);
    #[cfg(feature = "otel")]
    let (layer, traces, problem) = crate::traces::start(lookup);
    #[cfg(feature = "otel")]
    let logs = logs.with(layer);
    #[cfg(not(feature = "otel"))]
    let traces = Traces::default();
    logs.try_init().map_err(|_already| LogsError)?;
    #[cfg(feature = "otel")]
    if let Some(problem) = problem {
        tracing::warn!(code = "TRACES_NOT_SENT", "{problem}");
    }
    Ok(traces)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn what_is_logged_is_chosen_by_level_and_target_and_what_cannot_be_read_is_left_out() {
        for (told, ours, others) in [
            ("", Some(Level::INFO), Some(Level::INFO)),
            ("flyball=loud", Some(Level::INFO), Some(Level::INFO)),
            ("warn", Some(Level::WARN), Some(Level::WARN)),
            ("flyball=debug", Some(Level::DEBUG), None),
            ("error, flyball=debug", Some(Level::DEBUG), Some(Level::ERROR)),
            ("flyball=loud,off", None, None),
        ] {
            let filter = filter_of(told);
            for (target, most) in [("flyball_runtime", ours), ("hyper", others)] {
                let levels = [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
                let found = levels.into_iter().find(|level| filter.would_enable(target, level));
                assert_eq!(found, most, "{target} by {told:?}");
            }
        }
    }
}
