use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::str::FromStr;

use flyball_domain::{Kind, UnixMillis};

use super::{DIAL_MS_MAX, Dial, Fault, GraphqlFault, OVERSIZED_BYTES_MAX, VendorStatus, When};

const FOUND_CHARS_MAX: usize = 80;
/// The statuses that a page for people may come with.
const HTML_CODES: RangeInclusive<u16> = 200..=599;

/// A text that is no dial.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where {expected} was expected, such as {example}")]
pub struct DialError {
    /// The part that can't be read, cut to a bounded length.
    pub found: String,
    /// What should be there.
    pub expected: &'static str,
    /// A dial that can be read.
    pub example: &'static str,
}

impl DialError {
    fn new(found: &str, expected: &'static str, example: &'static str) -> Self {
        Self { found: found.chars().take(FOUND_CHARS_MAX).collect(), expected, example }
    }
}

impl FromStr for Dial {
    type Err = DialError;
    fn from_str(text: &str) -> Result<Self, DialError> {
        let kind = text.split_once('/').and_then(|(kind, rest)| Some((kind.parse().ok()?, rest)));
        let (kind, text): (Option<Kind>, _) =
            kind.map_or((None, text), |(kind, rest)| (Some(kind), rest));
        let (fault, when) = match text.split_once('@') {
            Some((fault, when)) => (fault, when.parse()?),
            None => (text, When::Always),
        };
        Ok(Self { fault: fault.parse()?, when, kind })
    }
}

impl FromStr for Fault {
    type Err = DialError;
    fn from_str(text: &str) -> Result<Self, DialError> {
        let (name, argument) = match text.split_once('=') {
            Some((name, argument)) => (name.trim(), Some(argument.trim())),
            None => (text.trim(), None),
        };
        match (name, argument) {
            ("latency", Some(span)) => latency(span),
            ("status", Some(status)) => status_fault(status),
            ("error", Some(code)) => graphql(code),
            ("html", Some(code)) => html(code),
            ("poison", Some(index)) => {
                index_of(index, "poison=17", |index| Fault::Poison { index })
            }
            ("unreadable", Some(index)) => {
                index_of(index, "unreadable=17", |index| Fault::Unreadable { index })
            }
            ("search-lag", Some(span)) => search_lag(span),
            ("oversized", Some(bytes)) => oversized(bytes),
            ("throttled", None) => Ok(Self::Throttled),
            ("hang", None) => Ok(Self::Hang),
            ("close", None) => Ok(Self::Close),
            ("broken-json", None) => Ok(Self::BrokenJson),
            ("truncated", None) => Ok(Self::Truncated),
            ("strange", None) => Ok(Self::Strange),
            ("stale-cursor", None) => Ok(Self::StaleCursor),
            ("bulk-fails", None) => Ok(Self::BulkFails),
            ("outage", None) => Ok(Self::Outage),
            _ => Err(DialError::new(
                text,
                "a fault: latency=, status=, throttled, error=, hang, close, broken-json, \
                 truncated, html=, oversized=, poison=, unreadable=, stale-cursor, \
                 bulk-fails, search-lag=, strange or outage",
                "status=503@10s..30s",
            )),
        }
    }
}

impl FromStr for When {
    type Err = DialError;
    fn from_str(text: &str) -> Result<Self, DialError> {
        let wrong = || {
            DialError::new(
                text,
                "a time: always, FROM..TO, every=N or first=N",
                "hang@10s..30s or hang@every=7",
            )
        };
        if text == "always" {
            return Ok(Self::Always);
        }
        if let Some(each) = text.strip_prefix("every=") {
            return each.parse::<NonZeroU64>().map(Self::Every).map_err(|_not_positive| wrong());
        }
        if let Some(count) = text.strip_prefix("first=") {
            return count.parse().map(Self::First).map_err(|_not_a_number| wrong());
        }
        let (from, to) = text.split_once("..").ok_or_else(wrong)?;
        if let (Ok(from), Ok(to)) = (UnixMillis::parse_rfc3339(from), UnixMillis::parse_rfc3339(to))
        {
            return if from < to { Ok(Self::ByClock { from, to }) } else { Err(wrong()) };
        }
        let (from_ms, to_ms) = duration_ms(from)
            .zip(duration_ms(to))
            .filter(|(from, to)| from < to)
            .ok_or_else(wrong)?;
        Ok(Self::SinceStart { from_ms, to_ms })
    }
}

fn latency(text: &str) -> Result<Fault, DialError> {
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    duration_ms(least)
        .zip(duration_ms(most))
        .filter(|(least, most)| least <= most)
        .map(|(least_ms, most_ms)| Fault::Latency { least_ms, most_ms })
        .ok_or_else(|| {
            DialError::new(text, "a delay of at most a day", "latency=250ms or latency=50ms..2s")
        })
}

fn status_fault(text: &str) -> Result<Fault, DialError> {
    let wrong = || {
        DialError::new(
            text,
            "a status: 400, 401, 402, 403, 404, 409, 413, 422, 423, 429, 430, 500, 502, 503, 504, \
             507, 530, 540 or 783",
            "status=503 or status=429,retry-after=2.5",
        )
    };
    let (code, header) = match text.split_once(',') {
        Some((code, header)) => (code, Some(header)),
        None => (text, None),
    };
    let status = VendorStatus::ALL
        .iter()
        .copied()
        .find(|status| code.trim() == status.code().to_string())
        .ok_or_else(wrong)?;
    let retry_after = match header.map(|header| header.trim().strip_prefix("retry-after=")) {
        None => None,
        Some(Some(value))
            if !value.is_empty() && value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) =>
        {
            Some(value.to_owned())
        }
        Some(_) => return Err(wrong()),
    };
    Ok(Fault::Status { status, retry_after })
}

fn graphql(text: &str) -> Result<Fault, DialError> {
    let fault = match text {
        "ACCESS_DENIED" => GraphqlFault::AccessDenied,
        "SHOP_INACTIVE" => GraphqlFault::ShopInactive,
        "INTERNAL_SERVER_ERROR" => GraphqlFault::InternalServerError,
        _ => {
            return Err(DialError::new(
                text,
                "an error: ACCESS_DENIED, SHOP_INACTIVE or INTERNAL_SERVER_ERROR",
                "error=SHOP_INACTIVE",
            ));
        }
    };
    Ok(Fault::Graphql(fault))
}

fn html(text: &str) -> Result<Fault, DialError> {
    text.parse()
        .ok()
        .filter(|code| HTML_CODES.contains(code))
        .map(|code| Fault::Html { code })
        .ok_or_else(|| DialError::new(text, "a status from 200 to 599", "html=503"))
}

fn search_lag(text: &str) -> Result<Fault, DialError> {
    duration_ms(text)
        .map(|lag_ms| Fault::SearchLag { lag_ms })
        .ok_or_else(|| DialError::new(text, "a time of at most a day", "search-lag=5s"))
}

fn index_of(
    text: &str,
    example: &'static str,
    fault: impl FnOnce(u64) -> Fault,
) -> Result<Fault, DialError> {
    let index =
        text.parse().map_err(|_no_number| DialError::new(text, "an index, from 0", example));
    index.map(fault)
}

fn oversized(text: &str) -> Result<Fault, DialError> {
    text.parse()
        .ok()
        .filter(|bytes| *bytes <= OVERSIZED_BYTES_MAX)
        .map(|bytes| Fault::Oversized { bytes })
        .ok_or_else(|| {
            DialError::new(text, "a number of bytes up to 268435456", "oversized=64000000")
        })
}

fn duration_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|digit: char| !digit.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit_ms).filter(|ms| *ms <= DIAL_MS_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_fault_has_a_text() {
        for (text, fault) in [
            ("latency=250ms", Fault::Latency { least_ms: 250, most_ms: 250 }),
            ("latency=50ms..2s", Fault::Latency { least_ms: 50, most_ms: 2_000 }),
            (
                "status=429,retry-after=2.5",
                Fault::Status {
                    status: VendorStatus::TooManyRequests,
                    retry_after: Some("2.5".to_owned()),
                },
            ),
            ("throttled", Fault::Throttled),
            ("error=ACCESS_DENIED", Fault::Graphql(GraphqlFault::AccessDenied)),
            ("error=SHOP_INACTIVE", Fault::Graphql(GraphqlFault::ShopInactive)),
            ("error=INTERNAL_SERVER_ERROR", Fault::Graphql(GraphqlFault::InternalServerError)),
            ("hang", Fault::Hang),
            ("close", Fault::Close),
            ("broken-json", Fault::BrokenJson),
            ("truncated", Fault::Truncated),
            ("html=200", Fault::Html { code: 200 }),
            ("html=503", Fault::Html { code: 503 }),
            ("poison=17", Fault::Poison { index: 17 }),
            ("unreadable=17", Fault::Unreadable { index: 17 }),
            ("oversized=64000000", Fault::Oversized { bytes: 64_000_000 }),
            ("strange", Fault::Strange),
            ("stale-cursor", Fault::StaleCursor),
            ("bulk-fails", Fault::BulkFails),
            ("search-lag=5s", Fault::SearchLag { lag_ms: 5_000 }),
            ("outage", Fault::Outage),
        ] {
            assert_eq!(text.parse(), Ok(Dial::always(fault)), "{text}");
        }
        for status in VendorStatus::ALL {
            let fault = Fault::Status { status: *status, retry_after: None };
            assert_eq!(format!("status={}", status.code()).parse(), Ok(fault));
        }
    }

    #[test]
    fn a_dial_can_be_of_one_kind() {
        let dial: Dial = "orders/status=403@every=3".parse().unwrap();
        assert_eq!(dial.kind, Some(Kind::Orders));
        assert_eq!(Dial { kind: None, ..dial }, "status=403@every=3".parse().unwrap());
        let dial: Dial = "products/hang".parse().unwrap();
        assert_eq!(dial.kind, Some(Kind::Products));
        assert_eq!("customers/hang".parse::<Dial>().unwrap_err().found, "customers/hang");
    }

    #[test]
    fn what_is_no_dial_is_named_with_what_was_expected_and_an_example() {
        for (text, part) in [
            ("", ""),
            ("hangs", "hangs"),
            ("hang=3", "hang=3"),
            ("latency", "latency"),
            ("latency=fast", "fast"),
            ("latency=2s..1s", "2s..1s"),
            ("latency=99h", "99h"),
            ("status=418", "418"),
            ("status=429,wait=3", "429,wait=3"),
            ("error=OOPS", "OOPS"),
            ("html=99", "99"),
            ("poison=rat", "rat"),
            ("unreadable=", ""),
            ("search-lag=long", "long"),
            ("oversized=9999999999", "9999999999"),
            ("hang@", ""),
            ("hang@sometimes", "sometimes"),
            ("hang@every=0", "every=0"),
            ("hang@first=few", "first=few"),
            ("hang@30s..10s", "30s..10s"),
        ] {
            let error = text.parse::<Dial>().unwrap_err();
            assert_eq!(error.found, part, "{text}");
        }
        assert_eq!(
            "hang@30s".parse::<Dial>().unwrap_err().to_string(),
            "found \"30s\" where a time: always, FROM..TO, every=N or first=N was expected, such as \
             hang@10s..30s or hang@every=7"
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}") {
            drop(text.parse::<Dial>());
        }
    }
}
