//! What every vendor connector implements: a walk through a vendor's records as a pure state
//! machine, a thin client that sends what the walk asks for, and a closed account of what can go
//! wrong; and what all codecs share.
//!
//! A connector says what happened, never what to do about it. This crate does no I/O, never sleeps
//! and cannot see the governor.

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod decode;
mod decoded;
mod failure;
pub mod json;
mod page_size;
mod retry_after;
mod walk;

pub use decoded::{DecodeContext, DecodeError, Decoded, Unused};
pub use failure::{Cause, Class, Evidence, Failure, PoisonReason, Rejection, Scope, Suspension};
pub use page_size::{PageSize, Shrunk};
pub use retry_after::retry_after;
pub use walk::{
    Call, CallTag, Connector, Destination, Listed, Listing, Page, Plan, PlanError, Span, Step, Walk,
};
