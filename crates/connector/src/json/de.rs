//! A value as what serde reads from.

use std::borrow::Cow;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::{At, Elements, Form, Json, JsonError};

/// The deepest nesting that is read into what recurses.
const DEPTH_MAX: u8 = 127;

/// The most characters of a value repeated in an error.
const FOUND_CHARS_MAX: usize = 80;

/// The name under which [`Text`](crate::decode::Text) asks for a text, or for digits as they came.
pub(crate) const TEXT: &str = "$flyball::text";

/// The name under which [`Raw`](super::Raw) asks for a value as it came.
pub(super) const RAW: &str = "$flyball::raw";

/// The name under which [`Place`](super::Place) asks where a value lies.
pub(super) const PLACE: &str = "$flyball::place";

/// Reads a text as a value of a type.
///
/// # Errors
/// No JSON, or a value of another shape.
pub fn from_str<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, JsonError> {
    Json::parse(text)?.root().read()
}

impl<'a> At<'_, 'a> {
    /// Reads this value as one of a type.
    ///
    /// # Errors
    /// It is of another shape; the error names the place.
    pub fn read<T: Deserialize<'a>>(self) -> Result<T, JsonError> {
        T::deserialize(self)
    }

    fn visit_text<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.text() {
            Some(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Some(Cow::Owned(text)) => visitor.visit_string(text),
            None => Err(JsonError::custom(format_args!(
                "found {} where a text or number was expected",
                self.raw().chars().take(FOUND_CHARS_MAX).collect::<String>()
            ))),
        }
    }

    fn visit_number<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, JsonError> {
        let number: serde_json::Number =
            serde_json::from_str(self.raw()).map_err(JsonError::custom)?;
        match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), _, _) => visitor.visit_u64(number),
            (None, Some(number), _) => visitor.visit_i64(number),
            (None, None, Some(number)) => visitor.visit_f64(number),
            (None, None, None) => Err(JsonError::custom("found a number that can't be kept")),
        }
    }

    fn deeper(self) -> Result<Self, JsonError> {
        if self.depth > DEPTH_MAX {
            let what = format_args!("found more than {DEPTH_MAX} levels of nesting");
            return Err(JsonError::custom(what));
        }
        Ok(self)
    }
}

impl<'de> Deserializer<'de> for At<'_, 'de> {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.form() {
            Form::Null => visitor.visit_unit(),
            Form::Flag => visitor.visit_bool(self.raw() == "true"),
            Form::Number => self.visit_number(visitor),
            Form::Text => self.visit_text(visitor),
            Form::List => visitor.visit_seq(List { left: self.deeper()?.within(), index: 0 }),
            Form::Object => visitor.visit_map(Object { left: self.deeper()?.within(), of: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        match name {
            TEXT => self.visit_text(visitor),
            RAW => visitor.visit_borrowed_str(self.raw()),
            PLACE => visitor.visit_u32(self.index),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        match self.text() {
            Some(word) => visitor.visit_enum(word.into_deserializer()),
            None => Err(JsonError::custom("found no word where one was expected")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier
    }
}

struct List<'j, 'a> {
    left: Elements<'j, 'a>,
    index: usize,
}

impl<'a> SeqAccess<'a> for List<'_, 'a> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'a>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, JsonError> {
        let Some(value) = self.left.next() else { return Ok(None) };
        let read = seed.deserialize(value).map_err(|error| error.within_list(self.index));
        self.index = self.index.saturating_add(1);
        read.map(Some)
    }
}

struct Object<'j, 'a> {
    left: Elements<'j, 'a>,
    /// The name of the value that comes next.
    of: Option<At<'j, 'a>>,
}

impl<'a> MapAccess<'a> for Object<'_, 'a> {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, JsonError> {
        self.of = self.left.next();
        let Some(name) = self.of else { return Ok(None) };
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, JsonError> {
        let Some(value) = self.left.next() else {
            return Err(JsonError::custom("found a name without a value"));
        };
        seed.deserialize(value).map_err(|error| {
            let name = self.of.and_then(At::text).unwrap_or_default();
            error.within_field(&name)
        })
    }
}
