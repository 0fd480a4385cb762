//! The breaker of a group of lanes: from what single lanes met to what is held against all of them.
//! Counts and integers only, so that whoever is on call can recompute it.

use std::collections::BTreeSet;

use crate::UnixMillis;
use crate::board::{Incident, Platform, name_hash};
use crate::policy::Policy;
use crate::transition::Transition;
use crate::transitions as t;
use crate::words::GroupName;

/// What one lane met lately, as far as it speaks of its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The lane's name.
    pub lane: String,
    /// When a call last failed in a way that speaks of the whole group: the moment it began.
    pub failed: Option<UnixMillis>,
    /// When a call last succeeded, while the group was suspected or down.
    pub ok: Option<UnixMillis>,
}

/// How long it is remembered that a group was down, in milliseconds: as long as a gate may still be
/// closed because of it.
const BACK_KEPT_MS: u64 = 3_600_000;

/// Decides what becomes of a group, from what is held against it now and what its lanes met. The
/// board's own transition comes back; `None` where nothing changes.
pub fn step(
    group: &GroupName,
    state: Option<&Platform>,
    evidence: &[Evidence],
    now: UnixMillis,
    policy: &Policy,
) -> Option<Transition> {
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
            let stood = now.since(*since) >= policy.suspicion_ms;
            stood.then(|| t::declare_down(group, seen, &incident(&failing, *since, now, policy)))
        }
        Some(seen @ Platform::Down(incident)) => {
            of_down(group, seen, incident, evidence, now, policy)
        }
    }
}

/// The lanes whose last word is a failure later than every success.
fn failing(evidence: &[Evidence]) -> Vec<(&str, UnixMillis)> {
    let last_ok = evidence.iter().filter_map(|one| one.ok).max();
    let failed = |one: &Evidence| one.failed.filter(|failed| last_ok.is_none_or(|ok| ok < *failed));
    evidence.iter().filter_map(|one| Some((one.lane.as_str(), failed(one)?))).collect()
}

fn suspicion(
    group: &GroupName,
    failing: &[(&str, UnixMillis)],
    after: UnixMillis,
    now: UnixMillis,
    policy: &Policy,
) -> Option<Transition> {
    let window = now.minus(policy.suspicion_window_ms);
    let lately = failing.iter().filter(|(_, failed)| window <= *failed && after < *failed);
    // One lane counts once, however noisy it is.
    let lanes: BTreeSet<&str> = lately.map(|(lane, _)| *lane).collect();
    let enough = u64::try_from(lanes.len()).unwrap_or(u64::MAX) >= policy.suspects_min;
    enough.then(|| t::suspect(group, now))
}

fn incident(
    failing: &[(&str, UnixMillis)],
    suspected: UnixMillis,
    now: UnixMillis,
    policy: &Policy,
) -> Incident {
    let window = suspected.minus(policy.suspicion_window_ms);
    let lately = failing.iter().filter(|(_, failed)| window <= *failed);
    let since = lately.map(|(_, failed)| *failed).min().unwrap_or(suspected);
    let canaries = choose(failing.iter().map(|(lane, _)| *lane), &BTreeSet::new(), policy);
    Incident { since, detected: now, chosen: now, canaries }
}

/// The first few lanes by the hash of their names, leaving out some.
fn choose<'a>(
    lanes: impl Iterator<Item = &'a str>,
    but: &BTreeSet<String>,
    policy: &Policy,
) -> BTreeSet<String> {
    let by_hash: BTreeSet<(u64, &str)> =
        lanes.filter(|lane| !but.contains(*lane)).map(|lane| (name_hash(lane), lane)).collect();
    let wanted = usize::try_from(policy.canaries).unwrap_or(usize::MAX);
    by_hash.into_iter().take(wanted).map(|(_, lane)| lane.to_owned()).collect()
}

fn of_down(
    group: &GroupName,
    seen: &Platform,
    incident: &Incident,
    evidence: &[Evidence],
    now: UnixMillis,
    policy: &Policy,
) -> Option<Transition> {
    let canaries: Vec<&Evidence> =
        evidence.iter().filter(|one| incident.canaries.contains(&one.lane)).collect();
    let well = |one: &&&Evidence| {
        one.ok.is_some_and(|ok| {
            incident.detected <= ok && one.failed.is_none_or(|failed| failed < ok)
        })
    };
    let recovered = canaries.iter().filter(well).count();
    if recovered.saturating_mul(2) > incident.canaries.len() {
        return Some(t::declare_back(group, seen, incident.since, now));
    }
    if now.since(incident.chosen) < policy.canary_silence_ms {
        return None;
    }
    let silent_since = now.minus(policy.canary_silence_ms);
    let spoke = |one: &&&Evidence| one.failed.max(one.ok).is_some_and(|last| silent_since < last);
    let speaking: BTreeSet<String> =
        canaries.iter().filter(spoke).map(|one| one.lane.clone()).collect();
    let others = choose(evidence.iter().map(|one| one.lane.as_str()), &incident.canaries, policy);
    let wanted = usize::try_from(policy.canaries).unwrap_or(usize::MAX);
    let missing = wanted.saturating_sub(speaking.len());
    if missing == 0 || others.is_empty() {
        return None;
    }
    let chosen: BTreeSet<String> =
        speaking.into_iter().chain(others.into_iter().take(missing)).collect();
    Some(t::choose_canaries(group, seen, now, &chosen))
}
