use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_kms::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};

use super::*;

/// A KMS that "encrypts" by turning bytes around, and can be told to refuse.
#[derive(Clone, Default)]
struct Kms {
    refuses: Arc<Mutex<Option<&'static str>>>,
    decrypted: Arc<AtomicU32>,
}

async fn answer(State(kms): State<Kms>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    if let Some(code) = *kms.refuses.lock().unwrap() {
        return (StatusCode::BAD_REQUEST, json!({ "__type": code, "message": "no" }).to_string());
    }
    let ask: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(ask["EncryptionContext"], json!({ "flyball": "credentials" }), "{ask}");
    assert_eq!(ask["KeyId"], "alias/flyball-test");
    let told = match headers["x-amz-target"].to_str().unwrap() {
        "TrentService.GenerateDataKey" => {
            assert_eq!(ask["KeySpec"], "AES_256");
            let key: Vec<u8> = (0..32).collect();
            let turned: Vec<u8> = key.iter().rev().copied().collect();
            json!({ "Plaintext": BASE64.encode(&key), "CiphertextBlob": BASE64.encode(&turned) })
        }
        "TrentService.Decrypt" => {
            kms.decrypted.fetch_add(1, Ordering::Relaxed);
            let blob = ask["CiphertextBlob"].as_str().unwrap();
            let mut bytes = BASE64.decode(blob.as_bytes()).unwrap();
            bytes.reverse();
            json!({ "Plaintext": BASE64.encode(&bytes) })
        }
        other => unreachable!("{other}"),
    };
    (StatusCode::OK, told.to_string())
}

async fn served(kms: Kms) -> KmsKeys {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(answer)).with_state(kms);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .endpoint_url(url)
        .build();
    KmsKeys::new(Client::from_conf(config), "alias/flyball-test")
}

#[tokio::test]
async fn what_was_sealed_with_a_data_key_is_opened_by_another_process_with_one_call() {
    let kms = Kms::default();
    let sealing = served(kms.clone()).await.current().await.unwrap();
    assert!(sealing.id().as_str().starts_with("kms."), "{sealing:?}");
    let other = served(kms.clone()).await;
    for _ in 0..3 {
        let opening = other.by_id(sealing.id()).await.unwrap();
        let mut bytes = b"token".to_vec();
        let nonce = sealing.key.seal_in_place_append_tag(aws_lc_rs::aead::Aad::empty(), &mut bytes);
        let opened =
            opening.key.open_in_place(nonce.unwrap(), aws_lc_rs::aead::Aad::empty(), &mut bytes);
        assert_eq!(opened.unwrap(), b"token");
    }
    assert_eq!(kms.decrypted.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_another_provider_sealed_is_told_as_a_key_that_is_not_there() {
    let keys = served(Kms::default()).await;
    for id in ["k1", "kms.%%%"] {
        let id: KeyId = id.parse().unwrap();
        assert_eq!(keys.by_id(&id).await.unwrap_err(), KeyError::Unknown { id });
    }
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_no_key() {
    let kms = Kms::default();
    let keys = served(kms.clone()).await;
    let id = keys.current().await.unwrap().id().clone();
    let fresh = served(kms.clone()).await;
    for (code, expected) in [
        ("AccessDeniedException", "let the role use the key"),
        ("DisabledException", "enable the key again"),
        ("NotFoundException", "name a key that is there"),
        ("InvalidCiphertextException", "found no key kms."),
    ] {
        *kms.refuses.lock().unwrap() = Some(code);
        let told = fresh.by_id(&id).await.unwrap_err().to_string();
        assert!(told.contains(expected), "{code}: {told}");
    }
    *kms.refuses.lock().unwrap() = Some("AccessDeniedException");
    assert!(matches!(fresh.current().await, Err(KeyError::Unavailable { .. })));
    assert!(keys.by_id(&id).await.is_ok(), "what is open stays open");
    assert!(!format!("{keys:?}").contains("AAECAwQF"), "no plaintext in {keys:?}");
}
