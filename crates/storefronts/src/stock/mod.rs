//! What a simulated store sells, whatever the vendor whose API it speaks.

mod calendar;
mod catalog;
mod columns;
mod draw_fate;
mod draw_order;
mod flat;
mod generate;
mod kind;
mod magento_file;
mod order;
mod recent;
mod shelf;
mod stocked;
mod words;

use flyball_domain::ProductStatus;
use rust_decimal::Decimal;

pub use catalog::{Catalog, CatalogError};
pub use kind::{
    BundlePart, DownloadLink, LOCATIONS, PriceTier, ProductKind, StockAt, StockCollection,
    StockComponent,
};
pub use order::{
    CancelReason, OrderStage, PaymentAction, PaymentState, Presentment, Restock, RiskLevel,
    StockAddress, StockCancel, StockCustomer, StockDiscount, StockFulfillment, StockHistory,
    StockLine, StockLinePart, StockOrder, StockPayment, StockRefund, StockRefundLine, StockReturn,
    StockShippingLine, StockTax, StockTracking,
};
pub(crate) use shelf::{Direction, Key, Order, Row, Shelf, Shown};
pub(crate) use stocked::{Layout, Stocked, sku_of};

/// The most products a store may start with: their variants' ids must fit 63 bits.
pub const PRODUCTS_MAX: u64 = 100_000_000;

/// The most orders a store may start with.
pub const ORDERS_MAX: u64 = 10_000_000;

/// The most variants a product may have, as Shopify allows since 15 October 2025.
pub const VARIANTS_MAX: usize = 2_048;

/// The most pictures a product may have, as Shopify allows.
pub const IMAGES_MAX: usize = 250;

/// The most options a product may have, as Shopify allows.
pub const OPTIONS_MAX: usize = 3;

/// Where a store's products come from.
#[derive(Clone, Debug)]
pub enum Stock {
    /// Drawn from the store's seed, each on demand.
    Generated {
        /// How many; above [`PRODUCTS_MAX`] is refused.
        products: u64,
    },
    /// Read from a file in Shopify's or Magento's product export format.
    Catalog(Catalog),
}

/// A product as the store keeps it. Ids and times are the store's to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockProduct {
    /// Its name.
    pub title: String,
    /// The part of its address that names it: its handle or URL key.
    pub handle: String,
    /// What it is made of.
    pub kind: ProductKind,
    /// The stock-keeping unit of the whole, where it has one besides its variants'.
    pub sku: Option<String>,
    /// The index of the product that it is a choice of, where that is one of its own.
    pub parent: Option<u64>,
    /// Its description, as HTML.
    pub description_html: String,
    /// Its brand or maker.
    pub vendor: String,
    /// The retailer's own word for what it is.
    pub product_type: String,
    /// Whether it is on sale.
    pub status: ProductStatus,
    /// Whether the online store shows it.
    pub published: bool,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it is a gift card.
    pub is_gift_card: bool,
    /// Its place in the vendor's taxonomy.
    pub category: Option<Category>,
    /// Its title for search engines.
    pub seo_title: Option<String>,
    /// Its description for search engines.
    pub seo_description: Option<String>,
    /// The collections or categories it is in.
    pub collections: Vec<StockCollection>,
    /// What its variants differ in, at most [`OPTIONS_MAX`].
    pub options: Vec<StockOption>,
    /// Its variants, at most [`VARIANTS_MAX`].
    pub variants: Vec<StockVariant>,
    /// Its pictures, at most [`IMAGES_MAX`].
    pub images: Vec<StockImage>,
    /// What an app or the retailer added.
    pub metafields: Vec<StockMetafield>,
}

impl StockProduct {
    /// How many of it there are, over all variants that are counted.
    pub fn total_inventory(&self) -> i64 {
        self.variants
            .iter()
            .filter(|variant| variant.tracked)
            .fold(0, |total, variant| total.saturating_add(variant.quantity))
    }
}

/// A place in Shopify's standard product taxonomy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Such as `ap-2-1`.
    pub id: String,
    /// Such as `Animals & Pet Supplies > Pet Supplies`.
    pub full_name: String,
}

/// Something that variants differ in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockOption {
    /// Such as `Size`.
    pub name: String,
    /// Such as `S`, `M`, `L`.
    pub values: Vec<String>,
}

/// One thing that can be bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockVariant {
    /// Its value for each option of the product, in their order.
    pub option_values: Vec<String>,
    /// The retailer's stock-keeping unit.
    pub sku: Option<String>,
    /// Its barcode.
    pub barcode: Option<String>,
    /// What it costs, in the store's currency.
    pub price: Decimal,
    /// What it cost before.
    pub compare_at_price: Option<Decimal>,
    /// What it costs the retailer.
    pub unit_cost: Option<Decimal>,
    /// What one costs from certain quantities on, rising.
    pub tiers: Vec<PriceTier>,
    /// How many there are over all locations; may be below 0 where overselling is allowed.
    pub quantity: i64,
    /// How many there are at each location that has it; together they are the quantity.
    pub stock_at: Vec<StockAt>,
    /// What happens when there are none.
    pub policy: InventoryPolicy,
    /// Whether stock is counted.
    pub tracked: bool,
    /// Whether it is taxed.
    pub taxable: bool,
    /// Whether it must be shipped.
    pub requires_shipping: bool,
    /// What it weighs.
    pub weight: Option<StockWeight>,
    /// Which of the product's pictures shows it, from 0.
    pub image: Option<usize>,
}

impl StockVariant {
    /// Its name: the values of its options.
    pub fn title(&self) -> String {
        self.option_values.join(" / ")
    }
}

/// What happens when a variant is sold out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InventoryPolicy {
    /// It can't be bought.
    Deny,
    /// It can be bought all the same.
    Continue,
}

impl InventoryPolicy {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "DENY",
            Self::Continue => "CONTINUE",
        }
    }
}

/// A weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockWeight {
    /// In the unit beside it.
    pub value: Decimal,
    /// The unit.
    pub unit: WeightUnit,
}

/// A unit of weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightUnit {
    /// Grams.
    Grams,
    /// Kilograms.
    Kilograms,
    /// Ounces.
    Ounces,
    /// Pounds.
    Pounds,
}

impl WeightUnit {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Grams => "GRAMS",
            Self::Kilograms => "KILOGRAMS",
            Self::Ounces => "OUNCES",
            Self::Pounds => "POUNDS",
        }
    }

    /// How many grams one of it is.
    pub(crate) const fn grams(self) -> Decimal {
        match self {
            Self::Grams => Decimal::ONE,
            Self::Kilograms => Decimal::ONE_THOUSAND,
            Self::Ounces => Decimal::from_parts(2_579_719_349, 6, 0, false, 9),
            Self::Pounds => Decimal::from_parts(45_359_237, 0, 0, false, 5),
        }
    }
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockImage {
    /// Where it is.
    pub url: String,
    /// What it shows.
    pub alt: Option<String>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// How far the vendor is with it.
    pub status: ImageStatus,
}

/// How far the vendor is with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageStatus {
    /// It can be shown.
    Ready,
    /// It has no address yet.
    Processing,
}

impl ImageStatus {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::Processing => "PROCESSING",
        }
    }
}

/// Something that an app or the retailer added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockMetafield {
    /// What keeps equal keys of two apps apart.
    pub namespace: String,
    /// Its name.
    pub key: String,
    /// The vendor's word for its type.
    pub value_type: String,
    /// Its value, as text.
    pub value: String,
}
