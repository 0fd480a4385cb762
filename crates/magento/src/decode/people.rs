//! Who bought, and where it goes.

use flyball_connector::json::{Raw, from_str};
use flyball_domain::{Address, Field, Personal};
use serde_json::{Map, Value};

use super::object::Object;

/// What of an order says who the buyer is and has no place of its own.
const OF_ORDER: &[&str] = &[
    "customer_dob",
    "customer_gender",
    "customer_taxvat",
    "customer_note_notify",
    "ext_customer_id",
    "x_forwarded_for",
];
/// What of a payment says who paid.
const OF_PAYMENT: &[&str] = &[
    "additional_data",
    "additional_information",
    "cc_exp_month",
    "cc_exp_year",
    "cc_last4",
    "cc_number_enc",
    "cc_owner",
    "cc_ss_issue",
    "cc_ss_start_month",
    "cc_ss_start_year",
    "echeck_account_name",
    "echeck_account_type",
    "echeck_bank_name",
    "echeck_routing_number",
    "echeck_type",
    "po_number",
];
/// What of an order's extension attributes does.
const OF_EXTENSION: &[&str] =
    &["company_order_attributes", "gift_message", "payment_additional_info"];

/// The parts of a name, in the order in which they are said.
const NAME: [&str; 5] = ["prefix", "firstname", "middlename", "lastname", "suffix"];
const CUSTOMER_NAME: [&str; 5] = [
    "customer_prefix",
    "customer_firstname",
    "customer_middlename",
    "customer_lastname",
    "customer_suffix",
];

/// Takes a name by its parts, which are kept as well: where one ends can't be told from the whole.
fn name(
    object: &mut Object<'_>,
    parts: [&str; 5],
    extra: &mut Map<String, Value>,
) -> Field<String> {
    let mut said = Vec::new();
    let mut asked = false;
    for part in parts {
        match object.text(part) {
            Field::Absent => continue,
            Field::Null => drop(extra.insert(part.to_owned(), Value::Null)),
            Field::Value(text) => {
                if !text.is_empty() {
                    said.push(text.clone());
                }
                drop(extra.insert(part.to_owned(), Value::String(text)));
            }
        }
        asked = true;
    }
    match (asked, said.is_empty()) {
        (false, _) => Field::Absent,
        (true, true) => Field::Null,
        (true, false) => Field::Value(said.join(" ")),
    }
}

/// Takes whatever of an order says who the buyer is.
pub(super) fn personal(
    row: &mut Object<'_>,
    extension: &mut Object<'_>,
    payment: &mut Object<'_>,
) -> Personal {
    let mut extra = Map::new();
    let name = name(row, CUSTOMER_NAME, &mut extra);
    move_fields(row, OF_ORDER, &mut extra);
    move_fields(extension, OF_EXTENSION, &mut extra);
    let mut of_payment = Map::new();
    move_fields(payment, OF_PAYMENT, &mut of_payment);
    if !of_payment.is_empty() {
        extra.insert("payment".to_owned(), Value::Object(of_payment));
    }
    Personal {
        name,
        email: row.text("customer_email"),
        phone: Field::Absent,
        billing_address: row.object("billing_address").map(address),
        shipping_addresses: Field::Absent,
        note: row.text("customer_note"),
        staff_note: Field::Absent,
        ip: row.text("remote_ip"),
        extra,
    }
}

/// Moves fields, whatever they hold.
pub(super) fn move_fields(from: &mut Object<'_>, names: &[&str], to: &mut Map<String, Value>) {
    for name in names {
        match from.take(name) {
            Field::Absent => {}
            Field::Null => drop(to.insert((*name).to_owned(), Value::Null)),
            Field::Value(raw) => drop(to.insert((*name).to_owned(), super::object::value(raw))),
        }
    }
}

/// Reads an address.
pub(super) fn address(mut from: Object<'_>) -> Address {
    let mut parts = Map::new();
    let name = name(&mut from, NAME, &mut parts);
    let street = match from.peek("street").map(super::object::list) {
        Field::Value(Some(lines)) => {
            let line = |raw: &Raw<'_>| from_str(raw.get()).ok();
            let lines: Option<Vec<String>> = lines.iter().map(line).collect();
            lines.map_or(Field::Absent, Field::Value)
        }
        Field::Null => Field::Null,
        Field::Absent | Field::Value(None) => Field::Absent,
    };
    if !street.is_absent() {
        from.drop_field("street");
    }
    // A region has a code or a name or both: the code says it, the name is kept.
    let code = from.text("region_code");
    let region = match code {
        Field::Value(code) if !code.is_empty() => Field::Value(code),
        Field::Absent | Field::Null | Field::Value(_) => from.text("region"),
    };
    let mut extra = Map::new();
    let address = Address {
        id: from.text("entity_id"),
        name,
        company: from.text("company"),
        street,
        city: from.text("city"),
        postal_code: from.text("postcode"),
        region,
        country: from.text("country_id"),
        phone: from.text("telephone"),
        email: from.text("email"),
        extra: Map::new(),
    };
    extra.extend(parts);
    extra.extend(from.rest());
    Address { extra, ..address }
}
