use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

const ID_CHARS_MIN: usize = 3;
const ID_CHARS_MAX: usize = 40;
const FOUND_CHARS_MAX: usize = 80;

/// A text that is no account or customer id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where {what} was expected: 3 to 40 of a-z, 0-9 and -")]
pub struct IdError {
    /// What the text should have been.
    pub what: &'static str,
    /// The text as it came, cut to a bounded length.
    pub found: String,
}

/// A word outside a closed set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where {what} was expected: one of {expected}")]
pub struct UnknownWord {
    /// What the word should have been.
    pub what: &'static str,
    /// The word as it came, cut to a bounded length.
    pub found: String,
    /// The words there are.
    pub expected: &'static str,
}

fn parse_id(what: &'static str, text: &str) -> Result<Box<str>, IdError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (ID_CHARS_MIN..=ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(allowed) {
        Ok(text.into())
    } else {
        Err(IdError { what, found: text.chars().take(FOUND_CHARS_MAX).collect() })
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The id as text.
            pub const fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_id($what, text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id!(
    /// One connected store of a retailer on one integration.
    AccountId,
    "an account id"
);
id!(
    /// A retailer.
    CustomerId,
    "a customer id"
);

macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal,
     { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every one there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as text.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(UnknownWord {
                        what: $what,
                        found: text.chars().take(FOUND_CHARS_MAX).collect(),
                        expected: $expected,
                    }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = UnknownWord;
            fn try_from(text: String) -> Result<Self, UnknownWord> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

word!(
    /// A vendor platform.
    Integration, "an integration", "shopify, bigcommerce, magento",
    {
        /// Shopify.
        Shopify = "shopify",
        /// BigCommerce.
        Bigcommerce = "bigcommerce",
        /// Magento 2 and Adobe Commerce.
        Magento = "magento",
    }
);
word!(
    /// What a job imports.
    Kind, "a kind", "products, orders",
    {
        /// Products, with their variants inside.
        Products = "products",
        /// Orders.
        Orders = "orders",
    }
);

/// A vendor's own id of a record, as the vendor's text: ids beyond 2⁵³ must not pass through a
/// number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VendorId(Box<str>);

impl VendorId {
    /// The longest id kept, in bytes. Together with an account id it fits a `DynamoDB` sort key.
    pub const BYTES_MAX: usize = 256;

    /// The id as text.
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VendorId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let clean = !text.is_empty()
            && text.len() <= Self::BYTES_MAX
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if clean {
            Ok(Self(text.into()))
        } else {
            Err(IdError {
                what: "a vendor's record id",
                found: text.chars().take(FOUND_CHARS_MAX).collect(),
            })
        }
    }
}

impl TryFrom<String> for VendorId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<VendorId> for String {
    fn from(id: VendorId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for VendorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_outside_its_alphabet_or_length_is_refused() {
        for text in ["", "ab", "Ab-cd", "a b c", "a#b", &"a".repeat(41)] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
        for text in ["abc", "a-1", &"a".repeat(40)] {
            assert_eq!(text.parse::<AccountId>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn an_unknown_word_names_the_words_there_are() {
        let error = "etsy".parse::<Integration>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "found \"etsy\" where an integration was expected: one of shopify, bigcommerce, magento"
        );
    }

    #[test]
    fn ids_beyond_the_exact_range_of_a_double_keep_their_digits() {
        let id: VendorId = "9007199254740993".parse().unwrap();
        assert_eq!(id.as_str(), "9007199254740993");
    }
}
