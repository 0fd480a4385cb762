//! A platform goes down under a thousand accounts at steady work, and comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use flyball_domain::{Kind, Mode};
use flyball_governor::Policy;
use flyball_governor_proof::simulate::steady::{
    Happening, Request, Seen, Steady, Vendor, number_of, run,
};

use super::Options;
use super::figure::{Figure, percentile};
use super::times::{percent, seconds};

const ACCOUNTS: u64 = 1_000;
const SLOTS: u64 = 2;
/// How often each account is asked for each kind, in milliseconds.
const EVERY_MS: u64 = 120_000;
/// Workers of each kind.
const WORKERS: u64 = 64;
const CALL_MS: core::ops::RangeInclusive<u64> = 300..=700;
/// When the platform goes down, when it is back, and how long that is looked at.
const FELL_MS: u64 = 120_000;
const ROSE_MS: u64 = 420_000;
const LASTS_MS: u64 = 540_000;
const LASTS_LONG_MS: u64 = 720_000;
/// From when on every breaker has had time to notice.
const NOTICED_MS: u64 = 180_000;

/// One way of noticing that a vendor is down.
struct Contender {
    who: &'static str,
    policy: Policy,
    lasts_ms: u64,
}

fn contenders() -> [Contender; 3] {
    let standard = Policy::STANDARD;
    let mut alone = standard;
    alone.suspects_min = u64::MAX;
    let mut equal = alone;
    equal.gate_ceiling_ms = standard.canary_ceiling_ms;
    [
        Contender { who: "flyball", policy: standard, lasts_ms: LASTS_MS },
        Contender {
            who: "independent breakers with a ceiling of 30 s",
            policy: equal,
            lasts_ms: LASTS_MS,
        },
        Contender {
            who: "independent breakers with a ceiling of 15 min",
            policy: alone,
            lasts_ms: LASTS_LONG_MS,
        },
    ]
}

/// Measures the row, with one in so many accounts.
pub(crate) async fn measure(options: &Options, out: &mut impl Write) -> anyhow::Result<Figure> {
    let accounts = ACCOUNTS.checked_div(options.one_in).unwrap_or(ACCOUNTS).max(10);
    let worlds = contenders().map(|contender| {
        let plan = plan(&contender, accounts);
        tokio::task::spawn_blocking(move || Ok::<_, anyhow::Error>((contender.who, run(&plan)?)))
    });
    let mut figure = Figure::of(
        &[
            "who",
            "accounts seen failing before it was suspected",
            "and before it was held to be down",
            "named after, s",
            "calls while it was down",
            "of these in its last four minutes",
            "against equal ceilings",
            "accounts back at full speed, s after its return: median",
            "all",
        ],
        &["who", "account", "failed_calls", "back_ms"],
    );
    let mut all = Vec::new();
    for world in worlds {
        let (who, seen) = world.await??;
        all.push((who, Course::of(&seen, accounts)?));
    }
    let equal = all.get(1).map_or(0, |(_, course)| course.failed_since(NOTICED_MS));
    for (who, course) in &all {
        course.tell(&mut figure, who, equal, out)?;
    }
    Ok(figure)
}

fn plan(contender: &Contender, accounts: u64) -> Steady {
    let apart_ms =
        |account: u64| account.saturating_mul(EVERY_MS).checked_div(accounts).unwrap_or(0);
    let rounds = contender.lasts_ms / EVERY_MS;
    let mut requests = Vec::new();
    for round in 0..rounds {
        for account in 0..accounts {
            for (kind, later_ms) in [(Kind::Products, 0), (Kind::Orders, EVERY_MS / 2)] {
                let within_ms = apart_ms(account).saturating_add(later_ms) % EVERY_MS;
                let at_ms = round.saturating_mul(EVERY_MS).saturating_add(within_ms);
                requests.push(Request { at_ms, account, kind, mode: Mode::Incremental });
            }
        }
    }
    requests.sort_by_key(|request| request.at_ms);
    Steady {
        seed: 1,
        accounts,
        slots: SLOTS,
        vendor: Vendor::Unlimited,
        call_ms: CALL_MS,
        workers: WORKERS,
        policy: contender.policy,
        limit: None,
        outage_ms: Some((FELL_MS, ROSE_MS)),
        requests,
        lasts_ms: contender.lasts_ms,
    }
}

/// What is looked at of a world.
struct Course {
    /// When a call was found to have failed, and whose.
    failed: Vec<(u64, u64)>,
    suspected_ms: Option<u64>,
    down_ms: Option<u64>,
    /// How long after the return each account was back at full speed; `None` where it was not.
    back_ms: Vec<Option<u64>>,
}

impl Course {
    fn of(seen: &Seen, accounts: u64) -> anyhow::Result<Self> {
        let mut course =
            Self { failed: Vec::new(), suspected_ms: None, down_ms: None, back_ms: Vec::new() };
        let mut full: BTreeMap<u64, bool> = BTreeMap::new();
        let mut answered: BTreeSet<u64> = BTreeSet::new();
        let mut back: BTreeMap<u64, u64> = BTreeMap::new();
        for (at_ms, what) in &seen.happened {
            let account = match what {
                Happening::Called { account, ok: false, .. } => {
                    course.failed.push((*at_ms, number_of(account)?));
                    continue;
                }
                Happening::Called { account, began_ms, .. } => {
                    if *began_ms >= ROSE_MS {
                        answered.insert(number_of(account)?);
                    }
                    number_of(account)?
                }
                Happening::Lane { account, full_speed } => {
                    full.insert(number_of(account)?, *full_speed);
                    number_of(account)?
                }
                Happening::Group(state) => {
                    let first = match state {
                        Some("suspected") => &mut course.suspected_ms,
                        Some("down") => &mut course.down_ms,
                        _ => continue,
                    };
                    first.get_or_insert(*at_ms);
                    continue;
                }
                Happening::Finished { .. } => continue,
            };
            if answered.contains(&account) && full.get(&account) == Some(&true) {
                back.entry(account).or_insert(at_ms.saturating_sub(ROSE_MS));
            }
        }
        course.back_ms = (0..accounts).map(|account| back.get(&account).copied()).collect();
        Ok(course)
    }

    fn failed_since(&self, from_ms: u64) -> u64 {
        let later = self.failed.iter().filter(|(at_ms, _)| from_ms <= *at_ms).count();
        u64::try_from(later).unwrap_or(u64::MAX)
    }

    /// How many accounts were seen failing until then.
    fn seen_failing(&self, until_ms: Option<u64>) -> String {
        let Some(until_ms) = until_ms else { return "never".to_owned() };
        let failed = self.failed.iter().filter(|(at_ms, _)| *at_ms <= until_ms);
        failed.map(|(_, account)| account).collect::<BTreeSet<_>>().len().to_string()
    }

    fn tell(
        &self,
        figure: &mut Figure,
        who: &str,
        equal: u64,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let mut back: Vec<u64> = self.back_ms.iter().map(|back| back.unwrap_or(u64::MAX)).collect();
        back.sort_unstable();
        let all = match self.back_ms.iter().filter(|back| back.is_none()).count() {
            0 => seconds(percentile(&back, 100)),
            missing => format!("not within what was looked at: {missing}"),
        };
        let named = self
            .down_ms
            .map_or_else(|| "never".to_owned(), |down| seconds(down.saturating_sub(FELL_MS)));
        let lately = self.failed_since(NOTICED_MS);
        for (account, back) in self.back_ms.iter().enumerate() {
            let of_it = self.failed.iter().filter(|(_, of)| usize::try_from(*of) == Ok(account));
            figure.raw.push(vec![
                who.to_owned(),
                account.to_string(),
                of_it.count().to_string(),
                back.map_or_else(String::new, |back| back.to_string()),
            ]);
        }
        figure.line(
            vec![
                who.to_owned(),
                self.seen_failing(self.suspected_ms),
                self.seen_failing(self.down_ms),
                named,
                self.failed.len().to_string(),
                lately.to_string(),
                percent(lately, equal),
                seconds(percentile(&back, 50)),
                all,
            ],
            out,
        )
    }
}
