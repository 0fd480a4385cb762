use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value that a vendor may not have been asked for, may have answered with nothing, or has given.
///
/// The three differ: what was not asked for never clears what is stored; an explicit nothing does.
/// In JSON the first is a missing key, the second `null`. Give every such struct field
/// `#[serde(default, skip_serializing_if = "Field::is_absent")]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Not asked for, or not answered.
    #[default]
    Absent,
    /// Answered: there is none.
    Null,
    /// Answered.
    Value(T),
}

impl<T> Field<T> {
    /// Whether this was not asked for.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, where there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Changes the value, where there is one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Value(value) => Field::Value(change(value)),
        }
    }

    /// Changes the value, where there is one, by a change that can fail.
    ///
    /// # Errors
    /// The change's own.
    pub fn try_map<U, E>(self, change: impl FnOnce(T) -> Result<U, E>) -> Result<Field<U>, E> {
        Ok(match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Value(value) => Field::Value(change(value)?),
        })
    }
}

/// An answered value: `None` is an explicit nothing.
impl<T> From<Option<T>> for Field<T> {
    fn from(answered: Option<T>) -> Self {
        answered.map_or(Self::Null, Self::Value)
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        #[serde(default, skip_serializing_if = "Field::is_absent")]
        title: Field<String>,
    }

    #[test]
    fn absent_null_and_value_are_three_things_in_json() {
        for (text, title) in [
            ("{}", Field::Absent),
            (r#"{"title":null}"#, Field::Null),
            (r#"{"title":"Mug"}"#, Field::Value("Mug".to_owned())),
        ] {
            let holder: Holder = serde_json::from_str(text).unwrap();
            assert_eq!(holder.title, title);
            assert_eq!(serde_json::to_string(&holder).unwrap(), text);
        }
    }
}
