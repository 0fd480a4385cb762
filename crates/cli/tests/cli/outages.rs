use serde_json::Value;

use crate::process::{Shop, arg, command, finish, flyball};

struct Imported {
    shop: Shop,
    _dir: tempfile::TempDir,
    data: String,
}

/// A store, imported, with these faults.
fn imported(dial: &[&str]) -> Imported {
    let shop = Shop::open(&[&["--products", "20"], dial].concat());
    let dir = tempfile::tempdir().unwrap();
    let data = arg(&dir.path().join("data")).to_owned();
    finish(&mut shop.import(&data)).good();
    Imported { shop, _dir: dir, data }
}

impl Imported {
    fn json(&self, args: &[&str]) -> Value {
        let account = finish(command(args).args(["--data", &self.data, "--json"])).good().json();
        account["accounts"][0].clone()
    }

    fn text(&self, args: &[&str]) -> String {
        finish(command(args).args(["--data", &self.data])).good().out
    }
}

#[test]
fn an_outage_is_told_from_when_to_when_and_with_its_evidence() {
    let it = imported(&["--dial", "status=503@first=2"]);
    let told = it.json(&["outages", &it.shop.account()]);
    assert_eq!(told["account"], it.shop.account().as_str(), "{told}");
    let [outage] = &told["outages"].as_array().unwrap()[..] else { panic!("one: {told}") };
    assert_eq!((&outage["class"], &outage["failures"]), (&"server_error".into(), &2.into()));
    assert_eq!((&outage["answers"]["503"], &outage["entries"]), (&2.into(), &1.into()), "{outage}");
    assert_eq!(outage["kinds"][0], "products", "{outage}");
    for name in ["down", "detected", "up", "why"] {
        assert!(outage[name].is_string(), "{name}: {outage}");
    }
    assert!(outage["last_success_before"].is_null(), "{outage}");
    assert_eq!(outage["deferred"], 1, "{outage}");

    let days: Vec<&Value> =
        told["uptime"].as_array().unwrap().iter().map(|uptime| &uptime["days"]).collect();
    assert_eq!(days, [7, 30, 90]);
    let week = &told["uptime"][0];
    assert_eq!(week["outages"], 1, "{week}");
    let share = week["available_basis_points"].as_u64().unwrap();
    assert!(share < 10_000, "{week}");
    assert!(week["unknown_seconds"].as_u64().unwrap() > 6 * 86_400, "{week}");

    let text = it.text(&["outages"]);
    assert!(text.starts_with("ACCOUNT") && text.contains("server_error"), "{text}");
    assert!(text.contains("90 d") && text.contains("SWITCHED OFF"), "{text}");
    let why = flyball(&["why", &it.shop.account(), "--data", &it.data, "--json"]).good();
    assert_eq!(&why.json()["last_outage"], outage);
}

#[test]
fn without_an_outage_it_says_so_and_what_is_not_known() {
    let it = imported(&["--dial", "throttled@first=1"]);
    let text = it.text(&["outages"]);
    assert!(text.starts_with("no outages\n"), "{text}");
    assert!(text.contains("unknown: before an account was connected"), "{text}");
    let told = it.json(&["outages"]);
    assert_eq!(told["outages"].as_array().unwrap().len(), 0, "{told}");
    assert_eq!(told["uptime"][0]["available"], "100 %", "{told}");
    assert_eq!(told["uptime"][0]["down_seconds"], 0, "{told}");
}

#[test]
fn an_outage_that_lasts_is_told_as_lasting() {
    let shop = Shop::open(&["--products", "20", "--dial", "status=402"]);
    let dir = tempfile::tempdir().unwrap();
    let data = arg(&dir.path().join("data")).to_owned();
    assert_eq!(finish(&mut shop.import(&data)).code, Some(1));
    let told = flyball(&["outages", "--data", &data, "--json"]).good().json();
    let outage = &told["accounts"][0]["outages"][0];
    assert_eq!((&outage["class"], &outage["up"]), (&"frozen".into(), &Value::Null), "{told}");
    let text = flyball(&["outages", "--data", &data]).good().out;
    assert!(text.contains("still down"), "{text}");
    let why = flyball(&["why", &shop.account(), "--data", &data]).good().out;
    assert!(why.contains("outage: since ") && why.contains("frozen"), "{why}");
    let status = flyball(&["status", "--data", &data, "--json"]).good().json();
    assert_eq!(status["accounts"][0]["outage"]["down"], outage["down"], "{status}");
}

#[test]
fn time_under_a_stop_is_told_apart_and_is_no_outage() {
    let it = imported(&[]);
    let scope = format!("account:{}", it.shop.account());
    it.text(&["stop", &scope, "--reason", "stocktaking"]);
    let text = it.text(&["outages"]);
    assert!(text.starts_with("no outages\n"), "{text}");
    it.text(&["resume", &scope]);
    let told = it.json(&["outages"]);
    assert_eq!(told["uptime"][0]["outages"], 0, "{told}");
    assert!(told["uptime"][0]["switched_off_seconds"].is_u64(), "{told}");
}
