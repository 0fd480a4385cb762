use flyball_domain::{Integration, Kind};
use flyball_tests::emulator::Emulated;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, Response};
use serde_json::{Value, json};

use crate::place::{OPERATE, Place};

const READ: &str = "flyball/read";
const PROBLEM: &str = "application/problem+json";

/// Who asks.
struct Asking<'a> {
    emulated: &'a Emulated,
    token: &'a str,
}

impl Asking<'_> {
    async fn get(&self, path: &str) -> Response<Value> {
        self.send(Request::get(path), &Value::Null).await
    }

    async fn post(&self, path: &str, body: &Value, key: &str) -> Response<Value> {
        let request = Request::post(path).header("idempotency-key", key);
        self.send(request.header(CONTENT_TYPE, "application/json"), body).await
    }

    async fn send(&self, request: http::request::Builder, body: &Value) -> Response<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = request.header(AUTHORIZATION, format!("Bearer {}", self.token));
        self.emulated.call(request.body(body.into()).unwrap()).await
    }
}

fn media(answer: &Response<Value>) -> &str {
    answer.headers()[CONTENT_TYPE].to_str().unwrap()
}

/// Of a token whose claims are all right, another signature.
fn forged(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    format!("{signed}.{}", signature.chars().rev().collect::<String>())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_a_token_for_the_api_looks_and_changes_as_its_scopes_say() {
    let place = Place::deployed().await;
    let shop = place.shop("asked-store", Integration::Shopify, "7d").await;
    place.imported(&shop, Kind::Products).await;
    let emulated = &place.emulated;
    let (reader, operator) = (emulated.token(READ).await, emulated.token(OPERATE).await);
    let reader = Asking { emulated, token: &reader };
    let operator = Asking { emulated, token: &operator };

    let lanes = reader.get("/v1/lanes?scope=account:asked-store").await;
    assert_eq!((lanes.status().as_u16(), media(&lanes)), (200, "application/json"), "{lanes:?}");
    assert_eq!(lanes.body()["lanes"][0]["account"], "asked-store");
    let stop = json!({ "scope": "account:asked-store", "reason": "a drill", "for_seconds": 600 });
    let refused = reader.post("/v1/switches", &stop, "k-1").await;
    assert_eq!((refused.status().as_u16(), media(&refused)), (403, PROBLEM), "{refused:?}");
    assert!(refused.body()["detail"].as_str().unwrap().contains(OPERATE), "{refused:?}");

    let first = operator.post("/v1/switches", &stop, "k-1").await;
    assert_eq!((first.status().as_u16(), &first.body()["by"]), (200, &emulated.bearer().into()));
    let again = operator.post("/v1/switches", &stop, "k-1").await;
    assert_eq!((again.status(), again.body()), (first.status(), first.body()));
    assert!(again.headers().contains_key("idempotency-replayed"), "{again:?}");
    let other = json!({ "scope": "account:asked-store", "reason": "another" });
    assert_eq!(operator.post("/v1/switches", &other, "k-1").await.status().as_u16(), 422);
    let switches = reader.get("/v1/switches?customer=asked-store").await;
    let listed = switches.body()["switches"].as_array().unwrap();
    assert!(matches!(&listed[..], [one] if one["reason"] == "a drill"), "{switches:?}");
    let lanes = reader.get("/v1/lanes?scope=customer:asked-store").await;
    assert_eq!(lanes.body()["lanes"][0]["state"], "stopped", "{lanes:?}");
    let lift = json!({ "scope": "account:asked-store" });
    let lifted = operator.post("/v1/switches/lift", &lift, "k-2").await;
    assert_eq!(lifted.body()["lifted"], true, "{lifted:?}");

    let list = ["account", "list", "--customer", "asked-store"];
    let listed = place.at_api(&list).await;
    let [account] = &listed["accounts"].as_array().unwrap()[..] else { unreachable!("{listed}") };
    assert_eq!(
        (&account["account"], &account["credentials"]),
        (&json!("asked-store"), &json!("good"))
    );

    // No schedule asks for it within the test: only this does.
    let product = shop.store.truth().last().unwrap();
    shop.store.restock(&product.id, 0, 4_711).unwrap();
    shop.store.touch(&product.id).unwrap();
    let sync = json!({ "kind": "products" });
    let asked = operator.post("/v1/accounts/asked-store/syncs", &sync, "k-3").await;
    assert_eq!(asked.body()["asked"], json!(["asked-store/products/incremental"]), "{asked:?}");
    place.imported(&shop, Kind::Products).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_none_is_refused_by_the_gateway_and_by_the_function_behind_it() {
    let place = Place::deployed().await;
    let emulated = &place.emulated;
    let good = emulated.token(READ).await;
    let status = async |token: &str| {
        let answer = Asking { emulated, token }.get("/v1/accounts").await;
        // The gateway's own answer, not the function's.
        (answer.status().as_u16(), media(&answer) == PROBLEM)
    };
    assert_eq!(status(&good).await, (200, false));
    for bad in ["", "whatever", &forged(&good), &emulated.token_for_others(READ).await] {
        assert_eq!(status(bad).await, (401, false), "{bad}");
    }
    let none = emulated.call(Request::get("/v1/accounts").body(vec![]).unwrap()).await;
    assert_eq!(none.status().as_u16(), 401, "{none:?}");

    let event = json!({
        "version": "2.0",
        "routeKey": "ANY /v1/{proxy+}",
        "rawPath": "/v1/accounts",
        "rawQueryString": "",
        "headers": { "authorization": format!("Bearer {good}") },
        "requestContext": {
            "http": {
                "method": "GET", "path": "/v1/accounts", "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1", "userAgent": "curl/8",
            },
            "requestId": "id", "routeKey": "ANY /v1/{proxy+}", "stage": "$default",
            "time": "26/Nov/2026:11:30:00 +0000", "timeEpoch": 1_795_692_600_000_u64,
        },
        "isBase64Encoded": false,
    });
    let past_it = emulated.invoke("ops-api", &event).await;
    assert_eq!(past_it["statusCode"], 401, "{past_it}");
}
