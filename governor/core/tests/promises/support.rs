//! What the tests of every theme begin with.

use flyball_governor_core::transition::{Outcome, Transition};
use flyball_governor_core::transitions as t;
use flyball_governor_core::{
    Board, Claim, Failing, GroupName, Lane, Lease, Reach, Slot, Stop, StopMode, UnixMillis,
    WorkKind,
};
use proptest::test_runner::Config;

pub(crate) const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

/// Four times as many cases as usual: most random lanes refuse most transitions.
pub(crate) fn many() -> Config {
    let usual = Config::default();
    Config { cases: usual.cases * 4, ..usual }
}

pub(crate) fn failing(shut: UnixMillis) -> Failing<'static> {
    Failing {
        first_failed: NOW,
        now: NOW,
        shut,
        reach: Reach::Lane,
        class: "server_error",
        why: "HTTP 503",
        evidence: "503 abc",
    }
}

pub(crate) fn claim(id: &str, nonce: &str) -> Claim {
    Claim {
        id: id.parse().expect("an id"),
        nonce: nonce.parse().expect("a nonce"),
        kind: "products".parse().expect("a kind"),
    }
}

pub(crate) fn done(transition: &Transition, lane: &Lane) -> Lane {
    match transition.apply(&lane.to_item()).expect("a whole lane is never at fault") {
        Outcome::Done(item) => Lane::parse(&item).expect("a lane stays a lane"),
        Outcome::Refused => unreachable!("{} was refused by {lane:?}", transition.name),
    }
}

pub(crate) fn refused(transition: &Transition, lane: &Lane) -> bool {
    transition.apply(&lane.to_item()) == Ok(Outcome::Refused)
}

pub(crate) fn admitted(lane: &Lane, claim: &Claim, now: UnixMillis) -> (Lane, Lease) {
    let after = done(&t::admit(claim, now, now.plus(60_000)), lane);
    let lease = Lease::find(claim, &after).expect("admitted");
    (after, lease)
}

pub(crate) fn kind(text: &str) -> WorkKind {
    text.parse().expect("a kind")
}

pub(crate) fn group(text: &str) -> GroupName {
    text.parse().expect("a group")
}

pub(crate) fn stop(mode: StopMode, until: Option<UnixMillis>) -> Stop {
    Stop { mode, reason: "a reason".to_owned(), author: "mia".to_owned(), until }
}

/// A lane of `cap` slots in which these hold a slot until then.
pub(crate) fn lane_with(cap: u32, held: &[(&str, UnixMillis)]) -> Lane {
    let slot = |(id, expires): &(&str, UnixMillis)| {
        let nonce = "n".parse().expect("a nonce");
        (id.parse().expect("an id"), Slot { expires: *expires, nonce })
    };
    Lane { held: held.iter().map(slot).collect(), ..Lane::new(cap) }
}

pub(crate) fn board_done(transition: &Transition, board: &Board) -> Board {
    match transition.apply(&board.to_item()).expect("a whole board is never at fault") {
        Outcome::Done(item) => Board::parse(&item).expect("a board stays a board"),
        Outcome::Refused => unreachable!("{} was refused by {board:?}", transition.name),
    }
}

pub(crate) fn board_refused(transition: &Transition, board: &Board) -> bool {
    transition.apply(&board.to_item()) == Ok(Outcome::Refused)
}
