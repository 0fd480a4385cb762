//! The thin client: what it adds to a call, how it signs, and that it never shows a secret.

use flyball_connector::{
    Call, CallTag, Cause, Class, Connector, Destination, Plan, Scope, Span, Step,
};
use flyball_domain::{Kind, UnixMillis};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use flyball_magento::{ConnectError, CredentialsError, MagentoConnector};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const TIMEOUT_MS: u64 = 30_000;
const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
const FOUR: &str = r#"{"consumer_key":"topsecret1","consumer_secret":"topsecret2",
    "access_token":"topsecret3","access_token_secret":"topsecret4"}"#;

fn connect(base: &str, credentials: &str) -> Result<MagentoConnector, ConnectError> {
    let http = HttpClient::new(Settings { reach: Reach::Local }).unwrap();
    let base = BaseUrl::parse(base, Reach::Local).unwrap();
    MagentoConnector::new(http, &base, &credentials.into(), || NOW, || 0xfeed)
}

fn first_call(connector: &MagentoConnector) -> Call {
    let span = Span::Changed { from: None, until: NOW };
    let plan = Plan { kind: Kind::Orders, span, resume: None, ceiling_percent: 100 };
    match connector.walk(&plan).unwrap().next() {
        Step::Call(call) => call,
        step @ (Step::Page(_) | Step::Listed(_) | Step::Finished) => unreachable!("{step:?}"),
    }
}

fn tag() -> CallTag {
    CallTag { lease: "lease".to_owned(), n: 3 }
}

/// What a store is sent.
async fn asked(base_path: &str, credentials: &str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = format!("http://{}{base_path}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut buffer = vec![0; 64 * 1024];
        let length = socket.read(&mut buffer).await.unwrap();
        let answer = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}";
        socket.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
    let connector = connect(&base, credentials).unwrap();
    let answer = connector.send(&first_call(&connector), &tag(), TIMEOUT_MS).await.unwrap();
    assert_eq!(answer.status(), 503);
    server.await.unwrap()
}

#[tokio::test]
async fn a_call_bears_the_token_the_tag_and_our_name() {
    let asked = asked("/m2/rest/V1", "topsecret").await;
    for line in [
        "GET /m2/rest/V1/orders?searchCriteria%5B",
        "\r\nauthorization: Bearer topsecret\r\n",
        "\r\nx-request-id: lease-3\r\n",
        "\r\naccept: application/json\r\n",
        "\r\nuser-agent: Flyball/",
    ] {
        assert!(asked.contains(line), "{line:?} in {asked}");
    }
}

#[tokio::test]
async fn a_call_by_an_integration_is_signed_with_time_and_nonce() {
    let asked = asked("", FOUR).await;
    for part in [
        "\r\nauthorization: OAuth oauth_consumer_key=\"topsecret1\",",
        "oauth_nonce=\"000000000000feed000000000000feed\"",
        "oauth_signature_method=\"HMAC-SHA256\"",
        "oauth_timestamp=\"1795000000\"",
        "oauth_token=\"topsecret3\"",
        "oauth_signature=\"",
    ] {
        assert!(asked.contains(part), "{part:?} in {asked}");
    }
    for secret in ["topsecret2", "topsecret4"] {
        assert!(!asked.contains(secret), "{secret} is never sent");
    }
}

#[tokio::test]
async fn no_answer_is_a_failure_of_this_store() {
    let connector = connect("http://127.0.0.1:9", FOUR).unwrap();
    let failure = connector.send(&first_call(&connector), &tag(), TIMEOUT_MS).await.unwrap_err();
    let (scope, cause) = (Scope::Account, Cause::Connect);
    assert_eq!(failure.class, Class::Unavailable { scope, cause, until: None });
    assert!(!format!("{failure} {failure:?} {connector:?}").contains("topsecret"), "{failure:?}");
}

#[tokio::test]
async fn what_no_store_could_be_sent_is_a_fault_of_ours() {
    let connector = connect("http://127.0.0.1:9", FOUR).unwrap();
    let call = first_call(&connector);
    let tag = CallTag { lease: "line\nbreak".to_owned(), n: 1 };
    let failure = connector.send(&call, &tag, TIMEOUT_MS).await.unwrap_err();
    assert_eq!(failure.class, Class::Ours);
    let file = Call { to: Destination::File { base: "https://files.example".to_owned() }, ..call };
    let failure = connector.send(&file, &self::tag(), TIMEOUT_MS).await.unwrap_err();
    assert_eq!(failure.class, Class::Ours);
}

#[test]
fn credentials_that_are_none_are_refused_without_being_repeated() {
    let error = connect("http://127.0.0.1:9", "top secret").unwrap_err();
    assert_eq!(error, ConnectError::Credentials(CredentialsError::Characters));
    assert!(!format!("{error} {error:?}").contains("secret "));
}
