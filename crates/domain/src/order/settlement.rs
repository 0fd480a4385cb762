use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Amount, rate_text};
use crate::{Field, UnixMillis, VendorId};

/// Something that moved money, or was to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// The vendor's id, where it has one.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub id: Field<VendorId>,
    /// The vendor's word in lower case: `sale`, `authorization`, `capture`, `void`, `refund`.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub action: Field<String>,
    /// The vendor's word in lower case: `success`, `failure`, `pending`.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub status: Field<String>,
    /// Who carried it out.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub gateway: Field<String>,
    /// What the buyer paid with.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub method: Field<String>,
    /// How much.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub amount: Field<Amount>,
    /// When.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub at: Field<UnixMillis>,
    /// The payment that this one goes on from.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub parent_id: Field<VendorId>,
    /// What the gateway knows it by.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub reference: Field<String>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// Something that was given back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refund {
    /// The vendor's id.
    pub id: VendorId,
    /// When.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub created_at: Field<UnixMillis>,
    /// Why, in the retailer's words.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub note: Field<String>,
    /// How much in all.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub total: Field<Amount>,
    /// How much of it for shipping.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub shipping: Field<Amount>,
    /// How much of it for nothing in particular, up or down.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub adjustment: Field<Amount>,
    /// For what.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub lines: Field<Vec<RefundLine>>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A line of an order that was given back, or some of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RefundLine {
    /// The vendor's id, where it has one.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub id: Field<VendorId>,
    /// Of which line; `Null` where it is of the whole order.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub line_id: Field<VendorId>,
    /// How many.
    #[serde(default, skip_serializing_if = "Field::is_absent", with = "rate_text")]
    pub quantity: Field<Decimal>,
    /// What became of the goods, in the vendor's word in lower case, such as `return`.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub restock: Field<String>,
    /// How much, without taxes as the vendor counts it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub subtotal: Field<Amount>,
    /// Its taxes.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub tax: Field<Amount>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// Goods that came back, or are to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Return {
    /// The vendor's id.
    pub id: VendorId,
    /// What people know it by.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub name: Field<String>,
    /// The vendor's word in lower case, such as `open` or `closed`.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub status: Field<String>,
    /// When it was asked for.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub created_at: Field<UnixMillis>,
    /// What.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub lines: Field<Vec<ReturnLine>>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A line of an order that came back, or some of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReturnLine {
    /// Of which line.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub line_id: Field<VendorId>,
    /// How many.
    #[serde(default, skip_serializing_if = "Field::is_absent", with = "rate_text")]
    pub quantity: Field<Decimal>,
    /// Why, in the vendor's word.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub reason: Field<String>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}
