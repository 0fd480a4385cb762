//! The function's real program, as Lambda would run it behind API Gateway.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod gateway;

use std::collections::BTreeSet;

use flyball_domain::Kind;
use flyball_tests::deployment::{ApiProcess, Function, Services};
use flyball_tests::world::{Setup, Shop};
use serde_json::{Value, json};

use gateway::{Answered, Gateway};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ops-api");

/// The API of a system with one account, `blue-mug`.
struct World {
    services: Services,
    _shop: Shop,
    process: ApiProcess,
}

impl World {
    async fn start() -> Self {
        let services = Services::start().await;
        let shop = Shop::open(&services.stores.accounts, "blue-mug", Setup::default()).await;
        let accounts = &services.stores.accounts;
        let mut account = accounts.get(&shop.account).await.unwrap();
        account.kinds = Kind::ALL.iter().copied().collect();
        accounts.put(&account).await.unwrap();
        let process = ApiProcess::start(PROGRAM, &services).await;
        Self { services, _shop: shop, process }
    }

    async fn call(&mut self, gateway: Gateway) -> Answered {
        Answered::of(&self.process.call(&self.services, gateway.event()).await)
    }
}

fn stop() -> Value {
    json!({ "scope": "account:blue-mug", "reason": "stocktaking", "for_seconds": 600 })
}

#[tokio::test]
async fn accounts_are_listed_stopped_and_the_repetition_is_known() {
    let mut world = World::start().await;
    let listed = world.call(Gateway::get("/v1/accounts").by_token("flyball/read")).await;
    assert_eq!((listed.status, &*listed.media), (200, "application/json"), "{listed:?}");
    assert_eq!(listed.json["accounts"][0]["account"], "blue-mug");

    let request = || Gateway::post("/v1/switches", &stop()).by_token("flyball/operate").key("k-1");
    let first = world.call(request()).await;
    assert_eq!((first.status, &first.json["by"]), (200, &json!("mia@example.com")), "{first:?}");
    let again = world.call(request().in_base64()).await;
    assert_eq!((again.status, &again.json, again.is_replayed), (200, &first.json, true));
    let one = Gateway::get("/v1/lanes").query("scope=account:blue-mug").by_token("flyball/read");
    let lanes = world.call(one).await;
    assert_eq!(lanes.json["lanes"][0]["state"], "stopped", "{lanes:?}");
    let trail = world.call(Gateway::get("/v1/audit").by_token("flyball/read")).await;
    assert_eq!(trail.json["entries"].as_array().unwrap().len(), 1, "{trail:?}");

    let lift = json!({ "scope": "account:blue-mug" });
    let user = "arn:aws:sts::123456789012:assumed-role/ops/mia";
    let lifted = world.call(Gateway::post("/v1/switches/lift", &lift).by_iam(user)).await;
    assert_eq!((lifted.status, &lifted.json["lifted"]), (200, &json!(true)), "{lifted:?}");
    let trail = world.call(Gateway::get("/v1/audit").by_iam(user)).await;
    assert_eq!(trail.json["entries"][0]["author"], user);
    let sync = Gateway::post("/v1/accounts/blue-mug/syncs", &json!({})).by_iam(user);
    let asked = world.call(sync).await;
    assert_eq!(
        (asked.status, asked.json["asked"].as_array().unwrap().len()),
        (200, 2),
        "{asked:?}"
    );
}

#[tokio::test]
async fn whoever_is_not_known_or_may_not_is_refused_by_the_function_itself() {
    let mut world = World::start().await;
    let paths = ["/v1/accounts", "/v1/switches", "/v1/openapi.json", "/v1/nothing"];
    for path in &paths[..3] {
        for gateway in [
            Gateway::get(path),
            Gateway::get(path).by_authorizer(Value::Null),
            Gateway::get(path).by_authorizer(json!({ "lambda": { "user": "mia" } })),
            Gateway::get(path).by_authorizer(json!({ "jwt": { "claims": {}, "scopes": null } })),
            Gateway::get(path).header("authorization", "Bearer forged"),
            Gateway::get(path).header("flyball-operator", "mia"),
        ] {
            let answer = world.call(gateway).await;
            assert_eq!(
                (answer.status, &*answer.media),
                (401, "application/problem+json"),
                "{path}"
            );
        }
    }
    for scope in ["", "openid", "flyball/readers"] {
        let answer = world.call(Gateway::get("/v1/accounts").by_token(scope)).await;
        assert_eq!((answer.status, &*answer.media), (403, "application/problem+json"), "{scope}");
    }
    // What the route asks for is no right of the token's.
    let jwt = json!({ "jwt": {
        "claims": { "sub": "mia", "scope": "flyball/read" },
        "scopes": ["flyball/read", "flyball/operate"],
    } });
    let gateway = Gateway::post("/v1/switches", &stop()).by_authorizer(jwt);
    let answer = world.call(gateway).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(answer.json["detail"].as_str().unwrap().contains("flyball/operate"), "{answer:?}");
    let trail = world.call(Gateway::get("/v1/audit").by_token("flyball/read")).await;
    assert_eq!(trail.json["entries"], json!([]));
    let nothing = world.call(Gateway::get(paths[3]).by_token("flyball/read")).await;
    assert_eq!((nothing.status, &*nothing.media), (404, "application/problem+json"));
    assert!(!world.process.log().contains("forged"));
}

#[tokio::test]
async fn missing_configuration_ends_the_process_with_one_line_that_names_every_variable() {
    let line = Function::unconfigured(PROGRAM, &[]).await;
    let message = line["message"].as_str().unwrap();
    let named: BTreeSet<&str> =
        message.split([' ', ';']).filter(|word| word.starts_with("FLYBALL_")).collect();
    assert_eq!(named.len(), 9, "{message}");
}
