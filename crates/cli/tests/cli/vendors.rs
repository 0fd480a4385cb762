//! Every integration, products and orders.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::process::{Done, Shop, arg, finish, flyball};

/// A store of each integration, on a plan that holds nobody up.
fn all() -> [Shop; 3] {
    let stocked = |plan: &[&'static str]| [plan, &["--products", "30", "--orders", "12"]].concat();
    [
        Shop::of("shopify", &stocked(&["--plan", "enterprise"])),
        Shop::of("bigcommerce", &stocked(&["--quota", "unlimited"])),
        Shop::of("magento", &stocked(&[])),
    ]
}

fn lines(done: &Done) -> BTreeSet<String> {
    done.out.lines().map(str::to_owned).collect()
}

#[test]
fn products_and_orders_of_every_integration_go_into_a_folder_and_come_as_a_stream() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    for shop in all() {
        let report = finish(&mut shop.import_all(data)).good().json();
        assert_eq!(report["finished"], true, "{report}");
        let of = |kind: &str| report["kinds"][kind]["written"].as_u64();
        assert_eq!((of("products"), of("orders")), (Some(30), Some(12)), "{report}");
        let account = report["account"].as_str().unwrap();
        for kind in ["products", "orders"] {
            let list = ["records", "--data", data, "--account", account, "--kind", kind, "--json"];
            let listed = flyball(&list).good();
            let mut stream = shop.import_all("-");
            let streamed = finish(stream.args(["--kinds", kind])).good();
            assert_eq!(lines(&listed), lines(&streamed), "{kind} of {account}");
            assert!(!streamed.err.contains(&shop.token), "{streamed:?}");
        }
    }
}

#[test]
fn orders_are_listed_without_saying_whose_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    let [shop, ..] = all();
    let report = finish(&mut shop.import_all(data)).good().json();
    let account = report["account"].as_str().unwrap();
    let list = |format: &str| {
        let kind = ["--account", account, "--kind", "orders"];
        flyball(&[&["records", "--data", data, "--format", format][..], &kind].concat()).good().out
    };
    let csv = list("csv");
    let names = "id,number,placed_at,status,financial_status,fulfillment_status,channel,lines,\
                 total,refunded,currency,updated_at";
    assert_eq!((csv.lines().next(), csv.lines().count()), (Some(names), 13), "{csv}");
    let whole: Vec<Value> =
        list("ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let emails = whole.iter().filter_map(|order| order["personal"]["email"].as_str());
    let emails: Vec<&str> = emails.collect();
    assert!(!emails.is_empty(), "{whole:?}");
    for email in emails {
        assert!(!csv.contains(email) && !list("table").contains(email), "{email}");
    }
}

#[test]
fn a_state_is_of_one_kind() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let shop = Shop::open(&["--products", "5", "--orders", "5"]);
    let stream =
        |kind: &str| finish(shop.import_all("-").args(["--kinds", kind, "--state", arg(&state)]));
    assert_eq!(stream("orders").good().out.lines().count(), 5);
    let other = stream("products");
    assert_eq!(other.code, Some(2), "{other:?}");
    assert!(other.err.contains("found the state of orders"), "{other:?}");
}

#[test]
fn an_import_of_one_kind_may_be_followed_by_one_of_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    let shop = Shop::open(&["--products", "5", "--orders", "4"]);
    finish(&mut shop.import(data)).good();
    let orders = finish(shop.import_all(data).args(["--kinds", "orders"])).good().json();
    assert_eq!((&orders["written"], &orders["kinds"]["products"]), (&4.into(), &Value::Null));
    let status = flyball(&["status", "--data", data, "--json"]).good().json();
    assert_eq!(status["accounts"][0]["records"], 9, "{status}");
    let list = flyball(&["account", "list", "--data", data, "--json"]).good().json();
    assert_eq!(list["accounts"][0]["kinds"].as_array().map(Vec::len), Some(2), "{list}");
}
