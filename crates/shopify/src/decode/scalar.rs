use flyball_domain::{Currency, Field, Money, UnixMillis, VendorId};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use super::RowError;

/// The most characters of a value repeated in an error.
const FOUND_CHARS_MAX: usize = 80;

/// A JSON text, number or boolean, as text: the vendor's own digits, which a float would lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(from)?.get();
        match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).map(Self).map_err(D::Error::custom),
            Some(b'{' | b'[') => Err(D::Error::custom(format!(
                "found {} where a text or number was expected",
                cut(raw)
            ))),
            _ => Ok(Self(raw.to_owned())),
        }
    }
}

fn cut(text: &str) -> String {
    text.chars().take(FOUND_CHARS_MAX).collect()
}

pub(super) fn text(field: Field<Text>) -> Field<String> {
    field.map(|text| text.0)
}

pub(super) fn time(field: Field<Text>, at: &str) -> Result<Field<UnixMillis>, RowError> {
    field.try_map(|text| {
        UnixMillis::parse_rfc3339(&text.0).map_err(|error| RowError::value(at, error))
    })
}

pub(super) fn whole(field: Field<Text>, at: &str) -> Result<Field<i64>, RowError> {
    field.try_map(|text| {
        decimal(&text.0)
            .filter(Decimal::is_integer)
            .and_then(|number| number.to_i64())
            .ok_or_else(|| wrong(&text, at, "a whole number"))
    })
}

pub(super) fn flag(field: Field<Text>, at: &str) -> Result<Field<bool>, RowError> {
    field.try_map(|text| match text.0.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong(&text, at, "true or false")),
    })
}

/// An amount in a currency; absent where the currency isn't known.
pub(super) fn money(
    field: Field<Text>,
    currency: Option<Currency>,
    at: &str,
) -> Result<Field<Money>, RowError> {
    match (field, currency) {
        (Field::Value(amount), Some(currency)) => Money::parse(&amount.0, currency)
            .map(Field::Value)
            .map_err(|error| RowError::value(at, error)),
        (Field::Null, _) => Ok(Field::Null),
        (Field::Value(_) | Field::Absent, _) => Ok(Field::Absent),
    }
}

/// The last part of a global id: `gid://shopify/Product/7` is `7`.
pub(super) fn id(field: &Field<Text>, at: &str) -> Result<VendorId, RowError> {
    let Some(gid) = field.value() else {
        return Err(RowError::Missing { at: at.to_owned(), expected: "an id" });
    };
    let path = gid.0.split_once('?').map_or(gid.0.as_str(), |(path, _)| path);
    let tail = path.rsplit_once('/').map_or(path, |(_, tail)| tail);
    tail.parse().map_err(|error| RowError::value(at, error))
}

/// A decimal number of any notation JSON has, exactly, or nothing.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

fn wrong(text: &Text, at: &str, expected: &str) -> RowError {
    RowError::value(at, format_args!("found {:?} where {expected} was expected", cut(&text.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Field<Text> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn digits_are_kept_whether_they_come_as_text_or_as_number() {
        let eur = "EUR".parse().unwrap();
        for json in [r#""19.90""#, "19.90"] {
            let price = money(read(json), Some(eur), "price").unwrap();
            assert_eq!(price.value().unwrap().to_string(), "19.90 EUR");
        }
        assert_eq!(id(&read("9007199254740993"), "id").unwrap().as_str(), "9007199254740993");
    }

    #[test]
    fn an_id_is_the_tail_of_its_global_form() {
        for (json, tail) in [
            (r#""gid://shopify/Product/9007199254740993""#, "9007199254740993"),
            (r#""gid://shopify/InventoryLevel/7?inventory_item_id=8""#, "7"),
            (r#""7""#, "7"),
        ] {
            assert_eq!(id(&read(json), "id").unwrap().as_str(), tail);
        }
        for json in ["null", r#""""#, r#""gid://shopify/Product/""#, r#""a b""#] {
            assert!(id(&read(json), "id").is_err(), "{json}");
        }
    }

    #[test]
    fn whole_numbers_are_read_in_any_notation_and_others_refused() {
        for (json, expected) in [("5", 5), ("-2", -2), ("5.0", 5), (r#""5""#, 5), ("5e2", 500)] {
            assert_eq!(whole(read(json), "stock").unwrap(), Field::Value(expected), "{json}");
        }
        for json in ["5.5", "true", r#""five""#, "1e300", "99999999999999999999"] {
            let error = whole(read(json), "stock").unwrap_err().to_string();
            assert!(error.starts_with("stock: found "), "{error}");
        }
    }

    #[test]
    fn an_amount_of_unknown_currency_is_absent_and_a_null_is_none() {
        assert_eq!(money(read("1"), None, "price").unwrap(), Field::Absent);
        assert_eq!(money(read("null"), None, "price").unwrap(), Field::Null);
        let eur = "EUR".parse().unwrap();
        assert!(money(read(r#""ten""#), Some(eur), "price").is_err());
    }

    #[test]
    fn an_object_is_no_text() {
        let error = serde_json::from_str::<Text>(r#"{"a":1}"#).unwrap_err().to_string();
        assert!(error.contains(r#"found {"a":1} where a text or number was expected"#), "{error}");
    }
}
