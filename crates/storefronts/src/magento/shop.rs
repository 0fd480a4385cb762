//! What a store says of itself.

use flyball_domain::Currency;
use serde_json::{Value, json};

use crate::shopify::Zone;
use crate::stock::{LOCATIONS, WeightUnit};

/// The only store view besides that of the admin.
pub(super) const VIEW: &str = "default";
/// The view that stands for the values of all views.
pub(super) const VIEW_ALL: &str = "all";
/// The source that every store has.
const SOURCE: &str = "default";

/// The unit of every weight.
pub(super) const WEIGHT_UNIT: WeightUnit = WeightUnit::Pounds;

/// The store itself.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    pub(super) name: String,
    pub(super) currency: Currency,
    pub(super) zone: Zone,
    /// What stands before the paths of the API.
    pub(super) base_path: String,
}

impl Shop {
    /// Where the store is, as it says itself: it knows nothing of where it listens.
    pub(super) fn base_url(&self) -> String {
        let sign = |sign: char| if sign.is_ascii_alphanumeric() { sign } else { '-' };
        let host: String = self.name.to_lowercase().chars().map(sign).collect();
        format!("https://{host}.example.com{}/", self.base_path)
    }

    /// Where its pictures are.
    pub(super) fn media_url(&self) -> String {
        format!("{}media/", self.base_url())
    }

    pub(super) fn configs(&self) -> Value {
        let base = self.base_url();
        let folder = |folder: &str| format!("{base}{folder}");
        let config = json!({
            "id": 1,
            "code": VIEW,
            "website_id": 1,
            "locale": "en_US",
            "base_currency_code": self.currency.as_str(),
            "default_display_currency_code": self.currency.as_str(),
            "timezone": self.zone.name,
            "weight_unit": "lbs",
            "base_url": base,
            "base_link_url": base,
            "base_static_url": folder("static/version1735689600/"),
            "base_media_url": self.media_url(),
            "secure_base_url": base,
            "secure_base_link_url": base,
            "secure_base_static_url": folder("static/version1735689600/"),
            "secure_base_media_url": self.media_url(),
        });
        json!([config])
    }

    pub(super) fn websites(&self) -> Value {
        json!([
            {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
            {"id": 1, "code": "base", "name": self.name, "default_group_id": 1},
        ])
    }

    pub(super) fn groups(&self) -> Value {
        let group = |id: u8, root: u8, name: &str, code: &str| {
            json!({
                "id": id, "website_id": id, "root_category_id": root, "default_store_id": id,
                "name": name, "code": code,
            })
        };
        json!([group(0, 0, "Default", "default"), group(1, 2, &self.name, "main_website_store")])
    }

    /// The views that an order was placed in, as it tells them: names with line feeds between them.
    pub(super) fn store_name(&self) -> String {
        format!("{0}\n{0}\nDefault Store View", self.name)
    }
}

/// The views of the store, that of the admin first.
pub(super) fn views() -> Value {
    let view = |id: u8, code: &str, name: &str| {
        json!({
            "id": id, "code": code, "name": name, "website_id": id, "store_group_id": id,
            "is_active": 1,
        })
    };
    json!([view(0, "admin", "Admin"), view(1, VIEW, "Default Store View")])
}

/// The parts of the program that are switched on.
pub(super) fn modules() -> Value {
    json!([
        "Magento_Store",
        "Magento_Config",
        "Magento_Directory",
        "Magento_Backend",
        "Magento_Eav",
        "Magento_Catalog",
        "Magento_CatalogInventory",
        "Magento_ConfigurableProduct",
        "Magento_Bundle",
        "Magento_Downloadable",
        "Magento_GroupedProduct",
        "Magento_Integration",
        "Magento_Inventory",
        "Magento_InventoryApi",
        "Magento_Sales",
        "Magento_Shipping",
        "Magento_Tax",
        "Magento_Webapi",
    ])
}

/// The code of a place where stock is kept.
pub(super) fn source_code(location: usize) -> String {
    match LOCATIONS.get(location) {
        Some(name) if location > 0 => name.to_lowercase().replace(' ', "_"),
        Some(_) | None => SOURCE.to_owned(),
    }
}

pub(super) fn sources() -> Vec<Value> {
    let sources = LOCATIONS.iter().enumerate().map(|(place, name)| {
        json!({
            "source_code": source_code(place),
            "name": name,
            "enabled": true,
            "latitude": 0,
            "longitude": 0,
            "country_id": "US",
            "postcode": "00000",
            "use_default_carrier_config": true,
            "carrier_links": [],
        })
    });
    sources.collect()
}
