//! Wide switches: what they hold, for how long, and how their lanes start again.

use std::collections::BTreeSet;

use flyball_governor_core::board::{name_hash, spread};
use flyball_governor_core::item::Value;
use flyball_governor_core::transition::{Outcome, Transition};
use flyball_governor_core::transitions as t;
use flyball_governor_core::{
    Ask, Board, Dimmer, GroupName, Incident, Pardon, Platform, Reason, Refusal, Return, StopMode,
    Suspicion, Switch, UnixMillis, WideScope, WorkKind,
};
use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;

use crate::support::{NOW, board_done, board_refused, group, kind, stop};

const RAMP_MS: u64 = 10_000;

fn switch(mode: StopMode, until: Option<UnixMillis>) -> Switch {
    Switch { stop: stop(mode, until), since: NOW, ramp_ms: RAMP_MS }
}

fn scope(text: &str) -> WideScope {
    text.parse().expect("a scope")
}

fn with(switches: &[(&str, StopMode, Option<UnixMillis>)]) -> Board {
    let one = |(text, mode, until): &(&str, StopMode, Option<UnixMillis>)| {
        (scope(text), switch(*mode, *until))
    };
    Board { switches: switches.iter().map(one).collect(), ..Board::default() }
}

fn down(canaries: &[&str]) -> Platform {
    Platform::Down(Incident {
        since: NOW.minus(20),
        detected: NOW.minus(10),
        chosen: NOW.minus(5),
        canaries: canaries.iter().map(|&lane| lane.to_owned()).collect(),
    })
}

/// What becomes of orders of lane `a` in group `g`.
fn orders<T>(ask: impl FnOnce(&Ask<'_>) -> T) -> T {
    ask(&Ask { lane: "a", group: Some(&group("g")), kind: &kind("orders") })
}

fn held_by(refusal: Option<Refusal>) -> Option<String> {
    let reason = refusal?.reason;
    let Reason::Switched { scope, .. } = reason else { unreachable!("{reason:?}") };
    Some(scope.to_string())
}

#[test]
fn a_switch_holds_what_its_scope_names_and_nothing_else() {
    for (scope, holds) in [
        ("all", true),
        ("g", true),
        ("g/orders", true),
        ("g/products", false),
        ("h", false),
        ("h/orders", false),
    ] {
        let board = with(&[(scope, StopMode::Hold, None)]);
        let refusal = orders(|ask| board.refuses(ask, NOW));
        assert_eq!(held_by(refusal), holds.then(|| scope.to_owned()), "{scope}");
    }
}

#[test]
fn what_belongs_to_no_group_is_held_only_by_a_switch_of_everything() {
    let ask = |board: &Board| {
        board.refuses(&Ask { lane: "a", group: None, kind: &kind("orders") }, NOW).is_some()
    };
    assert!(ask(&with(&[("all", StopMode::Stop, None)])));
    assert!(!ask(&with(&[("g", StopMode::Stop, None), ("g/orders", StopMode::Stop, None)])));
}

#[test]
fn any_stop_wins_and_the_most_specific_is_told() {
    let later = Some(NOW.plus(1));
    let mut switches = vec![("all", StopMode::Stop, later), ("g", StopMode::Drain, later)];
    assert_eq!(held_by(orders(|ask| with(&switches).refuses(ask, NOW))).unwrap(), "g");
    switches.push(("g/orders", StopMode::Hold, later));
    assert_eq!(held_by(orders(|ask| with(&switches).refuses(ask, NOW))).unwrap(), "g/orders");
    switches.pop();
    switches.push(("g/orders", StopMode::Limit(9), None));
    assert_eq!(held_by(orders(|ask| with(&switches).refuses(ask, NOW))).unwrap(), "g");
    switches.push(("g/orders", StopMode::Hold, Some(NOW)));
    let told = held_by(orders(|ask| with(&switches).refuses(ask, NOW)));
    assert_eq!(told.unwrap(), "g", "one that is over holds less than one that stands");
}

#[test]
fn lanes_start_again_one_after_the_other_over_the_ramp() {
    let end = NOW.plus(50);
    let board = with(&[("g", StopMode::Stop, Some(end))]);
    let turn = spread("a", end, RAMP_MS);
    assert!(end < turn && turn < end.plus(RAMP_MS), "this lane's turn is neither first nor last");

    let before = orders(|ask| board.refuses(ask, end.minus(1))).unwrap();
    assert!(matches!(before.reason, Reason::Switched { .. }));
    assert_eq!(before.until, Some(turn), "whoever waits for the end may as well wait for its turn");

    for moment in [end, turn.minus(1)] {
        let resuming = orders(|ask| board.refuses(ask, moment)).unwrap();
        assert_eq!(resuming.reason, Reason::Resuming { scope: scope("g") });
        assert_eq!(resuming.until, Some(turn));
    }
    assert_eq!(orders(|ask| board.refuses(ask, turn)), None);
    assert_eq!(board.switches[&scope("g")].over_at(), Some(end.plus(RAMP_MS)));
}

#[test]
fn a_switch_without_an_end_is_held_until_lifted_and_lifting_begins_the_ramp() {
    let board = with(&[("g", StopMode::Stop, None)]);
    assert_eq!(orders(|ask| board.refuses(ask, NOW)).unwrap().until, None);
    assert_eq!(board.switches[&scope("g")].over_at(), None);
    let lifted = board_done(&t::switch_off(&scope("g"), NOW.plus(7)), &board);
    let resuming = orders(|ask| lifted.refuses(ask, NOW.plus(7))).unwrap();
    assert_eq!(resuming.reason, Reason::Resuming { scope: scope("g") });
    assert_eq!(resuming.until, Some(spread("a", NOW.plus(7), RAMP_MS)));
}

#[test]
fn only_a_switch_of_mode_stop_ends_what_runs_and_only_while_it_stands() {
    for mode in [StopMode::Hold, StopMode::Drain, StopMode::Limit(1)] {
        assert_eq!(orders(|ask| with(&[("g", mode, None)]).stops(ask, NOW)), None, "{mode:?}");
    }
    let board = with(&[("g", StopMode::Hold, None), ("all", StopMode::Stop, Some(NOW))]);
    let told = orders(|ask| board.stops(ask, NOW.minus(1))).unwrap();
    assert_eq!((told.until, held_by(Some(told)).unwrap()), (Some(NOW), "all".to_owned()));
    assert_eq!(orders(|ask| board.stops(ask, NOW)), None);
}

#[test]
fn a_dimmer_holds_nothing_itself_and_is_listed_while_it_stands() {
    let board = with(&[
        ("all", StopMode::Limit(9), None),
        ("g", StopMode::Limit(3), Some(NOW)),
        ("g/orders", StopMode::Limit(2), Some(NOW.plus(1))),
        ("g/products", StopMode::Limit(1), None),
    ]);
    assert_eq!(orders(|ask| board.refuses(ask, NOW)), None);
    let slots = |text, slots| Dimmer { scope: scope(text), slots };
    assert_eq!(orders(|ask| board.dimmers(ask, NOW)), [slots("g/orders", 2), slots("all", 9)]);
    assert!(orders(|ask| with(&[("g", StopMode::Hold, None)]).dimmers(ask, NOW)).is_empty());
}

#[test]
fn of_a_group_that_is_down_only_the_canaries_start() {
    let mut board = Board::default();
    for (platform, held) in [
        (Platform::Suspected(Suspicion::of_nobody(NOW)), false),
        (Platform::Back(Return::known(NOW, NOW)), false),
        (down(&["a", "b"]), false),
        (down(&["b", "c"]), true),
    ] {
        board.platforms.insert(group("g"), platform);
        let refusal = orders(|ask| board.refuses(ask, NOW));
        let reason = Reason::GroupDown { group: group("g"), since: NOW.minus(20) };
        assert_eq!(refusal, held.then_some(Refusal { reason, until: None }));
        assert_eq!(orders(|ask| board.stops(ask, NOW)), None, "what runs goes on");
    }
    let of_another = Ask { lane: "x", group: Some(&group("h")), kind: &kind("orders") };
    assert_eq!(board.refuses(&of_another, NOW), None);
    assert_eq!(board.refuses(&Ask { group: None, ..of_another }, NOW), None);
}

#[test]
fn of_a_group_that_is_suspected_one_lane_in_so_many_starts_until_it_must_have_been_decided() {
    let lanes: Vec<String> = (0..2_000).map(|n| format!("lane-{n}")).collect();
    let (over, ramp_ms) = (NOW.plus(15_000), 5_000);
    let goes_on = |suspicion: Suspicion, now: UnixMillis| -> BTreeSet<&str> {
        let mut board = Board::default();
        board.platforms.insert(group("g"), Platform::Suspected(suspicion));
        let starts = |lane: &&String| {
            let ask = Ask { lane, group: Some(&group("g")), kind: &kind("orders") };
            assert_eq!(board.stops(&ask, now), None, "what runs goes on");
            let Some(refusal) = board.refuses(&ask, now) else { return true };
            let reason = Reason::GroupSuspected { group: group("g"), since: suspicion.since };
            assert_eq!(refusal.reason, reason);
            let until = refusal.until.unwrap();
            assert!(over <= until && until < over.plus(ramp_ms), "{until:?}");
            assert_eq!(board.refuses(&ask, until), None);
            false
        };
        lanes.iter().filter(starts).map(String::as_str).collect()
    };
    let suspicion = Suspicion { since: NOW, one_in: 10, until: over, ramp_ms, over: None };
    let witnesses = goes_on(suspicion, NOW);
    assert!((150..250).contains(&witnesses.len()), "{}", witnesses.len());
    let others = goes_on(Suspicion { since: NOW.plus(1), ..suspicion }, NOW);
    assert!(witnesses.intersection(&others).count() < 60, "others at another time");
    assert_eq!(goes_on(Suspicion { one_in: 1, ..suspicion }, NOW).len(), lanes.len());
    let after = [2_500, 5_000].map(|ms| goes_on(suspicion, over.plus(ms)).len());
    assert!((900..1_300).contains(&after[0]) && after[1] == lanes.len(), "{after:?}");
}

#[test]
fn a_suspicion_of_an_earlier_version_is_read_and_holds_nobody() {
    let entry = Value::map([("p", "suspected".into()), ("s", NOW.into())]);
    let mut item = Board::default().to_item();
    item.insert("platforms".to_owned(), Value::map([("g", entry)]));
    let board = Board::parse(&item).unwrap();
    let expected = Platform::Suspected(Suspicion::of_nobody(NOW));
    assert_eq!(board.platforms.get(&group("g")), Some(&expected));
    assert_eq!(orders(|ask| board.refuses(ask, NOW)), None);
}

#[test]
fn a_return_of_an_earlier_version_is_read_as_one_whose_lanes_are_still_to_be_let_go() {
    let later = NOW.plus(9);
    let entry = Value::map([("p", "back".into()), ("s", NOW.into()), ("b", later.into())]);
    let mut item = Board::default().to_item();
    item.insert("platforms".to_owned(), Value::map([("g", entry)]));
    let board = Board::parse(&item).unwrap();
    let expected = Platform::Back(Return::known(NOW, later));
    assert_eq!(board.platforms.get(&group("g")), Some(&expected));
}

#[test]
fn an_earlier_version_reads_in_every_state_what_it_writes_itself() {
    let returned = Return::unknown(NOW, NOW.plus(1));
    let suspicion = Suspicion { over: Some(returned), ..Suspicion::of_nobody(NOW) };
    let let_go = Return { let_go: true, ..returned };
    for (platform, word, fields) in [
        (Platform::Suspected(suspicion), "suspected", &["s", "n", "u", "r"][..]),
        (Platform::Back(let_go), "back", &["s", "b"]),
        (down(&["a"]), "down", &["s", "d", "t", "k"]),
    ] {
        let item = of_group(Some(platform)).to_item();
        let Some(Value::Map(platforms)) = item.get("platforms") else { unreachable!() };
        let Some(Value::Map(entry)) = platforms.get("g") else { unreachable!() };
        assert_eq!(entry.get("p"), Some(&Value::from(word)));
        assert!(fields.iter().all(|field| entry.contains_key(*field)), "{entry:?}");
    }
}

#[test]
fn gates_are_pardoned_only_while_their_group_is_known_to_be_back() {
    let mut board = Board::default();
    assert_eq!(board.pardon(Some(&group("g"))), None);
    for (platform, pardon) in [
        (Platform::Suspected(Suspicion::of_nobody(NOW)), None),
        (down(&["a"]), None),
        (Platform::Back(Return::known(NOW, NOW.plus(3))), Some(Pardon { back: NOW.plus(3) })),
        (Platform::Back(Return::unknown(NOW, NOW.plus(3))), None),
    ] {
        board.platforms.insert(group("g"), platform);
        assert_eq!(board.pardon(Some(&group("g"))), pardon);
    }
    assert_eq!(board.pardon(None), None);
    assert_eq!(board.pardon(Some(&group("h"))), None);
}

#[test]
fn a_scope_is_written_as_it_is_read_and_no_group_is_called_all() {
    for text in ["all", "shopify", "shopify/orders"] {
        assert_eq!(scope(text).to_string(), text);
    }
    assert_eq!(scope("all"), WideScope::All);
    for text in ["", "all/orders", "/orders", "shopify/", "a/b/c", "Shopify", "shopify/account"] {
        let error = text.parse::<WideScope>().unwrap_err();
        assert_eq!((error.what, error.found.as_str()), ("a wide scope", text));
    }
    let error = "all".parse::<GroupName>().unwrap_err();
    assert_eq!(error.expected, "1 to 16 of a-z and 0-9, not `all`");
}

#[test]
fn a_board_takes_a_bounded_number_of_switches_and_replaces_any_of_them() {
    let mut board = Board::default();
    let numbered = |n: u32| scope(&format!("g{n}"));
    let hold = switch(StopMode::Hold, None);
    for n in 0..Board::SWITCHES_MAX {
        board = board_done(&t::switch_on(&numbered(n), &hold), &board);
    }
    assert!(board_refused(&t::switch_on(&scope("all"), &hold), &board));
    let stop = switch(StopMode::Stop, Some(NOW));
    let board = board_done(&t::switch_on(&numbered(0), &stop), &board);
    assert_eq!(board.switches[&numbered(0)], stop);
    assert_eq!(board.switches[&numbered(1)], hold);
    let board = board_done(&t::forget_switch(&numbered(0), NOW), &board);
    assert!(!board.switches.contains_key(&numbered(0)));
    assert!(!board_refused(&t::switch_on(&scope("all"), &hold), &board));
}

#[test]
fn a_switch_is_lifted_once_and_forgotten_only_with_the_end_that_was_dealt_with() {
    let board = with(&[("g", StopMode::Stop, Some(NOW.plus(9)))]);
    assert!(board_refused(&t::switch_off(&scope("h"), NOW), &board));
    assert!(board_refused(&t::switch_off(&scope("g"), NOW.plus(9)), &board), "it is over");
    let lifted = board_done(&t::switch_off(&scope("g"), NOW), &board);
    assert_eq!(lifted.switches[&scope("g")].stop.until, Some(NOW));
    assert!(board_refused(&t::switch_off(&scope("g"), NOW.plus(1)), &lifted));
    assert!(board_refused(&t::forget_switch(&scope("g"), NOW.plus(9)), &lifted));
    let board = board_done(&t::forget_switch(&scope("g"), NOW), &lifted);
    assert_eq!(board, Board::default());
    let endless = with(&[("g", StopMode::Stop, None)]);
    assert!(board_refused(&t::forget_switch(&scope("g"), NOW), &endless));
}

/// Every step of a group's state, from the state that it needs.
fn platform_steps() -> Vec<(Transition, Option<Platform>, Option<Platform>)> {
    let g = group("g");
    let suspected = Platform::Suspected(Suspicion::of_nobody(NOW));
    let Platform::Down(incident) = down(&["a"]) else { return Vec::new() };
    let is_down = Platform::Down(incident.clone());
    let returned = Return::known(NOW, NOW.plus(1));
    let back = Platform::Back(returned);
    let over_it = Suspicion { over: Some(returned), ..Suspicion::of_nobody(NOW) };
    let suspected_again = Platform::Suspected(over_it);
    let unknown = Return::unknown(NOW, NOW.plus(1));
    let all_let_go = Platform::Back(Return { let_go: true, ..returned });
    let again = Incident {
        chosen: NOW.plus(3),
        canaries: BTreeSet::from(["b".to_owned()]),
        ..incident.clone()
    };
    vec![
        (t::suspect(&g, None, Suspicion::of_nobody(NOW)), None, Some(suspected.clone())),
        (t::suspect(&g, Some(&back), over_it), Some(back.clone()), Some(suspected_again.clone())),
        (t::unsuspect(&g, &suspected), Some(suspected.clone()), None),
        (t::unsuspect(&g, &suspected_again), Some(suspected_again), Some(back.clone())),
        (t::declare_down(&g, &suspected, &incident), Some(suspected), Some(is_down.clone())),
        (
            t::choose_canaries(&g, &is_down, NOW.plus(3), &again.canaries),
            Some(is_down.clone()),
            Some(Platform::Down(again)),
        ),
        (t::declare_back(&g, &is_down, returned), Some(is_down.clone()), Some(back.clone())),
        (t::declare_back(&g, &is_down, unknown), Some(is_down), Some(Platform::Back(unknown))),
        (t::all_let_go(&g, &back), Some(back.clone()), Some(all_let_go)),
        (t::forget_platform(&g, &back), Some(back), None),
    ]
}

fn of_group(platform: Option<Platform>) -> Board {
    let platforms = platform.map(|platform| (group("g"), platform)).into_iter().collect();
    Board { platforms, ..Board::default() }
}

/// Each has counted others: whoever counted fewer must not have the last word.
#[test]
fn of_two_who_hold_a_crowd_harder_at_once_the_second_is_refused() {
    let held = |one_in| Suspicion { one_in, ..Suspicion::of_nobody(NOW) };
    let seen = Platform::Suspected(held(3));
    let harder = |one_in| t::suspect(&group("g"), Some(&seen), held(one_in));
    let board = board_done(&harder(36), &of_group(Some(seen.clone())));
    assert_eq!(board, of_group(Some(Platform::Suspected(held(36)))));
    assert!(board_refused(&harder(12), &board));
}

#[test]
fn each_step_of_a_groups_state_begins_only_where_it_was_decided() {
    let later = |platform: &Platform| match platform.clone() {
        Platform::Suspected(it) => Platform::Suspected(Suspicion { since: it.since.plus(1), ..it }),
        Platform::Down(incident) => {
            Platform::Down(Incident { since: incident.since.plus(1), ..incident })
        }
        Platform::Back(it) => Platform::Back(Return { back: it.back.plus(1), ..it }),
    };
    let mut states: Vec<Option<Platform>> =
        platform_steps().into_iter().flat_map(|(_, before, after)| [before, after]).collect();
    states.extend(states.clone().iter().flatten().map(|state| Some(later(state))));
    for (step, before, after) in platform_steps() {
        assert_eq!(board_done(&step, &of_group(before.clone())), of_group(after), "{}", step.name);
        let fits = |state: &Option<Platform>| match (step.name, &before, state) {
            // An incident is one and the same, whoever probes.
            (_, Some(Platform::Down(seen)), Some(Platform::Down(there))) => {
                seen.since == there.since
            }
            // So is a suspicion, whatever it came over.
            (_, Some(Platform::Suspected(seen)), Some(Platform::Suspected(there))) => {
                seen.since == there.since
            }
            // And a return, however far it has come.
            (_, Some(Platform::Back(seen)), Some(Platform::Back(there))) => seen.back == there.back,
            _ => *state == before,
        };
        for other in states.iter().filter(|state| !fits(state)) {
            assert!(board_refused(&step, &of_group(other.clone())), "{} {other:?}", step.name);
        }
    }
}

#[test]
fn canaries_are_chosen_by_one_who_saw_the_last_choice() {
    let seen = down(&["a"]);
    let of = |lane: &str| BTreeSet::from([lane.to_owned()]);
    let choose = |lane| t::choose_canaries(&group("g"), &seen, NOW, &of(lane));
    let board = board_done(&choose("b"), &of_group(Some(seen.clone())));
    assert!(board_refused(&choose("c"), &board));
}

#[test]
fn a_board_that_nobody_made_takes_no_suspicion() {
    let nothing = flyball_governor_core::item::Item::new();
    assert_eq!(
        t::suspect(&group("g"), None, Suspicion::of_nobody(NOW)).apply(&nothing),
        Ok(Outcome::Refused)
    );
    let Ok(Outcome::Done(made)) = t::create_board().apply(&nothing) else {
        unreachable!("there was none")
    };
    assert_eq!(Board::parse(&made).unwrap(), Board::default());
    assert_eq!(t::create_board().apply(&made), Ok(Outcome::Refused));
}

#[test]
fn an_item_that_is_no_board_is_named_by_its_first_fault() {
    let item = of_group(Some(down(&["a"]))).to_item();
    let broken = |field: &str, value: Option<Value>| {
        let mut item = item.clone();
        let Some(Value::Map(platforms)) = item.get_mut("platforms") else { unreachable!() };
        let Some(Value::Map(entry)) = platforms.get_mut("g") else { unreachable!() };
        match value {
            Some(value) => entry.insert(field.to_owned(), value),
            None => entry.remove(field),
        };
        Board::parse(&item).unwrap_err().to_string()
    };
    assert_eq!(broken("k", None), "attribute platforms.g.k is missing, expected a map");
    assert!(broken("p", Some(Value::from("gone"))).contains("expected suspected, down or back"));
    assert!(broken("d", Some(Value::from("soon"))).contains("platforms.g.d is a text"));
}

#[test]
fn a_lanes_turn_lies_within_the_spread_and_is_always_the_same() {
    // The published vectors of FNV-1a, 64 bits.
    assert_eq!(name_hash(""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(name_hash("a"), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(name_hash("foobar"), 0x8594_4171_f739_67e8);
    assert_eq!(spread("a", NOW, 0), NOW);
    assert_eq!(spread("a", NOW, 1_000), NOW.plus(0xaf63_dc4c_8601_ec8c % 1_000));
}

prop_compose! {
    fn any_switch()(
        mode in prop_oneof![Just(StopMode::Hold), Just(StopMode::Drain), Just(StopMode::Stop),
            (1_u32..9).prop_map(StopMode::Limit)],
        until in proptest::option::of(0_u64..99),
        (since, ramp_ms) in (0_u64..99, 0_u64..99),
    ) -> Switch {
        let since = UnixMillis(since);
        Switch { stop: stop(mode, until.map(UnixMillis)), since, ramp_ms }
    }
}

fn any_group() -> impl Strategy<Value = GroupName> {
    "[gh]".prop_map(|text| group(&text))
}

fn any_kind() -> impl Strategy<Value = WorkKind> {
    prop_oneof![Just(kind("orders")), Just(kind("products"))]
}

fn any_scope() -> impl Strategy<Value = WideScope> {
    prop_oneof![
        Just(WideScope::All),
        any_group().prop_map(WideScope::Group),
        (any_group(), any_kind()).prop_map(|(group, kind)| WideScope::Work(group, kind)),
    ]
}

fn any_platform() -> impl Strategy<Value = Platform> {
    let moments = (0_u64..99, 0_u64..99, 0_u64..99);
    let flags = (any::<bool>(), any::<bool>());
    (0..3, moments, flags, btree_set("[a-e]", 0..4), 0_u32..4).prop_map(|drawn| {
        let (which, (one, two, three), (known, let_go), canaries, one_in) = drawn;
        let (since, detected, chosen) = (UnixMillis(one), UnixMillis(two), UnixMillis(three));
        match which {
            0 => {
                let over = Return { since: chosen, back: since, known, let_go: false };
                let over = let_go.then_some(over);
                let until = detected;
                Platform::Suspected(Suspicion { since, one_in, until, ramp_ms: three, over })
            }
            1 => Platform::Back(Return { since, back: detected, known, let_go }),
            _ => Platform::Down(Incident { since, detected, chosen, canaries }),
        }
    })
}

prop_compose! {
    fn any_board()(
        switches in btree_map(any_scope(), any_switch(), 0..4),
        platforms in btree_map(any_group(), any_platform(), 0..3),
    ) -> Board {
        Board { switches, platforms }
    }
}

proptest! {
    #[test]
    fn a_board_survives_its_item(board in any_board()) {
        prop_assert_eq!(Board::parse(&board.to_item()).unwrap(), board);
    }

    #[test]
    fn what_the_board_holds_until_a_moment_it_holds_no_longer_by_that_cause(
        board in any_board(), lane in "[a-e]", work in any_kind(), of in any_group(),
        now in 0_u64..250,
    ) {
        let now = UnixMillis(now);
        let ask = Ask { lane: &lane, group: Some(&of), kind: &work };
        let Some(refusal) = board.refuses(&ask, now) else { return Ok(()) };
        if let Some(until) = refusal.until {
            prop_assert!(now < until, "asking again then can help");
            let then = board.refuses(&ask, until);
            prop_assert!(then.is_none_or(|then| then.reason != refusal.reason));
        }
        if board.stops(&ask, now).is_some() {
            let switched = matches!(refusal.reason, Reason::Switched { .. });
            prop_assert!(switched, "what ends running work lets none start");
        }
    }
}
