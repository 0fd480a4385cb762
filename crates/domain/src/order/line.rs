use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Amount, rate_text};
use crate::{CustomField, Field, VendorId};

/// Something that was bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The vendor's id.
    pub id: VendorId,
    /// The line that this one is a part of, as a bundle's or a configurable product's child.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub parent_id: Field<VendorId>,
    /// The product; `Null` if it is gone, or never was one.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub product_id: Field<VendorId>,
    /// The variant; `Null` if it is gone, or never was one.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub variant_id: Field<VendorId>,
    /// What it was called when it was bought.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub title: Field<String>,
    /// The stock-keeping unit when it was bought.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub sku: Field<String>,
    /// The vendor's word for what kind of thing it is.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub item_type: Field<String>,
    /// How many were bought.
    #[serde(default, skip_serializing_if = "Field::is_absent", with = "rate_text")]
    pub quantity: Field<Decimal>,
    /// How many are left of them after what was taken out or given back.
    #[serde(default, skip_serializing_if = "Field::is_absent", with = "rate_text")]
    pub quantity_current: Field<Decimal>,
    /// How many have been sent.
    #[serde(default, skip_serializing_if = "Field::is_absent", with = "rate_text")]
    pub quantity_fulfilled: Field<Decimal>,
    /// How many were given back.
    #[serde(default, skip_serializing_if = "Field::is_absent", with = "rate_text")]
    pub quantity_refunded: Field<Decimal>,
    /// What one costs before discounts.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub unit_price: Field<Amount>,
    /// What all discounts on it come to, as a positive amount.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub discount: Field<Amount>,
    /// What its taxes come to.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub tax: Field<Amount>,
    /// What it costs in all, as the vendor counts it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub total: Field<Amount>,
    /// Its discounts one by one.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub discounts: Field<Vec<Discount>>,
    /// Its taxes one by one.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub taxes: Field<Vec<Tax>>,
    /// Whether it is taxed.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub taxable: Field<bool>,
    /// Whether it must be shipped.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub requires_shipping: Field<bool>,
    /// What was chosen for it, as (name, value).
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub selected_options: Field<Vec<(String, String)>>,
    /// What the retailer, an app or the buyer added.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub custom_fields: Field<Vec<CustomField>>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A discount.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Discount {
    /// The code that the buyer typed; `Null` where none was needed.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub code: Field<String>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub title: Field<String>,
    /// What it comes to here, as a positive amount.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub amount: Field<Amount>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A tax.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tax {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub title: Field<String>,
    /// Its rate in percent.
    #[serde(default, skip_serializing_if = "Field::is_absent", with = "rate_text")]
    pub percent: Field<Decimal>,
    /// What it comes to here.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub amount: Field<Amount>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A way of shipping that was paid for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShippingLine {
    /// The vendor's id, where it has one.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub id: Field<VendorId>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub title: Field<String>,
    /// What machines know it by.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub code: Field<String>,
    /// Who carries it, or who quoted it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub carrier: Field<String>,
    /// What it costs before discounts.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub price: Field<Amount>,
    /// What all discounts on it come to, as a positive amount.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub discount: Field<Amount>,
    /// Its taxes.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub taxes: Field<Vec<Tax>>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}
