//! The figures of `docs/BENCHMARKS.md` about the embedded engine: how fast records are stored in it,
//! one item a record, in memory and on file. Prints Markdown.
//!
//! `cargo bench -p flyball-tests --bench storing`
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use flyball_domain::{Integration, Kind, Message, Mode, Row, UnixMillis};
use flyball_governor::{Clock as _, Policy};
use flyball_importer::{Delivery, Handled, Silent};
use flyball_local::{DataFolder, System};
use flyball_queue::{Outgoing, Receive};
use flyball_records::Run;
use flyball_runtime::SystemClock;
use flyball_tests::world::{Setup, Shop, connectors_of};
use futures::TryStreamExt as _;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use tokio::time::Instant;

/// The products of each store.
const PRODUCTS: u64 = 10_000;

/// The rows of a page, where records are stored that were imported before.
const PAGE_ROWS: usize = 250;

#[derive(Clone, Copy, Debug)]
enum Place {
    Memory,
    File,
}

#[tokio::main]
async fn main() -> Result<()> {
    println!("| store | engine | what | records | records per second | CPU ms per record |");
    println!("|---|---|---|---|---|---|");
    for &integration in Integration::ALL {
        for place in [Place::Memory, Place::File] {
            measure(integration, place).await?;
        }
    }
    Ok(())
}

async fn measure(integration: Integration, place: Place) -> Result<()> {
    let (folder, again) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let system = open(place, folder.path()).await?;
    let setup = Setup { integration, products: PRODUCTS, ..Setup::default() };
    let shop = Shop::open(&system.stores.accounts, "bench", setup).await;
    let watch = Watch::start()?;
    import(&system, integration, &shop).await?;
    watch.told(integration, place, "import, the store in the same process")?;

    let job = shop.job(Mode::Incremental).key();
    let records = system.stores.records.stream(&shop.account, Kind::Products);
    let rows: Vec<Row> = records.map_ok(Row::Good).try_collect().await?;
    if u64::try_from(rows.len())? != PRODUCTS {
        bail!("found {} products stored, expected {PRODUCTS}", rows.len());
    }
    let empty = open(place, again.path()).await?;
    let watch = Watch::start()?;
    let mut first = 0;
    for page in rows.chunks(PAGE_ROWS) {
        let run = Run::new(&job, 1, now());
        let written = empty.stores.records.write_page(&run, first, page).await?.summary.written;
        let expected = u64::try_from(page.len())?;
        if written != expected {
            bail!("found {written} records written, expected {expected}");
        }
        first += expected;
    }
    watch.told(integration, place, "storing alone")
}

async fn open(place: Place, path: &Path) -> Result<System> {
    Ok(match place {
        Place::Memory => System::memory(Policy::STANDARD).await?,
        Place::File => System::open(&DataFolder::open(path)?, Policy::STANDARD).await?,
    })
}

/// Imports the shop's products, in one invocation.
async fn import(system: &System, integration: Integration, shop: &Shop) -> Result<()> {
    let importer = system.importer(connectors_of(integration, Arc::new(now)), Arc::new(Silent));
    let queue = system.queues.get(integration, Kind::Products)?;
    let text = Message::Import(shop.job(Mode::Incremental)).to_text();
    queue.send(&Outgoing::new(text, shop.account.clone())?).await?;
    let ask = Receive { messages_max: 1, visibility_ms: Policy::STANDARD.lease_ms, wait_ms: 0 };
    let received = queue.receive(ask).await?.pop().context("the message is not in the queue")?;
    let delivery = Delivery {
        body: received.body,
        receipt: received.receipt,
        kind: Kind::Products,
        receives: Some(received.receives),
        end_by: None,
    };
    match importer.handle(&delivery).await {
        Handled::Done => Ok(()),
        Handled::Again(why) => bail!("the import did not end: {why}"),
    }
}

fn now() -> UnixMillis {
    UnixMillis(SystemClock::new().now().0)
}

/// What the time and the process's CPU time were.
struct Watch {
    began: Instant,
    cpu_ms: i64,
}

impl Watch {
    fn start() -> Result<Self> {
        Ok(Self { began: Instant::now(), cpu_ms: cpu_ms()? })
    }

    fn told(&self, integration: Integration, place: Place, what: &str) -> Result<()> {
        let ms = u64::try_from(self.began.elapsed().as_millis())?.max(1);
        let cpu = u64::try_from(cpu_ms()? - self.cpu_ms)?.saturating_mul(1_000) / PRODUCTS;
        println!(
            "| {integration} | {place:?} | {what} | {PRODUCTS} | {} | {}.{:03} |",
            PRODUCTS.saturating_mul(1_000) / ms,
            cpu / 1_000,
            cpu % 1_000,
        );
        Ok(())
    }
}

fn cpu_ms() -> Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok((usage.user_time() + usage.system_time()).num_milliseconds())
}
