use std::sync::Mutex;

use flyball_domain::UnixMillis;

use super::bulk::Bulk;
use super::schema::Schema;
use super::shop::Shop;
use crate::stock::Stocked;

/// Everything that an answer is read from, and how the vendor is disposed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'a> {
    pub(super) shop: &'a Shop,
    pub(super) schema: &'a Schema,
    pub(super) stocked: &'a Stocked,
    pub(super) bulk: &'a Mutex<Bulk>,
    pub(super) now: UnixMillis,
    /// Where the store is, as its caller knows it, such as `http://127.0.0.1:40213`.
    pub(super) url: &'a str,
    /// Orders made before this moment are absent, in Unix milliseconds.
    pub(super) orders_from_ms: u64,
    /// Whether cursors are refused.
    pub(super) forgets_cursors: bool,
    /// Searches know what was made and changed before this moment, in Unix milliseconds.
    pub(super) indexed_until_ms: u64,
    /// Whether bulk operations that are begun fail in the middle.
    pub(super) fails_bulk: bool,
}
