use serde_json::json;

use super::super::super::execute::Held;
use super::super::super::ids::gid;
use super::super::super::select::Picked;
use super::super::time;
use super::{Sale, ready};
use crate::stock::StockAddress;

/// Addresses are numbered through: the bill's, then the goods'.
const ADDRESSES: usize = 2;

impl Sale<'_> {
    /// A field of `Customer`.
    pub(super) fn customer(&self, picked: &Picked<'_>) -> Held {
        let order = self.order();
        let Some(customer) = &order.customer else { return Held::NULL };
        match picked.name() {
            "createdAt" | "updatedAt" => time(self.shown.created_at).into(),
            "defaultEmailAddress" => {
                order.email.as_ref().map(|mail| json!({"emailAddress": mail})).into()
            }
            "defaultPhoneNumber" => {
                order.phone.as_ref().map(|phone| json!({"phoneNumber": phone})).into()
            }
            "displayName" => format!("{} {}", customer.first_name, customer.last_name).into(),
            "email" => order.email.clone().into(),
            "firstName" => customer.first_name.as_str().into(),
            "id" => gid("Customer", customer.number).into(),
            "lastName" => customer.last_name.as_str().into(),
            "legacyResourceId" => customer.number.to_string().into(),
            "locale" => "en".into(),
            "phone" => order.phone.clone().into(),
            "state" => "ENABLED".into(),
            "tags" => Vec::<String>::new().into(),
            "taxExempt" => false.into(),
            "verifiedEmail" => true.into(),
            _ => Held::NULL,
        }
    }

    pub(super) fn address(&self, address: Option<&StockAddress>, place: usize) -> Held {
        let Some(address) = address else { return Held::NULL };
        let StockAddress { first_name, last_name, company, street, city, .. } = address;
        let (country_code, country) = &address.country;
        let region = address.region.as_ref();
        Held::One(ready(
            "MailingAddress",
            json!({
                "address1": street.first(),
                "address2": street.get(1),
                "city": city,
                "company": company,
                "coordinatesValidated": false,
                "country": country,
                "countryCode": country_code,
                "countryCodeV2": country_code,
                "firstName": first_name,
                "id": gid("MailingAddress", self.child(place % ADDRESSES)),
                "lastName": last_name,
                "latitude": null,
                "longitude": null,
                "name": format!("{first_name} {last_name}"),
                "phone": address.phone,
                "province": region.map(|(_, name)| name),
                "provinceCode": region.map(|(code, _)| code),
                "zip": address.postal_code,
            }),
        ))
    }
}
