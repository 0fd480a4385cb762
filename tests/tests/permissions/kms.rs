//! A KMS that turns keys around, on loopback.

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::post;
use data_encoding::BASE64;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Serves it until the test is over, and returns its URL.
pub(super) async fn served() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn answer(headers: HeaderMap, body: String) -> String {
    let ask: Value = serde_json::from_str(&body).unwrap();
    let turned = |mut bytes: Vec<u8>| {
        bytes.reverse();
        BASE64.encode(&bytes)
    };
    let told = match headers["x-amz-target"].to_str().unwrap() {
        "TrentService.GenerateDataKey" => {
            let key: Vec<u8> = (0..32).collect();
            json!({ "Plaintext": BASE64.encode(&key), "CiphertextBlob": turned(key) })
        }
        "TrentService.Decrypt" => {
            let blob = ask["CiphertextBlob"].as_str().unwrap();
            json!({ "Plaintext": turned(BASE64.decode(blob.as_bytes()).unwrap()) })
        }
        other => unreachable!("{other}"),
    };
    told.to_string()
}
