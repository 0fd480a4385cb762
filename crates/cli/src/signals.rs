use crate::error::CliError;

/// Begins to listen for Ctrl-C and for being told to end, and comes back at the first of them.
#[cfg(unix)]
pub(crate) fn asked_to_end() -> Result<impl Future<Output = ()>, CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Comes back at Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn asked_to_end() -> Result<impl Future<Output = ()>, CliError> {
    // Where Ctrl-C can't be listened for, it ends the process by itself.
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
