//! The function's real program, as Lambda would run it: two of them on the same tables.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod world;

use std::collections::BTreeSet;

use flyball_governor::{Chore, Claimed, Turn};
use flyball_tests::deployment::{Function, Services, TickerProcess};
use flyball_tests::world::eventually;
use serde_json::Value;

use world::{park, sent_for};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ticker");

/// Long enough for some passes before the function has to think of its deadline.
const SHORT_MS: u64 = 12_000;

const LONG_MS: u64 = 90_000;

fn count(report: &Value, what: &str) -> u64 {
    report[what].as_u64().unwrap()
}

#[tokio::test]
async fn of_two_tickers_at_once_one_acts_and_nobody_is_sent_for_twice() {
    let services = Services::start().await;
    let names: Vec<String> = (0..20).map(|n| format!("store-{n:02}")).collect();
    for name in &names {
        park(&services, name).await;
    }
    let mut one = TickerProcess::start(PROGRAM, &services, "one").await;
    let mut other = TickerProcess::start(PROGRAM, &services, "other").await;
    one.invoke(&services, SHORT_MS);
    other.invoke(&services, SHORT_MS);
    let reports = [one.report().await, other.report().await];

    let mut sent = sent_for(&services).await;
    sent.sort();
    assert_eq!(sent, names);
    let sums = |what| reports.iter().map(|report| count(report, what)).sum::<u64>();
    assert_eq!((sums("sent"), sums("failed"), sums("broken")), (20, 0, 0), "{reports:?}");
    let waited = reports.iter().filter(|report| count(report, "waited") > 0).count();
    assert_eq!(waited, 1, "the other one has the duty from the beginning: {reports:?}");
    let acting = reports.iter().find(|report| count(report, "waited") == 0).unwrap();
    assert!(count(acting, "passes") >= 2, "{reports:?}");
    for log in [one.log(), other.log()] {
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let shifts: Vec<Value> =
            lines.filter(|line| line["message"] == "the shift is over").collect();
        let [shift] = &shifts[..] else { panic!("one line an invocation: {log}") };
        assert!(reports.iter().any(|report| report["passes"] == shift["passes"]), "{log}");
    }
}

#[tokio::test]
async fn at_the_end_of_its_shift_a_ticker_gives_the_duty_back() {
    let services = Services::start().await;
    let mut ticker = TickerProcess::start(PROGRAM, &services, "ticker").await;
    ticker.invoke(&services, SHORT_MS);
    let report = ticker.report().await;
    assert!(count(&report, "passes") > 0, "{report}");
    let successor = Turn { chore: Chore::Duty, number: 1, by: "next".parse().unwrap() };
    let claimed = services.stores.governor.claim_turn(&successor).await.unwrap();
    assert!(matches!(claimed, Claimed::ToDo { .. }), "{claimed:?}");
}

#[tokio::test]
async fn when_the_one_that_acts_is_killed_the_other_takes_over_and_sends_for_nobody_again() {
    let services = Services::start().await;
    let first = TickerProcess::start(PROGRAM, &services, "first").await;
    let other = TickerProcess::start(PROGRAM, &services, "other").await;
    park(&services, "blue-mug").await;
    first.invoke(&services, LONG_MS);
    let mut sent = eventually("the first pass", async || {
        Some(sent_for(&services).await).filter(|sent| !sent.is_empty())
    })
    .await;
    other.invoke(&services, LONG_MS);
    drop(first);
    park(&services, "red-mug").await;
    eventually("a pass of the other", async || {
        sent.extend(sent_for(&services).await);
        sent.contains(&"red-mug".to_owned()).then_some(())
    })
    .await;
    assert_eq!(sent, ["blue-mug", "red-mug"]);
}

#[tokio::test]
async fn missing_configuration_ends_the_process_with_one_line_that_names_every_variable() {
    let line = Function::unconfigured(PROGRAM, &[]).await;
    let message = line["message"].as_str().unwrap();
    let named: BTreeSet<&str> =
        message.split([' ', ';']).filter(|word| word.starts_with("FLYBALL_")).collect();
    assert_eq!(named.len(), 9, "{message}");
    assert!(named.contains("FLYBALL_QUEUE_MAGENTO_ORDERS"), "{message}");
}
