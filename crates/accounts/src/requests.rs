//! Requests that a caller may repeat without doing anything twice.

use aws_sdk_dynamodb::types::AttributeValue;
use data_encoding::HEXLOWER;
use flyball_domain::UnixMillis;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::accounts::{json, parse};
use crate::key::Key;
use crate::table::{Attributes, Item, PutIf, s, with};
use crate::{Accounts, AccountsError};

/// How long an answer is remembered, in milliseconds: a day.
pub const REQUEST_REMEMBERED_MS: u64 = 86_400_000;

/// How long a request is being done at most, in milliseconds: whoever was doing it has ended by
/// then, and the next one may do it.
const DOING_MS: u64 = 60_000;

/// What makes two requests the same: who asked, and the key they gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    digest: String,
    asked: String,
}

impl RequestKey {
    /// The key `key` of `caller` for what is `asked`, byte for byte.
    pub fn new(caller: &str, key: &str, asked: &[&[u8]]) -> Self {
        Self { digest: digest(&[caller.as_bytes(), key.as_bytes()]), asked: digest(asked) }
    }

    /// Letters and digits that are the same for the same request.
    pub fn name(&self) -> &str {
        self.digest.get(..16).unwrap_or(&self.digest)
    }
}

/// Each part with its length, so that no two lists of parts read the same.
fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    HEXLOWER.encode(&hash.finalize())
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

/// Whether a request was made before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It was not done: do it, and remember or forget it then.
    First {
        /// When it was first claimed: somebody may have begun it then and ended on the way.
        began: UnixMillis,
    },
    /// It was answered.
    Answered(Answer),
    /// Somebody is doing it.
    Doing,
    /// The key was used for something else.
    Other,
}

impl Accounts {
    /// Claims a request, so that nobody else does it meanwhile.
    ///
    /// # Errors
    /// A stored item that can't be used; the store's.
    pub async fn claim_request(
        &self,
        request: &RequestKey,
        now: UnixMillis,
    ) -> Result<Repeat, AccountsError> {
        let item = |began: UnixMillis| {
            let doing = number(now.plus(DOING_MS).0);
            with(request.item(began), [("began", number(began.0)), ("doing", doing)])
        };
        let condition = "attribute_not_exists(pk) OR expires <= :seconds";
        let seconds = vec![(":seconds", number(now.0 / 1_000))];
        let found = match self.table.put_if(item(now), condition, seconds).await? {
            PutIf::Done => return Ok(Repeat::First { began: now }),
            PutIf::Refused(found) => found,
        };
        let found = Attributes::of(&found)?;
        if found.text("asked")? != request.asked {
            return Ok(Repeat::Other);
        }
        if found.text_if_any("answer").is_some() {
            return Ok(Repeat::Answered(parse(found, "answer")?));
        }
        let doing = found.number("doing")?;
        if now.0 < doing {
            return Ok(Repeat::Doing);
        }
        let began = UnixMillis(found.number("began")?);
        let condition = "attribute_not_exists(answer) AND doing = :doing AND asked = :asked";
        let seen = vec![(":doing", number(doing)), (":asked", s(&request.asked))];
        Ok(match self.table.put_if(item(began), condition, seen).await? {
            PutIf::Done => Repeat::First { began },
            PutIf::Refused(_) => Repeat::Doing,
        })
    }

    /// Remembers what a claimed request was answered.
    ///
    /// # Errors
    /// The store's.
    pub async fn remember_request(
        &self,
        request: &RequestKey,
        answer: &Answer,
        now: UnixMillis,
    ) -> Result<(), AccountsError> {
        let key = Key::Request { digest: &request.digest };
        let item = with(request.item(now), [("answer", s(&json(key, answer)?))]);
        Ok(self.table.put(item).await?)
    }

    /// Forgets a claimed request that was not done: it may be made again.
    ///
    /// # Errors
    /// The store's.
    pub async fn forget_request(&self, request: &RequestKey) -> Result<(), AccountsError> {
        Ok(self.table.delete(Key::Request { digest: &request.digest }.item()).await?)
    }
}

impl RequestKey {
    fn item(&self, now: UnixMillis) -> Item {
        let mut item = Key::Request { digest: &self.digest }.item();
        let expires = now.plus(REQUEST_REMEMBERED_MS).0 / 1_000;
        item.insert("asked".to_owned(), s(&self.asked));
        item.insert("expires".to_owned(), number(expires));
        item
    }
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
