//! A store's own load, told by how long its answers take: Magento says nothing about how much it
//! can stand. Whole numbers throughout.

use flyball_connector::Cause;
use flyball_domain::UnixMillis;

/// The longest pause between two calls, in milliseconds. One that is longer than the importer sleeps
/// through is parked, and costs nothing.
const PAUSE_MS_MAX: u64 = 30_000;
/// What an answer of no rows is taken to cost, in rows: the store's own start, `OAuth` and SQL.
const ROWS_BASE: u64 = 10;
/// By how much slower than usual an answer may be before it counts as a sign of load, in percent.
const SLOWER_PERCENT: u64 = 50;
/// How many times over what is lost to load is given back as a pause.
const AIR: u64 = 2;
/// By what part of the way the usual follows an answer that was slow though as long a pause as it
/// took came before: one in sixteen. So a store that has become slow for good is given no more air
/// than it takes, and our own load never passes for what is usual.
const FOLLOW: u64 = 16;
const PERCENT: u64 = 100;
const US_PER_MS: u64 = 1_000;

/// What a call asks of a store; answers are compared with those of their own shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Whole records.
    Records,
    /// Ids and times of records.
    Ids,
    /// What belongs to records.
    Related,
    /// The store itself, names and the like.
    Facts,
}

const SHAPES: usize = 4;

/// The usual time per row, in microseconds, of each shape.
pub(crate) type Usual = [Option<u64>; SHAPES];

impl Shape {
    const fn index(self) -> usize {
        match self {
            Self::Records => 0,
            Self::Ids => 1,
            Self::Related => 2,
            Self::Facts => 3,
        }
    }
}

/// How fast to ask.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    ceiling_percent: u64,
    usual_us: Usual,
    began: Option<UnixMillis>,
    ready_at: UnixMillis,
    pause_ms: u64,
}

impl Pace {
    /// A pace of which calls may take up `ceiling_percent` (1 to 100) of the time, at a store of
    /// which so much is known.
    pub(crate) fn new(ceiling_percent: u8, usual_us: Usual) -> Self {
        Self {
            ceiling_percent: u64::from(ceiling_percent).clamp(1, PERCENT),
            usual_us,
            began: None,
            ready_at: UnixMillis(0),
            pause_ms: 0,
        }
    }

    /// What is usual at this store, for whoever goes on.
    pub(crate) const fn usual(&self) -> Usual {
        self.usual_us
    }

    /// A call goes out.
    pub(crate) fn sent(&mut self, now: UnixMillis) {
        self.began = Some(now);
    }

    /// Whether a call went out and nothing came back.
    pub(crate) const fn waits(&self) -> bool {
        self.began.is_some()
    }

    /// Nothing came back.
    pub(crate) fn forget(&mut self) {
        self.began = None;
    }

    /// An answer has come for a call of this shape that asked for so many rows.
    pub(crate) fn answered(&mut self, shape: Shape, rows: u32, now: UnixMillis) {
        let Some(began) = self.began.take() else { return };
        let took_ms = now.since(began);
        let rows = u64::from(rows).saturating_add(ROWS_BASE);
        let us_per_row = took_ms.saturating_mul(US_PER_MS).div_euclid(rows);
        let had_air = self.pause_ms >= took_ms;
        let excess_ms =
            self.excess(shape, us_per_row, had_air).saturating_mul(rows).div_euclid(US_PER_MS);
        let idle_ms = took_ms
            .saturating_mul(PERCENT.saturating_sub(self.ceiling_percent))
            .checked_div(self.ceiling_percent)
            .unwrap_or(0);
        let pause_ms = idle_ms.saturating_add(excess_ms.saturating_mul(AIR)).min(PAUSE_MS_MAX);
        self.pause_ms = pause_ms;
        self.ready_at = now.plus(pause_ms);
    }

    /// By how much an answer took longer than is usual, where that is a sign of load; and follows it.
    fn excess(&mut self, shape: Shape, us_per_row: u64, had_air: bool) -> u64 {
        let Some(slot) = self.usual_us.get_mut(shape.index()) else { return 0 };
        let usual = slot.unwrap_or(us_per_row);
        let slower = us_per_row.saturating_sub(usual);
        let follow = if had_air { slower.div_ceil(FOLLOW) } else { 0 };
        *slot = Some(usual.min(us_per_row).saturating_add(follow));
        let tolerated = usual.saturating_mul(SLOWER_PERCENT).div_euclid(PERCENT);
        if slower > tolerated { slower } else { 0 }
    }

    /// From when on the next call may go out.
    pub(crate) fn ready_at(&self, now: UnixMillis) -> UnixMillis {
        if self.ready_at <= now.plus(PAUSE_MS_MAX) { self.ready_at } else { now }
    }
}

/// Whether a failure may be one of a page that is too large for the store.
pub(crate) const fn is_of_size(cause: Cause) -> bool {
    matches!(cause, Cause::Timeout | Cause::TooLarge | Cause::Truncated)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn pause_ms(pace: &mut Pace, took_ms: u64) -> u64 {
        pace.sent(NOW);
        let done = NOW.plus(took_ms);
        pace.answered(Shape::Records, 90, done);
        pace.ready_at(done).since(done)
    }

    #[test]
    fn a_store_that_answers_as_ever_is_asked_at_once() {
        let mut pace = Pace::new(100, [None; SHAPES]);
        for took_ms in [400, 500, 400, 590, 300] {
            assert_eq!(pause_ms(&mut pace, took_ms), 0, "{took_ms}");
        }
    }

    #[test]
    fn the_ceiling_is_a_share_of_the_time() {
        assert_eq!(pause_ms(&mut Pace::new(50, [None; SHAPES]), 400), 400);
        assert_eq!(pause_ms(&mut Pace::new(80, [None; SHAPES]), 400), 100);
        assert_eq!(pause_ms(&mut Pace::new(100, [None; SHAPES]), 400), 0);
    }

    #[test]
    fn a_store_that_slows_down_gets_air_and_one_that_recovers_is_asked_at_once_again() {
        let mut pace = Pace::new(100, [None; SHAPES]);
        assert_eq!(pause_ms(&mut pace, 400), 0);
        assert_eq!(pause_ms(&mut pace, 1_400), 2_000);
        assert!(pause_ms(&mut pace, 2_400) > 3_500);
        assert_eq!(pause_ms(&mut pace, 400), 0);
    }

    #[test]
    fn whoever_goes_on_knows_what_was_usual() {
        let mut pace = Pace::new(100, [None; SHAPES]);
        pause_ms(&mut pace, 400);
        assert_eq!(pause_ms(&mut Pace::new(100, pace.usual()), 1_400), 2_000);
    }

    #[test]
    fn a_store_that_has_become_slow_for_good_gets_no_more_air_than_it_takes() {
        let mut pace = Pace::new(100, [None; SHAPES]);
        pause_ms(&mut pace, 400);
        let pauses: Vec<u64> = (0..60).map(|_| pause_ms(&mut pace, 1_400)).collect();
        assert!(pauses.is_sorted_by(|a, b| a >= b), "{pauses:?}");
        assert!(pauses.last().is_some_and(|pause_ms| *pause_ms <= 1_400), "{pauses:?}");
    }

    #[test]
    fn larger_pages_take_longer_without_being_a_sign_of_load() {
        let mut pace = Pace::new(100, [None; SHAPES]);
        pace.sent(NOW);
        pace.answered(Shape::Records, 1, NOW.plus(110));
        pace.sent(NOW);
        pace.answered(Shape::Records, 90, NOW.plus(1_000));
        assert_eq!(pace.ready_at(NOW).since(NOW.plus(1_000)), 0);
    }

    /// A store whose answers take longer the more it is asked: half of its load drains in the
    /// pauses.
    #[test]
    fn under_our_own_load_the_latency_settles() {
        let mut pace = Pace::new(100, [None; SHAPES]);
        let (mut backlog_ms, mut now, mut worst_ms) = (0_u64, NOW, 0);
        for _ in 0..200 {
            let took_ms = 200 + backlog_ms;
            pace.sent(now);
            now = now.plus(took_ms);
            pace.answered(Shape::Records, 100, now);
            let pause_ms = pace.ready_at(now).since(now);
            now = now.plus(pause_ms);
            backlog_ms = (backlog_ms + 150).saturating_sub(pause_ms / 2);
            worst_ms = worst_ms.max(took_ms);
        }
        assert!(worst_ms < 700, "{worst_ms}");
    }

    #[test]
    fn a_clock_that_goes_back_is_no_reason_to_wait() {
        let mut pace = Pace::new(100, [None; SHAPES]);
        pause_ms(&mut pace, 400);
        pause_ms(&mut pace, 5_000);
        assert_eq!(pace.ready_at(UnixMillis(1)), UnixMillis(1));
    }

    proptest! {
        #[test]
        fn no_pause_is_longer_than_the_bound(
            ceiling in any::<u8>(),
            calls in prop::collection::vec((any::<u64>(), any::<u32>(), any::<u64>()), 1..20),
        ) {
            let mut pace = Pace::new(ceiling, [None; SHAPES]);
            for (began, rows, done) in calls {
                pace.sent(UnixMillis(began));
                pace.answered(Shape::Related, rows, UnixMillis(done));
                let ready_at = pace.ready_at(UnixMillis(done));
                prop_assert!(ready_at.since(UnixMillis(done)) <= PAUSE_MS_MAX);
            }
        }
    }
}
