//! What fits after a refusal, and what a refusal tells.

use flyball_governor_core::transition::Name;
use flyball_governor_core::{
    Halted, Lane, Lease, LeaseId, Move, Pardon, Policy, Probe, Reach, Reason, Refusal, Seat,
    StopCause, StopMode, UnixMillis, may_call, next_move,
};

use crate::support::{NOW, admitted, claim, done, kind, lane_with, stop};

const POLICY: Policy = Policy::STANDARD;
const LATER: UnixMillis = NOW.plus(60_000);
/// The last moment at which a lease that ended then is dead.
const DEAD: UnixMillis = NOW.minus(POLICY.skew_ms);

fn next(lane: &Lane, pardon: Option<Pardon>) -> Move {
    next_move(lane, &claim("me", "mine"), pardon, NOW, &POLICY)
}

fn tries(lane: &Lane) -> Name {
    let next = next(lane, None);
    let Move::Try(transition) = next else { unreachable!("{next:?}") };
    done(&transition, lane);
    transition.name
}

fn waits(lane: &Lane) -> Refusal {
    let next = next(lane, None);
    let Move::Wait(refusal) = next else { unreachable!("{next:?}") };
    refusal
}

fn probing(id: &str, expires: UnixMillis) -> Probe {
    let (id, nonce) = (id.parse().expect("an id"), "other".parse().expect("a nonce"));
    Probe { id, expires, nonce }
}

#[test]
fn a_free_slot_is_taken_and_a_dead_one_is_replaced() {
    assert_eq!(tries(&lane_with(2, &[("a", LATER)])), Name::Admit);
    assert_eq!(tries(&lane_with(2, &[("a", LATER), ("me", DEAD)])), Name::TakeOver);
    assert_eq!(tries(&lane_with(2, &[("a", LATER), ("b", DEAD)])), Name::ReapOneAndAdmit);
    let shrunken = |held: &[(&str, UnixMillis)]| Lane { limit: 1, ..lane_with(3, held) };
    assert_eq!(tries(&shrunken(&[("a", LATER), ("me", DEAD)])), Name::Reap);
    assert_eq!(tries(&shrunken(&[("a", DEAD)])), Name::ReapOneAndAdmit);
}

#[test]
fn a_full_lane_tells_how_full_and_when_the_first_slot_can_be_taken_over() {
    let until = Some(NOW.plus(9 + POLICY.skew_ms));
    for (cap, limit, held) in [
        (2, 2, &[("a", LATER), ("b", NOW.plus(9))][..]),
        (3, 1, &[("a", LATER), ("b", NOW.plus(9))]),
    ] {
        let lane = Lane { limit, ..lane_with(cap, held) };
        let reason = Reason::Full { held: 2, limit };
        assert_eq!(waits(&lane), Refusal { reason, until });
    }
    let almost = lane_with(1, &[("a", DEAD.plus(1))]);
    assert_eq!(waits(&almost).until, Some(NOW.plus(1)), "not surely dead yet");
}

#[test]
fn the_same_work_runs_until_its_lease_is_surely_over() {
    let lane = lane_with(2, &[("me", DEAD.plus(1))]);
    let until = Some(NOW.plus(1));
    assert_eq!(waits(&lane), Refusal { reason: Reason::Running, until });
    assert_eq!(waits(&Lane { level: 1, ..lane }).reason, Reason::Running);
}

#[test]
fn a_gate_is_told_with_its_end_and_what_closed_it() {
    let why = Some("slow".to_owned());
    let paused = Lane { shut: NOW.plus(1), why: why.clone(), ..Lane::new(1) };
    let until = Some(NOW.plus(1));
    let reason = Reason::Paused { why: why.clone() };
    assert_eq!(waits(&paused), Refusal { reason, until });
    let down = Lane { level: 3, ..paused.clone() };
    assert_eq!(waits(&down), Refusal { reason: Reason::BackingOff { why, level: 3 }, until });
    assert_eq!(tries(&Lane { shut: NOW, ..paused }), Name::Admit);
    assert_eq!(tries(&Lane { shut: NOW, ..down }), Name::Probe);
}

#[test]
fn a_pardoned_gate_lets_one_probe_through() {
    let (at, reach) = (Some(NOW.minus(9)), Reach::Group);
    let lane = Lane { level: 1, shut: LATER, at, reach, ..Lane::new(1) };
    let Move::Try(probe) = next(&lane, Some(Pardon { back: NOW })) else {
        unreachable!("the gate is pardoned")
    };
    let after = done(&probe, &lane);
    assert_eq!(after.probe.map(|probe| probe.expires), Some(NOW.plus(POLICY.probe_lease_ms)));
    assert!(matches!(next(&lane, Some(Pardon { back: NOW.minus(9) })), Move::Wait(_)));
}

#[test]
fn in_an_outage_one_probes_and_the_others_wait_for_it() {
    let down = |held: &[(&str, UnixMillis)]| Lane { level: 1, ..lane_with(2, held) };
    let lane = Lane { probe: Some(probing("p", DEAD.plus(1))), ..down(&[]) };
    assert_eq!(waits(&lane), Refusal { reason: Reason::Probing, until: Some(NOW.plus(1)) });
    assert_eq!(tries(&Lane { probe: Some(probing("p", DEAD)), ..down(&[]) }), Name::Probe);
    let own_is_dead = Lane { level: 1, ..lane_with(3, &[("me", DEAD), ("a", LATER)]) };
    let Move::Try(probe) = next(&own_is_dead, None) else { unreachable!("its own lease is dead") };
    let after = done(&probe, &own_is_dead);
    assert_eq!((after.held_count(), after.probe.is_some()), (1, true), "one seat at a time");
    assert_eq!(tries(&down(&[("a", DEAD), ("b", LATER)])), Name::Reap);
    let full = down(&[("a", LATER), ("b", NOW.plus(9))]);
    let reason = Reason::Full { held: 2, limit: 2 };
    let until = Some(NOW.plus(9 + POLICY.skew_ms));
    assert_eq!(waits(&full), Refusal { reason, until });
    assert_eq!(tries(&down(&[("a", LATER)])), Name::Probe);
}

#[test]
fn a_stop_is_told_with_its_cause_and_a_dimmer_lets_the_dead_be_removed_first() {
    let with = |mode, held: &[(&str, UnixMillis)]| {
        let mut lane = lane_with(3, held);
        lane.stops.insert(StopCause::Account, stop(mode, Some(LATER)));
        lane
    };
    let told = |mode| Refusal {
        reason: Reason::Stopped { cause: StopCause::Account, stop: stop(mode, Some(LATER)) },
        until: Some(LATER),
    };
    assert_eq!(waits(&with(StopMode::Hold, &[("a", DEAD)])), told(StopMode::Hold));
    let dimmer = StopMode::Limit(2);
    let alive = &[("a", LATER), ("b", LATER)][..];
    assert_eq!(waits(&with(dimmer, alive)), told(dimmer));
    assert_eq!(tries(&with(dimmer, &[("a", LATER), ("b", DEAD)])), Name::Reap);
    assert_eq!(tries(&with(dimmer, &[("a", LATER)])), Name::Admit);
}

#[test]
fn the_most_dead_leases_are_removed_ten_at_a_time() {
    let ids: Vec<String> = (0..12).map(|n| format!("dead{n}")).collect();
    let held: Vec<(&str, UnixMillis)> = ids.iter().map(|id| (id.as_str(), DEAD)).collect();
    let lane = Lane { limit: 1, ..lane_with(12, &held) };
    let Move::Try(reap) = next(&lane, None) else { unreachable!("they are dead") };
    assert_eq!(done(&reap, &lane).held_count(), 2);
    assert_eq!(lane.dead_ids(DEAD).len(), 12);
    assert_eq!(lane.dead_ids(DEAD.minus(1)), Vec::<LeaseId>::new());
}

#[test]
fn what_is_mine_already_is_found_whatever_the_lane_has_become() {
    let mut lane = lane_with(1, &[]);
    let Move::Try(admit) = next(&lane, None) else { unreachable!("it is free") };
    lane = done(&admit, &lane);
    let Move::Mine(lease) = next(&lane, None) else { unreachable!("it is mine") };
    assert_eq!((lease.seat, lease.expires, lease.succeeded), (Seat::Held, LATER, None));
    lane.level = 1;
    assert!(matches!(next(&lane, None), Move::MineButTripped(_)));
    let mut lane = Lane { level: 1, ..Lane::new(1) };
    let Move::Try(probe) = next(&lane, None) else { unreachable!("the gate is open") };
    lane = done(&probe, &lane);
    assert!(matches!(next(&lane, None), Move::Mine(lease) if lease.seat == Seat::Probe));
}

#[test]
fn a_stop_ends_running_work_of_its_kind_whatever_milder_stops_hold_besides() {
    let (mut lane, lease) = admitted(&Lane::new(3), &claim("me", "mine"), NOW);
    let mine = lease.claim.kind.clone();
    assert_eq!(may_call(&lane, &lease, NOW), Ok(()));
    for milder in [StopMode::Hold, StopMode::Drain, StopMode::Limit(1)] {
        lane.stops.insert(StopCause::Customer, stop(milder, None));
        assert_eq!(may_call(&lane, &lease, NOW), Ok(()), "{milder:?} lets running work end");
        for (cause, stops) in [
            (StopCause::Account, true),
            (StopCause::Work(mine.clone()), true),
            (StopCause::Work(kind("returns")), false),
        ] {
            let mut lane = lane.clone();
            let full = stop(StopMode::Stop, Some(NOW.plus(1)));
            lane.stops.insert(cause.clone(), full.clone());
            let reason = Reason::Stopped { cause, stop: full };
            let refusal = Refusal { reason, until: Some(NOW.plus(1)) };
            let expected = if stops { Err(Halted::Stopped(Box::new(refusal))) } else { Ok(()) };
            assert_eq!(may_call(&lane, &lease, NOW), expected);
            assert_eq!(may_call(&lane, &lease, NOW.plus(1)), Ok(()), "it has ended");
        }
    }
}

#[test]
fn a_trip_ends_what_was_admitted_before_it_and_a_lost_lease_ends_first() {
    let (mut lane, lease) = admitted(&Lane::new(3), &claim("me", "mine"), NOW);
    (lane.level, lane.shut, lane.why) = (2, LATER, Some("503".to_owned()));
    let reason = Reason::BackingOff { why: Some("503".to_owned()), level: 2 };
    let tripped = Halted::Tripped(Box::new(Refusal { reason, until: Some(LATER) }));
    assert_eq!(may_call(&lane, &lease, NOW), Err(tripped));
    lane.stops.insert(StopCause::Account, stop(StopMode::Stop, None));
    let successor = Lease { claim: claim("me", "other"), ..lease };
    assert_eq!(may_call(&lane, &successor, NOW), Err(Halted::Lost));
    let mut down = Lane { level: 1, ..Lane::new(1) };
    let Move::Try(probe) = next(&down, None) else { unreachable!("the gate is open") };
    down = done(&probe, &down);
    let Move::Mine(probing) = next(&down, None) else { unreachable!("it is mine") };
    assert_eq!(may_call(&down, &probing, NOW), Ok(()));
}
