use flyball_accounts::Accounts;
use flyball_governor::Governor;
use flyball_records::Records;

use crate::Words;

/// The longest reason of a switch, in characters: a lane with all of its stops stays under a
/// kilobyte.
pub const REASON_CHARS_MAX: usize = 120;

/// The longest name of a switch's author, in characters.
pub const AUTHOR_CHARS_MAX: usize = 40;

/// Who changes something.
pub type Author = Words<AUTHOR_CHARS_MAX>;

/// What the ops team works on.
#[derive(Clone, Debug)]
pub struct Ops {
    /// Lanes, lots, the board and the ledger.
    pub governor: Governor,
    /// What was imported, and what was set aside.
    pub records: Records,
    /// Accounts, and the audit trail.
    pub accounts: Accounts,
}
