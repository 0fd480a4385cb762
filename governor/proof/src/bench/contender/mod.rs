//! The contenders that are written in Rust, each a process of its own as the rivals are: the
//! governor, and a bound that is kept by comparing a version.

mod contending;
mod governed;
mod versions;

use core::time::Duration;
use std::time::Instant;

use anyhow::{Context as _, bail};
use flyball_governor_proof::OffClock;
use futures::future::try_join_all;
use serde_json::{Value, json};

use super::process::{commands, say};
use governed::Governed;
use versions::Versions;

/// Who to be, and under which conditions. The scripts of the rivals take the same.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Who.
    pub who: Who,
    /// The engine.
    #[arg(long)]
    pub endpoint: String,
    /// How many ask at once.
    #[arg(long)]
    pub writers: u64,
    /// How many things there are of which each bounds its own users.
    #[arg(long)]
    pub lanes: u64,
    /// The bound of each.
    #[arg(long)]
    pub limit: u32,
    /// How long a slot is held without a sign of life.
    #[arg(long)]
    pub lease_ms: u64,
    /// How far this process's clock is ahead.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    pub ahead_ms: i64,
    /// Host and port of the vendor.
    #[arg(long, default_value = "")]
    pub vendor: String,
    /// What decides this process's choices.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// The contenders of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Who {
    /// The governor.
    Governed,
    /// A version that is read, and compared at every write.
    Versions,
}

/// A way to bound what runs at once.
pub(crate) trait Bound {
    /// A slot that is held.
    type Slot;

    /// Asks for one of a lane's `limit` slots; `None` where it may not have one now.
    async fn take(&self, lane: u64, limit: u32) -> anyhow::Result<Option<Self::Slot>>;

    /// How long a call may take that begins now under this slot; `None` where none may begin.
    async fn leave(&self, slot: &mut Self::Slot) -> Option<Duration>;

    /// Gives a slot back.
    async fn give_back(&self, slot: Self::Slot) -> anyhow::Result<()>;
}

/// Does as it is told, until nobody can tell it anything any more.
///
/// # Errors
/// The engine or the vendor can't be reached.
pub(crate) fn contend(options: &Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(Box::pin(async {
        let clock = OffClock::ahead(options.ahead_ms);
        match options.who {
            Who::Governed => {
                let governed = Governed::new(options, clock).await;
                let mut slots = Vec::new();
                let mut told = hear()?;
                while let Some(what) = told.recv().await {
                    say(&match what.as_str() {
                        "baton" => {
                            let holders = core::mem::take(&mut slots);
                            let passed = holders.into_iter().map(|it| governed.hand_on(it));
                            slots = try_join_all(passed).await?;
                            json!({ "passed": slots.len() })
                        }
                        "hand over by baton" => governed.hand_over(governed::Way::Baton).await?,
                        "hand over by message" => {
                            governed.hand_over(governed::Way::Message).await?
                        }
                        _ => act(&governed, options, &mut slots, &what).await?,
                    })?;
                }
            }
            Who::Versions => {
                let versions = Versions::new(options, clock).await;
                let mut slots = Vec::new();
                let mut told = hear()?;
                while let Some(what) = told.recv().await {
                    say(&act(&versions, options, &mut slots, &what).await?)?;
                }
            }
        }
        Ok(())
    }))
}

fn hear() -> anyhow::Result<tokio::sync::mpsc::Receiver<String>> {
    let heard = commands();
    say(&json!({}))?;
    Ok(heard)
}

/// What every contender can be told.
async fn act<B: Bound>(
    bound: &B,
    options: &Options,
    slots: &mut Vec<B::Slot>,
    what: &str,
) -> anyhow::Result<Value> {
    match what {
        // All ask at the same moment, spread evenly over the lanes.
        "take" => {
            let (writers, lanes) = (options.writers, options.lanes.max(1));
            let taken = try_join_all((0..writers).map(|writer| {
                let lane = writer % lanes;
                let share = (0..writers).filter(|other| other % lanes == lane).count();
                bound.take(lane, u32::try_from(share).unwrap_or(u32::MAX))
            }))
            .await?;
            slots.extend(taken.into_iter().flatten());
            Ok(json!({ "granted": slots.len() }))
        }
        "give back" => {
            let held = core::mem::take(slots).into_iter().map(|slot| bound.give_back(slot));
            Ok(json!({ "given_back": try_join_all(held).await?.len() }))
        }
        "contend" => {
            say(&json!({}))?;
            Box::pin(contending::contend(bound, options)).await.context("the vendor hung up")
        }
        _ => bail!("found the command {what}, expected one that contenders know"),
    }
}

/// Microseconds since a moment.
#[expect(clippy::disallowed_methods, reason = "a stopwatch is not the time of day")]
fn stopwatch() -> impl Fn() -> u64 {
    let began = Instant::now();
    move || u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX)
}
