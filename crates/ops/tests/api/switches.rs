use axum::http::StatusCode;
use flyball_accounts::Account;
use flyball_domain::{Kind, UnixMillis};
use flyball_governor::Admission;
use flyball_importer::lane_spec;
use flyball_ops::Author;
use flyball_ops::audit::{Change, Request};
use flyball_ops::switches::{SetSwitch, set};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::world::{World, account};

const SCOPES: [&str; 6] = [
    "all",
    "shopify",
    "shopify/orders",
    "customer:mug-makers",
    "account:blue-mug",
    "account:blue-mug/orders",
];

async fn scopes(world: &World) -> Vec<(String, String)> {
    let page = world.get("/v1/switches").await.json;
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let switches = page["switches"].as_array().unwrap().iter();
    switches.map(|one| (text(one, "scope"), text(one, "mode"))).collect()
}

#[tokio::test]
async fn every_scope_is_switched_in_every_mode_that_it_has_and_back() {
    let world = World::with(&["blue-mug"]).await;
    let mut changes = 0;
    for scope in SCOPES {
        for mode in ["hold", "drain", "stop", "limit=3"] {
            let body = json!({ "scope": scope, "mode": mode, "reason": "stocktaking" });
            let set = world.post("/v1/switches", &body).await;
            let has_no_limit = ["customer:mug-makers", "account:blue-mug/orders"].contains(&scope);
            if mode == "limit=3" && has_no_limit {
                assert_eq!(set.status, StatusCode::BAD_REQUEST, "{scope} {mode}: {set:?}");
                assert_eq!(scopes(&world).await, []);
                continue;
            }
            assert_eq!(set.status, StatusCode::OK, "{scope} {mode}: {set:?}");
            assert_eq!((&set.json["by"], &set.json["audited"]), (&json!("mia"), &json!(true)));
            assert!(set.json["until"].is_string(), "a day, unless otherwise said: {set:?}");
            assert_eq!(scopes(&world).await, [(scope.to_owned(), mode.to_owned())]);
            let lifted = world.post("/v1/switches/lift", &json!({ "scope": scope })).await;
            assert_eq!((lifted.status, &lifted.json["lifted"]), (StatusCode::OK, &json!(true)));
            assert_eq!(scopes(&world).await, [], "{scope} {mode}");
            changes += 2;
            assert_eq!(world.trail().await.len().min(50), changes.min(50), "{scope} {mode}");
        }
        let again = world.post("/v1/switches/lift", &json!({ "scope": scope })).await;
        assert_eq!((again.status, &again.json["lifted"]), (StatusCode::OK, &json!(false)));
    }
    assert_eq!(world.trail().await.len(), 44, "what changed nothing is not in it");
}

#[tokio::test]
async fn the_trail_says_who_asked_for_what() {
    let world = World::with(&["blue-mug"]).await;
    let body =
        json!({ "scope": "account:blue-mug", "reason": "stocktaking", "until_lifted": true });
    assert_eq!(world.post("/v1/switches", &body).await.json["until"], Value::Null);
    world.post("/v1/switches/lift", &json!({ "scope": "account:blue-mug" })).await;
    let trail = world.trail().await;
    let told: Vec<_> =
        trail.iter().map(|one| (one["author"].as_str(), one["action"].as_str())).collect();
    assert_eq!(told, [(Some("mia"), Some("switch.set")), (Some("mia"), Some("switch.lift"))]);
    assert_eq!(trail[0]["detail"]["reason"], "stocktaking");
    assert_eq!(trail[1]["detail"]["was"]["by"], "mia");
}

#[tokio::test]
async fn a_repetition_does_nothing_and_is_answered_alike() {
    let world = World::with(&["blue-mug"]).await;
    let body = json!({ "scope": "account:blue-mug", "reason": "stocktaking" });
    let key = [("idempotency-key", "k-1")];
    let first = world.post_with("/v1/switches", &body, &key).await;
    let second = world.post_with("/v1/switches", &body, &key).await;
    assert_eq!((first.is_replayed, second.is_replayed), (false, true));
    assert_eq!((first.status, &first.json), (second.status, &second.json));
    assert_eq!(world.trail().await.len(), 1);

    let other = json!({ "scope": "account:blue-mug", "reason": "moving" });
    let taken = world.post_with("/v1/switches", &other, &key).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY, "{taken:?}");
    assert_eq!(world.trail().await.len(), 1);

    // What was refused may be asked for again under its key, once it can be done.
    let unknown = json!({ "scope": "account:red-mug", "reason": "stocktaking" });
    let key = [("idempotency-key", "k-2")];
    assert_eq!(world.post_with("/v1/switches", &unknown, &key).await.status, StatusCode::NOT_FOUND);
    world.ops.accounts.put(&account("red-mug", "mug-makers")).await.unwrap();
    assert_eq!(world.post_with("/v1/switches", &unknown, &key).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_dry_run_shows_what_would_be_held_and_changes_nothing() {
    let world = World::with(&["blue-mug", "red-mug"]).await;
    let body = json!({ "scope": "shopify", "reason": "stocktaking" });
    let shown = world.post("/v1/switches/dry-run", &body).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert_eq!(shown.json["radius"]["accounts"], 2);
    assert_eq!(shown.json["radius"]["percent"], 100);
    assert_eq!(shown.json["radius"]["named"][1]["account"], "red-mug");
    assert_eq!((scopes(&world).await, world.trail().await), (vec![], vec![]));
}

#[tokio::test]
async fn many_accounts_are_held_only_once_that_is_confirmed() {
    let names: Vec<String> = (0..6).map(|number| format!("mug-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::with(&names).await;
    let mut body = json!({ "scope": "shopify", "reason": "stocktaking" });
    assert_eq!(
        world.post("/v1/switches/dry-run", &body).await.json["confirm"],
        json!(["held-accounts"])
    );
    let asked = world.post("/v1/switches", &body).await;
    assert_eq!(
        (asked.status, &asked.json["rule"]),
        (StatusCode::CONFLICT, &json!("held-accounts"))
    );
    assert_eq!((scopes(&world).await, world.trail().await), (vec![], vec![]));
    body["mode"] = json!("limit=3");
    assert_eq!(
        world.post("/v1/switches", &body).await.status,
        StatusCode::OK,
        "a dimmer holds none"
    );
    body["mode"] = json!("stop");
    body["confirm"] = json!(["held-accounts"]);
    assert_eq!(world.post("/v1/switches", &body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_somebody_else_has_changed_is_left_alone() {
    let world = World::with(&["blue-mug"]).await;
    let set = |reason: &str| json!({ "scope": "account:blue-mug", "reason": reason });
    let lift = json!({ "scope": "account:blue-mug" });
    world.post("/v1/switches", &set("stocktaking")).await;
    let page = world.get("/v1/switches").await.json;
    let version = format!("\"{}\"", page["switches"][0]["version"].as_str().unwrap());
    let seen = [("if-match", &*version)];
    world.post("/v1/switches", &set("moving")).await;
    let lifted = world.post_with("/v1/switches/lift", &lift, &seen).await;
    assert_eq!(lifted.status, StatusCode::PRECONDITION_FAILED, "{lifted:?}");
    assert!(lifted.json["detail"].as_str().unwrap().contains("mia has set it (moving)"));
    let any = world.post_with("/v1/switches/lift", &lift, &[("if-match", "*")]).await;
    assert_eq!(any.json["lifted"], true);
}

#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let world = World::with(&["blue-mug"]).await;
    for (body, field) in [
        (json!({ "scope": "blue-mug", "reason": "x" }), Some("scope")),
        (json!({ "scope": "all", "reason": "" }), Some("reason")),
        (json!({ "scope": "all", "reason": "x", "mode": "pause" }), Some("mode")),
        (json!({ "scope": "all", "reason": "x", "for_seconds": "1h" }), Some("for_seconds")),
        (json!({ "scope": "all", "reason": "x", "for_seconds": 0 }), None),
        (json!({ "scope": "all", "reason": "x", "by": "noah" }), Some("by")),
        (json!({ "scope": "account:blue-mug", "reason": "x", "ramp_seconds": 5 }), None),
        (json!([]), None),
        (json!(["all", "stop", "x", null, false, null, []]), None),
    ] {
        let answer = world.post("/v1/switches", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}: {answer:?}");
        assert_eq!(answer.json["field"].as_str(), field, "{body}: {answer:?}");
    }
    let long = json!({ "scope": "all", "reason": "x".repeat(20_000) });
    assert_eq!(world.post("/v1/switches", &long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(world.trail().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_job_of_a_kind_that_its_account_imports_no_more_is_counted_while_it_runs() {
    let world = World::with(&[]).await;
    let account = Account { kinds: [Kind::Products].into(), ..account("blue-mug", "mug-makers") };
    world.ops.accounts.put(&account).await.unwrap();
    let governor = &world.ops.governor;
    let claim = governor.claim("job1".parse().unwrap(), "orders".parse().unwrap());
    let lane = account.id.as_str().parse().unwrap();
    let admitted = governor.admit(&lane, &claim, &lane_spec(&account)).await.unwrap();
    assert!(matches!(admitted, Admission::Admitted(_)), "{admitted:?}");
    let jobs = async |scope: &str| {
        let page = world.get(&format!("/v1/lanes?scope={scope}")).await.json;
        page["lanes"][0]["jobs"].as_array().unwrap().len()
    };
    assert_eq!(jobs("shopify/orders").await, 1);
    assert_eq!(jobs("account:blue-mug/orders").await, 1);
    let body = json!({ "scope": "shopify/orders", "reason": "stocktaking" });
    let set = world.post("/v1/switches", &body).await;
    assert_eq!((&set.json["running"], &set.json["complete"]), (&Value::Null, &json!(false)));
    let one = json!({ "scope": "account:blue-mug/orders", "reason": "stocktaking" });
    let set = world.post("/v1/switches", &one).await;
    assert_eq!((&set.json["running"], &set.json["complete"]), (&json!(1), &json!(false)));
}

#[tokio::test]
async fn a_repetition_after_a_crash_leaves_no_second_entry_and_the_same_switch() {
    let world = World::with(&["blue-mug"]).await;
    let author: Author = "mia".parse().unwrap();
    let now = world.ops.governor.now();
    let began = UnixMillis(now.minus(90_000).0);
    let request = Some(Request { name: "k1", began });
    let change = Change { author: &author, caller: "mia", request };
    let body = json!({ "scope": "account:blue-mug", "reason": "stocktaking", "for_seconds": 600 });
    let body: SetSwitch = serde_json::from_value(body).unwrap();
    let first = set(&world.ops, &body, None, &change).await.unwrap();
    // Nobody remembered the answer: whoever did it had ended.
    let again = set(&world.ops, &body, None, &change).await.unwrap();
    assert_eq!(first.until, Some(began.plus(600_000).into()));
    assert_eq!(first.until, again.until);
    assert_eq!(world.trail().await.len(), 1);
}

#[tokio::test]
async fn of_several_who_have_seen_one_switch_only_one_replaces_it() {
    let world = World::with(&["blue-mug"]).await;
    for scope in ["all", "customer:mug-makers", "account:blue-mug", "account:blue-mug/orders"] {
        let set = |reason: &str| json!({ "scope": scope, "reason": reason });
        world.post("/v1/switches", &set("stocktaking")).await;
        let page = world.get("/v1/switches").await.json;
        let version = format!("\"{}\"", page["switches"][0]["version"].as_str().unwrap());
        let seen = [("if-match", &*version)];
        let reasons: Vec<String> = (0..8).map(|number| format!("reason {number}")).collect();
        let replaces = reasons.iter().map(|reason| async {
            world.post_with("/v1/switches", &set(reason), &seen).await.status
        });
        let statuses: Vec<StatusCode> = stream::iter(replaces).buffered(8).collect().await;
        let done = statuses.iter().filter(|status| **status == StatusCode::OK).count();
        assert_eq!(done, 1, "{scope}: {statuses:?}");
        let refused =
            statuses.iter().filter(|status| **status == StatusCode::PRECONDITION_FAILED).count();
        assert_eq!(refused, 7, "{scope}: {statuses:?}");
        let stands = world.get("/v1/switches").await.json["switches"][0].clone();
        assert!(stands["reason"].as_str().unwrap().starts_with("reason"), "{stands}");

        let version = format!("\"{}\"", stands["version"].as_str().unwrap());
        let seen = [("if-match", &*version)];
        let lift = json!({ "scope": scope });
        let lifted = world.post_with("/v1/switches/lift", &lift, &seen).await;
        assert_eq!(lifted.json["lifted"], true, "{scope}: {lifted:?}");
        let again = world.post_with("/v1/switches/lift", &lift, &seen).await;
        assert_eq!(again.status, StatusCode::PRECONDITION_FAILED, "{scope}: {again:?}");
    }
}

#[tokio::test]
async fn only_json_is_taken() {
    let world = World::with(&["blue-mug"]).await;
    let body = json!({ "scope": "account:blue-mug", "reason": "stocktaking" });
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let refused = world.post_with("/v1/switches", &body, &form).await;
    assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{refused:?}");
    let text = [("content-type", "application/json; charset=utf-8")];
    assert_eq!(world.post_with("/v1/switches", &body, &text).await.status, StatusCode::OK);
}
