//! A JSON object whose fields are taken one by one; what nobody takes is kept. So nothing of a
//! payload can be forgotten: it has a place of its own, or it is in `extra`.

use std::borrow::Cow;

use flyball_connector::decode::{RowError, decimal};
use flyball_connector::json::{JsonError, Raw, from_str};
use flyball_domain::{Field, UnixMillis, VendorId};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// From how many characters on a number may have more digits than a double keeps.
const DOUBLE_DIGITS: usize = 16;
/// How deep a value may nest to be kept as a value; what is deeper is kept as text.
const DEPTH_MAX: usize = 100;

/// An object, its fields not yet read.
#[derive(Debug, Default)]
pub(crate) struct Object<'a> {
    fields: Vec<(Cow<'a, str>, Option<Raw<'a>>)>,
    /// Where the field after the last one taken stands: fields mostly come in the same order.
    next: usize,
}

impl<'a> Object<'a> {
    /// Reads an object's outer form.
    pub(crate) fn parse(text: &'a str) -> Result<Self, JsonError> {
        let fields: Fields<'a> = from_str(text)?;
        Ok(Self { fields: fields.0, next: 0 })
    }

    /// An object, or nothing where something else stands; the empty array, which is how PHP writes
    /// an empty object, is an empty one.
    pub(crate) fn of(raw: Raw<'a>) -> Option<Self> {
        match raw.get().as_bytes().first() {
            Some(b'{') => Self::parse(raw.get()).ok(),
            Some(b'[') if is_empty_list(raw.get()) => Some(Self::default()),
            Some(_) | None => None,
        }
    }

    fn find(&mut self, name: &str) -> Option<usize> {
        let is = |(found, value): &(Cow<'_, str>, Option<Raw<'_>>)| {
            value.is_some() && found.as_ref() == name
        };
        let at = match self.fields.get(self.next) {
            Some(field) if is(field) => self.next,
            Some(_) | None => self.fields.iter().position(is)?,
        };
        self.next = at.saturating_add(1);
        Some(at)
    }

    /// What stands under a name, left where it is.
    pub(crate) fn peek(&mut self, name: &str) -> Field<Raw<'a>> {
        let Some(at) = self.find(name) else { return Field::Absent };
        match self.fields.get(at).and_then(|(_, value)| *value) {
            None => Field::Absent,
            Some(raw) if raw.get() == "null" => Field::Null,
            Some(raw) => Field::Value(raw),
        }
    }

    /// Takes what stands under a name.
    pub(crate) fn take(&mut self, name: &str) -> Field<Raw<'a>> {
        let found = self.peek(name);
        self.drop_field(name);
        found
    }

    /// Forgets a field.
    pub(crate) fn drop_field(&mut self, name: &str) {
        if let Some(at) = self.find(name)
            && let Some((_, value)) = self.fields.get_mut(at)
        {
            *value = None;
        }
    }

    /// Takes a text, number or boolean as text; anything else stays.
    pub(crate) fn text(&mut self, name: &str) -> Field<String> {
        let read = self.peek(name).map(Raw::text);
        match read {
            Field::Absent | Field::Value(None) => Field::Absent,
            Field::Null => {
                self.drop_field(name);
                Field::Null
            }
            Field::Value(Some(text)) => {
                self.drop_field(name);
                Field::Value(text.into_owned())
            }
        }
    }

    /// Takes what a reading makes of a text; what it can't read stays.
    pub(crate) fn parsed<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Field<T> {
        let text = self.peek(name).map(Raw::text);
        let found = match text {
            Field::Absent | Field::Value(None) => return Field::Absent,
            Field::Null => Field::Null,
            Field::Value(Some(text)) => match read(&text) {
                Some(value) => Field::Value(value),
                None => return Field::Absent,
            },
        };
        self.drop_field(name);
        found
    }

    /// What a reading makes of a text, which is left where it is.
    pub(crate) fn seen<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        read(&self.peek(name).value()?.text()?)
    }

    /// Takes a whole number; anything else stays.
    pub(crate) fn whole(&mut self, name: &str) -> Field<i64> {
        self.parsed(name, whole)
    }

    /// Takes a number as a decimal; anything else stays.
    pub(crate) fn number(&mut self, name: &str) -> Field<Decimal> {
        self.parsed(name, decimal)
    }

    /// Takes `true`, `false`, 1 or 0; anything else stays.
    pub(crate) fn flag(&mut self, name: &str) -> Field<bool> {
        self.parsed(name, |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })
    }

    /// Takes a time; anything else stays.
    pub(crate) fn time(&mut self, name: &str) -> Field<UnixMillis> {
        self.parsed(name, time)
    }

    /// Takes an id that a record can do without; anything else stays.
    pub(crate) fn vendor_id(&mut self, name: &str) -> Field<VendorId> {
        self.parsed(name, |text| text.parse().ok())
    }

    /// Takes an id that a record can't do without.
    pub(crate) fn id(&mut self, name: &str) -> Result<VendorId, RowError> {
        let found = self.take(name).map(|raw| from_str(raw.get()));
        flyball_connector::decode::id(&found.try_map(|text| text)?, name)
    }

    /// Takes an object. Anything but an object or an empty array stays.
    pub(crate) fn object(&mut self, name: &str) -> Field<Object<'a>> {
        match self.peek(name).map(Object::of) {
            Field::Absent | Field::Value(None) => Field::Absent,
            Field::Null => {
                self.drop_field(name);
                Field::Null
            }
            Field::Value(Some(object)) => {
                self.drop_field(name);
                Field::Value(object)
            }
        }
    }

    /// Takes a list. Anything but a list stays.
    pub(crate) fn list(&mut self, name: &str) -> Field<Vec<Raw<'a>>> {
        match self.peek(name).map(list) {
            Field::Absent | Field::Value(None) => Field::Absent,
            Field::Null => {
                self.drop_field(name);
                Field::Null
            }
            Field::Value(Some(list)) => {
                self.drop_field(name);
                Field::Value(list)
            }
        }
    }

    /// What nobody took, under the vendor's names.
    pub(crate) fn rest(self) -> Map<String, Value> {
        let left = self.fields.into_iter();
        left.filter_map(|(name, raw)| Some((name.into_owned(), value(raw?)))).collect()
    }

    /// Puts what nobody took under a name of its own into `extra`, where there is any.
    pub(crate) fn rest_into(self, extra: &mut Map<String, Value>, name: &str) {
        let rest = self.rest();
        if !rest.is_empty() {
            extra.insert(name.to_owned(), Value::Object(rest));
        }
    }
}

/// A whole number in any notation.
pub(crate) fn whole(text: &str) -> Option<i64> {
    decimal(text).filter(Decimal::is_integer)?.to_i64()
}

/// A time as Magento writes it, in UTC without saying so (`2017-11-06 12:17:19`), or with an offset.
pub(crate) fn time(text: &str) -> Option<UnixMillis> {
    // A zone would not fit into so many characters.
    if text.len() == "2017-11-06 12:17:19".len()
        && let Ok(civil) = text.parse::<DateTime>()
    {
        let at = TimeZone::UTC.to_timestamp(civil).ok()?;
        return u64::try_from(at.as_millisecond()).ok().map(UnixMillis);
    }
    UnixMillis::parse_rfc3339(text).ok()
}

/// The elements of a list, or of an object in the place of one: PHP writes a list with gaps so.
pub(crate) fn list(raw: Raw<'_>) -> Option<Vec<Raw<'_>>> {
    match raw.get().as_bytes().first() {
        Some(b'[') => from_str(raw.get()).ok(),
        Some(b'{') => {
            let fields: Fields<'_> = from_str(raw.get()).ok()?;
            let numbered = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
            let all = fields.0.iter().all(|(name, _)| numbered(name));
            all.then(|| fields.0.iter().filter_map(|(_, value)| *value).collect())
        }
        Some(_) | None => None,
    }
}

fn is_empty_list(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace() || byte == b'[' || byte == b']')
}

/// Whether a kept number is more than nothing.
pub(crate) fn positive(kept: &Value) -> bool {
    let text = kept.as_str().map_or_else(|| kept.to_string(), str::to_owned);
    decimal(&text).is_some_and(|number| number > Decimal::ZERO)
}

/// A value for keeping: a number that a double would change is kept as text.
pub(crate) fn value(raw: Raw<'_>) -> Value {
    let text = raw.get();
    if has_long_number(text) {
        return careful(text, 0);
    }
    serde_json::from_str(text).unwrap_or_else(|_too_deep| Value::String(text.to_owned()))
}

fn has_long_number(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E');
    text.as_bytes().split(|byte| !part(*byte)).any(|run| run.len() >= DOUBLE_DIGITS)
}

fn careful(text: &str, depth: usize) -> Value {
    let whole = || Value::String(text.to_owned());
    if depth > DEPTH_MAX {
        return whole();
    }
    match text.as_bytes().first() {
        Some(b'{') => {
            let Ok(fields) = from_str::<Fields<'_>>(text) else { return whole() };
            let inner = |raw: Raw<'_>| careful(raw.get(), depth.saturating_add(1));
            let kept = fields.0.into_iter();
            kept.filter_map(|(name, raw)| Some((name.into_owned(), inner(raw?)))).collect()
        }
        Some(b'[') => {
            let Ok(values) = from_str::<Vec<Raw<'_>>>(text) else { return whole() };
            values.iter().map(|raw| careful(raw.get(), depth.saturating_add(1))).collect()
        }
        Some(b'-' | b'0'..=b'9') => match serde_json::from_str::<Value>(text) {
            Ok(number) if decimal(&number.to_string()) == decimal(text) => number,
            Ok(_) | Err(_) => whole(),
        },
        Some(_) | None => serde_json::from_str(text).unwrap_or_else(|_| whole()),
    }
}

/// Nothing where nothing was asked for, or nothing is there.
pub(crate) trait ValueOrDefault<T> {
    /// The value, or an empty one.
    fn value_or_default(self) -> T;
}

impl<T: Default> ValueOrDefault<T> for Field<T> {
    fn value_or_default(self) -> T {
        match self {
            Self::Value(value) => value,
            Self::Absent | Self::Null => T::default(),
        }
    }
}

struct Fields<'a>(Vec<(Cow<'a, str>, Option<Raw<'a>>)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, Raw<'de>>()? {
            fields.push((name, Some(value)));
        }
        Ok(Fields(fields))
    }
}

struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_taken_is_kept_and_what_cannot_be_read_is_not_taken() {
        let mut object = Object::parse(r#"{"a":1,"b":"x","c":[1],"d":null,"e":"soon"}"#).unwrap();
        assert_eq!(object.whole("a"), Field::Value(1));
        assert_eq!(object.text("b"), Field::Value("x".to_owned()));
        assert_eq!(object.text("c"), Field::Absent);
        assert_eq!(object.text("d"), Field::Null);
        assert_eq!(object.time("e"), Field::Absent);
        assert_eq!(object.whole("f"), Field::Absent);
        let rest = serde_json::to_string(&object.rest()).unwrap();
        assert_eq!(rest, r#"{"c":[1],"e":"soon"}"#);
    }

    #[test]
    fn an_empty_array_is_an_empty_object_and_a_numbered_object_a_list() {
        let text = r#"{"a":[],"b":{"0":7,"2":8},"c":{"x":1}}"#;
        let mut object = Object::parse(text).unwrap();
        assert!(object.object("a").value().is_some());
        assert_eq!(object.list("b").value().unwrap().len(), 2);
        assert!(object.list("c").is_absent());
    }

    #[test]
    fn a_number_that_a_double_would_change_is_kept_as_text() {
        let kept = |text: &str| {
            let raw: Raw<'_> = from_str(text).unwrap();
            value(raw).to_string()
        };
        assert_eq!(kept("1.5"), "1.5");
        assert_eq!(kept("9007199254740993"), "9007199254740993");
        assert_eq!(kept("1234567890123456.7891"), "\"1234567890123456.7891\"");
        assert_eq!(
            kept(r#"{"a":[0.12345678901234567890]}"#),
            r#"{"a":["0.12345678901234567890"]}"#
        );
        assert_eq!(kept("184467440737095516160"), "\"184467440737095516160\"");
    }

    #[test]
    fn a_time_without_a_zone_is_in_utc() {
        let at = UnixMillis::parse_rfc3339("2017-11-06T12:17:19Z").unwrap();
        for text in ["2017-11-06 12:17:19", "2017-11-06T12:17:19Z", "2017-11-06T13:17:19+01:00"] {
            assert_eq!(time(text), Some(at), "{text}");
        }
        for text in ["0000-00-00 00:00:00", "", "soon", "1969-12-31 23:59:59"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn a_value_nested_too_deep_is_kept_as_text() {
        let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        let raw: Raw<'_> = from_str(&deep).unwrap();
        assert_eq!(value(raw), Value::String(deep.clone()));
    }
}
