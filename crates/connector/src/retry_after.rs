//! `Retry-After`: whole seconds by the standard, seconds with a fraction from Shopify, or a date.

use flyball_domain::UnixMillis;
use jiff::fmt::rfc2822::DateTimeParser;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

static DATES: DateTimeParser = DateTimeParser::new();

/// When to try again, however far away that is; `None` where nothing readable was said.
pub fn retry_after(headers: &http::HeaderMap, now: UnixMillis) -> Option<UnixMillis> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    match Decimal::from_str_exact(text) {
        Ok(seconds) if seconds.is_sign_negative() => Some(now),
        Ok(seconds) => {
            let ms = seconds.saturating_mul(Decimal::ONE_THOUSAND).ceil();
            Some(now.plus(ms.to_u64().unwrap_or(u64::MAX)))
        }
        Err(_not_a_number) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
            Some(UnixMillis(u64::MAX))
        }
        Err(_not_a_number) => {
            let date = DATES.parse_timestamp(text).ok()?;
            u64::try_from(date.as_millisecond()).ok().map(UnixMillis)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(784_111_777_000);

    fn read(value: &str) -> Option<UnixMillis> {
        let mut headers = http::HeaderMap::new();
        headers.insert("retry-after", value.parse().unwrap());
        retry_after(&headers, NOW)
    }

    #[test]
    fn seconds_fractions_and_dates_are_read_and_huge_values_kept() {
        for (value, expected) in [
            ("2", Some(NOW.plus(2_000))),
            (" 2.0 ", Some(NOW.plus(2_000))),
            ("0.0001", Some(NOW.plus(1))),
            ("0", Some(NOW)),
            ("-5", Some(NOW)),
            ("86400000", Some(NOW.plus(86_400_000_000))),
            ("99999999999999999999999999", Some(UnixMillis(u64::MAX))),
            ("9999999999999999999999999999999999999999", Some(UnixMillis(u64::MAX))),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(NOW)),
            ("Sun, 06 Nov 1994 09:49:37 GMT", Some(NOW.plus(3_600_000))),
            ("", None),
            ("soon", None),
            ("NaN", None),
        ] {
            assert_eq!(read(value), expected, "{value:?}");
        }
        assert_eq!(retry_after(&http::HeaderMap::new(), NOW), None);
    }
}
