use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
#[cfg(feature = "function")]
use tracing_subscriber::layer::SubscriberExt as _;
#[cfg(feature = "function")]
use tracing_subscriber::util::SubscriberInitExt as _;

#[cfg(feature = "function")]
use crate::Traces;

/// Log lines already go somewhere.
#[derive(Debug, thiserror::Error)]
#[error("found logs already set up, one call at the program's start was expected")]
pub struct LogsError;

/// From level `info` up, unless the environment variable `RUST_LOG` says otherwise. A part of it that
/// can't be read is left out.
fn filter() -> EnvFilter {
    EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy()
}

/// Sends log lines to standard error, in words for somebody at a terminal.
///
/// # Errors
/// Log lines already go somewhere.
pub fn terminal_logs() -> Result<(), LogsError> {
    tracing_subscriber::fmt()
        .with_env_filter(filter())
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .with_target(false)
        .try_init()
        .map_err(|_already| LogsError)
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
