//! Where a store is, and what it says of itself.

use flyball_domain::{Currency, UnixMillis};
use serde_json::{Value, json};

use super::kept::WEIGHT_UNITS;
use crate::shopify::Zone;
use crate::vendor::Quota;

const MS_PER_S: u64 = 1_000;
const S_PER_MINUTE: i32 = 60;

/// What a store is.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) hash: String,
    pub(super) name: String,
    pub(super) currency: Currency,
    pub(super) zone: Zone,
    pub(super) quota: Quota,
}

impl Site {
    /// A link of v2 to a part of a record, such as `/orders/100/products`. It leads to the vendor's
    /// own host, as all of its links do.
    pub(super) fn link(&self, resource: &str) -> Value {
        let hash = &self.hash;
        json!({
            "url": format!("https://api.bigcommerce.com/stores/{hash}/v2{resource}"),
            "resource": resource,
        })
    }

    /// Where a picture of a product is, at a size in pixels.
    pub(super) fn image(&self, product: u64, image: u64, pixels: u32) -> Value {
        let hash = &self.hash;
        format!(
            "https://cdn11.bigcommerce.com/s-{hash}/products/{product}/images/{image}/picture.\
             {pixels}.{pixels}.jpg?c=1"
        )
        .into()
    }

    /// `/v2/time`.
    pub(super) fn time(now: UnixMillis) -> Value {
        json!({"time": now.0 / MS_PER_S})
    }

    /// `/v2/store` (`store_information.v2.yml`).
    pub(super) fn store(&self) -> Value {
        let host = format!("store-{}.mybigcommerce.com", self.hash);
        let plan = match self.quota {
            Quota::Standard => "Standard",
            Quota::Pro => "Pro",
            Quota::Enterprise(_) | Quota::Unlimited => "Enterprise",
        };
        let mut store = json!({
            "id": self.hash,
            "account_uuid": "00000000-0000-4000-8000-000000000001",
            "domain": host,
            "secure_url": format!("https://{host}"),
            "control_panel_base_url": format!("https://{host}"),
            "status": "live",
            "name": self.name,
            "first_name": "Mara",
            "last_name": "Lindqvist",
            "address": "Lindengasse 3",
            "country": "Germany",
            "country_code": "DE",
            "infrastructure_region": "europe-west3",
            "phone": "",
            "admin_email": "owner@example.com",
            "order_email": "orders@example.com",
            "favicon_url": "",
        });
        if let Some(fields) = store.as_object_mut() {
            fields.insert("timezone".to_owned(), self.timezone());
            fields.extend(super::json::fields(self.units()));
            fields.insert("plan_name".to_owned(), plan.into());
            fields.insert("plan_level".to_owned(), plan.into());
            fields.extend(super::json::fields(rest()));
        }
        store
    }

    fn timezone(&self) -> Value {
        let offset = i32::from(self.zone.offset_minutes).saturating_mul(S_PER_MINUTE);
        json!({
            "name": self.zone.name,
            "raw_offset": offset,
            "dst_offset": offset,
            "dst_correction": false,
            "date_format": {
                "display": "M jS Y",
                "export": "M jS Y",
                "extended_display": "M jS Y @ g:i A",
            },
        })
    }

    fn units(&self) -> Value {
        json!({
            "language": "en",
            "currency": self.currency.as_str(),
            "currency_symbol": self.currency.as_str(),
            "decimal_separator": ".",
            "thousands_separator": ",",
            "decimal_places": 2,
            "currency_symbol_location": "left",
            "weight_units": WEIGHT_UNITS,
            "dimension_units": "Centimeters",
            "dimension_decimal_places": 2,
            "dimension_decimal_token": ".",
            "dimension_thousands_token": ",",
        })
    }
}

fn rest() -> Value {
    json!({
        "plan_is_trial": false,
        "industry": "Home & Garden",
        "logo": [],
        "is_price_entered_with_tax": false,
        "store_id": 1_000_001,
        "default_channel_id": 1,
        "default_site_id": 1_000,
        "active_comparison_modules": [],
        "features": {
            "stencil_enabled": true,
            "sitewidehttps_enabled": true,
            "facebook_catalog_id": "",
            "checkout_type": "optimized",
            "wishlists_enabled": false,
            "graphql_storefront_api_enabled": true,
            "shopper_consent_tracking_enabled": false,
            "multi_storefront_enabled": false,
            "storefront_limits": {"active": 1, "total_including_inactive": 1},
        },
    })
}
