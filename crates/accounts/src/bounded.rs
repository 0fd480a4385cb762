use core::fmt;

use serde::{Deserialize, Serialize};

/// A number outside its bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found} where {what} was expected: {min} to {max}")]
pub struct OutOfBounds {
    /// What the number should have been.
    pub what: &'static str,
    /// The number as it came.
    pub found: u64,
    /// The least there may be.
    pub min: u64,
    /// The most there may be.
    pub max: u64,
}

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident($number:ty), $what:literal, $min:literal..=$max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "u64", into = "u64")]
        pub struct $name($number);

        impl $name {
            /// The least there may be.
            pub const MIN: $number = $min;
            /// The most there may be.
            pub const MAX: $number = $max;

            /// The number.
            pub const fn get(self) -> $number {
                self.0
            }
        }

        impl TryFrom<u64> for $name {
            type Error = OutOfBounds;
            fn try_from(found: u64) -> Result<Self, OutOfBounds> {
                <$number>::try_from(found)
                    .ok()
                    .filter(|number| (Self::MIN..=Self::MAX).contains(number))
                    .map(Self)
                    .ok_or(OutOfBounds { what: $what, found, min: $min, max: $max })
            }
        }

        impl From<$name> for u64 {
            fn from(number: $name) -> Self {
                Self::from(number.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

bounded!(
    /// How many jobs of an account may run at once. A lane holds at most 24.
    SlotsLimit(u32), "a number of slots", 1..=24
);
bounded!(
    /// How much of a vendor's budget may be used, in percent; the rest is left to the retailer's
    /// other apps.
    CeilingPercent(u8), "a percentage of the vendor's budget", 1..=100
);
bounded!(
    /// Minutes from one scheduled import to the next; at most a week.
    EveryMinutes(u32), "a number of minutes between imports", 1..=10_080
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_outside_its_bounds_is_refused_and_named() {
        for number in [0, 25, u64::MAX] {
            let error = SlotsLimit::try_from(number).unwrap_err();
            let text = format!("found {number} where a number of slots was expected: 1 to 24");
            assert_eq!(error.to_string(), text);
        }
        assert!(serde_json::from_str::<CeilingPercent>("101").is_err());
        assert!(serde_json::from_str::<EveryMinutes>("-1").is_err());
    }

    #[test]
    fn the_bounds_themselves_are_within() {
        assert_eq!(SlotsLimit::try_from(24).unwrap().get(), 24);
        assert_eq!(CeilingPercent::try_from(1).unwrap().get(), 1);
        assert_eq!(
            serde_json::to_string(&EveryMinutes::try_from(10_080).unwrap()).unwrap(),
            "10080"
        );
    }
}
