use crate::random::Random;

/// 2022-01-01T00:00:00Z, when the first product of a starting stock was made.
const CREATED_FROM_S: u64 = 1_640_995_200;
/// 2024-01-01T00:00:00Z, when the first change was made to one.
const UPDATED_FROM_S: u64 = 1_704_067_200;
/// Two years: as long as making them took, and changing them.
const SPAN_S: u64 = 63_072_000;
const MS_PER_S: u64 = 1_000;

/// Products that change places within a block, so that order of change is not order of making.
const BLOCK_BITS: u32 = 6;
/// Products that were changed in the same second, here and there.
const GROUP_BITS: u32 = 3;
const GROUP_MASK: u64 = (1 << GROUP_BITS) - 1;
const GROUPS_PER_BLOCK: u64 = 1 << (BLOCK_BITS - GROUP_BITS);
/// One group in so many was changed in one go.
const TIED_ONCE_IN: u64 = 4;

/// When each product of a starting stock was made and last changed, without a table.
///
/// The `index` of a product is its place in the order of making, its `rank` its place in the order
/// of (last change, index). Either is computed from the other, so that a page of a million products
/// sorted by last change costs as much as the page.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    seed: u64,
    count: u64,
}

impl Calendar {
    pub(crate) const fn new(seed: u64, count: u64) -> Self {
        Self { seed, count }
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// When the product was made, in Unix milliseconds, a whole second.
    pub(crate) fn created_at(&self, index: u64) -> u64 {
        CREATED_FROM_S.saturating_add(self.share_of_span(index)).saturating_mul(MS_PER_S)
    }

    /// When the product of a rank was last changed, in Unix milliseconds, a whole second.
    pub(crate) fn updated_at_rank(&self, rank: u64) -> u64 {
        let first = if self.is_tied(rank) { rank & !GROUP_MASK } else { rank };
        UPDATED_FROM_S.saturating_add(self.share_of_span(first)).saturating_mul(MS_PER_S)
    }

    /// The product of a rank.
    pub(crate) fn index_at(&self, rank: u64) -> u64 {
        if !self.is_shuffled(rank) {
            return rank;
        }
        let group = rank >> GROUP_BITS;
        let low = rank & GROUP_MASK;
        let low = if self.group_is_tied(group) { low } else { low ^ self.low_mask(group) };
        ((group ^ self.group_mask(group)) << GROUP_BITS) | low
    }

    /// The rank of a product.
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
            let calendar = Calendar::new(seed, count);
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
            let calendar = Calendar::new(seed, count);
            let key = |rank| (calendar.updated_at_rank(rank), calendar.index_at(rank));
            for rank in 1..count.min(2_000) {
                prop_assert!(key(rank - 1) < key(rank), "rank {}", rank);
            }
        }
    }

    #[test]
    fn some_products_change_in_the_same_second_and_some_change_places() {
        let calendar = Calendar::new(7, 2_000);
        let ties = (1..2_000)
            .filter(|rank| calendar.updated_at_rank(rank - 1) == calendar.updated_at_rank(*rank))
            .count();
        let moved = (0..2_000).filter(|rank| calendar.index_at(*rank) != *rank).count();
        assert!(ties > 200, "{ties}");
        assert!(moved > 1_000, "{moved}");
    }
}
