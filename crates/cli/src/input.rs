//! What arguments are made of.

use core::str::FromStr;
use std::collections::BTreeSet;

use flyball_accounts::EveryMinutes;
use flyball_domain::{Kind, UnixMillis};
use flyball_ops::InputError;

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

const MINUTE_MS: u64 = 60_000;

/// Reads how often something is done, such as `15m`: whole minutes, up to a week.
pub(crate) fn every_minutes(text: &str) -> Result<EveryMinutes, InputError> {
    let wrong = || {
        InputError::new(
            "a time between two imports",
            text,
            "whole minutes, such as 15m, 2h or 1d, at most 7d",
        )
    };
    let Lasting { ms } = text.parse().map_err(|_no_time| wrong())?;
    let minutes = ms.is_multiple_of(MINUTE_MS).then_some(ms / MINUTE_MS);
    minutes.and_then(|minutes| EveryMinutes::try_from(minutes).ok()).ok_or_else(wrong)
}

/// Kinds as a person writes them, with commas between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kinds(pub(crate) BTreeSet<Kind>);

impl FromStr for Kinds {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let kinds = text.split(',').map(|word| word.trim().parse());
        kinds.collect::<Result<_, _>>().map(Self).map_err(|_no_kind| {
            InputError::new("kinds", text, "products, orders, or both with a comma between")
        })
    }
}

/// From a moment to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeRange {
    /// The first moment.
    pub(crate) from: UnixMillis,
    /// The first moment after it.
    pub(crate) to: UnixMillis,
}

impl FromStr for TimeRange {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let moment = |text: &str| {
            // A day alone begins at midnight, UTC.
            let whole =
                if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
            UnixMillis::parse_rfc3339(&whole).ok()
        };
        let parse = || {
            let (from, to) = text.split_once("..")?;
            let range = Self { from: moment(from)?, to: moment(to)? };
            (range.from < range.to).then_some(range)
        };
        parse().ok_or_else(|| {
            let expected = "FROM..TO, such as 2026-01-01..2026-02-01 or with times \
                            (2026-01-01T06:00:00Z..2026-01-01T18:00:00Z)";
            InputError::new("a time range", text, expected)
        })
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
    fn how_often_is_whole_minutes_up_to_a_week() {
        let minutes = |text: &str| every_minutes(text).map(EveryMinutes::get);
        assert_eq!((minutes("15m"), minutes("2h"), minutes("7d")), (Ok(15), Ok(120), Ok(10_080)));
        for text in ["", "90s", "0m", "8d", "15", "quarterly"] {
            assert!(minutes(text).is_err(), "{text}");
        }
        assert_eq!(minutes("120s"), Ok(2));
    }

    #[test]
    fn kinds_stand_with_commas_between() {
        let kinds =
            |text: &str| text.parse::<Kinds>().map(|kinds| kinds.0.into_iter().collect::<Vec<_>>());
        assert_eq!(kinds("orders"), Ok(vec![Kind::Orders]));
        assert_eq!(kinds("orders, products"), Ok(vec![Kind::Products, Kind::Orders]));
        for text in ["", "orders,", "customers", "products;orders"] {
            assert!(kinds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_range_ends_after_it_began() {
        let range = |text: &str| text.parse::<TimeRange>();
        let day = 86_400_000;
        assert_eq!(
            range("1970-01-02..1970-01-03T12:00:00Z"),
            Ok(TimeRange { from: UnixMillis(day), to: UnixMillis(2 * day + day / 2) })
        );
        for text in ["", "2026-01-01", "2026-01-02..2026-01-01", "2026-01-01..2026-01-01", "a..b"] {
            assert!(range(text).is_err(), "{text}");
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
