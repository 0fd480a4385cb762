//! The eye kept on everything: the lanes as the table has them, the calls as the vendors see them.
//! What must hold is written down here from the promises, not from the product's conditions.

use std::collections::BTreeMap;

use flyball_governor::core::Platform;
use flyball_governor::core::board::WideScope;
use flyball_governor::{Board, Lane, LeaseId, Policy, StopCause, StopMode, UnixMillis};
use serde_json::Value;

use super::told::Told;
use crate::history::wire::{Answer, Asked, Sent, answer};

/// How far a clock is off at most: half of what two may differ by.
const OFF_MS: u64 = Policy::STANDARD.skew_ms / 2;

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Watch {
    lanes: BTreeMap<String, SeenLane>,
    board: Board,
    /// Since when a wide switch stops what runs.
    wide_stops: BTreeMap<WideScope, UnixMillis>,
    calls: BTreeMap<u64, Call>,
    last_call: u64,
    /// The version of each record.
    versions: BTreeMap<String, u64>,
}

#[derive(Debug)]
struct SeenLane {
    lane: Lane,
    /// Since when the vendor is known to be down.
    tripped: Option<UnixMillis>,
    /// Since when each stop ends what runs.
    stopped: BTreeMap<StopCause, UnixMillis>,
    /// Which process was given which lease, by its nonce.
    owners: BTreeMap<String, String>,
    /// The limits there were, and when each began.
    caps: Vec<(UnixMillis, u32)>,
}

/// A call that a vendor is working on.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The account called for.
    pub(super) account: String,
    /// `products` or `orders`.
    pub(super) kind: &'static str,
    /// The lease's work, and its nonce.
    pub(super) work: String,
    pub(super) nonce: String,
}

impl Watch {
    /// When somebody must look at a lane, the earliest of all.
    pub(super) fn next_wake(&self) -> Option<UnixMillis> {
        self.lanes.values().filter_map(|seen| seen.lane.wake).min()
    }

    /// The board as it is.
    pub(super) const fn board(&self) -> &Board {
        &self.board
    }

    /// How many groups are let go.
    pub(super) fn returns(&self) -> usize {
        let is_back = |state: &&Platform| matches!(state, Platform::Back(_));
        self.board.platforms.values().filter(is_back).count()
    }

    /// A lane as it is.
    pub(super) fn lane(&self, name: &str) -> Option<&Lane> {
        self.lanes.get(name).map(|seen| &seen.lane)
    }

    /// Whether the board says nothing.
    pub(super) fn board_is_clear(&self) -> bool {
        self.board.switches.is_empty() && self.board.platforms.is_empty()
    }

    /// The lanes as they are.
    pub(super) fn lanes(&self) -> impl Iterator<Item = (&str, &Lane)> {
        self.lanes.iter().map(|(name, seen)| (&**name, &seen.lane))
    }

    /// A request to the tables was carried out.
    pub(super) fn of_tables(
        &mut self,
        now: UnixMillis,
        who: &str,
        told: &Told,
        (target, body): (&str, &[u8]),
        (status, reply): (u16, &[u8]),
    ) -> Vec<String> {
        if status != 200 {
            return Vec::new();
        }
        if target.ends_with("PutItem") {
            return self.of_record(told, body);
        }
        if !target.ends_with("UpdateItem") {
            return Vec::new();
        }
        let board = told.partition == "board";
        let Some(name) = told.partition.strip_prefix("lane#").or(board.then_some("")) else {
            return Vec::new();
        };
        let Answer::Done(item) = answer(&Asked::Update(Sent::default()), status, reply) else {
            return Vec::new();
        };
        if board {
            return match Board::parse(&item) {
                Ok(board) => self.of_board(now, board),
                Err(error) => vec![format!("the board can't be read: {error}")],
            };
        }
        match Lane::parse(&item) {
            Ok(lane) => self.of_lane(now, who, name, &lane),
            Err(error) => vec![format!("lane {name} can't be read: {error}")],
        }
    }

    /// A record never goes back to an older version.
    fn of_record(&mut self, told: &Told, body: &[u8]) -> Vec<String> {
        let item: Value = serde_json::from_slice(body).unwrap_or_default();
        let version = item.pointer("/Item/version/N").and_then(Value::as_str);
        let Some(version) = version.and_then(|text| text.parse::<u64>().ok()) else {
            return Vec::new();
        };
        let before = self.versions.insert(told.item(), version);
        match before.filter(|before| version < *before) {
            Some(before) => vec![format!("{} went back from {before} to {version}", told.item())],
            None => Vec::new(),
        }
    }

    fn of_board(&mut self, now: UnixMillis, board: Board) -> Vec<String> {
        let stops = |scope: &WideScope| {
            board
                .switches
                .get(scope)
                .is_some_and(|switch| switch.stop.mode == StopMode::Stop && switch.stop.is_on(now))
        };
        self.wide_stops.retain(|scope, _| stops(scope));
        for scope in board.switches.keys().filter(|scope| stops(scope)) {
            self.wide_stops.entry(scope.clone()).or_insert(now);
        }
        self.board = board;
        Vec::new()
    }

    fn of_lane(&mut self, now: UnixMillis, who: &str, name: &str, lane: &Lane) -> Vec<String> {
        let seen = self.lanes.entry(name.to_owned()).or_insert_with(|| SeenLane::of(lane, now));
        let mut broken = seen.becomes(now, who, lane);
        for call in self.calls.values().filter(|call| call.account == name) {
            if !seen.has(call) {
                broken
                    .push(format!("{who} took the slot {} while a call was under way", call.work));
            }
        }
        broken.into_iter().map(|what| format!("lane {name}: {what}")).collect()
    }

    /// A call begins at a vendor.
    pub(super) fn call_begins(&mut self, now: UnixMillis, call: Call) -> (u64, Vec<String>) {
        let mut broken = Vec::new();
        match self.lanes.get(&call.account) {
            None => broken.push("a call began without a lane".to_owned()),
            Some(seen) => broken.extend(seen.objects_to(now, &call)),
        }
        let look_ms = Policy::STANDARD.look_age_ms;
        for (scope, since) in &self.wide_stops {
            // One that has just ended by itself holds nobody, whatever their clock says.
            let on =
                self.board.switches.get(scope).is_some_and(|it| it.stop.is_on(now.plus(OFF_MS)));
            if on && concerns(scope, call.kind) && now.since(*since) > look_ms {
                broken.push(format!(
                    "a call began {} ms after the stop of {scope}",
                    now.since(*since)
                ));
            }
        }
        let others = self.calls.values().filter(|other| other.account == call.account).count();
        let cap = self.lanes.get(&call.account).map_or(0, |seen| seen.cap_of_late(now));
        if others >= usize::try_from(cap).unwrap_or(usize::MAX) {
            broken.push(format!(
                "{} calls at once where {cap} are allowed",
                others.saturating_add(1)
            ));
        }
        let named = |what: String| format!("account {}: {what}", call.account);
        let broken = broken.into_iter().map(named).collect();
        self.last_call = self.last_call.saturating_add(1);
        self.calls.insert(self.last_call, call);
        (self.last_call, broken)
    }

    /// A call has ended.
    pub(super) fn call_ends(&mut self, number: u64) {
        self.calls.remove(&number);
    }
}

/// Whether a wide scope concerns work of a kind. There is one group.
fn concerns(scope: &WideScope, kind: &str) -> bool {
    match scope {
        WideScope::All | WideScope::Group(_) => true,
        WideScope::Work(_, of) => of.as_str() == kind,
    }
}

impl SeenLane {
    fn of(lane: &Lane, now: UnixMillis) -> Self {
        // A lane is made empty, whatever else its first writes were.
        let mut made = lane.clone();
        made.held.clear();
        Self {
            caps: vec![(now, lane.cap)],
            lane: made,
            tripped: None,
            stopped: BTreeMap::new(),
            owners: BTreeMap::new(),
        }
    }

    /// The highest limit of the time that a lease lasts.
    fn cap_of_late(&self, now: UnixMillis) -> u32 {
        let Policy { lease_ms, skew_ms, .. } = Policy::STANDARD;
        let since = now.minus(lease_ms.saturating_add(skew_ms.saturating_mul(2)));
        let ended_before =
            |at: usize| self.caps.get(at.saturating_add(1)).is_some_and(|(end, _)| *end < since);
        let of_late = self.caps.iter().enumerate().filter(|(at, _)| !ended_before(*at));
        of_late.map(|(_, (_, cap))| *cap).max().unwrap_or(0)
    }

    fn has(&self, call: &Call) -> bool {
        self.is_probe(call)
            || self
                .lane
                .held
                .iter()
                .any(|(id, slot)| id.as_str() == call.work && slot.nonce.as_str() == call.nonce)
    }

    fn is_probe(&self, call: &Call) -> bool {
        self.lane.probe.as_ref().is_some_and(|probe| probe.nonce.as_str() == call.nonce)
    }

    /// What is wrong with a call that begins now.
    fn objects_to(&self, now: UnixMillis, call: &Call) -> Vec<String> {
        let look_ms = Policy::STANDARD.look_age_ms;
        let mut broken = Vec::new();
        if !self.has(call) {
            broken.push(format!("a call began under the lease {}, which is over", call.work));
        }
        if let Some(tripped) = self.tripped
            && !self.is_probe(call)
            && now.since(tripped) > look_ms
        {
            broken.push(format!("a call began {} ms after the lane tripped", now.since(tripped)));
        }
        for (cause, since) in &self.stopped {
            let on = self.lane.stops.get(cause).is_some_and(|stop| stop.is_on(now.plus(OFF_MS)));
            let concerned = match cause {
                StopCause::Work(kind) => on && kind.as_str() == call.kind,
                StopCause::Customer
                | StopCause::Account
                | StopCause::Rejected
                | StopCause::DeadMan => on,
            };
            if concerned && now.since(*since) > look_ms {
                let (cause, ms) = (cause.as_str(), now.since(*since));
                broken.push(format!("a call began {ms} ms after the stop for {cause}"));
            }
        }
        broken
    }

    /// The lane as somebody's write has made it, and what is wrong with that.
    fn becomes(&mut self, now: UnixMillis, who: &str, after: &Lane) -> Vec<String> {
        let before = core::mem::replace(&mut self.lane, after.clone());
        let mut broken = Vec::new();
        if after.fence < before.fence || after.generation < before.generation {
            broken.push("fence or generation fell".to_owned());
        }
        let steps = before.level.max(before.ramp.unwrap_or(0)).saturating_add(1);
        if after.level > before.level
            && (after.level > steps || after.generation != before.generation.saturating_add(1))
        {
            broken.push(format!(
                "backed off from level {} to {} in one generation",
                before.level, after.level
            ));
        }
        broken.extend(self.leases(now, who, &before, after));
        broken.extend(self.probes(now, who, &before, after));
        if before.cap != after.cap {
            self.caps.push((now, after.cap));
        }
        self.tripped = (after.level > 0).then(|| self.tripped.unwrap_or(now));
        let stops = |stop: &flyball_governor::Stop| {
            stop.mode == StopMode::Stop && stop.is_on(now.plus(OFF_MS))
        };
        self.stopped.retain(|cause, _| after.stops.get(cause).is_some_and(stops));
        for (cause, _) in after.stops.iter().filter(|(_, stop)| stops(stop)) {
            self.stopped.entry(cause.clone()).or_insert(now);
        }
        broken
    }

    fn leases(&mut self, now: UnixMillis, who: &str, before: &Lane, after: &Lane) -> Vec<String> {
        let mut broken = Vec::new();
        for (id, slot) in &before.held {
            let gone = after.held.get(id).is_none_or(|it| it.nonce != slot.nonce);
            let own = self.owners.get(slot.nonce.as_str()).is_some_and(|owner| owner == who);
            if gone && !own && now < slot.expires.plus(OFF_MS) {
                broken.push(format!("{who} took the lease {id}, which was alive"));
            }
        }
        let probed = |id: &LeaseId, nonce: &str| {
            before.probe.as_ref().is_some_and(|it| it.id == *id && it.nonce.as_str() == nonce)
        };
        for (id, slot) in &after.held {
            let had = before.held.get(id).is_some_and(|it| it.nonce == slot.nonce);
            if had || probed(id, slot.nonce.as_str()) {
                continue;
            }
            self.owners.insert(slot.nonce.as_str().to_owned(), who.to_owned());
            let held = after.held_count();
            if held > before.limit {
                broken.push(format!("{who} was let in as number {held} of {}", before.limit));
            }
            if before.level > 0 || before.shut > now.plus(OFF_MS) {
                broken.push(format!("{who} was let in through a closed gate"));
            }
            if after.fence != before.fence.saturating_add(1) {
                broken.push(format!("{who} was let in without a fence of its own"));
            }
            for (cause, stop) in &before.stops {
                let whole = !matches!(cause, StopCause::Work(_));
                if whole && stop.is_on(now.plus(OFF_MS)) && held > stop.mode.slots() {
                    broken
                        .push(format!("{who} was let in against the stop for {}", cause.as_str()));
                }
            }
        }
        broken
    }

    fn probes(&mut self, now: UnixMillis, who: &str, before: &Lane, after: &Lane) -> Vec<String> {
        let Some(probe) = &after.probe else { return Vec::new() };
        if before.probe.as_ref().is_some_and(|it| it.nonce == probe.nonce) {
            return Vec::new();
        }
        self.owners.insert(probe.nonce.as_str().to_owned(), who.to_owned());
        let mut broken = Vec::new();
        if before.probe.as_ref().is_some_and(|it| now < it.expires.plus(OFF_MS)) {
            broken.push(format!("{who} probes while another probe is alive"));
        }
        if before.level == 0 {
            broken.push(format!("{who} probes where nothing has tripped"));
        }
        broken
    }
}
