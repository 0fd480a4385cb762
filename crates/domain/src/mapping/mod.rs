//! An account's mapping: which of its custom fields stand under which name and in which type.
//!
//! A value that does not fit is told, and its record is imported all the same.

mod apply;
mod mapped;
mod source;
#[cfg(test)]
mod tests;
mod value;

pub use mapped::{Mapped, Unfit};
pub use source::{Place, Source, SourceError};
pub use value::{Scalar, ValueType};

use std::collections::{BTreeMap, BTreeSet};

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Kind;

const FOUND_CHARS_MAX: usize = 80;

/// The rules of an account, in their order; no two of a kind give the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Rules", into = "Rules")]
pub struct Mapping {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rules: Vec<Rule>,
}

/// One name of the retailer's, and where its value comes from.
///
/// As JSON for example
/// `{"kind":"products","name":"fabric","from":"custom:specs/material","type":"text"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Of which kind of records.
    pub kind: Kind,
    /// The retailer's name for it.
    pub name: FieldName,
    /// Where it comes from.
    pub from: Source,
    /// What it has to be.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// The retailer's words for the vendor's, such as labels for a choice's numbers; a word that is
    /// not among them stays as it is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, String>,
    /// Whether a record without it is told.
    #[serde(default)]
    pub presence: Presence,
}

/// Whether a record may be without a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It may.
    #[default]
    Optional,
    /// A record without it is told.
    Required,
}

/// A retailer's name for a value: 1 to 64 letters, digits, `_`, `-` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldName(Box<str>);

/// Rules that can't be used, or a part of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// A name outside its alphabet or length.
    #[error(
        "found {found:?} where a name was expected: 1 to {} letters, digits, _, - and .",
        FieldName::CHARS_MAX
    )]
    Name {
        /// The text as it came, cut to a bounded length.
        found: String,
    },
    /// Two rules for one name.
    #[error("found two rules for the name {name} of {kind}: leave one")]
    Twice {
        /// The name.
        name: String,
        /// The kind.
        kind: Kind,
    },
    /// A place that records of the kind don't have.
    #[error("found {from}, which {kind} don't have, in the rule for {name}")]
    Place {
        /// The name of the rule.
        name: String,
        /// Its source.
        from: Source,
        /// Its kind.
        kind: Kind,
    },
    /// More rules than are accepted.
    #[error("found {found} rules where at most {} are accepted", Mapping::RULES_MAX)]
    TooMany {
        /// How many there are.
        found: usize,
    },
    /// More words than are accepted.
    #[error(
        "found {found} words in the rule for {name} where at most {} are accepted",
        Mapping::WORDS_MAX
    )]
    TooManyWords {
        /// The name of the rule.
        name: String,
        /// How many there are.
        found: usize,
    },
}

impl Mapping {
    /// The most rules of an account.
    pub const RULES_MAX: usize = 200;

    /// The most words of a rule.
    pub const WORDS_MAX: usize = 1_000;

    /// A mapping of these rules.
    ///
    /// # Errors
    /// Two rules for one name, too many, or one that asks for what its kind does not have.
    pub fn new(rules: Vec<Rule>) -> Result<Self, MappingError> {
        if rules.len() > Self::RULES_MAX {
            return Err(MappingError::TooMany { found: rules.len() });
        }
        let mut names = BTreeSet::new();
        for rule in &rules {
            let name = rule.name.to_string();
            if !names.insert((rule.kind, &rule.name)) {
                return Err(MappingError::Twice { name, kind: rule.kind });
            }
            if !rule.from.place.is_of(rule.kind) {
                let from = rule.from.clone();
                return Err(MappingError::Place { name, from, kind: rule.kind });
            }
            if rule.words.len() > Self::WORDS_MAX {
                return Err(MappingError::TooManyWords { name, found: rule.words.len() });
            }
        }
        Ok(Self { rules })
    }

    /// Its rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

impl TryFrom<Rules> for Mapping {
    type Error = MappingError;
    fn try_from(Rules { rules }: Rules) -> Result<Self, MappingError> {
        Self::new(rules)
    }
}

impl From<Mapping> for Rules {
    fn from(Mapping { rules }: Mapping) -> Self {
        Self { rules }
    }
}

impl FieldName {
    /// The longest name, in characters.
    pub const CHARS_MAX: usize = 64;

    /// The name as text.
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FieldName {
    type Err = MappingError;
    fn from_str(text: &str) -> Result<Self, MappingError> {
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let chars = text.chars().count();
        if (1..=Self::CHARS_MAX).contains(&chars) && text.chars().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(MappingError::Name { found: cut(text) })
        }
    }
}

impl TryFrom<String> for FieldName {
    type Error = MappingError;
    fn try_from(text: String) -> Result<Self, MappingError> {
        text.parse()
    }
}

impl From<FieldName> for String {
    fn from(name: FieldName) -> Self {
        name.0.into()
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

fn cut(text: &str) -> String {
    text.chars().take(FOUND_CHARS_MAX).collect()
}
