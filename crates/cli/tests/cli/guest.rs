//! Commands while another process owns the folder.

use crate::process::{Running, Shop, arg, command, finish, flyball};

#[test]
fn others_look_and_stop_while_an_import_runs() {
    let shop = Shop::open(&["--products", "3000", "--dial", "latency=200ms"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (data, account) = (arg(&data), shop.account());
    let mut import = Running::start(&mut shop.import(data));
    import.wait_for("records");

    let status = flyball(&["status", "--data", data, "--json"]).good().json();
    let line = &status["accounts"][0];
    assert_eq!((&line["account"], &line["running"]), (&account.as_str().into(), &1.into()));
    assert!(line["importing"].as_u64().unwrap() > 0, "{status}");
    let listed = flyball(&["records", "--data", data, "--account", &account, "--json"]).good();
    assert!(listed.out.lines().count() > 0);

    let second = finish(&mut shop.import(data));
    assert_eq!(second.code, Some(2), "{second:?}");
    assert!(second.err.contains("in use by another process"), "{second:?}");

    let scope = format!("account:{account}");
    let orders = format!("{scope}/orders");
    let other = flyball(&["stop", "--data", data, &orders, "--reason", "x", "--json"]);
    assert_eq!(other.good().json()["complete"], true, "a job of another kind is not waited for");
    let stop = ["stop", "--data", data, &scope, "--reason", "enough", "--json"];
    let stopped = flyball(&stop).good().json();
    assert_eq!((&stopped["running"], &stopped["complete"]), (&1.into(), &true.into()));
    let ended = import.finish();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("not finished: the account is stopped by tester: enough"));

    let why = flyball(&["why", "--data", data, &account, "--json"]).good().json();
    assert_eq!(why["state"], "stopped", "{why}");
    assert!(why["importing"]["records"].as_u64().unwrap() > 0, "{why}");
    assert_eq!(why["parked"].as_array().unwrap().len(), 1, "{why}");
    let resumed = flyball(&["resume", "--data", data, &scope]).good().out;
    let woken = format!("{scope} is resumed; the parked job is woken\n");
    assert!(resumed.starts_with(&woken), "{resumed}");
    assert!(resumed.contains("still: orders are stopped by tester"), "{resumed}");
}

#[test]
fn a_killed_owner_does_not_keep_the_folder() {
    let shop = Shop::open(&["--products", "400", "--dial", "latency=150ms"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut import = Running::start(&mut shop.import(arg(&data)));
    import.wait_for("records");
    import.kill();
    let status = finish(command(&["status", "--json"]).env("FLYBALL_DATA", &data)).good().json();
    assert!(status["accounts"][0]["records"].as_u64().unwrap() > 0, "{status}");
}

#[test]
fn a_switch_of_everything_stops_an_import_that_another_process_runs() {
    let shop = Shop::open(&["--products", "3000", "--dial", "latency=200ms"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    let mut import = Running::start(&mut shop.import(data));
    import.wait_for("records");
    let stop = ["stop", "--data", data, "all", "--reason", "enough", "--json"];
    let stopped = flyball(&stop).good().json();
    assert_eq!((&stopped["running"], &stopped["complete"]), (&1.into(), &true.into()), "{stopped}");
    let ended = import.finish();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.err.contains("not finished: everything is stopped by tester: enough"),
        "{ended:?}"
    );
}

#[test]
fn a_wide_drain_lets_a_running_import_finish_and_begins_no_other() {
    let shop = Shop::open(&["--products", "1000", "--dial", "latency=100ms"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    let mut import = Running::start(&mut shop.import(data));
    import.wait_for("records");
    let drain =
        ["stop", "--data", data, "shopify", "--reason", "a release", "--mode", "drain", "--json"];
    let drained = flyball(&drain).good().json();
    assert_eq!(drained["complete"], true, "{drained}");
    let ended = import.finish();
    assert_eq!((ended.code, &ended.good().json()["records"]), (Some(0), &1_000.into()));
    let next = finish(&mut shop.import(data));
    assert_eq!(next.code, Some(1), "{next:?}");
    assert!(next.err.contains("not finished: all of shopify is stopped (being drained)"));
    flyball(&["resume", "--data", data, "shopify"]).good();
    assert_eq!(finish(&mut shop.import(data)).good().json()["finished"], true);
}
