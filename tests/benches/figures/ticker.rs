//! What passes of the ticker take where there are a hundred thousand accounts, by what was due in
//! them.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use flyball_accounts::{Account, AccountState, Accounts, PolicyOverrides};
use flyball_domain::{Integration, Kind, UnixMillis};
use flyball_governor::core::transitions::mark;
use flyball_governor::{Clock as _, Governor, LaneId, LaneSpec, Policy, Waiting};
use flyball_local::{GOVERNOR_TABLE, System};
use flyball_runtime::{Counters, Service, SystemEntropy};
use flyball_tests::world::HandClock;
use flyball_ticker::{Pass, Ticker};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::{Duration, Instant};

use crate::cpu::cpu_ms;

/// The accounts, each with a lane and with two kinds at the standard intervals.
const ACCOUNTS: u32 = 100_000;

/// Every how many of them one has a job parked, and another waits for hours.
const PARKED_EVERY: u32 = 10;
const WAITING_EVERY: u32 = 11;

/// How many accounts are connected at once.
const AT_ONCE: usize = 16;

/// Passes with nothing due but schedules.
const PASSES: u32 = 300;

/// Passes within which the hour's sweep and the parked jobs must have been dealt with.
const PASSES_MAX: u32 = 600;

const SECOND_MS: u64 = 1_000;
const PASSES_PER_MINUTE: u64 = 60;

/// The beginning of an hour.
const BEGIN_MS: u64 = 1_800_000_000_000;

/// What was due in a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum DueThen {
    Nothing,
    Imports,
    Lanes,
    Sweep,
}

impl DueThen {
    const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Imports => "imports by their schedule",
            Self::Lanes => "lanes with a parked job",
            Self::Sweep => "the hour's sweep, with imports",
        }
    }
}

/// One pass.
#[derive(Clone, Copy, Debug)]
struct Seen {
    took: Duration,
    cpu_ms: f64,
    pass: Pass,
    tables: Counters,
    queue_calls: u64,
    scanned: bool,
}

impl Seen {
    const fn due(&self) -> DueThen {
        match (self.scanned, self.pass.due, self.pass.scheduled) {
            (true, _, _) => DueThen::Sweep,
            (false, 0, 0) => DueThen::Nothing,
            (false, 0, _) => DueThen::Imports,
            (false, _, _) => DueThen::Lanes,
        }
    }

    /// How many of what was due were dealt with.
    const fn count(&self) -> u64 {
        match self.due() {
            DueThen::Nothing => 0,
            DueThen::Imports | DueThen::Sweep => self.pass.scheduled,
            DueThen::Lanes => self.pass.due,
        }
    }
}

struct Bench {
    system: System,
    clock: HandClock,
    governor: Governor,
    ticker: Ticker,
}

pub(crate) async fn ticker() -> Result<()> {
    let system = System::memory(Policy::STANDARD).await?;
    let clock = HandClock::at(BEGIN_MS);
    let client = system.engine.client(&system.meter).await;
    let (own, entropy) = (Arc::new(clock.clone()), Arc::new(SystemEntropy));
    let governor = Governor::new(client, GOVERNOR_TABLE, Policy::STANDARD, own, entropy);
    let accounts = system.stores.accounts.clone();
    let ticker = Ticker::new(governor.clone(), accounts, system.queues.clone());
    let bench = Bench { system, clock, governor, ticker };
    let began = Instant::now();
    bench.connect().await?;
    eprintln!("{ACCOUNTS} accounts connected in {:.0} s", began.elapsed().as_secs_f64());

    let mut seen = bench.until(|seen| !seen.scanned).await?;
    for _ in 0..PASSES {
        seen.push(bench.pass().await?);
    }
    let minutes = seen.iter().filter(|seen| seen.pass.scheduled > 0).count();
    let fired: u64 = seen.iter().map(|seen| seen.pass.scheduled).sum();
    let missed: u64 = seen.iter().map(|seen| seen.pass.missed).sum();
    let passed = u64::try_from(seen.len())?;
    bench.park().await?;
    let mut sent = 0;
    let parked = u64::try_from((0..ACCOUNTS).filter(|n| has_parked(*n)).count())?;
    seen.extend(
        bench
            .until(|seen| {
                sent += seen.pass.sent;
                sent >= parked
            })
            .await?,
    );
    told(&seen)?;
    println!(
        "\n{fired} imports were sent for in {} minutes, by {minutes} of {passed} passes; {missed} late.\n",
        passed.div_ceil(PASSES_PER_MINUTE)
    );
    Ok(())
}

impl Bench {
    async fn connect(&self) -> Result<()> {
        let accounts = &self.system.stores.accounts;
        let all = stream::iter(0..ACCOUNTS).map(|n| self.connect_one(accounts, n));
        all.buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn connect_one(&self, accounts: &Accounts, n: u32) -> Result<()> {
        let integration = integration(n)?;
        let account = Account {
            id: name(n).parse()?,
            customer: "bench".parse()?,
            integration,
            store: format!("https://{}.example.com", name(n)),
            zone: None,
            currency: None,
            kinds: Kind::ALL.iter().copied().collect(),
            created_at: UnixMillis(BEGIN_MS),
            policy: PolicyOverrides::default(),
            state: AccountState::Connected,
        };
        accounts.put(&account).await?;
        let spec = LaneSpec { group: integration.as_str().parse().ok(), cap: 2 };
        let lane: LaneId = name(n).parse()?;
        self.governor.create(&lane, &spec).await?;
        if waits(n) {
            let now = self.clock.now();
            self.governor.apply(&lane, &mark(now)).await?;
            self.governor.push(&lane, now.plus(48 * 3_600 * SECOND_MS)).await?;
        }
        Ok(())
    }

    /// Parks jobs, and marks their lanes.
    async fn park(&self) -> Result<()> {
        let all = (0..ACCOUNTS).filter(|n| has_parked(*n));
        stream::iter(all).map(|n| self.park_one(n)).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn park_one(&self, n: u32) -> Result<()> {
        let lane: LaneId = name(n).parse()?;
        let (id, kind) = ("row".parse()?, Kind::Products.as_str().parse()?);
        let waiting = Waiting { id, kind, class: 1, since: self.clock.now() };
        self.governor.park(&lane, &waiting, "some work", "a request").await?;
        self.governor.apply(&lane, &mark(self.clock.now())).await?;
        Ok(())
    }

    /// A second, and its pass.
    async fn pass(&self) -> Result<Seen> {
        let Self { system, clock, ticker, .. } = self;
        clock.pass(SECOND_MS);
        let (before, queued) = (system.meter.snapshot(), system.queue_calls.count());
        let (began, cpu) = (Instant::now(), cpu_ms()?);
        let pass = ticker.pass().await?;
        let (took, cpu_ms) = (began.elapsed(), cpu_ms()? - cpu);
        ensure!(pass.failed == 0, "a pass failed: {pass:?}");
        let used = system.meter.snapshot() - &before;
        Ok(Seen {
            took,
            cpu_ms,
            pass,
            tables: used.total(Service::DynamoDb),
            queue_calls: system.queue_calls.count().saturating_sub(queued),
            scanned: used.operation(Service::DynamoDb, "Scan").calls > 0,
        })
    }

    /// Passes until one is the last.
    async fn until(&self, mut is_last: impl FnMut(&Seen) -> bool) -> Result<Vec<Seen>> {
        let mut all = Vec::new();
        for _ in 0..PASSES_MAX {
            let seen = self.pass().await?;
            all.push(seen);
            if is_last(&seen) {
                return Ok(all);
            }
        }
        anyhow::bail!("not done after {PASSES_MAX} passes")
    }
}

/// Whether an account's lane waits for hours.
const fn waits(n: u32) -> bool {
    n.is_multiple_of(WAITING_EVERY)
}

/// Whether an account has a job parked.
const fn has_parked(n: u32) -> bool {
    n.is_multiple_of(PARKED_EVERY) && !waits(n)
}

fn name(n: u32) -> String {
    format!("store-{n:06}")
}

fn integration(n: u32) -> Result<Integration> {
    let all = Integration::ALL;
    let place = usize::try_from(n)? % all.len();
    all.get(place).copied().context("no integration")
}

fn told(seen: &[Seen]) -> Result<()> {
    println!(
        "| due | passes | how many in a pass, at most | CPU of a pass, ms, engine and queues \
         included: median | longest | by the clock: median | longest | DynamoDB calls a pass \
         | read units a pass | write units a pass | calls each | read units each | write units each |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut groups = BTreeMap::<DueThen, Vec<&Seen>>::new();
    for one in seen {
        groups.entry(one.due()).or_default().push(one);
    }
    let nothing = groups.get(&DueThen::Nothing).map(|all| Mean::of(all)).unwrap_or_default();
    for (due, all) in &groups {
        let (cpu, longest_cpu) = spread(all.iter().map(|seen| seen.cpu_ms));
        let (median, longest) = spread(all.iter().map(|seen| seen.took.as_secs_f64() * 1_000.0));
        let most = all.iter().map(|seen| seen.count()).max().unwrap_or(0);
        let mean = Mean::of(all);
        let each = |one: f64, base: f64| match mean.count {
            count if count > 0.0 && *due != DueThen::Sweep => {
                format!("{:.3}", (one - base) / count)
            }
            _ => "-".to_owned(),
        };
        println!(
            "| {} | {} | {most} | {cpu:.1} | {longest_cpu:.1} | {median:.1} | {longest:.1} | {:.1} | {:.1} | {:.1} | {} | {} | {} |",
            due.words(),
            all.len(),
            mean.calls,
            mean.reads,
            mean.writes,
            each(mean.calls, nothing.calls),
            each(mean.reads, nothing.reads),
            each(mean.writes, nothing.writes),
        );
    }
    let queued: u64 = seen.iter().map(|seen| seen.queue_calls).sum();
    ensure!(queued > 0, "nothing was sent");
    Ok(())
}

/// The median of some numbers, and the largest.
fn spread(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut all: Vec<f64> = numbers.collect();
    all.sort_by(f64::total_cmp);
    let median = all.get(all.len() / 2).copied().unwrap_or_default();
    (median, all.last().copied().unwrap_or_default())
}

/// What a pass asks for on average.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    count: f64,
    calls: f64,
    reads: f64,
    writes: f64,
}

impl Mean {
    fn of(all: &[&Seen]) -> Self {
        let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let passes = number(u64::try_from(all.len()).unwrap_or(u64::MAX)).max(1.0);
        let sum = |of: &dyn Fn(&Seen) -> f64| all.iter().map(|seen| of(seen)).sum::<f64>() / passes;
        Self {
            count: sum(&|seen| number(seen.count())),
            calls: sum(&|seen| number(seen.tables.calls)),
            reads: sum(&|seen| seen.tables.read_units),
            writes: sum(&|seen| seen.tables.write_units),
        }
    }
}
