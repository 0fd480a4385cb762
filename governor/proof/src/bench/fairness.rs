//! A thousand accounts under one limit, one of them a hundred times as busy as the others.

use std::io::Write;

use flyball_governor::Policy;
use flyball_governor_proof::simulate::steady::{Request, Steady, Vendor, run};

use super::Options;
use super::figure::{Figure, percentile};
use super::times::{RAW_HEADS, Times, jobs, raw, request, seconds};

const ACCOUNTS: u64 = 1_000;
/// How much busier the busy one is. It is the first.
const BUSIER: u64 = 100;
const BUSY: u64 = 0;
/// How many slots an account has.
const SLOTS: u64 = 2;
const CALL_MS: u64 = 500;
/// Where more is asked for than can be done: the limit, how often a quiet account asks, and the time
/// that is looked at.
const FULL_LIMIT: u32 = 12;
const FULL_EVERY_MS: u64 = 30_000;
const FULL_FROM_MS: u64 = 120_000;
const FULL_TO_MS: u64 = 720_000;
/// Where there is room for all.
const EASY_LIMIT: u32 = 24;
const EASY_EVERY_MS: u64 = 60_000;
const EASY_LASTS_MS: u64 = 300_000;
/// Workers, where they are no limit.
const WORKERS: u64 = 96;

/// How it is bounded.
#[derive(Clone, Copy, Debug)]
enum Bounded {
    /// By the governor: a limit of the integration, and slots of each account.
    Governed,
    /// By how many functions the queue has, whoever comes first.
    Queue,
}

impl Bounded {
    const ALL: [Self; 2] = [Self::Governed, Self::Queue];

    const fn name(self) -> &'static str {
        match self {
            Self::Governed => "flyball",
            Self::Queue => "first come first served",
        }
    }

    fn plan(self, limit: u32, accounts: u64, requests: Vec<Request>, lasts_ms: u64) -> Steady {
        let (slots, workers, limit) = match self {
            Self::Governed => (SLOTS, WORKERS, Some(limit)),
            Self::Queue => (u64::from(limit), u64::from(limit), None),
        };
        let (call_ms, policy) = (CALL_MS..=CALL_MS, Policy::STANDARD);
        let (seed, vendor, outage_ms) = (1, Vendor::Unlimited, None);
        Steady {
            seed,
            accounts,
            slots,
            vendor,
            call_ms,
            workers,
            policy,
            limit,
            outage_ms,
            requests,
            lasts_ms,
        }
    }
}

/// Measures the row, with one in so many accounts.
pub(crate) async fn measure(options: &Options, out: &mut impl Write) -> anyhow::Result<Figure> {
    let part = |of: u64| of.checked_div(options.one_in).unwrap_or(of).max(2);
    let limit = |of: u32| u32::try_from(part(of.into())).unwrap_or(of);
    let (accounts, busier) = (part(ACCOUNTS), part(BUSIER));
    let mut worlds = Vec::new();
    for bounded in Bounded::ALL {
        let full = requests(accounts, busier, FULL_EVERY_MS, FULL_TO_MS, Burst::No);
        let easy = |busier| requests(accounts, busier, EASY_EVERY_MS, EASY_LASTS_MS, Burst::Yes);
        let plans = [
            bounded.plan(limit(FULL_LIMIT), accounts, full, FULL_TO_MS),
            bounded.plan(limit(EASY_LIMIT), accounts, easy(0), EASY_LASTS_MS),
            bounded.plan(limit(EASY_LIMIT), accounts, easy(busier), EASY_LASTS_MS),
        ];
        let run = |plan: Steady| tokio::task::spawn_blocking(move || run(&plan));
        worlds.push((bounded, plans.map(run)));
    }
    let mut figure = Figure::of(
        &[
            "who",
            "Jain's index of what each got while all wanted",
            "least and most a quiet account got",
            "the busy one got",
            "quiet accounts' p99 wait alone, s",
            "beside the busy one, s",
            "of alone",
        ],
        &[&["who", "world"], &RAW_HEADS[..]].concat(),
    );
    for (bounded, worlds) in worlds {
        let mut seen = Vec::new();
        for (world, name) in worlds.into_iter().zip(["all want more", "alone", "beside"]) {
            let jobs = jobs(&world.await??);
            let world = [bounded.name().to_owned(), name.to_owned()];
            figure.raw.extend(raw(world, &jobs));
            seen.push(jobs);
        }
        if let [full, alone, beside] = &seen[..] {
            figure.line(tell(bounded, accounts, full, [alone, beside]), out)?;
        }
    }
    Ok(figure)
}

/// Whether the busy one asks for all that it wants at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Burst {
    Yes,
    No,
}

fn requests(
    accounts: u64,
    busier: u64,
    every_ms: u64,
    until_ms: u64,
    burst: Burst,
) -> Vec<Request> {
    let mut asks = Vec::new();
    for begins_ms in (0..until_ms).step_by(usize::try_from(every_ms).unwrap_or(usize::MAX)) {
        let spread = |n: u64, of: u64| {
            begins_ms.saturating_add(n.saturating_mul(every_ms).checked_div(of).unwrap_or(0))
        };
        asks.extend((1..accounts).map(|account| (spread(account, accounts), account)));
        asks.extend((0..busier).map(|n| match burst {
            Burst::Yes => (begins_ms, BUSY),
            Burst::No => (spread(n, busier), BUSY),
        }));
    }
    asks.sort_unstable();
    (0..).zip(asks).map(|(number, (at_ms, account))| request(at_ms, account, number)).collect()
}

/// How many jobs of each account ended in the time that is looked at.
fn got(jobs: &[Times], accounts: u64) -> Vec<u64> {
    let mut got = vec![0_u64; usize::try_from(accounts).unwrap_or(0)];
    let in_time = |ms: &u64| (FULL_FROM_MS..FULL_TO_MS).contains(ms);
    for job in jobs.iter().filter(|job| job.finished_ms.as_ref().is_some_and(in_time)) {
        if let Some(count) = usize::try_from(job.account).ok().and_then(|it| got.get_mut(it)) {
            *count = count.saturating_add(1);
        }
    }
    got
}

/// Jain's index, `(Σx)² ÷ (n Σx²)` (Jain, Chiu, Hawe 1984), in ten thousandths.
fn jain(shares: &[u64]) -> u64 {
    let count = u64::try_from(shares.len()).unwrap_or(u64::MAX);
    let sum: u64 = shares.iter().sum();
    let squares: u64 = shares.iter().map(|share| share.saturating_mul(*share)).sum();
    let above = sum.saturating_mul(sum).saturating_mul(10_000);
    above.checked_div(count.saturating_mul(squares)).unwrap_or(0)
}

fn p99_wait_ms(jobs: &[Times]) -> u64 {
    let quiet = jobs.iter().filter(|job| job.account != BUSY);
    let waited = |job: &Times| Some(job.started_ms?.saturating_sub(job.asked_ms));
    let mut waits: Vec<u64> = quiet.filter_map(waited).collect();
    waits.sort_unstable();
    percentile(&waits, 99)
}

fn tell(
    bounded: Bounded,
    accounts: u64,
    full: &[Times],
    [alone, beside]: [&[Times]; 2],
) -> Vec<String> {
    let got = got(full, accounts);
    let (busy, quiet) = got.split_first().unwrap_or((&0, &[]));
    let index = jain(&got);
    let (alone_ms, beside_ms) = (p99_wait_ms(alone), p99_wait_ms(beside));
    let ratio = beside_ms.saturating_mul(100).checked_div(alone_ms).unwrap_or(0);
    let most = |it: Option<&u64>| it.copied().unwrap_or(0);
    vec![
        bounded.name().to_owned(),
        format!("0.{index:04}").replace("0.10000", "1.0000"),
        format!("{} to {}", most(quiet.iter().min()), most(quiet.iter().max())),
        busy.to_string(),
        seconds(alone_ms),
        seconds(beside_ms),
        format!("{}.{:02} ×", ratio / 100, ratio % 100),
    ]
}
