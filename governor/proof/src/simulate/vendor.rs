//! Simulated vendors: stores whose records change, and whose moods do too.

use core::ops::RangeInclusive;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flyball_domain::{AccountId, Kind};
use serde_json::{Value, json};

use super::shop::Shop;
use super::trouble::Trouble;
use super::world::World;
use crate::bucket::{Bucket, Limit, REFUSED_MS};

/// The most records on one page.
const PAGE_ROWS: usize = 2;

/// How a store answers for a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mood {
    /// As it should.
    #[default]
    Good,
    /// Slowly: some calls take longer than they may.
    Slow,
    /// HTTP 503.
    Down,
    /// HTTP 429, with a word on when to come again, in seconds.
    Throttling(u64),
    /// HTTP 429, without a word.
    OverLimit,
    /// HTTP 401.
    Rejecting,
    /// HTTP 402.
    Suspended,
    /// A page for people, with status 200.
    Html,
    /// JSON that ends in the middle.
    Truncated,
    /// HTTP 422: this request is not understood.
    Refusing,
    /// An answer of another shape, with status 200.
    Strange,
}

impl Mood {
    /// Every mood but the good one.
    pub(super) const BAD: [Self; 10] = [
        Self::Slow,
        Self::Down,
        Self::Down,
        Self::Throttling(7),
        Self::Throttling(90_000),
        Self::Rejecting,
        Self::Suspended,
        Self::Html,
        Self::Refusing,
        Self::Strange,
    ];

    /// What a single answer can be like.
    const SINGLE: [Self; 6] =
        [Self::Down, Self::Down, Self::Throttling(2), Self::Truncated, Self::Html, Self::Slow];
}

/// A store.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) account: AccountId,
    pub(super) world: Arc<World>,
    /// How long a call takes where the store is as it should be, at least and at most, in
    /// milliseconds.
    call_ms: RangeInclusive<u64>,
    /// What is left of its limit, if it has one.
    bucket: Option<Mutex<Bucket>>,
    /// The shop that answers in its place, in its vendor's own words.
    pub(super) shop: Option<Shop>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    mood: Mood,
    records: BTreeMap<(Kind, u64), u64>,
    bad: BTreeSet<(Kind, u64)>,
    /// When those were deleted that are.
    deleted: BTreeMap<(Kind, u64), u64>,
}

/// How long a call takes at most, in milliseconds: of a swift store, of one of which an import takes
/// most of a lease, and of one that is slow just now.
const SWIFT_MS_MAX: u64 = 300;
const STEADY_MS_MAX: u64 = 10_000;
const SLOW_MS_MAX: u64 = 45_000;

/// Pauses that a store asks for: some are slept through, some are parked.
const PAUSES_MS: [u64; 3] = [400, 2_900, 20_000];

impl Store {
    /// A store with so many records of each kind.
    pub(super) fn new(account: AccountId, records: u64, world: &Arc<World>) -> Arc<Self> {
        let began = world.now().0;
        let mut state = State::default();
        for kind in Kind::ALL {
            for id in 1..=records {
                let age_ms = world.below(86_400_000);
                state.records.insert((*kind, id), began.saturating_sub(age_ms));
            }
        }
        let call_ms_max = if world.below(2) == 0 { SWIFT_MS_MAX } else { STEADY_MS_MAX };
        Arc::new(Self::of(account, 1..=call_ms_max, state, world))
    }

    /// A store without records.
    pub(super) fn empty(
        account: AccountId,
        call_ms: RangeInclusive<u64>,
        world: &Arc<World>,
    ) -> Arc<Self> {
        Arc::new(Self::of(account, call_ms, State::default(), world))
    }

    /// A store with so many records of each kind and a limit.
    pub(super) fn limited(
        account: AccountId,
        call_ms: RangeInclusive<u64>,
        records: u64,
        limit: Limit,
        world: &Arc<World>,
    ) -> Arc<Self> {
        let mut state = State::default();
        let began = world.now().0;
        for kind in Kind::ALL {
            state.records.extend((1..=records).map(|id| ((*kind, id), began.saturating_sub(id))));
        }
        let bucket = Some(Mutex::new(Bucket::full(limit)));
        Arc::new(Self { bucket, ..Self::of(account, call_ms, state, world) })
    }

    /// A store that a shop answers for.
    pub(super) fn with_shop(account: AccountId, shop: Shop, world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self { shop: Some(shop), ..Self::of(account, 0..=0, State::default(), world) })
    }

    fn of(
        account: AccountId,
        call_ms: RangeInclusive<u64>,
        state: State,
        world: &Arc<World>,
    ) -> Self {
        let (world, state) = (Arc::clone(world), Mutex::new(state));
        Self { account, world, call_ms, bucket: None, shop: None, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_mood(&self, mood: Mood) {
        self.world.tell(self.account.as_str(), format_args!("is now {mood:?}"));
        self.state().mood = mood;
    }

    /// Changes a record, or makes one more, and says which.
    pub(super) fn change(&self, kind: Kind) -> u64 {
        let now = self.world.now().0;
        let mut state = self.state();
        let ids: Vec<u64> =
            state.records.keys().filter(|(of, _)| *of == kind).map(|(_, id)| *id).collect();
        let id = self.world.below(u64::try_from(ids.len()).unwrap_or(0).saturating_add(2));
        let id = id.saturating_add(1);
        state.records.insert((kind, id), now);
        state.deleted.remove(&(kind, id));
        drop(state);
        self.world.tell(self.account.as_str(), format_args!("{} {id} changes", kind.as_str()));
        id
    }

    /// Deletes a record, if there is one, and says which.
    pub(super) fn delete(&self, kind: Kind) -> Option<u64> {
        let (id, _) = *self.world.pick(&self.records(kind))?;
        let now = self.world.now().0;
        let mut state = self.state();
        state.records.remove(&(kind, id));
        state.deleted.insert((kind, id), now);
        drop(state);
        self.world.tell(self.account.as_str(), format_args!("{} {id} is deleted", kind.as_str()));
        Some(id)
    }

    /// What it has no more of a kind, and since when.
    pub(super) fn deleted(&self, kind: Kind) -> Vec<(u64, u64)> {
        let state = self.state();
        let of_kind = state.deleted.iter().filter(|((of, _), _)| *of == kind);
        of_kind.map(|((_, id), at)| (*id, *at)).collect()
    }

    /// What it has of a kind, with the versions.
    pub(super) fn records(&self, kind: Kind) -> Vec<(u64, u64)> {
        let state = self.state();
        let of_kind = state.records.iter().filter(|((of, _), _)| *of == kind);
        of_kind.map(|((_, id), version)| (*id, *version)).collect()
    }

    /// Whether a record was ever told in a way that can't be read.
    pub(super) fn told_badly(&self, kind: Kind, id: u64) -> bool {
        self.state().bad.contains(&(kind, id))
    }

    /// How the call that begins now is answered, and after how long.
    pub(super) fn draws(&self) -> (Mood, u64) {
        let takes = |bucket: &Mutex<Bucket>| {
            let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
            bucket.take(self.world.elapsed_ms())
        };
        if self.bucket.as_ref().is_some_and(|bucket| !takes(bucket)) {
            return (Mood::OverLimit, REFUSED_MS);
        }
        let standing = self.state().mood;
        let mood = if standing == Mood::Good && self.world.strikes(Trouble::VendorFails) {
            self.world.pick(&Mood::SINGLE).copied().unwrap_or(Mood::Down)
        } else {
            standing
        };
        let (least, most) = if mood == Mood::Slow {
            (1, SLOW_MS_MAX)
        } else {
            (*self.call_ms.start(), *self.call_ms.end())
        };
        let choices = most.saturating_sub(least).saturating_add(1);
        (mood, self.world.below(choices).saturating_add(least))
    }

    /// How long the next call has to wait by the store's own word, in milliseconds.
    pub(super) fn paces(&self) -> u64 {
        let paced = self.world.strikes(Trouble::Paced);
        if paced { self.world.pick(&PAUSES_MS).copied().unwrap_or(0) } else { 0 }
    }

    /// A page of what a call asks for, as JSON.
    pub(super) fn page(&self, kind: Kind, asked: &Value) -> Value {
        let number = |name: &str| asked.get(name).and_then(Value::as_u64);
        let after = (number("after_version").unwrap_or(0), number("after_id").unwrap_or(0));
        let wanted: Option<Vec<u64>> = asked
            .get("ids")
            .and_then(Value::as_array)
            .map(|ids| ids.iter().filter_map(|id| id.as_str()?.parse().ok()).collect());
        let (from, until) = (number("from").unwrap_or(0), number("until").unwrap_or(u64::MAX));
        let mut rows: Vec<(u64, u64)> = self
            .records(kind)
            .into_iter()
            .filter(|(id, version)| match &wanted {
                Some(ids) => ids.contains(id),
                None => (from..until).contains(version),
            })
            .map(|(id, version)| (version, id))
            .filter(|row| *row > after)
            .collect();
        rows.sort_unstable();
        let listing = asked.get("listing").is_some();
        let more = !listing && wanted.is_none() && rows.len() > PAGE_ROWS;
        if more {
            rows.truncate(PAGE_ROWS);
        }
        let rows: Vec<Value> = rows
            .into_iter()
            .map(|(version, id)| {
                let bad = !listing && self.world.strikes(Trouble::BadRow);
                if bad {
                    self.state().bad.insert((kind, id));
                }
                json!({ "id": id.to_string(), "updated_at": version, "bad": bad })
            })
            .collect();
        json!({ "rows": rows, "more": more })
    }
}
