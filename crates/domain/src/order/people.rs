use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Field;

/// Whatever says who bought, and where it goes: what a person may ask to have erased.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Personal {
    /// Their name.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub name: Field<String>,
    /// Their mail address.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub email: Field<String>,
    /// Their telephone number.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub phone: Field<String>,
    /// Where the bill goes.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub billing_address: Field<Address>,
    /// Where the goods go; several where the vendor can send one order to several places.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub shipping_addresses: Field<Vec<Address>>,
    /// What the buyer wrote to the store.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub note: Field<String>,
    /// What the staff wrote about it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub staff_note: Field<String>,
    /// The address of the buyer's computer.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub ip: Field<String>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Address {
    /// The vendor's id, where it has one.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub id: Field<String>,
    /// Whose.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub name: Field<String>,
    /// Whose, if a company's.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub company: Field<String>,
    /// Street and number, one line each.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub street: Field<Vec<String>>,
    /// City.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub city: Field<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub postal_code: Field<String>,
    /// State or province, as its code where the vendor has one and its name elsewhere.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub region: Field<String>,
    /// Country, as its two-letter code where the vendor has one.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub country: Field<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub phone: Field<String>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub email: Field<String>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}
