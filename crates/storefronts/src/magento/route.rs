//! Addresses below `/rest`
//! (<https://developer.adobe.com/commerce/webapi/rest/quick-reference/>).

use axum::http::Method;
use flyball_domain::Kind;

use super::params::decoded;
use super::problem::Problem;
use super::shop::{VIEW, VIEW_ALL};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Products,
    Product(String),
    Choices(String),
    ConfigurableOptions(String),
    BundleOptions(String),
    Attributes,
    Attribute(String),
    AttributeOptions(String),
    AttributeSets,
    CategoryTree,
    Categories,
    Category(u64),
    CategoryProducts(u64),
    Orders,
    Order(u64),
    OrderComments(u64),
    OrderItems,
    OrderItem(u64),
    Creditmemos,
    Creditmemo(u64),
    Shipments,
    Shipment(u64),
    Invoices,
    Invoice(u64),
    Transactions,
    Transaction(u64),
    SourceItems,
    Sources,
    Source(String),
    StockItem(String),
    StockStatus(String),
    StoreConfigs,
    StoreGroups,
    StoreViews,
    Websites,
    Modules,
}

impl Route {
    /// The route of a path behind `/rest/`. Only reading is possible.
    ///
    /// # Errors
    /// There is none, or a text stands where a number was expected.
    pub(super) fn parse(method: &Method, path: &str) -> Result<Self, Problem> {
        if method != Method::GET {
            return Err(Problem::no_route());
        }
        let steps: Vec<String> =
            path.split('/').filter(|step| !step.is_empty()).map(decoded).collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let steps = match steps.as_slice() {
            [view, rest @ ..] if *view == VIEW || *view == VIEW_ALL => rest,
            all => all,
        };
        let ["V1", steps @ ..] = steps else { return Err(Problem::no_route()) };
        Self::of(steps)
    }

    fn of(steps: &[&str]) -> Result<Self, Problem> {
        let text = |text: &str| text.to_owned();
        Ok(match steps {
            ["products"] => Self::Products,
            ["products", "attributes"] => Self::Attributes,
            ["products", "attributes", code] => Self::Attribute(text(code)),
            ["products", "attributes", code, "options"] => Self::AttributeOptions(text(code)),
            ["products", "attribute-sets", "sets", "list"] => Self::AttributeSets,
            ["products", sku] => Self::Product(text(sku)),
            ["configurable-products", sku, "children"] => Self::Choices(text(sku)),
            ["configurable-products", sku, "options", "all"] => {
                Self::ConfigurableOptions(text(sku))
            }
            ["bundle-products", sku, "options", "all"] => Self::BundleOptions(text(sku)),
            ["categories"] => Self::CategoryTree,
            ["categories", "list"] => Self::Categories,
            ["categories", id] => Self::Category(number(id)?),
            ["categories", id, "products"] => Self::CategoryProducts(number(id)?),
            ["orders"] => Self::Orders,
            ["orders", "items"] => Self::OrderItems,
            ["orders", "items", id] => Self::OrderItem(number(id)?),
            ["orders", id] => Self::Order(number(id)?),
            ["orders", id, "comments"] => Self::OrderComments(number(id)?),
            ["creditmemos"] => Self::Creditmemos,
            ["creditmemo", id] => Self::Creditmemo(number(id)?),
            ["shipments"] => Self::Shipments,
            ["shipment", id] => Self::Shipment(number(id)?),
            ["invoices"] => Self::Invoices,
            ["invoices", id] => Self::Invoice(number(id)?),
            ["transactions"] => Self::Transactions,
            ["transactions", id] => Self::Transaction(number(id)?),
            ["inventory", "source-items"] => Self::SourceItems,
            ["inventory", "sources"] => Self::Sources,
            ["inventory", "sources", code] => Self::Source(text(code)),
            ["stockItems", sku] => Self::StockItem(text(sku)),
            ["stockStatuses", sku] => Self::StockStatus(text(sku)),
            ["store", "storeConfigs"] => Self::StoreConfigs,
            ["store", "storeGroups"] => Self::StoreGroups,
            ["store", "storeViews"] => Self::StoreViews,
            ["store", "websites"] => Self::Websites,
            ["modules"] => Self::Modules,
            // Returns are Adobe Commerce's, and this is the store without them.
            _ => return Err(Problem::no_route()),
        })
    }

    /// Records of which kind it leads to, or parts of such.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self.resource().split_once("::")?.0 {
            "Magento_Catalog" | "Magento_InventoryApi" | "Magento_CatalogInventory" => {
                Some(Kind::Products)
            }
            "Magento_Sales" => Some(Kind::Orders),
            _ => None,
        }
    }

    /// What an integration must have been given to ask for it.
    pub(super) const fn resource(&self) -> &'static str {
        match self {
            Self::Products
            | Self::Product(_)
            | Self::Choices(_)
            | Self::ConfigurableOptions(_)
            | Self::BundleOptions(_) => "Magento_Catalog::products",
            Self::Attributes | Self::Attribute(_) | Self::AttributeOptions(_) => {
                "Magento_Catalog::attributes_attributes"
            }
            Self::AttributeSets => "Magento_Catalog::sets",
            Self::CategoryTree
            | Self::Categories
            | Self::Category(_)
            | Self::CategoryProducts(_) => "Magento_Catalog::categories",
            Self::Orders
            | Self::Order(_)
            | Self::OrderComments(_)
            | Self::OrderItems
            | Self::OrderItem(_) => "Magento_Sales::actions_view",
            Self::Creditmemos | Self::Creditmemo(_) => "Magento_Sales::sales_creditmemo",
            Self::Shipments | Self::Shipment(_) => "Magento_Sales::shipment",
            Self::Invoices | Self::Invoice(_) => "Magento_Sales::sales_invoice",
            Self::Transactions | Self::Transaction(_) => "Magento_Sales::transactions_fetch",
            Self::SourceItems | Self::Sources | Self::Source(_) => "Magento_InventoryApi::source",
            Self::StockItem(_) | Self::StockStatus(_) => {
                "Magento_CatalogInventory::cataloginventory"
            }
            Self::StoreConfigs | Self::StoreGroups | Self::StoreViews | Self::Websites => {
                "Magento_Backend::store"
            }
            Self::Modules => "Magento_Backend::admin",
        }
    }
}

fn number(text: &str) -> Result<u64, Problem> {
    text.parse().map_err(|_no_number| Problem::no_number(None, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(path: &str) -> Result<Route, Problem> {
        Route::parse(&Method::GET, path)
    }

    #[test]
    fn the_store_view_may_stand_before_the_version() {
        for path in ["V1/orders/7", "default/V1/orders/7", "all/V1/orders/7", "V1//orders/7/"] {
            assert_eq!(parse(path), Ok(Route::Order(7)), "{path}");
        }
        for path in ["de/V1/orders/7", "V2/orders", "orders", "", "default/V1/returns"] {
            assert_eq!(parse(path), Err(Problem::no_route()), "{path}");
        }
        assert_eq!(Route::parse(&Method::POST, "V1/orders"), Err(Problem::no_route()));
    }

    #[test]
    fn a_stock_keeping_unit_may_hold_anything_that_is_encoded() {
        let sku = |path: &str| match parse(path) {
            Ok(Route::Product(sku)) => sku,
            other => panic!("{other:?}"),
        };
        assert_eq!(sku("V1/products/SKU%205%2F%C3%A9"), "SKU 5/é");
        assert_eq!(sku("V1/products/sku+9"), "sku+9");
        assert_eq!(sku("V1/products/attributes-of"), "attributes-of");
    }

    #[test]
    fn a_text_in_the_place_of_a_number_is_refused() {
        assert_eq!(parse("V1/orders/abc"), Err(Problem::no_number(None, "abc")));
    }
}
