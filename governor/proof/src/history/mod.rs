//! What was asked of an engine and what it answered, and the check that a history of it is one that
//! the core allows: an order exists, in which each call lies between its beginning and its end, and
//! in which the in-memory interpreter gives every answer the same.
//!
//! The search is the one of Wing and Gong ("Testing and verifying concurrent objects", 1993). The
//! images of the item that come with every answer leave it next to nothing to guess.

mod forms;
mod order;
mod read;
pub mod wire;

pub use forms::Forms;
pub use order::{Difference, Ordered, Step, check};
pub use read::{ReadError, read};

use wire::{Answer, Call};

/// A call and its answer.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// When it was sent on to the engine: its place in the one order of all that was noticed.
    pub began: u64,
    /// When the engine's answer came, in the same order.
    pub ended: u64,
    /// What was asked.
    pub call: Call,
    /// What was answered.
    pub answer: Answer,
}
