//! Simulated vendor stores over HTTP: real shapes, real limits, and dials for every way of failing.
//!
//! A store answers whatever fields a client asks for, charges for them as the vendor does, and counts
//! by itself what its callers did, so that a test need not believe them. It never knows who is
//! calling, never imports a connector, and never leaves the machine: it listens on loopback only and
//! keeps everything in memory.

mod answer;
mod bigcommerce;
mod dial;
mod face;
mod ledger;
mod magento;
mod query;
mod random;
mod serve;
mod shopify;
mod spoil;
mod stock;
mod store;
mod vendor;
mod wire;

pub use dial::{
    DIAL_MS_MAX, Dial, DialError, Fault, GraphqlFault, OVERSIZED_BYTES_MAX, VendorStatus, When,
};
pub use face::UnfitFault;
pub use ledger::Counters;
pub use magento::{MagentoHabits, MagentoMode, MagentoSlowness};
pub use serve::RunningStore;
pub use shopify::{LIST_OBJECTS_MAX, Plan, PlanError, Zone};
pub use stock::{
    BundlePart, CancelReason, Catalog, CatalogError, Category, DownloadLink, IMAGES_MAX,
    ImageStatus, InventoryPolicy, LOCATIONS, OPTIONS_MAX, ORDERS_MAX, OrderStage, PRODUCTS_MAX,
    PaymentAction, PaymentState, Presentment, PriceTier, ProductKind, Restock, RiskLevel, Stock,
    StockAddress, StockAt, StockCancel, StockCollection, StockComponent, StockCustomer,
    StockDiscount, StockFulfillment, StockHistory, StockImage, StockLine, StockLinePart,
    StockMetafield, StockOption, StockOrder, StockPayment, StockProduct, StockRefund,
    StockRefundLine, StockReturn, StockShippingLine, StockTax, StockTracking, StockVariant,
    StockWeight, VARIANTS_MAX, WeightUnit,
};
pub use store::{Clock, NoSuchRecord, Store, StoreConfig, StoreError};
pub use vendor::{
    BigCommerceSettings, MagentoAccess, MagentoSettings, MagentoVersion, OAuthSecrets, OrderScope,
    Quota, Vendor,
};
