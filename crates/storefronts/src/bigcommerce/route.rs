//! What an address leads to.

use flyball_domain::Kind;

use super::problem::Version;

/// A part of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Store,
    Time,
    Products,
    Product(u64),
    ProductPart(u64, ProductPart),
    Variants,
    ProductMetafields,
    Categories,
    Brands,
    Orders,
    OrdersCount,
    Order(u64),
    OrderPart(u64, OrderPart),
    OrderLine(u64, u64),
    Statuses,
    Status(u64),
    Transactions(u64),
    Refunds,
    RefundsOf(u64),
    OrderMetafields,
    OrderMetafieldsOf(u64),
}

impl Route {
    /// Records of which kind it leads to, or parts of such.
    pub(super) const fn kind(self) -> Option<Kind> {
        match self {
            Self::Products
            | Self::Product(_)
            | Self::ProductPart(..)
            | Self::Variants
            | Self::ProductMetafields
            | Self::Categories
            | Self::Brands => Some(Kind::Products),
            Self::Orders
            | Self::OrdersCount
            | Self::Order(_)
            | Self::OrderPart(..)
            | Self::OrderLine(..)
            | Self::Statuses
            | Self::Status(_)
            | Self::Transactions(_)
            | Self::Refunds
            | Self::RefundsOf(_)
            | Self::OrderMetafields
            | Self::OrderMetafieldsOf(_) => Some(Kind::Orders),
            Self::Store | Self::Time => None,
        }
    }
}

/// A list below a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProductPart {
    BulkPricingRules,
    CustomFields,
    Images,
    Metafields,
    Modifiers,
    Options,
    Reviews,
    Variants,
    Videos,
}

/// A list below an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrderPart {
    Consignments,
    Coupons,
    Fees,
    Messages,
    Products,
    Shipments,
    ShippingAddresses,
    ShippingQuotes,
    Taxes,
}

/// The generation of an address: everything that is not v2 speaks like v3.
pub(super) fn version(path: &str) -> Version {
    match rest(path) {
        Some((_, "v2", _)) => Version::V2,
        Some(_) | None => Version::V3,
    }
}

/// What an address of a store leads to, and the part of it that names the store.
pub(super) fn route(path: &str) -> Option<(&str, Route)> {
    let (hash, version, path) = rest(path)?;
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let route = match version {
        "v2" => v2(&parts),
        "v3" => v3(&parts),
        _ => None,
    };
    Some((hash, route?))
}

/// The store, the generation and what comes behind them.
fn rest(path: &str) -> Option<(&str, &str, &str)> {
    let (hash, rest) = path.strip_prefix("/stores/")?.split_once('/')?;
    let (version, rest) = rest.split_once('/').unwrap_or((rest, ""));
    Some((hash, version, rest))
}

fn v2(parts: &[&str]) -> Option<Route> {
    Some(match parts {
        ["store"] => Route::Store,
        ["time"] => Route::Time,
        ["orders"] => Route::Orders,
        ["orders", "count"] => Route::OrdersCount,
        ["orders", id] => Route::Order(id.parse().ok()?),
        ["orders", id, part] => Route::OrderPart(id.parse().ok()?, order_part(part)?),
        ["orders", id, "products", line] => Route::OrderLine(id.parse().ok()?, line.parse().ok()?),
        ["orders", id, "shipping_addresses", _, "shipping_quotes"]
        | ["orders", id, "consignments", "shipping", _, "shipping_quotes"] => {
            Route::OrderPart(id.parse().ok()?, OrderPart::ShippingQuotes)
        }
        ["order_statuses"] => Route::Statuses,
        ["order_statuses", id] => Route::Status(id.parse().ok()?),
        _ => return None,
    })
}

fn v3(parts: &[&str]) -> Option<Route> {
    Some(match parts {
        ["catalog", "products"] => Route::Products,
        ["catalog", "products", "metafields"] => Route::ProductMetafields,
        ["catalog", "products", id] => Route::Product(id.parse().ok()?),
        ["catalog", "products", id, part] => {
            Route::ProductPart(id.parse().ok()?, product_part(part)?)
        }
        ["catalog", "variants"] => Route::Variants,
        ["catalog", "categories"] => Route::Categories,
        ["catalog", "brands"] => Route::Brands,
        ["orders", "metafields"] => Route::OrderMetafields,
        ["orders", "payment_actions", "refunds"] => Route::Refunds,
        ["orders", id, "metafields"] => Route::OrderMetafieldsOf(id.parse().ok()?),
        ["orders", id, "transactions"] => Route::Transactions(id.parse().ok()?),
        ["orders", id, "payment_actions", "refunds"] => Route::RefundsOf(id.parse().ok()?),
        _ => return None,
    })
}

fn product_part(part: &str) -> Option<ProductPart> {
    Some(match part {
        "bulk-pricing-rules" => ProductPart::BulkPricingRules,
        "custom-fields" => ProductPart::CustomFields,
        "images" => ProductPart::Images,
        "metafields" => ProductPart::Metafields,
        "modifiers" => ProductPart::Modifiers,
        "options" => ProductPart::Options,
        "reviews" => ProductPart::Reviews,
        "variants" => ProductPart::Variants,
        "videos" => ProductPart::Videos,
        _ => return None,
    })
}

fn order_part(part: &str) -> Option<OrderPart> {
    Some(match part {
        "consignments" => OrderPart::Consignments,
        "coupons" => OrderPart::Coupons,
        "fees" => OrderPart::Fees,
        "messages" => OrderPart::Messages,
        "products" => OrderPart::Products,
        "shipments" => OrderPart::Shipments,
        "shipping_addresses" | "shippingaddresses" => OrderPart::ShippingAddresses,
        "taxes" => OrderPart::Taxes,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_leads_to_one_store_and_one_list() {
        for (path, expected) in [
            ("/stores/a1/v2/orders", Some(("a1", Route::Orders))),
            ("/stores/a1/v2/orders/count", Some(("a1", Route::OrdersCount))),
            ("/stores/a1/v2/orders/100", Some(("a1", Route::Order(100)))),
            (
                "/stores/a1/v2/orders/100/products",
                Some(("a1", Route::OrderPart(100, OrderPart::Products))),
            ),
            ("/stores/a1/v3/catalog/products/", Some(("a1", Route::Products))),
            ("/stores/a1/v3/orders/payment_actions/refunds", Some(("a1", Route::Refunds))),
            ("/stores/a1/v3/catalog/products/metafields", Some(("a1", Route::ProductMetafields))),
            ("/stores/a1/v3/catalog/products/x", None),
            ("/stores/a1/v3/orders", None),
            ("/stores/a1/v4/orders", None),
            ("/v2/orders", None),
        ] {
            assert_eq!(route(path), expected, "{path}");
        }
        assert_eq!(version("/stores/a1/v2/none"), Version::V2);
        assert_eq!(version("/"), Version::V3);
    }

    proptest! {
        #[test]
        fn no_address_makes_the_parser_panic(path in "(/\\PC{0,8}){0,6}") {
            prop_assert!(route(&path).is_none_or(|(hash, _)| hash.len() < path.len()));
            prop_assert!(matches!(version(&path), Version::V2 | Version::V3));
        }
    }
}
