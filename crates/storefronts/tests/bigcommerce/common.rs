//! A store with a clock that is set by hand, and a client that shows what is on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flyball_domain::VendorId;
use flyball_storefronts::{
    BigCommerceSettings, Dial, Quota, RunningStore, Stock, Store, StoreConfig, Vendor, Zone,
};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// 2026-11-22T09:30:15Z.
pub(crate) const NOW_MS: u64 = 1_795_339_815_000;
pub(crate) const TOKEN: &str = "simulated-token";
pub(crate) const HASH: &str = "a1b2c3";

pub(crate) struct Shop {
    pub(crate) store: RunningStore,
    clock: Arc<AtomicU64>,
}

/// What came over the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("an answer in JSON")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

pub(crate) fn config(stock: Stock, orders: u64) -> StoreConfig {
    StoreConfig {
        name: "Hearth & Co".to_owned(),
        vendor: Vendor::BigCommerce(BigCommerceSettings {
            hash: HASH.to_owned(),
            quota: Quota::Unlimited,
            others_per_window: 0,
        }),
        currency: "EUR".parse().unwrap(),
        zone: Zone { name: "Europe/Berlin".to_owned(), offset_minutes: 60 },
        token: TOKEN.to_owned(),
        stock,
        orders,
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

    pub(crate) async fn of(products: u64, orders: u64) -> Self {
        Self::open(config(Stock::Generated { products }, orders)).await
    }

    pub(crate) async fn with_quota(quota: Quota, others_per_window: u32) -> Self {
        let hash = HASH.to_owned();
        let vendor = Vendor::BigCommerce(BigCommerceSettings { hash, quota, others_per_window });
        let stock = Stock::Generated { products: 20 };
        Self::open(StoreConfig { vendor, ..config(stock, 20) }).await
    }

    pub(crate) async fn with_dials(dials: &[&str]) -> Self {
        let dials = dials.iter().map(|dial| dial.parse::<Dial>().unwrap()).collect();
        let stock = Stock::Generated { products: 60 };
        Self::open(StoreConfig { dials, ..config(stock, 60) }).await
    }

    pub(crate) fn pass_ms(&self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// Everything that comes back, up to where the connection closes.
    pub(crate) async fn raw(&self, method: &str, path: &str, headers: &str) -> Vec<u8> {
        let address = self.store.url().strip_prefix("http://").unwrap().split('/').next().unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: store\r\nConnection: close\r\nAccept: \
             application/json\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut found = Vec::new();
        // A connection that is reset has said all that it will.
        drop(stream.read_to_end(&mut found).await);
        found
    }

    /// The answer to a call for what lies behind the store's address, such as `/v2/orders`.
    pub(crate) async fn call(&self, path: &str) -> Reply {
        let headers = format!("X-Auth-Token: {TOKEN}\r\nX-Request-Id: lease-1\r\n");
        parse(&self.raw("GET", &format!("/stores/{HASH}{path}"), &headers).await)
    }

    /// The data of a call that must succeed.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let reply = self.call(path).await;
        assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    /// The rows of a list, which v2 leaves out where it is empty.
    pub(crate) async fn rows(&self, path: &str) -> Vec<Value> {
        let reply = self.call(path).await;
        match reply.status {
            204 => Vec::new(),
            200 => match reply.json() {
                Value::Array(rows) => rows,
                mut body => body["data"].as_array_mut().map(core::mem::take).unwrap(),
            },
            status => panic!("{path}: {status} {}", String::from_utf8_lossy(&reply.body)),
        }
    }

    /// The ids of a list.
    pub(crate) async fn ids(&self, path: &str) -> Vec<u64> {
        self.rows(path).await.iter().map(id).collect()
    }

    pub(crate) fn touch(&self, id: u64) {
        self.store.touch(&vendor_id(id)).unwrap();
    }

    pub(crate) fn delete(&self, id: u64) {
        self.store.delete(&vendor_id(id)).unwrap();
    }
}

pub(crate) fn vendor_id(id: u64) -> VendorId {
    id.to_string().parse().unwrap()
}

pub(crate) fn id(row: &Value) -> u64 {
    row["id"].as_u64().unwrap_or_else(|| panic!("no id: {row}"))
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
