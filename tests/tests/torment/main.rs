//! The functions' real programs behind a Lambda of ours, the tables and the queues in programs of their
//! own, and everything killed again and again: no bound is broken meanwhile, and whatever was asked for
//! comes to its end by itself.
//!
//! `FLYBALL_TORMENT_S` says for how many seconds; `FLYBALL_SEED` repeats what is drawn.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper that fails, fails its test"
)]

mod lambda;
mod place;
mod trouble;

use core::time::Duration;

use flyball_tests::world::{Draw, eventually_within};
use tokio::time::Instant;

use place::Place;
use trouble::Trouble;

/// For how long, unless told otherwise: most faults come several times.
const SECONDS: u64 = 45;

/// How long it may take to come to rest: the leases of the dead have to end, and gates that their
/// vendors' faults have closed.
const REST: Duration = Duration::from_mins(6);

#[expect(clippy::disallowed_methods, reason = "how long to torment is for whoever starts it")]
fn seconds() -> Duration {
    let told = std::env::var("FLYBALL_TORMENT_S").ok();
    Duration::from_secs(told.map_or(SECONDS, |text| text.parse().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "a failure is to be understood by what has happened")]
async fn recovery_whatever_is_killed_all_that_was_asked_for_is_imported_within_every_bound() {
    let mut draw = Draw::start(20_261_127);
    let mut place = Place::open(&mut draw).await;
    let mut trouble = Trouble::default();
    place.ask_for_all().await;
    let until = Instant::now() + seconds();
    // Each fault at least once, however busy the machine.
    while Instant::now() < until || (!trouble.each_came() && Instant::now() < until + REST) {
        trouble.strike(&mut place, &mut draw).await;
    }
    println!("{}", trouble.told(&place));

    let rest = eventually_within(REST, async || place.is_at_rest().await.then_some(())).await;
    assert!(rest.is_some(), "no rest: {:#?}", place.unrest().await);
    assert_eq!(place.differences().await, Vec::<String>::new());
    assert_eq!(place.broken_bounds(), Vec::<String>::new());
    assert_eq!(place.given_up().await, Vec::<String>::new());
    assert!(trouble.each_came(), "{}", trouble.told(&place));
}
