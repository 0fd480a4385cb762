//! What comes back of a call, whatever the server does. Every server here is a socket on loopback
//! that says exactly what it is told to.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic")]

use std::io::Write as _;

use flyball_http::{
    AnswerPart, BODY_BYTES_MAX, BaseUrl, CallError, HEADER_BYTES_MAX, HttpClient, Reach, Settings,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const TIMEOUT_MS: u64 = 30_000;
const SHORT_TIMEOUT_MS: u64 = 200;

enum Then {
    Close,
    Hang,
}

/// Serves every connection the same bytes; the receiver gets what was asked.
async fn serve(answer: Vec<u8>, then: Then) -> (BaseUrl, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut hanging = Vec::new();
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = vec![0; 16 * 1024];
            let length = socket.read(&mut buffer).await.unwrap_or(0);
            asked.send(String::from_utf8_lossy(&buffer[..length]).into_owned()).unwrap();
            // A client that has seen enough hangs up; that is its right.
            drop(socket.write_all(&answer).await);
            match then {
                Then::Close => drop(socket.shutdown().await),
                Then::Hang => hanging.push(socket),
            }
        }
    });
    (base(&format!("http://127.0.0.1:{port}")), requests)
}

fn base(text: &str) -> BaseUrl {
    BaseUrl::parse(text, Reach::Local).unwrap()
}

fn client(reach: Reach) -> HttpClient {
    HttpClient::new(Settings { reach }).unwrap()
}

fn request() -> http::Request<Vec<u8>> {
    http::Request::post("/admin?secret-in-query=1")
        .header("x-token", "secret-in-header")
        .body(b"secret-in-body".to_vec())
        .unwrap()
}

async fn call(base: &BaseUrl, timeout_ms: u64) -> Result<http::Response<Vec<u8>>, CallError> {
    client(Reach::Local).send(base, request(), timeout_ms).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip_answer(body: &[u8], announced: usize) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {announced}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn an_answer_comes_back_with_its_status_headers_and_body() {
    let answer = b"HTTP/1.1 423 Locked\r\nx-request-id: 7\r\ncontent-length: 2\r\n\r\nhi".to_vec();
    let (base, mut requests) = serve(answer, Then::Hang).await;
    let answer = call(&base, TIMEOUT_MS).await.unwrap();
    assert_eq!(answer.status(), 423);
    assert_eq!(answer.headers()["x-request-id"], "7");
    assert_eq!(answer.body(), b"hi");
    let asked = requests.recv().await.unwrap();
    assert!(asked.starts_with("POST /admin?secret-in-query=1 HTTP/1.1"), "{asked}");
    assert!(asked.contains("x-token: secret-in-header"), "{asked}");
    assert!(asked.contains("accept-encoding: gzip"), "{asked}");
    assert!(asked.ends_with("\r\n\r\nsecret-in-body"), "{asked}");
}

#[tokio::test]
async fn a_compressed_answer_comes_back_plain() {
    let packed = gzip(b"{\"data\":1}");
    let (base, _requests) = serve(gzip_answer(&packed, packed.len()), Then::Hang).await;
    assert_eq!(call(&base, TIMEOUT_MS).await.unwrap().body(), b"{\"data\":1}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (target, mut at_target) = serve(Vec::new(), Then::Close).await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: {target}/\r\ncontent-length: 0\r\n\r\n");
    let (base, _requests) = serve(redirect.into_bytes(), Then::Hang).await;
    assert_eq!(call(&base, TIMEOUT_MS).await.unwrap().status(), 302);
    assert!(at_target.try_recv().is_err());
}

#[tokio::test]
async fn a_body_that_ends_too_early_is_truncated() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"data\":".to_vec();
    let (base, _requests) = serve(cut, Then::Close).await;
    assert_eq!(call(&base, TIMEOUT_MS).await.unwrap_err(), CallError::Truncated { body_bytes: 8 });
}

#[tokio::test]
async fn a_compressed_body_that_ends_too_early_is_truncated() {
    let packed = gzip(&vec![b'x'; 10_000]);
    let cut = &packed[..packed.len() - 4];
    let (base, _requests) = serve(gzip_answer(cut, cut.len()), Then::Hang).await;
    let error = call(&base, TIMEOUT_MS).await.unwrap_err();
    assert!(matches!(error, CallError::Truncated { .. }), "{error:?}");
}

#[tokio::test]
async fn a_body_that_stops_coming_runs_into_the_time_out() {
    let slow = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    let (base, _requests) = serve(slow, Then::Hang).await;
    let expected = CallError::Timeout { limit_ms: SHORT_TIMEOUT_MS };
    assert_eq!(call(&base, SHORT_TIMEOUT_MS).await.unwrap_err(), expected);
}

#[tokio::test]
async fn a_server_that_never_answers_runs_into_the_time_out() {
    let (base, _requests) = serve(Vec::new(), Then::Hang).await;
    let expected = CallError::Timeout { limit_ms: SHORT_TIMEOUT_MS };
    assert_eq!(call(&base, SHORT_TIMEOUT_MS).await.unwrap_err(), expected);
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_tried_exactly_once() {
    let (base, mut requests) = serve(Vec::new(), Then::Close).await;
    assert_eq!(call(&base, TIMEOUT_MS).await.unwrap_err(), CallError::Closed);
    assert!(requests.recv().await.is_some());
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    let (base, _requests) = serve(b"220 mail.example ESMTP\r\n".to_vec(), Then::Close).await;
    assert_eq!(call(&base, TIMEOUT_MS).await.unwrap_err(), CallError::Closed);
}

#[tokio::test]
async fn a_body_announced_over_the_cap_is_not_read() {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", BODY_BYTES_MAX + 1);
    let (base, _requests) = serve(head.into_bytes(), Then::Hang).await;
    let expected = CallError::TooLarge { part: AnswerPart::Body, bytes_max: BODY_BYTES_MAX };
    assert_eq!(call(&base, TIMEOUT_MS).await.unwrap_err(), expected);
}

#[tokio::test]
async fn a_body_over_the_cap_that_was_not_announced_is_cut_off() {
    let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    answer.resize(answer.len() + BODY_BYTES_MAX + 1, b'x');
    let (base, _requests) = serve(answer, Then::Hang).await;
    let expected = CallError::TooLarge { part: AnswerPart::Body, bytes_max: BODY_BYTES_MAX };
    assert_eq!(call(&base, TIMEOUT_MS).await.unwrap_err(), expected);
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_more_than_the_cap_is_cut_off() {
    let bomb = gzip(&vec![0; BODY_BYTES_MAX + 1]);
    assert!(bomb.len() < BODY_BYTES_MAX / 100);
    let (base, _requests) = serve(gzip_answer(&bomb, bomb.len()), Then::Hang).await;
    let expected = CallError::TooLarge { part: AnswerPart::Body, bytes_max: BODY_BYTES_MAX };
    assert_eq!(call(&base, TIMEOUT_MS).await.unwrap_err(), expected);
}

#[tokio::test]
async fn headers_over_the_cap_are_refused() {
    let value = "x".repeat(HEADER_BYTES_MAX);
    let answer = format!("HTTP/1.1 200 OK\r\nx-long: {value}\r\ncontent-length: 0\r\n\r\n");
    let (base, _requests) = serve(answer.into_bytes(), Then::Hang).await;
    let expected = CallError::TooLarge { part: AnswerPart::Headers, bytes_max: HEADER_BYTES_MAX };
    assert_eq!(call(&base, TIMEOUT_MS).await.unwrap_err(), expected);
}

#[tokio::test]
async fn a_port_where_nobody_listens_gives_no_connection() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = call(&base(&format!("http://127.0.0.1:{port}")), TIMEOUT_MS).await.unwrap_err();
    assert_eq!(error, CallError::Connect { reason: "connection refused".to_owned() });
}

#[tokio::test]
async fn a_server_without_encryption_is_not_trusted_with_https() {
    let (plain, _requests) = serve(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), Then::Close).await;
    let base = base(&plain.to_string().replace("http://", "https://"));
    let error = call(&base, TIMEOUT_MS).await.unwrap_err();
    assert!(matches!(error, CallError::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn a_public_name_that_leads_to_this_machine_is_refused_when_it_is_connected_to() {
    let base = BaseUrl::parse("https://localhost", Reach::Public).unwrap();
    let error = client(Reach::Public).send(&base, request(), TIMEOUT_MS).await.unwrap_err();
    assert!(matches!(error, CallError::RefusedAddress { .. }), "{error:?}");
}

#[tokio::test]
async fn a_local_name_that_leads_to_this_machine_is_called() {
    let (by_address, _requests) =
        serve(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), Then::Hang).await;
    let by_name = base(&by_address.to_string().replace("127.0.0.1", "localhost"));
    assert_eq!(call(&by_name, TIMEOUT_MS).await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_client_calls_only_bases_of_its_own_reach() {
    let (local, mut requests) = serve(Vec::new(), Then::Close).await;
    let public = BaseUrl::parse("https://localhost", Reach::Public).unwrap();
    for (reach, base) in [(Reach::Public, &local), (Reach::Local, &public)] {
        let error = client(reach).send(base, request(), TIMEOUT_MS).await.unwrap_err();
        assert_eq!(error, CallError::Request { reason: "its base URL is of another reach" });
    }
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn a_request_with_a_host_of_its_own_is_not_sent() {
    let (base, mut requests) = serve(Vec::new(), Then::Close).await;
    let elsewhere = http::Request::get("http://127.0.0.1:1/").body(Vec::new()).unwrap();
    let error = client(Reach::Local).send(&base, elsewhere, TIMEOUT_MS).await.unwrap_err();
    assert!(matches!(error, CallError::Request { .. }), "{error:?}");
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn no_error_and_no_debug_text_holds_a_secret() {
    let mut texts = vec![format!("{:?}", client(Reach::Local))];
    for (answer, then) in [
        (&b""[..], Then::Close),
        (b"", Then::Hang),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", Then::Close),
        (b"not http", Then::Close),
    ] {
        let (base, _requests) = serve(answer.to_vec(), then).await;
        let error = call(&base, SHORT_TIMEOUT_MS).await.unwrap_err();
        texts.push(format!("{error} {error:?} {base:?}"));
    }
    for text in texts {
        assert!(!text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = base(&format!("http://{}", listener.local_addr().unwrap()));
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut buffer = vec![0; 16 * 1024];
        for _ in 0..2 {
            assert!(socket.read(&mut buffer).await.unwrap() > 0);
            socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        }
    });
    let client = client(Reach::Local);
    for _ in 0..2 {
        assert_eq!(client.send(&base, request(), TIMEOUT_MS).await.unwrap().status(), 204);
    }
    server.await.unwrap();
}
