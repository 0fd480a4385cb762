//! The ledger of outages: what makes an entry, and what never does.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_governor::core::Note;
use flyball_governor::{
    Admission, FailedCall, Holder, Lane, LaneSpec, Outage, Policy, PushBack, Stop, StopCause,
    StopMode, Stretch, StretchEnd, UnixMillis,
};

use crate::support::{Bench, bench, lane_id, waits};

const TWO_SLOTS: LaneSpec = LaneSpec::alone(2);

/// When the first failing call of a test begins: a second before the clock's first moment.
const BEGAN: UnixMillis = UnixMillis(999_000);

async fn admitted(bench: &Bench, id: &str) -> Holder {
    let claim = bench.governor.claim(id.parse().unwrap(), "products".parse().unwrap());
    match bench.governor.admit(&lane_id(), &claim, &TWO_SLOTS).await.unwrap() {
        Admission::Admitted(holder) => *holder,
        Admission::Refused(refusal) => unreachable!("{refusal:?}"),
    }
}

fn failed(answer: &str) -> PushBack {
    let call = FailedCall {
        answer: Some(answer.to_owned()),
        request: Some("r-1".to_owned()),
        ..FailedCall::new(BEGAN, "server_error", "the server fails")
    };
    PushBack::Unavailable { call, until: None }
}

async fn park(bench: &Bench, id: &str, kind: &str) {
    let (id, kind) = (id.parse().unwrap(), kind.parse().unwrap());
    bench
        .governor
        .park(&lane_id(), &waits(&bench.governor, &id, &kind), "work", "request")
        .await
        .unwrap();
}

async fn lane(bench: &Bench) -> Lane {
    bench.governor.look(&lane_id()).await.unwrap().unwrap()
}

async fn outages(bench: &Bench) -> Vec<Outage> {
    bench.governor.outages(&lane_id()).await.unwrap()
}

async fn the_outage(bench: &Bench) -> Outage {
    let mut outages = outages(bench).await;
    assert_eq!(outages.len(), 1, "{outages:?}");
    outages.remove(0)
}

/// A worker trips the lane and dies before it writes to the ledger: the note is all there is.
async fn trip_and_die(bench: &Bench) -> Lane {
    let holder = admitted(bench, "a").await;
    let failing = flyball_governor::core::Failing {
        first_failed: BEGAN,
        now: bench.governor.now(),
        shut: bench.governor.now(),
        reach: flyball_governor::Reach::Lane,
        class: "timeout",
        why: "no answer",
        evidence: "0 - -",
    };
    let trip = flyball_governor::core::transitions::trip(holder.lease(), holder.lane(), &failing);
    bench.governor.apply(&lane_id(), &trip).await.unwrap();
    lane(bench).await
}

async fn probe_succeeds(bench: &Bench) {
    bench.clock.advance(Policy::STANDARD.gate_ceiling_ms);
    let mut probe = admitted(bench, "a").await;
    probe.succeeded().await.unwrap();
    probe.finished().await.unwrap();
}

#[tokio::test]
async fn an_outage_is_entered_with_all_that_is_known_of_it() {
    let bench = bench(Policy::STANDARD).await;
    admitted(&bench, "a").await.finished().await.unwrap();
    let ok = lane(&bench).await.ok;
    park(&bench, "a", "products").await;
    admitted(&bench, "a").await.pushed_back(&failed("503")).await.unwrap();
    let detected = bench.governor.now();

    bench.clock.advance(Policy::STANDARD.gate_ceiling_ms);
    admitted(&bench, "a").await.pushed_back(&failed("502")).await.unwrap();
    park(&bench, "b", "orders").await;
    probe_succeeds(&bench).await;
    let up = bench.governor.now();

    let expected = Outage {
        up: Some(up),
        detected: Some(detected),
        ok,
        class: Some("server_error".to_owned()),
        failures: Some(2),
        evidence: BTreeSet::from(["0 503 r-1".to_owned(), "1 502 r-1".to_owned()]),
        kinds: ["orders", "products"].iter().map(|kind| kind.parse().unwrap()).collect(),
        deferred: Some(2),
        ..Outage::begun(BEGAN, "the server fails")
    };
    assert_eq!(the_outage(&bench).await, expected);
}

#[tokio::test]
async fn an_outage_is_caught_up_when_the_lot_is_first_found_empty() {
    let bench = bench(Policy::STANDARD).await;
    park(&bench, "a", "products").await;
    admitted(&bench, "a").await.pushed_back(&failed("503")).await.unwrap();
    bench.governor.clear(&lane_id(), &lane(&bench).await).await.unwrap();
    probe_succeeds(&bench).await;
    assert_eq!(the_outage(&bench).await.caught_up, None);

    bench.clock.advance(5_000);
    let caught_up = bench.governor.now();
    let seen = lane(&bench).await;
    assert_eq!(seen.behind, Some(BEGAN));
    bench.governor.mark(&lane_id(), &TWO_SLOTS).await.unwrap();
    // Somebody came meanwhile: the clearing is refused, and yet the lot was empty.
    bench.governor.clear(&lane_id(), &seen).await.unwrap();
    bench.clock.advance(5_000);
    bench.governor.clear(&lane_id(), &lane(&bench).await).await.unwrap();
    assert_eq!(the_outage(&bench).await.caught_up, Some(caught_up));
    let cleared = lane(&bench).await;
    assert_eq!((cleared.behind, cleared.wake), (None, None));
}

#[tokio::test]
async fn lost_replies_and_double_writers_leave_one_entry() {
    let bench = bench(Policy::STANDARD).await;
    let governor = &bench.governor;
    let opened = trip_and_die(&bench).await;
    assert_eq!(outages(&bench).await, []);
    for _ in 0..3 {
        governor.write_notes(&lane_id(), &opened).await.unwrap();
    }
    let entered = the_outage(&bench).await;
    assert_eq!((entered.class.as_deref(), entered.up), (Some("timeout"), None));

    probe_succeeds(&bench).await;
    let closed = the_outage(&bench).await;
    let late_end = Note::Closed { down: BEGAN, up: governor.now().plus(60_000) };
    let late = Lane { notes: [(9, late_end)].into(), ..opened.clone() };
    park(&bench, "b", "products").await;
    governor.write_notes(&lane_id(), &late).await.unwrap();
    let after = the_outage(&bench).await;
    assert_eq!((after.up, after.deferred, after.failures), (closed.up, Some(0), Some(1)));
}

#[tokio::test]
async fn an_old_entry_never_reopens() {
    let bench = bench(Policy::STANDARD).await;
    let opened = trip_and_die(&bench).await;
    bench.governor.write_notes(&lane_id(), &opened).await.unwrap();
    probe_succeeds(&bench).await;
    let closed = the_outage(&bench).await;
    assert!(closed.up.is_some());
    bench.governor.write_notes(&lane_id(), &opened).await.unwrap();
    assert_eq!(the_outage(&bench).await, closed);
}

#[tokio::test]
async fn a_note_is_cleared_only_after_its_entry_is_written() {
    let bench = bench(Policy::STANDARD).await;
    let opened = trip_and_die(&bench).await;
    bench.client.delete_table().table_name(crate::support::TABLE).send().await.unwrap();
    bench.sent.take();
    bench.governor.write_notes(&lane_id(), &opened).await.unwrap_err();
    let tried = bench.sent.take();
    bench.governor.outages(&lane_id()).await.unwrap_err();
    assert_eq!(tried, bench.sent.take(), "the first write failed, and no other was tried");
}

#[tokio::test]
async fn an_entry_keeps_a_bounded_sample_of_what_the_vendor_answered() {
    let bench = bench(Policy::STANDARD).await;
    admitted(&bench, "a").await.pushed_back(&failed("503")).await.unwrap();
    for _ in 0..Outage::EVIDENCE_MAX + 4 {
        bench.clock.advance(Policy::STANDARD.gate_ceiling_ms);
        admitted(&bench, "a").await.pushed_back(&failed("500")).await.unwrap();
    }
    let outage = the_outage(&bench).await;
    assert_eq!(outage.answers(), [("500".to_owned(), 15), ("503".to_owned(), 1)].into());
    probe_succeeds(&bench).await;
    assert_eq!(the_outage(&bench).await.failures, Some(21));
}

#[tokio::test]
async fn more_outages_than_one_page_holds_are_all_told_the_newest_first() {
    let bench = bench(Policy::STANDARD).await;
    for n in 0..501 {
        let text = |text: String| AttributeValue::S(text);
        let entry = bench
            .client
            .put_item()
            .table_name(crate::support::TABLE)
            .item("pk", text(format!("outages#{}", lane_id())))
            .item("sk", text(format!("{n:015}")));
        entry.send().await.unwrap();
    }
    let outages = outages(&bench).await;
    assert_eq!(outages.len(), 501);
    assert!(outages.is_sorted_by_key(|outage| core::cmp::Reverse(outage.down)));
}

#[tokio::test]
async fn a_throttle_never_makes_an_outage() {
    let bench = bench(Policy::STANDARD).await;
    let slower = PushBack::Throttled { until: None, why: "slower".to_owned() };
    admitted(&bench, "a").await.pushed_back(&slower).await.unwrap();
    let lane = lane(&bench).await;
    assert_eq!((lane.slow, lane.down, lane.notes.len()), (1, None, 0));
    assert_eq!(outages(&bench).await, []);
}

#[tokio::test]
async fn a_throttled_probe_neither_makes_an_outage_nor_ends_one() {
    let bench = bench(Policy::STANDARD).await;
    admitted(&bench, "a").await.pushed_back(&failed("503")).await.unwrap();
    let before = the_outage(&bench).await;
    bench.clock.advance(Policy::STANDARD.gate_ceiling_ms);
    let slower = PushBack::Throttled { until: None, why: "slower".to_owned() };
    admitted(&bench, "a").await.pushed_back(&slower).await.unwrap();
    assert_eq!(the_outage(&bench).await, before);
}

#[tokio::test]
async fn a_pause_never_makes_an_outage() {
    let bench = bench(Policy::STANDARD).await;
    let until = bench.governor.now().plus(5_000);
    admitted(&bench, "a").await.paused(until).await.unwrap();
    assert_eq!((lane(&bench).await.notes.len(), outages(&bench).await), (0, vec![]));
}

#[tokio::test]
async fn neither_a_stop_nor_a_lift_ever_makes_an_outage_or_ends_one() {
    for cause in [StopCause::Account, StopCause::Rejected, StopCause::DeadMan] {
        let bench = bench(Policy::STANDARD).await;
        let holder = admitted(&bench, "a").await;
        let stop = Stop {
            mode: StopMode::Stop,
            reason: "stocktaking".to_owned(),
            author: "mia".to_owned(),
            until: None,
        };
        bench.governor.stop(&lane_id(), &cause, &stop, &TWO_SLOTS).await.unwrap();
        holder.inconclusive().await.unwrap();
        bench.governor.lift(&lane_id(), &cause).await.unwrap();
        assert_eq!((lane(&bench).await.notes.len(), outages(&bench).await), (0, vec![]));

        bench.clock.advance(Policy::STANDARD.gate_ceiling_ms);
        admitted(&bench, "a").await.pushed_back(&failed("503")).await.unwrap();
        let before = the_outage(&bench).await;
        bench.governor.stop(&lane_id(), &cause, &stop, &TWO_SLOTS).await.unwrap();
        bench.governor.lift(&lane_id(), &cause).await.unwrap();
        assert_eq!(the_outage(&bench).await, before, "{cause:?}");
    }
}

#[tokio::test]
async fn when_a_stop_was_on_is_remembered_after_its_lifting() {
    let bench = bench(Policy::STANDARD).await;
    let stop = Stop {
        mode: StopMode::Hold,
        reason: "stocktaking".to_owned(),
        author: "mia".to_owned(),
        until: None,
    };
    let since = bench.governor.now();
    bench.governor.stop(&lane_id(), &StopCause::Account, &stop, &TWO_SLOTS).await.unwrap();
    let stretch =
        |end| vec![Stretch { cause: StopCause::Account, mode: StopMode::Hold, since, end }];
    let stands = lane(&bench).await;
    let told = bench.governor.stretches(&lane_id(), Some(&stands)).await.unwrap();
    assert_eq!(told, stretch(StretchEnd::Standing(None)));
    bench.clock.advance(5_000);
    bench.governor.lift(&lane_id(), &StopCause::Account).await.unwrap();
    let lifted = lane(&bench).await;
    let told = bench.governor.stretches(&lane_id(), Some(&lifted)).await.unwrap();
    assert_eq!(told, stretch(StretchEnd::At(since.plus(5_000))));
}

#[tokio::test]
async fn what_a_stop_holds_is_not_counted_as_deferred() {
    let bench = bench(Policy::STANDARD).await;
    park(&bench, "b", "orders").await;
    let stop = Stop {
        mode: StopMode::Stop,
        reason: "stocktaking".to_owned(),
        author: "mia".to_owned(),
        until: None,
    };
    let orders = StopCause::Work("orders".parse().unwrap());
    bench.governor.stop(&lane_id(), &orders, &stop, &TWO_SLOTS).await.unwrap();
    admitted(&bench, "a").await.pushed_back(&failed("503")).await.unwrap();
    probe_succeeds(&bench).await;
    let outage = the_outage(&bench).await;
    assert_eq!((outage.deferred, outage.kinds), (Some(0), BTreeSet::new()));
}
