use std::collections::{BTreeMap, BTreeSet};

use crate::UnixMillis;
use crate::lane::Note;
use crate::words::WorkKind;

/// A time in which a lane's vendor was unavailable: an entry of the ledger, or several of them
/// that belong together.
///
/// What nobody could know when the entry was written is absent, never guessed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outage {
    /// When the first call to fail began: the outage's name within its lane.
    pub down: UnixMillis,
    /// When the first call succeeded again; `None` while it lasts.
    pub up: Option<UnixMillis>,
    /// When the first failure was noticed.
    pub detected: Option<UnixMillis>,
    /// When work last ended well before; `None` where none ever had.
    pub ok: Option<UnixMillis>,
    /// What kind of failure began it, in a word.
    pub class: Option<String>,
    /// What it was about, for people.
    pub why: String,
    /// How often the vendor was found failing: at first, and by each failed probe. Known once it
    /// is over.
    pub failures: Option<u64>,
    /// Samples of what the vendor answered, as [`Outage::sample`] writes them; at most
    /// [`Outage::EVIDENCE_MAX`] of an entry.
    pub evidence: BTreeSet<String>,
    /// The kinds of work that had to wait.
    pub kinds: BTreeSet<WorkKind>,
    /// How many pieces of work waited in the lot when its end was written.
    pub deferred: Option<u64>,
    /// When, after its end, the lot was first found empty.
    pub caught_up: Option<UnixMillis>,
    /// How many entries of the ledger this is: 1, or more after [`merge`].
    pub parts: u32,
    /// For how long, between those entries, the vendor was there, in milliseconds.
    pub between_ms: u64,
}

/// Outages of a lane with less than this between them are told as one, in milliseconds.
pub const FLAP_MS: u64 = 60_000;

impl Outage {
    /// The most samples of evidence that an entry keeps: the first that come.
    pub const EVIDENCE_MAX: u32 = 16;

    /// An outage of which no more is known than when it began, and why.
    pub fn begun(down: UnixMillis, why: impl Into<String>) -> Self {
        Self {
            down,
            up: None,
            detected: None,
            ok: None,
            class: None,
            why: why.into(),
            failures: None,
            evidence: BTreeSet::new(),
            kinds: BTreeSet::new(),
            deferred: None,
            caught_up: None,
            parts: 1,
            between_ms: 0,
        }
    }

    /// A sample of a failure: the lane's generation, what the vendor answered (such as an HTTP
    /// status), and under which id; `-` for what there was none of. Spaces within become `_`.
    pub fn sample(generation: u64, answer: Option<&str>, request: Option<&str>) -> String {
        let word = |text: Option<&str>| {
            text.filter(|text| !text.is_empty()).unwrap_or("-").replace(char::is_whitespace, "_")
        };
        format!("{generation} {} {}", word(answer), word(request))
    }

    /// What the vendor answered in the samples, and in how many of them.
    pub fn answers(&self) -> BTreeMap<String, u64> {
        let mut answers: BTreeMap<String, u64> = BTreeMap::new();
        for answer in self.evidence.iter().filter_map(|sample| sample.split(' ').nth(1)) {
            let count = answers.entry(answer.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
        answers
    }

    /// Takes in what a lane has still to tell the ledger of this outage. What is known already
    /// stays.
    fn learn(&mut self, note: &Note) {
        match note {
            Note::Opened { down: _, detected, ok, class, why, evidence } => {
                self.detected = self.detected.or(Some(*detected));
                self.ok = self.ok.or(*ok);
                self.class = self.class.take().or_else(|| Some(class.clone()));
                if self.why.is_empty() {
                    self.why.clone_from(why);
                }
                self.evidence.insert(evidence.clone());
            }
            Note::Closed { down: _, up } => self.up = self.up.or(Some(*up)),
        }
    }

    /// The time it takes as of `now`. One whose end lies before its beginning, which clocks that
    /// differ can write, takes none.
    pub fn interval(&self, now: UnixMillis) -> Interval {
        Interval { from: self.down, to: self.end().unwrap_or(now).max(self.down) }
    }

    fn end(&self) -> Option<UnixMillis> {
        self.up.map(|up| up.max(self.down))
    }

    /// How long it took, or has taken by `now`, in milliseconds.
    pub fn lasted_ms(&self, now: UnixMillis) -> u64 {
        self.interval(now).ms()
    }

    /// For how long of that the vendor was down, in milliseconds.
    pub fn down_ms(&self, now: UnixMillis) -> u64 {
        self.lasted_ms(now).saturating_sub(self.between_ms)
    }

    /// Whether less than `flap_ms` lies between its end and the beginning of `later`.
    fn reaches(&self, later: &Self, flap_ms: u64) -> bool {
        self.end().is_none_or(|end| later.down.since(end) < flap_ms.max(1))
    }

    /// Takes in an outage that began no earlier.
    fn absorb(&mut self, later: Self) {
        let ends_later = match (self.end(), later.end()) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(end), Some(later_end)) => later_end >= end,
        };
        let gap_ms = self.end().map_or(0, |end| later.down.since(end));
        self.between_ms = self.between_ms.saturating_add(gap_ms).saturating_add(later.between_ms);
        if ends_later {
            self.up = later.end();
            self.caught_up = later.caught_up;
        }
        self.detected = self.detected.or(later.detected);
        self.class = self.class.take().or(later.class);
        self.failures =
            self.failures.zip(later.failures).map(|(failures, more)| failures.saturating_add(more));
        self.evidence.extend(later.evidence);
        self.kinds.extend(later.kinds);
        self.deferred = self.deferred.max(later.deferred);
        self.parts = self.parts.saturating_add(later.parts);
    }
}

/// A lane's outages as the ledger and the lane's own notes know them, the newest first.
pub fn with_notes<'a>(
    mut outages: Vec<Outage>,
    notes: impl IntoIterator<Item = &'a Note>,
) -> Vec<Outage> {
    for note in notes {
        if let Some(outage) = outages.iter_mut().find(|outage| outage.down == note.down()) {
            outage.learn(note);
        } else {
            let mut outage = Outage::begun(note.down(), "");
            outage.learn(note);
            outages.push(outage);
        }
    }
    outages.sort_by_key(|outage| core::cmp::Reverse(outage.down));
    outages
}

/// Outages that overlap, or that have less than `flap_ms` milliseconds between them, as one each;
/// the oldest first, whatever the order in which they come. What began a merged one is told of the
/// earliest part, its end of the latest, and the most that waited of any.
pub fn merge(outages: impl IntoIterator<Item = Outage>, flap_ms: u64) -> Vec<Outage> {
    let mut sorted: Vec<Outage> = outages.into_iter().collect();
    sorted.sort();
    let mut merged: Vec<Outage> = Vec::with_capacity(sorted.len());
    for outage in sorted {
        match merged.last_mut() {
            Some(last) if last.reaches(&outage, flap_ms) => last.absorb(outage),
            Some(_) | None => merged.push(outage),
        }
    }
    merged
}

/// A part of the time: `from` is in it, `to` is not. Empty where `to` is not later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// Its first moment.
    pub from: UnixMillis,
    /// The first moment after it.
    pub to: UnixMillis,
}

impl Interval {
    /// The last `ms` milliseconds before `now`; fewer where time itself is younger.
    pub const fn last(ms: u64, now: UnixMillis) -> Self {
        Self { from: now.minus(ms), to: now }
    }

    /// How long it is, in milliseconds.
    pub const fn ms(self) -> u64 {
        self.to.since(self.from)
    }

    /// What two have in common.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }
}

/// How much of `window` lies in at least one of these, in milliseconds.
pub fn covered_ms(window: Interval, intervals: impl IntoIterator<Item = Interval>) -> u64 {
    let mut parts: Vec<Interval> =
        intervals.into_iter().map(|interval| interval.within(window)).collect();
    parts.sort_unstable();
    let mut covered_ms = 0_u64;
    let mut reached = window.from;
    for part in parts {
        covered_ms = covered_ms.saturating_add(part.to.since(part.from.max(reached)));
        reached = reached.max(part.to);
    }
    covered_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outage(down: u64, up: Option<u64>) -> Outage {
        Outage { up: up.map(UnixMillis), ..Outage::begun(UnixMillis(down), "HTTP 503") }
    }

    #[test]
    fn flaps_are_told_as_one_with_all_that_is_known_of_them() {
        let kind = |text: &str| BTreeSet::from([text.parse::<WorkKind>().unwrap()]);
        let first = Outage {
            ok: Some(UnixMillis(5)),
            failures: Some(3),
            evidence: BTreeSet::from(["1 503".to_owned()]),
            kinds: kind("orders"),
            deferred: Some(7),
            caught_up: Some(UnixMillis(22)),
            ..outage(10, Some(20))
        };
        let second = Outage {
            ok: Some(UnixMillis(21)),
            detected: Some(UnixMillis(26)),
            class: Some("timeout".to_owned()),
            why: "no answer".to_owned(),
            failures: Some(2),
            evidence: BTreeSet::from(["4 -".to_owned()]),
            kinds: kind("products"),
            deferred: Some(2),
            caught_up: Some(UnixMillis(50)),
            ..outage(25, Some(40))
        };
        let merged = merge([second, first], 6);
        let expected = Outage {
            up: Some(UnixMillis(40)),
            ok: Some(UnixMillis(5)),
            detected: Some(UnixMillis(26)),
            class: Some("timeout".to_owned()),
            failures: Some(5),
            evidence: BTreeSet::from(["1 503".to_owned(), "4 -".to_owned()]),
            kinds: kind("orders").into_iter().chain(kind("products")).collect(),
            deferred: Some(7),
            caught_up: Some(UnixMillis(50)),
            parts: 2,
            between_ms: 5,
            ..outage(10, None)
        };
        assert_eq!(merged, [expected]);
        assert_eq!(merged[0].lasted_ms(UnixMillis(99)), 30);
        assert_eq!(merged[0].down_ms(UnixMillis(99)), 25);
    }

    #[test]
    fn what_a_lane_has_still_to_tell_is_known_already() {
        let opened = Note::Opened {
            down: UnixMillis(10),
            detected: UnixMillis(12),
            ok: Some(UnixMillis(7)),
            class: "server_error".to_owned(),
            why: "HTTP 500".to_owned(),
            evidence: Outage::sample(3, Some("500"), None),
        };
        let closed = Note::Closed { down: UnixMillis(10), up: UnixMillis(20) };
        let older = outage(1, Some(2));
        let told = with_notes(vec![older.clone()], [&opened, &closed]);
        let expected = Outage {
            detected: Some(UnixMillis(12)),
            ok: Some(UnixMillis(7)),
            class: Some("server_error".to_owned()),
            why: "HTTP 500".to_owned(),
            evidence: BTreeSet::from(["3 500 -".to_owned()]),
            ..outage(10, Some(20))
        };
        assert_eq!(told, [expected, older]);
        let late = Note::Closed { down: UnixMillis(10), up: UnixMillis(99) };
        let same = with_notes(told.clone(), [&opened, &late]);
        assert_eq!(same, told);
    }

    #[test]
    fn answers_are_counted_in_the_samples() {
        let samples = [
            Outage::sample(1, Some("503"), Some("a b")),
            Outage::sample(2, Some("503"), None),
            Outage::sample(3, Some(""), Some("c")),
        ];
        assert_eq!(samples, ["1 503 a_b", "2 503 -", "3 - c"]);
        let told = Outage { evidence: BTreeSet::from(samples), ..outage(1, None) };
        let counted = [("-".to_owned(), 1), ("503".to_owned(), 2)];
        assert_eq!(told.answers(), BTreeMap::from(counted));
    }

    #[test]
    fn an_outage_within_another_ends_nothing() {
        let inner = Outage { caught_up: Some(UnixMillis(31)), ..outage(20, Some(30)) };
        for (up, caught_up) in [(Some(40), Some(UnixMillis(45))), (None, None)] {
            let merged = merge([inner.clone(), Outage { caught_up, ..outage(10, up) }], 0);
            assert_eq!((merged[0].up, merged[0].caught_up), (up.map(UnixMillis), caught_up));
        }
    }

    #[test]
    fn less_than_the_flap_between_two_makes_them_one() {
        for (flap_ms, count) in [(0, 2), (5, 2), (6, 1)] {
            assert_eq!(merge([outage(10, Some(20)), outage(25, None)], flap_ms).len(), count);
        }
        assert_eq!(merge([outage(10, Some(20)), outage(20, None)], 0).len(), 1);
    }
}
