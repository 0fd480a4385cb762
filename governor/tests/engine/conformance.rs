//! Random sequences of transitions through both interpreters, in memory and on the embedded engine:
//! equal answers and equal lanes after every step. A failing sequence is shrunk, printed, and kept
//! in `proptest-regressions` to be replayed.

use std::collections::BTreeSet;

use flyball_governor::core::transition::{Name, Outcome, Transition};
use flyball_governor::core::transitions as t;
use flyball_governor::core::{Claim, Failing, Lease, Reach, Seat};
use flyball_governor::{
    Lane, LaneSpec, LeaseId, Policy, Stop, StopCause, StopMode, Tried, UnixMillis, WorkKind,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::support;

/// One random step; small numbers, so that steps meet.
#[derive(Clone, Debug)]
struct RandomStep {
    which: usize,
    id: u8,
    nonce: u8,
    probe_seat: bool,
    later_ms: u64,
    /// How many steps ago the acting worker last looked.
    stale: usize,
    cause: usize,
    mode: usize,
}

prop_compose! {
    fn random_step()(
        which in 0_usize..24,
        id in 0_u8..4,
        nonce in 0_u8..3,
        probe_seat in any::<bool>(),
        later_ms in 0_u64..30,
        stale in 0_usize..4,
        cause in 0_usize..5,
        mode in 0_usize..4,
    ) -> RandomStep {
        RandomStep { which, id, nonce, probe_seat, later_ms, stale, cause, mode }
    }
}

fn id(n: u8) -> LeaseId {
    ["a", "b", "c", "d"][usize::from(n)].parse().unwrap()
}

fn kind() -> WorkKind {
    "products".parse().unwrap()
}

fn transition(step: &RandomStep, now: UnixMillis, seen: &Lane) -> Transition {
    let nonce = ["x", "y", "z"][usize::from(step.nonce)].parse().unwrap();
    let claim = Claim { id: id(step.id), nonce, kind: kind() };
    let seat = if step.probe_seat { Seat::Probe } else { Seat::Held };
    let later = now.plus(step.later_ms);
    let lease = Lease {
        claim: claim.clone(),
        seat,
        fence: 1,
        expires: later,
        admitted_in: seen.generation,
        succeeded: step.probe_seat.then_some(now),
    };
    let dead_before = now.minus(5);
    let other = id((step.id + 1) % 4);
    let cause = [
        StopCause::Customer,
        StopCause::Account,
        StopCause::Rejected,
        StopCause::DeadMan,
        StopCause::Work(kind()),
    ][step.cause]
        .clone();
    let stop = Stop {
        mode: [StopMode::Hold, StopMode::Drain, StopMode::Stop, StopMode::Limit(2)][step.mode],
        reason: "a reason".to_owned(),
        author: "somebody".to_owned(),
        until: step.probe_seat.then_some(later),
    };
    let all_dead: Vec<LeaseId> = seen
        .held
        .iter()
        .filter(|(_, s)| s.expires <= dead_before)
        .map(|(i, _)| i.clone())
        .collect();
    let reaped = if all_dead.is_empty() { vec![other.clone()] } else { all_dead };
    let failing = Failing {
        first_failed: now,
        now,
        shut: later,
        reach: if step.probe_seat { Reach::Group } else { Reach::Lane },
        class: "server_error",
        why: "HTTP 503",
        evidence: "503 abc",
    };
    match step.which {
        0 => t::create(3, None),
        1..=3 => t::admit(&claim, now, later),
        4 => t::take_over(&claim, now, dead_before, later),
        5 => t::reap_one_and_admit(&claim, &other, now, dead_before, later),
        6 => t::reap(&reaped, dead_before),
        7 => t::probe(&claim, t::Predecessor::None, None, now, dead_before, later),
        8 => t::probe(&claim, t::Predecessor::Dead, None, now, dead_before, later),
        9 => t::renew(&lease, later),
        10 => t::release(&lease),
        11 => t::release_and_mark(&lease, now),
        12 => t::pause(&lease, later),
        13 => t::mark(now),
        14 => t::throttle(&lease, seen, now, later, "slow down"),
        15 => t::trip(&lease, seen, &failing),
        16 => t::trip_ramping(&lease, seen, &failing),
        17 => t::trip_again(&lease, seen, &failing),
        18 => t::inconclusive_probe(&lease, later),
        19 => t::recover(&lease, seen, now),
        20 => t::settle(&lease, seen),
        21 => t::raise(&lease, seen),
        22 if step.probe_seat => t::clear(seen.marks),
        22 => t::push(now, later),
        _ if step.probe_seat => t::lift(&cause, now),
        _ if step.mode == 0 => t::note_written(seen.generation.saturating_sub(1)),
        _ => t::stop(&cause, &stop, now),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_interpreters_agree_on_every_transition_after_every_step(
        steps in proptest::collection::vec(random_step(), 1..80),
    ) {
        runtime().block_on(async {
            let bench = support::bench(Policy::STANDARD).await;
            let lane_id = support::lane_id();
            bench.governor.create(&lane_id, &LaneSpec::alone(3)).await.unwrap();
            let mut lanes = vec![Lane::new(3)];
            let mut now = UnixMillis(100);
            for step in &steps {
                now = now.plus(step.later_ms / 3);
                let current = lanes.last().unwrap().clone();
                let seen = &lanes[lanes.len().saturating_sub(1 + step.stale)];
                let transition = transition(step, now, seen);
                let in_memory = match transition.apply(&current.to_item()).unwrap() {
                    Outcome::Done(item) => Tried::Done(Lane::parse(&item).unwrap()),
                    Outcome::Refused => Tried::Refused(Some(current.clone())),
                };
                let on_engine = bench.governor.apply(&lane_id, &transition).await.unwrap();
                prop_assert_eq!(&in_memory, &on_engine, "{}", transition.name);
                if let Tried::Done(lane) = on_engine {
                    lanes.push(lane);
                }
            }
            let read = bench.governor.look(&lane_id).await.unwrap();
            prop_assert_eq!(read.as_ref(), lanes.last());
            Ok(())
        })?;
    }
}

#[test]
fn the_random_steps_reach_every_transition_in_both_answers() {
    let mut runner = TestRunner::deterministic();
    let (mut done, mut refused) = (BTreeSet::new(), BTreeSet::new());
    let strategy = proptest::collection::vec(random_step(), 4_000);
    for _ in 0..5 {
        let steps = strategy.new_tree(&mut runner).unwrap().current();
        let mut lanes = vec![Lane::new(3)];
        let mut now = UnixMillis(100);
        for step in &steps {
            now = now.plus(step.later_ms / 3);
            let seen = &lanes[lanes.len().saturating_sub(1 + step.stale)];
            let transition = transition(step, now, seen);
            match transition.apply(&lanes.last().unwrap().to_item()).unwrap() {
                Outcome::Done(item) => {
                    done.insert(transition.name);
                    lanes.push(Lane::parse(&item).unwrap());
                }
                Outcome::Refused => {
                    refused.insert(transition.name);
                }
            }
        }
    }
    let never_refused = [Name::Mark, Name::Stop, Name::Lift];
    let never_done = [Name::Create];
    for name in Name::ALL {
        assert!(done.contains(name) || never_done.contains(name), "{name} never happened");
        assert!(refused.contains(name) || never_refused.contains(name), "{name} never refused");
    }
}
