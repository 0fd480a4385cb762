use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line on standard output, as `CloudWatch` reads it.
    Json,
    /// Words on standard error, for somebody at a terminal.
    Text,
}

/// Log lines already go somewhere.
#[derive(Debug, thiserror::Error)]
#[error("found logs already set up, one call at the program's start was expected")]
pub struct LogsError;

/// Sends log lines where `format` says, from level `info` up unless the environment variable
/// `RUST_LOG` says otherwise. A part of it that can't be read is left out.
///
/// # Errors
/// Called a second time.
pub fn init_logs(format: LogFormat) -> Result<(), LogsError> {
    let filter =
        EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    let done = match format {
        LogFormat::Json => logs.json().flatten_event(true).with_current_span(true).try_init(),
        LogFormat::Text => logs.with_writer(std::io::stderr).with_target(false).try_init(),
    };
    done.map_err(|_already| LogsError)
}
