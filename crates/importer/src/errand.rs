use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flyball_domain::{Drain, Kind, UnixMillis};
use flyball_queue::Receipt;

use crate::importer::Delivery;
use crate::line::Called;
use crate::stopping::Stopping;
use crate::tab::Tab;

/// What an invocation has still to deal with: its message, unless that is gone already, and as many
/// jobs one after the other as time and bounds allow.
#[derive(Clone, Debug)]
pub(crate) struct Errand {
    /// The kind that this invocation's function imports.
    pub(crate) kind: Kind,
    /// When it has to have ended; no page is begun after it.
    pub(crate) end_by: Option<UnixMillis>,
    /// The message, until it is gone.
    pub(crate) message: Option<Receipt>,
    /// What it has used.
    pub(crate) tab: Tab,
    stopping: Stopping,
    hops: u8,
    batons: u32,
    /// The call that it answers when it is done with what it does now.
    taken_on: TakenOn,
}

/// A call that an invocation has taken on, and the place in line that it is for.
type TakenOn = Arc<Mutex<Option<(Drain, Called)>>>;

/// The most jobs that one invocation takes from each other, so that an account with a full lot does
/// not keep a worker from all others.
const BATONS_MAX: u32 = 16;

/// How often in a row workers send for each other. Lambda takes sixteen for a loop and stops it;
/// beyond, the ticker sends.
const HOPS_MAX: u8 = 8;

impl Errand {
    pub(crate) fn of(delivery: &Delivery, hops: u8, stopping: &Stopping, now: UnixMillis) -> Self {
        Self {
            kind: delivery.kind,
            end_by: delivery.end_by,
            message: Some(delivery.receipt.clone()),
            tab: Tab::begun(now),
            stopping: stopping.clone(),
            hops,
            batons: 0,
            taken_on: Arc::default(),
        }
    }

    /// The errand with one more job, whose message is gone.
    pub(crate) fn with_baton(self) -> Self {
        Self { message: None, batons: self.batons.saturating_add(1), ..self }
    }

    /// Whether one more job may be begun.
    pub(crate) fn may_take_baton(&self, now: UnixMillis) -> bool {
        self.batons < BATONS_MAX && !self.is_over(now)
    }

    /// Whether a call may be answered by this invocation, when it is done with what it does now.
    pub(crate) fn may_take_on(&self, now: UnixMillis) -> bool {
        self.may_take_baton(now) && self.lock().is_none()
    }

    /// Leaves a call for the end of what this invocation does now.
    pub(crate) fn take_on(&self, drain: Drain, called: Called) {
        *self.lock() = Some((drain, called));
    }

    /// The call that was left, if one was.
    pub(crate) fn taken_on(&self) -> Option<(Drain, Called)> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Drain, Called)>> {
        self.taken_on.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_over(&self, now: UnixMillis) -> bool {
        self.end_by.is_some_and(|end| end <= now) || self.stopping.is_on()
    }

    /// The call as this worker may send it; `None` where workers have sent for each other too often
    /// in a row.
    pub(crate) fn sends(&self, drain: Drain) -> Option<Drain> {
        (self.hops < HOPS_MAX).then(|| Drain { hops: self.hops.saturating_add(1), ..drain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000);

    fn errand(hops: u8) -> Errand {
        let delivery = Delivery {
            body: String::new(),
            receipt: Receipt("receipt".to_owned()),
            kind: Kind::Orders,
            receives: Some(1),
            end_by: Some(NOW.plus(1)),
        };
        Errand::of(&delivery, hops, &Stopping::default(), NOW)
    }

    #[test]
    fn workers_send_for_each_other_eight_times_in_a_row_and_then_leave_it_to_the_ticker() {
        let mut drain = Drain::new("blue-mug".parse().unwrap(), Kind::Orders);
        for hop in 1..=8 {
            drain = errand(drain.hops).sends(drain).unwrap();
            assert_eq!(drain.hops, hop);
        }
        assert_eq!(errand(drain.hops).sends(drain), None);
    }

    #[test]
    fn an_errand_ends_with_its_time_and_after_sixteen_jobs_more() {
        assert!(errand(0).may_take_baton(NOW));
        assert!(!errand(0).may_take_baton(NOW.plus(1)));
        let mut errand = errand(0);
        for _ in 0..16 {
            assert!(errand.may_take_baton(NOW));
            errand = errand.with_baton();
            assert_eq!(errand.message, None);
        }
        assert!(!errand.may_take_baton(NOW));
    }

    #[test]
    fn an_errand_ends_when_its_importer_is_to_stop() {
        let mut errand = errand(0);
        let stopping = Stopping::default();
        errand.stopping = stopping.clone();
        assert!(!errand.is_over(NOW) && errand.may_take_baton(NOW));
        stopping.stop();
        assert!(errand.is_over(NOW) && !errand.may_take_baton(NOW));
    }
}
