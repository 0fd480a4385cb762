/// Numbers drawn from a seed.
#[derive(Debug)]
pub struct Draw(u64);

impl Draw {
    /// A seed of one's own from `FLYBALL_SEED`, or one of this run's.
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        reason = "a failure is to be replayed by its seed"
    )]
    pub fn start(else_seed: u64) -> Self {
        let seed = std::env::var("FLYBALL_SEED").ok().and_then(|text| text.parse().ok());
        let seed = seed.unwrap_or(else_seed);
        println!("FLYBALL_SEED={seed}");
        Self(seed)
    }

    /// The next number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// The place of one of these, of which there is at least one.
    ///
    /// # Panics
    /// There is none.
    pub fn place<T>(&mut self, of: &[T]) -> usize {
        let count = u64::try_from(of.len()).expect("fewer than there are numbers");
        usize::try_from(self.below(count)).expect("a place")
    }
}
