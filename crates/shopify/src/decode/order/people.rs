use flyball_connector::decode::{Text, keep, text};
use flyball_domain::{Address, Field};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::decode::words::given;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AddressNode<'a> {
    #[serde(borrow)]
    name: Field<Text<'a>>,
    company: Field<Text<'a>>,
    address1: Field<Text<'a>>,
    address2: Field<Text<'a>>,
    city: Field<Text<'a>>,
    province: Field<Text<'a>>,
    province_code: Field<Text<'a>>,
    zip: Field<Text<'a>>,
    country: Field<Text<'a>>,
    country_code_v2: Field<Text<'a>>,
    phone: Field<Text<'a>>,
}

/// Reads a postal address.
pub(super) fn address(node: AddressNode<'_>) -> Address {
    let street = match (node.address1, node.address2) {
        (Field::Absent, Field::Absent) => Field::Absent,
        (first, second) => Field::Value([first, second].into_iter().filter_map(given).collect()),
    };
    let mut extra = Map::new();
    let region = code_or_name(node.province_code, node.province, "province", &mut extra);
    let country = code_or_name(node.country_code_v2, node.country, "country", &mut extra);
    Address {
        id: Field::Absent,
        name: text(node.name),
        company: text(node.company),
        street,
        city: text(node.city),
        postal_code: text(node.zip),
        region,
        country,
        phone: text(node.phone),
        email: Field::Absent,
        extra,
    }
}

/// The code where there is one, with the name kept beside it; the name elsewhere.
fn code_or_name(
    code: Field<Text<'_>>,
    name: Field<Text<'_>>,
    of: &str,
    extra: &mut Map<String, Value>,
) -> Field<String> {
    if code.value().is_none() && name.value().is_some() {
        return text(name);
    }
    keep(extra, of, name.map(|name| name.0.into_owned().into()));
    text(code)
}
