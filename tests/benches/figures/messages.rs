//! How many messages a second go through intake, admission, the import of one small page, and
//! release, by how many functions run at once; and what a job asks of AWS.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use flyball_domain::{Integration, Kind, Message, UnixMillis};
use flyball_governor::{Clock as _, Policy};
use flyball_importer::Silent;
use flyball_local::{System, Workers};
use flyball_queue::Outgoing;
use flyball_runtime::{Service, SystemClock};
use flyball_tests::world::{Many, connectors_of};
use tokio::time::{Duration, Instant, interval, timeout};

use crate::cpu::cpu_ms;

/// How many jobs are asked for in one run, each of an account of its own.
const JOBS: u32 = 200;

/// The products of each store: less than a page.
const PRODUCTS: u64 = 5;

const PATIENCE: Duration = Duration::from_mins(5);

/// Magento sets no limit to its callers.
const INTEGRATION: Integration = Integration::Magento;

pub(crate) async fn messages() -> Result<()> {
    println!(
        "| functions at once | messages | seconds | messages a second | CPU ms a message, store and engine \
         included | DynamoDB calls a job | write units | read units | SQS calls | vendor calls |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for functions in [1, 2, 4, 8, 16, 32] {
        run(functions).await?;
    }
    println!();
    Ok(())
}

async fn run(functions: usize) -> Result<()> {
    let system = System::memory(Policy::STANDARD).await?;
    let queue = Arc::clone(system.queues.get(INTEGRATION, Kind::Products)?);
    let Many { store, jobs } = Many::open(&system, INTEGRATION, PRODUCTS, JOBS).await;
    let last = jobs.last().context("no job")?.account.clone();
    let clock = SystemClock::new();
    let connectors = connectors_of(INTEGRATION, Arc::new(move || UnixMillis(clock.now().0)));
    let importer = system.importer(connectors, Arc::new(Silent));
    let (before, queued, calls) =
        (system.meter.snapshot(), system.queue_calls.count(), store.counters().calls);
    let (began, cpu) = (Instant::now(), cpu_ms()?);
    for job in jobs {
        let text = Message::Import(job.clone()).to_text();
        queue.send(&Outgoing::new(text, job.account)?).await?;
    }
    let workers =
        Workers::start(importer, Arc::clone(&queue), Kind::Products, &Policy::STANDARD, functions);
    timeout(PATIENCE, handled(&workers)).await.context("the messages were not all handled")?;
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), cpu_ms()? - cpu);
    workers.stop().await;
    let used = (system.meter.snapshot() - &before).total(Service::DynamoDb);
    let stored = system.stores.records.count(&last, Kind::Products).await?;
    ensure!(stored == PRODUCTS, "found {stored} products of the last account");
    let each = |count: f64| count / f64::from(JOBS);
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    println!(
        "| {functions} | {JOBS} | {seconds:.2} | {:.0} | {:.1} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
        f64::from(JOBS) / seconds,
        each(cpu),
        each(number(used.calls)),
        each(used.write_units + number(used.refused)),
        each(used.read_units),
        each(number(system.queue_calls.count() - queued)),
        each(number(store.counters().calls - calls)),
    );
    Ok(())
}

async fn handled(workers: &Workers) {
    let mut looks = interval(Duration::from_millis(5));
    while workers.worked().messages < u64::from(JOBS) {
        looks.tick().await;
    }
}
