//! Random transitions: every one there is, with arguments that meet, miss and come too late.

use std::collections::BTreeSet;

use flyball_governor_core::transition::{Name, Transition};
use flyball_governor_core::transitions as t;
use flyball_governor_core::{
    Board, Claim, Ending, Failing, GroupName, Incident, Lane, Lease, LeaseId, Pardon, Platform,
    Reach, Return, Seat, Slot, Stop, StopCause, StopMode, Suspicion, Switch, UnixMillis, WideScope,
    WorkKind,
};

use crate::dice::Dice;

/// Which item a transition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A lane.
    Lane,
    /// The board.
    Board,
}

impl Subject {
    /// What a transition is about: by the attributes that it changes.
    pub fn of(transition: &Transition) -> Self {
        let first = transition.then.first().and_then(|change| change.path().steps().first());
        match first.map(|step| &*step.name) {
            Some("switches" | "platforms") => Self::Board,
            Some(_) | None => Self::Lane,
        }
    }
}

/// Slots of a lane that is made; few, so that steps meet.
pub const CAP: u32 = 3;
/// How far apart two clocks are thought to be.
const SKEW_MS: u64 = 5;
/// How much later than now an end, a gate or a look may be.
const LATER_MS: u64 = 30;
/// One step in so many is about something else than what it saw.
const ASTRAY_ONE_IN: u64 = 4;

const IDS: [&str; 4] = ["a", "b", "c", "d"];
const NONCES: [&str; 3] = ["x", "y", "z"];
const KINDS: [&str; 3] = ["products", "orders", "stock"];
const GROUPS: [&str; 2] = ["shopify", "magento"];
const CANARIES: [&str; 3] = ["blue-mug", "red-hat", "old-tin"];
const TEXTS: [&str; 4] = ["", "HTTP 503", "„Inventur“ \\ \"2\"", "盘点"];

/// One step in so many is one that what was seen calls for: the others need what these make.
const CALLED_FOR_ONE_IN: u64 = 2;
/// One step in so many is the board's.
const BOARD_ONE_IN: u64 = 4;

/// How often a name is drawn for one that is the lane's, or the board's. A quarter of them is the
/// board's: a hundred draws that miss them all are not to be feared.
const DRAWS_MAX: u32 = 1_000;

/// Whoever draws a step: when, and what was seen, which may be stale.
#[derive(Debug)]
pub struct Hand<'a> {
    /// Its choices.
    pub dice: &'a mut Dice,
    /// Its clock.
    pub now: UnixMillis,
    /// The lane as it was last seen.
    pub lane: &'a Lane,
    /// The board as it was last seen.
    pub board: &'a Board,
}

impl Hand<'_> {
    /// Draws a transition.
    pub fn draw(&mut self) -> Option<Transition> {
        let board = self.dice.one_in(BOARD_ONE_IN);
        let called_for = self.dice.one_in(CALLED_FOR_ONE_IN);
        for _ in 0..DRAWS_MAX {
            let of = match (called_for, board) {
                (true, true) => self.called_for_on_board(),
                (true, false) => self.called_for_in_lane(),
                (false, _) => Name::ALL,
            };
            let name = *self.dice.pick(of)?;
            let drawn = if board { self.of_board(name) } else { self.of_lane(name) };
            if drawn.is_some() {
                return drawn;
            }
        }
        None
    }

    const fn called_for_in_lane(&self) -> &'static [Name] {
        match (&self.lane.probe, self.lane.level, self.lane.ramp) {
            (Some(_), ..) => &[Name::Recover, Name::TripAgain, Name::InconclusiveProbe],
            (None, 1.., _) => &[Name::Probe, Name::Probe, Name::Amnesty],
            (None, 0, Some(_)) => &[Name::Admit, Name::TripRamping, Name::Settle],
            (None, 0, None) => &[Name::Admit, Name::Admit, Name::Trip],
        }
    }

    fn called_for_on_board(&mut self) -> &'static [Name] {
        let platforms: Vec<&Platform> = self.board.platforms.values().collect();
        match self.dice.pick(&platforms) {
            _ if self.dice.one_in(2) => &[Name::SwitchOn, Name::SwitchOff, Name::ForgetSwitch],
            None => &[Name::Suspect],
            Some(Platform::Suspected(_)) => &[Name::DeclareDown],
            Some(Platform::Down(_)) => &[Name::ChooseCanaries, Name::DeclareBack],
            Some(Platform::Back(_)) => &[Name::AllLetGo, Name::ForgetPlatform],
        }
    }

    /// A transition of this name, with arguments drawn.
    pub fn transition(&mut self, name: Name) -> Option<Transition> {
        self.of_lane(name).or_else(|| self.of_board(name))
    }

    fn of_lane(&mut self, name: Name) -> Option<Transition> {
        let (now, later) = (self.now, self.later());
        let dead_before = now.minus(SKEW_MS);
        let lane = self.lane;
        Some(match name {
            Name::Create => t::create(CAP, self.maybe_group().as_ref()),
            Name::Admit => t::admit(&self.claim()?, now, later),
            Name::TakeOver => t::take_over(&self.heir()?, now, dead_before, later),
            Name::ReapOneAndAdmit => {
                let (claim, dead) = (self.claim()?, self.somebodys_id()?);
                t::reap_one_and_admit(&claim, &dead, now, dead_before, later)
            }
            Name::Reap => t::reap(&self.dead(dead_before)?, dead_before),
            Name::Probe => self.probe(dead_before, later)?,
            Name::Renew => t::renew(&self.lease()?, later),
            Name::Release => t::release(&self.lease()?),
            Name::Finish => t::finish(&self.lease()?, now),
            Name::Baton => {
                let (lease, mut next) = (self.holder()?, self.claim()?);
                // No two deliveries have one nonce, and this one ends as that one begins.
                let other = NONCES.iter().find(|nonce| **nonce != lease.claim.nonce.as_str());
                next.nonce = other?.parse().ok()?;
                t::baton(&lease, &next, self.ending(), now, later)
            }
            Name::ReleaseAndMark => t::release_and_mark(&self.lease()?, now),
            Name::Pause => t::pause(&self.lease()?, later),
            Name::Mark => t::mark(now),
            Name::Throttle => t::throttle(&self.holder()?, lane, now, later, self.text()),
            Name::Trip => t::trip(&self.holder()?, lane, &self.failing()),
            Name::TripRamping => t::trip_ramping(&self.holder()?, lane, &self.failing()),
            Name::TripAgain => t::trip_again(&self.prober()?, lane, &self.failing()),
            Name::InconclusiveProbe => t::inconclusive_probe(&self.prober()?, later),
            Name::Recover => t::recover(&self.prober()?, lane, now),
            Name::Settle => t::settle(&self.holder()?, lane),
            Name::Raise => t::raise(&self.holder()?, lane),
            Name::Clear => t::clear(lane.marks),
            // Only what is due is left alone.
            Name::Push if lane.wake.is_some() && self.dice.one_in(2) => {
                t::push(now, later).and(t::untouched(lane))
            }
            Name::Push => t::push(now, later),
            Name::Stop => t::stop(&self.cause()?, &self.stop(), now),
            Name::Lift => t::lift(&self.cause()?, now),
            Name::NoteWritten => t::note_written(self.note()),
            Name::Resize => {
                let cap = self.dice.below(u64::from(CAP).saturating_add(2));
                t::resize(lane, u32::try_from(cap).ok()?, now)
            }
            Name::Amnesty => t::amnesty(&self.lanes_group()?, later, now),
            Name::Rouse if self.dice.one_in(2) => {
                t::rouse_who_waits(self.maybe_group().as_ref(), now)
            }
            Name::Rouse => t::rouse(self.maybe_group().as_ref(), now),
            Name::CreateBoard
            | Name::SwitchOn
            | Name::SwitchOff
            | Name::ForgetSwitch
            | Name::Suspect
            | Name::Unsuspect
            | Name::DeclareDown
            | Name::ChooseCanaries
            | Name::DeclareBack
            | Name::AllLetGo
            | Name::ForgetPlatform => return None,
        })
    }

    fn of_board(&mut self, name: Name) -> Option<Transition> {
        let (now, later) = (self.now, self.later());
        let group = self.group()?;
        Some(match name {
            Name::CreateBoard => t::create_board(),
            Name::SwitchOn => {
                let ramp_ms = self.dice.below(LATER_MS);
                let switch = Switch { stop: self.stop(), since: now, ramp_ms };
                t::switch_on(&self.scope()?, &switch)
            }
            Name::SwitchOff => t::switch_off(&self.scope()?, now),
            Name::ForgetSwitch => {
                let scope = self.scope()?;
                let end = self.board.switches.get(&scope).and_then(|switch| switch.stop.until);
                t::forget_switch(&scope, end.unwrap_or(later))
            }
            Name::Suspect => {
                let seen = self.board.platforms.get(&group);
                let seen = seen.filter(|state| matches!(state, Platform::Back(_)));
                t::suspect(&group, seen, Suspicion::of_nobody(now))
            }
            Name::Unsuspect => t::unsuspect(&group, &self.suspected(&group)),
            Name::DeclareDown => {
                let incident = self.incident();
                t::declare_down(&group, &self.suspected(&group), &incident)
            }
            Name::ChooseCanaries => {
                let (down, canaries) = (self.down(&group), self.canaries());
                t::choose_canaries(&group, &down, now, &canaries)
            }
            Name::DeclareBack => {
                t::declare_back(&group, &self.down(&group), Return::known(now, later))
            }
            Name::AllLetGo => t::all_let_go(&group, &self.back(&group)),
            Name::ForgetPlatform => t::forget_platform(&group, &self.back(&group)),
            Name::Create
            | Name::Admit
            | Name::TakeOver
            | Name::ReapOneAndAdmit
            | Name::Reap
            | Name::Probe
            | Name::Renew
            | Name::Release
            | Name::Finish
            | Name::Baton
            | Name::ReleaseAndMark
            | Name::Pause
            | Name::Mark
            | Name::Throttle
            | Name::Trip
            | Name::TripRamping
            | Name::TripAgain
            | Name::InconclusiveProbe
            | Name::Recover
            | Name::Settle
            | Name::Raise
            | Name::Clear
            | Name::Push
            | Name::Stop
            | Name::Lift
            | Name::NoteWritten
            | Name::Resize
            | Name::Amnesty
            | Name::Rouse => return None,
        })
    }

    fn later(&mut self) -> UnixMillis {
        self.now.plus(self.dice.below(LATER_MS))
    }

    fn word<T: core::str::FromStr>(&mut self, of: &[&str]) -> Option<T> {
        self.dice.pick(of)?.parse().ok()
    }

    fn text(&mut self) -> &'static str {
        self.dice.pick(&TEXTS).copied().unwrap_or("")
    }

    fn group(&mut self) -> Option<GroupName> {
        self.word(&GROUPS)
    }

    fn maybe_group(&mut self) -> Option<GroupName> {
        if self.dice.one_in(3) { None } else { self.group() }
    }

    /// The lane's own group, mostly.
    fn lanes_group(&mut self) -> Option<GroupName> {
        match &self.lane.group {
            Some(group) if !self.dice.one_in(ASTRAY_ONE_IN) => Some(group.clone()),
            Some(_) | None => self.group(),
        }
    }

    fn kind(&mut self) -> Option<WorkKind> {
        self.word(&KINDS)
    }

    fn claim(&mut self) -> Option<Claim> {
        Some(Claim { id: self.word(&IDS)?, nonce: self.word(&NONCES)?, kind: self.kind()? })
    }

    /// Another delivery of work that somebody holds a slot for.
    fn heir(&mut self) -> Option<Claim> {
        Some(Claim { id: self.somebodys_id()?, ..self.claim()? })
    }

    fn somebodys_id(&mut self) -> Option<LeaseId> {
        let held: Vec<&LeaseId> = self.lane.held.keys().collect();
        match self.dice.pick(&held) {
            Some(id) => Some((*id).clone()),
            None => self.word(&IDS),
        }
    }

    /// A lease of a slot, mostly one that was seen.
    fn holder(&mut self) -> Option<Lease> {
        let mut claim = self.claim()?;
        let held: Vec<_> = self.lane.held.iter().collect();
        if !self.dice.one_in(ASTRAY_ONE_IN)
            && let Some((id, slot)) = self.dice.pick(&held)
        {
            (claim.id, claim.nonce) = ((*id).clone(), slot.nonce.clone());
        }
        Some(self.seated(claim, Seat::Held))
    }

    /// A lease of the probe's slot, mostly the one that was seen.
    fn prober(&mut self) -> Option<Lease> {
        let mut claim = self.claim()?;
        if !self.dice.one_in(ASTRAY_ONE_IN)
            && let Some(probe) = &self.lane.probe
        {
            (claim.id, claim.nonce) = (probe.id.clone(), probe.nonce.clone());
        }
        Some(self.seated(claim, Seat::Probe))
    }

    fn lease(&mut self) -> Option<Lease> {
        if self.dice.one_in(3) { self.prober() } else { self.holder() }
    }

    fn seated(&mut self, claim: Claim, seat: Seat) -> Lease {
        let expires = self.later();
        let succeeded = self.dice.one_in(2).then_some(self.now);
        let (fence, admitted_in) = (self.lane.fence, self.lane.generation);
        Lease { claim, seat, fence, expires, admitted_in, succeeded }
    }

    fn dead(&mut self, dead_before: UnixMillis) -> Option<Vec<LeaseId>> {
        let dead = self.lane.dead_ids(dead_before);
        if dead.is_empty() { Some(vec![self.somebodys_id()?]) } else { Some(dead) }
    }

    fn probe(&mut self, dead_before: UnixMillis, later: UnixMillis) -> Option<Transition> {
        let claim = self.claim()?;
        let predecessor = if self.lane.held.contains_key(&claim.id) {
            t::Predecessor::Dead
        } else {
            t::Predecessor::None
        };
        let pardon = self.dice.one_in(2).then_some(Pardon { back: self.now });
        Some(t::probe(&claim, predecessor, pardon, self.now, dead_before, later))
    }

    const fn ending(&mut self) -> Ending {
        if self.dice.one_in(2) { Ending::Success } else { Ending::Other }
    }

    fn failing(&mut self) -> Failing<'static> {
        Failing {
            first_failed: self.now.minus(self.dice.below(LATER_MS)),
            now: self.now,
            shut: self.later(),
            reach: if self.dice.one_in(2) { Reach::Lane } else { Reach::Group },
            class: self.text(),
            why: self.text(),
            evidence: self.text(),
        }
    }

    fn cause(&mut self) -> Option<StopCause> {
        let whole = StopCause::WHOLE_LANE;
        match self.dice.below(6) {
            0 | 1 => self.kind().map(StopCause::Work),
            _ => self.dice.pick(&whole).cloned(),
        }
    }

    fn stop(&mut self) -> Stop {
        let mode = match self.dice.below(4) {
            0 => StopMode::Hold,
            1 => StopMode::Drain,
            2 => StopMode::Stop,
            _ => StopMode::Limit(2),
        };
        let until = if self.dice.one_in(6) { None } else { Some(self.later()) };
        Stop { mode, reason: self.text().to_owned(), author: self.text().to_owned(), until }
    }

    fn note(&mut self) -> u64 {
        let notes: Vec<u64> = self.lane.notes.keys().copied().collect();
        self.dice.pick(&notes).copied().unwrap_or(self.lane.generation)
    }

    fn scope(&mut self) -> Option<WideScope> {
        Some(match self.dice.below(3) {
            0 => WideScope::All,
            1 => WideScope::Group(self.group()?),
            _ => WideScope::Work(self.group()?, self.kind()?),
        })
    }

    /// What was seen of a group, where that is a suspicion; otherwise one that nobody has.
    fn suspected(&self, group: &GroupName) -> Platform {
        match self.board.platforms.get(group) {
            Some(seen @ Platform::Suspected(_)) => seen.clone(),
            Some(_) | None => Platform::Suspected(Suspicion::of_nobody(self.now)),
        }
    }

    fn down(&mut self, group: &GroupName) -> Platform {
        match self.board.platforms.get(group) {
            Some(seen @ Platform::Down(_)) => seen.clone(),
            Some(_) | None => Platform::Down(self.incident()),
        }
    }

    fn back(&self, group: &GroupName) -> Platform {
        match self.board.platforms.get(group) {
            Some(seen @ Platform::Back(_)) => seen.clone(),
            Some(_) | None => Platform::Back(Return::known(self.now, self.now)),
        }
    }

    fn incident(&mut self) -> Incident {
        let (detected, canaries) = (self.later(), self.canaries());
        Incident { since: self.now, detected, chosen: detected, canaries }
    }

    fn canaries(&mut self) -> BTreeSet<String> {
        CANARIES.iter().filter(|_| self.dice.one_in(2)).map(|&lane| lane.to_owned()).collect()
    }
}

/// One of each form that a transition takes: by these a recorded update is recognized.
pub fn every_form() -> Vec<Transition> {
    /// Enough for every form to come up, each with a chance of one in eight or better.
    const DRAWS: u64 = 128;
    let (new, board) = (Lane::new(CAP), Board::default());
    let ramping = Lane { ramp: Some(1), ..new.clone() };
    let mut busy = Lane { wake: Some(UnixMillis(0)), ..ramping.clone() };
    for (id, nonce) in IDS.iter().zip(NONCES) {
        if let (Ok(id), Ok(nonce)) = (id.parse(), nonce.parse()) {
            busy.held.insert(id, Slot { expires: UnixMillis(0), nonce });
        }
    }
    let mut forms = flyball_governor_core::table::specimens();
    for (lane, name) in
        [new, ramping, busy].iter().flat_map(|lane| Name::ALL.iter().map(move |it| (lane, it)))
    {
        forms.extend((0..DRAWS).filter_map(|n| {
            let dice = &mut Dice::part(0, n);
            Hand { dice, now: UnixMillis(100), lane, board: &board }.transition(*name)
        }));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_draws_its_own_transition() {
        for transition in every_form() {
            assert!(Name::ALL.contains(&transition.name));
        }
        let drawn: BTreeSet<Name> = every_form().iter().map(|it| it.name).collect();
        assert_eq!(drawn.len(), Name::ALL.len());
    }
}
