//! Everything in one process, for as long as it is let.

use std::process::Command;

use serde_json::Value;

use crate::process::{Running, Shop, arg, command, finish, flyball};

fn up(data: &str) -> Command {
    command(&["up", "--data", data, "--json"])
}

fn number(told: &Value, name: &str) -> u64 {
    told[name].as_u64().unwrap_or_else(|| panic!("{name}: {told}"))
}

fn records(data: &str, account: &str, kind: &str) -> usize {
    let list = ["records", "--data", data, "--account", account, "--kind", kind, "--json"];
    flyball(&list).good().out.lines().count()
}

#[test]
fn what_is_connected_is_imported_and_so_is_what_comes_later() {
    let (first, later) = (
        Shop::open(&["--products", "30", "--orders", "8"]),
        Shop::of("magento", &["--products", "12", "--orders", "6"]),
    );
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    finish(first.add(data).args(["--id", "first"])).good();
    let mut process = Running::start(&mut up(data));
    let told = process.wait_for_json(|told| number(told, "finished") >= 2);
    assert_eq!((number(&told, "accounts"), number(&told, "records")), (1, 38), "{told}");
    assert!(told["next"].is_string(), "{told}");
    assert_eq!((records(data, "first", "products"), records(data, "first", "orders")), (30, 8));

    finish(later.add(data).args(["--id", "later"])).good();
    let told = process.wait_for_json(|told| number(told, "finished") >= 4);
    assert_eq!(number(&told, "accounts"), 2, "{told}");
    assert_eq!((records(data, "later", "products"), records(data, "later", "orders")), (12, 6));

    let sync = ["sync", "first", "--kind", "products", "--reconcile", "--data", data, "--json"];
    let asked = flyball(&sync).good().json();
    assert_eq!(asked["asked"][0], "first/products/reconcile", "{asked}");
    assert_eq!(asked["runs"], "now", "{asked}");
    process.wait_for_json(|told| number(told, "finished") >= 5);

    let second = finish(&mut up(data));
    assert_eq!(second.code, Some(2), "{second:?}");
    assert!(second.err.contains("in use by another process"), "{second:?}");

    process.interrupt();
    let ended = process.finish().good();
    assert!(ended.err.contains("ended: 5 imports finished"), "{ended:?}");
    for shop in [&first, &later] {
        assert!(!ended.err.contains(&shop.token), "{ended:?}");
    }
}

#[test]
fn a_running_import_ends_at_a_checkpoint_and_goes_on_at_the_next_start() {
    let shop = Shop::open(&["--products", "2000", "--dial", "latency=100ms"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    finish(shop.add(data).args(["--id", "blue-mug", "--kinds", "products"])).good();
    let mut process = Running::start(&mut up(data));
    process.wait_for_json(|told| number(told, "records") > 0);
    process.interrupt();
    let ended = process.finish().good();
    assert!(ended.err.contains("what was running goes on at the next start"), "{ended:?}");
    let why = flyball(&["why", "blue-mug", "--data", data, "--json"]).good().json();
    let seen = why["importing"]["records"].as_u64().unwrap_or_else(|| panic!("{why}"));
    assert!(seen > 0 && seen < 2_000, "{why}");
    assert_eq!(why["parked"].as_array().map(Vec::len), Some(1), "{why}");

    let mut process = Running::start(&mut up(data));
    let told = process.wait_for_json(|told| number(told, "finished") >= 1);
    assert!(number(&told, "records") < 2_000, "it went on: {told}");
    process.interrupt();
    process.finish().good();
    assert_eq!(records(data, "blue-mug", "products"), 2_000);
}

#[test]
fn a_process_that_was_killed_is_followed_by_one_that_goes_on_at_once() {
    let shop = Shop::open(&["--products", "1500", "--dial", "latency=100ms"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    finish(shop.add(data).args(["--id", "blue-mug", "--kinds", "products"])).good();
    let mut process = Running::start(&mut up(data));
    process.wait_for_json(|told| number(told, "records") > 0);
    process.kill();

    let mut process = Running::start(&mut up(data));
    let told = process.wait_for_json(|told| number(told, "finished") >= 1);
    assert!(number(&told, "records") < 1_500, "it went on: {told}");
    process.interrupt();
    process.finish().good();
    assert_eq!(records(data, "blue-mug", "products"), 1_500);
    let why = flyball(&["why", "blue-mug", "--data", data, "--json"]).good().json();
    assert_eq!(why["parked"].as_array().map(Vec::len), Some(0), "{why}");
}

#[test]
fn a_store_that_is_down_is_named_with_since_when() {
    let shop = Shop::open(&["--products", "30"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    finish(shop.add(data).args(["--id", "blue-mug", "--kinds", "products"])).good();
    drop(shop);
    let mut process = Running::start(&mut up(data));
    let told = process.wait_for_json(|told| told["down"].get(0).is_some());
    let down = &told["down"][0];
    assert_eq!(down["account"], "blue-mug", "{down}");
    assert!(down["since"].is_string(), "{down}");
    assert!(down["why"].as_str().unwrap().contains("can't be reached"), "{down}");
    process.interrupt();
    process.finish().good();
}

#[test]
fn an_import_that_owns_the_folder_takes_no_other_jobs_and_says_so() {
    let shop = Shop::open(&["--products", "3000", "--dial", "latency=200ms"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    let mut import = Running::start(&mut shop.import(data));
    import.wait_for("records");
    let sync = flyball(&["sync", &shop.account(), "--data", data]);
    assert_eq!(sync.code, Some(2), "{sync:?}");
    assert!(sync.err.contains("in use by an import"), "{sync:?}");
    let other = Shop::open(&["--products", "3"]);
    let added = finish(other.add(data).args(["--id", "other"])).good();
    assert!(added.err.is_empty(), "{added:?}");
    import.kill();
}
