//! The thin client: what it adds to a call, and that it never shows the token.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use flyball_connector::{
    Call, CallTag, Cause, Class, Connector, Destination, Plan, Scope, Span, Step,
};
use flyball_domain::{Kind, UnixMillis};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use flyball_shopify::{ShopifyConnector, TokenError};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const TIMEOUT_MS: u64 = 30_000;

fn http() -> HttpClient {
    HttpClient::new(Settings { reach: Reach::Local }).unwrap()
}

fn base(text: &str) -> BaseUrl {
    BaseUrl::parse(text, Reach::Local).unwrap()
}

fn connector(text: &str) -> ShopifyConnector {
    ShopifyConnector::new(http(), base(text), &SecretString::from("shpat_secret")).unwrap()
}

fn first_call(connector: &ShopifyConnector) -> Call {
    let span = Span::Changed { from: None, until: UnixMillis(1_795_000_000_000) };
    let plan = Plan { kind: Kind::Products, span, resume: None, ceiling_percent: 100 };
    match connector.walk(&plan).unwrap().next() {
        Step::Call(call) => call,
        step @ (Step::Page(_) | Step::Listed(_) | Step::Finished) => unreachable!("{step:?}"),
    }
}

fn tag() -> CallTag {
    CallTag { lease: "lease".to_owned(), n: 3 }
}

#[tokio::test]
async fn a_call_bears_the_token_the_tag_and_our_name() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut buffer = vec![0; 64 * 1024];
        let length = socket.read(&mut buffer).await.unwrap();
        let answer = b"HTTP/1.1 423 Locked\r\ncontent-length: 2\r\n\r\n{}";
        socket.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
    let connector = connector(&base);
    let answer = connector.send(&first_call(&connector), &tag(), TIMEOUT_MS).await.unwrap();
    assert_eq!(answer.status(), 423);
    let asked = server.await.unwrap();
    for line in [
        "POST /admin/api/2026-10/graphql.json HTTP/1.1\r\n",
        "\r\nx-shopify-access-token: shpat_secret\r\n",
        "\r\nx-request-id: lease-3\r\n",
        "\r\ncontent-type: application/json\r\n",
        "\r\nuser-agent: Flyball/",
    ] {
        assert!(asked.contains(line), "{line:?} in {asked}");
    }
}

#[tokio::test]
async fn a_file_is_fetched_without_anything_secret() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut buffer = vec![0; 64 * 1024];
        let length = socket.read(&mut buffer).await.unwrap();
        let answer =
            b"HTTP/1.1 206 Partial\r\ncontent-range: bytes 0-1/2\r\ncontent-length: 2\r\n\r\n{}";
        socket.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
    let mut request = http::Request::new(Vec::new());
    *request.uri_mut() = "/bulk/7.jsonl?sign=x".parse().unwrap();
    request.headers_mut().insert("range", "bytes=0-9".parse().unwrap());
    let call = Call { request, to: Destination::File { base } };
    let answer = connector("http://127.0.0.1:9").send(&call, &tag(), TIMEOUT_MS).await.unwrap();
    assert_eq!(answer.status(), 206);
    let asked = server.await.unwrap();
    assert!(asked.starts_with("GET /bulk/7.jsonl?sign=x HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("\r\nrange: bytes=0-9\r\n"), "{asked}");
    for secret in ["shpat", "x-shopify", "lease"] {
        assert!(!asked.contains(secret), "{secret} in {asked}");
    }
}

#[tokio::test]
async fn a_file_at_an_address_that_may_not_be_called_is_not_fetched() {
    let http = HttpClient::new(Settings { reach: Reach::Public }).unwrap();
    let base = BaseUrl::parse("https://example.myshopify.com", Reach::Public).unwrap();
    let connector = ShopifyConnector::new(http, base, &SecretString::from("shpat_secret")).unwrap();
    for base in
        ["http://files.example", "https://127.0.0.1", "https://169.254.169.254", "file:///x"]
    {
        let (request, base) = (http::Request::new(Vec::new()), base.to_owned());
        let call = Call { request, to: Destination::File { base } };
        let failure = connector.send(&call, &tag(), TIMEOUT_MS).await.unwrap_err();
        assert_eq!(failure.class, Class::Ours);
        assert!(failure.evidence.message.contains("may not be called"), "{failure}");
    }
}

#[tokio::test]
async fn no_answer_is_a_failure_of_the_connection() {
    let connector = connector("http://127.0.0.1:9");
    let failure = connector.send(&first_call(&connector), &tag(), TIMEOUT_MS).await.unwrap_err();
    let (scope, cause) = (Scope::Platform, Cause::Connect);
    assert_eq!(failure.class, Class::Unavailable { scope, cause, until: None });
    assert!(!format!("{failure} {failure:?} {connector:?}").contains("shpat"), "{failure:?}");
}

#[tokio::test]
async fn a_tag_that_fits_no_header_is_a_fault_of_ours() {
    let connector = connector("http://127.0.0.1:9");
    let tag = CallTag { lease: "line\nbreak".to_owned(), n: 1 };
    let failure = connector.send(&first_call(&connector), &tag, TIMEOUT_MS).await.unwrap_err();
    assert_eq!(failure.class, Class::Ours);
}

#[test]
fn a_text_that_is_no_token_is_refused_without_being_repeated() {
    let error = |token: &str| {
        let base = base("http://127.0.0.1:9");
        ShopifyConnector::new(http(), base, &SecretString::from(token)).unwrap_err()
    };
    assert_eq!(error(""), TokenError::Empty);
    for token in ["shpat_secret ", "shpat\nsecret", "shpat_secret🔑"] {
        assert_eq!(error(token), TokenError::Characters);
        assert!(!error(token).to_string().contains("secret"));
    }
}
