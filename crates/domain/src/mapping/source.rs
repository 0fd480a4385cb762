use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use super::cut;
use crate::Kind;

/// Where a value comes from.
///
/// As text `custom:KEY` or `custom:NAMESPACE/KEY` for a custom field (a metafield, a custom or
/// extension attribute), `extra:/POINTER` for anything kept under the vendor's name, by a JSON
/// pointer (RFC 6901). Before it `variants.` or `lines.` for one value of each, in their order, and
/// `personal.` for what is kept of the buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Source {
    /// Of what.
    pub place: Place,
    /// Which of its fields.
    pub(super) field: SourceField,
}

/// A part of a record that has fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The record itself.
    Record,
    /// Each variant of a product.
    Variants,
    /// Each line of an order.
    Lines,
    /// The buyer of an order.
    Personal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SourceField {
    /// A custom field; of any namespace, if `None`.
    Custom { namespace: Option<String>, key: String },
    /// What is kept under the vendor's name.
    Extra { pointer: String },
}

/// A text that names no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "found {found:?} where a source was expected: custom:KEY, custom:NAMESPACE/KEY or \
     extra:/POINTER, perhaps behind variants., lines. or personal."
)]
pub struct SourceError {
    /// The text as it came, cut to a bounded length.
    pub found: String,
}

/// The longest source, in bytes.
const BYTES_MAX: usize = 512;

impl Place {
    const ALL: [Self; 4] = [Self::Variants, Self::Lines, Self::Personal, Self::Record];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Record => "",
            Self::Variants => "variants.",
            Self::Lines => "lines.",
            Self::Personal => "personal.",
        }
    }

    /// Whether records of a kind have it.
    pub const fn is_of(self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::Record, Kind::Products | Kind::Orders)
            | (Self::Variants, Kind::Products)
            | (Self::Lines | Self::Personal, Kind::Orders) => true,
            (Self::Variants, Kind::Orders) | (Self::Lines | Self::Personal, Kind::Products) => {
                false
            }
        }
    }
}

impl FromStr for Source {
    type Err = SourceError;
    fn from_str(text: &str) -> Result<Self, SourceError> {
        let wrong = || SourceError { found: cut(text) };
        let found = Place::ALL.into_iter().find_map(|place| {
            let rest = text.strip_prefix(place.prefix())?;
            rest.split_once(':').map(|(sort, name)| (place, sort, name))
        });
        let field = match found {
            _ if text.len() > BYTES_MAX => None,
            Some((_, "custom", name)) => {
                let (namespace, key) = match name.rsplit_once('/') {
                    Some((namespace, key)) => (Some(namespace.to_owned()), key),
                    None => (None, name),
                };
                let named = !key.is_empty() && namespace.as_deref() != Some("");
                named.then(|| SourceField::Custom { namespace, key: key.to_owned() })
            }
            Some((_, "extra", pointer)) if pointer.len() > 1 && pointer.starts_with('/') => {
                Some(SourceField::Extra { pointer: pointer.to_owned() })
            }
            Some(_) | None => None,
        };
        match (found, field) {
            (Some((Place::Personal, ..)), Some(SourceField::Custom { .. })) => Err(wrong()),
            (Some((place, ..)), Some(field)) => Ok(Self { place, field }),
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Source {
    type Error = SourceError;
    fn try_from(text: String) -> Result<Self, SourceError> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.place.prefix())?;
        match &self.field {
            SourceField::Custom { namespace: Some(namespace), key } => {
                write!(f, "custom:{namespace}/{key}")
            }
            SourceField::Custom { namespace: None, key } => write!(f, "custom:{key}"),
            SourceField::Extra { pointer } => write!(f, "extra:{pointer}"),
        }
    }
}
