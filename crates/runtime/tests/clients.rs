//! What the clients send, and what the meter makes of it.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use flyball_runtime::{AwsSource, Clients, Counters, LocalEndpoints, Meter, Service, aws_clients};

/// A service that answers as it is told and keeps what it was sent.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<Scene>>);

#[derive(Default)]
struct Scene {
    answers: VecDeque<(u16, &'static str)>,
    requests: Vec<(HeaderMap, String)>,
}

async fn play(
    State(script): State<Script>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, &'static str) {
    let mut scene = script.0.lock().unwrap();
    scene.requests.push((headers, body));
    let (status, body) = scene.answers.pop_front().unwrap_or((200, "{}"));
    (StatusCode::from_u16(status).unwrap(), body)
}

async fn start(answers: &[(u16, &'static str)]) -> (Script, Clients, Meter) {
    let script = Script::default();
    script.0.lock().unwrap().answers.extend(answers);
    let router = Router::new().route("/", post(play)).with_state(script.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let endpoints = LocalEndpoints { dynamodb: url.clone(), sqs: url, token: "the-token".into() };
    let meter = Meter::default();
    let clients = aws_clients(&AwsSource::Local(endpoints), &meter).await;
    (script, clients, meter)
}

async fn update(clients: &Clients) -> bool {
    let key = AttributeValue::S("lane".to_owned());
    let call = clients.dynamodb.update_item().table_name("flyball-governor").key("pk", key);
    call.send().await.is_ok()
}

const TWO_UNITS: &str =
    r#"{"ConsumedCapacity":{"TableName":"flyball-governor","CapacityUnits":2}}"#;
const BROKEN: (u16, &str) = (500, r#"{"__type":"InternalServerError"}"#);
const REFUSED: (u16, &str) = (400, r#"{"__type":"x#ConditionalCheckFailedException"}"#);

#[tokio::test]
async fn a_call_asks_for_its_capacity_and_bears_the_token() {
    let (script, clients, meter) = start(&[(200, TWO_UNITS)]).await;
    assert!(update(&clients).await);
    let scene = script.0.lock().unwrap();
    let (headers, body) = scene.requests.first().unwrap();
    assert!(body.contains(r#""ReturnConsumedCapacity":"TOTAL""#), "{body}");
    let authorization = headers.get("authorization").unwrap().to_str().unwrap();
    assert!(authorization.contains("Credential=the-token/"), "{authorization}");
    let counted = meter.snapshot().operation(Service::DynamoDb, "UpdateItem");
    let expected = Counters { calls: 1, attempts: 1, write_units: 2.0, ..Counters::default() };
    assert_eq!(counted, expected);
}

#[tokio::test]
async fn each_retry_is_an_attempt_of_one_call_and_sends_the_same() {
    let (script, clients, meter) = start(&[BROKEN, BROKEN, (200, TWO_UNITS)]).await;
    assert!(update(&clients).await);
    let bodies: Vec<String> =
        script.0.lock().unwrap().requests.iter().map(|(_, body)| body.clone()).collect();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| Some(body) == bodies.first()), "{bodies:?}");
    let counted = meter.snapshot().total(Service::DynamoDb);
    assert_eq!((counted.calls, counted.attempts, counted.failed), (1, 3, 0));
}

#[tokio::test]
async fn the_third_failure_is_the_last_and_a_refusal_is_none() {
    let (script, clients, meter) = start(&[BROKEN, BROKEN, BROKEN, REFUSED]).await;
    assert!(!update(&clients).await);
    let before = meter.snapshot();
    assert_eq!(before.total(Service::DynamoDb).failed, 1);
    assert!(!update(&clients).await);
    assert_eq!(script.0.lock().unwrap().requests.len(), 4);
    let since = (meter.snapshot() - &before).total(Service::DynamoDb);
    assert_eq!(since, Counters { calls: 1, attempts: 1, refused: 1, ..Counters::default() });
}

#[tokio::test]
async fn services_are_counted_apart_and_warming_calls_each() {
    let (script, clients, meter) = start(&[]).await;
    clients.warm().await;
    assert_eq!(script.0.lock().unwrap().requests.len(), 2);
    let reading = meter.snapshot();
    assert_eq!(reading.total(Service::DynamoDb).calls, 1);
    assert_eq!(reading.total(Service::Sqs).calls, 1);
    assert_eq!(reading.operation(Service::Sqs, "ListQueues").calls, 1);
}
