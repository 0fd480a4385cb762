use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::rate_text;
use crate::{Field, UnixMillis, VendorId};

/// Something that was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fulfillment {
    /// The vendor's id.
    pub id: VendorId,
    /// The vendor's word in lower case, such as `success` or `cancelled`.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub status: Field<String>,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub created_at: Field<UnixMillis>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub updated_at: Field<UnixMillis>,
    /// From which of the store's locations.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub location_id: Field<VendorId>,
    /// By which way of shipping.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub service: Field<String>,
    /// Its parcels.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub tracking: Field<Vec<Tracking>>,
    /// What is in it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub lines: Field<Vec<FulfillmentLine>>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A parcel on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub carrier: Field<String>,
    /// The carrier's number.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub number: Field<String>,
    /// Where to look.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub url: Field<String>,
}

/// A line of an order that was sent, or some of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FulfillmentLine {
    /// Which line.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub line_id: Field<VendorId>,
    /// How many.
    #[serde(default, skip_serializing_if = "Field::is_absent", with = "rate_text")]
    pub quantity: Field<Decimal>,
}
