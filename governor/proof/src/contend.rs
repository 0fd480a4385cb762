//! One worker process among many on the same lanes, for tests that kill it: takes parked jobs,
//! calls a vendor under their leases, and ends them this way or that, as its seed decides.

use core::time::Duration;
use std::sync::Arc;

use crate::dice::Dice;
use crate::engine::Engine;
use crate::off_clock::OffClock;
use crate::vendor::Vendor;
use anyhow::Context as _;
use flyball_governor::{
    Admission, FailedCall, Governor, GovernorError, Halt, Holder, LaneId, LaneSpec, Parked, Policy,
    PushBack, Refusal, SystemEntropy, UnixMillis,
};

/// Where and how to work.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The engine.
    #[arg(long)]
    pub endpoint: String,
    /// The table.
    #[arg(long)]
    pub table: String,
    /// Host and port of the vendor, which is told when a call begins and when it ends.
    #[arg(long)]
    pub vendor: String,
    /// How many lanes there are; see [`lane`].
    #[arg(long)]
    pub lanes: u64,
    /// What decides this worker's choices.
    #[arg(long)]
    pub seed: u64,
}

/// The `n`-th lane, and how many slots it has: 1 to 4.
///
/// # Errors
/// None that a number can cause.
pub fn lane(n: u64) -> anyhow::Result<(LaneId, LaneSpec)> {
    let cap = u32::try_from(n % 4)?.saturating_add(1);
    Ok((format!("contended-{n}").parse()?, LaneSpec::alone(cap)))
}

/// Settings under which the dead are noticed within seconds.
pub fn policy() -> Policy {
    let mut policy = Policy::STANDARD;
    policy.lease_ms = 2_500;
    policy.probe_lease_ms = 2_500;
    policy.skew_ms = 1_000;
    policy.gate_base_ms = 20;
    policy.gate_ceiling_ms = 200;
    policy.inconclusive_ms = 20;
    policy
}

/// How far a worker's clock is off, at most, to either side: together less than the allowance.
const CLOCK_OFF_MS: u64 = 400;
/// How long a refused worker stays away, at least and at most.
const AWAY_MS_MIN: u64 = 10;
const AWAY_MS_MAX: u64 = 150;
/// The most calls of a job.
const CALLS_MAX: u64 = 3;
/// One call in so many is failed by the vendor, and one in so many of those only slows down.
const FAILED_ONE_IN: u64 = 12;
const SLOWED_ONE_IN: u64 = 2;

/// Works until every lot is empty.
///
/// # Errors
/// The vendor can't be reached, or the table can't be read at all.
pub fn contend(options: &Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(Box::pin(work(options)))
}

struct Worker {
    governor: Governor,
    vendor: Vendor,
    dice: Dice,
}

async fn work(options: &Options) -> anyhow::Result<()> {
    let mut dice = Dice::new(options.seed);
    let ahead_ms = dice.below(CLOCK_OFF_MS.saturating_mul(2)).checked_signed_diff(CLOCK_OFF_MS);
    let clock = Arc::new(OffClock::ahead(ahead_ms.unwrap_or_default()));
    let client = Engine::at(&options.endpoint).await.client();
    let entropy = Arc::new(SystemEntropy);
    let governor = Governor::new(client, &options.table, policy(), clock, entropy);
    let vendor = Vendor::connect(&options.vendor).await.context("no vendor")?;
    let mut worker = Worker { governor, vendor, dice };
    let mut empty = 0;
    let mut n = worker.dice.below(options.lanes);
    // In turn, so that a round without a row says that there is none.
    while empty < options.lanes {
        n = n.saturating_add(1).checked_rem(options.lanes).unwrap_or(0);
        let (lane, spec) = lane(n)?;
        match worker.take_one(&lane, &spec).await {
            Ok(Took::NoRow) => empty = empty.saturating_add(1),
            Ok(Took::Refused(refusal)) => {
                empty = 0;
                worker.stay_away(&refusal).await;
            }
            // Unanswered, it has started nothing, and comes again.
            Ok(Took::Job) | Err(Trouble::Unanswered) => empty = 0,
            Err(Trouble::Vendor(error)) => return Err(error).context("the vendor hung up"),
        }
    }
    Ok(())
}

enum Took {
    NoRow,
    Job,
    Refused(Refusal),
}

enum Trouble {
    Unanswered,
    Vendor(std::io::Error),
}

impl From<GovernorError> for Trouble {
    fn from(_: GovernorError) -> Self {
        Self::Unanswered
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::Vendor(error)
    }
}

impl Worker {
    /// Tries to run one of a lane's parked jobs.
    async fn take_one(&mut self, lane: &LaneId, spec: &LaneSpec) -> Result<Took, Trouble> {
        let rows = self.governor.parked(lane).await?;
        let Some(row) = self.dice.pick(&rows).cloned() else { return Ok(Took::NoRow) };
        let claim = self.governor.claim(row.id.clone(), row.kind.clone());
        match self.governor.admit(lane, &claim, spec).await? {
            Admission::Refused(refusal) => Ok(Took::Refused(refusal)),
            Admission::Admitted(holder) => {
                self.run(lane, &row, holder).await?;
                Ok(Took::Job)
            }
        }
    }

    async fn run(
        &mut self,
        lane: &LaneId,
        row: &Parked,
        mut holder: Box<Holder>,
    ) -> Result<(), Trouble> {
        for _ in 0..self.dice.below(CALLS_MAX).saturating_add(1) {
            let leave = match holder.leave().await {
                Ok(leave) => leave,
                Err(Halt::Stopped(_) | Halt::Tripped(_)) => {
                    return Ok(holder.inconclusive().await.map(drop)?);
                }
                Err(Halt::Lost | Halt::Unreachable(_) | Halt::ClockOff(_)) => return Ok(()),
            };
            let began = self.governor.now();
            let within = Duration::from_millis(leave.timeout_ms);
            let name = holder.call_name();
            match tokio::time::timeout(within, self.call(lane, &name)).await {
                Ok(called) => called?,
                Err(_elapsed) => {
                    self.vendor.hang_up().await?;
                    return Ok(holder.inconclusive().await.map(drop)?);
                }
            }
            if self.dice.one_in(FAILED_ONE_IN) {
                return Ok(holder.pushed_back(&self.push_back(began)).await.map(drop)?);
            }
            holder.succeeded().await?;
        }
        // A row may have been finished by another since it was read: then nothing is left to take.
        self.governor.unpark(lane, &row.id, &row.requests).await?;
        holder.finished().await?;
        Ok(())
    }

    /// Calls the vendor: it hears of the beginning and of the end.
    async fn call(&mut self, lane: &LaneId, name: &str) -> std::io::Result<()> {
        for what in ["begin", "end"] {
            self.vendor.tell(&format!("{what} {lane} {name}")).await?;
        }
        Ok(())
    }

    fn push_back(&mut self, began: UnixMillis) -> PushBack {
        if self.dice.one_in(SLOWED_ONE_IN) {
            PushBack::Throttled { until: None, why: "HTTP 429".to_owned() }
        } else {
            PushBack::Unavailable {
                call: FailedCall::new(began, "outage", "HTTP 503"),
                until: None,
            }
        }
    }

    /// A refused worker comes back later, as a message does.
    #[expect(clippy::disallowed_methods, reason = "it stands for the queue, which lets it wait")]
    async fn stay_away(&mut self, refusal: &Refusal) {
        let until_ms = refusal.until.map_or(0, |until| until.since(self.governor.now()));
        let spread_ms = self.dice.below(AWAY_MS_MIN);
        let away_ms = until_ms.clamp(AWAY_MS_MIN, AWAY_MS_MAX).saturating_add(spread_ms);
        tokio::time::sleep(Duration::from_millis(away_ms)).await;
    }
}
