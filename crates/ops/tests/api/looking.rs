use axum::body::Body;
use axum::http::{Request, StatusCode};
use flyball_accounts::{AccountState, Purpose};
use flyball_domain::{Integration, Kind, UnixMillis};
use flyball_ops::api::{Api, Caller, PROBLEM_JSON, Rights, router};
use flyball_queue::Receive;
use secrecy::SecretString;
use serde_json::json;
use tower::ServiceExt as _;

use crate::world::{World, account};

#[tokio::test]
async fn accounts_come_in_pages_and_by_customer() {
    let world = World::with(&["blue-mug", "red-mug", "tea-pot"]).await;
    world.ops.accounts.put(&account("zinc-tub", "tubs")).await.unwrap();
    let (mut seen, mut path) = (vec![], "/v1/accounts?limit=3".to_owned());
    loop {
        let page = world.get(&path).await.json;
        let lines = page["accounts"].as_array().unwrap().clone();
        seen.extend(lines.iter().map(|line| line["account"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/accounts?limit=3&after={next}");
    }
    assert_eq!(seen, ["blue-mug", "red-mug", "tea-pot", "zinc-tub"]);
    let tubs = world.get("/v1/accounts?customer=tubs").await.json;
    assert_eq!(tubs["accounts"].as_array().unwrap().len(), 1);
    let tub = &tubs["accounts"][0];
    assert_eq!((tub["freshness"].as_str(), tub["records"].as_u64()), (Some("never"), None));
    let counted = world.get("/v1/accounts?customer=tubs&records=yes").await.json;
    assert_eq!(counted["accounts"][0]["records"].as_u64(), Some(0));
}

#[tokio::test]
async fn an_account_is_shown_with_how_it_is_connected_and_not_with_its_credentials() {
    let world = World::with(&["blue-mug"]).await;
    let accounts = &world.ops.accounts;
    let mut account = account("zinc-tub", "tubs");
    account.policy.every_minutes = Some(120.try_into().unwrap());
    accounts.put(&account).await.unwrap();
    let secret = SecretString::from("shpat_hidden");
    let (id, purpose) = (&account.id, Purpose::AccessToken);
    accounts.seal_credentials(id, account.integration, purpose, &secret).await.unwrap();
    let reason = "the store no longer accepts the token".to_owned();
    let refused = AccountState::Rejected { since: UnixMillis(1), reason };
    accounts.set_state(id, &refused).await.unwrap();
    let line = world.get("/v1/accounts?customer=tubs").await.json["accounts"][0].take();
    assert!(!line.to_string().contains("hidden"), "{line}");
    let connection = &line["connection"];
    assert_eq!(connection["address"], account.store);
    assert_eq!((&connection["every_minutes"], &connection["rules"]), (&json!(120), &json!(0)));
    assert_eq!(connection["credentials"], "refused");
    assert_eq!(connection["refused"], "the store no longer accepts the token");
}

#[tokio::test]
async fn what_is_asked_of_one_customer_names_nobody_elses() {
    let world = World::with(&["blue-mug"]).await;
    world.ops.accounts.put(&account("zinc-tub", "tubs")).await.unwrap();
    for scope in ["account:blue-mug", "customer:mug-makers", "account:zinc-tub"] {
        world.post("/v1/switches", &json!({ "scope": scope, "reason": "stocktaking" })).await;
    }
    for path in [
        "/v1/accounts?customer=tubs",
        "/v1/lanes?scope=customer:tubs",
        "/v1/switches?customer=tubs",
        "/v1/switches/radius?scope=customer:tubs",
        "/v1/errors?customer=tubs",
    ] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        let text = answer.json.to_string();
        assert!(!text.contains("blue-mug") && !text.contains("mug-makers"), "{path}: {text}");
    }
    let switches = world.get("/v1/switches?customer=tubs").await.json;
    assert_eq!(switches["switches"].as_array().map(Vec::len), Some(1), "{switches}");
}

#[tokio::test]
async fn lanes_come_in_pages_of_a_scope_and_say_why_they_wait() {
    let world = World::with(&["blue-mug", "red-mug", "tea-pot"]).await;
    world.ops.accounts.put(&account("zinc-tub", "tubs")).await.unwrap();
    let stop = json!({ "scope": "account:red-mug", "reason": "stocktaking" });
    world.post("/v1/switches", &stop).await;
    let (mut seen, mut path) = (vec![], "/v1/lanes?limit=3&scope=shopify".to_owned());
    loop {
        let page = world.get(&path).await.json;
        seen.extend(page["lanes"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/lanes?limit=3&scope=shopify&after={next}");
    }
    let told: Vec<_> = seen
        .iter()
        .map(|lane| (lane["account"].as_str().unwrap(), lane["state"].as_str().unwrap()))
        .collect();
    let expected =
        [("blue-mug", "idle"), ("red-mug", "stopped"), ("tea-pot", "idle"), ("zinc-tub", "idle")];
    assert_eq!(told, expected);
    assert!(seen[1]["why"].as_str().unwrap().contains("stocktaking"), "{:?}", seen[1]);
    let of = async |scope: &str| {
        let page = world.get(&format!("/v1/lanes?scope={scope}")).await.json;
        page["lanes"].as_array().unwrap().len()
    };
    assert_eq!(of("customer:tubs").await, 1);
    assert_eq!(of("account:blue-mug").await, 1);
    assert_eq!(of("magento").await, 0);
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused() {
    let world = World::with(&["blue-mug"]).await;
    for path in ["/v1/errors?after=No", "/v1/errors?after=a.b", "/v1/errors?after=blue-mug.6g"] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {answer:?}");
    }
    for path in ["/v1/audit?before=x", "/v1/lanes?after=A", "/v1/lanes?scope=nowhere"] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_words() {
    let world = World::with(&["blue-mug"]).await;
    for path in [
        "/v1/accounts/red-mug",
        "/v1/accounts/red-mug/outages",
        "/v1/accounts/No",
        "/v1/errors/abcdefghij",
        "/v1/errors?account=red-mug",
        "/v1/switches/radius?scope=account:red-mug",
        "/v1/nothing",
    ] {
        let answer = world.get(path).await;
        assert_eq!(
            (answer.status, &*answer.media),
            (StatusCode::NOT_FOUND, PROBLEM_JSON),
            "{path}"
        );
        assert!(answer.json["detail"].as_str().unwrap().starts_with("found"), "{answer:?}");
    }
    let named = world.get("/v1/accounts/red-mug").await.json;
    assert_eq!(named["detail"], "found no account red-mug, expected one of blue-mug");
    let method = world.post("/v1/accounts", &json!({})).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    let query = world.get("/v1/accounts?limit=many").await;
    assert_eq!((query.status, &*query.media), (StatusCode::BAD_REQUEST, PROBLEM_JSON));
}

#[tokio::test]
async fn a_job_on_demand_is_sent_once_and_written_down() {
    let world = World::with(&["blue-mug"]).await;
    let body = json!({ "kind": "products", "mode": "reconcile" });
    let asked = world.post("/v1/accounts/blue-mug/syncs", &body).await;
    assert_eq!(asked.json, json!({ "asked": ["blue-mug/products/reconcile"] }));
    let queue = world.system.queues.get(Integration::Shopify, Kind::Products).unwrap();
    let ask = Receive { messages_max: 10, visibility_ms: 1_000, wait_ms: 0 };
    let received = queue.receive(ask).await.unwrap();
    let bodies: Vec<&str> = received.iter().map(|message| message.body.as_str()).collect();
    assert!(matches!(bodies[..], [one] if one.contains("blue-mug") && one.contains("reconcile")));
    let trail = world.trail().await;
    assert_eq!(trail.len(), 1);
    assert_eq!((&trail[0]["action"], &trail[0]["author"]), (&json!("sync"), &json!("mia")));

    for wrong in [
        json!({ "mode": { "record": { "id": "7" } } }),
        json!({ "mode": { "backfill": { "from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z" } } }),
    ] {
        let answer = world.post("/v1/accounts/blue-mug/syncs", &wrong).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    }
    let nothing = world.post("/v1/errors/replays", &json!({ "all": true })).await;
    assert_eq!(nothing.json, json!({ "asked": [] }));
    assert_eq!(world.trail().await.len(), 1);
}

#[tokio::test]
async fn a_reader_looks_and_changes_nothing() {
    let world = World::with(&["blue-mug"]).await;
    let api = Api { ops: world.ops.clone(), queues: world.system.queues.clone() };
    let call = async |rights: Rights, method: &str, path: &str| {
        let routes = router(api.clone());
        let body = json!({ "scope": "account:blue-mug", "reason": "stocktaking" }).to_string();
        let caller = Caller::new("mia", rights).unwrap();
        let request = Request::builder().method(method).uri(path).extension(caller);
        let request = request.body(Body::from(body)).unwrap();
        routes.oneshot(request).await.unwrap().status()
    };
    assert_eq!(call(Rights::Nothing, "GET", "/v1/accounts").await, StatusCode::FORBIDDEN);
    assert_eq!(call(Rights::Read, "GET", "/v1/accounts").await, StatusCode::OK);
    assert_eq!(call(Rights::Read, "POST", "/v1/switches/dry-run").await, StatusCode::OK);
    assert_eq!(call(Rights::Read, "POST", "/v1/switches").await, StatusCode::FORBIDDEN);
    assert_eq!(call(Rights::Operate, "POST", "/v1/switches").await, StatusCode::OK);
}
