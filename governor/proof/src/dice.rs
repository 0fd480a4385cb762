//! Choices that repeat: the same seed, the same choices.

/// A seeded source of choices: `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub struct Dice(u64);

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl Dice {
    /// The choices of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The choices of the `n`-th part of what a seed decides; parts don't disturb one another.
    pub fn part(seed: u64, n: u64) -> Self {
        let mut dice = Self(seed ^ n.wrapping_mul(GOLDEN_GAMMA).rotate_left(17));
        Self(dice.next_u64())
    }

    /// Sixty-four bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN_GAMMA);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 where nothing is below it.
    pub const fn below(&mut self, bound: u64) -> u64 {
        match self.next_u64().checked_rem(bound) {
            Some(number) => number,
            None => 0,
        }
    }

    /// True once in `n` times on average.
    pub const fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of these; `None` of none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let at = self.below(u64::try_from(of.len()).unwrap_or(u64::MAX));
        of.get(usize::try_from(at).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_its_parts_differ() {
        let first = |mut dice: Dice| [dice.next_u64(), dice.next_u64()];
        assert_eq!(first(Dice::part(1, 2)), first(Dice::part(1, 2)));
        assert_ne!(first(Dice::part(1, 2)), first(Dice::part(1, 3)));
        assert_ne!(first(Dice::part(1, 2)), first(Dice::part(2, 2)));
    }

    #[test]
    fn nothing_is_picked_of_nothing() {
        assert_eq!(Dice::new(1).pick::<u8>(&[]), None);
        assert_eq!(Dice::new(1).below(0), 0);
    }
}
