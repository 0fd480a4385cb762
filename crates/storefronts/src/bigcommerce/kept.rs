//! What a BigCommerce store keeps of a product: where the vendor has no such thing, the nearest.

use flyball_domain::ProductStatus;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::stock::{
    PriceTier, ProductKind, StockMetafield, StockOption, StockProduct, StockVariant,
};

/// The most variants of a product
/// (<https://support.bigcommerce.com/s/article/Platform-Limits>, "SKUs per product").
pub(super) const VARIANTS_MAX: usize = 600;
/// The most custom fields of a product (`products_catalog.v3.yml`, `custom_fields`).
pub(super) const CUSTOM_FIELDS_MAX: usize = 200;
/// The most characters of a custom field's name or value, likewise.
const CUSTOM_FIELD_CHARS_MAX: usize = 250;
/// The namespace whose metafields are custom fields here.
const CUSTOM: &str = "custom";
/// The digits behind the point that a weight is kept to.
const WEIGHT_DIGITS: u32 = 4;
/// The tax class of what is not taxed.
const UNTAXED: u64 = 1;

/// The unit of every weight, as `/v2/store` names it.
pub(super) const WEIGHT_UNITS: &str = "Grams";

/// The prices of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prices {
    pub(super) price: Decimal,
    /// What it is sold at instead, where that is less.
    pub(super) sale: Option<Decimal>,
    /// What others ask for it.
    pub(super) retail: Option<Decimal>,
    pub(super) cost: Option<Decimal>,
}

impl Prices {
    /// What it cost before is its price beside a sale price for every other product, by `index`,
    /// and its retail price for the rest: retailers do either.
    pub(super) fn of(index: u64, variant: &StockVariant) -> Self {
        let (own, cost) = (variant.price, variant.unit_cost);
        let before = variant.compare_at_price.filter(|before| *before > own);
        match before {
            Some(before) if index.is_multiple_of(2) => {
                Self { price: before, sale: Some(own), retail: None, cost }
            }
            before => Self { price: own, sale: None, retail: before, cost },
        }
    }

    /// What a buyer pays.
    pub(super) fn calculated(self) -> Decimal {
        self.sale.unwrap_or(self.price)
    }
}

/// Whether its variants differ in something; otherwise it has one, which is the product itself.
pub(super) fn is_complex(product: &StockProduct) -> bool {
    let is_default = |option: &StockOption| {
        option.name == "Title" && option.values.iter().all(|value| value == "Default Title")
    };
    !product.options.is_empty() && !product.options.iter().all(is_default)
}

/// What its variants differ in.
pub(super) fn options(product: &StockProduct) -> &[StockOption] {
    if is_complex(product) { &product.options } else { &[] }
}

/// Its variants, as far as the vendor can hold them.
pub(super) fn variants(product: &StockProduct) -> &[StockVariant] {
    product.variants.get(..VARIANTS_MAX).unwrap_or(&product.variants)
}

/// The variant whose prices, weight and codes are the product's own.
pub(super) fn base(product: &StockProduct) -> Option<&StockVariant> {
    product.variants.first()
}

/// The product's own stock-keeping unit: the one variant's of a simple product.
pub(super) fn sku(product: &StockProduct) -> &str {
    let of_base = base(product).filter(|_| !is_complex(product));
    let of_base = of_base.and_then(|variant| variant.sku.as_deref());
    product.sku.as_deref().or(of_base).unwrap_or_default()
}

/// In [`WEIGHT_UNITS`].
pub(super) fn weight(variant: Option<&StockVariant>) -> Decimal {
    let grams = variant
        .and_then(|variant| variant.weight.as_ref())
        .map(|weight| weight.value.saturating_mul(weight.unit.grams()));
    grams
        .unwrap_or_default()
        .round_dp_with_strategy(WEIGHT_DIGITS, RoundingStrategy::MidpointAwayFromZero)
}

/// `none`, `product` or `variant`.
pub(super) fn tracking(product: &StockProduct) -> &'static str {
    let is_tracked = variants(product).iter().any(|variant| variant.tracked);
    match (is_tracked, is_complex(product)) {
        (false, _) => "none",
        (true, false) => "product",
        (true, true) => "variant",
    }
}

/// How many there are; the vendor knows no fewer than none.
pub(super) fn level(variant: &StockVariant) -> i64 {
    variant.quantity.max(0)
}

/// The same over all variants.
pub(super) fn level_of_all(product: &StockProduct) -> i64 {
    variants(product).iter().fold(0, |total, variant| total.saturating_add(level(variant)))
}

/// `physical` or `digital`.
pub(super) fn kind(product: &StockProduct) -> &'static str {
    let is_shipped = base(product).is_some_and(|variant| variant.requires_shipping);
    match product.kind {
        ProductKind::Virtual | ProductKind::Downloadable { .. } => "digital",
        ProductKind::Simple
        | ProductKind::Configurable { .. }
        | ProductKind::Bundle { .. }
        | ProductKind::Grouped { .. } => {
            if is_shipped && !product.is_gift_card {
                "physical"
            } else {
                "digital"
            }
        }
    }
}

pub(super) fn is_visible(product: &StockProduct) -> bool {
    product.published && !matches!(product.status, ProductStatus::Draft | ProductStatus::Unlisted)
}

/// `available` or `disabled`.
pub(super) fn availability(product: &StockProduct) -> &'static str {
    match product.status {
        ProductStatus::Draft | ProductStatus::Archived => "disabled",
        ProductStatus::Active | ProductStatus::Unlisted | ProductStatus::Other(_) => "available",
    }
}

pub(super) fn tax_class(product: &StockProduct) -> u64 {
    if base(product).is_none_or(|variant| variant.taxable) { 0 } else { UNTAXED }
}

/// Whether something added by the retailer is a custom field here; otherwise it is a metafield.
pub(super) fn is_custom(field: &StockMetafield) -> bool {
    let fits = |text: &str| (1..=CUSTOM_FIELD_CHARS_MAX).contains(&text.chars().count());
    field.namespace == CUSTOM && fits(&field.key) && fits(&field.value)
}

/// What buyers of many pay, as `(from, to, price)`; no `to` is told of the last.
pub(super) fn tiers(product: &StockProduct) -> Vec<(u32, u32, Decimal)> {
    let tiers: &[PriceTier] = base(product).map_or(&[], |variant| &variant.tiers);
    let ends = tiers.iter().skip(1).map(|next| next.quantity.saturating_sub(1));
    tiers
        .iter()
        .zip(ends.chain(std::iter::once(0)))
        .map(|(tier, end)| (tier.quantity, end, tier.price))
        .collect()
}
