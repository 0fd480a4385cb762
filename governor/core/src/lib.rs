//! The lane and its transitions as data, the interpreter that runs them in memory, and the pure
//! decisions: what to try next after a refusal, how long to back off, what to tell a person.
//! Everything is integer and total. This crate never does I/O, never reads a clock, never rolls
//! dice, and never knows what the governed work is.

mod decide;
mod explain;
pub mod item;
mod lane;
mod outage;
pub mod policy;
pub mod table;
mod time;
pub mod transition;
pub mod transitions;
mod uptime;
mod words;

pub use decide::{Move, Reason, Refusal, Startable, next_look, next_move, stop_is_complete};
pub use explain::{Sentence, Span, Standing, standing};
pub use lane::{Lane, LaneError, Note, Probe, Slot, Stop};
pub use outage::{FLAP_MS, Interval, Outage, covered_ms, merge};
pub use policy::Policy;
pub use time::UnixMillis;
pub use transitions::{Claim, Lease, Seat};
pub use uptime::{DAY_MS, History, Share, UPTIME_DAYS, Uptime, summarize};
pub use words::{LeaseId, Nonce, StopCause, StopMode, WordError, WorkKind};
