//! How much of a vendor's limit is used while anybody waits, and how many calls are put off for it:
//! where the vendor tells what is left, and where it tells nobody anything.

use std::io::Write;

use anyhow::{Context as _, ensure};
use flyball_domain::{Kind, Mode, UnixMillis};
use flyball_governor::Policy;
use flyball_governor_proof::bucket::Limit;
use flyball_governor_proof::simulate::steady::{
    Counters, Happening, Plan, Request, Seen, Steady, Vendor, run,
};
use serde_json::Value;

use super::Options;
use super::figure::Figure;
use super::process::Process;
use super::times::percent;

/// How long a call takes of a store that tells nobody, in milliseconds.
const CALL_MS: core::ops::RangeInclusive<u64> = 300..=700;
/// The most slots that an account has: of a limit that nobody knows, all are tried.
const SLOTS: u64 = 24;
/// More workers than slots: they are no limit.
const WORKERS: u64 = 32;

/// The shop that tells what is left, with so many products and, in the other world, orders.
const TOLD: Plan = Plan::Advanced;
const TOLD_PRODUCTS: u64 = 10_000;
const TOLD_ORDERS: u64 = 4_000;
/// How long its calls take, in milliseconds: an import makes one after the other, and with slower ones
/// it could not ask for as much as the plan offers.
const TOLD_CALL_MS: core::ops::RangeInclusive<u64> = 100..=300;
/// Longer than an import of them takes, in milliseconds.
const TOLD_LASTS_MS: u64 = 900_000;

/// The limits of which a store tells nobody: five calls at once come up to the one, ten to the other.
const UNTOLD: [Limit; 2] =
    [Limit { calls_per_s: 10, burst_calls: 20 }, Limit { calls_per_s: 20, burst_calls: 40 }];
/// How many records a job imports, two with each call.
const RECORDS: [u64; 2] = [0, 40];
const RECORDS_PER_CALL: u64 = 2;
/// What is not looked at, and what is, in seconds.
const WARM_S: u64 = 60;
const MEASURED_S: u64 = 300;
/// How many jobs wait at least, whatever is let through. A few: each job that ends reads the lot.
const WAITING_JOBS: u64 = 8;
/// After all moments of a simulated world.
const LATER: UnixMillis = UnixMillis(2_000_000_000_000);

/// Measures the row, with one in so many records and seconds.
pub(crate) async fn measure(options: &Options, out: &mut impl Write) -> anyhow::Result<Figure> {
    let part = |of: u64| of.checked_div(options.one_in).unwrap_or(of).max(5);
    let told = [("products", 0), ("products and orders at once", part(TOLD_ORDERS))].map(
        |(what, orders)| {
            let plan = told(part(TOLD_PRODUCTS), orders);
            (what, tokio::task::spawn_blocking(move || run(&plan)))
        },
    );
    let measured_s = part(MEASURED_S);
    let mut untold = Vec::new();
    for limit in UNTOLD {
        for records in RECORDS {
            let plan = untold_plan(limit, records, measured_s);
            untold.push((limit, records, tokio::task::spawn_blocking(move || run(&plan))));
        }
    }
    let mut figure = Figure::of(
        &["who", "the vendor's limit", "of it used", "answers", "of these throttled", "share"],
        &["who", "limit", "second", "answered", "throttled"],
    );
    for (what, world) in told {
        let seen = world.await??;
        tell_told(&mut figure, what, &seen, out)?;
    }
    for (limit, records, world) in untold {
        let calls = (records / RECORDS_PER_CALL).max(1);
        let who = format!("flyball, jobs of {calls} calls").replace("of 1 calls", "of one call");
        let tally = Tally::of(&world.await??, WARM_S.saturating_add(measured_s));
        tally.tell(&mut figure, &who, limit, out)?;
    }
    match &options.rivals {
        None => writeln!(out, "the rivals are left out: --rivals names none")?,
        Some(rivals) => {
            let program = rivals.join("rust/release/limits-rivals");
            for limit in UNTOLD {
                let arguments = rivals_arguments(limit, measured_s);
                let (_, answer) = Process::start(&program, &arguments).await?;
                let contenders = answer.as_array().context("the rivals told of none")?;
                for contender in contenders {
                    let (who, tally) = Tally::told(contender)?;
                    tally.tell(&mut figure, &who, limit, out)?;
                }
            }
        }
    }
    Ok(figure)
}

/// A first import of a shop that tells what is left.
fn told(products: u64, orders: u64) -> Steady {
    let kinds = Kind::ALL.iter().filter(|kind| **kind == Kind::Products || orders > 0);
    let ask = |kind: &Kind| Request { at_ms: 0, account: 0, kind: *kind, mode: Mode::Incremental };
    Steady {
        vendor: Vendor::Shopify { plan: TOLD, products, orders },
        call_ms: TOLD_CALL_MS,
        requests: kinds.map(ask).collect(),
        lasts_ms: TOLD_LASTS_MS,
        ..alone()
    }
}

/// One account with work enough for as long as it lasts.
fn untold_plan(limit: Limit, records: u64, measured_s: u64) -> Steady {
    let lasts_s = WARM_S.saturating_add(measured_s);
    let calls = (records / RECORDS_PER_CALL).max(1);
    let come = limit.calls_per_s.saturating_mul(lasts_s).checked_div(calls).unwrap_or(0);
    let later = (0..come).map(|n| {
        let at_ms = n.saturating_mul(lasts_s).saturating_mul(1_000).checked_div(come);
        at_ms.unwrap_or(0)
    });
    let burst_jobs = limit.burst_calls.div_ceil(calls);
    let backlog_jobs = SLOTS.saturating_add(burst_jobs).saturating_add(WAITING_JOBS);
    let moments = core::iter::repeat_n(0, usize::try_from(backlog_jobs).unwrap_or(0)).chain(later);
    let ask = |(number, at_ms)| {
        // All of the same records, and yet none the same job as another.
        let mode = Mode::Backfill { from: UnixMillis(number), to: LATER };
        Request { at_ms, account: 0, kind: Kind::Products, mode }
    };
    Steady {
        vendor: Vendor::Silent { records, limit },
        requests: (1_u64..).zip(moments).map(ask).collect(),
        // Calls of the last second are to be answered.
        lasts_ms: lasts_s.saturating_add(2).saturating_mul(1_000),
        ..alone()
    }
}

fn alone() -> Steady {
    Steady {
        seed: 1,
        accounts: 1,
        slots: SLOTS,
        vendor: Vendor::Unlimited,
        call_ms: CALL_MS,
        workers: WORKERS,
        policy: Policy::STANDARD,
        limit: None,
        outage_ms: None,
        requests: Vec::new(),
        lasts_ms: 0,
    }
}

fn tell_told(
    figure: &mut Figure,
    what: &str,
    seen: &Seen,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let ended = seen.happened.iter().filter(|(_, what)| matches!(what, Happening::Finished { .. }));
    let ended = ended.count();
    ensure!(ended == seen.asked.len(), "{ended} of {} imports of {what} ended", seen.asked.len());
    let counted = seen.counted.first().copied().unwrap_or_default();
    let Counters { answered, throttled, cost_spent_milli, cost_offered_milli, .. } = counted;
    let answers = answered.saturating_add(throttled);
    let (who, limit) = (format!("flyball, {what}"), format!("told: Shopify {TOLD}"));
    Tally::of(seen, last_call_s(seen).saturating_add(1)).keep(figure, &who, &limit);
    let used = percent(cost_spent_milli, cost_offered_milli);
    let share = percent(throttled, answers);
    figure.line(vec![who, limit, used, answers.to_string(), throttled.to_string(), share], out)
}

fn last_call_s(seen: &Seen) -> u64 {
    let began_ms = seen.happened.iter().filter_map(|(_, what)| match what {
        Happening::Called { began_ms, .. } => Some(*began_ms),
        Happening::Finished { .. } | Happening::Group(_) | Happening::Lane { .. } => None,
    });
    began_ms.max().unwrap_or(0) / 1_000
}

/// What the rivals' program is told.
fn rivals_arguments(limit: Limit, measured_s: u64) -> [String; 5] {
    let seconds = WARM_S.saturating_add(measured_s);
    let [calls_per_s, burst_calls] = [limit.calls_per_s, limit.burst_calls];
    [calls_per_s, burst_calls, *CALL_MS.start(), *CALL_MS.end(), seconds].map(|it| it.to_string())
}

/// How many calls that began in each second were answered as asked, and how many were throttled.
#[derive(Clone, Debug)]
struct Tally {
    answered: Vec<u64>,
    throttled: Vec<u64>,
}

impl Tally {
    fn of(seen: &Seen, seconds: u64) -> Self {
        let empty = vec![0; usize::try_from(seconds).unwrap_or(0)];
        let mut tally = Self { answered: empty.clone(), throttled: empty };
        for (_, what) in &seen.happened {
            let Happening::Called { began_ms, ok, .. } = what else { continue };
            let seconds = if *ok { &mut tally.answered } else { &mut tally.throttled };
            let second = usize::try_from(began_ms / 1_000).ok();
            if let Some(count) = second.and_then(|second| seconds.get_mut(second)) {
                *count = count.saturating_add(1);
            }
        }
        tally
    }

    /// What the rivals' program says of one of them.
    fn told(contender: &Value) -> anyhow::Result<(String, Self)> {
        let counts = |name: &str| {
            let counts = contender.get(name).and_then(Value::as_array);
            counts.map(|counts| counts.iter().filter_map(Value::as_u64).collect())
        };
        let who = contender.get("who").and_then(Value::as_str).context("a rival without a name")?;
        let [answered, throttled] = ["answered", "throttled"].map(counts);
        let told = answered.zip(throttled).with_context(|| format!("{who} has counted nothing"))?;
        Ok((who.to_owned(), Self { answered: told.0, throttled: told.1 }))
    }

    fn keep(&self, figure: &mut Figure, who: &str, limit: &str) {
        let counts = self.answered.iter().zip(&self.throttled).enumerate();
        figure.raw.extend(counts.map(|(second, (answered, throttled))| {
            let [who, limit] = [who, limit].map(|it| it.replace(',', ";"));
            vec![who, limit, second.to_string(), answered.to_string(), throttled.to_string()]
        }));
    }

    fn tell(
        &self,
        figure: &mut Figure,
        who: &str,
        limit: Limit,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let Limit { calls_per_s, burst_calls } = limit;
        let words = format!("untold: {calls_per_s} a second, {burst_calls} at once");
        self.keep(figure, who, &words);
        let warm = usize::try_from(WARM_S).unwrap_or(usize::MAX);
        let later = |counts: &[u64]| counts.iter().skip(warm).sum::<u64>();
        let [answered, throttled] = [&self.answered, &self.throttled].map(|it| later(it));
        let measured_s = self.answered.len().saturating_sub(warm);
        let offered = calls_per_s.saturating_mul(u64::try_from(measured_s).unwrap_or(0));
        let answers = answered.saturating_add(throttled);
        let (used, share) = (percent(answered, offered), percent(throttled, answers));
        let who = who.to_owned();
        figure.line(vec![who, words, used, answers.to_string(), throttled.to_string(), share], out)
    }
}
