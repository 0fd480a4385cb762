//! What every connector must do, as checks over a store that its test can change, break and look
//! into.
//!
//! [`connector_conformance!`](crate::connector_conformance) makes a test of each. Whoever adds a
//! vendor writes a [`Bench`] over a simulated store of it; `docs/NEW_VENDOR.md` leads through that.

#![expect(clippy::missing_panics_doc, reason = "a check panics when the connector fails it")]
#![expect(clippy::panic, reason = "a check panics when the connector fails it")]

mod broken;
mod difference;
mod driver;
mod whole;

pub use broken::{
    a_place_to_go_on_from_that_is_nobodys_is_refused, a_walk_goes_on_after_any_call_that_fails,
    answers_of_any_bytes_are_told_and_harm_nothing, each_fault_is_told_as_what_it_is,
    nothing_secret_is_shown,
};
pub use difference::difference;
pub use driver::{Broken, Driven, Driver};
pub use whole::{
    a_walk_broken_off_at_any_page_goes_on_behind_it, a_walk_goes_on_after_any_call_it_dies_at,
    all_records_come_and_are_what_the_store_has, records_asked_for_by_id_come_or_are_gone,
    records_of_one_moment_all_come, the_listing_covers_all_ids_in_order_without_a_gap,
    what_changes_during_a_walk_comes_by_it_or_by_the_next, what_did_not_change_is_not_asked_for,
};

use std::sync::Arc;

use async_trait::async_trait;
use flyball_domain::{Kind, Record, UnixMillis, VendorId};

use crate::{Cause, Class, Connector, Scope};

/// A store of the vendor's, its records, and a connector to it.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The kinds that the connector imports.
    fn kinds(&self) -> &[Kind];

    /// A new store of some hundred records of each kind, none of them changed within the last
    /// minute, and a way to it.
    async fn open(&self) -> Box<dyn Subject>;
}

/// An open store under test, with a clock that only moves when it is told to.
pub trait Subject: Send + Sync {
    /// The way to the store.
    fn connector(&self) -> Arc<dyn Connector>;

    /// The secrets of its credentials, which nothing may show.
    fn secrets(&self) -> Vec<String>;

    /// The time, for the store and for us.
    fn now(&self) -> UnixMillis;

    /// Lets time pass until then.
    fn pass_until(&self, moment: UnixMillis);

    /// What an import must come to, in any order.
    fn truth(&self, kind: Kind) -> Vec<Record>;

    /// Changes a record now, in nothing but its time of change.
    fn touch(&self, kind: Kind, id: &VendorId);

    /// Deletes a record.
    fn delete(&self, kind: Kind, id: &VendorId);

    /// Breaks the store, or mends it.
    fn set_fault(&self, fault: Option<Fault>);
}

/// A way of failing that every vendor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It asks for a slower pace.
    Throttled,
    /// It is down: an answer of the 500s that no smaller request helps against.
    Down,
    /// It closes the connection.
    Closed,
    /// An HTML page where JSON should be, with a good status.
    Html,
    /// JSON that ends too early, though the answer is complete.
    BrokenJson,
    /// It does not accept the credentials.
    Unauthorized,
}

impl Fault {
    /// Every one there is.
    pub const ALL: &'static [Self] = &[
        Self::Throttled,
        Self::Down,
        Self::Closed,
        Self::Html,
        Self::BrokenJson,
        Self::Unauthorized,
    ];

    /// Whether a class tells this fault for now: a vendor may be known to refuse good credentials
    /// now and then, so that a connector wants to see it again before it says so.
    pub const fn may_be_told_by(self, class: &Class) -> bool {
        matches!(
            (self, class),
            (
                Self::Unauthorized,
                Class::Unavailable { scope: Scope::Account, cause: Cause::Refused, .. }
            )
        )
    }

    /// Whether a class of failure tells this fault.
    pub const fn is_told_by(self, class: &Class) -> bool {
        match self {
            Self::Throttled => matches!(class, Class::Throttled { .. }),
            Self::Down | Self::Closed | Self::Html | Self::BrokenJson => {
                matches!(class, Class::Unavailable { .. })
            }
            Self::Unauthorized => matches!(class, Class::Rejected(_)),
        }
    }
}

/// Makes a test of each check. The argument is an expression that makes a [`Bench`].
#[macro_export]
macro_rules! connector_conformance {
    ($bench:expr) => {
        $crate::connector_conformance! { @each $bench;
            all_records_come_and_are_what_the_store_has
            a_walk_broken_off_at_any_page_goes_on_behind_it
            a_walk_goes_on_after_any_call_it_dies_at
            records_of_one_moment_all_come
            what_changes_during_a_walk_comes_by_it_or_by_the_next
            what_did_not_change_is_not_asked_for
            records_asked_for_by_id_come_or_are_gone
            the_listing_covers_all_ids_in_order_without_a_gap
            each_fault_is_told_as_what_it_is
            a_walk_goes_on_after_any_call_that_fails
            answers_of_any_bytes_are_told_and_harm_nothing
            a_place_to_go_on_from_that_is_nobodys_is_refused
            nothing_secret_is_shown
        }
    };
    (@each $bench:expr; $($check:ident)+) => {
        $(
            #[tokio::test]
            async fn $check() {
                let bench = $bench;
                for kind in $crate::conformance::Bench::kinds(&bench) {
                    let subject = $crate::conformance::Bench::open(&bench).await;
                    $crate::conformance::$check(&*subject, *kind).await;
                }
            }
        )+
    };
}
