//! Seeded bugs: of a transition, by changing its value; of a program, where the program asks.

use flyball_governor_core::item::Path;
use flyball_governor_core::transition::{Change, Comparison, Condition, Name, Operand, Transition};

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bug {
    /// `renew` asks for no nonce.
    RenewWithoutNonce,
    /// `release` asks for no nonce.
    ReleaseWithoutNonce,
    /// Nobody takes over the dead lease of the same work.
    NoTakeOver,
    /// A slot of before the trip is taken for one of after it, and no look tells otherwise.
    OldLeaseGoesOn,
    /// Whoever parks does not mark.
    NoMark,
    /// A mark on a marked lane is not counted.
    MarksNotRaised,
    /// `clear` does not compare `marks`.
    ClearWithoutMarks,
    /// The drain reads the lot before the lane.
    LotBeforeLane,
    /// A lot of which all rows are running is taken for an empty one.
    RunningRowsAreNone,
    /// The ticker removes the wake-up instead of pushing it.
    RemoveInsteadOfPush,
    /// The ticker leaves a lane alone that somebody has marked since it looked.
    LeftAloneOverMarks,
    /// An inconclusive end releases and does not mark.
    ReleaseWithoutMark,
    /// The end of a run removes its row with all who joined it.
    WholeRowCovered,
    /// A run from a row puts its row again.
    RowPutAgain,
    /// The row is removed when its run starts.
    RowRemovedAtStart,
    /// The row stays when its run has finished.
    RowNeverRemoved,
    /// `take over` does not ask for stops.
    TakeOverThroughStop,
    /// `probe` does not ask for stops.
    ProbeThroughStop,
    /// `baton` does not ask for stops.
    BatonThroughStop,
    /// One trip for steady and ramping lanes.
    OneTripForAll,
    /// A second trip overwrites `good`.
    GoodOverwritten,
    /// `<>` instead of `<` between slots held and the limit.
    NotEqualForLess,
    /// `<=` instead of `<` between slots held and the limit.
    AtMostForLess,
    /// `trip` asks for no generation.
    TripWithoutGeneration,
    /// `throttle` asks for no generation.
    ThrottleWithoutGeneration,
    /// The checkpoint's fence is not compared.
    FenceNotCompared,
    /// The checkpoint is not claimed at the start.
    CheckpointNotClaimed,
    /// An admission does not raise the fence.
    FenceNotRaised,
    /// A run that is fenced off ends its job all the same.
    ZombieEndsJob,
    /// A duplicate of what runs is deleted instead of parked.
    DuplicateDeleted,
    /// A note is cleared before the ledger has it.
    NoteClearedFirst,
    /// `clear` does not ask for notes.
    ClearOverNotes,
    /// `trip` leaves no note.
    TripWithoutNote,
    /// `recover` leaves `down`.
    DownNeverRemoved,
    /// A throttle opens an outage.
    ThrottleOpensOutage,
    /// `reap one` takes a living lease.
    ReapTheLiving,
    /// A lease is dead at its end by anybody's clock.
    NoSkew,
    /// `probe` does not ask whether there is one.
    TwoProbes,
    /// `probe` does not ask for the gate.
    ProbeBehindGate,
    /// `admit` does not ask for the gate.
    AdmitBehindGate,
    /// `admit` does not ask for the level.
    AdmitInOutage,
    /// The message is deleted before the row is put.
    DeleteBeforePark,
    /// The message is deleted before the lane is marked.
    DeleteBeforeMark,
    /// Whoever has a message that was with another before does not look for the row that may be left.
    LeftRowNotSought,
    /// Whoever has a slot for a row does not look whether it is still there.
    RowNotReadAgain,
    /// A lease is never renewed, and calls begin all the same.
    CallPastLease,
    /// A run of a message that was overtaken deletes the message.
    OvertakenDeletes,
    /// A stop is called complete at once.
    StopCompleteAtOnce,
    /// Who is called and has nothing that can start stays in line.
    LineNeverLeft,
    /// A baton goes to what is running already.
    BatonToTheRunning,
}

impl Bug {
    /// The transition with the bug in it.
    pub(crate) fn seeded(self, mut transition: Transition) -> Transition {
        let name = transition.name;
        let takes_slot = [Name::Admit, Name::TakeOver, Name::ReapOneAndAdmit, Name::Probe];
        match (self, name) {
            (Self::RenewWithoutNonce, Name::Renew) => without(&mut transition, "held.id.n"),
            (Self::ReleaseWithoutNonce, Name::Release | Name::Finish | Name::ReleaseAndMark) => {
                without(&mut transition, "held.id.n");
            }
            (Self::MarksNotRaised, Name::Mark | Name::ReleaseAndMark) => {
                unchanged(&mut transition, "marks");
            }
            (Self::ReleaseWithoutMark, Name::ReleaseAndMark) => {
                unchanged(&mut transition, "marks");
                unchanged(&mut transition, "wake");
            }
            (Self::ClearWithoutMarks, Name::Clear) | (Self::LeftAloneOverMarks, Name::Push) => {
                without(&mut transition, "marks");
            }
            (Self::ClearOverNotes, Name::Clear) => without(&mut transition, "notes"),
            (Self::RemoveInsteadOfPush, Name::Push) => {
                transition.then = vec![Change::Remove(Path::attribute("wake"))];
            }
            (Self::TakeOverThroughStop, Name::TakeOver | Name::ReapOneAndAdmit)
            | (Self::ProbeThroughStop, Name::Probe)
            | (Self::BatonThroughStop, Name::Baton) => without(&mut transition, "stops"),
            (Self::OneTripForAll, Name::Trip) => without(&mut transition, "ramp"),
            (Self::GoodOverwritten, Name::TripAgain) => {
                let copy = Change::Copy(Path::attribute("good"), Path::attribute("limit"));
                transition.then.push(copy);
            }
            (Self::NotEqualForLess, Name::Admit) => loosen(&mut transition, Comparison::Greater),
            (Self::AtMostForLess, Name::Admit) => loosen(&mut transition, Comparison::Equal),
            (Self::TripWithoutGeneration, Name::Trip | Name::TripRamping | Name::TripAgain)
            | (Self::ThrottleWithoutGeneration, Name::Throttle) => {
                without(&mut transition, "gen");
            }
            (Self::FenceNotRaised, name) if takes_slot.contains(&name) => {
                unchanged(&mut transition, "fence");
            }
            (Self::TripWithoutNote, Name::Trip) => unchanged(&mut transition, "notes"),
            (Self::DownNeverRemoved, Name::Recover) => unchanged(&mut transition, "down"),
            (Self::ThrottleOpensOutage, Name::Throttle) => {
                let down = Change::SetIfAbsent(Path::attribute("down"), any_arg());
                transition.then.push(down);
            }
            (Self::ReapTheLiving, Name::ReapOneAndAdmit) => {
                without(&mut transition, "held.dead.e");
            }
            (Self::TwoProbes, Name::Probe) => without(&mut transition, "probe"),
            (Self::ProbeBehindGate, Name::Probe) | (Self::AdmitBehindGate, Name::Admit) => {
                without(&mut transition, "shut");
            }
            (Self::AdmitInOutage, Name::Admit) => without(&mut transition, "level"),
            (Self::BatonToTheRunning, Name::Baton) => without(&mut transition, "held.next"),
            _ => {}
        }
        transition
    }
}

fn any_arg() -> flyball_governor_core::transition::Arg {
    flyball_governor_core::transition::Arg { symbol: "7", value: 7_u64.into() }
}

fn is_in(path: &Path, whole: &str) -> bool {
    let path = path.to_string();
    path == whole || path.strip_prefix(whole).is_some_and(|rest| rest.starts_with('.'))
}

fn asks_for(condition: &Condition, whole: &str) -> bool {
    let operand = |operand: &Operand| match operand {
        Operand::Path(path) | Operand::Size(path) => is_in(path, whole),
        Operand::Arg(_) => false,
    };
    match condition {
        Condition::Exists(path) | Condition::Absent(path) => is_in(path, whole),
        Condition::Compare(left, _, right) => operand(left) || operand(right),
        Condition::All(all) | Condition::Any(all) => all.iter().any(|one| asks_for(one, whole)),
    }
}

/// The transition without what its condition asks of a path.
fn without(transition: &mut Transition, whole: &str) {
    let all = match core::mem::replace(&mut transition.when, Condition::All(Vec::new())) {
        Condition::All(all) => all,
        one @ (Condition::Exists(_)
        | Condition::Absent(_)
        | Condition::Compare(..)
        | Condition::Any(_)) => vec![one],
    };
    let kept = all.into_iter().filter(|one| !asks_for(one, whole)).collect();
    transition.when = Condition::All(kept);
}

/// The transition without what it changes at a path.
fn unchanged(transition: &mut Transition, whole: &str) {
    transition.then.retain(|change| !is_in(change.path(), whole));
}

/// The transition with another way in which the slots held may compare with the limit.
fn loosen(transition: &mut Transition, also: Comparison) {
    let Condition::All(all) = &mut transition.when else { return };
    for one in all.iter_mut().filter(|one| asks_for(one, "limit")) {
        if let Condition::Compare(left, _, right) = one.clone() {
            let other = Condition::Compare(left, also, right);
            *one = Condition::Any(vec![one.clone(), other]);
        }
    }
}
