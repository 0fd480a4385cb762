use core::time::Duration;
use std::collections::BTreeMap;

use flyball_tests::torment::{Disk, Service};
use flyball_tests::world::Draw;
use tokio::time::{Instant, interval_at};

use crate::lambda::Role;
use crate::place::Place;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    ImporterKilled,
    TickerKilled,
    TablesKilled,
    QueuesKilled,
    TablesCutOff,
    QueuesCutOff,
    TablesDiskFull,
    QueuesDiskFull,
    StoreFails,
}

impl Fault {
    const ALL: [Self; 9] = [
        Self::ImporterKilled,
        Self::TickerKilled,
        Self::TablesKilled,
        Self::QueuesKilled,
        Self::TablesCutOff,
        Self::QueuesCutOff,
        Self::TablesDiskFull,
        Self::QueuesDiskFull,
        Self::StoreFails,
    ];
}

/// The ways in which a store fails meanwhile; none of them is the fault of what is imported.
const DIALS: [&str; 6] =
    ["outage", "throttled", "status=503", "close", "status=500@every=3", "throttled@every=2"];

/// From one fault to the next, in milliseconds.
const APART_MS_MAX: u64 = 900;

/// How long something is away, in milliseconds.
const AWAY_MS_MAX: u64 = 2_500;

/// All that has happened.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    came: BTreeMap<Fault, u64>,
    /// Each comes once before any comes again.
    to_come: Vec<Fault>,
}

impl Trouble {
    /// Has something go wrong, and somebody ask for more.
    pub(crate) async fn strike(&mut self, place: &mut Place, draw: &mut Draw) {
        pass(draw.below(APART_MS_MAX)).await;
        if self.to_come.is_empty() {
            self.to_come = Fault::ALL.to_vec();
        }
        let fault = self.to_come.swap_remove(draw.place(&self.to_come));
        let away_ms = draw.below(AWAY_MS_MAX);
        let came = match fault {
            Fault::ImporterKilled => kill(place, Role::Importer, draw),
            Fault::TickerKilled => kill(place, Role::Ticker, draw),
            Fault::TablesKilled => away(&mut place.tables, away_ms).await,
            Fault::QueuesKilled => away(&mut place.queues, away_ms).await,
            Fault::TablesCutOff => cut(&place.tables),
            Fault::QueuesCutOff => cut(&place.queues),
            Fault::TablesDiskFull => full(&place.tables, away_ms).await,
            Fault::QueuesDiskFull => full(&place.queues, away_ms).await,
            Fault::StoreFails => {
                let (_, shop) = &place.shops[draw.place(&place.shops)];
                shop.dial(&[DIALS[draw.place(&DIALS)]]);
                pass(away_ms).await;
                shop.dial(&[]);
                true
            }
        };
        *self.came.entry(fault).or_default() += u64::from(came);
        if draw.below(2) == 0 {
            place.ask_for_more(draw).await;
        }
    }

    /// Whether each fault has come.
    pub(crate) fn each_came(&self) -> bool {
        self.came.len() == Fault::ALL.len() && self.came.values().all(|times| *times > 0)
    }

    /// What has happened, in words.
    pub(crate) fn told(&self, place: &Place) -> String {
        let (asked, invocations) = (place.asked(), place.lambda.invocations());
        format!("{asked} imports asked for, {invocations} invocations ended; {:?}", self.came)
    }
}

/// Kills somebody of a role.
fn kill(place: &Place, role: Role, draw: &mut Draw) -> bool {
    let killers = place.lambda.killers(role);
    killers.get(draw.place(&killers)).is_some_and(|killer| killer.kill())
}

async fn away(service: &mut Service, ms: u64) -> bool {
    service.kill().await;
    pass(ms).await;
    service.revive().await;
    true
}

/// Lets a service find its disk full for a while.
async fn full(service: &Service, ms: u64) -> bool {
    service.find(Disk::Full).await;
    pass(ms).await;
    service.find(Disk::Roomy).await;
    true
}

fn cut(service: &Service) -> bool {
    service.line().cut();
    true
}

/// Faults last: what is waited for is that the time is over.
async fn pass(ms: u64) {
    let length = Duration::from_millis(ms.max(1));
    interval_at(Instant::now() + length, length).tick().await;
}
