//! Customers, their connected stores and the stores' sealed credentials, in one `DynamoDB` table;
//! in the same one, who changed what, and which requests were answered already.
//! A credential is readable only with the key, and only as what it was sealed as. This crate never
//! prints or serializes a secret, never calls a vendor, and decides nothing about when an account
//! runs.

mod account;
mod accounts;
mod audit;
mod bounded;
mod credentials;
mod due;
mod key;
mod key_file;
mod keys;
#[cfg(feature = "kms")]
mod kms;
mod requests;
mod schedule;
mod seal;
mod table;
#[cfg(test)]
mod tests;
mod writing;

pub use account::{Account, AccountState, Customer, PolicyOverrides, StoreReach};
pub use accounts::{ACCOUNT_BYTES_MAX, Accounts, AccountsError, PAGE_ACCOUNTS_MAX};
pub use audit::{AuditCursor, AuditCursorError, AuditEntry, PAGE_ENTRIES_MAX};
pub use bounded::{CeilingPercent, EveryMinutes, OutOfBounds, SlotsLimit};
pub use credentials::{CredentialsError, Purpose};
pub use due::{Due, DueCursor, DuePage};
pub use key_file::{KeyFile, KeyFileError};
pub use keys::{KeyError, KeyId, KeyIdError, KeyProvider, SealingKey};
#[cfg(feature = "kms")]
pub use kms::KmsKeys;
pub use requests::{Answer, REQUEST_REMEMBERED_MS, Repeat, RequestKey};
pub use schedule::{
    EVERY_MINUTES_DEFAULT, RECONCILE_EVERY_MINUTES_DEFAULT, Schedule, Stretch, every_ms, minute_of,
};
pub use table::{CreateTableError, ItemError, StoreError, create_table};
