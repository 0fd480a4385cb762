use crate::random::Random;

/// 2022-01-01T00:00:00Z, when the first product of a starting stock was made.
const PRODUCTS_FROM_S: u64 = 1_640_995_200;
/// 2024-10-15T00:00:00Z, when the first order was placed.
const ORDERS_FROM_S: u64 = 1_728_950_400;
/// Two years: as long as making all of them took, and changing them.
const SPAN_S: u64 = 63_072_000;
/// From the making of an order to its last change: longer than anything that becomes of one.
const ORDER_SETTLES_S: u64 = 30 * 86_400;
const MS_PER_S: u64 = 1_000;

/// Items that change places within a block, so that order of change is not order of making.
const BLOCK_BITS: u32 = 6;
const BLOCK_MASK: u64 = (1 << BLOCK_BITS) - 1;
/// Items that were changed in the same second, here and there.
const GROUP_BITS: u32 = 3;
const GROUP_MASK: u64 = (1 << GROUP_BITS) - 1;
const GROUPS_PER_BLOCK: u64 = 1 << (BLOCK_BITS - GROUP_BITS);
/// One group in so many was changed in one go.
const TIED_ONCE_IN: u64 = 4;

/// When each item of a starting stock was made and last changed, without a table.
///
/// The `index` of an item is its place in the order of making, its `rank` its place in the order
/// of (last change, index). Either is computed from the other, so that a page of a million items
/// sorted by last change costs as much as the page.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    seed: u64,
    count: u64,
    pace: Pace,
}

/// How the makings of items and their last changes lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// All were made before the first was changed.
    Apart,
    /// Each is changed a while after it was made. They are made a block at a time, a second after
    /// one another, so that none is changed before it is made.
    Together,
}

impl Calendar {
    pub(crate) const fn of_products(seed: u64, count: u64) -> Self {
        Self { seed, count, pace: Pace::Apart }
    }

    pub(crate) const fn of_orders(seed: u64, count: u64) -> Self {
        // Orders are shuffled otherwise than products.
        Self { seed: seed.rotate_left(32), count, pace: Pace::Together }
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// When the item was made, in Unix milliseconds, a whole second.
    pub(crate) fn created_at(&self, index: u64) -> u64 {
        let second = match self.pace {
            Pace::Apart => PRODUCTS_FROM_S.saturating_add(self.share_of_span(index)),
            Pace::Together => ORDERS_FROM_S
                .saturating_add(self.share_of_span(index & !BLOCK_MASK))
                .saturating_add(index & BLOCK_MASK),
        };
        second.saturating_mul(MS_PER_S)
    }

    /// When the item of a rank was last changed, in Unix milliseconds, a whole second.
    pub(crate) fn updated_at_rank(&self, rank: u64) -> u64 {
        let first = if self.is_tied(rank) { rank & !GROUP_MASK } else { rank };
        let from_s = match self.pace {
            Pace::Apart => PRODUCTS_FROM_S.saturating_add(SPAN_S),
            Pace::Together => ORDERS_FROM_S.saturating_add(ORDER_SETTLES_S),
        };
        from_s.saturating_add(self.share_of_span(first)).saturating_mul(MS_PER_S)
    }

    /// The item of a rank.
    pub(crate) fn index_at(&self, rank: u64) -> u64 {
        if !self.is_shuffled(rank) {
            return rank;
        }
        let group = rank >> GROUP_BITS;
        let low = rank & GROUP_MASK;
        let low = if self.group_is_tied(group) { low } else { low ^ self.low_mask(group) };
        ((group ^ self.group_mask(group)) << GROUP_BITS) | low
    }

    /// The rank of an item.
    pub(crate) fn rank_of(&self, index: u64) -> u64 {
        if !self.is_shuffled(index) {
            return index;
        }
        let moved = index >> GROUP_BITS;
        let group = moved ^ self.group_mask(moved);
        let low = index & GROUP_MASK;
        let low = if self.group_is_tied(group) { low } else { low ^ self.low_mask(group) };
        (group << GROUP_BITS) | low
    }

    fn share_of_span(&self, place: u64) -> u64 {
        let share = u128::from(place) * u128::from(SPAN_S) / u128::from(self.count.max(1));
        u64::try_from(share).unwrap_or(SPAN_S)
    }

    /// Only whole blocks, and only while two ranks can't share a second by themselves.
    const fn is_shuffled(&self, place: u64) -> bool {
        let block_end = ((place >> BLOCK_BITS) + 1) << BLOCK_BITS;
        self.count <= SPAN_S && block_end <= self.count
    }

    fn is_tied(&self, rank: u64) -> bool {
        self.is_shuffled(rank) && self.group_is_tied(rank >> GROUP_BITS)
    }

    fn group_is_tied(&self, group: u64) -> bool {
        Random::of(self.seed, &[1, group]).once_in(TIED_ONCE_IN)
    }

    fn low_mask(&self, group: u64) -> u64 {
        Random::of(self.seed, &[2, group]).below(1 << GROUP_BITS)
    }

    fn group_mask(&self, group: u64) -> u64 {
        Random::of(self.seed, &[3, group / GROUPS_PER_BLOCK]).below(GROUPS_PER_BLOCK)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranks_and_indexes_are_each_others_inverse(seed: u64, count in 1_u64..2_000) {
            let calendar = Calendar::of_products(seed, count);
            for rank in 0..count {
                let index = calendar.index_at(rank);
                prop_assert!(index < count);
                prop_assert_eq!(calendar.rank_of(index), rank);
            }
        }

        #[test]
        fn ranks_are_in_the_order_of_last_change_and_then_of_index(
            seed: u64,
            count in prop_oneof![1_u64..2_000, Just(crate::stock::PRODUCTS_MAX)],
        ) {
            let calendar = Calendar::of_products(seed, count);
            let key = |rank| (calendar.updated_at_rank(rank), calendar.index_at(rank));
            for rank in 1..count.min(2_000) {
                prop_assert!(key(rank - 1) < key(rank), "rank {}", rank);
            }
        }
    }

    proptest! {
        #[test]
        fn no_order_is_changed_before_all_that_became_of_it(seed: u64, count in 1_u64..2_000) {
            let calendar = Calendar::of_orders(seed, count);
            for index in 0..count {
                let updated_at = calendar.updated_at_rank(calendar.rank_of(index));
                let settled_at = calendar.created_at(index) + 20 * 86_400_000;
                prop_assert!(settled_at < updated_at, "{}", index);
                let before = index.checked_sub(1).map(|before| calendar.created_at(before));
                prop_assert!(before.is_none_or(|before| before < calendar.created_at(index)));
            }
        }
    }

    #[test]
    fn some_products_change_in_the_same_second_and_some_change_places() {
        let calendar = Calendar::of_products(7, 2_000);
        let ties = (1..2_000)
            .filter(|rank| calendar.updated_at_rank(rank - 1) == calendar.updated_at_rank(*rank))
            .count();
        let moved = (0..2_000).filter(|rank| calendar.index_at(*rank) != *rank).count();
        assert!(ties > 200, "{ties}");
        assert!(moved > 1_000, "{moved}");
    }
}
