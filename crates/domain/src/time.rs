use core::fmt;

use serde::{Deserialize, Serialize};

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Stored as a number, because RFC 3339 texts with and without fractions do not sort.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(pub u64);

/// A text that is no moment Flyball can keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where a time such as 2026-11-22T09:30:00Z was expected")]
pub struct TimeError {
    /// The text as it came, cut to a bounded length.
    pub found: String,
}

const FOUND_CHARS_MAX: usize = 80;

impl UnixMillis {
    /// This moment, `ms` milliseconds later; saturates at the end of time.
    #[must_use]
    pub const fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// This moment, `ms` milliseconds earlier; saturates at 1970.
    #[must_use]
    pub const fn minus(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// Milliseconds from `earlier` to this moment, 0 when `earlier` is later.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Parses an RFC 3339 time with an offset, to the millisecond.
    ///
    /// # Errors
    /// Anything that is not such a time, or lies before 1970.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimeError> {
        let wrong = || TimeError { found: text.chars().take(FOUND_CHARS_MAX).collect() };
        let timestamp: jiff::Timestamp = text.parse().map_err(|_not_a_time| wrong())?;
        u64::try_from(timestamp.as_millisecond()).map(Self).map_err(|_before_1970| wrong())
    }

    /// This moment as RFC 3339 in UTC, with milliseconds only where there are any.
    pub fn to_rfc3339(self) -> String {
        i64::try_from(self.0)
            .ok()
            .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
            .unwrap_or(jiff::Timestamp::MAX)
            .to_string()
    }
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_being_printed_and_read() {
        for text in ["2026-11-22T09:30:00Z", "2026-11-22T09:30:00.123Z", "1970-01-01T00:00:00Z"] {
            assert_eq!(UnixMillis::parse_rfc3339(text).unwrap().to_rfc3339(), text);
        }
    }

    #[test]
    fn an_offset_is_taken_into_account() {
        let utc = UnixMillis::parse_rfc3339("2026-11-22T08:30:00Z").unwrap();
        assert_eq!(UnixMillis::parse_rfc3339("2026-11-22T09:30:00+01:00").unwrap(), utc);
    }

    #[test]
    fn what_is_no_time_is_refused_and_named() {
        for text in ["", "2026-11-22", "yesterday", "1969-12-31T23:59:59Z"] {
            assert_eq!(UnixMillis::parse_rfc3339(text).unwrap_err().found, text);
        }
    }

    #[test]
    fn the_end_of_time_prints() {
        assert!(UnixMillis(u64::MAX).to_rfc3339().starts_with("9999"));
    }
}
