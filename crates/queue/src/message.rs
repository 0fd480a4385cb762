use core::fmt;

use flyball_domain::{AccountId, UnixMillis};

use crate::QueueError;

/// A text to be sent, checked to be one that SQS accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    text: String,
    group: AccountId,
    delay_s: u16,
}

/// A text or a delay that SQS does not accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutgoingError {
    /// No text.
    #[error("found an empty message, at least one character was expected")]
    Empty,
    /// Too long a text.
    #[error("found a message of {bytes} bytes, at most {} were expected", Outgoing::BYTES_MAX)]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A character that SQS refuses.
    #[error("found the character {found:?}, which a queue does not carry: escape it")]
    Character {
        /// The first such character.
        found: char,
    },
    /// Too long a delay.
    #[error("found a delay of {found_s} s, at most {} were expected", Outgoing::DELAY_S_MAX)]
    Delay {
        /// The delay in seconds.
        found_s: u16,
    },
}

impl Outgoing {
    /// The longest text, in bytes. SQS takes up to 1 MiB since 2025-08; functions are billed, and
    /// batches filled, by 256 KiB.
    pub const BYTES_MAX: usize = 256 * 1024;

    /// The longest delay, in seconds ([SQS quotas][quotas]).
    ///
    /// [quotas]: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
    pub const DELAY_S_MAX: u16 = 900;

    /// A message about `group`, to be received as soon as somebody asks. An account's messages
    /// don't delay another account's, however many they are.
    ///
    /// # Errors
    /// A text that is empty, longer than [`Self::BYTES_MAX`], or holds a character outside
    /// [what SQS carries][chars].
    ///
    /// [chars]: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    pub fn new(text: impl Into<String>, group: AccountId) -> Result<Self, OutgoingError> {
        let text = text.into();
        if text.is_empty() {
            return Err(OutgoingError::Empty);
        }
        if text.len() > Self::BYTES_MAX {
            return Err(OutgoingError::TooLong { bytes: text.len() });
        }
        if let Some(found) = text.chars().find(|&c| !is_carried(c)) {
            return Err(OutgoingError::Character { found });
        }
        Ok(Self { text, group, delay_s: 0 })
    }

    /// The same message, to be received not before `delay_s` seconds after it was sent.
    ///
    /// # Errors
    /// More than [`Self::DELAY_S_MAX`].
    pub fn after(mut self, delay_s: u16) -> Result<Self, OutgoingError> {
        if delay_s > Self::DELAY_S_MAX {
            return Err(OutgoingError::Delay { found_s: delay_s });
        }
        self.delay_s = delay_s;
        Ok(self)
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The account it is about.
    pub const fn group(&self) -> &AccountId {
        &self.group
    }

    /// How long it is held back, in seconds.
    pub const fn delay_s(&self) -> u16 {
        self.delay_s
    }
}

fn is_carried(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}

/// What to receive. Values beyond SQS's bounds are taken as the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receive {
    /// How many messages at most: 1 to [`Self::MESSAGES_MAX`].
    pub messages_max: u8,
    /// For how long, in milliseconds, nobody else receives what this call returns; at most
    /// [`Self::VISIBILITY_MS_MAX`]. SQS counts in seconds: it is rounded up there.
    pub visibility_ms: u64,
    /// How long to wait for a first message, in milliseconds; at most [`Self::WAIT_MS_MAX`].
    /// Rounded up to seconds on SQS.
    pub wait_ms: u64,
}

impl Receive {
    /// The most messages that one call returns.
    pub const MESSAGES_MAX: u8 = 10;
    /// The longest visibility time-out, in milliseconds: twelve hours.
    pub const VISIBILITY_MS_MAX: u64 = 43_200_000;
    /// The longest wait, in milliseconds.
    pub const WAIT_MS_MAX: u64 = 20_000;

    pub(crate) fn bounded(self) -> Self {
        Self {
            messages_max: self.messages_max.clamp(1, Self::MESSAGES_MAX),
            visibility_ms: self.visibility_ms.min(Self::VISIBILITY_MS_MAX),
            wait_ms: self.wait_ms.min(Self::WAIT_MS_MAX),
        }
    }
}

/// A message that was received and is nobody else's for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The same in every delivery of the message.
    pub message_id: MessageId,
    /// Names this delivery.
    pub receipt: Receipt,
    /// The text, as it was sent.
    pub body: String,
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was sent, where the queue says so.
    pub sent_at: Option<UnixMillis>,
    /// The account it is about, as it was sent, where the queue says so.
    pub group: Option<String>,
}

/// A queue's name for a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub String);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A queue's name for one delivery of a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Receipt(pub String);

/// What became of a change of visibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// Nobody receives the message before the time is over.
    Until,
    /// The delivery is over: deleted, timed out, or received again by somebody else.
    NotInFlight,
}

/// A message of a batch that was not accepted.
#[derive(Debug)]
pub struct Unsent {
    /// Its place in the slice that was to be sent, from 0.
    pub index: usize,
    /// Why.
    pub error: QueueError,
}

/// About how many messages a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ready to be received.
    pub visible: u64,
    /// Received and not yet deleted.
    pub in_flight: u64,
    /// Sent, to be received later.
    pub delayed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> AccountId {
        "blue-mug".parse().unwrap()
    }

    fn outgoing(text: &str) -> Result<Outgoing, OutgoingError> {
        Outgoing::new(text, account())
    }

    #[test]
    fn what_a_queue_would_refuse_is_refused_before_it_is_sent() {
        assert_eq!(outgoing(""), Err(OutgoingError::Empty));
        assert_eq!(outgoing("a\u{0}b"), Err(OutgoingError::Character { found: '\u{0}' }));
        assert_eq!(outgoing("\u{ffff}"), Err(OutgoingError::Character { found: '\u{ffff}' }));
        let longest = "x".repeat(Outgoing::BYTES_MAX);
        assert!(outgoing(&longest).is_ok());
        let bytes = Outgoing::BYTES_MAX + 1;
        assert_eq!(outgoing(&format!("{longest}x")), Err(OutgoingError::TooLong { bytes }));
        let message = outgoing("tab\t, line\n, \u{1f3fa} and \u{fffd}").unwrap();
        assert_eq!(message.clone().after(900).unwrap().delay_s(), 900);
        assert_eq!(message.after(901), Err(OutgoingError::Delay { found_s: 901 }));
    }

    #[test]
    fn an_ask_beyond_the_bounds_is_taken_as_the_bounds() {
        let most = Receive { messages_max: 255, visibility_ms: u64::MAX, wait_ms: u64::MAX };
        assert_eq!(
            most.bounded(),
            Receive { messages_max: 10, visibility_ms: 43_200_000, wait_ms: 20_000 }
        );
        let least = Receive { messages_max: 0, visibility_ms: 0, wait_ms: 0 };
        assert_eq!(least.bounded().messages_max, 1);
    }
}
