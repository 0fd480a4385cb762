//! That the model's renamings hide nothing: asked of every lane and operation that a small world
//! meets.

use std::collections::BTreeSet;

use flyball_governor_core::item::{Item, Value};
use flyball_governor_core::transition::{Change, Condition, Operand, Outcome, Transition};
use flyball_governor_core::{Lane, UnixMillis};

use super::bounds::{Bounds, Faults};
use super::lanes::Lanes;
use super::op::{NOW, Op, TICK_MS};
use super::world::LaneNo;
use crate::explore::explored_model;

/// Numbers above this are moments; counts stay below.
const COUNTS_MAX: u64 = 500 * TICK_MS;

/// Worlds in which every kind of operation is met.
fn worlds() -> Vec<Bounds> {
    let faults = Faults { failure: 1, throttle: 1, crash: 1, stop: 1, resize: 1, ..Faults::NONE };
    let one = Bounds { requests: &[0], kinds: &[0], ..Bounds::calm("one") };
    vec![
        Bounds { faults: Faults { failure: 2, ..Faults::NONE }, cap: 2, ..one.clone() },
        Bounds { faults: Faults { failure: 0, throttle: 0, ..faults }, ..one.clone() },
        Bounds { skewed: Some(1), faults: Faults { throttle: 1, ..Faults::NONE }, ..one },
    ]
}

fn met(lanes: &Lanes) -> Vec<(LaneNo, Op, Transition)> {
    let met: Vec<_> = lanes
        .met()
        .filter_map(|(number, op)| Some((number, op, lanes.transition(number, op)?)))
        .collect();
    assert!(met.len() > 200, "too few to mean anything: {}", met.len());
    met
}

fn later(value: &Value) -> Value {
    match value {
        Value::Number(number) if *number > COUNTS_MAX => Value::Number(number + TICK_MS),
        Value::Map(entries) => Value::Map(later_item(entries)),
        Value::Number(_) | Value::Text(_) => value.clone(),
    }
}

fn later_item(item: &Item) -> Item {
    item.iter().map(|(name, value)| (name.clone(), later(value))).collect()
}

fn later_condition(condition: &Condition) -> Condition {
    let operand = |operand: &Operand| match operand {
        Operand::Arg(arg) => {
            let mut arg = arg.clone();
            arg.value = later(&arg.value);
            Operand::Arg(arg)
        }
        Operand::Path(_) | Operand::Size(_) => operand.clone(),
    };
    match condition {
        Condition::Exists(_) | Condition::Absent(_) => condition.clone(),
        Condition::Compare(left, how, right) => {
            Condition::Compare(operand(left), *how, operand(right))
        }
        Condition::All(all) => Condition::All(all.iter().map(later_condition).collect()),
        Condition::Any(any) => Condition::Any(any.iter().map(later_condition).collect()),
    }
}

fn later_transition(transition: &Transition) -> Transition {
    let mut after = transition.clone();
    after.when = later_condition(&after.when);
    for change in &mut after.then {
        if let Change::Set(_, arg) | Change::SetIfAbsent(_, arg) = change {
            arg.value = later(&arg.value);
        }
    }
    after
}

#[test]
fn a_tick_later_every_transition_does_the_same_a_tick_later() {
    for bounds in worlds() {
        let model = explored_model(&bounds);
        for (number, op, transition) in met(&model.lanes) {
            let item = model.lanes.get(number).map(Lane::to_item).unwrap_or_default();
            let now = transition.apply(&item);
            let then = later_transition(&transition).apply(&later_item(&item));
            let expected = now.map(|outcome| match outcome {
                Outcome::Done(after) => Outcome::Done(later_item(&after)),
                Outcome::Refused => Outcome::Refused,
            });
            assert_eq!(then, expected, "{op:?} of {number}");
        }
    }
}

/// The lane with everything that lies as long past as the model tells apart put longer past still.
fn longer_past(lane: &Lane, lanes: &Lanes) -> Lane {
    let mut older = lane.clone();
    let (past, lease_past) = lanes.floors();
    let lower = |moment: &mut UnixMillis, floor| {
        if *moment == floor {
            *moment = moment.minus(7 * TICK_MS + 1);
        }
    };
    lower(&mut older.shut, past);
    older.wake.iter_mut().for_each(|wake| lower(wake, past));
    older.held.values_mut().for_each(|slot| lower(&mut slot.expires, lease_past));
    older.probe.iter_mut().for_each(|probe| lower(&mut probe.expires, lease_past));
    older
}

#[test]
fn what_is_long_past_can_not_be_told_from_what_is_longer_past() {
    for bounds in worlds() {
        let mut model = explored_model(&bounds);
        for (number, op, transition) in met(&model.lanes) {
            let Some(lane) = model.lanes.get(number).cloned() else { continue };
            let older = longer_past(&lane, &model.lanes);
            let result = |outcome: Outcome| match outcome {
                Outcome::Done(item) => Lane::parse(&item).ok(),
                Outcome::Refused => None,
            };
            let young = transition.apply(&lane.to_item()).map(result).unwrap();
            // Whoever asks that nobody has touched a lane names the look that it saw there.
            let of_older = if let Op::Push { untouched: Some(_), .. } = op {
                model.lanes.words.transition(op, &older, |_none| None).unwrap()
            } else {
                transition
            };
            let old = of_older.apply(&older.to_item()).map(result).unwrap();
            let young = young.map(|lane| model.lanes.number_of(lane));
            let old = old.map(|lane| model.lanes.number_of(lane));
            assert_eq!(young, old, "{op:?} of {lane:?}");
        }
    }
}

#[test]
fn what_a_holder_keeps_of_a_lane_is_all_that_its_transitions_ask() {
    for bounds in worlds() {
        let mut model = explored_model(&bounds);
        let numbers: BTreeSet<LaneNo> =
            met(&model.lanes).into_iter().map(|(lane, ..)| lane).collect();
        for (number, op, _) in met(&model.lanes) {
            let (Op::Trip(..)
            | Op::Throttle(..)
            | Op::Recover(..)
            | Op::Settle(..)
            | Op::Raise(..)
            | Op::Resize(_)) = op
            else {
                continue;
            };
            for seen in &numbers {
                let view = model.lanes.view(*seen);
                let whole = model.lanes.apply(number, with_view(op, *seen));
                let kept = model.lanes.apply(number, with_view(op, view));
                assert_eq!((whole.done, whole.lane), (kept.done, kept.lane), "{op:?} of {seen}");
            }
        }
    }
}

fn with_view(op: Op, view: LaneNo) -> Op {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only these see a lane")]
    match op {
        Op::Trip(who, _, call) => Op::Trip(who, view, call),
        Op::Throttle(who, _) => Op::Throttle(who, view),
        Op::Recover(who, _, expires) => Op::Recover(who, view, expires),
        Op::Settle(who, _) => Op::Settle(who, view),
        Op::Raise(who, _) => Op::Raise(who, view),
        Op::Resize(_) => Op::Resize(view),
        other => other,
    }
}

const _: () = assert!(NOW.0 > COUNTS_MAX, "now is beyond every count");
