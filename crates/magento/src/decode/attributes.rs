//! Custom attributes: what a retailer's own attributes hold, and much that Magento itself keeps so.

use flyball_connector::decode::{CHILDREN_MAX, RowError};
use flyball_connector::json::Raw;
use flyball_domain::{CustomField, Field, Money, UnixMillis};

use super::Reader;
use super::object::{Object, list, time};
use super::product::{field_text, money_of};

/// A day, in milliseconds: a special price holds until the end of its last day.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// What custom attributes hold. All but handle and description stay custom fields as well.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) custom_fields: Field<Vec<CustomField>>,
    pub(super) handle: Field<String>,
    pub(super) description_html: Field<String>,
    pub(super) unit_cost: Field<Money>,
    pub(super) taxable: Field<bool>,
    pub(super) msrp: Option<Money>,
    pub(super) special: Option<Money>,
    pub(super) special_from: Option<UnixMillis>,
    pub(super) special_until: Option<UnixMillis>,
}

/// Takes a product's custom attributes: a list, or `null` as a whole.
pub(super) fn attributes(
    row: &mut Object<'_>,
    reader: &mut Reader<'_>,
) -> Result<Attributes, RowError> {
    let mut found = Attributes::default();
    let rows = match row.list("custom_attributes") {
        Field::Absent => return Ok(found),
        Field::Null => {
            found.custom_fields = Field::Null;
            return Ok(found);
        }
        Field::Value(rows) => rows,
    };
    if rows.len() > CHILDREN_MAX {
        let at = "custom_attributes".to_owned();
        return Err(RowError::TooMany { at, found: rows.len() });
    }
    let mut fields = Vec::with_capacity(rows.len());
    for raw in rows {
        let mut attribute = Object::of(raw).unwrap_or_default();
        let code = attribute.text("attribute_code");
        let value = attribute.take("value");
        match (code.value(), attribute.rest().is_empty()) {
            (Some(code), true) => found.take(code, value, &mut fields, reader)?,
            // Nothing that we know how to name: kept whole, under no key.
            (Some(_) | None, _) => fields.push(field("", &Field::Value(raw))),
        }
    }
    found.custom_fields = Field::Value(fields);
    Ok(found)
}

/// Takes custom attributes of which none has a place of its own.
pub(super) fn custom_fields(row: &mut Object<'_>) -> Field<Vec<CustomField>> {
    row.list("custom_attributes").map(|rows| {
        let read = |raw: Raw<'_>| {
            let mut attribute = Object::of(raw).unwrap_or_default();
            match attribute.text("attribute_code").value() {
                Some(code) => field(code, &attribute.take("value")),
                None => field("", &Field::Value(raw)),
            }
        };
        rows.into_iter().map(read).collect()
    })
}

fn field(key: &str, value: &Field<Raw<'_>>) -> CustomField {
    let (value, value_type) = match value {
        Field::Value(raw) => field_text(*raw),
        Field::Null => (String::new(), Field::Value("null".to_owned())),
        Field::Absent => (String::new(), Field::Absent),
    };
    CustomField {
        id: Field::Absent,
        namespace: String::new(),
        key: key.to_owned(),
        value_type,
        value,
        updated_at: Field::Absent,
    }
}

impl Attributes {
    fn take(
        &mut self,
        code: &str,
        value: Field<Raw<'_>>,
        fields: &mut Vec<CustomField>,
        reader: &mut Reader<'_>,
    ) -> Result<(), RowError> {
        let field = field(code, &value);
        let is_text = value.value().is_some() && field.value_type.is_absent();
        match code {
            "url_key" if is_text => {
                self.handle = Field::Value(field.value);
                return Ok(());
            }
            "description" if is_text => {
                self.description_html = Field::Value(field.value);
                return Ok(());
            }
            "tax_class_id" if is_text => self.taxable = Field::Value(field.value != "0"),
            "cost" | "msrp" | "special_price" if is_text && !field.value.is_empty() => {
                if let Some(money) = money(code, value, reader)? {
                    match code {
                        "cost" => self.unit_cost = Field::Value(money),
                        "msrp" => self.msrp = Some(money),
                        _ => self.special = Some(money),
                    }
                }
            }
            "special_from_date" => self.special_from = day(code, &field, reader),
            "special_to_date" => {
                let last = day(code, &field, reader);
                self.special_until = last.map(|last| last.plus(DAY_MS));
            }
            _ => {}
        }
        fields.push(field);
        Ok(())
    }
}

fn money(
    code: &str,
    value: Field<Raw<'_>>,
    reader: &mut Reader<'_>,
) -> Result<Option<Money>, RowError> {
    let at = format!("custom_attributes.{code}");
    let Some(currency) = reader.facts.currency else {
        reader.unused(at, "an amount of a currency that is not known");
        return Ok(None);
    };
    Ok(money_of(value, currency, &at)?.value().copied())
}

/// The day of a special price is one of the store's own zone, whose rules this code does not have:
/// it is a moment only where that zone is UTC. Elsewhere it stays a custom field.
fn day(code: &str, field: &CustomField, reader: &mut Reader<'_>) -> Option<UnixMillis> {
    if field.value.is_empty() {
        return None;
    }
    let utc = matches!(reader.facts.zone.as_deref(), Some("UTC" | "Etc/UTC" | "GMT" | "Etc/GMT"));
    let at = utc.then(|| time(&field.value)).flatten();
    if at.is_none() {
        let what = "a day in the store's own zone: it stays a custom field";
        reader.unused(format!("custom_attributes.{code}"), what);
    }
    at
}

/// The codes of attributes by their ids, and the names of their values, of an answer to a question
/// for attributes.
pub(crate) fn labels(row: Raw<'_>) -> Option<(String, Vec<(String, String)>)> {
    let mut row = Object::of(row)?;
    let id = row.text("attribute_id").value()?.clone();
    let options = row.list("options").value().cloned().unwrap_or_default();
    let label = |raw: &Raw<'_>| {
        let mut option = Object::of(*raw)?;
        let value = option.text("value").value()?.clone();
        let label = option.text("label").value()?.clone();
        (!value.is_empty()).then_some((value, label))
    };
    Some((id, options.iter().filter_map(label).collect()))
}

/// The id and the name of a category, of an answer to a question for categories.
pub(crate) fn category_name(row: Raw<'_>) -> Option<(String, String)> {
    let mut row = Object::of(row)?;
    Some((row.text("id").value()?.clone(), row.text("name").value()?.clone()))
}

/// The elements of `items`; `null` is an empty list.
pub(crate) fn items<'a>(page: &mut Object<'a>) -> Option<Vec<Raw<'a>>> {
    match page.take("items") {
        Field::Value(raw) => list(raw),
        Field::Null => Some(Vec::new()),
        Field::Absent => None,
    }
}

/// How many rows there are in all, where the answer says so.
pub(crate) fn total_count(page: &mut Object<'_>) -> Option<u64> {
    page.whole("total_count").value().and_then(|total| u64::try_from(*total).ok())
}
