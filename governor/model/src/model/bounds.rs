//! How large a world is, and what may go wrong in it.

/// One configuration: who works on what, and how often what may go wrong in one run.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Its name.
    pub name: &'static str,
    /// How many workers, at most [`crate::model::world::WORKERS_MAX`].
    pub workers: u8,
    /// Which work each request asks for: an index into `kinds`.
    pub requests: &'static [u8],
    /// Which queue each work belongs to: 0 or 1.
    pub kinds: &'static [u8],
    /// The lane's configured number of slots.
    pub cap: u32,
    /// The slots of the integration's lane, where there is one.
    pub wide: Option<u32>,
    /// Vendor calls, each followed by a checkpoint, that one run makes.
    pub calls: u8,
    /// Whether the account's schedule asks again where an outage is left open with nothing parked:
    /// an overtaken probe whose call succeeded finishes its job, but can't tell the lane.
    pub schedule: bool,
    /// How often each fault may happen in one run.
    pub faults: Faults,
    /// By how many ticks the clock of worker 0 is wrong; one tick is the allowance.
    pub skewed: Option<i8>,
    /// What the person with the switch does.
    pub switch: Switch,
    /// The number of slots that a change of the limit sets.
    pub resized_to: u32,
    /// What a worker does with its slot at the end, if somebody waits.
    pub habits: Habits,
}

/// How often what may happen in one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Faults {
    /// A worker or the ticker dies.
    pub crash: u8,
    /// A message is delivered a second time while somebody works on it.
    pub duplicate: u8,
    /// A request is carried out and its answer lost, or it is never carried out.
    pub lost: u8,
    /// A worker sleeps through the end of its lease.
    pub late: u8,
    /// A vendor call fails.
    pub failure: u8,
    /// A vendor asks for a slower pace.
    pub throttle: u8,
    /// A run ends having learnt nothing of the vendor.
    pub inconclusive: u8,
    /// A vendor's budget is used up and refills later.
    pub pause: u8,
    /// Somebody stops the lane.
    pub stop: u8,
    /// Somebody changes the lane's number of slots.
    pub resize: u8,
    /// The whole integration is declared back.
    pub pardon: u8,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        crash: 0,
        duplicate: 0,
        lost: 0,
        late: 0,
        failure: 0,
        throttle: 0,
        inconclusive: 0,
        pause: 0,
        stop: 0,
        resize: 0,
        pardon: 0,
    };
}

/// What a person's stop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// `stop` until lifted.
    UntilLifted,
    /// `stop` that ends by itself after two ticks.
    Expiring,
    /// `hold` until lifted: what runs may finish.
    Hold,
}

/// What a worker does at its end, or at a checkpoint, when somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habits {
    /// Gives the slot back and sends somebody.
    Plain,
    /// Hands the slot to a parked job of the same kind.
    Baton,
    /// Gives its slot to a parked job of higher priority at a checkpoint. Kind 0 comes first.
    Yield,
}

impl Bounds {
    /// A small world without faults.
    pub const fn calm(name: &'static str) -> Self {
        Self {
            name,
            workers: 2,
            requests: &[0, 1],
            kinds: &[0, 0],
            cap: 1,
            wide: None,
            calls: 1,
            schedule: false,
            faults: Faults::NONE,
            skewed: None,
            switch: Switch::UntilLifted,
            resized_to: 1,
            habits: Habits::Plain,
        }
    }

    /// How far clocks may differ, in ticks: only where one does, for every tick costs states.
    pub const fn skew_ticks(&self) -> u64 {
        if self.skewed.is_some() { 1 } else { 0 }
    }

    /// How long a lease lasts, in ticks: more than twice the skew.
    pub const fn lease_ticks(&self) -> u64 {
        if self.skewed.is_some() { 3 } else { 2 }
    }

    /// By how many ticks this worker's clock is wrong.
    pub fn clock_of(&self, worker: usize) -> i8 {
        match self.skewed {
            Some(by) if worker == 0 => by,
            Some(_) | None => 0,
        }
    }
}

impl core::fmt::Display for Bounds {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { workers, requests, kinds, cap, calls, faults, .. } = self;
        write!(f, "{workers} workers, {} requests for {} works, ", requests.len(), kinds.len())?;
        write!(f, "{cap} slots, {calls} calls each")?;
        if let Some(slots) = self.wide {
            write!(f, ", {slots} slots in the integration's lane")?;
        }
        let named = [
            (faults.crash, "crashes"),
            (faults.duplicate, "duplicate deliveries"),
            (faults.lost, "lost replies"),
            (faults.late, "missed renewals"),
            (faults.failure, "failing calls"),
            (faults.throttle, "throttled calls"),
            (faults.inconclusive, "inconclusive runs"),
            (faults.pause, "pauses"),
            (faults.stop, "switches"),
            (faults.resize, "limit changes"),
            (faults.pardon, "declarations that the integration is back"),
        ];
        for (count, name) in named.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", at most {count} {name}")?;
        }
        if let Some(by) = self.skewed {
            write!(f, ", one clock wrong by {by:+} tick")?;
        }
        if self.schedule {
            write!(f, ", a schedule")?;
        }
        match self.habits {
            Habits::Plain => Ok(()),
            Habits::Baton => write!(f, ", batons"),
            Habits::Yield => write!(f, ", yielding at checkpoints"),
        }
    }
}
