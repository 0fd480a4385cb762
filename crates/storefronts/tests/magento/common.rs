//! A store with a clock that is set by hand, and a client that shows what is on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flyball_domain::VendorId;
use flyball_storefronts::{
    Dial, MagentoAccess, MagentoHabits, MagentoSettings, MagentoVersion, OAuthSecrets,
    RunningStore, Stock, Store, StoreConfig, Vendor, Zone,
};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// 2026-11-22T09:30:15Z.
pub(crate) const NOW_MS: u64 = 1_795_339_815_000;
pub(crate) const TOKEN: &str = "simulated-token";

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

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

pub(crate) fn secrets() -> OAuthSecrets {
    OAuthSecrets {
        consumer_key: "simulated-consumer-key".to_owned(),
        consumer_secret: "consumer secret".to_owned(),
        token_secret: "token&secret".to_owned(),
    }
}

pub(crate) fn settings() -> MagentoSettings {
    MagentoSettings {
        version: MagentoVersion::From24,
        base_path: String::new(),
        access: MagentoAccess::Both(secrets()),
        habits: MagentoHabits::plain(),
    }
}

pub(crate) fn config(stock: Stock, orders: u64, settings: MagentoSettings) -> StoreConfig {
    StoreConfig {
        name: "Hearth & Co".to_owned(),
        vendor: Vendor::Magento(settings),
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
        Self::with(products, orders, settings()).await
    }

    pub(crate) async fn with(products: u64, orders: u64, settings: MagentoSettings) -> Self {
        Self::open(config(Stock::Generated { products }, orders, settings)).await
    }

    pub(crate) async fn with_dials(dials: &[&str]) -> Self {
        let dials = dials.iter().map(|dial| dial.parse::<Dial>().unwrap()).collect();
        let stock = Stock::Generated { products: 60 };
        Self::open(StoreConfig { dials, ..config(stock, 60, settings()) }).await
    }

    pub(crate) fn pass_ms(&self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// Everything that comes back, up to where the connection closes.
    pub(crate) async fn raw(&self, method: &str, path: &str, headers: &str) -> Vec<u8> {
        let mut stream = self.connect().await;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: store.example\r\nConnection: close\r\nAccept: \
             application/json\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut found = Vec::new();
        // A connection that is reset has said all that it will.
        drop(stream.read_to_end(&mut found).await);
        found
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        let address = self.store.url().strip_prefix("http://").unwrap();
        TcpStream::connect(address).await.unwrap()
    }

    pub(crate) async fn send(&self, path: &str, headers: &str) -> Reply {
        parse(&self.raw("GET", path, headers).await)
    }

    /// The answer to a call for what lies behind `/rest/default/V1/`.
    pub(crate) async fn call(&self, resource: &str) -> Reply {
        let headers = format!("Authorization: Bearer {TOKEN}\r\nX-Request-Id: lease-1\r\n");
        self.send(&format!("/rest/default/V1/{resource}"), &headers).await
    }

    /// The data of a call that must succeed.
    pub(crate) async fn get(&self, resource: &str) -> Value {
        let reply = self.call(resource).await;
        assert_eq!(reply.status, 200, "{resource}: {}", reply.text());
        reply.json()
    }

    /// The rows of a search.
    pub(crate) async fn items(&self, resource: &str, search: &Search) -> Vec<Value> {
        let mut page = self.get(&search.of(resource)).await;
        page["items"].as_array_mut().map(core::mem::take).unwrap()
    }

    /// The ids of the rows of a search for products or orders.
    pub(crate) async fn ids(&self, resource: &str, search: &Search) -> Vec<u64> {
        self.items(resource, search).await.iter().map(id).collect()
    }
}

/// The folder of what is shared with others.
#[cfg(feature = "shared")]
pub(crate) fn shared() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the shared folder is, is told to the test"
    )]
    std::env::var("FLYBALL_SHARED").expect("the variable FLYBALL_SHARED")
}

/// A search, written as clients write it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    groups: usize,
    orders: usize,
    query: String,
}

impl Search {
    pub(crate) fn all() -> Self {
        Self::default()
    }

    /// One more group of filters, of which one must hold.
    pub(crate) fn any(mut self, filters: &[(&str, &str, &str)]) -> Self {
        for (at, (field, condition, value)) in filters.iter().enumerate() {
            let to = format!("searchCriteria[filterGroups][{}][filters][{at}]", self.groups);
            self.add(&format!("{to}[field]"), field);
            self.add(&format!("{to}[conditionType]"), condition);
            self.add(&format!("{to}[value]"), value);
        }
        self.groups += 1;
        self
    }

    pub(crate) fn filter(self, field: &str, condition: &str, value: &str) -> Self {
        self.any(&[(field, condition, value)])
    }

    pub(crate) fn sort(mut self, field: &str, direction: &str) -> Self {
        let to = format!("searchCriteria[sortOrders][{}]", self.orders);
        self.add(&format!("{to}[field]"), field);
        self.add(&format!("{to}[direction]"), direction);
        self.orders += 1;
        self
    }

    pub(crate) fn page(mut self, size: u64, page: u64) -> Self {
        self.add("searchCriteria[pageSize]", &size.to_string());
        self.add("searchCriteria[currentPage]", &page.to_string());
        self
    }

    pub(crate) fn fields(mut self, fields: &str) -> Self {
        self.add("fields", fields);
        self
    }

    fn add(&mut self, name: &str, value: &str) {
        self.query.extend(["&", &encoded(name), "=", &encoded(value)]);
    }

    pub(crate) fn of(&self, resource: &str) -> String {
        format!("{resource}?searchCriteria{}", self.query)
    }
}

pub(crate) fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

pub(crate) fn vendor_id(id: u64) -> VendorId {
    id.to_string().parse().unwrap()
}

/// The id of a product or an order.
pub(crate) fn id(row: &Value) -> u64 {
    row.get("id").or_else(|| row.get("entity_id")).and_then(Value::as_u64).expect("an id")
}

/// The value of a custom attribute.
pub(crate) fn attribute<'a>(product: &'a Value, code: &str) -> Option<&'a Value> {
    let attributes = product["custom_attributes"].as_array()?;
    attributes.iter().find(|one| one["attribute_code"] == code).map(|one| &one["value"])
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
