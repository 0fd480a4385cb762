//! The CPU time of this process: what a busy machine does not falsify.

use anyhow::Result;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};

/// CPU time so far, of all threads, in milliseconds.
pub(crate) fn cpu_ms() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let ms = |time: TimeVal| i32::try_from(time.num_microseconds() / 10).map(f64::from);
    Ok((ms(usage.user_time())? + ms(usage.system_time())?) / 100.0)
}
