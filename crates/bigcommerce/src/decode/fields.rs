//! The fields of one JSON object, taken out one by one: what is left has no place of its own and is
//! kept as it came.

use std::borrow::Cow;

use flyball_connector::decode::{CHILDREN_MAX, RowError, Text, decimal};
use flyball_connector::json::{At, Form, JsonError};
use flyball_domain::{Amount, Currency, Field, Money, UnixMillis, VendorId};
use jiff::fmt::rfc2822::DateTimeParser;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::de::Error as _;
use serde_json::{Map, Value};

use super::exact::exact;
use super::notes::Notes;

/// The most characters of a value repeated in a note.
const FOUND_CHARS_MAX: usize = 80;

static RFC_2822: DateTimeParser = DateTimeParser::new();

/// The fields of an object, in the vendor's order.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    entries: Vec<(Cow<'a, str>, Option<At<'a, 'a>>)>,
    /// Where the last field was found: the next one asked for is often the one after it.
    hint: usize,
}

impl<'a> Fields<'a> {
    /// Reads an object.
    ///
    /// # Errors
    /// Anything else.
    pub(crate) fn read(row: At<'a, 'a>) -> Result<Self, RowError> {
        if row.form() != Form::Object {
            let what = format_args!("found {} where an object was expected", cut(row));
            return Err(JsonError::custom(what).into());
        }
        Ok(Self { entries: row.fields().map(|(name, at)| (name, Some(at))).collect(), hint: 0 })
    }

    fn find(&mut self, name: &str) -> Option<usize> {
        let count = self.entries.len();
        let from = self.hint.min(count);
        let at = (from..count).chain(0..from).find(|at| {
            self.entries.get(*at).is_some_and(|(key, at)| key == name && at.is_some())
        })?;
        self.hint = at.saturating_add(1);
        Some(at)
    }

    /// Looks at a field and leaves it where it is.
    pub(crate) fn peek(&mut self, name: &str) -> Field<At<'a, 'a>> {
        let Some(at) = self.find(name) else { return Field::Absent };
        match self.entries.get(at).and_then(|(_, found)| *found) {
            None => Field::Absent,
            Some(found) if found.is_null() => Field::Null,
            Some(found) => Field::Value(found),
        }
    }

    /// Looks at a text or number that is not empty, and leaves it where it is.
    pub(crate) fn peek_text(&mut self, name: &str) -> Option<String> {
        let text = self.peek(name).value()?.text()?;
        if text.trim().is_empty() { None } else { Some(text.into_owned()) }
    }

    /// Looks at an amount and leaves it where it is; one of no known currency is none.
    ///
    /// # Errors
    /// A text or number that is no amount.
    pub(crate) fn peek_money(
        &mut self,
        name: &str,
        currency: Option<Currency>,
    ) -> Result<Option<Money>, RowError> {
        let (Some(text), Some(currency)) = (self.peek_text(name), currency) else {
            return Ok(None);
        };
        let wrong = || format!("found {text} where an amount was expected");
        let amount = decimal(&text).ok_or_else(|| RowError::value(name, wrong()))?;
        Ok(Some(Money { amount, currency }))
    }

    /// Takes a field out.
    pub(crate) fn take(&mut self, name: &str) -> Field<At<'a, 'a>> {
        let found = self.peek(name);
        self.drop_last(&found);
        found
    }

    fn drop_last<T>(&mut self, found: &Field<T>) {
        if !found.is_absent()
            && let Some((_, raw)) = self.entries.get_mut(self.hint.saturating_sub(1))
        {
            *raw = None;
        }
    }

    /// Takes a field out if it can be read; otherwise it stays, to be kept as it came.
    fn scalar<T>(
        &mut self,
        name: &str,
        notes: &mut Notes,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Field<T> {
        let found = self.peek(name);
        let read = match found {
            Field::Absent => return Field::Absent,
            Field::Null => Field::Null,
            Field::Value(raw) => match raw.text() {
                Some(text) if text.trim().is_empty() => Field::Null,
                Some(text) => read(&text).map_or(Field::Absent, Field::Value),
                None => Field::Absent,
            },
        };
        if let (Field::Absent, Field::Value(raw)) = (&read, &found) {
            notes.note(name, format!("found {} where {expected} was expected", cut(*raw)));
        }
        self.drop_last(&read);
        read
    }

    /// A text; an empty one is none.
    pub(crate) fn text(&mut self, name: &str, notes: &mut Notes) -> Field<String> {
        self.scalar(name, notes, "a text", |text| Some(text.to_owned()))
    }

    /// A text in lower case; an empty one is none.
    pub(crate) fn word(&mut self, name: &str, notes: &mut Notes) -> Field<String> {
        self.text(name, notes).map(|text| text.to_lowercase())
    }

    /// A whole number.
    pub(crate) fn whole(&mut self, name: &str, notes: &mut Notes) -> Field<i64> {
        self.scalar(name, notes, "a whole number", whole)
    }

    /// A number.
    pub(crate) fn number(&mut self, name: &str, notes: &mut Notes) -> Field<Decimal> {
        self.scalar(name, notes, "a number", decimal)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str, notes: &mut Notes) -> Field<bool> {
        self.scalar(name, notes, "true or false", |text| text.parse().ok())
    }

    /// A currency's code.
    pub(crate) fn currency(&mut self, name: &str, notes: &mut Notes) -> Field<Currency> {
        self.scalar(name, notes, "a currency", |code| code.parse().ok())
    }

    /// A time: RFC 3339 as in v3, or RFC 2822 as in v2.
    pub(crate) fn time(&mut self, name: &str, notes: &mut Notes) -> Field<UnixMillis> {
        self.scalar(name, notes, "a time", time)
    }

    /// The id of something else; 0 is none.
    pub(crate) fn reference(&mut self, name: &str, notes: &mut Notes) -> Field<VendorId> {
        match self.scalar(name, notes, "an id", |text| text.parse::<VendorId>().ok()) {
            Field::Value(id) if id.as_str() == "0" => Field::Null,
            Field::Value(id) => Field::Value(id),
            Field::Null => Field::Null,
            Field::Absent => Field::Absent,
        }
    }

    /// The id of this very thing.
    ///
    /// # Errors
    /// None there.
    pub(crate) fn id(&mut self, name: &'static str) -> Result<VendorId, RowError> {
        let Field::Value(raw) = self.take(name) else {
            return Err(RowError::Missing { at: name.to_owned(), expected: "an id" });
        };
        let text: Text<'_> = raw.read().map_err(|error| RowError::value(name, error))?;
        text.0.parse().map_err(|error| RowError::value(name, error))
    }

    /// When this very thing was changed.
    ///
    /// # Errors
    /// No time there.
    pub(crate) fn version(&mut self, name: &'static str) -> Result<UnixMillis, RowError> {
        let Field::Value(raw) = self.take(name) else {
            return Err(RowError::Missing { at: name.to_owned(), expected: "a time" });
        };
        raw.text().and_then(|text| time(&text)).ok_or_else(|| {
            RowError::value(name, format!("found {} where a time was expected", cut(raw)))
        })
    }

    /// An amount, by its digits. What is no text and no number at all (the vendor's own example
    /// shows `{}`) and what has no known currency is kept as it came.
    ///
    /// # Errors
    /// A text or number that is no amount.
    pub(crate) fn money(
        &mut self,
        name: &'static str,
        currency: Option<Currency>,
        notes: &mut Notes,
    ) -> Result<Field<Money>, RowError> {
        let Field::Value(raw) = self.peek(name) else {
            let none = self.take(name);
            return Ok(if none.is_absent() { Field::Absent } else { Field::Null });
        };
        let Some(text) = raw.text() else {
            notes.note(name, format!("found {} where an amount was expected", cut(raw)));
            return Ok(Field::Absent);
        };
        let Some(currency) = currency else {
            notes.note(name, "found an amount of a currency that is not known".to_owned());
            return Ok(Field::Absent);
        };
        _ = self.take(name);
        if text.trim().is_empty() {
            return Ok(Field::Null);
        }
        let wrong = || format!("found {} where an amount was expected", cut(raw));
        let amount = decimal(&text).ok_or_else(|| RowError::value(name, wrong()))?;
        Ok(Field::Value(Money { amount, currency }))
    }

    /// An amount of an order.
    ///
    /// # Errors
    /// A text or number that is no amount.
    pub(crate) fn amount(
        &mut self,
        name: &'static str,
        currency: Option<Currency>,
        notes: &mut Notes,
    ) -> Result<Field<Amount>, RowError> {
        Ok(self.money(name, currency, notes)?.map(|shop| Amount { shop, presentment: None }))
    }

    /// The elements of a list that are not `null`; anything but a list is kept as it came.
    pub(crate) fn list(&mut self, name: &str, notes: &mut Notes) -> Field<Vec<At<'a, 'a>>> {
        let found = self.peek(name);
        let list = match found {
            Field::Absent => return Field::Absent,
            Field::Null => Field::Null,
            Field::Value(raw) if raw.form() == Form::List => Field::Value(present(raw).collect()),
            Field::Value(_) => Field::Absent,
        };
        if let (Field::Absent, Field::Value(raw)) = (&list, &found) {
            notes.note(name, format!("found {} where a list was expected", cut(*raw)));
        }
        self.drop_last(&list);
        list
    }

    /// The fields of an object inside; anything but an object is kept as it came.
    pub(crate) fn object(&mut self, name: &str, notes: &mut Notes) -> Field<Fields<'a>> {
        let found = self.peek(name);
        let object = match found {
            Field::Absent => return Field::Absent,
            Field::Null => Field::Null,
            Field::Value(raw) => Fields::read(raw).map_or(Field::Absent, Field::Value),
        };
        if let (Field::Absent, Field::Value(raw)) = (&object, &found) {
            notes.note(name, format!("found {} where an object was expected", cut(*raw)));
        }
        self.drop_last(&object);
        object
    }

    /// Moves a field to what is kept as it came, under its own name.
    ///
    /// # Errors
    /// Nested too deeply.
    pub(crate) fn move_to(
        &mut self,
        name: &str,
        extra: &mut Map<String, Value>,
    ) -> Result<(), RowError> {
        match self.take(name) {
            Field::Absent => {}
            Field::Null => drop(extra.insert(name.to_owned(), Value::Null)),
            Field::Value(raw) => drop(extra.insert(name.to_owned(), exact(raw)?)),
        }
        Ok(())
    }

    /// Keeps whatever was not taken.
    ///
    /// # Errors
    /// Nested too deeply.
    pub(crate) fn rest(self, extra: &mut Map<String, Value>) -> Result<(), RowError> {
        for (key, found) in self.entries {
            let Some(raw) = found else { continue };
            let value = exact(raw).map_err(|error| error.within(&key))?;
            extra.insert(key.into_owned(), value);
        }
        Ok(())
    }
}

/// Reads each element of a list.
///
/// # Errors
/// The first element's that can't be read, with its place in the list; too many of them.
pub(crate) fn each<'r, T>(
    list: impl IntoIterator<Item = At<'r, 'r>>,
    at: &'static str,
    notes: &mut Notes,
    mut read: impl FnMut(At<'r, 'r>, &mut Notes) -> Result<T, RowError>,
) -> Result<Vec<T>, RowError> {
    let mut all = Vec::new();
    for (index, raw) in list.into_iter().enumerate() {
        if index >= CHILDREN_MAX {
            let found = index.saturating_add(1);
            return Err(RowError::TooMany { at: at.to_owned(), found });
        }
        let one = notes.within(at, Some(index), |notes| read(raw, notes));
        all.push(one.map_err(|error| error.within(&format!("{at}[{index}]")))?);
    }
    Ok(all)
}

/// A whole number, in any notation.
pub(crate) fn whole(text: &str) -> Option<i64> {
    decimal(text).filter(Decimal::is_integer).and_then(|number| number.to_i64())
}

/// A time: RFC 3339 as in v3, or RFC 2822 as in v2.
pub(crate) fn time(text: &str) -> Option<UnixMillis> {
    UnixMillis::parse_rfc3339(text).ok().or_else(|| {
        let at = RFC_2822.parse_timestamp(text).ok()?;
        u64::try_from(at.as_millisecond()).ok().map(UnixMillis)
    })
}

/// The elements of a list that are not `null`; none of anything else.
pub(super) fn present<'r>(list: At<'r, 'r>) -> impl Iterator<Item = At<'r, 'r>> {
    list.elements().filter(|element| !element.is_null())
}

fn cut(found: At<'_, '_>) -> String {
    found.raw().chars().take(FOUND_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use flyball_connector::json::Json;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_noted_and_kept() {
        let mut notes = Notes::default();
        let json = r#"{"level":{},"name":"","when":"soon"}"#;
        let json = Json::parse(json).unwrap();
        let mut fields = Fields::read(json.root()).unwrap();
        notes.within("variants", Some(2), |notes| {
            assert_eq!(fields.whole("level", notes), Field::Absent);
            assert_eq!(fields.text("name", notes), Field::Null);
            assert_eq!(fields.time("when", notes), Field::Absent);
        });
        let mut extra = Map::new();
        fields.rest(&mut extra).unwrap();
        assert_eq!(Value::Object(extra).to_string(), r#"{"level":{},"when":"soon"}"#);
        let unused = notes.into_unused();
        assert_eq!(unused[0].at, "variants[2].level");
        assert_eq!(unused[0].what, "found {} where a whole number was expected");
        assert_eq!(unused[1].at, "variants[2].when");
    }

    #[test]
    fn both_of_the_vendors_times_are_read() {
        let at = UnixMillis(1_781_791_940_000);
        for text in ["Thu, 18 Jun 2026 14:12:20 +0000", "2026-06-18T14:12:20+00:00"] {
            assert_eq!(time(text), Some(at), "{text}");
        }
        assert_eq!(time("0000-00-00"), None);
    }
}
