//! How many probes a day of an outage takes, reckoned by the governor's own arithmetic.

use std::io::Write;

use flyball_governor::core::policy::gate;
use flyball_governor::{Policy, UnixMillis};
use flyball_governor_proof::dice::Dice;

use super::Options;
use super::figure::Figure;
use super::times::percent;

const DAY_MS: u64 = 86_400_000;
/// How long a probe takes until it has failed.
const CALL_MS: u64 = 500;
/// How many accounts have gates drawn of their own; more of them are as many times as much.
const DRAWN: u64 = 1_000;
const ACCOUNTS: [u64; 2] = [1_000, 100_000];
/// The time after which `opossum` is half-open unless it is told otherwise, in milliseconds.
const RESET_MS: u64 = 30_000;
/// Functions at once, each with breakers of its own in memory.
const PROCESSES: u64 = 8;

/// Reckons the row.
pub(crate) fn measure(_options: &Options, out: &mut impl Write) -> anyhow::Result<Figure> {
    let mut figure = Figure::of(
        &["who", "accounts", "probes in a day", "of independent breakers at an equal ceiling"],
        &["who", "account", "probes"],
    );
    let policy = Policy::STANDARD;
    let mut dice = Dice::new(1);
    let mut of = |who: &str, lanes: u64, ceiling_ms: u64| {
        let each: Vec<u64> = (0..lanes).map(|_| probes(ceiling_ms, &mut dice)).collect();
        figure.raw.extend((0_u64..).zip(&each).map(|(account, probes)| {
            vec![who.to_owned(), account.to_string(), probes.to_string()]
        }));
        each.iter().sum::<u64>()
    };
    let canaries = of("flyball", policy.canaries, policy.canary_ceiling_ms);
    let equal = of("independent breakers with a ceiling of 30 s", DRAWN, policy.canary_ceiling_ms);
    let long = of("independent breakers with a ceiling of 15 min", DRAWN, policy.gate_ceiling_ms);
    let fixed = DAY_MS / RESET_MS.saturating_add(CALL_MS);
    for accounts in ACCOUNTS {
        let times = accounts / DRAWN;
        let equal = equal.saturating_mul(times);
        let per_account = fixed.saturating_mul(accounts);
        for (who, probes) in [
            ("flyball, for the whole group".to_owned(), canaries),
            ("independent breakers with a ceiling of 30 s".to_owned(), equal),
            (
                "independent breakers with a ceiling of 15 min".to_owned(),
                long.saturating_mul(times),
            ),
            ("a fixed reset of 30 s, in one process".to_owned(), per_account),
            (
                format!("a fixed reset of 30 s, in each of {PROCESSES}"),
                per_account.saturating_mul(PROCESSES),
            ),
        ] {
            let line = vec![who, accounts.to_string(), probes.to_string(), percent(probes, equal)];
            figure.line(line, out)?;
        }
    }
    Ok(figure)
}

/// The probes of a gate that closes again and again for a day.
fn probes(ceiling_ms: u64, dice: &mut Dice) -> u64 {
    let mut policy = Policy::STANDARD;
    policy.gate_ceiling_ms = ceiling_ms;
    let (mut now, mut probes) = (UnixMillis(0), 0_u64);
    for level in 0_u32.. {
        now = gate(now, level, None, dice.next_u64(), &policy).plus(CALL_MS);
        if now.0 >= DAY_MS {
            break;
        }
        probes = probes.saturating_add(1);
    }
    probes
}
