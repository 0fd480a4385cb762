//! The world that is explored: lanes that are changed by nothing but the transitions of
//! `flyball-governor-core`, workers and a ticker that follow the importer's and the ticker's order
//! of writes, a queue that delivers at least once, a lot, checkpoints, the ledger of outages, a
//! person with a switch, and faults, each out of a budget.
//!
//! **Steps.** Every call to `DynamoDB` or to the queue is one step; what a process works out
//! between two calls belongs to the step before it. A process may die, stall, or lose a reply
//! between any two steps.
//!
//! **Time.** `now` is one constant; when time passes, every moment of the world moves down by one
//! tick, and what is so long past that no condition can tell it from longer past stays where it is.
//! The tests show that the transitions can't tell the difference.
//!
//! **Counters.** What only rises is renamed after each step, so that the world stays finite: fences
//! keep their order, and are compared with nothing but each other; of `marks` only "the same as I
//! saw" is ever asked; a nonce that nobody bears is free for the next who needs one. `gen`,
//! `level` and `slow` stay as they are: the budgets of faults bound them.

pub mod bounds;
pub mod bug;
mod dispatch;
mod ending;
pub(crate) mod fast;
mod faults;
mod lanes;
mod laws;
mod moves;
pub(crate) mod op;
mod program;
mod running;
#[cfg(test)]
mod tests;
mod ticker;
mod wide;
mod worker;
pub mod world;

pub use laws::Broken;
pub use moves::{Actor, Model, Move, Order, Reply};
pub use program::Told;
