//! What a person says, parsed.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

const FOUND_CHARS_MAX: usize = 80;

/// A word or a text that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where {what} was expected: {expected}")]
pub struct InputError {
    what: &'static str,
    found: String,
    expected: String,
}

impl InputError {
    /// `found` is cut to a bounded length.
    pub fn new(what: &'static str, found: &str, expected: impl Into<String>) -> Self {
        let found = found.chars().take(FOUND_CHARS_MAX).collect();
        Self { what, found, expected: expected.into() }
    }
}

/// A line of words: no more than `N` characters, not blank, and without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Words<const N: usize>(String);

impl<const N: usize> Words<N> {
    /// The words as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As much of a text as fits: without control characters, and cut. `None` where nothing is left.
    pub fn cut(text: &str) -> Option<Self> {
        let words: String = text.trim().chars().filter(|sign| !sign.is_control()).take(N).collect();
        words.parse().ok()
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

impl<const N: usize> TryFrom<String> for Words<N> {
    type Error = InputError;
    fn try_from(text: String) -> Result<Self, InputError> {
        text.parse()
    }
}

impl<const N: usize> From<Words<N>> for String {
    fn from(words: Words<N>) -> Self {
        words.0
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
    fn a_name_from_elsewhere_is_cut_to_what_fits() {
        let cut = |text: &str| Words::<5>::cut(text).map(String::from);
        assert_eq!(cut(" mia\n").as_deref(), Some("mia"));
        assert_eq!(cut("\t"), None);
        assert_eq!(cut("abcdefgh").as_deref(), Some("abcde"));
    }
}
