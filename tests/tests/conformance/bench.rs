use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use flyball_accounts::{Account, AccountState, PolicyOverrides};
use flyball_connector::Connector;
use flyball_connector::conformance::{Bench, Fault, Subject};
use flyball_domain::{Integration, Kind, Record, UnixMillis, VendorId};
use flyball_storefronts::{Dial, RunningStore, Stock, Store, StoreConfig, Zone};
use flyball_tests::world::{connectors_of, vendor};
use secrecy::SecretString;

/// Enough for several pages of every vendor.
const PRODUCTS: u64 = 300;
const ORDERS: u64 = 270;

/// When the stores are opened: all that they have was made before.
const OPENED: UnixMillis = UnixMillis(1_795_000_000_000);

/// Simulated stores of one platform.
pub(super) struct Simulated(pub(crate) Integration);

pub(super) struct Opened {
    store: RunningStore,
    connector: Arc<dyn Connector>,
    clock: Arc<AtomicU64>,
}

#[async_trait]
impl Bench for Simulated {
    fn kinds(&self) -> &[Kind] {
        Kind::ALL
    }

    async fn open(&self) -> Box<dyn Subject> {
        Box::new(self.store().await)
    }
}

impl Simulated {
    /// A new store.
    pub(super) async fn store(&self) -> Opened {
        let clock = Arc::new(AtomicU64::new(OPENED.0));
        let config = StoreConfig {
            name: "Conformance".to_owned(),
            vendor: vendor(self.0),
            currency: "EUR".parse().unwrap(),
            zone: Zone { name: "Europe/Berlin".to_owned(), offset_minutes: 60 },
            token: "token-of-the-store".to_owned(),
            stock: Stock::Generated { products: PRODUCTS },
            orders: ORDERS,
            seed: 11,
            dials: Vec::new(),
            port: 0,
        };
        let shown = Arc::clone(&clock);
        let now = Arc::new(move || shown.load(Ordering::SeqCst));
        let store = Store::serve(config, now).await.unwrap();
        clock.fetch_add(120_000, Ordering::SeqCst);
        let account = Account {
            id: "conformance".parse().unwrap(),
            customer: "acme".parse().unwrap(),
            integration: self.0,
            store: store.address(),
            zone: None,
            currency: None,
            kinds: Kind::ALL.iter().copied().collect(),
            created_at: OPENED,
            policy: PolicyOverrides::default(),
            state: AccountState::Connected,
        };
        let secret = SecretString::from(store.credentials().to_owned());
        let signing = Arc::clone(&clock);
        let now = Arc::new(move || UnixMillis(signing.load(Ordering::SeqCst)));
        let connector = connectors_of(self.0, now).connect(&account, &secret).unwrap();
        Opened { store, connector, clock }
    }
}

impl Opened {
    /// Turns the one dial, in the words of the command line.
    pub(super) fn dial(&self, dial: &str) {
        self.store.set_dials(vec![dial.parse().unwrap()]).unwrap();
    }
}

impl Subject for Opened {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.connector)
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.store.token().to_owned(), self.store.credentials().to_owned()]
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.load(Ordering::SeqCst))
    }

    fn pass_until(&self, moment: UnixMillis) {
        self.clock.fetch_max(moment.0, Ordering::SeqCst);
    }

    fn truth(&self, kind: Kind) -> Vec<Record> {
        match kind {
            Kind::Products => self.store.truth().map(Record::from).collect(),
            Kind::Orders => self.store.true_orders().map(Record::from).collect(),
        }
    }

    fn touch(&self, kind: Kind, id: &VendorId) {
        match kind {
            Kind::Products => self.store.touch(id).unwrap(),
            Kind::Orders => self.store.touch_order(id).unwrap(),
        }
    }

    fn delete(&self, kind: Kind, id: &VendorId) {
        match kind {
            Kind::Products => self.store.delete(id).unwrap(),
            Kind::Orders => self.store.delete_order(id).unwrap(),
        }
    }

    fn set_fault(&self, fault: Option<Fault>) {
        let dial = fault.map(|fault| match fault {
            Fault::Throttled => "throttled",
            Fault::Down => "status=503",
            Fault::Closed => "close",
            Fault::Html => "html=200",
            Fault::BrokenJson => "broken-json",
            Fault::Unauthorized => "status=401",
        });
        let dials = dial.map(|dial| dial.parse::<Dial>().unwrap()).into_iter().collect();
        self.store.set_dials(dials).unwrap();
    }
}
