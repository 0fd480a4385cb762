//! The breaker of a group of lanes: from what single lanes met to what is held against all of them.
//! Counts and integers only, so that whoever is on call can recompute it.

use std::collections::{BTreeMap, BTreeSet};

use crate::UnixMillis;
use crate::board::{Board, Incident, Platform, name_hash};
use crate::policy::Policy;
use crate::transition::Transition;
use crate::transitions as t;
use crate::words::GroupName;

/// What one lane met, as far as it speaks of its group. A lane may have several such rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The lane's name.
    pub lane: String,
    /// The last call that failed in a way that speaks of the whole group.
    pub failed: Option<FailedCall>,
    /// When a call last succeeded, while the group was suspected or down.
    pub ok: Option<UnixMillis>,
}

/// A call that failed. The later one is the one that was found later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailedCall {
    /// When it was found to have failed: with a time-out, half a minute after it began.
    pub found: UnixMillis,
    /// When it began. Since then the group may be down.
    pub began: UnixMillis,
}

/// What a lane met that may speak of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// It tripped over a failure that speaks of the whole group.
    Tripped,
    /// Its probe failed in such a way.
    TrippedAgain,
    /// A call succeeded.
    Succeeded,
}

/// How long it is remembered that a group was down, in milliseconds: as long as a gate may still be
/// closed because of it.
const BACK_KEPT_MS: u64 = 3_600_000;

/// Whether what a lane met is worth a row of evidence. In quiet times only first failures are, by
/// which an outage is noticed; successes only where they can withdraw what is held against the
/// group.
pub fn should_witness(board: &Board, group: &GroupName, lane: &str, met: Met) -> bool {
    match (board.platforms.get(group), met) {
        (Some(Platform::Down(incident)), _) => incident.canaries.contains(lane),
        (Some(Platform::Suspected { .. }), Met::Tripped | Met::Succeeded)
        | (None | Some(Platform::Back { .. }), Met::Tripped) => true,
        (Some(Platform::Suspected { .. }), Met::TrippedAgain)
        | (None | Some(Platform::Back { .. }), Met::TrippedAgain | Met::Succeeded) => false,
    }
}

/// A time whose evidence is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// From when on.
    pub from: UnixMillis,
    /// Until when.
    pub to: UnixMillis,
}

/// The time whose evidence decides about a group against which this is held.
pub fn recent(state: Option<&Platform>, now: UnixMillis, policy: &Policy) -> Range {
    let lately = now.minus(policy.suspicion_window_ms);
    let from = match state {
        None | Some(Platform::Back { .. }) => lately,
        Some(Platform::Suspected { since }) => since.minus(policy.suspicion_window_ms).min(lately),
        // Long enough that canaries which succeed one after the other are seen together.
        Some(Platform::Down(incident)) => {
            now.minus(policy.canary_silence_ms.saturating_mul(2)).max(incident.detected)
        }
    };
    Range { from, to: now.plus(policy.skew_ms) }
}

/// The time whose evidence names the lanes that can take the place of silent canaries, given what
/// was met lately; `None` where none is silent.
pub fn candidates(
    state: Option<&Platform>,
    evidence: &[Evidence],
    now: UnixMillis,
    policy: &Policy,
) -> Option<Range> {
    let Some(Platform::Down(incident)) = state else { return None };
    let missing = missing(&speaking(incident, &gather(evidence), now, policy), policy);
    let due = now.since(incident.chosen) >= policy.canary_silence_ms && missing > 0;
    let from = incident.since.minus(policy.suspicion_window_ms);
    due.then_some(Range { from, to: incident.detected })
}

/// Decides what becomes of a group, from what is held against it now and what its lanes met. The
/// board's own transition comes back; `None` where nothing changes.
pub fn step(
    group: &GroupName,
    state: Option<&Platform>,
    evidence: &[Evidence],
    now: UnixMillis,
    policy: &Policy,
) -> Option<Transition> {
    let evidence = &gather(evidence);
    let failing = failing(evidence);
    match state {
        None => suspicion(group, &failing, UnixMillis(0), now, policy),
        Some(seen @ Platform::Back { back, .. }) => suspicion(group, &failing, *back, now, policy)
            .or_else(|| {
                (now.since(*back) >= BACK_KEPT_MS).then(|| t::forget_platform(group, seen))
            }),
        Some(seen @ Platform::Suspected { since }) => {
            let succeeded = evidence.iter().any(|one| one.ok.is_some_and(|ok| *since <= ok));
            if succeeded {
                return Some(t::unsuspect(group, seen));
            }
            if now.since(*since) < policy.suspicion_ms {
                return None;
            }
            // Where nobody looked for long, what was suspected is history; and a group held down
            // without a canary would stay so.
            if enough_suspects(&failing, since.minus(policy.suspicion_window_ms), policy) {
                let incident = incident(&failing, *since, now, policy);
                Some(t::declare_down(group, seen, &incident))
            } else {
                Some(t::unsuspect(group, seen))
            }
        }
        Some(seen @ Platform::Down(incident)) => {
            of_down(group, seen, incident, evidence, now, policy)
        }
    }
}

/// One row for each lane: the last that it met of each.
fn gather(evidence: &[Evidence]) -> Vec<Evidence> {
    let mut lanes: BTreeMap<&str, Evidence> = BTreeMap::new();
    for row in evidence {
        let lane = lanes.entry(&row.lane).or_insert_with(|| row.clone());
        lane.failed = lane.failed.max(row.failed);
        lane.ok = lane.ok.max(row.ok);
    }
    lanes.into_values().collect()
}

/// The lanes of which a call has failed that began after every success.
fn failing(evidence: &[Evidence]) -> Vec<(&str, FailedCall)> {
    let last_ok = evidence.iter().filter_map(|one| one.ok).max();
    let counts = |call: &FailedCall| last_ok.is_none_or(|ok| ok < call.began);
    evidence
        .iter()
        .filter_map(|one| Some((one.lane.as_str(), one.failed.filter(counts)?)))
        .collect()
}

/// Whether enough lanes were found to fail since `window`. One lane counts once, however noisy it
/// is.
fn enough_suspects(failing: &[(&str, FailedCall)], window: UnixMillis, policy: &Policy) -> bool {
    let lately = failing.iter().filter(|(_, call)| window <= call.found).count();
    u64::try_from(lately).unwrap_or(u64::MAX) >= policy.suspects_min
}

fn suspicion(
    group: &GroupName,
    failing: &[(&str, FailedCall)],
    after: UnixMillis,
    now: UnixMillis,
    policy: &Policy,
) -> Option<Transition> {
    let later: Vec<_> = failing.iter().copied().filter(|(_, call)| after < call.began).collect();
    let window = now.minus(policy.suspicion_window_ms);
    enough_suspects(&later, window, policy).then(|| t::suspect(group, now))
}

fn incident(
    failing: &[(&str, FailedCall)],
    suspected: UnixMillis,
    now: UnixMillis,
    policy: &Policy,
) -> Incident {
    let window = suspected.minus(policy.suspicion_window_ms);
    let lately = failing.iter().filter(|(_, call)| window <= call.found);
    let since = lately.map(|(_, call)| call.began).min().unwrap_or(suspected);
    let lanes = failing.iter().map(|(lane, _)| *lane);
    let canaries = choose(lanes, &BTreeSet::new(), wanted(policy), now);
    Incident { since, detected: now, chosen: now, canaries }
}

fn wanted(policy: &Policy) -> usize {
    usize::try_from(policy.canaries).unwrap_or(usize::MAX)
}

/// A few lanes, leaving out some: the first by a hash of their names and of the moment, so that
/// whoever has nothing to say is not chosen again and again.
fn choose<'a>(
    lanes: impl Iterator<Item = &'a str>,
    but: &BTreeSet<String>,
    count: usize,
    now: UnixMillis,
) -> BTreeSet<String> {
    let place = |lane: &str| name_hash(&format!("{lane} {}", now.0));
    let by_hash: BTreeSet<(u64, &str)> =
        lanes.filter(|lane| !but.contains(*lane)).map(|lane| (place(lane), lane)).collect();
    by_hash.into_iter().take(count).map(|(_, lane)| lane.to_owned()).collect()
}

/// The canaries that have said something lately.
fn speaking(
    incident: &Incident,
    evidence: &[Evidence],
    now: UnixMillis,
    policy: &Policy,
) -> BTreeSet<String> {
    let silent_since = now.minus(policy.canary_silence_ms);
    let spoke = |one: &&Evidence| {
        let last = one.failed.map(|call| call.found).max(one.ok);
        incident.canaries.contains(&one.lane) && last.is_some_and(|last| silent_since < last)
    };
    evidence.iter().filter(spoke).map(|one| one.lane.clone()).collect()
}

fn missing(speaking: &BTreeSet<String>, policy: &Policy) -> usize {
    wanted(policy).saturating_sub(speaking.len())
}

fn of_down(
    group: &GroupName,
    seen: &Platform,
    incident: &Incident,
    evidence: &[Evidence],
    now: UnixMillis,
    policy: &Policy,
) -> Option<Transition> {
    let well = |one: &&Evidence| {
        incident.canaries.contains(&one.lane)
            && one.ok.is_some_and(|ok| {
                incident.detected <= ok && one.failed.is_none_or(|call| call.found < ok)
            })
    };
    let recovered = evidence.iter().filter(well).count();
    if recovered.saturating_mul(2) > incident.canaries.len() {
        return Some(t::declare_back(group, seen, incident.since, now));
    }
    let speaking = speaking(incident, evidence, now, policy);
    let missing = missing(&speaking, policy);
    if now.since(incident.chosen) < policy.canary_silence_ms || missing == 0 {
        return None;
    }
    let lanes = evidence.iter().map(|one| one.lane.as_str());
    let others = choose(lanes, &incident.canaries, missing, now);
    // Where there are too few others, the silent ones are asked again: somebody must go first.
    let left = missing.saturating_sub(others.len());
    let again = choose(incident.canaries.iter().map(String::as_str), &speaking, left, now);
    let chosen: BTreeSet<String> = speaking.into_iter().chain(others).chain(again).collect();
    Some(t::choose_canaries(group, seen, now, &chosen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::Name;

    fn group() -> GroupName {
        "shopify".parse().unwrap()
    }

    fn failed(lane: &str, began: u64, found: u64) -> Evidence {
        let call = FailedCall { began: UnixMillis(began), found: UnixMillis(found) };
        Evidence { lane: lane.to_owned(), failed: Some(call), ok: None }
    }

    fn succeeded(lane: &str, ok: u64) -> Evidence {
        Evidence { lane: lane.to_owned(), failed: None, ok: Some(UnixMillis(ok)) }
    }

    fn five(began: u64, found: u64) -> Vec<Evidence> {
        ["a", "b", "c", "d", "e"].map(|lane| failed(lane, began, found)).to_vec()
    }

    fn down(canaries: &[&str]) -> Platform {
        Platform::Down(Incident {
            since: UnixMillis(90_000),
            detected: UnixMillis(110_000),
            chosen: UnixMillis(110_000),
            canaries: canaries.iter().map(|lane| (*lane).to_owned()).collect(),
        })
    }

    fn stepped(state: Option<&Platform>, evidence: &[Evidence], now: u64) -> Option<Transition> {
        step(&group(), state, evidence, UnixMillis(now), &Policy::STANDARD)
    }

    fn name(state: Option<&Platform>, evidence: &[Evidence], now: u64) -> Option<Name> {
        stepped(state, evidence, now).map(|transition| transition.name)
    }

    const SUSPECTED: Platform = Platform::Suspected { since: UnixMillis(100_000) };

    #[test]
    fn calls_that_hang_until_their_time_out_are_counted_from_when_they_were_found() {
        assert_eq!(name(None, &five(60_000, 90_000), 100_000), Some(Name::Suspect));
        assert_eq!(name(None, &five(60_000, 69_999), 100_000), None);
    }

    #[test]
    fn one_noisy_lane_counts_once() {
        let rows: Vec<_> = (0..100).map(|n| failed("a", 99_000 + n, 99_500 + n)).collect();
        assert_eq!(name(None, &rows, 100_000), None);
    }

    #[test]
    fn what_began_before_somebody_succeeded_is_no_evidence() {
        let mut rows = five(60_000, 90_000);
        rows.push(succeeded("z", 60_000));
        assert_eq!(name(None, &rows, 100_000), None);
    }

    #[test]
    fn a_suspicion_that_nobody_followed_up_is_withdrawn() {
        assert_eq!(name(Some(&SUSPECTED), &five(90_000, 90_000), 110_000), Some(Name::DeclareDown));
        assert_eq!(name(Some(&SUSPECTED), &five(90_000, 90_000), 109_999), None);
        assert_eq!(name(Some(&SUSPECTED), &[], 110_000), Some(Name::Unsuspect));
    }

    #[test]
    fn a_group_is_back_when_most_of_its_canaries_say_so() {
        let down = down(&["a", "b", "c"]);
        let rows = |count: usize| {
            let said = ["a", "b", "c"].into_iter().take(count);
            said.map(|lane| succeeded(lane, 120_000)).collect::<Vec<_>>()
        };
        assert_eq!(name(Some(&down), &rows(1), 121_000), None);
        assert_eq!(name(Some(&down), &rows(2), 121_000), Some(Name::DeclareBack));
        let mut fails_again = rows(2);
        fails_again.push(failed("a", 120_500, 120_600));
        assert_eq!(name(Some(&down), &fails_again, 121_000), None);
    }

    #[test]
    fn silent_canaries_are_replaced_by_others_and_asked_again_where_there_are_none() {
        let incident = down(&["a", "b", "c", "d", "e"]);
        let (soon, late) = (UnixMillis(199_999), UnixMillis(200_000));
        let policy = &Policy::STANDARD;
        assert_eq!(candidates(Some(&incident), &[], soon, policy), None);
        let range = candidates(Some(&incident), &[], late, policy).unwrap();
        assert_eq!((range.from, range.to), (UnixMillis(60_000), UnixMillis(110_000)));
        let chosen = |evidence: &[Evidence]| {
            let step = stepped(Some(&incident), evidence, late.0).unwrap();
            assert_eq!(step.name, Name::ChooseCanaries);
            format!("{step:?}")
        };
        let mut rows = five(90_000, 90_000);
        rows.extend(["v", "w", "x", "y", "z"].map(|lane| failed(lane, 90_000, 90_000)));
        rows.push(failed("a", 199_000, 199_000));
        let replaced = chosen(&rows);
        assert!(replaced.contains(r#""a""#), "it speaks: {replaced}");
        for silent in [r#""b""#, r#""c""#, r#""d""#, r#""e""#] {
            assert!(!replaced.contains(silent), "{replaced}");
        }
        let again = chosen(&[]);
        assert!(["a", "b", "c", "d", "e"].iter().all(|lane| again.contains(&format!("{lane:?}"))));
    }

    #[test]
    fn only_what_can_change_something_is_written_down() {
        let board = |state: Option<Platform>| Board {
            platforms: state.into_iter().map(|state| (group(), state)).collect(),
            ..Board::default()
        };
        let back = Platform::Back { since: UnixMillis(1), back: UnixMillis(2) };
        for (state, lane, expected) in [
            (None, "a", [true, false, false]),
            (Some(back), "a", [true, false, false]),
            (Some(SUSPECTED), "a", [true, false, true]),
            (Some(down(&["a"])), "a", [true, true, true]),
            (Some(down(&["a"])), "b", [false, false, false]),
        ] {
            let board = board(state);
            let met = [Met::Tripped, Met::TrippedAgain, Met::Succeeded];
            let worth = met.map(|met| should_witness(&board, &group(), lane, met));
            assert_eq!(worth, expected, "{board:?}");
        }
    }
}
