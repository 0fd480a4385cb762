//! Where a walk is. Its lists are in the order of ids and every page begins behind the last one's
//! last id, so that nothing is lost or shifted while records change: a record changed meanwhile
//! keeps its place, or leaves the window and is the next walk's. Equal times of change, however
//! many, do not matter, and there is no page whose number would go stale.

use flyball_connector::PlanError;
use serde::{Deserialize, Serialize};

use super::begun::TEXT_BYTES_MAX;
use crate::decode::StoreFacts;

const RESUME_VERSION: u32 = 1;

/// The longest resume text read, in bytes.
const RESUME_BYTES_MAX: usize = TEXT_BYTES_MAX + 4_096;

/// What a walk goes through; a resume text is of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Through {
    Changed,
    Records,
    Listing,
}

/// Where a walk is. What [`Position::resume`] writes, [`Position::parse`] reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position {
    v: u32,
    through: Through,
    /// Behind this id.
    #[serde(with = "digits")]
    pub(super) after: Option<u64>,
    /// Of the records asked for by id, how many are done.
    pub(super) at: usize,
    pub(super) done: bool,
    /// How often what comes next has made the server fail.
    pub(super) tries: u8,
    pub(super) store: Option<StoreFacts>,
    /// What has come of the record that comes next, as [`super::begun::Begun::to_text`] wrote it.
    #[serde(default)]
    pub(super) begun: Option<String>,
}

impl Position {
    pub(super) const fn start(through: Through) -> Self {
        Self {
            v: RESUME_VERSION,
            through,
            after: None,
            at: 0,
            done: false,
            tries: 0,
            store: None,
            begun: None,
        }
    }

    /// Reads a resume text.
    ///
    /// # Errors
    /// One of another connector, another version or another kind of walk.
    pub(super) fn parse(text: &str, through: Through) -> Result<Self, PlanError> {
        let wrong = |what: String| PlanError::Resume { what };
        if text.len() > RESUME_BYTES_MAX {
            return Err(wrong(format!(
                "found {} bytes, expected up to {RESUME_BYTES_MAX}",
                text.len()
            )));
        }
        let read: Self = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if read.v != RESUME_VERSION {
            return Err(wrong(format!("found version {}, expected {RESUME_VERSION}", read.v)));
        }
        if read.through != through {
            let (found, expected) = (read.through, through);
            return Err(wrong(format!("found one of {found:?}, expected one of {expected:?}")));
        }
        Ok(read)
    }

    /// This position as a text: a few hundred bytes, and what was begun.
    pub(super) fn resume(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Goes on behind an id.
    pub(super) fn advance(&mut self, last: Option<u64>) {
        if last.is_some() {
            self.after = self.after.max(last);
            self.tries = 0;
        }
    }
}

/// Ids as text: they may be beyond what other readers of JSON keep exactly.
mod digits {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(id: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        id.map(|id| id.to_string()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_its_text() {
        let store = StoreFacts {
            currency: Some("EUR".parse().unwrap()),
            weight_unit: Some("kilograms".to_owned()),
        };
        let position = Position {
            after: Some(u64::MAX),
            tries: 2,
            store: Some(store),
            ..Position::start(Through::Changed)
        };
        let text = position.resume();
        assert!(text.contains(r#""after":"18446744073709551615""#), "{text}");
        assert_eq!(Position::parse(&text, Through::Changed).unwrap(), position);
    }

    #[test]
    fn a_text_of_another_walk_is_refused_with_what_was_found() {
        let of = |text: &str| Position::parse(text, Through::Listing).unwrap_err().to_string();
        let text = Position::start(Through::Changed).resume();
        assert!(
            of(&text).contains("found one of Changed, expected one of Listing"),
            "{}",
            of(&text)
        );
        assert!(of(&text.replace("\"v\":1", "\"v\":9")).contains("found version 9"));
        for text in ["", "{}", r#"{"list":"x"}"#, "null", &" ".repeat(RESUME_BYTES_MAX + 1)] {
            assert!(of(text).contains("not one of ours"), "{text}");
        }
    }

    #[test]
    fn a_position_never_goes_back() {
        let mut position = Position::start(Through::Changed);
        position.advance(Some(9));
        position.advance(Some(7));
        position.advance(None);
        assert_eq!(position.after, Some(9));
    }
}
