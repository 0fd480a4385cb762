//! One seed: a world from its beginning to its end, in a runtime of its own whose clock stands still
//! until everybody waits.

use std::sync::Arc;

use flyball_domain::Kind;

use super::Slip;
use super::crew::{tickers, workers};
use super::ending::{SETTLING_MS, account_for, come_to_rest};
use super::hand::{act, put_right};
use super::site::Site;
use super::world::{Remains, Story, World};

/// Tickers, one of which has the duty.
const TICKERS: u64 = 2;
/// Workers of each kind, at most.
const WORKERS_MAX: u64 = 3;

/// Runs a seed.
///
/// # Errors
/// The world can't be built, or can't be put right.
pub(super) fn run(seed: u64, slip: Slip, story: Story) -> anyhow::Result<Remains> {
    // The client's pauses between attempts are drawn from the thread's.
    fastrand::seed(seed);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(async {
        let world = Arc::new(World::new(seed, slip, story));
        Box::pin(live(&world)).await?;
        Ok(world.remains())
    })
}

async fn live(world: &Arc<World>) -> anyhow::Result<()> {
    let site = Box::pin(Site::build(world)).await?;
    world.becomes_wild();
    let mut crew = tokio::task::JoinSet::new();
    for kind in Kind::ALL {
        for number in 0..=world.below(WORKERS_MAX) {
            crew.spawn(workers(Arc::clone(&site), *kind, number));
        }
    }
    for number in 0..TICKERS {
        crew.spawn(tickers(Arc::clone(&site), number));
    }
    Box::pin(act(&site)).await?;
    world.becomes_calm();
    world.tell("world", "becomes calm");
    world.rest(SETTLING_MS).await;
    Box::pin(put_right(&site)).await?;
    Box::pin(come_to_rest(&site)).await?;
    crew.abort_all();
    Box::pin(account_for(&site)).await
}
