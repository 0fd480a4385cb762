use core::fmt;
use core::str::FromStr;

use flyball_domain::{Integration, Kind};

const PREFIX: &str = "flyball-";
const DEAD_LETTER_SUFFIX: &str = "-dlq";
const FOUND_CHARS_MAX: usize = 80;

/// The name of a queue: `flyball-shopify-products`, and `flyball-shopify-products-dlq` for the
/// queue of what was received too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueName {
    integration: Integration,
    kind: Kind,
    purpose: Purpose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Purpose {
    Jobs,
    DeadLetter,
}

/// A text that names no queue of Flyball's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where a queue's name such as flyball-shopify-products was expected")]
pub struct QueueNameError {
    /// The text as it came, cut to a bounded length.
    pub found: String,
}

impl QueueName {
    /// The queue of an integration's jobs of one kind.
    pub const fn of(integration: Integration, kind: Kind) -> Self {
        Self { integration, kind, purpose: Purpose::Jobs }
    }

    /// Where this queue's messages go that were received too often. A dead-letter queue is its own.
    #[must_use]
    pub const fn dead_letter(self) -> Self {
        Self { purpose: Purpose::DeadLetter, ..self }
    }

    /// Whether this is a queue of what was received too often.
    pub const fn is_dead_letter(self) -> bool {
        matches!(self.purpose, Purpose::DeadLetter)
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.purpose {
            Purpose::Jobs => "",
            Purpose::DeadLetter => DEAD_LETTER_SUFFIX,
        };
        write!(f, "{PREFIX}{}-{}{suffix}", self.integration, self.kind)
    }
}

impl FromStr for QueueName {
    type Err = QueueNameError;

    fn from_str(text: &str) -> Result<Self, QueueNameError> {
        let parse = || {
            let rest = text.strip_prefix(PREFIX)?;
            let (rest, purpose) = match rest.strip_suffix(DEAD_LETTER_SUFFIX) {
                Some(jobs) => (jobs, Purpose::DeadLetter),
                None => (rest, Purpose::Jobs),
            };
            let (integration, kind) = rest.split_once('-')?;
            Some(Self { integration: integration.parse().ok()?, kind: kind.parse().ok()?, purpose })
        };
        parse()
            .ok_or_else(|| QueueNameError { found: text.chars().take(FOUND_CHARS_MAX).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_survives_its_text() {
        for &integration in Integration::ALL {
            for &kind in Kind::ALL {
                let jobs = QueueName::of(integration, kind);
                for name in [jobs, jobs.dead_letter()] {
                    assert_eq!(name.to_string().parse(), Ok(name));
                }
            }
        }
        let name = QueueName::of(Integration::Shopify, Kind::Products);
        assert_eq!(name.to_string(), "flyball-shopify-products");
        assert_eq!(name.dead_letter().to_string(), "flyball-shopify-products-dlq");
    }

    #[test]
    fn what_is_no_name_is_refused_and_named() {
        for text in ["", "flyball-", "flyball-shopify", "shopify-products", "flyball-etsy-orders"] {
            assert_eq!(text.parse::<QueueName>().unwrap_err().found, text);
        }
    }
}
