//! The breaker of a group of lanes: from what single lanes met to what is held against all of them.
//! Counts and integers only, so that whoever is on call can recompute it.
//!
//! ```text
//!               enough lanes fail               enough still fail, none succeeds
//!   (nothing) ─────────────────────▶ suspected ─────────────────────────────────▶ down ◀─┐ others
//!      ▲ ▲                            │ │   ▲                                      │ └────┘ probe
//!      │ └────────────────────────────┘ │   │ enough fail since it was back        │
//!      │      one succeeds, or too few  │   │                                      │ most succeed, or
//!      │      fail, or it is too old    ▼   │                                      │ nobody has said
//!      └─────────────────────────────── back ◀─────────────────────────────────────┘ anything for
//!           all its lanes are let go, and no gate                                    too long
//!           can be closed by it any more
//! ```
//!
//! A suspicion that is withdrawn leaves what it came over: nothing, or lanes that are still to be let
//! go.
//!
//! Each state ends by itself: what nobody confirms is not held against anybody.

use std::collections::{BTreeMap, BTreeSet};

use crate::UnixMillis;
use crate::board::{Board, Incident, Platform, Return, Suspicion, name_hash, scatter};
use crate::lane::Lane;
use crate::policy::Policy;
use crate::transition::Transition;
use crate::transitions::{self as t, Pardon};
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

impl Evidence {
    /// When the lane last had something to say.
    fn last(&self) -> Option<UnixMillis> {
        self.failed.map(|call| call.found).max(self.ok)
    }
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

/// Whether nothing is left of a group's return: every lane has been let go, and no gate can be closed
/// any more that it pardons.
fn is_over(returned: Return, now: UnixMillis, policy: &Policy) -> bool {
    let kept_ms = policy.vendor_wait_cap_ms.max(policy.gate_ceiling_ms);
    returned.let_go && (!returned.known || now.since(returned.back) >= kept_ms)
}

/// For how long a group may stay down of which nobody says anything: long enough to have asked
/// others than those who said nothing first.
const fn silence_kept_ms(policy: &Policy) -> u64 {
    policy.canary_silence_ms.saturating_mul(2)
}

/// Whether what a lane met is worth a row of evidence. In quiet times only first failures are, by
/// which an outage is noticed; successes only where they can withdraw what is held against the
/// group.
pub fn should_witness(board: &Board, group: &GroupName, lane: &str, met: Met) -> bool {
    match (board.platforms.get(group), met) {
        (Some(Platform::Down(incident)), Met::Tripped | Met::TrippedAgain) => {
            incident.canaries.contains(lane)
        }
        (Some(Platform::Down(_)), Met::Succeeded)
        | (Some(Platform::Suspected(_)), Met::Tripped | Met::Succeeded)
        | (None | Some(Platform::Back(_)), Met::Tripped) => true,
        (Some(Platform::Suspected(_)), Met::TrippedAgain)
        | (None | Some(Platform::Back(_)), Met::TrippedAgain | Met::Succeeded) => false,
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
        None | Some(Platform::Back(_)) => lately,
        Some(Platform::Suspected(Suspicion { since, .. })) => {
            since.minus(policy.suspicion_window_ms).min(lately)
        }
        // Long enough that canaries which succeed one after the other are seen together.
        Some(Platform::Down(incident)) => {
            now.minus(silence_kept_ms(policy)).max(incident.detected.minus(policy.skew_ms))
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
    let missing = missing(&speaking(incident, &gather(evidence, now, policy), now, policy), policy);
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
    let evidence = &gather(evidence, now, policy);
    let failing = failing(evidence);
    match state {
        None => suspicion(group, &failing, None, now, policy),
        Some(seen @ Platform::Back(returned)) => {
            suspicion(group, &failing, Some(*returned), now, policy).or_else(|| {
                let is_over = is_over(*returned, now, policy);
                is_over.then(|| t::forget_platform(group, seen))
            })
        }
        Some(seen @ Platform::Suspected(suspicion)) => {
            let from = suspicion.since.minus(policy.skew_ms);
            if evidence.iter().filter_map(|one| one.ok).any(|ok| from <= ok) {
                return Some(t::unsuspect(group, seen));
            }
            of_suspected(group, seen, suspicion, &failing, now, policy)
        }
        Some(seen @ Platform::Down(incident)) => {
            of_down(group, seen, incident, evidence, now, policy)
        }
    }
}

/// A suspicion that no success has withdrawn is confirmed or withdrawn once it has stood long
/// enough; until then it holds more of a crowd that turns out to be larger. Where nobody looked for a
/// while, what was suspected is history.
fn of_suspected(
    group: &GroupName,
    seen: &Platform,
    suspicion: &Suspicion,
    failing: &[(&str, FailedCall)],
    now: UnixMillis,
    policy: &Policy,
) -> Option<Transition> {
    let since = suspicion.since;
    let stood_ms = now.since(since);
    let window = since.minus(policy.suspicion_window_ms);
    if stood_ms < policy.suspicion_ms {
        // It is suspected by the first few that fail, of which nobody can tell how many more will.
        let one_in = one_in(failing, Some(suspicion), window, now, policy);
        let times = one_in.checked_div(suspicion.one_in).unwrap_or(one_in);
        // A multiple: whoever still goes on went on before, so that those who do can be counted.
        let one_in = suspicion.one_in.saturating_mul(times);
        let harder = Suspicion { one_in, ..*suspicion };
        return (times >= 2).then(|| t::suspect(group, Some(seen), harder));
    }
    let in_time = stood_ms < policy.suspicion_ms.saturating_add(policy.suspicion_window_ms);
    Some(if in_time && enough_suspects(failing, window, policy) {
        t::declare_down(group, seen, &incident(failing, since, now, policy))
    } else {
        t::unsuspect(group, seen)
    })
}

/// One row for each lane: the last that it met of each. What lies in the future by more than clocks
/// may differ is left out: a wrong clock is no witness.
fn gather(evidence: &[Evidence], now: UnixMillis, policy: &Policy) -> Vec<Evidence> {
    let latest = now.plus(policy.skew_ms);
    let mut lanes: BTreeMap<&str, Evidence> = BTreeMap::new();
    for row in evidence {
        let nothing = Evidence { lane: row.lane.clone(), failed: None, ok: None };
        let lane = lanes.entry(&row.lane).or_insert(nothing);
        lane.failed = lane.failed.max(row.failed.filter(|call| call.found <= latest));
        lane.ok = lane.ok.max(row.ok.filter(|ok| *ok <= latest));
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
    returned: Option<Return>,
    now: UnixMillis,
    policy: &Policy,
) -> Option<Transition> {
    let after = returned.map_or(UnixMillis(0), |returned| returned.back);
    let later: Vec<_> = failing.iter().copied().filter(|(_, call)| after < call.began).collect();
    let window = now.minus(policy.suspicion_window_ms);
    let over = returned.filter(|returned| !returned.let_go);
    let seen = returned.map(Platform::Back);
    enough_suspects(&later, window, policy).then(|| {
        let suspicion = Suspicion { over, ..suspected(&later, window, now, policy) };
        t::suspect(group, seen.as_ref(), suspicion)
    })
}

/// Those who fail at one moment say nothing of how many will come: they count as if they had failed
/// over this long, in milliseconds.
const BURST_MS: u64 = 1_000;

/// Of how many lanes one goes on, so that a crowd is held back: as fast as lanes were found to fail, so
/// fast more of them come. Where these are few, all go on: somebody has to succeed, lest a few that are
/// broken speak for everybody.
///
/// Where lanes are held already, each that failed although it is not drawn to be held stands for as many
/// as one goes on of: a lane that came and was held has told nobody.
fn one_in(
    failing: &[(&str, FailedCall)],
    suspicion: Option<&Suspicion>,
    window: UnixMillis,
    now: UnixMillis,
    policy: &Policy,
) -> u32 {
    let lately = failing.iter().filter(|(_, call)| window <= call.found);
    let (mut came, mut drawn, mut first) = (0_u64, 0_u64, now);
    for (lane, call) in lately {
        first = first.min(call.began);
        came = came.saturating_add(1);
        let is_drawn = suspicion.is_some_and(|suspicion| suspicion.draws(lane));
        drawn = drawn.saturating_add(u64::from(is_drawn));
    }
    let held_one_in = suspicion.map_or(1, |suspicion| u64::from(suspicion.one_in));
    let came = came.max(drawn.saturating_mul(held_one_in));
    let crowd =
        came.saturating_mul(policy.suspicion_ms).checked_div(now.since(first).max(BURST_MS));
    let one_in = crowd.unwrap_or(0).checked_div(policy.suspicion_witnesses).unwrap_or(0).max(1);
    u32::try_from(one_in).unwrap_or(u32::MAX)
}

/// A suspicion that holds until it has been decided upon by every clock.
fn suspected(
    failing: &[(&str, FailedCall)],
    window: UnixMillis,
    now: UnixMillis,
    policy: &Policy,
) -> Suspicion {
    Suspicion {
        since: now,
        one_in: one_in(failing, None, window, now, policy),
        until: now.plus(policy.suspicion_ms).plus(policy.skew_ms),
        ramp_ms: policy.return_spread_ms,
        over: None,
    }
}

fn incident(
    failing: &[(&str, FailedCall)],
    suspected: UnixMillis,
    now: UnixMillis,
    policy: &Policy,
) -> Incident {
    let window = suspected.minus(policy.suspicion_window_ms);
    let lately = failing.iter().filter(|(_, call)| window <= call.found);
    let since = lately.map(|(_, call)| call.began).fold(suspected, UnixMillis::min);
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
    let place = |lane: &str| scatter(name_hash(lane).wrapping_add(now.0));
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
        incident.canaries.contains(&one.lane) && one.last().is_some_and(|last| silent_since < last)
    };
    evidence.iter().filter(spoke).map(|one| one.lane.clone()).collect()
}

fn missing(speaking: &BTreeSet<String>, policy: &Policy) -> usize {
    wanted(policy).saturating_sub(speaking.len())
}

/// When each lane was last found well whose last word since the group was held to be down is a success.
/// Whoever it is: a few that are broken, and looked like everybody, must not hold the others for as long
/// as they are.
fn well<'a>(
    incident: &Incident,
    evidence: &'a [Evidence],
    policy: &Policy,
) -> impl Iterator<Item = UnixMillis> + 'a {
    let from = incident.detected.minus(policy.skew_ms);
    evidence.iter().filter_map(move |one| {
        one.ok.filter(|ok| from <= *ok && one.failed.is_none_or(|call| call.found < *ok))
    })
}

/// When a group that is down was last found well by one of its lanes, if it was: the others that probe
/// for it do not wait for their gates then, because it takes most of them to let it go.
pub fn found_well(
    state: Option<&Platform>,
    evidence: &[Evidence],
    now: UnixMillis,
    policy: &Policy,
) -> Option<UnixMillis> {
    let Some(Platform::Down(incident)) = state else { return None };
    well(incident, &gather(evidence, now, policy), policy).max()
}

/// Whether a lane that probes for its group need not wait for its gate, because the group was found well
/// since it last failed. What only the vendor's own word can have closed for so long stays closed.
pub fn may_probe_early(
    lane: &Lane,
    found_well: UnixMillis,
    now: UnixMillis,
    policy: &Policy,
) -> bool {
    let latest = now.plus(policy.canary_ceiling_ms);
    lane.is_pardoned(Some(Pardon { back: found_well })) && now < lane.shut && lane.shut <= latest
}

fn of_down(
    group: &GroupName,
    seen: &Platform,
    incident: &Incident,
    evidence: &[Evidence],
    now: UnixMillis,
    policy: &Policy,
) -> Option<Transition> {
    let recovered = well(incident, evidence, policy).count();
    let speaking = speaking(incident, evidence, now, policy);
    let were_asked = now.since(incident.chosen) >= policy.canary_silence_ms;
    // Whoever was asked and said nothing has no voice.
    let voices = if were_asked { speaking.len() } else { incident.canaries.len() };
    if recovered.saturating_mul(2) > voices {
        return Some(t::declare_back(group, seen, Return::known(incident.since, now)));
    }
    if !were_asked {
        return None;
    }
    let last_word =
        evidence.iter().filter_map(Evidence::last).fold(incident.detected, UnixMillis::max);
    if now.since(last_word) >= silence_kept_ms(policy) {
        return Some(t::declare_back(group, seen, Return::unknown(incident.since, now)));
    }
    let missing = missing(&speaking, policy);
    let lanes = evidence.iter().map(|one| one.lane.as_str());
    let others = choose(lanes, &incident.canaries, missing, now);
    // Where there is nobody else, the same are asked again.
    let mut chosen: BTreeSet<String> = speaking.into_iter().chain(others).collect();
    if chosen.is_empty() {
        chosen.clone_from(&incident.canaries);
    }
    (missing > 0).then(|| t::choose_canaries(group, seen, now, &chosen))
}
