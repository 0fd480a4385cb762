//! What could not be imported.

use serde_json::Value;

use crate::process::{Running, Shop, arg, command, finish, flyball};

#[test]
fn what_could_not_be_imported_is_listed_shown_with_its_input_and_asked_for_again() {
    let shop = Shop::open(&["--products", "30", "--dial", "status=400"]);
    let port = shop.url.rsplit(':').next().unwrap().to_owned();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = arg(&data);
    assert_eq!(finish(&mut shop.import(data)).code, Some(1));
    let account = shop.account();

    let listed = flyball(&["errors", "--data", data, "--json"]).good().json();
    assert_eq!((&listed["count"], &listed["next"]), (&1.into(), &Value::Null), "{listed}");
    let group = &listed["groups"][0];
    assert_eq!((&group["count"], &group["accounts"][0]), (&1.into(), &account.as_str().into()));
    let id = group["ids"][0].as_str().unwrap().to_owned();
    let text = flyball(&["errors", "--account", &account, "--data", data]).good().out;
    assert!(text.starts_with("1 x ") && text.contains(&id), "{text}");

    let one = flyball(&["errors", &id, "--data", data, "--json"]).good().json();
    let job = format!("{account}/products/incremental");
    assert_eq!((&one["id"], &one["job"]), (&id.as_str().into(), &job.as_str().into()), "{one}");
    let input = one["input"].as_str().unwrap();
    let shown = flyball(&["errors", &id, "--data", data]).good();
    assert_eq!(shown.out.trim_end(), input, "the input alone, exactly");
    assert!(shown.err.contains(&id) && shown.err.contains(&job), "{shown:?}");

    drop(shop);
    let healed = Shop::open(&["--products", "30", "--port", &port]);
    finish(&mut healed.add(data)).good();
    let replayed = flyball(&["replay", &id, "--data", data, "--json"]).good().json();
    assert_eq!(
        (&replayed["asked"][0], &replayed["runs"]),
        (&job.into(), &"when `flyball up` does".into())
    );
    let mut up = Running::start(&mut command(&["up", "--data", data, "--json"]));
    let none =
        || flyball(&["errors", "--data", data]).good().out == "everything could be imported\n";
    up.wait_for_json(|_| none());
    let gone = flyball(&["replay", &id, "--data", data]);
    assert_eq!(gone.code, Some(2), "{gone:?}");
    assert!(gone.err.contains("closed by a later import"), "{gone:?}");
    let all = flyball(&["replay", "--all", "--data", data, "--json"]).good().json();
    assert_eq!((&all["asked"].as_array().map(Vec::len), &all["runs"]), (&Some(0), &"now".into()));
    up.interrupt();
    up.finish().good();
}
