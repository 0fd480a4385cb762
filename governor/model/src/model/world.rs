//! A state of the world: small, and equal to another if nothing can ever tell them apart.

use super::bounds::{Bounds, Faults};

/// The most workers of one configuration.
pub const WORKERS_MAX: usize = 3;
/// The most requests of one configuration.
pub const REQUESTS_MAX: usize = 3;
/// The most works, each with its own lease id, of one configuration.
pub const WORKS_MAX: usize = 3;
/// The most drain messages of one kind that wait in the queue. Further ones are lost, which the
/// protocol has to stand anyway.
pub const DRAINS_MAX: u8 = 1;

/// A lane's number in the store of lanes.
pub type LaneNo = u32;

/// The account's lane.
pub const ACCOUNT: usize = 0;
/// The integration's lane, where there is one.
pub const WIDE: usize = 1;

/// A state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// The lanes.
    pub lane: [LaneNo; 2],
    /// Who works.
    pub workers: [Worker; WORKERS_MAX],
    /// Who wakes.
    pub ticker: Ticker,
    /// The requests' messages.
    pub messages: [Message; REQUESTS_MAX],
    /// Drains that wait in the queue of each kind.
    pub drains: [u8; 2],
    /// The lot.
    pub rows: Rows,
    /// Whether the account stands in line before the integration's lane, for each kind. That a slot
    /// is kept for whoever was called is left out: it is kept for a while, and nothing rests on it.
    pub line: [bool; 2],
    /// The requests that a finished run covered, one bit each.
    pub done: u8,
    /// The highest fence that each work's checkpoint has seen.
    pub checkpoints: [u8; WORKS_MAX],
    /// The highest fence of those that have begun to read each work's checkpoint.
    pub read_by: [u8; WORKS_MAX],
    /// The ledger and the truth, one bit per outage.
    pub outages: Outages,
    /// What may still go wrong.
    pub left: Faults,
    /// A person's stop.
    pub stop: StopState,
}

/// Where a request's message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// In the queue.
    Visible,
    /// In the queue, and with a worker before.
    Again,
    /// Delivered to this worker, last of all.
    Hidden(u8),
    /// Gone from the queue.
    Gone,
}

/// Rows, four bits per work: whether there is one, and the requests in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rows(pub u16);

impl Rows {
    const THERE: u16 = 8;

    /// The requests in the row of a work, `None` where there is no row.
    pub const fn get(self, work: u8) -> Option<u8> {
        let row = (self.0 >> (work * 4)) & 15;
        if row & Self::THERE == 0 { None } else { Some((row & 7) as u8) }
    }

    /// Puts a row, or takes it away.
    pub const fn set(&mut self, work: u8, row: Option<u8>) {
        let bits = match row {
            Some(requests) => Self::THERE | (requests as u16 & 7),
            None => 0,
        };
        self.0 = (self.0 & !(15 << (work * 4))) | (bits << (work * 4));
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The works that have a row.
    pub fn works(self) -> impl Iterator<Item = u8> {
        (0_u8..3).filter(move |work| self.get(*work).is_some())
    }
}

/// Outages, one bit for each failing call that may have begun one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outages {
    /// Those that a trip began.
    pub begun: u8,
    /// Those that the ledger has.
    pub entered: u8,
    /// Those that the ledger has closed.
    pub closed: u8,
}

/// What a person has done with the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopState {
    /// Nothing is stopped.
    None,
    /// Stopped; the lane as the stop's own write returned it.
    Written(LaneNo),
    /// Stopped, and known to be complete.
    Complete,
}

/// What a worker does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Waits for a message.
    Idle,
    /// Asks for a slot.
    Admit,
    /// Gives back a slot of before the trip.
    ReleaseOld,
    /// Sees whether its row is still there, now that the slot is.
    RowAgain,
    /// Puts a row, then marks.
    Park,
    /// Marks the lane.
    Mark,
    /// Reads the lane for a drain.
    DrainLook,
    /// Reads the lot for a drain.
    DrainQuery,
    /// Reads the lane after the lot: only where a bug has it so.
    LateLook,
    /// Clears the wake-up of an empty lot.
    DrainClear,
    /// Sends further drains.
    SendDrains,
    /// Sees whether anybody stands in line before the integration's lane.
    WideLook,
    /// Asks for a slot in the integration's lane.
    AdmitWide,
    /// Parks in the account's lot, because it has to stand in line.
    WidePark,
    /// Stands in line.
    WideStand,
    /// Marks the integration's lane.
    WideMark,
    /// Sees whether it is its turn.
    WideNext,
    /// Gives the account's slot back, because it stands in line.
    WideGiveUp,
    /// Leaves the line, or goes to its end, because it has had its turn.
    WideTurn,
    /// Leaves the line, because nothing of its account can start.
    WideMiss,
    /// Renews its lease in the integration's lane.
    WideRenew,
    /// Claims the checkpoint with its fence.
    Claim,
    /// Looks at the lane, or renews, before a call.
    Leave,
    /// A vendor call is under way.
    Call,
    /// Tells the lane of a success.
    Tell,
    /// Writes a note into the ledger.
    WriteNote,
    /// Forgets a note that is in the ledger.
    ClearNote,
    /// Saves the checkpoint.
    Save,
    /// Looks whether somebody of higher priority waits.
    YieldQuery,
    /// Removes the row if it holds what was covered and nothing else.
    Unpark,
    /// Takes the cover out of the row.
    TakeOut,
    /// Removes the row if nothing is left in it.
    RemoveEmpty,
    /// Raises the limit.
    Raise,
    /// Gives the integration's slot back.
    ReleaseWide,
    /// Reads the lot for somebody to hand the slot to.
    BatonQuery,
    /// Hands the slot on.
    Baton,
    /// Gives the slot back after a success.
    Release,
    /// Sends one drain.
    SendDrain,
    /// Puts the row of a run that ends early.
    LeaveRow,
    /// Tells the lane how the run ended.
    End,
    /// Gives the slot back and marks, because the lane would not hear the end.
    ReleaseAndMark,
    /// Marks, because the slot was not there to give back.
    BareMark,
    /// Deletes the message.
    Delete,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// Not yet.
    None,
    /// Finished.
    Finished,
    /// Ends at its checkpoint.
    StepBack,
    /// Ends at its checkpoint for a parked job of higher priority.
    Yield,
    /// The vendor failed; the number names the failing call.
    Failed(u8),
    /// The vendor asked for a slower pace.
    Throttled,
    /// The vendor's budget refills later.
    Paused,
    /// Something of ours did not answer: the slot is given back, the message comes again.
    GiveBack,
}

/// Which slot a worker takes itself to sit in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Seat {
    /// None.
    None,
    /// One of the lane's.
    Held,
    /// The probe's.
    Probe,
}

/// Which transition an admission tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Try {
    /// A free slot.
    Admit,
    /// The same work's dead lease.
    TakeOver,
    /// This work's dead lease.
    ReapOne(u8),
    /// The dead leases of these works.
    Reap(u8),
    /// The probe's slot.
    Probe,
    /// The probe's slot, over the same work's dead lease.
    ProbeOverDead,
}

/// Which delivery a worker handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Delivery {
    /// None.
    None,
    /// A request's message.
    Request(u8),
    /// A drain of this kind.
    Drain(u8),
}

/// A worker.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact of its program")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Worker {
    /// What it does next.
    pub phase: Phase,
    /// What it was sent.
    pub delivery: Delivery,
    /// The work it asks for or runs.
    pub work: u8,
    /// Its nonce.
    pub nonce: u8,
    /// The admission it tries next.
    pub attempt: Try,
    /// Whether this is the last time that it asks.
    pub asked_again: bool,
    /// Its slot.
    pub seat: Seat,
    /// Its slot in the integration's lane.
    pub wide: Seat,
    /// Its fence.
    pub fence: u8,
    /// The end of its lease, in ticks from now.
    pub expires: i8,
    /// The generation in which it was admitted.
    pub admitted_in: u8,
    /// What it has in mind of the lane.
    pub view: LaneNo,
    /// Whether it has looked at the lane since time last passed.
    pub fresh: bool,
    /// Whether the lane's `marks` are still those it saw.
    pub marks_same: bool,
    /// The requests that its run covers.
    pub cover: u8,
    /// Whether its work has a row.
    pub parked: bool,
    /// Whether the message was with another before, who may have died between row and mark.
    pub again: bool,
    /// The rows that it saw and has not tried yet.
    pub rows: Rows,
    /// Calls still to be made.
    pub calls: u8,
    /// Whether the slots were ever seen all in use.
    pub seen_full: bool,
    /// Notes it is writing.
    pub notes: LaneNo,
    /// How its run ends.
    pub end: End,
    /// Further drains to send.
    pub drains: u8,
    /// Whether the lane was marked when its last checkpoint was saved.
    pub marked: bool,
    /// Whether it has been called to the integration's lane.
    pub called: bool,
    /// Whether its place in line is still as it read it.
    pub place_same: bool,
    /// Whether it has seen more work of its account that waits in line.
    pub more: bool,
    /// Whether somebody waited when its last checkpoint was saved.
    pub hands_on: bool,
    /// The work that it hands its slot to.
    pub next_work: u8,
    /// The nonce of that.
    pub next_nonce: u8,
}

/// What the ticker does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Watch {
    /// Waits for a lane to be due.
    Idle,
    /// Writes a note into the ledger.
    WriteNote,
    /// Forgets a note that is in the ledger.
    ClearNote,
    /// Reads the lot.
    Query,
    /// Clears the wake-up.
    Clear,
    /// Sets the next look.
    Push,
    /// Sends a drain of this kind.
    Send(u8),
}

/// The ticker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticker {
    /// What it does next.
    pub watch: Watch,
    /// Which lane it deals with.
    pub lane: u8,
    /// When it will have the lane looked at next, in ticks from now.
    pub next: i8,
    /// Whether a moment later than that.
    pub just_after: bool,
    /// The kind that it will send for.
    pub send: Option<u8>,
    /// The lane as it was looked at.
    pub view: LaneNo,
    /// Whether the lane's `marks` are still those it saw.
    pub marks_same: bool,
    /// Notes still to be written.
    pub notes: LaneNo,
}

/// No lane: what is in mind of one that nobody looked at.
pub const NO_LANE: LaneNo = LaneNo::MAX;

/// No nonce: that of a worker that asks for nothing.
pub const NO_NONCE: u8 = u8::MAX;

impl Worker {
    /// A worker that waits for a message, and remembers nothing.
    pub const IDLE: Self = Self {
        phase: Phase::Idle,
        delivery: Delivery::None,
        work: 0,
        nonce: NO_NONCE,
        attempt: Try::Admit,
        asked_again: false,
        seat: Seat::None,
        wide: Seat::None,
        fence: 0,
        expires: 0,
        admitted_in: 0,
        view: NO_LANE,
        fresh: false,
        marks_same: false,
        cover: 0,
        parked: false,
        again: false,
        rows: Rows(0),
        calls: 0,
        seen_full: false,
        notes: NO_LANE,
        end: End::None,
        drains: 0,
        marked: false,
        called: false,
        place_same: false,
        more: false,
        hands_on: false,
        next_work: 0,
        next_nonce: NO_NONCE,
    };

    /// Whether it believes to hold a slot.
    pub const fn holds(&self) -> bool {
        !matches!(self.seat, Seat::None)
    }
}

impl Ticker {
    /// A ticker that waits, and remembers nothing.
    pub const IDLE: Self = Self {
        watch: Watch::Idle,
        lane: 0,
        next: 0,
        just_after: false,
        send: None,
        view: NO_LANE,
        marks_same: false,
        notes: NO_LANE,
    };
}

impl World {
    /// The world before anything has happened: every request's message waits.
    pub fn first(bounds: &Bounds, lanes: [LaneNo; 2]) -> Self {
        let mut messages = [Message::Gone; REQUESTS_MAX];
        for message in messages.iter_mut().take(bounds.requests.len()) {
            *message = Message::Visible;
        }
        Self {
            lane: lanes,
            workers: [Worker::IDLE; WORKERS_MAX],
            ticker: Ticker::IDLE,
            messages,
            drains: [0; 2],
            rows: Rows(0),
            line: [false; 2],
            done: 0,
            checkpoints: [0; WORKS_MAX],
            read_by: [0; WORKS_MAX],
            outages: Outages::default(),
            left: bounds.faults,
            stop: StopState::None,
        }
    }
}
