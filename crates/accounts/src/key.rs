use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_domain::{AccountId, CustomerId, Integration};

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
}

impl Key<'_> {
    /// The partition key.
    pub(crate) fn partition(&self) -> String {
        match self {
            Self::Customer { .. } => "customers".to_owned(),
            Self::Account { .. } => ACCOUNTS.to_owned(),
            Self::Former { .. } => "former".to_owned(),
            Self::Credential { account, .. } => credentials_partition(account),
        }
    }

    /// The sort key.
    pub(crate) fn sort(&self) -> String {
        match self {
            Self::Customer { id } => id.to_string(),
            Self::Account { id } | Self::Former { id } => id.to_string(),
            Self::Credential { integration, purpose, .. } => format!("{integration}#{purpose}"),
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
