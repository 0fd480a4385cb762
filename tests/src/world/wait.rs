use core::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// How long a test waits for what must come to be, before it fails. Nothing takes nearly so long
/// on an idle machine.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// How often it is looked.
const EVERY: Duration = Duration::from_millis(10);

/// Looks again and again until `look` finds something.
///
/// # Panics
/// Nothing was found within [`PATIENCE`].
pub async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = eventually_within(PATIENCE, look).await;
    found.unwrap_or_else(|| panic!("waited {} s in vain for {what}", PATIENCE.as_secs()))
}

/// Looks again and again until `look` finds something, or that has taken so long.
pub async fn eventually_within<T>(
    patience: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> Option<T> {
    let deadline = Instant::now() + patience;
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(found) = look().await {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
    }
}
