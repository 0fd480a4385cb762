use core::time::Duration;
use std::convert::Infallible;

use flyball_governor_proof::dice::Dice;
use flyball_governor_proof::vendor::Vendor;
use futures::future::try_join_all;

use super::{Bound, Options};

/// How long a short job's one call takes, at least, and how much longer at most.
const CALL_MS_MIN: u64 = 5;
const CALL_MS_MORE: u64 = 45;
/// One job in so many is long: it lasts longer than a lease that nobody renews, in calls of this.
const LONG_ONE_IN: u64 = 1_000;
const LONG_CALL_MS: u64 = 500;
/// How long whoever was refused stays away, at least, and how much longer at most.
const AWAY_MS_MIN: u64 = 10;
const AWAY_MS_MORE: u64 = 140;

/// Lets all writers run job after job, until the process is killed.
pub(crate) async fn contend<B: Bound, T>(bound: &B, options: &Options) -> std::io::Result<T> {
    let writers = (0..options.writers).map(|writer| work(bound, options, writer));
    let ended: Vec<Infallible> = try_join_all(writers).await?;
    match ended.into_iter().next() {
        Some(never) => match never {},
        None => Err(std::io::Error::other("there are no writers")),
    }
}

async fn work<B: Bound>(bound: &B, options: &Options, writer: u64) -> std::io::Result<Infallible> {
    let mut dice = Dice::part(options.seed, writer);
    let mut vendor = Vendor::connect(&options.vendor).await?;
    loop {
        let lane = dice.below(options.lanes);
        // Unanswered, it has started nothing, as if it had been refused.
        let Ok(Some(mut slot)) = bound.take(lane, options.limit).await else {
            pause(AWAY_MS_MIN.saturating_add(dice.below(AWAY_MS_MORE))).await;
            continue;
        };
        let (calls, call_ms) = if dice.one_in(LONG_ONE_IN) {
            let lasts_ms = options.lease_ms.saturating_add(options.lease_ms / 2);
            (lasts_ms / LONG_CALL_MS, LONG_CALL_MS)
        } else {
            (1, CALL_MS_MIN.saturating_add(dice.below(CALL_MS_MORE)))
        };
        for call in 0..calls {
            let Some(within) = bound.leave(&mut slot).await else { break };
            let word = if call == 0 { "first" } else { "begin" };
            let whole = async {
                vendor.tell(&format!("{word} {lane}")).await?;
                pause(call_ms).await;
                vendor.tell(&format!("end {lane}")).await
            };
            match tokio::time::timeout(within, whole).await {
                Ok(told) => told?,
                Err(_elapsed) => vendor.hang_up().await?,
            }
        }
        // Unanswered, the slot ends by itself.
        drop(bound.give_back(slot).await);
    }
}

#[expect(clippy::disallowed_methods, reason = "it stands for a call, and for waiting elsewhere")]
async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
