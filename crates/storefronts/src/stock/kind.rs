use rust_decimal::Decimal;

/// What a product is made of. Vendors that have no such thing show it as a simple one.
///
/// Other products are named by their index, which is their place in the order of making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProductKind {
    /// One thing, or variants inside the product.
    Simple,
    /// A choice among products of their own, one for each of its variants, in their order.
    Configurable {
        /// Their indexes.
        children: Vec<u64>,
    },
    /// Several products sold as one.
    Bundle {
        /// What it consists of.
        parts: Vec<BundlePart>,
    },
    /// Several products shown as one, each sold on its own.
    Grouped {
        /// The products.
        members: Vec<StockComponent>,
    },
    /// Nothing that could be shipped.
    Virtual,
    /// Files.
    Downloadable {
        /// The files.
        links: Vec<DownloadLink>,
    },
}

/// A part of a bundle: a choice among products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundlePart {
    /// What it is called.
    pub title: String,
    /// Whether something must be chosen.
    pub required: bool,
    /// What may be chosen.
    pub choices: Vec<StockComponent>,
}

/// A product that another is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockComponent {
    /// Its index.
    pub product: u64,
    /// How many.
    pub quantity: u32,
}

/// A file that is sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadLink {
    /// What it is called.
    pub title: String,
    /// Where it is.
    pub url: String,
    /// What it costs on top.
    pub price: Decimal,
}

/// A collection or category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockCollection {
    /// Its number, equal for equal paths.
    pub number: u64,
    /// The path to it, with `/` between its parts, such as `Gear/Bags`.
    pub path: String,
}

impl StockCollection {
    /// Its name: the last part of its path.
    pub fn title(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// How many of a variant there are at one of the store's [`LOCATIONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockAt {
    /// The place among the locations, from 0.
    pub location: usize,
    /// How many can be sold.
    pub available: i64,
}

/// What one costs from a quantity on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceTier {
    /// From how many on.
    pub quantity: u32,
    /// What one costs then.
    pub price: Decimal,
}

/// Where a store keeps its stock.
pub const LOCATIONS: [&str; 3] = ["Main Warehouse", "High Street Shop", "Returns Depot"];
