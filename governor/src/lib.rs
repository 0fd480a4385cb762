//! The serial governor on `DynamoDB`: runs the transitions of `flyball-governor-core` as single
//! conditional updates, keeps the parking lot, and tells whoever must wait why and until when. It
//! never decides anything that the pure core could decide, never calls a vendor, and never knows
//! what the governed work is.

mod board;
mod chore;
mod clock;
mod command;
mod error;
mod evidence;
mod governor;
mod holder;
mod item;
mod key;
mod ledger;
mod lot;
pub mod render;
mod skew;
mod stretch;
mod sweep;
mod system;
mod table;
mod waker;

pub use chore::{Chore, Claimed, Progress, Round, Turn};
pub use clock::{Clock, Entropy};
pub use command::{aws_command, aws_commands_for_board};
pub use error::GovernorError;
pub use evidence::Witness;
pub use governor::{Admission, Governor, LaneSpec, Tried};
pub use holder::{CallLeave, FailedCall, Freed, Halt, Holder, Passed, PushBack, WideAsked};
pub use key::{LaneId, LaneIdError};
pub use ledger::OUTAGES_READ_MAX;
pub use lot::{Parked, Requests};
pub use stretch::{Stretch, StretchEnd};
pub use sweep::LotsPage;
pub use system::{SystemClock, SystemEntropy};
pub use table::create_table;
pub use waker::{WaitingPage, WakeCursor};

pub use flyball_governor_core as core;
pub use flyball_governor_core::{
    Board, Claim, Ending, GroupName, Lane, LeaseId, Nonce, Outage, Policy, Reach, Reason, Refusal,
    Sentence, Span, Standing, Startable, Stop, StopCause, StopMode, UnixMillis, Waiting, WorkKind,
    next_look, standing, stop_is_complete,
};
