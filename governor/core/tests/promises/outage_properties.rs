//! What must be true of any outages, merged and summed.

use std::collections::BTreeSet;

use flyball_governor_core::{
    History, Interval, Outage, UnixMillis, Uptime, covered_ms, merge, summarize,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::support::many;

/// Moments close together, so that intervals touch and overlap, and the ends of time.
fn moment() -> impl Strategy<Value = UnixMillis> {
    prop_oneof![9 => 0_u64..60, 1 => Just(u64::MAX)].prop_map(UnixMillis)
}

prop_compose! {
    fn interval()(from in moment(), to in moment()) -> Interval {
        Interval { from, to }
    }
}

prop_compose! {
    fn outage()(
        down in moment(),
        (up, detected, ok, caught_up) in (
            option::of(moment()),
            option::of(moment()),
            option::of(moment()),
            option::of(moment()),
        ),
        class in option::of("[ab]"),
        why in "[xy]",
        (failures, deferred) in (option::of(1_u64..9), option::of(0_u64..9)),
        evidence in vec("[0-9]", 0..3),
    ) -> Outage {
        Outage {
            up, detected, ok, class, failures, deferred, caught_up,
            evidence: evidence.into_iter().collect(),
            ..Outage::begun(down, why)
        }
    }
}

prop_compose! {
    fn shuffled()(outages in vec(outage(), 0..8))(
        mixed in Just(outages.clone()).prop_shuffle(), outages in Just(outages),
    ) -> (Vec<Outage>, Vec<Outage>) {
        (outages, mixed)
    }
}

/// What holds at one moment, by the words of the docs.
fn at_moment(
    moment: UnixMillis,
    outages: &[Outage],
    switched: &[Interval],
    unknown: &[Interval],
    now: UnixMillis,
) -> [u64; 4] {
    let holds = |interval: Interval| interval.from <= moment && moment < interval.to;
    if switched.iter().copied().any(holds) {
        [0, 0, 0, 1]
    } else if outages.iter().any(|outage| holds(outage.interval(now))) {
        [0, 1, 0, 0]
    } else if unknown.iter().copied().any(holds) {
        [0, 0, 1, 0]
    } else {
        [1, 0, 0, 0]
    }
}

fn in_order(spent: Uptime) -> [u64; 4] {
    [spent.up_ms, spent.down_ms, spent.unknown_ms, spent.switched_ms]
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn merging_what_is_merged_changes_nothing(outages in vec(outage(), 0..8), flap_ms in 0_u64..20) {
        let merged = merge(outages, flap_ms);
        prop_assert_eq!(merge(merged.clone(), flap_ms), merged);
    }

    #[test]
    fn the_order_in_which_outages_come_does_not_matter(
        (outages, mixed) in shuffled(), flap_ms in 0_u64..20,
    ) {
        prop_assert_eq!(merge(outages, flap_ms), merge(mixed, flap_ms));
    }

    #[test]
    fn no_entry_is_lost_in_merging(outages in vec(outage(), 0..8), flap_ms in 0_u64..20) {
        let merged = merge(outages.clone(), flap_ms);
        let parts: u32 = merged.iter().map(|outage| outage.parts).sum();
        prop_assert_eq!(usize::try_from(parts).unwrap(), outages.len());
        let evidence = |outages: &[Outage]| -> BTreeSet<String> {
            outages.iter().flat_map(|outage| outage.evidence.clone()).collect()
        };
        prop_assert_eq!(evidence(&merged), evidence(&outages));
    }

    #[test]
    fn merged_outages_stand_apart_and_cover_what_their_parts_did(
        outages in vec(outage(), 0..8), flap_ms in 0_u64..20, window in interval(),
    ) {
        let now = UnixMillis(u64::MAX);
        let merged = merge(outages.clone(), flap_ms);
        for (one, next) in merged.iter().zip(merged.iter().skip(1)) {
            let up = one.up.expect("only the last may be without an end");
            prop_assert!(next.down.since(up.max(one.down)) >= flap_ms.max(1));
        }
        let covered = |outages: &[Outage]| {
            covered_ms(window, outages.iter().map(|outage| outage.interval(now)))
        };
        let (merged_ms, parts_ms) = (covered(&merged), covered(&outages));
        prop_assert!(parts_ms <= merged_ms);
        if outages.iter().all(|outage| outage.up.is_some()) && flap_ms == 0 {
            prop_assert_eq!(parts_ms, merged_ms);
        }
    }

    #[test]
    fn flaps_told_as_one_were_down_as_long_as_their_parts(
        outages in vec(outage(), 0..8), flap_ms in 0_u64..20,
    ) {
        let now = UnixMillis(u64::MAX);
        let always = Interval { from: UnixMillis(0), to: now };
        let down_ms = covered_ms(always, outages.iter().map(|outage| outage.interval(now)));
        let merged = merge(outages, flap_ms);
        prop_assert_eq!(merged.iter().map(|one| one.down_ms(now)).sum::<u64>(), down_ms);
    }

    #[test]
    fn the_parts_of_a_window_are_the_window_and_each_moment_has_one(
        window in interval(),
        outages in vec(outage(), 0..5),
        switched in vec(interval(), 0..4),
        unknown in vec(interval(), 0..4),
        now in moment(),
    ) {
        let history = History { outages: &outages, switched: &switched, unknown: &unknown };
        let spent = summarize(window, history, now);
        let sum: u128 = in_order(spent).into_iter().map(u128::from).sum();
        prop_assert_eq!(sum, u128::from(window.ms()));
        if window.to < UnixMillis(u64::MAX) {
            let mut counted = [0_u64; 4];
            for ms in window.from.0..window.to.0 {
                let there = at_moment(UnixMillis(ms), &outages, &switched, &unknown, now);
                counted = core::array::from_fn(|kind| counted[kind].saturating_add(there[kind]));
            }
            prop_assert_eq!(in_order(spent), counted);
        }
    }

    #[test]
    fn the_share_that_was_up_is_whole_only_without_an_outage(
        window in interval(), outages in vec(outage(), 0..5), now in moment(),
    ) {
        let history = History { outages: &outages, ..History::default() };
        let spent = summarize(window, history, now);
        let share = spent.available();
        prop_assert_eq!(share.is_none(), window.ms() == 0);
        if let Some(share) = share {
            prop_assert!(share.basis_points <= 10_000);
            prop_assert_eq!(share.basis_points == 10_000, spent.down_ms == 0);
        }
    }
}
