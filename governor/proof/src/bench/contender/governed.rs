use core::time::Duration;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use flyball_governor::{
    Admission, Claim, Ending, Entropy as _, Governor, Holder, LaneId, LaneSpec, LeaseId, Parked,
    Passed, Policy, SystemEntropy, Waiting,
};
use flyball_governor_proof::OffClock;
use flyball_governor_proof::engine::Engine;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Bound, Options, stopwatch};
use crate::bench::tables::GOVERNED;

/// What runs.
const KIND: &str = "products";
/// How often a slot goes over from one job to the next in one answer, and by how many the lot is
/// ahead.
const HANDED_OVER: usize = 20;
const AHEAD: usize = 3;

/// The governor, as the importer uses it.
pub(crate) struct Governed {
    governor: Governor,
}

/// How the next parked job gets the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Whoever ends goes on with the next job.
    Baton,
    /// Whoever ends sends a message, and another worker takes the job.
    Message,
}

impl Governed {
    pub(crate) async fn new(options: &Options, clock: OffClock) -> Self {
        let client = Engine::at(&options.endpoint).await.client();
        let mut policy = Policy::STANDARD;
        policy.lease_ms = options.lease_ms;
        policy.probe_lease_ms = options.lease_ms;
        let entropy = Arc::new(SystemEntropy);
        let governor = Governor::new(client, GOVERNED, policy, Arc::new(clock), entropy);
        Self { governor: governor.watching_its_clock() }
    }

    fn claim(&self) -> anyhow::Result<Claim> {
        Ok(self.governor.claim(new_work()?, KIND.parse()?))
    }

    /// Hands a slot on to other work.
    pub(crate) async fn hand_on(&self, (lane, holder): Held) -> anyhow::Result<Held> {
        match holder.baton(&self.claim()?, Ending::Success).await? {
            Passed::On(holder) => Ok((lane, *holder)),
            Passed::Kept(_) => bail!("a slot was not handed on"),
        }
    }

    /// Lets one slot go from job to job, and tells for each how many microseconds passed between
    /// the end of the one's last call and the leave for the next one's first.
    pub(crate) async fn hand_over(&self, way: Way) -> anyhow::Result<Value> {
        let lane = lane_id(0)?;
        let spec = LaneSpec::alone(1);
        self.governor.create(&lane, &spec).await?;
        for _ in 0..AHEAD {
            self.park(&lane, &spec).await?;
        }
        let row = self.first(&lane).await?;
        let claim = self.governor.claim(row.id.clone(), row.kind.clone());
        let mut running = (row, self.admitted(&lane, &claim, &spec).await?);
        let (send, mut sent) = mpsc::channel::<Parked>(1);
        let mut micros = Vec::new();
        for _ in 0..HANDED_OVER {
            self.park(&lane, &spec).await?;
            let (row, holder) = running;
            let watch = stopwatch();
            self.governor.unpark(&lane, &row.id, &row.requests).await?;
            let mut next = match way {
                Way::Baton => {
                    let next = self.first(&lane).await?;
                    let claim = self.governor.claim(next.id.clone(), next.kind.clone());
                    match holder.baton(&claim, Ending::Success).await? {
                        Passed::On(holder) => (next, holder),
                        Passed::Kept(_) => bail!("a slot was not handed on"),
                    }
                }
                Way::Message => {
                    let ends = async {
                        holder.finished().await?;
                        Ok(send.send(self.first(&lane).await?).await?)
                    };
                    let takes = async {
                        let next = sent.recv().await.context("no message")?;
                        let claim = self.governor.claim(next.id.clone(), next.kind.clone());
                        anyhow::Ok((next, self.admitted(&lane, &claim, &spec).await?))
                    };
                    let ((), next) = futures::future::try_join(ends, takes).await?;
                    next
                }
            };
            let leave = next.1.leave().await;
            micros.push(watch());
            leave.map_err(|halt| anyhow::anyhow!("found {halt:?}, expected leave"))?;
            running = next;
        }
        running.1.finished().await?;
        for row in self.governor.parked(&lane).await? {
            self.governor.unpark(&lane, &row.id, &row.requests).await?;
        }
        Ok(json!({ "micros": micros }))
    }

    async fn park(&self, lane: &LaneId, spec: &LaneSpec) -> anyhow::Result<()> {
        let (id, kind) = (new_work()?, KIND.parse()?);
        let waiting = Waiting { id, kind, class: 0, since: self.governor.now() };
        self.governor.park(lane, &waiting, "work", "request").await?;
        Ok(self.governor.mark(lane, spec).await?)
    }

    async fn first(&self, lane: &LaneId) -> anyhow::Result<Parked> {
        self.governor.parked(lane).await?.into_iter().next().context("nobody waits")
    }

    async fn admitted(
        &self,
        lane: &LaneId,
        claim: &Claim,
        spec: &LaneSpec,
    ) -> anyhow::Result<Box<Holder>> {
        match self.governor.admit(lane, claim, spec).await? {
            Admission::Admitted(holder) => Ok(holder),
            Admission::Refused(refusal) => bail!("found {refusal:?}, expected a free slot"),
        }
    }
}

/// A lane's number, and a hold on one of its slots.
pub(crate) type Held = (u64, Holder);

impl Bound for Governed {
    type Slot = Held;

    async fn take(&self, lane: u64, limit: u32) -> anyhow::Result<Option<Held>> {
        let (claim, spec) = (self.claim()?, LaneSpec::alone(limit));
        Ok(match Box::pin(self.governor.admit(&lane_id(lane)?, &claim, &spec)).await? {
            Admission::Admitted(holder) => Some((lane, *holder)),
            Admission::Refused(_) => None,
        })
    }

    async fn leave(&self, (_, holder): &mut Held) -> Option<Duration> {
        Some(Duration::from_millis(Box::pin(holder.leave()).await.ok()?.timeout_ms))
    }

    async fn give_back(&self, (_, holder): Held) -> anyhow::Result<()> {
        Ok(Box::pin(holder.finished()).await.map(drop)?)
    }
}

fn lane_id(lane: u64) -> anyhow::Result<LaneId> {
    Ok(format!("lane-{lane}").parse()?)
}

/// Work that nobody has done before.
fn new_work() -> anyhow::Result<LeaseId> {
    Ok(format!("{:08x}", SystemEntropy.next_u64() >> 32).parse()?)
}
