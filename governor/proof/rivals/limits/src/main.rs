//! What others bound their calls by, against a vendor that tells nobody its limit: the governor's row
//! `limits` starts it. Prints one line of JSON, and asks nothing of anybody: the vendor is a bucket in
//! memory, and the clock stands still while anybody computes.
//!
//! `limits-rivals CALLS_PER_S BURST_CALLS CALL_MS_LEAST CALL_MS_MOST SECONDS`

mod bound;
#[path = "../../../src/bucket.rs"]
#[expect(unreachable_pub, reason = "the very bucket that the governor meets")]
mod bucket;
#[path = "../../../src/dice.rs"]
#[expect(unreachable_pub, dead_code, reason = "the very dice")]
mod dice;
mod vendor;

use core::time::Duration;
use std::io::{Write as _, stdout};
use std::sync::Arc;

use serde_json::{Value, json};

use bound::Bound;
use bucket::Limit;
use vendor::Vendor;

/// How many always want to call: as many as any of them lets through.
const CALLERS: u64 = 200;

/// What `Cargo.lock` says.
const LOCK: &str = include_str!("../Cargo.lock");

/// A crate's name and the version that is linked.
fn with_version(name: &str) -> String {
    let after =
        LOCK.split_once(&format!("name = \"{name}\"\nversion = \"")).map(|(_, after)| after);
    let version = after.and_then(|after| after.split('"').next()).unwrap_or("unknown");
    format!("{name} {version}")
}

fn measure(bound: Bound, limit: Limit, call_ms: [u64; 2], seconds: u64) -> anyhow::Result<Value> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(async {
        let vendor = Arc::new(Vendor::new(limit, call_ms));
        let callers = bound.callers(&vendor, limit, CALLERS)?;
        vendor::rest(Duration::from_secs(seconds)).await;
        drop(callers);
        let [answered, throttled] = vendor.counts(seconds);
        Ok(json!({ "who": bound.name(), "answered": answered, "throttled": throttled }))
    })
}

fn main() -> anyhow::Result<()> {
    let told: Vec<u64> = std::env::args().skip(1).map(|it| it.parse()).collect::<Result<_, _>>()?;
    let [calls_per_s, burst_calls, least_ms, most_ms, seconds] = told[..] else {
        anyhow::bail!("found {} numbers, expected five", told.len());
    };
    let limit = Limit { calls_per_s, burst_calls };
    let measured: anyhow::Result<Vec<Value>> = Bound::all()
        .into_iter()
        .map(|bound| measure(bound, limit, [least_ms, most_ms], seconds))
        .collect();
    writeln!(stdout(), "{}", Value::from(measured?))?;
    Ok(())
}
