use flyball_connector::decode::RowError;
use flyball_domain::{Address, Field};
use serde_json::Map;

use super::fields::Fields;
use super::notes::Notes;

/// Takes an address out of the fields of whatever it stands in. Its form fields, which the retailer
/// may have added to any address, are kept with it.
///
/// # Errors
/// Form fields nested too deeply.
pub(super) fn address(fields: &mut Fields<'_>, notes: &mut Notes) -> Result<Address, RowError> {
    let mut extra = Map::new();
    let mut street = Vec::new();
    for name in ["street_1", "street_2"] {
        if let Field::Value(line) = fields.text(name, notes) {
            street.push(line);
        }
    }
    let first = fields.text("first_name", notes);
    let last = fields.text("last_name", notes);
    let name: Vec<&str> =
        [&first, &last].iter().filter_map(|part| Some(part.value()?.as_str())).collect();
    let country = match fields.text("country_iso2", notes) {
        Field::Value(code) => {
            fields.move_to("country", &mut extra)?;
            Field::Value(code)
        }
        Field::Null | Field::Absent => fields.text("country", notes),
    };
    fields.move_to("form_fields", &mut extra)?;
    Ok(Address {
        id: Field::Absent,
        name: if name.is_empty() { Field::Null } else { Field::Value(name.join(" ")) },
        company: fields.text("company", notes),
        street: Field::Value(street),
        city: fields.text("city", notes),
        postal_code: fields.text("zip", notes),
        region: fields.text("state", notes),
        country,
        phone: fields.text("phone", notes),
        email: fields.text("email", notes),
        extra,
    })
}
