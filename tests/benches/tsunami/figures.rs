use anyhow::Result;
use flyball_queue::{LocalQueue, Queue as _};
use flyball_runtime::Service;

use crate::scene::Scene;
use crate::watch::{Finished, Seen};

/// The share of the pace before the fall at which all is as it was, in percent.
const AS_BEFORE_PERCENT: f64 = 95.0;

/// Over how many seconds a pace is measured.
const PACE_S: f64 = 5.0;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) seen: Seen,
    jobs: usize,
    finished: u64,
    /// In the dead-letter queue.
    dead: u64,
    /// Receives beyond the first of a message.
    burnt: u64,
    billed_ms: u64,
    write_units: f64,
    read_units: f64,
}

impl Figures {
    pub(crate) async fn of(
        scene: &Scene,
        seen: Seen,
        finished: &Finished,
        burnt: u64,
        billed_ms: u64,
        dead: &LocalQueue,
    ) -> Result<Self> {
        let counts = dead.counts().await?;
        let used = (scene.system.meter.snapshot() - &scene.before).total(Service::DynamoDb);
        Ok(Self {
            seen,
            jobs: scene.jobs.len(),
            finished: finished.count(),
            dead: counts.visible.saturating_add(counts.in_flight),
            burnt,
            billed_ms,
            write_units: used.write_units,
            read_units: used.read_units,
        })
    }

    /// How long after the vendor was back jobs finished at the pace they had before it fell.
    fn as_before_s(&self) -> Option<f64> {
        let Seen { fell_s, rose_s, moments } = &self.seen;
        let pace = |until: f64| {
            let (from, to) = (self.seen.at(until - PACE_S), self.seen.at(until));
            let finished = u32::try_from(to.finished - from.finished).unwrap_or(u32::MAX);
            f64::from(finished) / (to.s - from.s).max(f64::MIN_POSITIVE)
        };
        let enough = pace(*fell_s) * AS_BEFORE_PERCENT / 100.0;
        let after = moments.iter().filter(|moment| moment.s >= *rose_s + PACE_S);
        // The pace of the five seconds that end then.
        let reached = after.into_iter().find(|moment| pace(moment.s) >= enough)?;
        Some(reached.s - rose_s)
    }

    pub(crate) fn print(runs: &[(&str, &Self)]) {
        println!(
            "| who | jobs | finished by themselves | in the dead-letter queue | vendor calls while it \
             was down | receives beyond the first | seconds after its return: at 95 % of the pace | \
             the last job | function seconds | write units | read units |"
        );
        println!("|---|---|---|---|---|---|---|---|---|---|---|");
        for (who, run) in runs {
            let Seen { fell_s, rose_s, .. } = &run.seen;
            let calls = |s| run.seen.at(s).vendor_calls;
            let as_before = run.as_before_s().map_or("never".to_owned(), |s| format!("{s:.1}"));
            let all = u64::try_from(run.jobs) == Ok(run.finished);
            let last =
                if all { format!("{:.1}", run.seen.end().s - rose_s) } else { "never".to_owned() };
            println!(
                "| {who} | {} | {} | {} | {} | {} | {as_before} | {last} | {} | {:.0} | {:.0} |",
                run.jobs,
                run.finished,
                run.dead,
                calls(*rose_s) - calls(*fell_s),
                run.burnt,
                run.billed_ms / 1_000,
                run.write_units,
                run.read_units,
            );
        }
    }
}
