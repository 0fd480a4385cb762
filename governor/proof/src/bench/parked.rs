//! What a hundred thousand jobs cost that are parked for a day behind a switch, beside the same jobs
//! left in a queue.

use std::io::Write;
use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use flyball_accounts::{Accounts, KeyFile};
use flyball_domain::{Integration, Job, JobId, Kind, Message, Mode, UnixMillis as Millis};
use flyball_governor::core::{Switch, WideScope};
use flyball_governor::{
    Admission, Clock as _, Governor, LaneId, LaneSpec, Policy, Requests, Stop, StopMode,
    UnixMillis, Waiting,
};
use flyball_governor_proof::engine::Engine;
use flyball_governor_proof::turned::{Counted, Turned};
use flyball_local::{ACCOUNTS_TABLE, GOVERNOR_TABLE, Stores};
use flyball_queue::{LocalQueues, Queues};
use flyball_ticker::Ticker;

use super::Options;
use super::counts::Counts;
use super::engine::{EngineProcess, Options as EngineOptions};
use super::figure::Figure;

const JOBS: u64 = 100_000;
/// Of how many accounts the jobs are, and how many accounts' are measured; the rest is reckoned.
const SHAPES: [Shape; 2] =
    [Shape { accounts: 1_000, measured: 20 }, Shape { accounts: 100_000, measured: 200 }];
const DAY_MS: u64 = 86_400_000;
/// How often the ticker passes here. What a pass costs that finds nothing is measured apart and left
/// out: it passes every second, whether or not anything is parked.
const PASS_MS: u64 = 900_000;
const BEGAN: UnixMillis = UnixMillis(1_790_000_000_000);
const KEY: &str = "measured 0000000000000000000000000000000000000000000000000000000000000000";
/// How often a message is received before it goes to the dead-letter queue, as deployed.
const RECEIVES_MAX: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// Billionths of a dollar: `DynamoDB` on demand for a write unit and a read unit
/// (/dynamodb/pricing/on-demand), SQS for a request (/sqs/pricing), Lambda for an invocation and a
/// gigabyte-second on arm64 (/lambda/pricing); us-east-1, November 2026, no free tier.
const WRITE: u64 = 625;
const READ: u64 = 125;
const SQS_REQUEST: u64 = 400;
const INVOCATION: u64 = 200;
const GB_SECOND: u64 = 13_333;
/// The same for a gigabyte in tables for a month, and what a row takes at most with its index.
const GB_MONTH: u64 = 250_000_000;
const ROW_BYTES: u64 = 612;
const BYTES_PER_GB: u64 = 1_073_741_824;
const DAYS_PER_MONTH: u64 = 30;

/// For how long a message left in the queue is hidden, in seconds: the default, the longest that is
/// usual, and the longest that there is.
const HIDDEN_S: [u64; 3] = [30, 900, 43_200];
/// Messages of one receive, of one invocation, and of one call that hides them.
const BATCH: u64 = 10;
/// What an invocation is billed that finds out that it may not work: 128 MB for 100 ms.
const REFUSING_GB_MS: u64 = 100 * 128 / 1_024;

#[derive(Clone, Copy)]
struct Shape {
    accounts: u64,
    measured: u64,
}

/// What was counted of the accounts that were measured.
struct Day {
    parking: Counts,
    waiting: Counts,
    nothing: Counts,
    taking_out: Counts,
    messages: u64,
}

/// Measures the row, with one in so many of the accounts that are measured.
pub(crate) async fn measure(options: &Options, out: &mut impl Write) -> anyhow::Result<Figure> {
    let mut figure = Figure::of(
        &[
            "who",
            "accounts",
            "receives in the day",
            "invocations",
            "write units",
            "read units",
            "the day at list price, $",
            "putting there and taking out, $",
            "in the dead-letter queue by then",
            "late after the switch's end, s, at most",
        ],
        &["accounts", "measured", "what", "requests", "write_halves", "read_halves"],
    );
    for Shape { accounts, measured } in SHAPES {
        let measured = measured.checked_div(options.one_in).unwrap_or(measured).max(2);
        let day = Box::pin(day(measured, JOBS / accounts)).await?;
        keep(&mut figure, accounts, measured, &day);
        figure.line(governed(accounts, measured, &day), out)?;
    }
    for hidden_s in HIDDEN_S {
        figure.line(queued(hidden_s), out)?;
    }
    Ok(figure)
}

fn keep(figure: &mut Figure, accounts: u64, measured: u64, day: &Day) {
    let parts = [
        ("parking", &day.parking),
        ("a day with nothing parked", &day.nothing),
        ("the day", &day.waiting),
        ("taking out", &day.taking_out),
    ];
    figure.raw.extend(parts.map(|(what, counts)| {
        let numbers = [counts.all(), counts.write_halves, counts.read_halves];
        let mut cells = vec![accounts.to_string(), measured.to_string(), what.to_owned()];
        cells.extend(numbers.map(|it| it.to_string()));
        cells
    }));
}

/// What waits for a day costs beyond what the same day costs without it.
fn governed(accounts: u64, measured: u64, day: &Day) -> Vec<String> {
    let all = |halves: u64| {
        halves.saturating_mul(accounts).checked_div(measured.saturating_mul(2)).unwrap_or(0)
    };
    let writes = all(day.waiting.write_halves.saturating_sub(day.nothing.write_halves));
    let reads = all(day.waiting.read_halves.saturating_sub(day.nothing.read_halves));
    let moving =
        |count: fn(&Counts) -> u64| all(count(&day.parking).saturating_add(count(&day.taking_out)));
    let stored = JOBS.saturating_mul(ROW_BYTES).saturating_mul(GB_MONTH)
        / BYTES_PER_GB.saturating_mul(DAYS_PER_MONTH);
    let cost = |writes: u64, reads: u64| {
        writes.saturating_mul(WRITE).saturating_add(reads.saturating_mul(READ))
    };
    vec![
        "flyball".to_owned(),
        accounts.to_string(),
        day.messages.to_string(),
        day.messages.to_string(),
        writes.to_string(),
        reads.to_string(),
        dollars(cost(writes, reads).saturating_add(stored)),
        dollars(cost(moving(|it| it.write_halves), moving(|it| it.read_halves))),
        "0".to_owned(),
        (Policy::STANDARD.lift_ramp_ms / 1_000).to_string(),
    ]
}

/// What the same jobs cost that are received again and again, reckoned from how SQS is documented to
/// work.
fn queued(hidden_s: u64) -> Vec<String> {
    let times = (DAY_MS / 1_000).checked_div(hidden_s).unwrap_or(0);
    let receives = JOBS.saturating_mul(times);
    let batches = receives / BATCH;
    // A queue hides for as long as it is set to; for longer, each batch is hidden by a call.
    let hides = if hidden_s > 900 { batches } else { 0 };
    let nanos = batches
        .saturating_add(hides)
        .saturating_mul(SQS_REQUEST)
        .saturating_add(batches.saturating_mul(INVOCATION))
        .saturating_add(batches.saturating_mul(REFUSING_GB_MS).saturating_mul(GB_SECOND) / 1_000);
    let dead = if times > u64::from(RECEIVES_MAX.get()) { JOBS } else { 0 };
    vec![
        format!("SQS, hidden for {hidden_s} s, reckoned"),
        "any".to_owned(),
        receives.to_string(),
        batches.to_string(),
        "0".to_owned(),
        "0".to_owned(),
        dollars(nanos),
        "0.000".to_owned(),
        dead.to_string(),
        hidden_s.to_string(),
    ]
}

/// Billionths of a dollar as dollars.
fn dollars(nanos: u64) -> String {
    let thousandths = nanos.div_ceil(1_000_000);
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

/// Parks jobs of some accounts behind a switch of their integration and lets a day pass.
async fn day(accounts: u64, jobs: u64) -> anyhow::Result<Day> {
    let mut engine = EngineProcess::start(&EngineOptions::default()).await?;
    let client = Engine::at(&engine.endpoint).await.client();
    Stores::create_tables(&client).await?;
    let clock = Arc::new(Turned::at(BEGAN));
    let entropy = Arc::new(Counted::default());
    let policy = Policy::STANDARD;
    let governor = Governor::new(client.clone(), GOVERNOR_TABLE, policy, clock.clone(), entropy);
    let time = Arc::clone(&clock);
    let local = LocalQueues::memory(RECEIVES_MAX, Arc::new(move || Millis(time.now().0)))?;
    let queues = Queues::of_all(|name| Arc::new(local.queue(name)));
    let keys = Arc::new(KeyFile::parse(KEY)?);
    let accounts_table = Accounts::new(client, ACCOUNTS_TABLE, keys);
    let ticker = Ticker::new(governor.clone(), accounts_table, queues.clone());
    let spec = LaneSpec { group: Some(Integration::Shopify.as_str().parse()?), cap: 2 };
    let lanes: Result<Vec<LaneId>, _> =
        (0..accounts).map(|n| format!("account-{n}").parse()).collect();
    let lanes = lanes?;
    for lane in &lanes {
        governor.create(lane, &spec).await?;
    }
    let scope: WideScope = Integration::Shopify.as_str().parse()?;
    let (reason, author) = ("a migration".to_owned(), "bench".to_owned());
    let stop = Stop { mode: StopMode::Stop, reason, author, until: None };
    let switch = Switch { stop, since: clock.now(), ramp_ms: policy.lift_ramp_ms };
    governor.switch_on(&scope, &switch).await?;
    pass_a_day(&ticker, &clock).await?;
    engine.counts().await?;
    pass_a_day(&ticker, &clock).await?;
    let nothing = engine.counts().await?;
    let mut rows = Vec::new();
    for lane in &lanes {
        for number in 0..jobs {
            rows.push((lane, park(&governor, lane, &spec, number).await?));
        }
    }
    let parking = engine.counts().await?;
    pass_a_day(&ticker, &clock).await?;
    let waiting = engine.counts().await?;
    for (lane, (row, request)) in &rows {
        governor.unpark(lane, &row.id, &Requests::one(request)).await?;
    }
    let taking_out = engine.counts().await?;
    ensure!(governor.parked(lanes.first().context("no lane")?).await?.is_empty(), "rows are left");
    let mut messages = 0_u64;
    for (_, _, queue) in queues.iter() {
        messages = messages.saturating_add(queue.counts().await?.visible);
    }
    Ok(Day { parking, waiting, nothing, taking_out, messages })
}

async fn pass_a_day(ticker: &Ticker, clock: &Turned) -> anyhow::Result<()> {
    for _ in 0..DAY_MS / PASS_MS {
        clock.turn(PASS_MS);
        let pass = Box::pin(ticker.pass()).await?;
        ensure!(pass.failed == 0, "found a pass that could not do all: {pass:?}");
    }
    Ok(())
}

/// Asks, parks and asks once more, as an importer does.
async fn park(
    governor: &Governor,
    lane: &LaneId,
    spec: &LaneSpec,
    number: u64,
) -> anyhow::Result<(Waiting, String)> {
    let now = Millis(governor.now().0);
    let from = Millis(number.saturating_mul(DAY_MS));
    let mode = Mode::Backfill { from, to: Millis(from.0.saturating_add(DAY_MS)) };
    let mut random = [0; 10];
    random[..8].copy_from_slice(&governor.random().to_le_bytes());
    let id = JobId::new(now, random);
    let job = Job { id, account: lane.as_str().parse()?, kind: Kind::Products, mode };
    let kind = Kind::Products.as_str().parse()?;
    let claim = governor.claim(job.key().short().parse()?, kind);
    let request = job.id.to_string();
    let row =
        Waiting { id: claim.id.clone(), kind: claim.kind.clone(), class: 1, since: governor.now() };
    for parked in [false, true] {
        if let Admission::Admitted(_) = governor.admit(lane, &claim, spec).await? {
            bail!("found an admission behind a switch");
        }
        if !parked {
            governor.park(lane, &row, &Message::Import(job.clone()).to_text(), &request).await?;
            governor.mark(lane, spec).await?;
        }
    }
    Ok((row, request))
}
