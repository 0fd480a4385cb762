//! The lane and its transitions as data, the interpreter that runs them in memory, and the pure
//! decisions: what to try next after a refusal, how long to back off, what to tell a person.
//! Everything is integer and total. This crate never does I/O, never reads a clock, never rolls
//! dice, and never knows what the governed work is.

pub mod board;
pub mod breaker;
mod decide;
mod explain;
pub mod item;
mod lane;
mod order;
mod outage;
pub mod policy;
mod read;
pub mod table;
mod time;
pub mod transition;
pub mod transitions;
mod uptime;
mod wide;
mod words;

pub use board::{Ask, Board, Dimmer, Incident, Platform, Return, Suspicion, Switch, WideScope};
pub use decide::{
    HELD_LOOK_MS, Halted, KIND_HELD_LOOK_MS, Move, Reason, Refusal, Startable, dead_man, may_call,
    next_look, next_move, stop_is_complete,
};
pub use explain::{Sentence, Span, Standing, board_sentences, standing};
pub use lane::{Lane, LaneError, Note, Probe, Reach, Slot, Stop};
pub use order::{Look, Waiting, look, rank, yields_to};
pub use outage::{FLAP_MS, Interval, Outage, covered_ms, merge, with_notes};
pub use policy::Policy;
pub use time::UnixMillis;
pub use transitions::{Claim, Ending, Failing, Lease, Pardon, Seat};
pub use uptime::{DAY_MS, History, Share, UPTIME_DAYS, Uptime, summarize};
pub use wide::{InLine, Turns, WideLane};
pub use words::{GroupName, LeaseId, Nonce, StopCause, StopMode, WordError, WorkKind};
