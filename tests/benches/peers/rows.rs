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
    /// The pace of a store whose bucket is emptied now and then.
    pub(crate) drained: Option<Drained>,
}

/// A bucket that other apps empty before each n-th call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drained {
    /// Which.
    pub(crate) every: u64,
    /// What flows in, in points a second.
    pub(crate) restore_points: u64,
}

impl Drained {
    /// The least that calls which cost so much can take, in milliseconds: those before the bucket was
    /// emptied for the first time had what they cost at once, and the others what flowed in.
    pub(crate) fn least_ms(self, calls: u64, spent_points: u64) -> u64 {
        let later = calls.saturating_sub(self.every.saturating_sub(1));
        spent_points.saturating_mul(later).saturating_mul(1_000)
            / calls.max(1).saturating_mul(self.restore_points)
    }
}

/// All of them. Where a store has limits, they are above what anybody here needs.
pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "shopify-products",
        store: "shopify --plan enterprise --products 50000",
        stream: "products",
        records: 50_000,
        contenders: &[Ours, Airbyte, TapShopify],
        drained: None,
    },
    Row {
        name: "shopify-orders",
        store: "shopify --plan enterprise --products 1000 --orders 20000",
        stream: "orders",
        records: 20_000,
        contenders: &[Ours, Airbyte, TapShopify],
        drained: None,
    },
    Row {
        name: "bigcommerce-products",
        store: "bigcommerce --quota 100000 --products 50000",
        stream: "products",
        records: 50_000,
        contenders: &[Ours, TapBigCommerce],
        drained: None,
    },
    Row {
        name: "bigcommerce-orders",
        store: "bigcommerce --quota 100000 --products 1000 --orders 2000",
        stream: "orders",
        records: 2_000,
        contenders: &[Ours, TapBigCommerce],
        drained: None,
    },
    Row {
        name: "magento-products",
        store: "magento --products 50000",
        stream: "products",
        records: 50_000,
        contenders: &[Ours],
        drained: None,
    },
    Row {
        name: "shopify-throttled",
        store: "shopify --plan enterprise --products 10000 --dial throttled@every=10",
        stream: "products",
        records: 10_000,
        contenders: &[Ours, TapShopify],
        drained: Some(Drained { every: 10, restore_points: 2_000 }),
    },
    Row {
        name: "shopify-1e3",
        store: "shopify --plan enterprise --products 1000",
        stream: "products",
        records: 1_000,
        contenders: &[Ours],
        drained: None,
    },
    Row {
        name: "shopify-1e4",
        store: "shopify --plan enterprise --products 10000",
        stream: "products",
        records: 10_000,
        contenders: &[Ours],
        drained: None,
    },
    Row {
        name: "shopify-1e5",
        store: "shopify --plan enterprise --products 100000",
        stream: "products",
        records: 100_000,
        contenders: &[Ours],
        drained: None,
    },
    Row {
        name: "shopify-1e6",
        store: "shopify --plan enterprise --products 1000000",
        stream: "products",
        records: 1_000_000,
        contenders: &[Ours],
        drained: None,
    },
    Row {
        name: "orders-answered",
        store: "shopify --plan enterprise --products 10 --orders 100",
        stream: "orders",
        records: 100,
        contenders: &[Ours, Airbyte, TapShopify],
        drained: None,
    },
    Row {
        name: "orders-401",
        store: "shopify --plan enterprise --products 10 --orders 100 --dial orders/status=401",
        stream: "orders",
        records: 100,
        contenders: &[Ours, Airbyte, TapShopify],
        drained: None,
    },
    Row {
        name: "orders-402",
        store: "shopify --plan enterprise --products 10 --orders 100 --dial orders/status=402",
        stream: "orders",
        records: 100,
        contenders: &[Ours, Airbyte, TapShopify],
        drained: None,
    },
    Row {
        name: "orders-403",
        store: "shopify --plan enterprise --products 10 --orders 100 --dial orders/status=403",
        stream: "orders",
        records: 100,
        contenders: &[Ours, Airbyte, TapShopify],
        drained: None,
    },
    Row {
        name: "orders-404",
        store: "shopify --plan enterprise --products 10 --orders 100 --dial orders/status=404",
        stream: "orders",
        records: 100,
        contenders: &[Ours, Airbyte, TapShopify],
        drained: None,
    },
];
