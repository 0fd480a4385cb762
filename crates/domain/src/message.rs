use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::job::short;
use crate::{AccountId, Job, JobId, Kind, Mode};

/// What travels through the queue.
///
/// As JSON `{"v":1,"id":…,"account":…,"kind":…,"mode":…}` for a job and
/// `{"v":1,"drain":…,"kind":…}` for a drain, with `hops` and `waits` where it has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A request to import.
    Import(Job),
    /// A call to look at an account's parking lot.
    Drain(Drain),
}

/// A call to look at an account's parking lot. It claims nothing and loses nothing when it is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drain {
    /// The account whose lot to look at.
    #[serde(rename = "drain")]
    pub account: AccountId,
    /// The kind whose function reads the queue this message is in.
    pub kind: Kind,
    /// How many workers in a row have sent for each other. One that anybody else sends has none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub hops: u8,
    /// The place in line that was called, if this is such a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<WaitsIn>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_none(hops: &u8) -> bool {
    *hops == 0
}

impl Drain {
    /// A call to look at an account's lot.
    pub const fn new(account: AccountId, kind: Kind) -> Self {
        Self { account, kind, hops: 0, waits: None }
    }

    /// A short name for all calls to look at this lot for this kind, as [`crate::JobKey::short`].
    pub fn short(&self) -> String {
        short(&format!("{}/{}", self.account, self.kind))
    }
}

/// A place in the line before another lane: a row of that one's lot. Opaque here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitsIn {
    /// Whose lot.
    pub lane: String,
    /// The row.
    pub row: String,
}

/// Why a message can't be handled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Written by newer code: to be left for newer code, never set aside.
    #[error(
        "found a message of version {found}, this code knows up to {known}: left for newer code"
    )]
    Newer {
        /// The message's version.
        found: u64,
        /// The newest version this code reads.
        known: u64,
    },
    /// No message at all, or with a wrong part.
    #[error("found no message of Flyball's: {what}")]
    Malformed {
        /// What was found and what was expected.
        what: String,
    },
}

#[derive(Deserialize)]
struct JobParts {
    id: JobId,
    account: AccountId,
    kind: Kind,
    mode: Mode,
}

impl Message {
    /// The newest version this code writes: a job of a mode that the version before does not know.
    /// Everything else is written in that version, for code that is older. It reads both.
    pub const VERSION: u64 = 2;
    const VERSION_BEFORE: u64 = 1;

    /// The longest message, in bytes, that is looked at. What we write stays under a kilobyte.
    pub const BYTES_MAX: usize = 16 * 1024;

    /// Reads a message.
    ///
    /// # Errors
    /// [`MessageError::Newer`] for a version this code does not know yet, otherwise
    /// [`MessageError::Malformed`]; the texts say what was found and what was expected.
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        let malformed = |what: String| MessageError::Malformed { what };
        if text.len() > Self::BYTES_MAX {
            return Err(malformed(format!(
                "{} bytes, at most {} were expected",
                text.len(),
                Self::BYTES_MAX
            )));
        }
        let parts: Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| malformed(format!("not a JSON object ({error})")))?;
        let version = parts.get("v").and_then(Value::as_u64).ok_or_else(|| {
            malformed("a number `v`, the message's version, was expected".to_owned())
        })?;
        if version > Self::VERSION {
            return Err(MessageError::Newer { found: version, known: Self::VERSION });
        }
        if version == 0 {
            return Err(malformed("version 0, at least 1 was expected".to_owned()));
        }
        let is_drain = parts.contains_key("drain");
        let parts = Value::Object(parts);
        if is_drain {
            serde_json::from_value(parts).map(Self::Drain)
        } else {
            serde_json::from_value(parts).map(|JobParts { id, account, kind, mode }| {
                Self::Import(Job { id, account, kind, mode })
            })
        }
        .map_err(|error| malformed(error.to_string()))
    }

    /// The message as text.
    pub fn to_text(&self) -> String {
        #[derive(Serialize)]
        struct Versioned<'a, T> {
            v: u64,
            #[serde(flatten)]
            body: &'a T,
        }
        let v = self.version();
        let text = match self {
            Self::Import(job) => serde_json::to_string(&Versioned { v, body: job }),
            Self::Drain(drain) => serde_json::to_string(&Versioned { v, body: drain }),
        };
        text.unwrap_or_default()
    }

    const fn version(&self) -> u64 {
        match self {
            Self::Import(Job { mode: Mode::Reconcile, .. }) => Self::VERSION,
            Self::Import(_) | Self::Drain(_) => Self::VERSION_BEFORE,
        }
    }

    /// The account the message speaks of.
    pub const fn account(&self) -> &AccountId {
        match self {
            Self::Import(job) => &job.account,
            Self::Drain(drain) => &drain.account,
        }
    }

    /// The kind whose queue the message belongs in.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Import(job) => job.kind,
            Self::Drain(drain) => drain.kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixMillis;

    fn import(mode: Mode) -> Message {
        Message::Import(Job {
            id: JobId::new(UnixMillis(1_790_000_000_000), [7; 10]),
            account: "blue-mug".parse().unwrap(),
            kind: Kind::Products,
            mode,
        })
    }

    #[test]
    fn every_message_survives_its_text() {
        for message in [
            import(Mode::Incremental),
            import(Mode::Reconcile),
            import(Mode::Backfill { from: UnixMillis(1), to: UnixMillis(2) }),
            import(Mode::Record { id: "gid://shopify/Product/9007199254740993".parse().unwrap() }),
            Message::Drain(Drain::new("blue-mug".parse().unwrap(), Kind::Orders)),
            Message::Drain(Drain {
                hops: 3,
                waits: Some(WaitsIn { lane: "wide.all".to_owned(), row: "abc".to_owned() }),
                ..Drain::new("blue-mug".parse().unwrap(), Kind::Orders)
            }),
        ] {
            assert_eq!(Message::parse(&message.to_text()).unwrap(), message);
        }
    }

    #[test]
    fn a_newer_message_is_told_from_a_malformed_one() {
        let newer = import(Mode::Incremental).to_text().replace("\"v\":1", "\"v\":3");
        assert_eq!(Message::parse(&newer).unwrap_err(), MessageError::Newer { found: 3, known: 2 });
    }

    #[test]
    fn only_what_older_code_cannot_read_is_written_in_a_newer_version() {
        assert!(import(Mode::Incremental).to_text().contains("\"v\":1"));
        assert!(import(Mode::Reconcile).to_text().contains("\"v\":2"));
    }

    #[test]
    fn what_is_no_message_is_refused_with_what_was_expected() {
        for text in [
            "",
            "hello",
            "[]",
            "{}",
            r#"{"v":"1"}"#,
            r#"{"v":0,"drain":"blue-mug","kind":"products"}"#,
            r#"{"v":1,"account":"Blue Mug"}"#,
            r#"{"v":1,"drain":"blue-mug"}"#,
            &format!("{{\"v\":1,\"x\":\"{}\"}}", "x".repeat(Message::BYTES_MAX)),
        ] {
            assert!(matches!(Message::parse(text), Err(MessageError::Malformed { .. })), "{text}");
        }
    }

    #[test]
    fn fields_a_later_writer_adds_do_no_harm() {
        let text = import(Mode::Incremental).to_text().replace("\"v\":1", "\"v\":1,\"new\":true");
        assert_eq!(Message::parse(&text).unwrap(), import(Mode::Incremental));
    }
}
