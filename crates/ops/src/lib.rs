//! What the ops team sees and what it may do: switches, lanes, accounts, imports on demand, what
//! was set aside, and who changed what. The command line calls these functions; the ops API is the
//! same functions behind HTTP.
//!
//! Everything that changes something has an author and leaves an entry in the audit trail. This
//! crate never opens a credential, never calls a vendor, and never decides what the governor decides.

pub mod accounts;
pub mod api;
pub mod audit;
pub mod board;
mod connection;
mod customer;
mod error;
mod facts;
mod input;
mod jobs;
pub mod lanes;
mod moment;
mod ops;
pub mod outages;
mod scope;
pub mod set_aside;
pub mod switches;
pub mod sync;
pub mod why;

pub use connection::{Connection, Credentials};
pub use customer::{customer_lane, stop_new};
pub use error::OpsError;
pub use facts::{
    Facts, all_accounts, down_ms, find_account, incremental, lane_of, outages_of, wide_lanes,
};
pub use input::{InputError, Words};
pub use jobs::{ask, new_job, send};
pub use moment::Moment;
pub use ops::{AUTHOR_CHARS_MAX, Author, Ops, REASON_CHARS_MAX};
pub use scope::{Kept, LIMIT_MAX, LaneScope, Mode, Scope};
