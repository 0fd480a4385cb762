//! What a query costs, in millionths of a point.
//!
//! Documented (<https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits>): a scalar or enum
//! costs 0, an object 1, an interface the most its selections could cost, and a connection is sized by
//! `first` or `last`. How it is sized is not documented; recorded answers of 2025 and 2026 fit
//! `g(n) × what one node costs`, g(n) = max(1, 1.5 log2 n), rounded to whole points at the end:
//! 250 redirects cost 13, 50 flat products 9, 100 events 11, 10 collections 6. `pageInfo` costs 1 and
//! an amount of money 0. Deeply nested queries cost somewhat less at the vendor's than here.
//!
//! What is charged in the end is the same arithmetic over what was found, rounded down: 33 flat
//! products came to 7 in a recording (8 here).

use super::select::{Picked, Selection, What};

/// Millionths in a point.
pub(super) const POINT: u64 = 1_000_000;
const MILLI_PER_POINT: u64 = 1_000;
/// What one query may request at most, whatever the plan.
pub(super) const QUERY_POINTS_MAX: u64 = 1_000;

/// What a mutation costs (documented as above).
const MUTATION_POINTS: u64 = 10;

const LOG_BITS: u32 = 20;

/// What `count` nodes of a connection cost, one of them costing a point, in millionths: 1.5 log2 n,
/// and at least 1.
pub(super) fn connection_size(count: u64) -> u64 {
    if count == 0 {
        return 0;
    }
    let whole = count.ilog2();
    let mut log = u64::from(whole) << LOG_BITS;
    // One binary digit of the logarithm per squaring of what is left between 1 and 2.
    let mut rest = u128::from(count) << (63 - whole);
    for bit in (0..LOG_BITS).rev() {
        rest = (rest * rest) >> 63;
        if rest >> 64 != 0 {
            rest >>= 1;
            log |= 1 << bit;
        }
    }
    let micro = (u128::from(log) * u128::from(POINT) * 3 / 2) >> LOG_BITS;
    u64::try_from(micro).unwrap_or(u64::MAX).max(POINT)
}

/// `size` nodes, in millionths of a node, of `each` millionths of a point.
pub(super) fn times(size: u64, each: u64) -> u64 {
    u64::try_from(u128::from(size) * u128::from(each) / u128::from(POINT)).unwrap_or(u64::MAX)
}

/// What an object of a type costs by itself.
pub(super) fn of_object(type_name: &str) -> u64 {
    if ["MoneyV2", "MoneyBag"].contains(&type_name) { 0 } else { POINT }
}

/// What a query requests, in whole points, at least 1.
pub(super) fn requested_points(selection: &Selection<'_>) -> u64 {
    if let Some(points) = of_mutation(selection) {
        return points;
    }
    let micro = of_selection(selection);
    (micro.saturating_add(POINT / 2) / POINT).max(1)
}

/// What is charged for what was found, in whole points, at least 1.
pub(super) fn charged_points(selection: &Selection<'_>, micro: u64) -> u64 {
    of_mutation(selection).unwrap_or((micro / POINT).max(1))
}

/// What a mutation costs, whatever it answers; `None` of a query.
fn of_mutation(selection: &Selection<'_>) -> Option<u64> {
    let fields = match selection.type_name() {
        Some("Mutation") => selection.of("Mutation").len(),
        Some(_) | None => return None,
    };
    Some(MUTATION_POINTS.saturating_mul(u64::try_from(fields).unwrap_or(u64::MAX)))
}

/// Whole points in thousandths of a point.
pub(super) const fn milli(points: u64) -> u64 {
    points.saturating_mul(MILLI_PER_POINT)
}

fn of_selection(selection: &Selection<'_>) -> u64 {
    selection.types().map(|fields| sum(fields.iter().map(of_field))).max().unwrap_or(0)
}

fn of_field(picked: &Picked<'_>) -> u64 {
    let (What::Field(field), Some(below)) = (&picked.what, &picked.below) else { return 0 };
    if let Some(page) = &picked.page {
        return of_connection(below, page.count);
    }
    let each = of_object(field.ty.name()).saturating_add(of_selection(below));
    match picked.args.get("ids").and_then(serde_json::Value::as_array) {
        Some(ids) => each.saturating_mul(u64::try_from(ids.len()).unwrap_or(u64::MAX)),
        None => each,
    }
}

fn of_connection(below: &Selection<'_>, count: u64) -> u64 {
    let of_part = |part: &Picked<'_>| match (part.name(), &part.below) {
        ("pageInfo", _) => POINT,
        ("nodes", Some(node)) => {
            times(connection_size(count), POINT.saturating_add(of_selection(node)))
        }
        // An edge is free; its node is an object like any other.
        ("edges", Some(edge)) => times(connection_size(count), of_selection(edge)),
        _ => 0,
    };
    below.types().map(|fields| sum(fields.iter().map(of_part))).max().unwrap_or(0)
}

fn sum(costs: impl Iterator<Item = u64>) -> u64 {
    costs.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_sized_by_one_and_a_half_times_the_binary_logarithm() {
        for (count, expected) in
            [(1, 1.0), (2, 1.5), (5, 3.483), (10, 4.983), (50, 8.466), (100, 9.966), (250, 11.949)]
        {
            let found = connection_size(count);
            let expected = expected * 1_000_000.0;
            #[expect(clippy::cast_precision_loss, reason = "compared to a thousandth")]
            let difference = (found as f64 - expected).abs();
            assert!(difference < 1_000.0, "{count}: {found}");
        }
        assert_eq!(connection_size(0), 0);
        assert_eq!(connection_size(1_024), 15 * POINT);
        assert!(connection_size(u64::MAX) < 96 * POINT + 1);
    }

    #[test]
    fn a_larger_connection_never_costs_less() {
        assert!((0..3_000).map(connection_size).is_sorted());
    }
}
