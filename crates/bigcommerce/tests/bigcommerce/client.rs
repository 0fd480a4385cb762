//! The thin client: what it adds to a call, and that it never shows the token.

use flyball_bigcommerce::{BigCommerceConnector, TokenError};
use flyball_connector::{Call, CallTag, Cause, Class, Connector, Plan, Scope, Span, Step};
use flyball_domain::{Kind, UnixMillis};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
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

fn connector(text: &str) -> BigCommerceConnector {
    BigCommerceConnector::new(http(), base(text), &SecretString::from("secret-token")).unwrap()
}

fn first_call(connector: &BigCommerceConnector) -> Call {
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
    let base = format!("http://{}/stores/abc", listener.local_addr().unwrap());
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
        "GET /stores/abc/v3/catalog/products?include=",
        "\r\nx-auth-token: secret-token\r\n",
        "\r\nx-request-id: lease-3\r\n",
        "\r\naccept: application/json\r\n",
        "\r\nuser-agent: Flyball/",
    ] {
        assert!(asked.contains(line), "{line:?} in {asked}");
    }
}

#[tokio::test]
async fn no_answer_is_a_failure_of_the_connection() {
    let connector = connector("http://127.0.0.1:9");
    let failure = connector.send(&first_call(&connector), &tag(), TIMEOUT_MS).await.unwrap_err();
    let (scope, cause) = (Scope::Platform, Cause::Connect);
    assert_eq!(failure.class, Class::Unavailable { scope, cause, until: None });
    assert!(
        !format!("{failure} {failure:?} {connector:?}").contains("secret-token"),
        "{failure:?}"
    );
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
        BigCommerceConnector::new(http(), base, &SecretString::from(token)).unwrap_err()
    };
    assert_eq!(error(""), TokenError::Empty);
    for token in ["secret-token ", "secret\ntoken", "secret-token🔑"] {
        assert_eq!(error(token), TokenError::Characters);
        assert!(!error(token).to_string().contains("secret"));
    }
}
