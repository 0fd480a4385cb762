use core::fmt;
use core::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

const FOUND_CHARS_MAX: usize = 80;

/// Why a text is no amount of money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a decimal number of at most 28 digits.
    #[error("found {found:?} where an amount such as 19.90 was expected")]
    Amount {
        /// The text as it came, cut to a bounded length.
        found: String,
    },
    /// Not three capital letters.
    #[error("found {found:?} where a currency such as EUR was expected")]
    Currency {
        /// The text as it came, cut to a bounded length.
        found: String,
    },
}

/// A currency by its three-letter ISO 4217 code. Codes that are not assigned are kept: a vendor
/// may know one before we do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(MoneyError::Currency { found: text.chars().take(FOUND_CHARS_MAX).collect() }),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An exact amount in a currency: the vendor's own digits, so `10.00` stays `10.00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount; as text in JSON.
    #[serde(with = "amount_text")]
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// Reads a vendor's digits.
    ///
    /// # Errors
    /// A text that is no decimal number, or has more digits than can be kept exactly.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        Decimal::from_str_exact(amount).map(|amount| Self { amount, currency }).map_err(
            |_not_exact| MoneyError::Amount {
                found: amount.chars().take(FOUND_CHARS_MAX).collect(),
            },
        )
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

pub(crate) mod amount_text {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(amount: &Decimal, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(amount)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        let text = String::deserialize(from)?;
        Decimal::from_str_exact(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn eur() -> Currency {
        "EUR".parse().unwrap()
    }

    #[test]
    fn the_vendors_digits_are_kept() {
        for text in ["10.00", "0", "-3.3", "109.0000", "0.1", "79228162514264337593543950335"] {
            assert_eq!(Money::parse(text, eur()).unwrap().amount.to_string(), text);
        }
    }

    #[test]
    fn what_cannot_be_kept_exactly_is_refused() {
        for text in ["", "ten", "1e3", "NaN", "1,5", "0.12345678901234567890123456789012"] {
            assert!(Money::parse(text, eur()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn money_survives_json(mantissa in any::<i64>(), scale in 0_u32..20) {
            let money = Money { amount: Decimal::new(mantissa, scale), currency: eur() };
            let text = serde_json::to_string(&money).unwrap();
            let back: Money = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back.amount.to_string(), money.amount.to_string());
        }
    }
}
