use flyball_domain::Currency;
use serde_json::{Map, Value, json};

use super::bucket::Plan;

/// The shop of a store, as far as it is not its products.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    pub(super) name: String,
    pub(super) plan: Plan,
    pub(super) currency: Currency,
    pub(super) zone: Zone,
}

/// A shop's time zone. Simulated ones know no summer time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Such as `America/New_York`.
    pub name: String,
    /// How many minutes it is east of UTC.
    pub offset_minutes: i16,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self { name: "Etc/UTC".to_owned(), offset_minutes: 0 }
    }
}

impl Shop {
    fn host(&self) -> String {
        let name: String = self
            .name
            .to_lowercase()
            .chars()
            .map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' })
            .collect();
        format!("{name}.myshopify.com")
    }

    pub(super) fn product_url(&self, handle: &str) -> String {
        format!("https://{}/products/{handle}", self.host())
    }

    /// The shop as the REST API has it
    /// (<https://shopify.dev/docs/api/admin-rest/latest/resources/shop>), as far as it is known.
    pub(super) fn as_resource(&self) -> Value {
        let host = self.host();
        json!({"shop": {
            "id": 1,
            "name": self.name,
            "email": format!("owner@{host}"),
            "domain": host,
            "myshopify_domain": host,
            "currency": self.currency.as_str(),
            "iana_timezone": self.zone.name,
            "created_at": "2022-01-01T00:00:00Z",
        }})
    }

    /// The fields of `Shop`.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let host = self.host();
        let minutes = i32::from(self.zone.offset_minutes);
        let sign = if minutes < 0 { '-' } else { '+' };
        let offset = format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60);
        let mut fields = Map::new();
        for (name, value) in [
            ("createdAt", json!("2022-01-01T00:00:00Z")),
            ("currencyCode", self.currency.as_str().into()),
            ("email", format!("owner@{host}").into()),
            ("enabledPresentmentCurrencies", json!([self.currency.as_str()])),
            ("ianaTimezone", self.zone.name.as_str().into()),
            ("id", "gid://shopify/Shop/1".into()),
            ("myshopifyDomain", host.as_str().into()),
            ("name", self.name.as_str().into()),
            (
                "plan",
                json!({
                    "partnerDevelopment": false,
                    "publicDisplayName": self.plan.as_str(),
                    "shopifyPlus": matches!(self.plan, Plan::Plus | Plan::Enterprise),
                }),
            ),
            (
                "primaryDomain",
                json!({
                    "host": host,
                    "id": "gid://shopify/Domain/1",
                    "sslEnabled": true,
                    "url": format!("https://{host}"),
                }),
            ),
            ("taxesIncluded", false.into()),
            ("timezoneOffset", offset.into()),
            ("timezoneOffsetMinutes", minutes.into()),
            ("url", format!("https://{host}").into()),
            ("weightUnit", "KILOGRAMS".into()),
        ] {
            fields.insert(name.to_owned(), value);
        }
        fields
    }
}
