//! Reads and writes single attributes of items.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::error::ItemError;
use crate::key::{PK, SK};
use crate::table::Item;

/// The version of every item's shape. This code reads it and the one before.
pub(crate) const VERSION: u64 = 2;

const FOUND_CHARS_MAX: usize = 80;

/// An item that says which one it is when something is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes<'a>(&'a Item);

impl<'a> Attributes<'a> {
    /// Looks at an item of a version this code reads.
    pub(crate) fn of(item: &'a Item) -> Result<Self, ItemError> {
        let this = Self(item);
        let found = this.number("v")?;
        if found > VERSION {
            return Err(ItemError::Newer { key: this.key(), found, known: VERSION });
        }
        Ok(this)
    }

    pub(crate) fn number(self, name: &str) -> Result<u64, ItemError> {
        let text = self.0.get(name).and_then(|value| value.as_n().ok());
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| self.unexpected(name, "a whole number from 0"))
    }

    /// A number that is 0 where there is none.
    pub(crate) fn count(self, name: &str) -> Result<u16, ItemError> {
        if !self.0.contains_key(name) {
            return Ok(0);
        }
        let number = self.number(name)?;
        u16::try_from(number).map_err(|_too_large| self.unexpected(name, "a number below 65,536"))
    }

    pub(crate) fn number_if_any(self, name: &str) -> Result<Option<u64>, ItemError> {
        if self.0.contains_key(name) { self.number(name).map(Some) } else { Ok(None) }
    }

    pub(crate) fn text(self, name: &str) -> Result<&'a str, ItemError> {
        let text = self.0.get(name).and_then(|value| value.as_s().ok());
        text.map(String::as_str).ok_or_else(|| self.unexpected(name, "a text"))
    }

    pub(crate) fn text_if_any(self, name: &str) -> Result<Option<&'a str>, ItemError> {
        if self.0.contains_key(name) { self.text(name).map(Some) } else { Ok(None) }
    }

    pub(crate) fn bytes(self, name: &str) -> Result<&'a [u8], ItemError> {
        let blob = self.0.get(name).and_then(|value| value.as_b().ok());
        blob.map(AsRef::as_ref).ok_or_else(|| self.unexpected(name, "bytes"))
    }

    pub(crate) fn array_if_any<const N: usize>(
        self,
        name: &str,
    ) -> Result<Option<[u8; N]>, ItemError> {
        if self.0.contains_key(name) { self.array(name).map(Some) } else { Ok(None) }
    }

    pub(crate) fn array<const N: usize>(self, name: &str) -> Result<[u8; N], ItemError> {
        let bytes = self.bytes(name)?;
        bytes.try_into().map_err(|_length| {
            self.corrupt(format!("found {} bytes in `{name}`, {N} were expected", bytes.len()))
        })
    }

    pub(crate) fn corrupt(self, what: String) -> ItemError {
        ItemError::Corrupt { key: self.key(), what }
    }

    fn unexpected(self, name: &str, expected: &str) -> ItemError {
        let found = self.0.get(name).map_or_else(
            || "nothing".to_owned(),
            |value| format!("{value:?}").chars().take(FOUND_CHARS_MAX).collect(),
        );
        self.corrupt(format!("found {found} in `{name}` where {expected} was expected"))
    }

    fn key(self) -> String {
        let of = |name: &str| self.0.get(name).and_then(|value| value.as_s().ok());
        let text = |name| of(name).map_or("?", String::as_str);
        format!("{} {}", text(PK), text(SK))
    }
}

pub(crate) fn n(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn b(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

/// Adds attributes, and the version, to an item's keys.
pub(crate) fn with<const N: usize>(mut item: Item, more: [(&str, AttributeValue); N]) -> Item {
    item.insert("v".to_owned(), n(VERSION));
    item.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(v: u64) -> Item {
        with(Item::new(), [(PK, s("blue-mug#products")), (SK, s("42")), ("v", n(v))])
    }

    #[test]
    fn an_item_of_a_newer_version_is_not_looked_at() {
        let error = Attributes::of(&item(VERSION + 1)).unwrap_err();
        assert!(matches!(error, ItemError::Newer { found, .. } if found == VERSION + 1));
    }

    #[test]
    fn a_damaged_attribute_names_its_item() {
        let item = item(VERSION);
        let error = Attributes::of(&item).unwrap().number("fence").unwrap_err();
        assert_eq!(
            error.to_string(),
            "item blue-mug#products 42 is damaged: \
             found nothing in `fence` where a whole number from 0 was expected"
        );
        assert!(Attributes::of(&Item::new()).is_err());
    }
}
