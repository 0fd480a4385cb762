use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use flyball_ops::api::{PROBLEM_JSON, document};
use serde_json::Value;

use crate::world::World;

fn json() -> Value {
    serde_json::to_value(document()).unwrap()
}

/// Each operation: its method and path, with ids that could be.
fn operations() -> Vec<(String, String)> {
    let document = json();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let path = path.replace("{account}", "blue-mug").replace("{id}", "abcdefghij");
        let methods = item.as_object().unwrap().keys();
        methods.map(move |method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    });
    operations.collect()
}

#[test]
fn the_document_that_is_checked_in_is_the_one_that_the_code_makes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let right = format!("{}\n", document().to_pretty_json().unwrap());
    if std::env::var_os("FLYBALL_BLESS").is_some() {
        std::fs::write(file, right).unwrap();
    } else {
        let written = std::fs::read_to_string(file).unwrap();
        let differing = right.lines().zip(written.lines()).find(|(right, found)| right != found);
        assert!(right == written, "run with FLYBALL_BLESS=1: {differing:?}");
    }
}

#[test]
fn whatever_the_document_refers_to_is_in_it() {
    let document = json();
    let text = document.to_string();
    let mut references = 0;
    for rest in text.split(r##""$ref":"#"##).skip(1) {
        let pointer = rest.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
        references += 1;
    }
    assert!(references > 20, "{references}");
}

#[tokio::test]
async fn nobody_without_the_token_reaches_any_route() {
    let world = World::with(&["blue-mug"]).await;
    let operations = operations();
    assert_eq!(operations.len(), 15, "{operations:?}");
    for (method, path) in operations {
        for authorization in [None, Some("Bearer wrong"), Some("Basic right"), Some("right")] {
            let mut request = Request::builder().method(&*method).uri(&path);
            if let Some(text) = authorization {
                request = request.header("authorization", text);
            }
            let answer = world.send(request.body(Body::from("{}")).unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(answer.media, PROBLEM_JSON, "{method} {path}");
        }
    }
}
