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

/// Reads what is told, line by line, until something is as wanted.
fn wait_until(process: &mut Running, wanted: impl Fn() -> bool) -> Value {
    loop {
        let told = process.wait_for_json(|_| true);
        if wanted() {
            return told;
        }
    }
}

/// Connects a store under this name, so that hardly anything is due while a test looks.
fn connect(shop: &Shop, data: &str, id: &str, kinds: &str) {
    let rarely = ["--every", "7d", "--reconcile-every", "7d"];
    finish(shop.add(data).args(["--id", id, "--kinds", kinds]).args(rarely)).good();
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
    connect(&first, data, "first", "products,orders");
    let mut process = Running::start(&mut up(data));
    let has = |account: &str, products: usize, orders: usize| {
        records(data, account, "products") == products && records(data, account, "orders") == orders
    };
    let told = wait_until(&mut process, || has("first", 30, 8));
    assert_eq!(number(&told, "accounts"), 1, "{told}");
    assert!(told["next"].is_string() && number(&told, "records") <= 38, "{told}");

    connect(&later, data, "later", "products,orders");
    wait_until(&mut process, || has("later", 12, 6));
    let told = process.wait_for_json(|told| number(told, "finished") >= 4);
    let used = flyball(&["cost", "--account", "first", "--data", data, "--json"]).good().json();
    let rows = used["months"].as_array().unwrap().iter().map(|month| number(month, "rows"));
    assert!(rows.sum::<u64>() >= 38, "{used}");
    let used = flyball(&["cost", "--account", "first", "--data", data]).good().out;
    assert!(used.contains("VENDOR CALLS") && used.contains("AWS list prices"), "{used}");
    assert_eq!(number(&told, "accounts"), 2, "{told}");

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
    assert!(ended.err.contains("imports finished: "), "{ended:?}");
    for shop in [&first, &later] {
        assert!(!ended.err.contains(&shop.token), "{ended:?}");
    }
}

#[test]
fn a_running_import_ends_at_a_checkpoint_and_goes_on_at_the_next_start() {
    let shop = Shop::open(&["--products", "1000", "--dial", "latency=150ms"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    connect(&shop, data, "blue-mug", "products");
    let mut process = Running::start(&mut up(data));
    process.wait_for_json(|told| number(told, "records") > 0);
    process.interrupt();
    let ended = process.finish().good();
    assert!(ended.err.contains("what was running goes on at the next start"), "{ended:?}");
    let why = flyball(&["why", "blue-mug", "--data", data, "--json"]).good().json();
    let seen = why["importing"]["records"].as_u64().unwrap_or_else(|| panic!("{why}"));
    assert!(seen > 0 && seen < 1_000, "{why}");
    assert_eq!(why["parked"].as_array().map(Vec::len), Some(1), "{why}");

    let mut process = Running::start(&mut up(data));
    let told = process.wait_for_json(|told| number(told, "finished") >= 1);
    assert!(number(&told, "records") < 1_000, "it went on: {told}");
    process.interrupt();
    process.finish().good();
    assert_eq!(records(data, "blue-mug", "products"), 1_000);
}

#[test]
fn a_process_that_was_killed_is_followed_by_one_that_goes_on_at_once() {
    let shop = Shop::open(&["--products", "1000", "--dial", "latency=150ms"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    connect(&shop, data, "blue-mug", "products");
    let mut process = Running::start(&mut up(data));
    process.wait_for_json(|told| number(told, "records") > 0);
    process.kill();

    let mut process = Running::start(&mut up(data));
    let told = process.wait_for_json(|told| number(told, "finished") >= 1);
    assert!(number(&told, "records") < 1_000, "it went on: {told}");
    process.interrupt();
    process.finish().good();
    assert_eq!(records(data, "blue-mug", "products"), 1_000);
    let why = flyball(&["why", "blue-mug", "--data", data, "--json"]).good().json();
    assert_eq!(why["parked"].as_array().map(Vec::len), Some(0), "{why}");
}

#[test]
fn a_store_that_is_down_is_named_with_since_when() {
    let shop = Shop::open(&["--products", "30"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    connect(&shop, data, "blue-mug", "products");
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

#[test]
fn a_comparison_finds_what_is_gone_and_it_is_listed_apart() {
    let shop = Shop::open(&["--products", "30"]);
    let port = shop.url.rsplit(':').next().unwrap().to_owned();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    finish(&mut shop.import(data)).good();
    let account = shop.account();
    drop(shop);

    let fewer = Shop::open(&["--products", "20", "--port", &port]);
    assert_eq!(finish(&mut fewer.add(data)).good().json()["new"], false);
    flyball(&["sync", &account, "--reconcile", "--data", data]).good();
    let mut process = Running::start(&mut up(data));
    process.wait_for_json(|told| number(told, "finished") >= 2 && number(told, "running") == 0);
    process.interrupt();
    process.finish().good();
    assert_eq!(records(data, &account, "products"), 20);
    let gone = ["records", "--data", data, "--account", &account, "--gone"];
    let csv = flyball(&[&gone[..], &["--format", "csv"]].concat()).good().out;
    assert_eq!(
        (csv.lines().next(), csv.lines().count()),
        (Some("id,updated_at,gone_at"), 11),
        "{csv}"
    );
    let json = flyball(&[&gone[..], &["--json"]].concat()).good().out;
    let first: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert!(first["gone_at"].is_string(), "{json}");
}

#[test]
fn what_goes_on_is_told_in_lines_where_nothing_can_be_drawn_over() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut process = Running::start(&mut command(&["up", "--data", arg(&data)]));
    let line = process.wait_for("accounts: ");
    assert!(line.starts_with("accounts: 0; jobs: 0 run, 0 wait; records: 0, 0 in"), "{line}");
    process.interrupt();
    let ended = process.finish().good();
    assert_eq!(ended.out, "", "nothing but results stands there");
}

#[test]
fn an_account_that_is_removed_in_mid_import_stops_and_leaves_nothing_behind_that_waits() {
    let shop = Shop::open(&["--products", "1000", "--dial", "latency=150ms"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    connect(&shop, data, "blue-mug", "products");
    let mut process = Running::start(&mut up(data));
    process.wait_for_json(|told| number(told, "records") > 0);
    let remove = ["account", "remove", "blue-mug", "--data", data, "--json"];
    let removed = flyball(&remove).good().json();
    assert_eq!(removed["jobs_given_up"], 1, "{removed}");
    let told = process.wait_for_json(|told| number(told, "accounts") == 0);
    assert_eq!((number(&told, "running"), number(&told, "waiting")), (0, 0), "{told}");

    connect(&shop, data, "blue-mug", "products");
    process.wait_for_json(|told| number(told, "finished") == 1);
    assert_eq!(records(data, "blue-mug", "products"), 1_000, "it went on where it was");
    process.interrupt();
    process.finish().good();
}
