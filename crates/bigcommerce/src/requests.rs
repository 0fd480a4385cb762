//! Every call that is made, as a value, and how it is asked. Paths and parameters are those of the
//! vendor's OpenAPI documents (<https://github.com/bigcommerce/docs/tree/main/reference>); a test
//! holds them to that.

use std::fmt::Write as _;

use flyball_connector::Call;
use flyball_domain::UnixMillis;

/// What comes with a product. Options and modifiers are left out: they cut a page to 10 products.
const PRODUCT_PARTS: &str =
    "variants,images,custom_fields,bulk_pricing_rules,videos,channels,parent_relations";

/// What comes with an order. The object structure is the one in which addresses and lines are
/// folded in.
const ORDER_PARTS: &str = "include=consignments.line_items,fees&consignment_structure=object";

/// The most of anything that one call gives.
pub(crate) const LIMIT_MAX: u32 = 250;

/// How many of anything a call gives that does not say.
pub(crate) const LIMIT_DEFAULT: u32 = 50;

const MS_PER_S: u64 = 1_000;

/// The records of a kind that a walk goes through, by the time of their last change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    /// From this moment on.
    pub(crate) from: Option<UnixMillis>,
    /// Until this one.
    pub(crate) until: Option<UnixMillis>,
}

/// A stretch of a list in the order of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) window: Window,
    /// Behind this id.
    pub(crate) after: Option<u64>,
    pub(crate) limit: u32,
    /// Which page of `limit` of them, from 1.
    pub(crate) page: u32,
}

/// How much of a record is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All of it.
    Whole,
    /// Its id and time of change, or as little more as the vendor can give.
    Bare,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Store,
    Products { stretch: Stretch, depth: Depth },
    ProductsById { ids: Vec<u64> },
    Metafields { products: Vec<u64>, page: u32 },
    Categories { ids: Vec<u64> },
    Brands { ids: Vec<u64> },
    ProductChildren { child: ProductChild, product: u64, page: u32 },
    Orders { stretch: Stretch, depth: Depth },
    Order { id: u64 },
    Refunds { orders: Vec<u64>, page: u32 },
    OrderChildren { child: OrderChild, order: u64, page: u32 },
}

/// A list of a product that has an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProductChild {
    Variants,
    Images,
    CustomFields,
}

/// A list of an order that has an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderChild {
    Lines,
    Addresses,
    Coupons,
    Taxes,
    Shipments,
    Transactions,
}

/// What an answer of "not found" speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// The store.
    Store,
    /// One record or what belongs to it.
    Record,
}

impl Ask {
    /// What an answer of "not found" or "locked" speaks of.
    pub(crate) const fn level(&self) -> Level {
        match self {
            Self::Store
            | Self::Products { .. }
            | Self::ProductsById { .. }
            | Self::Orders { .. } => Level::Store,
            Self::Metafields { .. }
            | Self::Categories { .. }
            | Self::Brands { .. }
            | Self::ProductChildren { .. }
            | Self::Order { .. }
            | Self::Refunds { .. }
            | Self::OrderChildren { .. } => Level::Record,
        }
    }

    /// Path and query, behind the store's base.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Store => "/v2/store".to_owned(),
            Self::Products { stretch, depth } => products(stretch, *depth),
            Self::ProductsById { ids } => format!(
                "/v3/catalog/products?id:in={}&include={PRODUCT_PARTS}&sort=id&direction=asc\
                 &limit={LIMIT_MAX}",
                list(ids)
            ),
            Self::Metafields { products, page } => format!(
                "/v3/catalog/products/metafields?resource_id:in={}&limit={LIMIT_MAX}&page={page}",
                list(products)
            ),
            Self::Categories { ids } => names("categories", ids),
            Self::Brands { ids } => names("brands", ids),
            Self::ProductChildren { child, product, page } => {
                let child = match child {
                    ProductChild::Variants => "variants",
                    ProductChild::Images => "images",
                    ProductChild::CustomFields => "custom-fields",
                };
                format!("/v3/catalog/products/{product}/{child}?limit={LIMIT_MAX}&page={page}")
            }
            Self::Orders { stretch, depth } => orders(stretch, *depth),
            Self::Order { id } => format!("/v2/orders/{id}?{ORDER_PARTS}"),
            Self::Refunds { orders, page } => format!(
                "/v3/orders/payment_actions/refunds?order_id:in={}&limit={LIMIT_MAX}&page={page}",
                list(orders)
            ),
            Self::OrderChildren { child, order, page } => order_children(*child, *order, *page),
        }
    }

    /// The call.
    pub(crate) fn call(&self) -> Call {
        let mut request = http::Request::new(Vec::new());
        // Nothing but digits, times and words of ours goes into a path.
        *request.uri_mut() = self.path().parse().unwrap_or_default();
        let json = http::HeaderValue::from_static("application/json");
        request.headers_mut().insert(http::header::ACCEPT, json);
        Call::to_store(request)
    }
}

fn products(stretch: &Stretch, depth: Depth) -> String {
    let fields = match depth {
        Depth::Whole => format!("include={PRODUCT_PARTS}"),
        Depth::Bare => "include_fields=date_modified".to_owned(),
    };
    let Stretch { window, after, limit, page } = stretch;
    let mut path =
        format!("/v3/catalog/products?{fields}&sort=id&direction=asc&limit={limit}&page={page}");
    if let Some(after) = after {
        _ = write!(path, "&id:greater={after}");
    }
    if let Some(from) = window.from {
        _ = write!(path, "&date_modified:min={}", second_before(from));
    }
    if let Some(until) = window.until {
        _ = write!(path, "&date_modified:max={}", second_after(until));
    }
    path
}

fn orders(stretch: &Stretch, depth: Depth) -> String {
    let Stretch { window, after, limit, page } = stretch;
    let mut path = format!("/v2/orders?sort=id:asc&limit={limit}&page={page}");
    if depth == Depth::Whole {
        _ = write!(path, "&{ORDER_PARTS}");
    }
    if let Some(after) = after {
        _ = write!(path, "&min_id={}", after.saturating_add(1));
    }
    if let Some(from) = window.from {
        _ = write!(path, "&min_date_modified={}", second_before(from));
    }
    if let Some(until) = window.until {
        _ = write!(path, "&max_date_modified={}", second_after(until));
    }
    path
}

fn order_children(child: OrderChild, order: u64, page: u32) -> String {
    let paged = format!("limit={LIMIT_MAX}&page={page}");
    match child {
        OrderChild::Lines => format!("/v2/orders/{order}/products?{paged}"),
        OrderChild::Addresses => format!("/v2/orders/{order}/shipping_addresses?{paged}"),
        OrderChild::Coupons => format!("/v2/orders/{order}/coupons?{paged}"),
        OrderChild::Taxes => format!("/v2/orders/{order}/taxes?details=true&{paged}"),
        OrderChild::Shipments => format!("/v2/orders/{order}/shipments?{paged}"),
        // The one list here that has no pages.
        OrderChild::Transactions => format!("/v3/orders/{order}/transactions"),
    }
}

fn names(what: &str, ids: &[u64]) -> String {
    format!("/v3/catalog/{what}?id:in={}&include_fields=name&limit={LIMIT_MAX}", list(ids))
}

fn list(ids: &[u64]) -> String {
    let texts: Vec<String> = ids.iter().map(u64::to_string).collect();
    texts.join(",")
}

/// To the whole second and always with hours, minutes and seconds: where they are missing, the
/// vendor puts in the time of day of the call. The span is widened to whole seconds, because that
/// is what the vendor counts in: a row too many harms nobody and a row too few is lost.
fn second_before(at: UnixMillis) -> String {
    UnixMillis(at.0.div_euclid(MS_PER_S).saturating_mul(MS_PER_S)).to_rfc3339()
}

fn second_after(at: UnixMillis) -> String {
    UnixMillis(at.0.div_ceil(MS_PER_S).saturating_mul(MS_PER_S)).to_rfc3339()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(window: Window) -> Stretch {
        Stretch { window, after: Some(7), limit: 250, page: 1 }
    }

    #[test]
    fn a_window_is_widened_to_whole_seconds_and_always_has_them() {
        let at = |text| Some(UnixMillis::parse_rfc3339(text).unwrap());
        let window =
            Window { from: at("2026-11-01T00:00:00.900Z"), until: at("2026-11-22T09:30:00.001Z") };
        let products = Ask::Products { stretch: stretch(window), depth: Depth::Whole }.path();
        assert!(products.contains("&date_modified:min=2026-11-01T00:00:00Z"), "{products}");
        assert!(products.contains("&date_modified:max=2026-11-22T09:30:01Z"), "{products}");
        let orders = Ask::Orders { stretch: stretch(window), depth: Depth::Whole }.path();
        assert!(orders.contains("&min_date_modified=2026-11-01T00:00:00Z"), "{orders}");
        assert!(orders.contains("&max_date_modified=2026-11-22T09:30:01Z"), "{orders}");
    }

    #[test]
    fn what_lies_behind_an_id_is_asked_for_in_the_words_of_either_version() {
        let stretch = stretch(Window::default());
        let products = Ask::Products { stretch, depth: Depth::Bare }.path();
        assert!(products.ends_with("&id:greater=7"), "{products}");
        let orders = Ask::Orders { stretch, depth: Depth::Bare }.path();
        assert!(orders.ends_with("&min_id=8"), "{orders}");
    }

    #[test]
    fn the_longest_call_is_a_call() {
        let ids: Vec<u64> = (0..u64::from(LIMIT_MAX)).map(|n| u64::MAX - n).collect();
        let ask = Ask::ProductsById { ids };
        assert_eq!(ask.call().request.uri().to_string(), ask.path());
    }
}
