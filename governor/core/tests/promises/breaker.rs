//! From what single accounts meet to what is held against a whole platform, and back.

use std::collections::{BTreeMap, BTreeSet};

use flyball_governor_core::breaker::{
    Evidence, FailedCall, Met, Range, candidates, found_well, may_probe_early, recent,
    should_witness, step,
};
use flyball_governor_core::transition::Name;
use flyball_governor_core::{
    Ask, Board, GroupName, Incident, Lane, Platform, Policy, Reach, Return, Suspicion, UnixMillis,
};
use proptest::prelude::*;

use crate::support::{NOW, board_done, group, kind, lane_with};

/// Three lanes make a suspicion that is judged after 10 s; two canaries of three decide.
const POLICY: Policy = {
    let mut policy = Policy::STANDARD;
    policy.suspects_min = 3;
    policy.canaries = 3;
    policy
};

const SILENCE: u64 = POLICY.canary_silence_ms;

fn g() -> GroupName {
    group("g")
}

/// A call of the lane began and failed at once.
fn failed(lane: &str, at: UnixMillis) -> Evidence {
    hung(lane, at, at)
}

fn hung(lane: &str, began: UnixMillis, found: UnixMillis) -> Evidence {
    Evidence { lane: lane.to_owned(), failed: Some(FailedCall { began, found }), ok: None }
}

fn well(lane: &str, ok: UnixMillis) -> Evidence {
    Evidence { lane: lane.to_owned(), failed: None, ok: Some(ok) }
}

/// These lanes failed at that moment.
fn all_failed(lanes: &[&str], at: UnixMillis) -> Vec<Evidence> {
    lanes.iter().map(|lane| failed(lane, at)).collect()
}

/// What the group is after one step; the same where nothing changes.
fn after(state: Option<Platform>, evidence: &[Evidence], now: UnixMillis) -> Option<Platform> {
    let platforms: BTreeMap<_, _> = state.map(|state| (g(), state)).into_iter().collect();
    let mut board = Board { platforms, ..Board::default() };
    if let Some(step) = step(&g(), board.platforms.get(&g()), evidence, now, &POLICY) {
        let before = board.clone();
        board = board_done(&step, &board);
        assert_ne!(board, before, "{} changes something", step.name);
    }
    board.platforms.remove(&g())
}

/// A suspicion since then that holds nobody back.
fn suspected(since: UnixMillis) -> Platform {
    Platform::Suspected(suspicion(since, 1))
}

fn suspicion(since: UnixMillis, one_in: u32) -> Suspicion {
    let until = since.plus(POLICY.suspicion_ms).plus(POLICY.skew_ms);
    Suspicion { since, one_in, until, ramp_ms: POLICY.return_spread_ms, over: None }
}

fn lane(n: u64) -> String {
    format!("lane-{n}")
}

/// Whether a lane starts though its group is suspected.
fn goes_on(suspicion: Suspicion, lane: &str) -> bool {
    let platforms = BTreeMap::from([(g(), Platform::Suspected(suspicion))]);
    let board = Board { platforms, ..Board::default() };
    let ask = Ask { lane, group: Some(&g()), kind: &kind("products") };
    board.refuses(&ask, suspicion.since).is_none()
}

fn down(canaries: &[&str]) -> Incident {
    let canaries = names(canaries);
    Incident { since: NOW.minus(20_000), detected: NOW, chosen: NOW, canaries }
}

fn canaries_of(state: Option<Platform>) -> BTreeSet<String> {
    match state {
        Some(Platform::Down(incident)) => incident.canaries,
        other => unreachable!("{other:?}"),
    }
}

fn names(lanes: &[&str]) -> BTreeSet<String> {
    lanes.iter().map(|&lane| lane.to_owned()).collect()
}

#[test]
fn enough_accounts_found_failing_within_the_window_make_a_suspicion() {
    let window = POLICY.suspicion_window_ms;
    let mut evidence = vec![failed("a", NOW.minus(window)), failed("b", NOW.minus(9))];
    assert_eq!(after(None, &evidence, NOW), None);
    evidence.push(failed("c", NOW));
    assert_eq!(after(None, &evidence, NOW), Some(suspected(NOW)));
    evidence[0] = failed("a", NOW.minus(window + 1));
    assert_eq!(after(None, &evidence, NOW), None, "one millisecond outside the window");
}

#[test]
fn one_noisy_account_counts_once() {
    let mut evidence = all_failed(&["a", "b"], NOW);
    evidence.extend((0..100).map(|n| failed("a", NOW.minus(n))));
    assert_eq!(after(None, &evidence, NOW), None);
    evidence.push(failed("c", NOW));
    assert_eq!(after(None, &evidence, NOW), Some(suspected(NOW)));
}

#[test]
fn of_a_crowd_that_fails_only_about_as_many_go_on_as_are_needed_as_witnesses() {
    let crowd = |count: u64, over_ms: u64| -> Vec<Evidence> {
        let moment = |n: u64| NOW.minus(over_ms).plus(n * over_ms / count);
        (0..count).map(|n| failed(&format!("lane-{n}"), moment(n))).collect()
    };
    assert_eq!((POLICY.suspicion_ms, POLICY.suspicion_witnesses), (10_000, 16));
    for (count, over_ms, one_in) in [
        (3, 30_000, 1),
        (31, 10_000, 1),
        (32, 10_000, 2),
        (320, 2_000, 100),
        (320, 0, 200),
        (20, 20, 12),
    ] {
        let told = after(None, &crowd(count, over_ms), NOW);
        let expected = Some(Platform::Suspected(suspicion(NOW, one_in)));
        assert_eq!(told, expected, "{count} within {over_ms} ms");
    }
}

#[test]
fn a_crowd_that_turns_out_larger_than_its_first_few_is_held_harder_and_never_less() {
    let since = NOW.minus(900);
    let first_few = suspicion(since, 2);
    // They came before it stood: those who would be held say nothing of who is.
    let failing = |count: usize| -> Vec<Evidence> {
        let before = (0..).map(lane).filter(|lane| !goes_on(first_few, lane));
        before.take(count).map(|lane| failed(&lane, NOW.minus(1_000))).collect()
    };
    let held = |one_in| Some(Platform::Suspected(suspicion(since, one_in)));
    let told = |count| after(held(2), &failing(count), NOW);
    assert_eq!((told(6), told(7), told(64)), (held(2), held(4), held(40)));
    let later = NOW.plus(4_000);
    assert_eq!(after(held(40), &failing(65), later), held(40), "few have come to it since");
}

/// A lane that is held asks nobody, so that it is not among those that were found to fail.
#[test]
fn whoever_fails_while_others_are_held_stands_for_them() {
    let since = NOW.minus(900);
    let held = |one_in| Some(Platform::Suspected(suspicion(since, one_in)));
    let drawn = |count: usize| -> Vec<Evidence> {
        let drawn = (0..).map(lane).filter(|lane| goes_on(suspicion(since, 10), lane));
        drawn.take(count).map(|lane| failed(&lane, NOW.minus(1_000))).collect()
    };
    // Three of ten each are thirty lanes in a second, of which 300 come while it stands.
    let told = |count| after(held(10), &drawn(count), NOW);
    assert_eq!((told(3), told(4), told(8)), (held(10), held(20), held(50)));
}

/// Looked at every second, as the ticker does.
#[test]
fn however_large_a_crowd_is_about_as_many_of_it_ask_as_are_needed() {
    for (in_a_tenth, seed) in [1, 10, 100].into_iter().flat_map(|n| (0..20).map(move |s| (n, s))) {
        let began = NOW.plus(seed * 1_000_000);
        let (mut state, mut evidence, mut asked) = (None, Vec::new(), 0);
        for tenth in 0..100 {
            let now = began.plus(tenth * 100);
            for n in 0..in_a_tenth {
                let lane = lane(tenth * in_a_tenth + n);
                match state {
                    Some(Platform::Suspected(suspicion)) if !goes_on(suspicion, &lane) => continue,
                    Some(_) => asked += 1,
                    None => {}
                }
                evidence.push(failed(&lane, now));
            }
            if tenth % 10 == 1 {
                state = after(state, &evidence, now);
            }
        }
        assert!(matches!(state, Some(Platform::Suspected(_))), "{state:?}");
        let needed = POLICY.suspicion_witnesses;
        let about = (needed / 4)..=(needed * 5 / 2);
        assert!(about.contains(&asked), "{asked} ask of {in_a_tenth} in 100 ms (seed {seed})");
    }
}

#[test]
fn calls_that_hang_until_their_time_out_count_from_when_they_were_found() {
    let found = NOW.minus(POLICY.suspicion_window_ms);
    let began = found.minus(POLICY.call_timeout_ms);
    let evidence = ["a", "b", "c"].map(|lane| hung(lane, began, found));
    assert_eq!(after(None, &evidence, NOW), Some(suspected(NOW)));
}

#[test]
fn a_success_of_anybody_outweighs_every_call_that_began_before_it() {
    let began = NOW.minus(20_000);
    let mut evidence = ["a", "b", "c"].map(|lane| hung(lane, began, NOW)).to_vec();
    evidence.push(well("d", began));
    assert_eq!(after(None, &evidence, NOW), None);
    evidence[3] = well("d", began.minus(1));
    assert_eq!(after(None, &evidence, NOW), Some(suspected(NOW)));
}

#[test]
fn a_clock_that_is_far_ahead_is_no_witness() {
    let ahead = NOW.plus(POLICY.skew_ms);
    let mut evidence = all_failed(&["a", "b", "c"], ahead);
    assert_eq!(after(None, &evidence, NOW), Some(suspected(NOW)), "within what clocks may differ");
    evidence[0] = failed("a", ahead.plus(1));
    assert_eq!(after(None, &evidence, NOW), None);
    evidence[0] = failed("a", NOW);
    evidence.push(well("d", ahead.plus(1)));
    assert_eq!(after(None, &evidence, NOW), Some(suspected(NOW)));
    evidence.push(well("d", ahead));
    assert_eq!(after(None, &evidence, NOW), None);
}

#[test]
fn a_suspicion_that_stands_without_one_success_is_an_outage() {
    let since = NOW.minus(POLICY.suspicion_ms);
    let began = since.minus(3_000);
    let mut evidence = all_failed(&["a", "b", "c"], since.plus(1));
    evidence[1] = failed("b", began);
    assert_eq!(
        after(Some(suspected(since.plus(1))), &evidence, NOW),
        Some(suspected(since.plus(1)))
    );
    let incident =
        Incident { since: began, detected: NOW, chosen: NOW, canaries: names(&["a", "b", "c"]) };
    assert_eq!(after(Some(suspected(since)), &evidence, NOW), Some(Platform::Down(incident)));
}

#[test]
fn an_outage_began_with_the_first_call_that_led_to_the_suspicion() {
    let since = NOW.minus(POLICY.suspicion_ms);
    let window = since.minus(POLICY.suspicion_window_ms);
    let began = |evidence: &[Evidence]| match after(Some(suspected(since)), evidence, NOW) {
        Some(Platform::Down(incident)) => incident.since,
        other => unreachable!("{other:?}"),
    };
    let mut evidence = all_failed(&["a", "b", "c"], NOW.minus(1));
    assert_eq!(began(&evidence), since, "at the latest when it was suspected");
    evidence.push(hung("d", window.minus(9), window));
    assert_eq!(began(&evidence), window.minus(9));
    evidence.push(hung("e", window.minus(99), window.minus(1)));
    assert_eq!(began(&evidence), window.minus(9), "what was found before is another story");
}

#[test]
fn one_success_withdraws_a_suspicion_at_once_even_by_a_clock_that_is_slow() {
    let since = NOW.minus(1);
    let mut evidence = all_failed(&["a", "b", "c"], since);
    evidence.push(well("d", since.minus(POLICY.skew_ms)));
    assert_eq!(after(Some(suspected(since)), &evidence, NOW), None);
    evidence[3] = well("d", since.minus(POLICY.skew_ms + 1));
    assert_eq!(after(Some(suspected(since)), &evidence, NOW), Some(suspected(since)));
}

#[test]
fn a_suspicion_that_is_not_confirmed_lapses() {
    let since = NOW.minus(POLICY.suspicion_ms);
    let evidence = all_failed(&["a", "b"], since);
    assert_eq!(after(Some(suspected(since)), &evidence, NOW), None, "too few still fail");
    assert_eq!(after(Some(suspected(since)), &[], NOW), None, "nothing is known any more");
}

#[test]
fn a_suspicion_that_nobody_looked_at_for_long_lapses_instead_of_being_believed() {
    let late = POLICY.suspicion_ms + POLICY.suspicion_window_ms;
    let since = NOW.minus(late);
    let evidence = all_failed(&["a", "b", "c"], since);
    assert_eq!(after(Some(suspected(since)), &evidence, NOW), None);
    let down = after(Some(suspected(since.plus(1))), &evidence, NOW);
    assert!(matches!(down, Some(Platform::Down(_))));
}

#[test]
fn a_few_of_the_failing_accounts_become_canaries() {
    let since = NOW.minus(POLICY.suspicion_ms);
    let lanes = ["a", "b", "c", "d", "e", "f"];
    let mut evidence = all_failed(&lanes, since);
    evidence.push(well("well", since.minus(9_000)));
    let canaries = canaries_of(after(Some(suspected(since)), &evidence, NOW));
    assert_eq!(canaries.len(), 3);
    assert!(canaries.is_subset(&names(&lanes)));
}

#[test]
fn a_group_is_back_when_as_many_succeed_as_are_most_of_its_canaries() {
    let incident = down(&["a", "b", "c"]);
    let state = Some(Platform::Down(incident.clone()));
    let later = NOW.plus(1_000);
    let oldest = NOW.minus(POLICY.skew_ms);
    let mut evidence = all_failed(&["a", "b", "c"], NOW.minus(1));
    evidence[0].ok = Some(NOW);
    assert_eq!(after(state.clone(), &evidence, later), state, "one of three is not most");
    evidence[1] = Evidence { ok: Some(oldest), ..hung("b", oldest.minus(9), oldest.plus(1)) };
    assert_eq!(after(state.clone(), &evidence, later), state, "it failed after its success");
    evidence[1] = Evidence { ok: Some(oldest), ..hung("b", oldest.minus(9), oldest) };
    assert_eq!(after(state.clone(), &evidence, later), state, "it failed as late as it succeeded");
    evidence[1] = Evidence { ok: Some(oldest), ..hung("b", oldest.minus(9), oldest.minus(1)) };
    let back = Platform::Back(Return::known(incident.since, later));
    assert_eq!(after(state.clone(), &evidence, later), Some(back), "by a clock that is slow");
    evidence[1] = well("b", oldest.minus(1));
    assert_eq!(after(state.clone(), &evidence, later), state, "a success before it was down");
}

#[test]
fn a_group_that_is_down_was_found_well_when_one_of_it_last_succeeded() {
    let incident = down(&["a", "b", "c"]);
    let state = Some(Platform::Down(incident));
    let (later, oldest) = (NOW.plus(9), NOW.minus(POLICY.skew_ms));
    let seen = |evidence: &[Evidence]| found_well(state.as_ref(), evidence, later, &POLICY);
    assert_eq!(seen(&all_failed(&["a", "b"], NOW)), None);
    assert_eq!(seen(&[well("a", oldest.minus(1))]), None, "before it was down");
    assert_eq!(seen(&[well("a", NOW), failed("a", NOW)]), None, "it has failed since");
    assert_eq!(seen(&[well("a", oldest), well("d", NOW), failed("b", later)]), Some(NOW));
    let evidence = [well("a", NOW)];
    for other in [None, Some(suspected(NOW)), Some(Platform::Back(Return::known(NOW, NOW)))] {
        assert_eq!(found_well(other.as_ref(), &evidence, later, &POLICY), None, "{other:?}");
    }
}

#[test]
fn a_canary_need_not_wait_for_a_gate_that_it_closed_itself_before_the_group_was_found_well() {
    let ceiling = POLICY.canary_ceiling_ms;
    let mut lane = lane_with(2, &[]);
    (lane.level, lane.reach, lane.at) = (3, Reach::Group, Some(NOW.minus(1)));
    lane.shut = NOW.plus(ceiling);
    let early = |lane: &Lane| may_probe_early(lane, NOW, NOW, &POLICY);
    assert!(early(&lane));
    let word = Lane { shut: NOW.plus(ceiling + 1), ..lane.clone() };
    assert!(!early(&word), "only the vendor's own word closes it for so long");
    assert!(!early(&Lane { at: Some(NOW), ..lane.clone() }), "it has failed since");
    assert!(!early(&Lane { reach: Reach::Lane, ..lane.clone() }), "it failed by itself");
    assert!(!early(&Lane { level: 0, ..lane.clone() }), "it is throttled");
    assert!(!early(&Lane { shut: NOW, ..lane }), "it may probe anyway");
}

#[test]
fn a_few_broken_accounts_do_not_hold_a_group_in_which_others_succeed() {
    let incident = down(&["a", "b", "c"]);
    let mut evidence = all_failed(&["a", "b", "c"], NOW.plus(5));
    evidence.extend([well("d", NOW.plus(6)), well("e", NOW.plus(6))]);
    let back = Platform::Back(Return::known(incident.since, NOW.plus(7)));
    assert_eq!(after(Some(Platform::Down(incident)), &evidence, NOW.plus(7)), Some(back));
}

#[test]
fn a_silent_canary_is_replaced_and_one_that_speaks_stays() {
    let state = Some(Platform::Down(down(&["a", "b", "c"])));
    let others = ["d", "e", "f", "g", "h"];
    let mut evidence = all_failed(&["a", "b"], NOW.plus(1));
    evidence.push(failed("c", NOW));
    evidence.extend(all_failed(&others, NOW.minus(9)));
    assert_eq!(after(state.clone(), &evidence, NOW.plus(SILENCE - 1)), state, "not yet silent");
    let chosen = after(state.clone(), &evidence, NOW.plus(SILENCE));
    let canaries = canaries_of(chosen.clone());
    assert_eq!(canaries.len(), 3);
    assert!(canaries.is_superset(&names(&["a", "b"])) && !canaries.contains("c"));
    assert!(matches!(chosen, Some(Platform::Down(now)) if now.chosen == NOW.plus(SILENCE)));
    evidence[2] = failed("c", NOW.plus(1));
    assert_eq!(after(state.clone(), &evidence, NOW.plus(SILENCE)), state, "all of them speak");
}

#[test]
fn a_canary_that_succeeds_is_enough_where_all_others_stay_silent() {
    let incident = down(&["a", "b", "c"]);
    let later = NOW.plus(SILENCE);
    let mut evidence = all_failed(&["d", "e", "f"], NOW.minus(9));
    evidence.push(well("a", later.minus(1)));
    let state = Some(Platform::Down(incident.clone()));
    assert_eq!(after(state.clone(), &evidence, later.minus(1)), state);
    let back = Platform::Back(Return::known(incident.since, later));
    assert_eq!(after(state, &evidence, later), Some(back));
}

#[test]
fn the_same_are_asked_again_where_nobody_else_is_known() {
    let state = Some(Platform::Down(down(&["a", "b", "c"])));
    let later = NOW.plus(SILENCE);
    let Some(Platform::Down(asked)) = after(state.clone(), &[], later) else {
        unreachable!("they were silent for too short a time to let the group go")
    };
    assert_eq!((asked.canaries, asked.chosen), (names(&["a", "b", "c"]), later));
    let two = all_failed(&["a", "b"], later);
    assert_eq!(canaries_of(after(state, &two, later)), names(&["a", "b"]));
}

#[test]
fn a_group_of_which_nobody_says_anything_is_let_go_and_no_gate_is_pardoned() {
    let late = NOW.plus(2 * SILENCE);
    for canaries in [&["a", "b", "c"][..], &[]] {
        let state = Some(Platform::Down(down(canaries)));
        let mut evidence = all_failed(&["a", "b", "c", "d"], NOW.minus(9));
        assert!(matches!(after(state.clone(), &evidence, late.minus(1)), Some(Platform::Down(_))));
        let unknown = Platform::Back(Return::unknown(NOW.minus(20_000), late));
        assert_eq!(after(state.clone(), &evidence, late), Some(unknown));
        evidence.push(failed("a", NOW.plus(1)));
        assert!(matches!(after(state, &evidence, late), Some(Platform::Down(_))));
    }
}

#[test]
fn when_canary_after_canary_is_silent_everybody_gets_a_turn() {
    let lanes: Vec<String> = (0..30).map(|n| format!("lane{n}")).collect();
    let mut state = Some(Platform::Down(down(&["lane0", "lane1", "lane2"])));
    let mut asked = canaries_of(state.clone());
    for round in 1..200 {
        let now = NOW.plus(round * SILENCE);
        let mut evidence: Vec<Evidence> = lanes.iter().map(|lane| failed(lane, NOW)).collect();
        evidence.push(failed("elsewhere", now));
        let before = canaries_of(state.clone());
        state = after(state, &evidence, now);
        let canaries = canaries_of(state.clone());
        assert_eq!(canaries.len(), 3);
        assert!(canaries.intersection(&before).all(|stays| stays == "elsewhere"));
        asked.extend(canaries);
    }
    asked.remove("elsewhere");
    assert_eq!(asked, lanes.into_iter().collect());
}

#[test]
fn only_what_can_change_something_is_written_down() {
    let back = Platform::Back(Return::known(NOW, NOW));
    for (state, lane, expected) in [
        (None, "a", [true, false, false]),
        (Some(back), "a", [true, false, false]),
        (Some(suspected(NOW)), "a", [true, false, true]),
        (Some(Platform::Down(down(&["a"]))), "a", [true, true, true]),
        (Some(Platform::Down(down(&["a"]))), "b", [false, false, true]),
    ] {
        let platforms = state.into_iter().map(|state| (g(), state)).collect();
        let board = Board { platforms, ..Board::default() };
        let met = [Met::Tripped, Met::TrippedAgain, Met::Succeeded];
        assert_eq!(met.map(|met| should_witness(&board, &g(), lane, met)), expected, "{board:?}");
    }
}

#[test]
fn the_evidence_that_is_read_is_all_that_can_decide() {
    let window = POLICY.suspicion_window_ms;
    let from = |state: Option<Platform>, now: UnixMillis| {
        let Range { from, to } = recent(state.as_ref(), now, &POLICY);
        assert_eq!(to, now.plus(POLICY.skew_ms));
        from
    };
    assert_eq!(from(None, NOW), NOW.minus(window));
    assert_eq!(from(Some(Platform::Back(Return::known(NOW, NOW))), NOW), NOW.minus(window));
    assert_eq!(from(Some(suspected(NOW.minus(9))), NOW), NOW.minus(9 + window));
    assert_eq!(from(Some(suspected(NOW.plus(9))), NOW), NOW.minus(window), "clocks differ");
    let state = Some(Platform::Down(down(&["a"])));
    assert_eq!(from(state.clone(), NOW.plus(9)), NOW.minus(POLICY.skew_ms));
    assert_eq!(from(state, NOW.plus(9 * SILENCE)), NOW.plus(7 * SILENCE));
}

#[test]
fn who_failed_when_the_group_went_down_is_read_when_a_canary_is_to_be_replaced() {
    let incident = down(&["a", "b", "c"]);
    let state = Platform::Down(incident.clone());
    let asked = |evidence: &[Evidence], now| candidates(Some(&state), evidence, now, &POLICY);
    let later = NOW.plus(SILENCE);
    let from = incident.since.minus(POLICY.suspicion_window_ms);
    assert_eq!(asked(&[], later), Some(Range { from, to: NOW }));
    assert_eq!(asked(&[], later.minus(1)), None);
    assert_eq!(asked(&all_failed(&["a", "b", "c"], later), later), None);
    assert!(asked(&all_failed(&["a", "b", "d"], later), later).is_some());
    assert_eq!(candidates(Some(&suspected(NOW)), &[], later, &POLICY), None);
    assert_eq!(candidates(None, &[], later, &POLICY), None);
}

#[test]
fn what_failed_before_a_group_was_back_does_not_bring_it_down_again() {
    let back = NOW.minus(5);
    let state = Some(Platform::Back(all_let_go(Return::known(NOW.minus(9_000), back))));
    let before = all_failed(&["a", "b", "c"], back);
    assert_eq!(after(state.clone(), &before, NOW), state);
    let since = all_failed(&["a", "b", "c"], back.plus(1));
    assert_eq!(after(state, &since, NOW), Some(suspected(NOW)));
}

#[test]
fn that_a_group_was_down_is_known_for_as_long_as_a_gate_can_be_closed_by_it() {
    let kept = POLICY.vendor_wait_cap_ms.max(POLICY.gate_ceiling_ms);
    let state = Some(Platform::Back(all_let_go(Return::known(NOW.minus(9), NOW))));
    assert_eq!(after(state.clone(), &[], NOW.plus(kept - 1)), state);
    assert_eq!(after(state, &[], NOW.plus(kept)), None);
}

fn all_let_go(returned: Return) -> Return {
    Return { let_go: true, ..returned }
}

#[test]
fn that_a_group_was_down_is_known_until_every_lane_has_been_let_go_however_long_that_takes() {
    let late = NOW.plus(30 * 86_400_000);
    for returned in [Return::known(NOW.minus(9), NOW), Return::unknown(NOW.minus(9), NOW)] {
        let state = Some(Platform::Back(returned));
        assert_eq!(after(state.clone(), &[], late), state);
        assert_eq!(after(Some(Platform::Back(all_let_go(returned))), &[], late), None);
    }
    let unknown = Platform::Back(all_let_go(Return::unknown(NOW.minus(9), NOW)));
    assert_eq!(after(Some(unknown), &[], NOW), None, "it pardons nobody");
}

#[test]
fn lanes_that_are_still_to_be_let_go_are_not_forgotten_over_a_suspicion() {
    let later = NOW.plus(POLICY.suspicion_ms);
    let fail = all_failed(&["a", "b", "c"], NOW.minus(1));
    let succeed = [well("d", NOW.plus(1))];
    for returned in [
        Return::known(NOW.minus(9_000), NOW.minus(9)),
        Return::unknown(NOW.minus(9_000), NOW.minus(9)),
    ] {
        let back = Some(Platform::Back(returned));
        let suspected = after(back.clone(), &fail, NOW);
        assert!(matches!(suspected, Some(Platform::Suspected(_))));
        assert_eq!(after(suspected.clone(), &succeed, later), back, "somebody succeeds");
        assert_eq!(after(suspected.clone(), &[], later), back, "too few fail");
        let down = after(suspected, &fail, later);
        assert!(matches!(down, Some(Platform::Down(_))), "it holds them again: {down:?}");
        let let_go = Some(Platform::Back(all_let_go(returned)));
        assert_eq!(after(after(let_go, &fail, NOW), &succeed, later), None, "none are left");
    }
}

prop_compose! {
    fn any_evidence()(
        lane in "[a-f]", began in 0_u64..200_000, took in 0_u64..30_000,
        ok in proptest::option::of((0_u64..200_000).prop_map(UnixMillis)),
        fails in any::<bool>(),
    ) -> Evidence {
        let began = UnixMillis(began);
        let failed = fails.then_some(FailedCall { began, found: began.plus(took) });
        Evidence { lane, failed, ok }
    }
}

proptest! {
    #[test]
    fn whatever_was_met_a_group_is_let_go_when_nobody_says_anything_more(
        evidence in proptest::collection::vec(any_evidence(), 0..12),
        canaries in proptest::collection::btree_set("[a-h]", 0..4),
        start in 0_u64..200_000,
    ) {
        let start = UnixMillis(start);
        let incident = Incident { since: start, detected: start, chosen: start, canaries };
        let mut state = Some(Platform::Down(incident));
        let mut steps = 0;
        for look in 0..100_u64 {
            let next = after(state.clone(), &evidence, start.plus(look * 10_000));
            steps += u32::from(next != state);
            state = next;
        }
        let free = matches!(state, None | Some(Platform::Back(_)));
        prop_assert!(free, "{:?}", state);
        prop_assert!(steps < 12, "{} steps: the breaker flaps", steps);
    }

    #[test]
    fn no_group_is_held_for_what_somebody_has_outlived(
        evidence in proptest::collection::vec(any_evidence(), 0..12),
        since in 0_u64..200_000, now in 0_u64..250_000,
    ) {
        let (since, now) = (UnixMillis(since), UnixMillis(now));
        if evidence.iter().filter_map(|one| one.ok).any(|ok| since <= ok && ok <= now) {
            let step = step(&g(), Some(&suspected(since)), &evidence, now, &POLICY);
            prop_assert_eq!(step.map(|step| step.name), Some(Name::Unsuspect));
        }
    }
}
