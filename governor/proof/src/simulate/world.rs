//! What all of a seed's tasks share: its time, its choices, its trace, and what was found broken.

use core::fmt::Display;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flyball_governor::UnixMillis;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::Slip;
use super::steady::Happening;
use super::trouble::Trouble;
use super::watch::Watch;
use crate::dice::Dice;

/// When every simulation begins.
const EPOCH: UnixMillis = UnixMillis(1_790_000_000_000);

/// Whether a seed's trace is kept for people, or only its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// It is told.
    Told,
    /// It is not.
    Untold,
}

/// The world of one seed.
#[derive(Debug)]
pub(super) struct World {
    began: Instant,
    pub(super) slip: Slip,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    weather: BTreeSet<Trouble>,
    calm: bool,
    digest: Sha256,
    story: Option<Vec<String>>,
    faults: BTreeMap<&'static str, u64>,
    broken: Vec<String>,
    watch: Watch,
    /// What happens, and when, where that is wanted.
    diary: Option<Vec<(u64, Happening)>>,
}

/// What is left of a world at its end.
#[derive(Debug)]
pub(super) struct Remains {
    pub(super) digest: [u8; 32],
    pub(super) story: Vec<String>,
    pub(super) faults: BTreeMap<&'static str, u64>,
    pub(super) broken: Vec<String>,
    pub(super) lasted_ms: u64,
}

impl World {
    /// A world with the weather of its seed: each kind of trouble in every other world. It is calm
    /// until it is built.
    pub(super) fn new(seed: u64, slip: Slip, story: Story) -> Self {
        let mut dice = Dice::part(seed, 0);
        let weather = Trouble::ALL.into_iter().filter(|_| dice.one_in(2)).collect();
        let state = State {
            dice: Dice::part(seed, 1),
            weather,
            calm: true,
            digest: Sha256::new(),
            story: (story == Story::Told).then(Vec::new),
            faults: BTreeMap::new(),
            broken: Vec::new(),
            watch: Watch::default(),
            diary: None,
        };
        Self { began: Instant::now(), slip, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the world began.
    pub(super) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The true time, which no process knows exactly.
    pub(super) fn now(&self) -> UnixMillis {
        EPOCH.plus(self.elapsed_ms())
    }

    /// A number below `bound`.
    pub(super) fn below(&self, bound: u64) -> u64 {
        self.state().dice.below(bound)
    }

    /// Sixty-four bits.
    pub(super) fn random(&self) -> u64 {
        self.state().dice.next_u64()
    }

    /// One of these.
    pub(super) fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        self.state().dice.pick(of)
    }

    /// Whether this trouble comes now. It is counted.
    pub(super) fn strikes(&self, trouble: Trouble) -> bool {
        let struck = self.threatens(trouble);
        if struck {
            self.count(trouble);
        }
        struck
    }

    /// Whether this trouble is to come. Whoever makes it come counts it.
    pub(super) fn threatens(&self, trouble: Trouble) -> bool {
        let mut state = self.state();
        !state.calm && state.weather.contains(&trouble) && state.dice.one_in(trouble.one_in())
    }

    /// Whether this kind of trouble is in the world's weather.
    pub(super) fn has(&self, trouble: Trouble) -> bool {
        self.state().weather.contains(&trouble)
    }

    pub(super) fn count(&self, trouble: Trouble) {
        let mut state = self.state();
        let count = state.faults.entry(trouble.name()).or_default();
        *count = count.saturating_add(1);
    }

    /// From here on things go wrong.
    pub(super) fn becomes_wild(&self) {
        self.state().calm = false;
    }

    /// From here on nothing goes wrong any more.
    pub(super) fn becomes_calm(&self) {
        self.state().calm = true;
    }

    pub(super) fn is_calm(&self) -> bool {
        self.state().calm
    }

    /// Adds a line to the trace.
    pub(super) fn tell(&self, who: &str, what: impl Display) {
        let line = format!("{:>9} {who}: {what}", self.elapsed_ms());
        let mut state = self.state();
        state.digest.update(line.as_bytes());
        state.digest.update(b"\n");
        if let Some(story) = &mut state.story {
            story.push(line);
        }
    }

    /// Notes that a promise is broken.
    pub(super) fn broken(&self, what: impl Display) {
        self.tell("BROKEN", &what);
        self.state().broken.push(what.to_string());
    }

    /// Shows what happens to whoever keeps an eye on it, and notes what they find broken.
    pub(super) fn watch<T>(&self, see: impl FnOnce(&mut Watch, UnixMillis) -> Seen<T>) -> T {
        let now = self.now();
        let (value, broken) = see(&mut self.state().watch, now);
        for what in broken {
            self.broken(what);
        }
        value
    }

    /// From here on a diary is kept.
    pub(super) fn keeps_a_diary(&self) {
        self.state().diary = Some(Vec::new());
    }

    /// Notes what happens now, where a diary is kept.
    pub(super) fn note(&self, what: impl FnOnce(&Watch) -> Option<Happening>) {
        let at_ms = self.elapsed_ms();
        let mut state = self.state();
        let State { diary, watch, .. } = &mut *state;
        if let Some(diary) = diary {
            diary.extend(what(watch).map(|what| (at_ms, what)));
        }
    }

    /// What was noted since the diary was begun.
    pub(super) fn diary(&self) -> Vec<(u64, Happening)> {
        self.state().diary.take().unwrap_or_default()
    }

    /// Waits by the simulated clock.
    #[expect(clippy::disallowed_methods, reason = "simulated time costs nobody anything")]
    pub(super) async fn rest(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    /// What is left at the end.
    pub(super) fn remains(&self) -> Remains {
        let lasted_ms = self.elapsed_ms();
        let mut state = self.state();
        Remains {
            digest: state.digest.clone().finalize().into(),
            story: state.story.take().unwrap_or_default(),
            faults: core::mem::take(&mut state.faults),
            broken: core::mem::take(&mut state.broken),
            lasted_ms,
        }
    }
}

/// What was asked for, and what was found broken on the way.
pub(super) type Seen<T> = (T, Vec<String>);
