//! How much of a limit of a whole integration is in use while anybody waits, and who goes first.

use core::ops::RangeInclusive;
use std::io::Write;

use flyball_governor::Policy;
use flyball_governor_proof::simulate::steady::{Request, Steady, Vendor, run};

use super::Options;
use super::figure::Figure;
use super::times::{RAW_HEADS, Times, jobs, percent, raw, request, seconds};

const LIMIT: u32 = 24;
const ACCOUNTS: u64 = 24;
/// How long a job's one call takes, in milliseconds.
const CALLS_MS: [u64; 3] = [2_000, 10_000, 25_000];
/// How many jobs come, for each slot of the limit.
const JOBS_PER_SLOT: u64 = 20;
/// By how much more comes than the limit lets through, in percent.
const DEMAND_PERCENT: u64 = 150;
const WORKERS: u64 = 96;
/// Who is overtaken by less has been overtaken by nobody: requests take a while to arrive.
const ARRIVES_MS: u64 = 1_000;

/// Measures the row, with one in so many jobs.
pub(crate) async fn measure(options: &Options, out: &mut impl Write) -> anyhow::Result<Figure> {
    let each = JOBS_PER_SLOT.checked_div(options.one_in).unwrap_or(JOBS_PER_SLOT).max(4);
    let mut worlds = Vec::new();
    for call_ms in CALLS_MS {
        for (who, slots, limit) in
            [("flyball", u64::from(LIMIT), Some(LIMIT)), ("hard caps", 1, None)]
        {
            let plan = plan(call_ms..=call_ms, slots, limit, each);
            let world = tokio::task::spawn_blocking(move || run(&plan));
            worlds.push((who, call_ms, world));
        }
    }
    let mut figure = Figure::of(
        &[
            "who",
            "a call takes, s",
            "jobs",
            "of the limit in use while anybody waited",
            "started before an account that had waited over a second longer",
            "the longest wait, s",
        ],
        &[&["who", "call_ms"], &RAW_HEADS[..]].concat(),
    );
    for (who, call_ms, world) in worlds {
        let jobs = jobs(&world.await??);
        figure.raw.extend(raw([who.to_owned(), call_ms.to_string()], &jobs));
        figure.line(tell(who, call_ms, &jobs), out)?;
    }
    Ok(figure)
}

fn plan(call_ms: RangeInclusive<u64>, slots: u64, limit: Option<u32>, each: u64) -> Steady {
    let count = u64::from(LIMIT).saturating_mul(each);
    let served_ms = each.saturating_mul(*call_ms.end());
    let comes_ms = served_ms.saturating_mul(100) / DEMAND_PERCENT;
    Steady {
        seed: 1,
        accounts: ACCOUNTS,
        slots,
        vendor: Vendor::Unlimited,
        call_ms,
        workers: WORKERS,
        policy: Policy::STANDARD,
        limit,
        outage_ms: None,
        requests: requests(count, comes_ms),
        // Alone, the busiest account would need so long under a cap of its own.
        lasts_ms: served_ms.saturating_mul(2).saturating_add(60_000),
    }
}

/// Requests of accounts of which the second wants half as much as the first, the third a third, and
/// so on (Zipf), evenly mixed.
fn requests(count: u64, within_ms: u64) -> Vec<Request> {
    /// A number that many shares divide.
    const WHOLE: u64 = 1_000_000;
    let share = |account: u64| WHOLE / account.saturating_add(1);
    let mut credit = vec![0_u64; usize::try_from(ACCOUNTS).unwrap_or(0)];
    let mut requests = Vec::new();
    for number in 0..count {
        for (account, credit) in (0..).zip(credit.iter_mut()) {
            *credit = credit.saturating_add(share(account));
        }
        let first = (0_u64..)
            .zip(credit.iter())
            .max_by_key(|(account, credit)| (**credit, u64::MAX.saturating_sub(*account)));
        let Some((account, _)) = first else { continue };
        let all: u64 = (0..ACCOUNTS).map(share).sum();
        if let Some(credit) = usize::try_from(account).ok().and_then(|it| credit.get_mut(it)) {
            *credit = credit.saturating_sub(all);
        }
        let at_ms = number.saturating_mul(within_ms).checked_div(count).unwrap_or(0);
        requests.push(request(at_ms, account, number));
    }
    requests
}

/// Since when an account waits at a moment, if it does: since its oldest job was asked for, or since
/// it last had its turn.
fn waits_since(account: u64, at_ms: u64, jobs: &[Times]) -> Option<u64> {
    let own = || jobs.iter().filter(|job| job.account == account);
    let asked = own().filter(|job| job.asked_ms < at_ms && job.waits(at_ms.saturating_sub(1)));
    let oldest = asked.map(|job| job.asked_ms).min()?;
    let turn = own().filter_map(|job| job.started_ms).filter(|started| *started < at_ms).max();
    Some(oldest.max(turn.unwrap_or(0)))
}

/// Whether a job started before one of an account that had waited longer, by more than requests take
/// to arrive.
fn overtakes(job: &Times, jobs: &[Times]) -> bool {
    let Some(started) = job.started_ms else { return false };
    let since = waits_since(job.account, started, jobs).unwrap_or(job.asked_ms);
    let longer = |other: u64| other.saturating_add(ARRIVES_MS) < since;
    // One that starts at the same moment was not kept waiting by this one.
    let waits_on =
        |account: u64| jobs.iter().any(|other| other.account == account && other.waits(started));
    (0..ACCOUNTS).any(|account| {
        account != job.account
            && waits_on(account)
            && waits_since(account, started, jobs).is_some_and(longer)
    })
}

fn tell(who: &str, call_ms: u64, jobs: &[Times]) -> Vec<String> {
    let mut moments: Vec<u64> = jobs
        .iter()
        .flat_map(|job| [Some(job.asked_ms), job.started_ms, job.finished_ms])
        .flatten()
        .collect();
    moments.sort_unstable();
    moments.dedup();
    let (mut used, mut whole) = (0_u64, 0_u64);
    for (from, to) in moments.iter().zip(moments.iter().skip(1)) {
        // Not while the first come: a slot that was never taken was kept from nobody.
        if jobs
            .iter()
            .any(|job| job.waits(*from) && job.asked_ms.saturating_add(ARRIVES_MS) <= *from)
        {
            let ms = to.saturating_sub(*from);
            let running = u64::try_from(jobs.iter().filter(|job| job.runs(*from)).count());
            used = used.saturating_add(running.unwrap_or(0).saturating_mul(ms));
            whole = whole.saturating_add(u64::from(LIMIT).saturating_mul(ms));
        }
    }
    let started = jobs.iter().filter(|job| job.started_ms.is_some());
    let overtaking = started.clone().filter(|job| overtakes(job, jobs)).count();
    let overtaking = u64::try_from(overtaking).unwrap_or(u64::MAX);
    let count = u64::try_from(jobs.len()).unwrap_or(u64::MAX);
    let waited = started.filter_map(|job| Some(job.started_ms?.saturating_sub(job.asked_ms)));
    vec![
        who.to_owned(),
        seconds(call_ms),
        count.to_string(),
        percent(used, whole),
        percent(overtaking, count),
        seconds(waited.max().unwrap_or(0)),
    ]
}
