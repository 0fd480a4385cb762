//! A store with a clock that is set by hand, and a client that shows what is on the wire.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flyball_storefronts::{
    Dial, OrderScope, Plan, RunningStore, Stock, Store, StoreConfig, Vendor, Zone,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// 2026-11-22T09:00:00Z.
pub(crate) const NOW_MS: u64 = 1_795_338_000_000;
pub(crate) const TOKEN: &str = "shpat_simulated";

pub(crate) struct Shop {
    pub(crate) store: RunningStore,
    clock: Arc<AtomicU64>,
}

/// What came over the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("an answer in JSON")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

pub(crate) fn config(stock: Stock, plan: Plan) -> StoreConfig {
    StoreConfig {
        name: "Hearth & Co".to_owned(),
        vendor: Vendor::Shopify { plan, scope: OrderScope::All },
        currency: "EUR".parse().unwrap(),
        zone: Zone { name: "Europe/Berlin".to_owned(), offset_minutes: 60 },
        token: TOKEN.to_owned(),
        stock,
        orders: 0,
        seed: 7,
        dials: Vec::new(),
        port: 0,
    }
}

impl Shop {
    pub(crate) async fn open(config: StoreConfig) -> Self {
        let clock = Arc::new(AtomicU64::new(NOW_MS));
        let hand = Arc::clone(&clock);
        let store = Store::serve(config, Arc::new(move || hand.load(Ordering::SeqCst))).await;
        Self { store: store.unwrap(), clock }
    }

    pub(crate) async fn of(products: u64) -> Self {
        Self::open(config(Stock::Generated { products }, Plan::Enterprise)).await
    }

    pub(crate) async fn with_dials(dials: &[&str]) -> Self {
        let dials = dials.iter().map(|dial| dial.parse::<Dial>().unwrap()).collect();
        let stock = Stock::Generated { products: 20 };
        Self::open(StoreConfig { dials, ..config(stock, Plan::Enterprise) }).await
    }

    pub(crate) fn pass_ms(&self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// Everything that comes back, up to where the connection closes.
    pub(crate) async fn raw(&self, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
        let mut stream = self.connect().await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: store\r\nConnection: close\r\nContent-Type: \
             application/json\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut found = Vec::new();
        // A connection that is reset has said all that it will.
        drop(stream.read_to_end(&mut found).await);
        found
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        let address = self.store.url().strip_prefix("http://").unwrap();
        TcpStream::connect(address).await.unwrap()
    }

    pub(crate) async fn send(&self, headers: &str, body: &[u8]) -> Reply {
        parse(&self.raw("/admin/api/2026-10/graphql.json", headers, body).await)
    }

    pub(crate) async fn call(&self, tag: &str, query: &str, variables: Value) -> Reply {
        let headers = format!("X-Shopify-Access-Token: {TOKEN}\r\nX-Request-Id: {tag}\r\n");
        let body = json!({"query": query, "variables": variables}).to_string();
        self.send(&headers, body.as_bytes()).await
    }

    pub(crate) async fn query(&self, query: &str, variables: Value) -> Value {
        let reply = self.call("lease-1", query, variables).await;
        assert_eq!(reply.status, 200);
        reply.json()
    }

    /// The data of a query that must succeed.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.query(query, variables).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].take()
    }

    /// The first error of a query that must fail.
    pub(crate) async fn error(&self, query: &str, variables: Value) -> Value {
        self.query(query, variables).await["errors"][0].take()
    }
}

pub(crate) fn parse(bytes: &[u8]) -> Reply {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    Reply { status, headers, body: bytes[end + 4..].to_vec() }
}
