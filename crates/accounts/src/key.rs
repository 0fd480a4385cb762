use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_domain::{AccountId, CustomerId, Integration, UnixMillis};

use crate::Purpose;
use crate::table::Item;

/// Partition key attribute.
pub(crate) const PK: &str = "pk";
/// Sort key attribute.
pub(crate) const SK: &str = "sk";

/// The partition of all accounts: one, so that they can be listed without reading anything else.
pub(crate) const ACCOUNTS: &str = "accounts";

/// The partition of the index of what is due. `sk = <interval, in 5 digits>#<offset, in 5
/// digits>#<account>#<kind>#<mode>`, both in minutes.
///
/// `integration`.
pub(crate) const SCHEDULES: &str = "schedules";

/// The key of every kind of item in the table. Each item has `v`, the version of its shape.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key<'a> {
    /// A customer: `pk = customers`, `sk = <customer>`.
    ///
    /// `body` (JSON).
    Customer { id: &'a CustomerId },
    /// An account: `pk = accounts`, `sk = <account>`.
    ///
    /// `body` (JSON) and, apart from it because another hand writes it, `state` (JSON); `schedules`,
    /// its places in the index of what is due, with a space between them.
    Account { id: &'a AccountId },
    /// An account that was removed: `pk = former`, `sk = <account>`. What was imported from its
    /// store is kept under its id, which no other store may have.
    ///
    /// `body` (JSON), as the account's own.
    Former { id: &'a AccountId },
    /// A sealed credential: `pk = <account>#credentials`, `sk = <integration>#<purpose>`.
    ///
    /// `key` (the id of the key it is sealed with), `nonce` (12 bytes) and `sealed`.
    Credential { account: &'a AccountId, integration: Integration, purpose: Purpose },
    /// An entry of the audit trail: `pk = audit#<month>`, such as `audit#2026-11`,
    /// `sk = <milliseconds, 15 digits>#<entry>`. Written once and never changed.
    ///
    /// `body` (JSON).
    Audit { at: UnixMillis, id: &'a str },
    /// A request that a caller may repeat: `pk = request#<digest of caller and key>`, `sk = request`.
    ///
    /// `asked` (digest of what was asked), `began` (when it was first claimed) and `doing` (until when
    /// somebody is), both in milliseconds, or, once it is done, `answer` (JSON); and `expires` (when
    /// it is forgotten, in seconds: the table's time to live).
    Request { digest: &'a str },
}

impl Key<'_> {
    /// The partition key.
    pub(crate) fn partition(&self) -> String {
        match self {
            Self::Customer { .. } => "customers".to_owned(),
            Self::Account { .. } => ACCOUNTS.to_owned(),
            Self::Former { .. } => "former".to_owned(),
            Self::Credential { account, .. } => credentials_partition(account),
            Self::Audit { at, .. } => audit_partition(*at),
            Self::Request { digest } => format!("request#{digest}"),
        }
    }

    /// The sort key.
    pub(crate) fn sort(&self) -> String {
        match self {
            Self::Customer { id } => id.to_string(),
            Self::Account { id } | Self::Former { id } => id.to_string(),
            Self::Credential { integration, purpose, .. } => format!("{integration}#{purpose}"),
            Self::Audit { at, id } => format!("{}{id}", audit_prefix(*at)),
            Self::Request { .. } => "request".to_owned(),
        }
    }

    /// The two key attributes.
    pub(crate) fn item(&self) -> Item {
        key_item(self.partition(), self.sort())
    }
}

/// The two key attributes.
pub(crate) fn key_item(partition: String, sort: String) -> Item {
    HashMap::from([
        (PK.to_owned(), AttributeValue::S(partition)),
        (SK.to_owned(), AttributeValue::S(sort)),
    ])
}

/// The partition of an account's credentials.
pub(crate) fn credentials_partition(account: &AccountId) -> String {
    format!("{account}#credentials")
}

/// The partition of the audit trail of a month, in UTC.
pub(crate) fn audit_partition(at: UnixMillis) -> String {
    let text = at.to_rfc3339();
    format!("audit#{}", text.get(..7).unwrap_or_default())
}

/// What the sort keys of a moment's entries begin with.
pub(crate) fn audit_prefix(at: UnixMillis) -> String {
    format!("{:015}#", at.0)
}
