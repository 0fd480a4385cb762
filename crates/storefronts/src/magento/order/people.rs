use serde_json::{Value, json};

use super::Sale;
use crate::magento::ids::{billing_address, number, shipping_address};
use crate::stock::StockAddress;

/// Which of an order's two addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::magento) enum Use {
    Billing,
    Shipping,
}

impl Sale<'_> {
    /// Where the bill goes.
    pub(super) fn billing(&self) -> Option<Value> {
        self.stock.billing.as_ref().map(|address| self.address(address, Use::Billing))
    }

    /// Where the goods go.
    pub(super) fn shipping(&self) -> Option<Value> {
        self.stock.shipping.as_ref().map(|address| self.address(address, Use::Shipping))
    }

    fn address(&self, address: &StockAddress, of: Use) -> Value {
        let (id, word) = match of {
            Use::Billing => (billing_address(self.index), "billing"),
            Use::Shipping => (shipping_address(self.index), "shipping"),
        };
        let (region_code, region) = match &address.region {
            Some((code, name)) => (Some(code), Some(name)),
            None => (None, None),
        };
        json!({
            "address_type": word,
            "city": address.city,
            "company": address.company,
            "country_id": address.country.0,
            "email": self.stock.email,
            "entity_id": id,
            "firstname": address.first_name,
            "lastname": address.last_name,
            "parent_id": number(self.index),
            "postcode": address.postal_code,
            "region": region,
            "region_code": region_code,
            "street": address.street,
            // A telephone number has to be given: who has none gives any.
            "telephone": address.phone.as_deref().unwrap_or("0"),
        })
    }
}
