use core::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use flyball_domain::{Currency, IdError, Order, Product, UnixMillis, VendorId};
use tokio::sync::watch;

use crate::bigcommerce;
use crate::dial::{Dial, DialBoard, Turned};
use crate::face::{Call, Face, UnfitFault};
use crate::ledger::{Counters, Ended, Ledger, OpenCall};
use crate::magento::Rest;
use crate::shopify::{Desk, Zone};
use crate::stock::{
    ORDERS_MAX, PRODUCTS_MAX, Shown, Stock, StockAt, StockOrder, StockProduct, Stocked,
};
use crate::vendor::Vendor;

/// Milliseconds since 1970, whenever asked.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What a store is to be like.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The shop's name; its addresses are made of it.
    pub name: String,
    /// Whose API it speaks.
    pub vendor: Vendor,
    /// What prices are in.
    pub currency: Currency,
    /// Where the shop is.
    pub zone: Zone,
    /// The access token that calls must bear.
    pub token: String,
    /// What it sells.
    pub stock: Stock,
    /// How many orders it starts with, drawn from the seed; above [`ORDERS_MAX`] is refused.
    pub orders: u64,
    /// What its stock and its faults are drawn from.
    pub seed: u64,
    /// Its faults at the start.
    pub dials: Vec<Dial>,
    /// The port on loopback; 0 takes a free one.
    pub port: u16,
}

/// Why there is no store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// More products than a store can number.
    #[error("found {found} products where at most {PRODUCTS_MAX} were expected")]
    TooManyProducts {
        /// How many were asked for.
        found: u64,
    },
    /// More orders than a store can number.
    #[error("found {found} orders where at most {ORDERS_MAX} were expected")]
    TooManyOrders {
        /// How many were asked for.
        found: u64,
    },
    /// A fault that the vendor can't have.
    #[error(transparent)]
    Unfit(#[from] UnfitFault),
    /// The port is taken or may not be used.
    #[error(
        "can't listen on port {port} of loopback: {source}; expected a free port, or 0 for any"
    )]
    Listen {
        /// The one that was asked for.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The built-in schema can't be read.
    #[error("the built-in schema can't be read: {0}")]
    Schema(#[from] graphql_parser::schema::ParseError),
}

/// A product or an order that the store does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {id} where the id of {what} of this store was expected")]
pub struct NoSuchRecord {
    /// The id as given.
    pub id: VendorId,
    /// A product or an order.
    pub what: &'static str,
}

/// A simulated store.
pub struct Store {
    pub(crate) face: Box<dyn Face>,
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) base_path: String,
    token: String,
    credentials: String,
    clock: Clock,
    started: UnixMillis,
    stocked: RwLock<Stocked>,
    dials: Mutex<DialBoard>,
    ledger: Mutex<Ledger>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("face", &self.face)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a store without serving it.
    ///
    /// # Errors
    /// Too many products or orders, or a dial that the vendor can't have.
    pub fn open(config: StoreConfig, clock: Clock) -> Result<Arc<Self>, StoreError> {
        if let Stock::Generated { products: found } = config.stock
            && found > PRODUCTS_MAX
        {
            return Err(StoreError::TooManyProducts { found });
        }
        if config.orders > ORDERS_MAX {
            return Err(StoreError::TooManyOrders { found: config.orders });
        }
        let started = UnixMillis(clock());
        let face = face(&config, started)?;
        check(&*face, &config.dials)?;
        Ok(Arc::new(Self {
            face,
            stopping: watch::Sender::new(false),
            base_path: config.vendor.base_path(),
            credentials: config.vendor.credentials(&config.token),
            token: config.token,
            clock,
            started,
            stocked: RwLock::new(Stocked::new(
                config.stock,
                config.orders,
                config.seed,
                config.vendor.layout(),
            )),
            dials: Mutex::new(DialBoard::new(config.dials, config.seed)),
            ledger: Mutex::new(Ledger::default()),
        }))
    }

    /// The access token that calls must bear, in the way the vendor wants it.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What a retailer connects the store with: the token, or all secrets of an integration as
    /// JSON.
    pub fn credentials(&self) -> &str {
        &self.credentials
    }

    /// Puts new dials in place of the old ones; calls are counted for them anew.
    ///
    /// # Errors
    /// A fault that the vendor can't have; the dials are as they were.
    pub fn set_dials(&self, dials: Vec<Dial>) -> Result<(), UnfitFault> {
        check(&*self.face, &dials)?;
        self.dials().set(dials);
        Ok(())
    }

    /// What the store has counted so far.
    pub fn counters(&self) -> Counters {
        let budget = self.face.budget();
        self.ledger().counters(budget.burst_milli, budget.flow_milli_per_s)
    }

    /// From this moment on, until [`Store::note_lift`], a call is one too many.
    pub fn note_stop(&self, completed_at: UnixMillis) {
        self.ledger().note_stop(completed_at);
    }

    /// The stop was lifted: a call begun at this moment or later is welcome again.
    pub fn note_lift(&self, lifted_at: UnixMillis) {
        self.ledger().note_lift(lifted_at);
    }

    /// How many products there are.
    pub fn len(&self) -> u64 {
        self.stocked().products.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record that each product must become, in the order of ids, straight from the stock.
    ///
    /// Products that change meanwhile come as they are when their turn comes.
    pub fn truth(&self) -> impl Iterator<Item = Product> + '_ {
        let end = self.stocked().products.end();
        (0..end).filter_map(|index| self.true_product(index))
    }

    /// The record that one product must become; `None` when the store does not have it.
    pub fn truth_of(&self, id: &VendorId) -> Option<Product> {
        self.true_product(self.index_of(id)?)
    }

    fn true_product(&self, index: u64) -> Option<Product> {
        let stocked = self.stocked();
        self.face.true_product(&stocked, &stocked.products.get(index)?)
    }

    /// A product as the store keeps it.
    pub fn get(&self, id: &VendorId) -> Option<StockProduct> {
        let Shown { item, .. } = self.stocked().products.get(self.index_of(id)?)?;
        Some(Arc::unwrap_or_clone(item))
    }

    /// Adds a product, made now, and returns its id.
    ///
    /// # Errors
    /// Never, for ids made of digits.
    pub fn add(&self, product: StockProduct) -> Result<VendorId, IdError> {
        let index = self.stocked_mut().add_product(product, self.now().0);
        self.face.product_number(index).to_string().parse()
    }

    /// Puts new content in place of a product's, changed now.
    ///
    /// # Errors
    /// A product that the store does not have.
    pub fn put(&self, id: &VendorId, product: StockProduct) -> Result<(), NoSuchRecord> {
        self.change(id, Some(product))
    }

    /// Moves a product's last change to now, as an order does.
    ///
    /// # Errors
    /// A product that the store does not have.
    pub fn touch(&self, id: &VendorId) -> Result<(), NoSuchRecord> {
        self.change(id, None)
    }

    /// Sets how many there are of a product's variant, all of them at the first of its locations, as
    /// a sale or a delivery does: whether that is a change of the product is the vendor's to say.
    ///
    /// # Errors
    /// A product, or a variant of it, that the store does not have.
    pub fn restock(
        &self,
        id: &VendorId,
        variant: usize,
        quantity: i64,
    ) -> Result<(), NoSuchRecord> {
        let now_ms = self.now().0;
        let restocked = self.index_of(id).is_some_and(|index| {
            let mut stocked = self.stocked_mut();
            let Some(shown) = stocked.products.get(index) else { return false };
            let mut product = Arc::unwrap_or_clone(shown.item);
            let Some(variant) = product.variants.get_mut(variant) else { return false };
            variant.quantity = quantity;
            let location = variant.stock_at.first().map_or(0, |at| at.location);
            variant.stock_at = vec![StockAt { location, available: quantity }];
            let at = if self.face.is_moved_by_stock() { now_ms } else { shown.updated_at };
            stocked.products.change(index, Some(product), at)
        });
        done(restocked, id, "a product with that variant")
    }

    /// Deletes a product.
    ///
    /// # Errors
    /// A product that the store does not have.
    pub fn delete(&self, id: &VendorId) -> Result<(), NoSuchRecord> {
        let index = self.index_of(id);
        done(index.is_some_and(|index| self.stocked_mut().products.delete(index)), id, "a product")
    }

    fn change(&self, id: &VendorId, product: Option<StockProduct>) -> Result<(), NoSuchRecord> {
        let now_ms = self.now().0;
        let index = self.index_of(id);
        let changed =
            index.is_some_and(|index| self.stocked_mut().products.change(index, product, now_ms));
        done(changed, id, "a product")
    }

    /// How many orders there are.
    pub fn orders_len(&self) -> u64 {
        self.stocked().orders.len()
    }

    /// The record that each order must become, in the order of ids, straight from the stock.
    ///
    /// Orders that change meanwhile come as they are when their turn comes.
    pub fn true_orders(&self) -> impl Iterator<Item = Order> + '_ {
        let end = self.stocked().orders.end();
        (0..end).filter_map(|index| self.true_order(index))
    }

    /// The record that one order must become; `None` when the store does not show it.
    pub fn true_order_of(&self, id: &VendorId) -> Option<Order> {
        self.true_order(self.order_index_of(id)?)
    }

    fn true_order(&self, index: u64) -> Option<Order> {
        let now = self.now();
        let stocked = self.stocked();
        self.face.true_order(&stocked, &stocked.orders.get(index)?, now)
    }

    /// An order as the store keeps it.
    pub fn get_order(&self, id: &VendorId) -> Option<StockOrder> {
        let Shown { item, .. } = self.stocked().orders.get(self.order_index_of(id)?)?;
        Some(Arc::unwrap_or_clone(item))
    }

    /// Adds an order, placed now, and returns its id.
    ///
    /// # Errors
    /// Never, for ids made of digits.
    pub fn add_order(&self, order: StockOrder) -> Result<VendorId, IdError> {
        let index = self.stocked_mut().orders.add(order, self.now().0);
        self.face.order_number(index).to_string().parse()
    }

    /// Puts new content in place of an order's, changed now.
    ///
    /// # Errors
    /// An order that the store does not have.
    pub fn put_order(&self, id: &VendorId, order: StockOrder) -> Result<(), NoSuchRecord> {
        self.change_order(id, Some(order))
    }

    /// Moves an order's last change to now.
    ///
    /// # Errors
    /// An order that the store does not have.
    pub fn touch_order(&self, id: &VendorId) -> Result<(), NoSuchRecord> {
        self.change_order(id, None)
    }

    /// Deletes an order.
    ///
    /// # Errors
    /// An order that the store does not have.
    pub fn delete_order(&self, id: &VendorId) -> Result<(), NoSuchRecord> {
        let index = self.order_index_of(id);
        done(index.is_some_and(|index| self.stocked_mut().orders.delete(index)), id, "an order")
    }

    fn change_order(&self, id: &VendorId, order: Option<StockOrder>) -> Result<(), NoSuchRecord> {
        let now_ms = self.now().0;
        let index = self.order_index_of(id);
        let changed =
            index.is_some_and(|index| self.stocked_mut().orders.change(index, order, now_ms));
        done(changed, id, "an order")
    }

    pub(crate) fn now(&self) -> UnixMillis {
        UnixMillis((self.clock)())
    }

    pub(crate) fn turn_dials(&self, call: &Call<'_>, now: UnixMillis) -> Turned {
        self.dials().turn(now, self.started, || self.face.asks_for(call))
    }

    pub(crate) fn begin(&self, tag: Option<&str>, now: UnixMillis) -> OpenCall {
        self.ledger().begin(tag, now)
    }

    /// How many calls are under way beside one that has begun.
    pub(crate) fn others_under_way(&self) -> u64 {
        self.ledger().under_way().saturating_sub(1)
    }

    pub(crate) fn end(&self, call: &OpenCall, ended: Ended) {
        let now = self.now();
        self.ledger().end(call, ended, now);
    }

    pub(crate) fn stocked(&self) -> RwLockReadGuard<'_, Stocked> {
        self.stocked.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn stocked_mut(&self) -> RwLockWriteGuard<'_, Stocked> {
        self.stocked.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn index_of(&self, id: &VendorId) -> Option<u64> {
        self.face.product_index(id.as_str().parse().ok()?)
    }

    fn order_index_of(&self, id: &VendorId) -> Option<u64> {
        self.face.order_index(id.as_str().parse().ok()?)
    }

    fn dials(&self) -> MutexGuard<'_, DialBoard> {
        self.dials.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn face(config: &StoreConfig, started: UnixMillis) -> Result<Box<dyn Face>, StoreError> {
    let StoreConfig { name, vendor, currency, zone, token, .. } = config;
    Ok(match vendor {
        Vendor::Shopify { plan, scope } => {
            let (token, name, zone) = (token.clone(), name.clone(), zone.clone());
            Box::new(Desk::open(token, name, *plan, *scope, *currency, zone, started)?)
        }
        Vendor::BigCommerce(settings) => {
            let (token, name, zone) = (token.clone(), name.clone(), zone.clone());
            Box::new(bigcommerce::Desk::open(token, name, settings, *currency, zone, started))
        }
        Vendor::Magento(settings) => Box::new(Rest::open(config, settings)),
    })
}

fn done(is_done: bool, id: &VendorId, what: &'static str) -> Result<(), NoSuchRecord> {
    if is_done { Ok(()) } else { Err(NoSuchRecord { id: id.clone(), what }) }
}

fn check(face: &dyn Face, dials: &[Dial]) -> Result<(), UnfitFault> {
    dials.iter().try_for_each(|dial| face.check(&dial.fault))
}
