//! Connecting stores and disconnecting them.

use crate::process::{Shop, TOKEN, arg, command, finish, flyball, holds};

fn shop() -> Shop {
    Shop::open(&["--products", "20", "--orders", "5"])
}

#[test]
fn an_account_is_connected_listed_checked_and_removed() {
    let shop = shop();
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    let data = arg(&folder);
    let mut add = shop.add(data);
    add.args(["--id", "blue-mug", "--customer", "hearth", "--every", "2h", "--kinds", "orders"]);
    let added = finish(&mut add).good();
    let told = added.json();
    for (name, value) in [
        ("account", "blue-mug"),
        ("customer", "hearth"),
        ("integration", "shopify"),
        ("store", shop.url.as_str()),
    ] {
        assert_eq!(told[name], value, "{told}");
    }
    assert_eq!((&told["new"], &told["every_minutes"]), (&true.into(), &120.into()), "{told}");
    assert!(!added.out.contains(&shop.token) && !added.err.contains(&shop.token), "{added:?}");
    assert!(!holds(&folder, shop.token.as_bytes()), "the token lies in the folder unsealed");

    let list = flyball(&["account", "list", "--data", data, "--json"]).good().json();
    let [account] = &list["accounts"].as_array().unwrap()[..] else { panic!("{list}") };
    assert_eq!(
        (&account["account"], &account["credentials"]),
        (&"blue-mug".into(), &"good".into())
    );
    assert!(account["next"].is_string(), "{list}");
    let text = flyball(&["account", "list", "--data", data]).good().out;
    assert!(text.contains("120 min") && text.contains("hearth"), "{text}");

    let checked =
        flyball(&["account", "check", "blue-mug", "--data", data, "--json"]).good().json();
    assert_eq!(checked["good"], true, "{checked}");

    let remove = ["account", "remove", "blue-mug", "--data", data, "--json"];
    assert_eq!(flyball(&remove).good().json()["removed"], true);
    let again = flyball(&remove);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.err.contains("found no account blue-mug"), "{again:?}");
    let list = flyball(&["account", "list", "--data", data]).good().out;
    assert!(list.starts_with("there are no accounts"), "{list}");
}

#[test]
fn a_store_that_does_not_take_the_credentials_is_not_connected() {
    for (dial, part) in [
        ("status=401", "check that the variable holds this store's credentials"),
        ("error=ACCESS_DENIED", "the permission to read products"),
        ("status=402", "whether the store is open"),
        ("status=503", "check the address and the credentials, and try again"),
        ("status=400", "the address of a shopify store"),
    ] {
        let shop = Shop::open(&["--products", "5", "--dial", dial]);
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let done = finish(&mut shop.add(arg(&data)));
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{done:?}");
        assert!(done.err.contains("can't be read: ") && done.err.contains(part), "{done:?}");
        let list = flyball(&["account", "list", "--data", arg(&data)]).good().out;
        assert!(list.starts_with("there are no accounts"), "{list}");
    }
}

#[test]
fn a_wrong_token_of_any_vendor_is_told_and_not_repeated() {
    for integration in ["shopify", "bigcommerce", "magento"] {
        let shop = Shop::of(integration, &["--products", "5"]);
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let done = finish(shop.add(arg(&data)).env(TOKEN, "wrong-secret"));
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.err.contains("products can't be read: "), "{done:?}");
        assert!(done.err.contains("credentials"), "{done:?}");
        assert!(!done.err.contains("wrong-secret"), "{done:?}");
    }
}

#[test]
fn a_store_that_refused_its_credentials_is_connected_again() {
    let shop = Shop::open(&["--products", "20", "--dial", "status=401@first=1"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    assert_eq!(finish(&mut shop.import(data)).code, Some(1));
    let credentials = || {
        let list = flyball(&["account", "list", "--data", data, "--json"]).good().json();
        list["accounts"][0]["credentials"].clone()
    };
    assert_eq!(credentials(), "refused");
    let added = finish(&mut shop.add(data)).good().json();
    assert_eq!(added["new"], false, "{added}");
    assert_eq!(credentials(), "good");
    let why = flyball(&["why", &shop.account(), "--data", data]).good().out;
    assert!(!why.contains("stopped") && !why.contains("refused"), "{why}");
    let imported = finish(&mut shop.import(data)).good().json();
    assert_eq!(imported["records"], 20, "{imported}");
}

#[test]
fn an_id_never_becomes_another_stores() {
    let (one, other) = (shop(), shop());
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    let add = |shop: &Shop| finish(shop.add(data).args(["--id", "blue-mug"]));
    add(&one).good();
    let taken = add(&other);
    assert_eq!(taken.code, Some(2), "{taken:?}");
    assert!(taken.err.contains(&format!("of the shopify store {}", one.url)), "{taken:?}");
    flyball(&["account", "remove", "blue-mug", "--data", data]).good();
    assert_eq!(add(&other).code, Some(2), "what was imported from the first is still there");
    assert_eq!(add(&one).good().json()["new"], true);
    let mut moved = one.add(data);
    let moved = finish(moved.args(["--id", "blue-mug", "--customer", "somebody-else"]));
    assert!(moved.err.contains("of customer blue-mug"), "{moved:?}");
}

#[test]
fn what_waits_of_a_removed_account_is_given_up_and_nothing_holds_a_new_one() {
    let shop = shop();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    finish(&mut shop.import(data)).good();
    let account = shop.account();
    let scope = format!("account:{account}");
    flyball(&["stop", &scope, "--reason", "x", "--data", data]).good();
    assert_eq!(finish(&mut shop.import(data)).code, Some(1));
    let remove = ["account", "remove", &account, "--data", data, "--json"];
    assert_eq!(flyball(&remove).good().json()["jobs_given_up"], 1);
    finish(&mut shop.add(data)).good();
    let why = flyball(&["why", &account, "--data", data]).good().out;
    assert!(!why.contains("stopped") && !why.contains("parked"), "{why}");
}

#[test]
fn an_account_of_a_stopped_customer_is_stopped() {
    let shop = shop();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    finish(&mut shop.import(data)).good();
    flyball(&["stop", "customer:hearth", "--reason", "unpaid", "--data", data]).good();
    let later = self::shop();
    finish(later.add(data).args(["--customer", "hearth"])).good();
    let why = flyball(&["why", &later.account(), "--data", data]).good().out;
    assert!(why.contains("the customer is stopped by tester: unpaid"), "{why}");
}

#[test]
fn rules_for_custom_fields_are_tried_on_real_records_before_they_are_set() {
    let shop = shop();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    finish(&mut shop.import_all(data)).good();
    let account = shop.account();
    let file = dir.path().join("rules.json");
    let fields = |args: &[&str]| {
        finish(command(&["account", "fields", &account, "--data", data]).args(args))
    };
    assert_eq!(fields(&["--json"]).good().out, "{\"rules\":[]}\n");

    let rule = |name: &str, kind: &str| {
        format!(r#"{{"kind":"products","name":"{name}","from":"extra:/handle","type":"{kind}"}}"#)
    };
    let rules = format!(r#"{{"rules":[{},{}]}}"#, rule("slug", "text"), rule("count", "integer"));
    std::fs::write(&file, &rules).unwrap();
    let preview = fields(&["--rules", arg(&file), "--preview", "--records", "3", "--json"]).good();
    let tried: Vec<serde_json::Value> =
        preview.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(tried.len(), 3, "{preview:?}");
    for one in &tried {
        let shown = one["values"]["slug"].is_string() || one["unfit"][0]["name"] == "slug";
        assert!(shown || one["values"].as_object().is_some_and(serde_json::Map::is_empty), "{one}");
    }
    assert_eq!(fields(&["--json"]).good().out, "{\"rules\":[]}\n", "nothing was stored");

    let set = fields(&["--rules", arg(&file), "--json"]).good().json();
    assert_eq!(set["rules"], 2, "{set}");
    let shown: serde_json::Value = serde_json::from_str(&fields(&["--json"]).good().out).unwrap();
    assert_eq!(shown["rules"][1]["type"], "integer", "{shown}");

    for (text, part) in [
        ("{", "found no rules in"),
        (
            r#"{"rules":[{"kind":"products","name":"a b","from":"custom:x","type":"text"}]}"#,
            "a name",
        ),
        (
            r#"{"rules":[{"kind":"products","name":"a","from":"lines.custom:x","type":"text"}]}"#,
            "products don't have",
        ),
        (r#"{"rulez":[]}"#, "rulez"),
    ] {
        std::fs::write(&file, text).unwrap();
        let done = fields(&["--rules", arg(&file)]);
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.err.contains(part), "{part:?}: {done:?}");
    }
}
