//! Who goes first, when a running job makes room, and when whoever waits is looked at again.

use flyball_governor_core::transitions as t;
use flyball_governor_core::{
    Ask, Board, Claim, Incident, Lane, Look, Move, Platform, Policy, Probe, Reach, Return,
    StopCause, StopMode, Switch, UnixMillis, Waiting, look, next_move, rank, yields_to,
};
use proptest::prelude::*;

use crate::support::{NOW, board_done, claim, done, group, kind, lane_with, stop};

const POLICY: Policy = Policy::STANDARD;

fn waits(id: &str, of: &str, class: u8, since: UnixMillis) -> Waiting {
    Waiting { id: id.parse().expect("an id"), kind: kind(of), class, since }
}

fn order(id: &str, since: UnixMillis) -> Waiting {
    waits(id, "orders", 0, since)
}

fn product(id: &str, since: UnixMillis) -> Waiting {
    waits(id, "products", 1, since)
}

fn looked(lane: &Lane, board: &Board, waiting: &[Waiting]) -> (UnixMillis, Option<String>) {
    let Look { next, start } = look(lane, "lane", board, waiting, NOW, &POLICY);
    (next, start.map(|kind| kind.to_string()))
}

fn holding(text: &str, mode: StopMode, until: Option<UnixMillis>, ramp_ms: u64) -> Board {
    let switch = Switch { stop: stop(mode, until), since: NOW, ramp_ms };
    let scope = text.parse().expect("a scope");
    board_done(&t::switch_on(&scope, &switch), &Board::default())
}

const SOON: UnixMillis = NOW.plus(POLICY.wake_again_ms);
const AN_HOUR: u64 = 3_600_000;
const A_DAY: u64 = 24 * AN_HOUR;

#[test]
fn a_class_waits_its_ageing_longer_than_the_one_before_it() {
    assert_eq!(rank(0, NOW, &POLICY), NOW);
    assert_eq!(rank(2, NOW, &POLICY), NOW.plus(2 * POLICY.ageing_ms));
    assert_eq!(rank(u8::MAX, UnixMillis(u64::MAX), &POLICY), UnixMillis(u64::MAX));
}

#[test]
fn orders_go_before_products_that_came_earlier_but_not_for_ever() {
    let lane = Lane::new(1);
    let old = product("p", NOW.minus(POLICY.ageing_ms + 1));
    let young = product("p", NOW.minus(POLICY.ageing_ms - 1));
    let start = |waiting: &[Waiting]| looked(&lane, &Board::default(), waiting).1.unwrap();
    assert_eq!(start(&[young, order("o", NOW)]), "orders");
    assert_eq!(start(&[old, order("o", NOW)]), "products");
}

#[test]
fn somebody_is_sent_for_the_first_that_can_start_and_looked_for_again_soon() {
    let lane = lane_with(3, &[("o", NOW.plus(60_000))]);
    let waiting = [order("o", NOW.minus(9)), product("p", NOW.minus(8))];
    assert_eq!(looked(&lane, &Board::default(), &waiting), (SOON, Some("products".to_owned())));
    assert_eq!(
        looked(&lane, &Board::default(), &[]),
        (SOON, None),
        "whoever clears it comes first"
    );
}

#[test]
fn a_full_lane_is_looked_at_when_its_first_slot_can_be_taken_over() {
    let lane = lane_with(2, &[("a", NOW.plus(40_000)), ("b", NOW.plus(30_000))]);
    let free = NOW.plus(30_000 + POLICY.skew_ms);
    assert_eq!(looked(&lane, &Board::default(), &[order("o", NOW)]), (free, None));
}

#[test]
fn while_a_slot_ends_sooner_than_the_next_look_that_is_when_to_look() {
    let lane = lane_with(3, &[("a", NOW.plus(1))]);
    let next = NOW.plus(1 + POLICY.skew_ms);
    assert_eq!(looked(&lane, &Board::default(), &[order("o", NOW)]), (next, Some("orders".into())));
}

#[test]
fn the_dead_hold_up_nobody() {
    let dead = NOW.minus(POLICY.skew_ms);
    let mut lane = lane_with(2, &[("a", dead), ("o", dead)]);
    let waiting = [order("o", NOW)];
    assert_eq!(looked(&lane, &Board::default(), &waiting), (SOON, Some("orders".to_owned())));
    lane.stops.insert(StopCause::Account, stop(StopMode::Limit(2), None));
    assert_eq!(looked(&lane, &Board::default(), &waiting), (SOON, Some("orders".to_owned())));
    let alive = lane_with(2, &[("a", dead.plus(1)), ("o", dead.plus(1))]);
    assert_eq!(looked(&alive, &Board::default(), &waiting), (NOW.plus(1), None));
}

#[test]
fn under_a_dimmer_the_next_look_is_when_a_slot_ends_not_when_the_dimmer_does() {
    let mut lane = lane_with(4, &[("a", NOW.plus(30_000)), ("b", NOW.plus(40_000))]);
    lane.stops.insert(StopCause::Account, stop(StopMode::Limit(2), None));
    let free = NOW.plus(30_000 + POLICY.skew_ms);
    assert_eq!(looked(&lane, &Board::default(), &[order("o", NOW)]), (free, None));
    lane.stops.insert(StopCause::Account, stop(StopMode::Limit(0), Some(NOW.plus(99_000))));
    assert_eq!(looked(&lane, &Board::default(), &[order("o", NOW)]), (NOW.plus(99_000), None));
}

#[test]
fn a_stopped_kind_is_looked_at_at_its_stops_end_and_the_other_starts_meanwhile() {
    let mut lane = Lane::new(2);
    let end = NOW.plus(77_000);
    lane.stops.insert(StopCause::Work(kind("orders")), stop(StopMode::Hold, Some(end)));
    let (orders, products) = (order("o", NOW), product("p", NOW));
    let board = Board::default();
    assert_eq!(looked(&lane, &board, core::slice::from_ref(&orders)), (end, None));
    assert_eq!(looked(&lane, &board, &[orders, products]), (SOON, Some("products".to_owned())));
    lane.stops.insert(StopCause::Work(kind("orders")), stop(StopMode::Hold, None));
    assert_eq!(looked(&lane, &board, &[order("o", NOW)]), (NOW.plus(AN_HOUR), None));
}

#[test]
fn a_stopped_lane_is_left_alone_until_its_stop_ends() {
    let mut lane = Lane::new(2);
    let end = NOW.plus(5);
    lane.stops.insert(StopCause::Customer, stop(StopMode::Drain, Some(end)));
    assert_eq!(looked(&lane, &Board::default(), &[order("o", NOW)]), (end, None));
    lane.stops.insert(StopCause::Customer, stop(StopMode::Drain, None));
    assert_eq!(looked(&lane, &Board::default(), &[order("o", NOW)]), (NOW.plus(A_DAY), None));
}

#[test]
fn work_that_a_switch_holds_is_looked_at_when_its_lanes_turn_comes() {
    let end = NOW.plus(50);
    let board = holding("all", StopMode::Stop, Some(end), 10_000);
    let turn = flyball_governor_core::board::spread("lane", end, 10_000);
    let waiting = [order("o", NOW)];
    assert_eq!(looked(&Lane::new(1), &board, &waiting), (turn, None));
    let board = holding("all", StopMode::Stop, Some(NOW.minus(1)), 10_000);
    let turn = flyball_governor_core::board::spread("lane", NOW.minus(1), 10_000);
    assert_eq!(looked(&Lane::new(1), &board, &waiting), (turn, None), "it is resuming");
    let board = holding("all", StopMode::Stop, None, 0);
    assert_eq!(looked(&Lane::new(1), &board, &waiting), (NOW.plus(A_DAY), None));
}

#[test]
fn a_lane_is_left_alone_for_a_day_only_where_nothing_of_it_can_start() {
    let mut lane = Lane { group: Some(group("g")), ..Lane::new(1) };
    let waiting = [order("o", NOW)];
    let of_kind = holding("g/orders", StopMode::Stop, None, 0);
    assert_eq!(looked(&lane, &of_kind, &waiting), (NOW.plus(AN_HOUR), None));
    let of_all = holding("g", StopMode::Stop, None, 0);
    assert_eq!(looked(&lane, &of_all, &waiting), (NOW.plus(A_DAY), None));
    lane.stops.insert(StopCause::Work(kind("orders")), stop(StopMode::Hold, None));
    assert_eq!(looked(&lane, &Board::default(), &waiting), (NOW.plus(AN_HOUR), None));
    assert_eq!(looked(&lane, &of_all, &waiting), (NOW.plus(A_DAY), None), "both hold it");
}

#[test]
fn work_that_two_things_hold_is_looked_at_when_the_last_lets_go() {
    let mut lane = Lane::new(1);
    let (own, wide) = (NOW.plus(70_000), NOW.plus(50_000));
    lane.stops.insert(StopCause::Work(kind("orders")), stop(StopMode::Hold, Some(own)));
    let board = holding("all", StopMode::Stop, Some(wide), 0);
    assert_eq!(looked(&lane, &board, &[order("o", NOW)]), (own, None));
    assert_eq!(looked(&lane, &board, &[order("o", NOW), product("p", NOW)]), (wide, None));
    lane.shut = NOW.plus(90_000);
    assert_eq!(looked(&lane, &board, &[order("o", NOW)]), (lane.shut, None), "the gate is last");
}

fn tripped(at: UnixMillis, shut: UnixMillis) -> Lane {
    Lane {
        level: 1,
        shut,
        at: Some(at),
        reach: Reach::Group,
        group: Some(group("g")),
        ..Lane::new(2)
    }
}

fn platform(platform: Platform) -> Board {
    Board { platforms: [(group("g"), platform)].into(), ..Board::default() }
}

#[test]
fn a_lane_that_fails_is_looked_at_when_its_gate_passes_or_its_probe_ends() {
    let waiting = [order("o", NOW)];
    let shut = NOW.plus(33_000);
    let lane = tripped(NOW.minus(9), shut);
    assert_eq!(looked(&lane, &Board::default(), &waiting), (shut, None));
    let mut lane = tripped(NOW.minus(9), NOW);
    assert_eq!(looked(&lane, &Board::default(), &waiting), (SOON, Some("orders".to_owned())));
    let (id, nonce) = ("p".parse().unwrap(), "n".parse().unwrap());
    lane.probe = Some(Probe { id, nonce, expires: NOW.plus(8_000) });
    let over = NOW.plus(8_000 + POLICY.skew_ms);
    assert_eq!(looked(&lane, &Board::default(), &waiting), (over, None));
    lane.probe.as_mut().unwrap().expires = NOW.minus(POLICY.skew_ms);
    assert_eq!(looked(&lane, &Board::default(), &waiting), (SOON, Some("orders".to_owned())));
}

#[test]
fn after_a_shrink_a_probe_waits_until_a_slot_below_the_cap_is_free() {
    let mut lane = lane_with(1, &[("a", NOW.plus(9_000)), ("b", NOW.plus(8_000))]);
    lane.level = 1;
    let free = NOW.plus(8_000 + POLICY.skew_ms);
    assert_eq!(looked(&lane, &Board::default(), &[order("o", NOW)]), (free, None));
}

#[test]
fn a_probe_needs_a_slot_below_the_cap_and_any_other_start_one_below_the_limit() {
    let lane = Lane { limit: 1, ..lane_with(2, &[("a", NOW.plus(9_000))]) };
    let free = NOW.plus(9_000 + POLICY.skew_ms);
    let waiting = [order("o", NOW)];
    assert_eq!(looked(&lane, &Board::default(), &waiting), (free, None));
    let down = Lane { level: 1, ..lane.clone() };
    assert_eq!(looked(&down, &Board::default(), &waiting), (free, Some("orders".to_owned())));
    let probe =
        Probe { id: "p".parse().unwrap(), expires: NOW.plus(1), nonce: "n".parse().unwrap() };
    let up = Lane { limit: 2, probe: Some(probe), ..lane };
    let start = looked(&up, &Board::default(), &waiting).1;
    assert_eq!(start.unwrap(), "orders", "whatever is left of an outage that is over");
}

#[test]
fn a_pardoned_lane_probes_before_its_gate_passes() {
    let lane = tripped(NOW.minus(9), NOW.plus(99_000));
    let waiting = [order("o", NOW)];
    let board = platform(Platform::Back(Return::known(NOW.minus(99), NOW)));
    assert_eq!(looked(&lane, &board, &waiting), (SOON, Some("orders".to_owned())));
    let late = Lane { at: Some(NOW), ..lane };
    assert_eq!(looked(&late, &board, &waiting), (late.shut, None));
}

#[test]
fn a_lane_of_a_group_that_is_down_waits_for_its_canaries() {
    let waiting = [order("o", NOW)];
    let of = |canary: &str| {
        platform(Platform::Down(Incident {
            since: NOW,
            detected: NOW,
            chosen: NOW,
            canaries: [canary.to_owned()].into(),
        }))
    };
    let lane = Lane { group: Some(group("g")), ..Lane::new(1) };
    assert_eq!(looked(&lane, &of("other"), &waiting), (NOW.plus(A_DAY), None));
    assert_eq!(looked(&lane, &of("lane"), &waiting), (SOON, Some("orders".to_owned())));
}

fn yields(lane: &Lane, board: &Board, waiting: &[Waiting]) -> Option<String> {
    let running = rank(1, NOW, &POLICY);
    let to = yields_to(running, lane, "lane", board, waiting, NOW, &POLICY);
    to.map(|other| other.id.to_string())
}

/// A lane in which products run in its only slot.
fn busy() -> Lane {
    lane_with(1, &[("p", NOW.plus(60_000))])
}

#[test]
fn a_running_job_makes_room_for_whoever_goes_before_it_the_first_of_them_first() {
    let ahead = NOW.plus(POLICY.ageing_ms);
    let board = Board::default();
    assert_eq!(yields(&busy(), &board, &[order("o", ahead)]), None, "the same rank");
    let waiting = [order("o2", ahead.minus(1)), order("o1", ahead.minus(2))];
    assert_eq!(yields(&busy(), &board, &waiting).unwrap(), "o1");
}

#[test]
fn nobody_makes_room_where_the_other_could_not_start() {
    let waiting = [order("o", NOW)];
    let board = Board::default();
    assert_eq!(yields(&busy(), &board, &waiting).unwrap(), "o");
    assert_eq!(yields(&busy(), &board, &[order("p", NOW)]), None, "it is running itself");
    for lane in [
        Lane { level: 1, ..busy() },
        Lane { shut: NOW.plus(1), ..busy() },
        Lane { limit: 2, ..busy() },
        lane_with(1, &[("p", NOW.plus(60_000)), ("q", NOW.plus(60_000))]),
        lane_with(1, &[("p", NOW.minus(POLICY.skew_ms))]),
    ] {
        assert_eq!(yields(&lane, &board, &waiting), None, "{lane:?}");
    }
    let mut stopped = busy();
    stopped.stops.insert(StopCause::Work(kind("orders")), stop(StopMode::Hold, None));
    assert_eq!(yields(&stopped, &board, &waiting), None);
    assert_eq!(yields(&busy(), &holding("all", StopMode::Hold, None, 0), &waiting), None);
    assert_eq!(yields(&Lane { shut: NOW, ..busy() }, &board, &waiting).unwrap(), "o");
}

#[test]
fn under_a_dimmer_the_slot_that_it_leaves_is_what_the_other_waits_for() {
    let mut lane = lane_with(3, &[("p", NOW.plus(60_000))]);
    lane.stops.insert(StopCause::Account, stop(StopMode::Limit(1), None));
    assert_eq!(yields(&lane, &Board::default(), &[order("o", NOW)]).unwrap(), "o");
}

fn any_stop() -> impl Strategy<Value = (StopCause, StopMode, Option<u64>)> {
    let cause = prop_oneof![
        Just(StopCause::Account),
        Just(StopCause::Work(kind("orders"))),
        Just(StopCause::Work(kind("products"))),
    ];
    let mode = prop_oneof![Just(StopMode::Hold), (1_u32..3).prop_map(StopMode::Limit),];
    (cause, mode, proptest::option::of(0_u64..60_000))
}

prop_compose! {
    fn any_lane()(
        ends in proptest::collection::vec((prop::sample::select(&["a", "b", "o", "p"]), 0_u64..60_000), 0..4),
        (cap, limit) in (1_u32..4, 1_u32..4),
        (level, shut) in (0_u32..2, 0_u64..60_000),
        stops in proptest::collection::vec(any_stop(), 0..3),
        probe in proptest::option::of(0_u64..60_000),
    ) -> Lane {
        let held: Vec<_> = ends.into_iter().map(|(id, end)| (id, UnixMillis(end))).collect();
        let stops = stops.into_iter().map(|(cause, mode, until)| (cause, stop(mode, until.map(UnixMillis))));
        let probe = probe.map(|expires| Probe {
            id: "q".parse().expect("an id"),
            nonce: "n".parse().expect("a nonce"),
            expires: UnixMillis(expires),
        });
        Lane {
            limit, level, shut: UnixMillis(shut), stops: stops.collect(), probe,
            ..lane_with(cap, &held)
        }
    }
}

proptest! {
    #![proptest_config(crate::support::many())]

    #[test]
    fn until_the_next_look_nothing_that_waits_could_start_unless_somebody_was_sent(
        lane in any_lane(), now in 5_000_u64..60_000, ahead in 0_u64..60_000,
        (ends, ramp_ms) in (proptest::option::of(0_u64..60_000), 0_u64..9_000),
    ) {
        let now = UnixMillis(now);
        let board = ends.map_or_else(Board::default, |end| {
            holding("all", StopMode::Stop, Some(UnixMillis(end)), ramp_ms)
        });
        let waiting = [order("o", NOW), product("p", NOW)];
        let Look { next, start } = look(&lane, "lane", &board, &waiting, now, &POLICY);
        prop_assert!(now < next, "a look that is due at once would spin");
        let then = now.plus(ahead);
        if start.is_none() && then < next {
            for work in &waiting {
                let ask = Ask { lane: "lane", group: None, kind: &work.kind };
                let held = board.refuses(&ask, then).is_some();
                let goes = could_go(lane.clone(), work, then);
                prop_assert!(held || !goes, "{:?} could go at {:?}", work, then);
            }
        }
        if let Some(started) = start {
            let mut sent = waiting.iter().filter(|work| work.kind == started);
            prop_assert!(sent.all(|work| could_go(lane.clone(), work, now)));
        }
    }
}

/// Whether work gets a slot, by as many transitions as it takes.
fn could_go(mut lane: Lane, work: &Waiting, now: UnixMillis) -> bool {
    let asker = Claim { kind: work.kind.clone(), ..claim(work.id.as_str(), "mine") };
    for _ in 0..9 {
        match next_move(&lane, &asker, None, now, &POLICY) {
            Move::Try(transition) => lane = done(&transition, &lane),
            Move::Wait(_) => return false,
            Move::Mine(_) | Move::MineButTripped(_) => return true,
        }
    }
    unreachable!("nine transitions bring {asker:?} neither in nor out of {lane:?}")
}

#[test]
fn work_can_start_unless_it_runs_or_a_stop_or_a_switch_holds_it() {
    let can =
        |lane: &Lane, board: &Board| order("o", NOW).can_start(lane, "lane", board, NOW, &POLICY);
    let (free, nothing) = (lane_with(3, &[("p", NOW.plus(9))]), Board::default());
    assert!(can(&free, &nothing));
    let dead = NOW.minus(POLICY.skew_ms);
    assert!(can(&lane_with(3, &[("o", dead)]), &nothing), "its lease is dead");
    assert!(!can(&lane_with(3, &[("o", dead.plus(1))]), &nothing), "it runs");
    for (mode, concerned, starts) in [
        (StopMode::Hold, "orders", false),
        (StopMode::Hold, "products", true),
        (StopMode::Limit(1), "orders", false),
        (StopMode::Limit(2), "orders", true),
    ] {
        let mut stopped = free.clone();
        stopped.stops.insert(StopCause::Work(kind(concerned)), stop(mode, None));
        assert_eq!(can(&stopped, &nothing), starts, "{mode:?} {concerned}");
    }
    assert!(!can(&free, &holding("all", StopMode::Hold, None, 0)));
    let over = holding("all", StopMode::Hold, Some(NOW.minus(1)), 0);
    assert!(can(&free, &over));
}
