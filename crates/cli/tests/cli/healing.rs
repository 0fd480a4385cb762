use crate::process::{Shop, arg, finish, flyball};

#[test]
fn a_store_that_goes_down_and_comes_back_is_waited_for() {
    let shop = Shop::open(&["--products", "60", "--dial", "status=503@first=2"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let done = finish(&mut shop.import(arg(&data))).good();
    let report = done.json();
    assert_eq!((&report["finished"], &report["records"]), (&true.into(), &60.into()), "{report}");
    let waited = report["waited"].to_string();
    assert!(waited.contains("the store's server fails (HTTP 503)"), "{report}");
    assert!(done.err.contains("the vendor is down"), "{done:?}");
    let why = flyball(&["why", "--data", arg(&data), &shop.account(), "--json"]).good().json();
    assert_eq!(why["parked"].as_array().unwrap().len(), 0, "{why}");
    assert!(why["last_outage"]["up"].is_string(), "{why}");
    let text = flyball(&["why", "--data", arg(&data), &shop.account()]).good().out;
    assert!(text.contains("last outage: from ") && text.contains("HTTP 503"), "{text}");
}

#[test]
fn a_throttle_is_waited_out_and_is_no_outage() {
    let shop = Shop::open(&["--products", "60", "--dial", "throttled@first=1"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let report = finish(&mut shop.import(arg(&data))).good().json();
    assert_eq!((&report["records"], &report["throttled"]), (&60.into(), &1.into()), "{report}");
    assert_eq!(report["seconds_down"], 0, "{report}");
    let why = flyball(&["why", "--data", arg(&data), &shop.account(), "--json"]).good().json();
    assert!(why["last_outage"].is_null(), "{why}");
}

#[test]
fn a_store_that_refuses_the_token_is_stopped_until_it_is_connected_again() {
    let shop = Shop::open(&["--products", "60", "--dial", "status=401@first=1"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let done = finish(&mut shop.import(arg(&data)));
    assert_eq!(done.code, Some(1), "{done:?}");
    let report = done.json();
    assert_eq!(report["finished"], false, "{report}");
    assert!(report["why"].as_str().unwrap().contains("no longer accepts the token"), "{report}");

    let status = flyball(&["status", "--data", arg(&data), "--json"]).good().json();
    assert_eq!(status["accounts"][0]["state"], "stopped", "{status}");
    let why = flyball(&["why", "--data", arg(&data), &shop.account()]).good().out;
    assert!(why.contains("refused its credentials since"), "{why}");
    assert!(why.contains("parked: ") && why.contains("reconnect the store"), "{why}");

    let healed = finish(&mut shop.import(arg(&data))).good().json();
    assert_eq!((&healed["finished"], &healed["records"]), (&true.into(), &60.into()), "{healed}");
    let status = flyball(&["status", "--data", arg(&data), "--json"]).good().json();
    assert_eq!(status["accounts"][0]["state"], "idle", "{status}");
    assert_eq!(status["accounts"][0]["parked"], 0, "{status}");
}

#[test]
fn a_frozen_store_ends_the_import_and_is_asked_again_by_the_next_one() {
    let shop = Shop::open(&["--products", "60", "--dial", "status=402@first=1"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let done = finish(&mut shop.import(arg(&data)));
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.json()["why"].as_str().unwrap().contains("frozen"), "{done:?}");
    let healed = finish(&mut shop.import(arg(&data))).good().json();
    assert_eq!(healed["records"], 60, "{healed}");
}

#[test]
fn an_import_that_the_store_can_not_serve_is_set_aside_and_told() {
    let shop = Shop::open(&["--products", "60", "--dial", "status=400"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let done = finish(&mut shop.import(arg(&data)));
    assert_eq!(done.code, Some(1), "{done:?}");
    let why = done.json()["why"].as_str().unwrap().to_owned();
    assert!(why.starts_with("the import was set aside: "), "{why}");
    let why = flyball(&["why", "--data", arg(&data), &shop.account(), "--json"]).good().json();
    assert_eq!(why["set_aside"]["count"], 1, "{why}");
}
