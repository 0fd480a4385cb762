//! How many there are: by location from the answer for source items, or all in all from the
//! product's own stock item.

use std::collections::HashMap;

use flyball_connector::decode::decimal;
use flyball_connector::json::Raw;
use flyball_domain::{Field, StockLevel, Variant};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ProductDraft;
use super::object::Object;

/// What a product's own stock item says.
#[derive(Debug, Default)]
pub(super) struct OwnStock {
    pub(super) quantity: Field<i64>,
    pub(super) tracked: Field<bool>,
}

/// Takes a product's own stock item. What has no place stays in `extra`.
pub(super) fn stock_item(extension: &mut Object<'_>, extra: &mut Map<String, Value>) -> OwnStock {
    let mut item = match extension.object("stock_item") {
        Field::Absent => return OwnStock::default(),
        Field::Null => return OwnStock { quantity: Field::Null, tracked: Field::Absent },
        Field::Value(item) => item,
    };
    let stock = OwnStock { quantity: item.whole("qty"), tracked: item.flag("manage_stock") };
    item.rest_into(extra, "stock_item");
    stock
}

/// How many of a SKU there are at a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SourceItem {
    pub(crate) sku: String,
    level: StockLevel,
    /// As a decimal in text.
    quantity: Option<String>,
}

/// Reads one of the answer's source items; `None` where it is none.
pub(crate) fn source_item(raw: Raw<'_>) -> Option<SourceItem> {
    let mut item = Object::of(raw)?;
    let sku = item.text("sku").value()?.clone();
    let location_id = item.vendor_id("source_code").value()?.clone();
    let quantity = item.peek("quantity");
    let quantity = quantity.value().and_then(|raw| super::amount(*raw, "quantity").ok());
    let quantity = quantity.map(|quantity| quantity.to_string());
    // A quantity that isn't whole stays as it was written.
    let available = item.whole("quantity");
    let extra = item.rest();
    let level = StockLevel { location_id, location: Field::Absent, available, extra };
    Some(SourceItem { sku, level, quantity })
}

/// What was found of a page's SKUs. A store compares them without regard to case.
#[derive(Debug)]
pub(crate) struct Stock(HashMap<String, Vec<SourceItem>>);

impl Stock {
    pub(crate) fn new(items: Vec<SourceItem>) -> Self {
        let mut by_sku: HashMap<String, Vec<SourceItem>> = HashMap::new();
        for item in items {
            by_sku.entry(item.sku.to_lowercase()).or_default().push(item);
        }
        Self(by_sku)
    }

    /// Puts what was found of a product's SKU into its variant. A SKU without any source items, such
    /// as a configurable product's, keeps what its own stock item said.
    pub(crate) fn put(&self, draft: &mut ProductDraft) {
        let Field::Value(variants) = &mut draft.product.variants else { return };
        for variant in variants {
            let sku = variant.sku.value().map(|sku| sku.to_lowercase());
            if let Some(items) = sku.and_then(|sku| self.0.get(&sku)) {
                put(variant, items);
            }
        }
    }
}

fn put(variant: &mut Variant, items: &[SourceItem]) {
    let quantity = |item: &SourceItem| item.quantity.as_deref().and_then(decimal);
    let sum = items.iter().try_fold(Decimal::ZERO, |sum, item| sum.checked_add(quantity(item)?));
    if let Some(sum) = sum.filter(Decimal::is_integer) {
        variant.stock = sum.to_i64().map_or(Field::Absent, Field::Value);
    }
    variant.stock_levels = Field::Value(items.iter().map(|item| item.level.clone()).collect());
}
