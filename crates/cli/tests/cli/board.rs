//! Switches wider than an account.

use crate::process::{finish, flyball};
use crate::stop::{Imported, imported};

fn is_held(it: &Imported, scope: &str, sentence: &str) {
    let stop = ["stop", scope, "--reason", "a drill", "--by", "mia", "--ramp", "1s", "--json"];
    let stopped = it.run(&stop).good().json();
    assert_eq!(stopped["complete"], true, "{stopped}");
    assert_eq!((&stopped["scope"], &stopped["accounts"]), (&scope.into(), &1.into()), "{stopped}");

    let import = finish(&mut it.shop.import(&it.data));
    assert_eq!(import.code, Some(1), "{import:?}");
    assert!(import.err.contains(&format!("not finished: {sentence} by mia")), "{import:?}");
    let why = it.run(&["why", &it.shop.account()]).good().out;
    assert!(why.contains(": stopped") && why.contains(sentence), "{why}");
    assert!(why.contains(&format!("now: {sentence}")), "the parked job says so: {why}");
    let status = it.run(&["status"]).good().out;
    let told = format!("{sentence} by mia: a drill");
    assert!(status.lines().any(|line| line.starts_with(&told)), "{status}");

    let resumed = it.run(&["resume", scope, "--json"]).good().json();
    assert_eq!(resumed["lifted"], true, "{resumed}");
    assert_eq!(finish(&mut it.shop.import(&it.data)).good().json()["finished"], true);
}

#[test]
fn a_switch_of_everything_holds_an_import_until_it_is_resumed() {
    is_held(&imported(), "all", "everything is stopped");
}

#[test]
fn a_switch_of_an_integration_holds_an_import_until_it_is_resumed() {
    is_held(&imported(), "shopify", "all of shopify is stopped");
}

#[test]
fn a_switch_of_one_kind_holds_that_kind_alone() {
    let it = imported();
    it.run(&["stop", "shopify/orders", "--reason", "x", "--until-lifted"]).good();
    assert_eq!(finish(&mut it.shop.import(&it.data)).good().json()["finished"], true);
    is_held(&it, "shopify/products", "all products of shopify are stopped");
}

#[test]
fn the_board_is_told_as_json() {
    let it = imported();
    let stop = ["stop", "shopify", "--reason", "a drill", "--by", "mia", "--mode", "hold"];
    it.run(&stop).good();
    let board = it.run(&["status", "--json"]).good().json()["board"].clone();
    let switch = &board["switches"][0];
    for (name, value) in [
        ("scope", "shopify"),
        ("state", "on"),
        ("mode", "hold"),
        ("reason", "a drill"),
        ("by", "mia"),
    ] {
        assert_eq!(switch[name], value, "{board}");
    }
    assert_eq!(switch["ramp_seconds"], 10, "{board}");
    assert_eq!(board["integrations"].as_array().map(Vec::len), Some(0), "{board}");
    it.run(&["resume", "shopify"]).good();
    let again = it.run(&["resume", "shopify"]).good().out;
    assert_eq!(again, "there is no stop of shopify to lift\n");
}

#[test]
fn a_customer_is_stopped_with_all_accounts_and_with_those_that_come_later() {
    let it = imported();
    // Whoever imports by hand is one customer.
    let stop = ["stop", "customer:import", "--reason", "unpaid", "--by", "mia", "--json"];
    let stopped = it.run(&stop).good().json();
    assert_eq!((&stopped["accounts"], &stopped["complete"]), (&1.into(), &true.into()));
    let import = finish(&mut it.shop.import(&it.data));
    assert!(import.err.contains("stopped by mia: unpaid"), "{import:?}");

    let later = crate::process::Shop::open(&["--products", "5"]);
    let import = finish(&mut later.import(&it.data));
    assert_eq!(import.code, Some(1), "{import:?}");
    let why = it.run(&["why", &later.account()]).good().out;
    assert!(why.contains("the customer is stopped by mia: unpaid"), "{why}");

    let resumed = it.run(&["resume", "customer:import", "--json"]).good().json();
    assert_eq!((&resumed["lifted"], &resumed["accounts"]), (&true.into(), &2.into()), "{resumed}");
    assert_eq!(finish(&mut later.import(&it.data)).good().json()["finished"], true);
    assert_eq!(finish(&mut it.shop.import(&it.data)).good().json()["finished"], true);
}

#[test]
fn the_printed_commands_make_the_board_and_set_the_switch() {
    let stop = flyball(&["stop", "all", "--reason", "it's late", "--print"]).good().out;
    assert_eq!(stop.matches("aws dynamodb update-item ").count(), 2, "{stop}");
    assert!(stop.contains(r#"{"pk":{"S":"board"},"sk":{"S":"board"}}"#), "{stop}");
    assert!(stop.contains(r"it'\''s late") && stop.contains("10000"), "{stop}");
    let resume = flyball(&["resume", "shopify/orders", "--print"]).good().out;
    assert!(resume.contains("shopify/orders"), "{resume}");
}

#[test]
fn a_wide_limit_lets_work_through_one_after_the_other_and_is_told() {
    let it = imported();
    let stop = ["stop", "shopify", "--reason", "a quota", "--by", "mia", "--mode", "limit=1"];
    it.run(&stop).good();
    let status = it.run(&["status"]).good().out;
    assert!(
        status.starts_with("all of shopify is limited to 1 at once by mia: a quota"),
        "{status}"
    );
    for _ in 0..2 {
        assert_eq!(finish(&mut it.shop.import(&it.data)).good().json()["finished"], true);
    }
    let stop = ["stop", "shopify", "--reason", "a quota", "--mode", "limit=0"];
    assert_eq!(it.run(&stop).code, Some(2), "a limit of nothing is a stop");
    let resumed = it.run(&["resume", "shopify", "--json"]).good().json();
    assert_eq!(resumed["lifted"], true, "{resumed}");
}
