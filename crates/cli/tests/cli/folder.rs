use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::process::{Running, Shop, arg, command, finish, flyball, holds};

const FIXTURE: &str = "Handle,Title,Vendor,Type,Tags,Published,Option1 Name,Option1 Value,\
Variant SKU,Variant Inventory Qty,Variant Inventory Tracker,Variant Price,Status\n\
mug,\"Mug, \"\"blue\"\"\",Hearth,Kitchen,,true,Size,S,m-s,3,shopify,9.50,active\n\
mug,,,,,,,L,m-l,4,shopify,19.90,\n\
=bowl,Bowl 茶碗,Hearth,,,true,Title,Default Title,b,0,,100.00,draft\n";

fn list(dir: &str, account: &str, format: &str) -> String {
    flyball(&["records", "--data", dir, "--account", account, "--format", format]).good().out
}

#[test]
fn a_store_is_imported_once_and_again_only_what_has_changed() {
    let shop = Shop::open(&["--products", "130"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let first = finish(&mut shop.import(arg(&data))).good();
    let report = first.json();
    assert_eq!((&report["finished"], &report["records"]), (&true.into(), &130.into()), "{report}");
    assert_eq!((&report["written"], &report["set_aside"]), (&130.into(), &0.into()), "{report}");
    assert_eq!(report["account"], shop.account().as_str());

    let again = finish(&mut shop.import(arg(&data))).good().json();
    assert_eq!((&again["finished"], &again["written"]), (&true.into(), &0.into()), "{again}");

    let status = flyball(&["status", "--data", arg(&data), "--json"]).good().json();
    let account = &status["accounts"][0];
    assert_eq!((&account["records"], &account["state"]), (&130.into(), &"idle".into()), "{status}");
    assert_eq!((&account["parked"], &account["running"]), (&0.into(), &0.into()), "{status}");
    assert!(account["last_import"].is_string(), "{status}");
    assert!(first.err.contains("records"), "progress in lines: {first:?}");
    for text in [&first.out, &first.err] {
        assert!(!text.contains(&shop.token), "{text}");
    }
    assert!(!holds(&data, shop.token.as_bytes()), "the token lies in the folder unsealed");
}

#[test]
fn records_come_as_whole_lines_of_json_as_columns_and_as_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = dir.path().join("products.csv");
    std::fs::write(&catalog, FIXTURE).unwrap();
    let shop = Shop::open(&["--catalog", arg(&catalog), "--currency", "CHF"]);
    let data = dir.path().join("data");
    finish(&mut shop.import(arg(&data))).good();
    let (data, account) = (arg(&data), shop.account());

    let ndjson = list(data, &account, "ndjson");
    let products: Vec<Value> =
        ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(products[0]["title"], "Mug, \"blue\"");
    assert_eq!(products[0]["variants"][1]["price"]["amount"], "19.90");
    let same = flyball(&["records", "--data", data, "--account", &account, "--json"]).good();
    assert_eq!(same.out, ndjson);

    let csv = list(data, &account, "csv");
    let lines: Vec<&str> = csv.lines().collect();
    let names = "id,title,status,vendor,product_type,variants,price_min,price_max,currency,stock,\
                 updated_at";
    assert_eq!((lines.len(), lines[0]), (3, names));
    let mug = ",\"Mug, \"\"blue\"\"\",active,Hearth,Kitchen,2,9.50,19.90,CHF,7,20";
    assert!(lines[1].contains(mug), "{csv}");
    assert!(lines[2].contains(",Bowl 茶碗,draft,Hearth,,1,100.00,100.00,CHF,"), "{csv}");

    let table = list(data, &account, "table");
    assert!(table.starts_with("ID "), "{table}");
    assert_eq!(table.lines().count(), 3);
    let orders = ["records", "--data", data, "--account", &account, "--kind", "orders", "--json"];
    assert_eq!(flyball(&orders).good().out, "");
}

#[test]
fn an_unknown_account_is_answered_with_those_there_are() {
    let shop = Shop::open(&["--products", "3"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    finish(&mut shop.import(arg(&data))).good();
    for args in [
        &["records", "--account", "abc"][..],
        &["why", "abc"],
        &["outages", "abc"],
        &["stop", "account:abc", "--reason", "x"],
        &["resume", "account:abc"],
    ] {
        let done = finish(command(args).args(["--data", arg(&data)]));
        assert_eq!(done.code, Some(2), "{done:?}");
        let expected = format!("error: found no account abc, expected one of {}\n", shop.account());
        assert_eq!(done.err, expected);
    }
}

#[test]
fn a_folder_without_accounts_says_so() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("format"), "1\n").unwrap();
    for command in ["status", "outages"] {
        let text = flyball(&[command, "--data", arg(dir.path())]).good();
        assert!(text.out.starts_with("there are no accounts in"), "{text:?}");
        let json = flyball(&[command, "--data", arg(dir.path()), "--json"]).good().json();
        assert_eq!(json["accounts"].as_array().map(Vec::len), Some(0), "{json}");
    }
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_was() {
    let shop = Shop::open(&["--products", "400", "--dial", "latency=150ms"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut first = Running::start(&mut shop.import(arg(&data)));
    first.wait_for("records");
    first.kill();
    let report = finish(&mut shop.import(arg(&data))).good().json();
    let resumed = report["resumed"].as_u64().unwrap();
    assert!(resumed > 0 && resumed < 400, "{report}");
    assert_eq!((&report["finished"], &report["records"]), (&true.into(), &400.into()), "{report}");
    let listed = list(arg(&data), &shop.account(), "ndjson");
    let ids: BTreeSet<String> = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 400);
}

#[test]
fn records_end_quietly_when_their_reader_does() {
    let shop = Shop::open(&["--products", "150"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    finish(&mut shop.import(arg(&data))).good();
    for format in ["ndjson", "csv", "table"] {
        let mut list: Command = command(&["records", "--data", arg(&data), "--format", format]);
        list.args(["--account", &shop.account()]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = list.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{format}: {output:?}");
    }
}

#[test]
fn an_account_is_one_stores_only() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let shop = Shop::open(&["--products", "3"]);
    finish(&mut shop.import(arg(&data))).good();
    let mut other = command(&["import", "magento", "--token-env", "STORE_TOKEN", "--allow-local"]);
    other.args(["--store", &shop.url, "--to", arg(&data)]).env("STORE_TOKEN", &shop.token);
    let done = finish(&mut other);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.err.contains(&format!("of the shopify store {}", shop.url)), "{done:?}");
}
