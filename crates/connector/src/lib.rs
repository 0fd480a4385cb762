//! What every vendor connector implements: a walk through a vendor's records as a pure state
//! machine, a thin client that sends what the walk asks for, and a closed account of what can go
//! wrong.
//!
//! A connector says what happened, never what to do about it. This crate does no I/O, never sleeps
//! and cannot see the governor.

mod failure;
mod walk;

pub use failure::{Cause, Class, Evidence, Failure, PoisonReason, Rejection, Scope, Suspension};
pub use walk::{Call, CallTag, Connector, Page, Plan, PlanError, Span, Step, Walk};
