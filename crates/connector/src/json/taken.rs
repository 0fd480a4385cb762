//! What is taken out of a text while the value around it is read, to be read itself later or never.

use core::fmt;
use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::de::{PLACE, RAW};

/// A value as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// A value whose text was kept.
    pub const fn kept(text: &'a str) -> Self {
        Self(text)
    }

    /// Its text, exactly as it came.
    pub const fn get(self) -> &'a str {
        self.0
    }

    /// As [`At::text`](super::At::text).
    pub fn text(self) -> Option<Cow<'a, str>> {
        super::text(self.0, || self.0.contains('\\'))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Whole;
        impl<'de> Visitor<'de> for Whole {
            type Value = &'de str;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of a JSON text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<&'de str, E> {
                Ok(text)
            }
        }
        from.deserialize_newtype_struct(RAW, Whole).map(Self)
    }
}

/// Where a value lies in the text that it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(pub(super) u32);

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = u32;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of a JSON text")
            }
            fn visit_u32<E: Error>(self, place: u32) -> Result<u32, E> {
                Ok(place)
            }
        }
        from.deserialize_newtype_struct(PLACE, Number).map(Self)
    }
}
