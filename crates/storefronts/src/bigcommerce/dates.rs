//! Moments as the vendor writes and reads them: v2 in RFC 2822, v3 in ISO 8601.

use flyball_domain::UnixMillis;
use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// A moment that a caller named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Down to the second.
    Exact(UnixMillis),
    /// A date without hours, minutes and seconds.
    Day(Date),
}

impl Moment {
    /// Reads RFC 2822 or ISO 8601; without a zone it is UTC.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(day) = text.parse::<Date>()
            && !text.contains(':')
        {
            return Some(Self::Day(day));
        }
        let zoned = text.parse::<Timestamp>().ok();
        let plain = || {
            let time = text.parse::<DateTime>().ok()?;
            Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
        };
        let mail = || rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
        let at = zoned.or_else(plain).or_else(mail)?;
        Some(Self::Exact(UnixMillis(u64::try_from(at.as_millisecond()).ok()?)))
    }

    /// What the orders API makes of it: a day begins at midnight.
    pub(super) fn at_midnight(self) -> UnixMillis {
        match self {
            Self::Exact(at) => at,
            Self::Day(day) => millis(day.at(0, 0, 0, 0)),
        }
    }

    /// What the catalog API makes of it: a date without hours, minutes and seconds gets the current
    /// time of the request (`products_catalog.v3.yml`, `date_modified:min` and `:max`).
    pub(super) fn at_time_of(self, now: UnixMillis) -> UnixMillis {
        match self {
            Self::Exact(at) => at,
            Self::Day(day) => {
                let time = civil(now).time();
                millis(day.to_datetime(time))
            }
        }
    }

    /// The first moment after the second or the day that it names.
    pub(super) fn end(self) -> UnixMillis {
        const MS_PER_S: u64 = 1_000;
        match self {
            Self::Exact(at) => UnixMillis((at.0 / MS_PER_S).saturating_add(1) * MS_PER_S),
            Self::Day(day) => {
                millis(day.at(0, 0, 0, 0).checked_add(1.day()).unwrap_or(DateTime::MAX))
            }
        }
    }
}

fn civil(at: UnixMillis) -> DateTime {
    timestamp(at.0).to_zoned(TimeZone::UTC).datetime()
}

fn millis(time: DateTime) -> UnixMillis {
    let at = time.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp().as_millisecond());
    UnixMillis(at.ok().and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0))
}

fn timestamp(ms: u64) -> Timestamp {
    i64::try_from(ms)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Such as `2018-08-15T14:49:05+00:00`.
pub(super) fn iso(ms: u64) -> String {
    timestamp(ms).strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Such as `Thu, 18 Jun 2026 14:12:20 +0000`.
pub(super) fn mail(ms: u64) -> String {
    timestamp(ms).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2026-11-22T09:30:15Z.
    const NOW: UnixMillis = UnixMillis(1_795_339_815_000);

    #[test]
    fn a_moment_is_read_in_every_documented_way() {
        let expected = Moment::Exact(UnixMillis(1_492_702_320_000));
        for text in [
            "Thu, 20 Apr 2017 11:32:00 -0400",
            "2017-04-20T11:32:00.000-04:00",
            "2017-04-20T15:32:00Z",
            "2017-04-20T15:32:00+00:00",
            "2017-04-20T15:32:00",
            "2017-04-20 15:32:00",
        ] {
            assert_eq!(Moment::parse(text), Some(expected), "{text}");
        }
        for text in ["", "yesterday", "2017-13-01", "2017-04-20T"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_for_orders_and_at_the_time_of_the_request_for_products() {
        let day = Moment::parse("2025-01-15").unwrap();
        assert_eq!(mail(day.at_midnight().0), "Wed, 15 Jan 2025 00:00:00 +0000");
        assert_eq!(iso(day.at_time_of(NOW).0), "2025-01-15T09:30:15+00:00");
        assert_eq!(iso(day.end().0), "2025-01-16T00:00:00+00:00");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds in 0_u64..4_000_000_000) {
            let at = Some(Moment::Exact(UnixMillis(seconds * 1_000)));
            prop_assert_eq!(Moment::parse(&iso(seconds * 1_000)), at);
            prop_assert_eq!(Moment::parse(&mail(seconds * 1_000)), at);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}", ms: u64) {
            if let Some(moment) = Moment::parse(&text) {
                moment.at_time_of(UnixMillis(ms));
                moment.end();
            }
            prop_assert!(!iso(ms).is_empty());
        }
    }
}
