//! What is compared.

use crate::contender::Contender::{self, Airbyte, Ours, TapBigCommerce, TapShopify};

/// One stream of one store.
#[derive(Debug)]
pub(crate) struct Row {
    /// By which it is asked for.
    pub(crate) name: &'static str,
    /// The store, as `flyball storefront` is told.
    pub(crate) store: &'static str,
    /// What is imported.
    pub(crate) stream: &'static str,
    /// How many of these the store has for whoever asks.
    pub(crate) records: u64,
    /// Who imports.
    pub(crate) contenders: &'static [Contender],
}

/// All of them. Where a store has limits, they are above what anybody here needs.
pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "shopify-products",
        store: "shopify --plan enterprise --products 50000",
        stream: "products",
        records: 50_000,
        contenders: &[Ours, Airbyte, TapShopify],
    },
    Row {
        name: "shopify-orders",
        store: "shopify --plan enterprise --products 1000 --orders 20000",
        stream: "orders",
        records: 20_000,
        contenders: &[Ours, Airbyte, TapShopify],
    },
    Row {
        name: "bigcommerce-products",
        store: "bigcommerce --quota 100000 --products 50000",
        stream: "products",
        records: 50_000,
        contenders: &[Ours, TapBigCommerce],
    },
    Row {
        name: "bigcommerce-orders",
        store: "bigcommerce --quota 100000 --products 1000 --orders 2000",
        stream: "orders",
        records: 2_000,
        contenders: &[Ours, TapBigCommerce],
    },
    Row {
        name: "magento-products",
        store: "magento --products 50000",
        stream: "products",
        records: 50_000,
        contenders: &[Ours],
    },
    Row {
        name: "shopify-throttled",
        store: "shopify --plan enterprise --products 10000 --dial throttled@every=10",
        stream: "products",
        records: 10_000,
        contenders: &[Ours, TapShopify],
    },
    Row {
        name: "shopify-1e3",
        store: "shopify --plan enterprise --products 1000",
        stream: "products",
        records: 1_000,
        contenders: &[Ours],
    },
    Row {
        name: "shopify-1e4",
        store: "shopify --plan enterprise --products 10000",
        stream: "products",
        records: 10_000,
        contenders: &[Ours],
    },
    Row {
        name: "shopify-1e5",
        store: "shopify --plan enterprise --products 100000",
        stream: "products",
        records: 100_000,
        contenders: &[Ours],
    },
    Row {
        name: "orders-401",
        store: "shopify --plan enterprise --products 10 --orders 100 --dial status=401",
        stream: "orders",
        records: 100,
        contenders: &[Ours, TapShopify],
    },
    Row {
        name: "orders-402",
        store: "shopify --plan enterprise --products 10 --orders 100 --dial status=402",
        stream: "orders",
        records: 100,
        contenders: &[Ours, TapShopify],
    },
    Row {
        name: "orders-403",
        store: "shopify --plan enterprise --products 10 --orders 100 --dial status=403",
        stream: "orders",
        records: 100,
        contenders: &[Ours, TapShopify],
    },
    Row {
        name: "orders-404",
        store: "shopify --plan enterprise --products 10 --orders 100 --dial status=404",
        stream: "orders",
        records: 100,
        contenders: &[Ours, TapShopify],
    },
];
