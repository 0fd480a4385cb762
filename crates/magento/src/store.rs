//! What a store says of itself: <https://developer.adobe.com/commerce/webapi/rest/quick-reference/>,
//! `GET /V1/store/storeConfigs`.

use flyball_connector::json::Raw;
use flyball_domain::Currency;
use serde::{Deserialize, Serialize};

use crate::decode::object::{Object, list};

/// The longest text of a store's that is kept, in bytes.
const TEXT_BYTES_MAX: usize = 512;

/// What has to be known of a store before its records can be read. Kept in the resume text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoreFacts {
    /// The currency of all its prices.
    pub(crate) currency: Option<Currency>,
    /// `lbs` or `kgs`.
    pub(crate) weight_unit: Option<String>,
    /// Where its pictures are; ends with a slash.
    pub(crate) media: Option<String>,
    /// The zone of times that a person typed.
    pub(crate) zone: Option<String>,
}

impl StoreFacts {
    /// Reads the answer: one entry a store view, the first of which is taken. Base currency, zone
    /// and unit can differ between websites; prices of all of them come in the base currency of
    /// the first where prices have the global scope, which is the default.
    pub(crate) fn read(raw: Raw<'_>) -> Option<Self> {
        let mut view = Object::parse(list(raw)?.first()?.get()).ok()?;
        let mut text = |name: &str| {
            let text = view.text(name).value().cloned();
            text.filter(|text| !text.is_empty() && text.len() <= TEXT_BYTES_MAX)
        };
        let currency = text("base_currency_code").and_then(|code| code.parse().ok());
        let media = text("secure_base_media_url").or_else(|| text("base_media_url"));
        let media = media.map(|url| format!("{}/", url.trim_end_matches('/')));
        Some(Self { currency, weight_unit: text("weight_unit"), media, zone: text("timezone") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<StoreFacts> {
        StoreFacts::read(flyball_connector::json::from_str(body).ok()?)
    }

    #[test]
    fn a_stores_facts_are_those_of_its_first_view() {
        let body = r#"[{"id":1,"code":"default","base_currency_code":"EUR","weight_unit":"kgs",
            "timezone":"Europe/Berlin","base_media_url":"http://shop.example/media",
            "secure_base_media_url":"https://shop.example/media/"},{"base_currency_code":"USD"}]"#;
        let facts = read(body).unwrap();
        assert_eq!(facts.currency, "EUR".parse().ok());
        assert_eq!(facts.media.as_deref(), Some("https://shop.example/media/"));
        assert_eq!(facts.weight_unit.as_deref(), Some("kgs"));
        assert_eq!(facts.zone.as_deref(), Some("Europe/Berlin"));
    }

    #[test]
    fn what_is_not_said_stays_unknown_and_another_shape_is_none() {
        assert_eq!(read(r#"[{"base_currency_code":"euro"}]"#), Some(StoreFacts::default()));
        for body in ["", "{}", "[]", "[1]", r#"{"message":"no"}"#] {
            assert_eq!(read(body), None, "{body}");
        }
    }
}
