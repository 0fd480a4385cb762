//! The texts of all queries, put together from `queries/` when this crate is compiled.

use flyball_domain::Kind;

use super::List;

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../queries/", $name, ".graphql"))
    };
}

macro_rules! fragments {
    ($($name:literal),+) => {
        concat!($(include_str!(concat!("../../queries/fragments/", $name, ".graphql"))),+)
    };
}

macro_rules! variant {
    () => {
        fragments!("variant", "variant_own", "level")
    };
}
macro_rules! product {
    () => {
        concat!(
            fragments!("product", "product_own", "media", "metafield", "collection"),
            variant!()
        )
    };
}
macro_rules! line {
    () => {
        fragments!("line", "allocation", "tax", "bag")
    };
}
macro_rules! shipping_line {
    () => {
        fragments!("shipping_line", "allocation", "tax", "bag")
    };
}
macro_rules! refund {
    () => {
        fragments!("refund", "refund_line", "refund_shipping", "adjustment", "bag")
    };
}
macro_rules! order {
    () => {
        concat!(
            fragments!("order", "order_own", "address", "transaction", "shipping_line", "discount"),
            fragments!("metafield", "fulfillment", "fulfillment_line"),
            line!(),
            fragments!("refund", "refund_line", "refund_shipping", "adjustment")
        )
    };
}

/// The rest of a list, page by page, by the id of what it belongs to.
macro_rules! more {
    ($on:literal, $field:literal, $node:literal, $fragments:expr) => {
        more!($on, $field, $node, "", $fragments)
    };
    ($on:literal, $field:literal, $node:literal, $variables:literal, $fragments:expr) => {
        concat!(
            "query More($id: ID!, $first: Int!, $after: String",
            $variables,
            ") {\n  node(id: $id) {\n    ... on ",
            $on,
            " {\n      list: ",
            $field,
            "(first: $first, after: $after) {\n",
            "        pageInfo { hasNextPage endCursor }\n        nodes { ...",
            $node,
            " }\n      }\n    }\n  }\n}\n",
            $fragments
        )
    };
}

/// The whole of a list that has no pages, by the id of its order.
macro_rules! whole {
    ($field:literal, $node:literal, $fragments:expr) => {
        concat!(
            "query Whole($id: ID!, $first: Int!) {\n  node(id: $id) {\n    ... on Order {\n",
            "      list: ",
            $field,
            "(first: $first) { ...",
            $node,
            " }\n    }\n  }\n}\n",
            $fragments
        )
    };
}

/// What one kind of records is asked by.
pub(super) struct Texts {
    /// A page, with everything of each record.
    pub(super) page: &'static str,
    /// Some records by their ids.
    pub(super) by_id: &'static str,
    /// A page of ids and times of change.
    pub(super) listed: &'static str,
    /// How many there are.
    pub(super) count: &'static str,
    /// All of them in a file; not valid before [`super::bulk`] has put it together.
    pub(super) bulk: &'static str,
    /// The fragments that the query for a file is put together from.
    pub(super) bulk_fragments: &'static str,
    /// A page of what the file can't hold.
    pub(super) beside_bulk: &'static str,
}

static PRODUCTS: Texts = Texts {
    page: concat!(file!("products"), product!()),
    by_id: concat!(file!("products_by_id"), product!()),
    listed: file!("products_listed"),
    count: file!("products_count"),
    bulk: file!("products_bulk"),
    bulk_fragments: fragments!("product_own", "variant_own", "level", "media", "metafield"),
    beside_bulk: concat!(file!("products_beside_bulk"), fragments!("collection")),
};

static ORDERS: Texts = Texts {
    page: concat!(file!("orders"), order!()),
    by_id: concat!(file!("orders_by_id"), order!()),
    listed: file!("orders_listed"),
    count: file!("orders_count"),
    bulk: file!("orders_bulk"),
    bulk_fragments: concat!(
        fragments!("order_own", "address", "transaction", "shipping_line", "discount", "metafield"),
        line!()
    ),
    beside_bulk: concat!(
        file!("orders_beside_bulk"),
        fragments!("fulfillment", "fulfillment_line"),
        refund!()
    ),
};

/// What records of a kind are asked by.
pub(super) const fn texts(kind: Kind) -> &'static Texts {
    match kind {
        Kind::Products => &PRODUCTS,
        Kind::Orders => &ORDERS,
    }
}

pub(super) const BULK_RUN: &str = file!("bulk_run");
pub(super) const BUDGET: &str = file!("budget");
pub(super) const BULK_POLL: &str = file!("bulk_poll");

/// The query for the rest of a list.
pub(super) const fn more(list: List) -> &'static str {
    match list {
        List::Variants => {
            more!("Product", "variants", "VariantFields", ", $levels: Int!", variant!())
        }
        List::Media => more!("Product", "media", "MediaFields", fragments!("media")),
        List::ProductMetafields => {
            more!("Product", "metafields", "MetafieldFields", fragments!("metafield"))
        }
        List::OrderMetafields => {
            more!("Order", "metafields", "MetafieldFields", fragments!("metafield"))
        }
        List::Collections => {
            more!("Product", "collections", "CollectionFields", fragments!("collection"))
        }
        List::Levels => {
            more!("InventoryItem", "inventoryLevels", "LevelFields", fragments!("level"))
        }
        List::Lines => more!("Order", "lineItems", "LineFields", line!()),
        List::ShippingLines => {
            more!("Order", "shippingLines", "ShippingLineFields", shipping_line!())
        }
        List::Discounts => {
            more!("Order", "discountApplications", "DiscountFields", fragments!("discount"))
        }
        List::Transactions => {
            whole!("transactions", "TransactionFields", fragments!("transaction", "bag"))
        }
        List::Fulfillments => whole!(
            "fulfillments",
            "FulfillmentFields",
            fragments!("fulfillment", "fulfillment_line")
        ),
        List::FulfillmentLines => more!(
            "Fulfillment",
            "fulfillmentLineItems",
            "FulfillmentLineFields",
            fragments!("fulfillment_line")
        ),
        List::Refunds => whole!("refunds", "RefundFields", refund!()),
        List::RefundLines => {
            more!("Refund", "refundLineItems", "RefundLineFields", fragments!("refund_line", "bag"))
        }
        List::RefundShipping => more!(
            "Refund",
            "refundShippingLines",
            "RefundShippingFields",
            fragments!("refund_shipping", "bag")
        ),
        List::Adjustments => {
            more!("Refund", "orderAdjustments", "AdjustmentFields", fragments!("adjustment", "bag"))
        }
        List::Returns => {
            more!("Order", "returns", "ReturnFields", fragments!("return", "return_line"))
        }
        List::ReturnLines => {
            more!("Return", "returnLineItems", "ReturnLineFields", fragments!("return_line"))
        }
    }
}
