//! The ticker's program, as in `crates/ticker`: lane, notes, lot, then clear, or push and send.

use flyball_governor_core::{Board, Look, Note, Startable, look, next_look};

use super::bug::Bug;
use super::moves::{Actor, IN_PLACE, Model, Move, Reply};
use super::op::{NOW, Op, TICK_MS, Words, ticks};
use super::program::{Step, Told, outage_bit};
use super::world::{ACCOUNT, NO_LANE, Ticker, WIDE, WORKERS_MAX, Watch, World};

impl Model {
    /// The next step of the ticker, and its death.
    pub(crate) fn ticker_moves(&mut self, world: &World, moves: &mut Vec<Move>) {
        if world.ticker.watch == Watch::Idle {
            for lane in [ACCOUNT, WIDE] {
                self.ticker_begins(world, lane, moves);
            }
            return;
        }
        let mut step = Step::new(self, *world, WORKERS_MAX);
        step.tick_on();
        Self::add(moves, world, Actor::Ticker, step, Some(|step| step.world.ticker = Ticker::IDLE));
        if world.left.crash > 0 {
            let mut after = *world;
            after.left.crash -= 1;
            after.ticker = Ticker::IDLE;
            let told = Told { actor: Actor::Ticker, what: "dies", tried: None, reply: Reply::Died };
            moves.push(Move { told, is_fault: true, world: after, broken: None, order: IN_PLACE });
        }
    }

    fn ticker_begins(&mut self, world: &World, lane: usize, moves: &mut Vec<Move>) {
        let Some(number) = world.lane.get(lane).copied().filter(|number| *number != NO_LANE) else {
            return;
        };
        // The index may name a lane that is not due; then this look is all that comes of it.
        if self.lane(number).wake.is_none_or(|wake| wake > NOW) {
            return;
        }
        let mut step = Step::new(self, *world, WORKERS_MAX);
        step.tick_look(lane);
        Self::add(moves, world, Actor::Ticker, step, None);
    }
}

/// Whether nobody is sent, so that the lane must be as it was seen.
const fn is_left_alone(lane: usize, send: Option<u8>) -> bool {
    lane != WIDE && send.is_none()
}

impl Step<'_> {
    fn tick_look(&mut self, lane: usize) {
        self.what = "looks at a lane that is due";
        let number = self.lane_no(lane);
        let notes = self.model.lanes.notes(number);
        self.world.ticker = Ticker {
            watch: if notes.is_some() { Watch::WriteNote } else { Watch::Query },
            lane: u8::try_from(lane).unwrap_or(0),
            view: self.model.lanes.watched(number),
            marks_same: true,
            notes: notes.unwrap_or(NO_LANE),
            ..Ticker::IDLE
        };
    }

    fn tick_on(&mut self) {
        let ticker = self.world.ticker;
        let lane = usize::from(ticker.lane);
        match ticker.watch {
            Watch::Idle => {}
            Watch::WriteNote | Watch::ClearNote => {
                let first = ticker.watch == Watch::WriteNote;
                if first == self.has(Bug::NoteClearedFirst) {
                    self.what = "forgets the note";
                    self.clear_note(lane, ticker.notes);
                } else {
                    self.what = "writes a note into the ledger";
                    self.write_note(ticker.notes);
                }
                if first {
                    self.world.ticker.watch = Watch::ClearNote;
                    return;
                }
                let rest = self.model.lanes.without_first_note(ticker.notes);
                self.world.ticker.notes = rest.unwrap_or(NO_LANE);
                self.world.ticker.watch =
                    if rest.is_some() { Watch::WriteNote } else { Watch::Query };
            }
            Watch::Query => self.tick_query(lane),
            Watch::Clear => {
                self.what = "finds nothing left to wake for";
                self.apply(lane, Op::Clear { marks_same: ticker.marks_same });
                self.world.ticker = Ticker::IDLE;
            }
            Watch::Push => self.tick_push(lane),
            Watch::Send(kind) => {
                self.what = "sends a drain";
                self.tick_send(lane, kind);
            }
        }
    }

    fn tick_query(&mut self, lane: usize) {
        self.what = "looks into the lot";
        let rows = self.world.rows;
        let nobody = self.world.line == [false; 2];
        let is_empty = if lane == WIDE { nobody } else { rows.is_empty() };
        let ticker = self.world.ticker;
        if is_empty {
            self.world.ticker = Ticker {
                watch: Watch::Clear,
                lane: ticker.lane,
                marks_same: ticker.marks_same,
                ..Ticker::IDLE
            };
            return;
        }
        let words = &self.model.lanes.words;
        let seen = self.model.lane(ticker.view);
        let look = if lane == WIDE {
            // Whose turn it is shows in the line, after the push.
            let (next, startable) = next_look(seen, None, NOW, &words.policy);
            let kind = words.kind(0).filter(|_kind| startable == Startable::Yes).cloned();
            Look { next, start: kind }
        } else {
            let waiting = words.waiting(rows, self.model.bounds.kinds);
            look(seen, "lane", &Board::default(), &waiting, NOW, &words.policy)
        };
        let kind = look.start.and_then(|kind| Words::kind_no(&kind));
        self.world.ticker = Ticker {
            watch: Watch::Push,
            lane: ticker.lane,
            next: ticks(look.next),
            just_after: look.next.0 % TICK_MS != 0,
            send: kind,
            marks_same: ticker.marks_same && is_left_alone(lane, kind),
            ..Ticker::IDLE
        };
    }

    fn tick_push(&mut self, lane: usize) {
        self.what = "sets the next look";
        let Ticker { next, just_after, send, marks_same, .. } = self.world.ticker;
        let untouched = is_left_alone(lane, send).then_some(marks_same);
        let pushed = self.apply(lane, Op::Push { next, just_after, untouched });
        self.world.ticker = match send {
            Some(kind) if pushed.done => {
                Ticker { watch: Watch::Send(kind), lane: self.world.ticker.lane, ..Ticker::IDLE }
            }
            Some(_) | None => Ticker::IDLE,
        };
        if let (Watch::Send(kind), true) = (self.world.ticker.watch, self.is_brief()) {
            let mut died = self.world;
            died.ticker = Ticker::IDLE;
            self.died.push(died);
            self.what = "sets the next look and sends a drain";
            self.tick_send(lane, kind);
        }
    }

    /// Sends for the kind that can start, or calls whoever is next in line.
    fn tick_send(&mut self, lane: usize, kind: u8) {
        self.world.ticker = Ticker::IDLE;
        if lane != WIDE {
            self.send_drain(kind);
        } else if let Some(kind) = self.next_in_line() {
            self.send_drain(kind);
        }
    }

    /// Writes the first of some notes into the ledger.
    pub(crate) fn write_note(&mut self, notes: super::world::LaneNo) {
        let Some(note) = self.model.lane(notes).notes.values().next() else { return };
        match *note {
            Note::Opened { down, .. } => self.world.outages.entered |= outage_bit(down.0),
            Note::Closed { down, .. } => self.world.outages.closed |= outage_bit(down.0),
        }
    }

    /// Forgets the first of some notes in its lane.
    pub(crate) fn clear_note(&mut self, lane: usize, notes: super::world::LaneNo) {
        let Some(generation) = self.model.lane(notes).notes.keys().next().copied() else { return };
        self.apply(lane, Op::NoteWritten(u8::try_from(generation).unwrap_or(u8::MAX)));
    }
}
