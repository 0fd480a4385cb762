use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A word from outside to all who share it: begin no further page and no further job. What runs
/// ends at its checkpoint, and waits in the lot.
#[derive(Clone, Debug, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// Gives the word. It can't be taken back.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was given.
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
