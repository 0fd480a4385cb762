//! Pages as the database cuts them: what an order leaves open, it decides anew for each page.

use crate::random::Random;

/// Rows of an unordered list that change places with each other.
pub(super) const CLUMP: u64 = 8;

/// What is said to a caller that asks beyond the last page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PastTheEnd {
    /// The last page, again.
    LastPage,
    /// Nothing.
    Nothing,
}

/// Which rows of a list a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    start: u64,
    end: u64,
    /// Of which page of which size, for what is decided anew for each.
    page: u64,
    page_size: u64,
}

impl Window {
    /// The window of a page in a list of `total` rows.
    pub(super) fn of(
        page_size: Option<u64>,
        page: u64,
        total: u64,
        past_the_end: PastTheEnd,
    ) -> Self {
        let Some(page_size) = page_size.filter(|size| *size > 0) else {
            return Self { start: 0, end: total, page: 1, page_size: 0 };
        };
        let last = total.div_ceil(page_size).max(1);
        let page = match past_the_end {
            PastTheEnd::LastPage => page.min(last),
            PastTheEnd::Nothing => page,
        };
        let start = page.saturating_sub(1).saturating_mul(page_size);
        Self { start, end: start.saturating_add(page_size), page, page_size }
    }

    /// Its rows out of a list in order, each with what the order tells rows apart by. Neighbors that
    /// it can't tell apart change places, otherwise on each page.
    pub(super) fn cut<T, K: PartialEq>(
        &self,
        rows: impl Iterator<Item = (T, K)>,
        seed: u64,
    ) -> Vec<T> {
        let mut found = Vec::new();
        let mut rows = rows.peekable();
        let mut at = 0_u64;
        while at < self.end {
            let Some((first, key)) = rows.next() else { break };
            let begins = at;
            let mut alike = vec![first];
            while let Some((row, _)) = rows.next_if(|(_, other)| *other == key) {
                alike.push(row);
            }
            at = at.saturating_add(u64::try_from(alike.len()).unwrap_or(u64::MAX));
            if at <= self.start {
                continue;
            }
            if alike.len() > 1 {
                shuffle(&mut alike, Random::of(seed, &[begins, self.page, self.page_size]));
            }
            let places = (begins..).zip(alike);
            let inside = places.filter(|(place, _)| (self.start..self.end).contains(place));
            found.extend(inside.map(|(_, row)| row));
        }
        found
    }
}

fn shuffle<T>(rows: &mut [T], mut random: Random) {
    for at in (1..rows.len()).rev() {
        let bound = u64::try_from(at).unwrap_or(0).saturating_add(1);
        rows.swap(at, usize::try_from(random.below(bound)).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn page(total: u64, size: u64, page: u64, group: u64) -> Vec<u64> {
        let window = Window::of(Some(size), page, total, PastTheEnd::LastPage);
        window.cut((0..total).map(|row| (row, row / group)), 7)
    }

    #[test]
    fn a_page_past_the_end_is_the_last_one_or_nothing() {
        assert_eq!(page(10, 4, 3, 1), [8, 9]);
        assert_eq!(page(10, 4, 4, 1), [8, 9]);
        assert_eq!(page(10, 4, 99, 1), [8, 9]);
        let window = Window::of(Some(4), 4, 10, PastTheEnd::Nothing);
        assert_eq!(window.cut((0..10).map(|row| (row, row)), 7), [] as [u64; 0]);
        assert_eq!(page(0, 4, 2, 1), [] as [u64; 0]);
    }

    #[test]
    fn without_a_size_everything_comes_at_once() {
        for size in [None, Some(0)] {
            let window = Window::of(size, 5, 10, PastTheEnd::LastPage);
            assert_eq!(window.cut((0..10_u64).map(|row| (row, row)), 7).len(), 10);
        }
    }

    #[test]
    fn rows_that_are_alike_come_twice_or_not_at_all() {
        let pages: Vec<u64> = (1..=10).flat_map(|number| page(100, 10, number, 50)).collect();
        assert_eq!(pages.len(), 100);
        let different: BTreeSet<_> = pages.iter().collect();
        assert!(different.len() < 100, "{}", different.len());
    }

    proptest! {
        #[test]
        fn a_unique_order_has_every_row_once(total in 0_u64..200, size in 1_u64..50) {
            let pages = (1..=total.div_ceil(size)).flat_map(|number| page(total, size, number, 1));
            prop_assert!(pages.eq(0..total));
        }

        #[test]
        fn a_page_holds_only_rows_that_could_stand_there(
            total in 1_u64..200,
            size in 1_u64..50,
            number in 1_u64..9,
            group in 1_u64..60,
        ) {
            let rows = page(total, size, number, group);
            let last = total.div_ceil(size);
            let start = (number.min(last) - 1) * size;
            prop_assert_eq!(u64::try_from(rows.len()).unwrap(), size.min(total - start));
            let unique: BTreeSet<_> = rows.iter().collect();
            prop_assert_eq!(unique.len(), rows.len());
            for (row, place) in rows.iter().zip(start..) {
                prop_assert_eq!(row / group, place / group);
            }
        }
    }
}
