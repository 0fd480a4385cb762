use std::collections::BTreeSet;
use std::process::Stdio;

use serde_json::Value;

use crate::process::{Running, Shop, arg, finish, flyball};

fn ids(out: &str) -> Vec<String> {
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].to_string();
    out.lines().map(id).collect()
}

fn summary(err: &str) -> Value {
    serde_json::from_str(err.lines().last().unwrap()).unwrap_or_else(|_| panic!("{err}"))
}

#[test]
fn a_stream_brings_what_a_folder_would_hold() {
    let shop = Shop::open(&["--products", "120"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    finish(&mut shop.import(arg(&data))).good();
    let account = shop.account();
    let listed = flyball(&["records", "--data", arg(&data), "--account", &account, "--json"]);
    let streamed = finish(&mut shop.import("-")).good();
    let lines = |text: &str| -> BTreeSet<String> { text.lines().map(str::to_owned).collect() };
    assert_eq!(lines(&streamed.out), lines(&listed.good().out));
    assert_eq!(streamed.out.lines().count(), 120);
    let summary = summary(&streamed.err);
    assert_eq!((&summary["finished"], &summary["records"]), (&true.into(), &120.into()));
    assert!(!streamed.err.contains(&shop.token) && !streamed.out.contains(&shop.token));
}

#[test]
fn a_stream_that_was_killed_goes_on_with_its_state() {
    let shop = Shop::open(&["--products", "400", "--dial", "latency=150ms"]);
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let import = || {
        let mut import = shop.import("-");
        import.args(["--state", arg(&state)]);
        import
    };
    // The pipe holds a page or two: what is not read holds the import up.
    let mut first = Running::start(&mut import());
    let mut begun = first.out_line();
    while !state.exists() {
        let line = first.out_line();
        assert!(!line.is_empty(), "it ended without a state");
        begun.push_str(&line);
    }
    begun.push_str(&first.kill());
    let complete = begun.rfind('\n').map_or("", |end| &begun[..=end]);
    let (early, done) = (ids(complete), finish(&mut import()).good());
    let late = ids(&done.out);
    assert!(late.len() < 400, "it started over");
    let all: BTreeSet<&String> = early.iter().chain(&late).collect();
    assert_eq!(all.len(), 400);
    let over = finish(&mut import()).good();
    assert_eq!(over.out, "", "nothing has changed since");
}

#[test]
fn a_stream_ends_quietly_when_its_reader_does() {
    let shop = Shop::open(&["--products", "150"]);
    let mut child = shop.import("-").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(1), &[][..]));
}

#[test]
fn without_a_state_a_stream_begins_at_the_beginning() {
    let shop = Shop::open(&["--products", "40"]);
    for _ in 0..2 {
        assert_eq!(ids(&finish(&mut shop.import("-")).good().out).len(), 40);
    }
}

#[test]
fn a_stream_waits_out_throttles_and_failures() {
    let shop = Shop::open(&[
        "--products",
        "60",
        "--dial",
        "throttled@first=1",
        "--dial",
        "status=503@first=2",
    ]);
    let done = finish(&mut shop.import("-")).good();
    assert_eq!(ids(&done.out).len(), 60);
    assert_eq!(summary(&done.err)["throttled"], 1, "{}", done.err);
    assert!(done.err.contains("the store's server fails (HTTP 503)"), "{}", done.err);
}

#[test]
fn a_stream_that_is_refused_ends_at_once_and_says_why() {
    for (dial, part) in [
        ("status=401", "no longer accepts the token"),
        ("status=402", "frozen"),
        ("error=ACCESS_DENIED", "lacks a permission"),
    ] {
        let shop = Shop::open(&["--products", "10", "--dial", dial]);
        let done = finish(&mut shop.import("-"));
        assert_eq!((done.code, done.out.as_str()), (Some(1), ""), "{done:?}");
        let summary = summary(&done.err);
        assert_eq!(summary["finished"], false);
        assert!(summary["why"].as_str().unwrap().contains(part), "{summary}");
    }
}

#[test]
fn a_store_says_at_its_end_what_it_has_counted() {
    let shop = Shop::open(&["--products", "60"]);
    finish(&mut shop.import("-")).good();
    shop.process.interrupt();
    let done = shop.process.finish().good();
    assert_eq!(done.out, "", "nothing but the first line");
    let counters = summary(&done.err);
    assert!(counters["calls"].as_u64().unwrap() > 0, "{counters}");
    assert_eq!((&counters["jobs"], &counters["untagged"]), (&1.into(), &0.into()), "{counters}");
}
