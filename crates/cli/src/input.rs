//! What arguments are made of.

use core::fmt;
use core::str::FromStr;

const FOUND_CHARS_MAX: usize = 80;

/// An argument that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where {what} was expected: {expected}")]
pub(crate) struct InputError {
    what: &'static str,
    found: String,
    expected: String,
}

impl InputError {
    /// `found` is cut to a bounded length.
    pub(crate) fn new(what: &'static str, found: &str, expected: impl Into<String>) -> Self {
        let found = found.chars().take(FOUND_CHARS_MAX).collect();
        Self { what, found, expected: expected.into() }
    }
}

/// Reads a whole number within bounds.
pub(crate) fn number<T: TryFrom<u64>>(
    what: &'static str,
    min: u64,
    max: u64,
) -> impl Fn(&str) -> Result<T, InputError> + Clone + Send + Sync {
    move |text| {
        text.parse()
            .ok()
            .filter(|number| (min..=max).contains(number))
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| InputError::new(what, text, format!("a whole number, {min} to {max}")))
    }
}

/// A length of time as a person writes it: `90s`, `15m`, `2h`, `3d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lasting {
    /// The length, in milliseconds.
    pub(crate) ms: u64,
}

impl Lasting {
    /// The longest, in milliseconds: a year. What is to last longer is to last until lifted.
    const MS_MAX: u64 = 365 * 86_400_000;
}

impl FromStr for Lasting {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let parse = || {
            let digits = text.find(|sign: char| !sign.is_ascii_digit())?;
            let (count, unit) = text.split_at_checked(digits)?;
            let unit_ms = match unit {
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return None,
            };
            let ms = count.parse::<u64>().ok()?.checked_mul(unit_ms)?;
            (1..=Self::MS_MAX).contains(&ms).then_some(Self { ms })
        };
        parse().ok_or_else(|| {
            InputError::new("a length of time", text, "90s, 15m, 2h or 3d, at most 365d")
        })
    }
}

/// A line of words: no more than `N` characters, not blank, and without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words<const N: usize>(String);

impl<const N: usize> Words<N> {
    /// The words as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const N: usize> FromStr for Words<N> {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let words = text.trim();
        let fits = (1..=N).contains(&words.chars().count()) && !words.contains(char::is_control);
        if fits {
            Ok(Self(words.to_owned()))
        } else {
            Err(InputError::new("a line of words", text, format!("1 to {N} characters")))
        }
    }
}

impl<const N: usize> fmt::Display for Words<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_a_number_and_a_unit() {
        for (text, ms) in
            [("90s", 90_000), ("15m", 900_000), ("2h", 7_200_000), ("365d", 31_536_000_000)]
        {
            assert_eq!(text.parse(), Ok(Lasting { ms }));
        }
        for text in
            ["", "2", "h", "0s", "-1h", "2 h", "2w", "366d", "99999999999999999999d", "1h2m"]
        {
            assert!(text.parse::<Lasting>().is_err(), "{text}");
        }
    }

    #[test]
    fn words_are_one_bounded_line() {
        assert_eq!(
            " stock\u{a0}taking ".parse::<Words<20>>().unwrap().as_str(),
            "stock\u{a0}taking"
        );
        for text in ["", "   ", "a\nb", "123456"] {
            assert!(text.parse::<Words<5>>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_number_outside_its_bounds_is_named_with_them() {
        let accounts = number::<u32>("a number of accounts", 1, 50);
        assert_eq!(accounts("6"), Ok(6));
        assert_eq!(
            accounts("51").unwrap_err().to_string(),
            "found \"51\" where a number of accounts was expected: a whole number, 1 to 50"
        );
        assert!(accounts("").is_err() && accounts("-1").is_err() && accounts("six").is_err());
    }
}
