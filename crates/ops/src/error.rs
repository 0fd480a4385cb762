use flyball_accounts::AccountsError;
use flyball_domain::AccountId;
use flyball_governor::GovernorError;
use flyball_queue::{NoQueue, OutgoingError, QueueError};
use flyball_records::RecordsError;

/// Why what was asked for was not done.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    /// There is no such account.
    #[error("found no account {account}, {}", others(.there, *.more))]
    UnknownAccount {
        /// The account asked for.
        account: AccountId,
        /// Some that there are.
        there: Vec<AccountId>,
        /// Whether there are more.
        more: bool,
    },
    /// What was asked for is not there.
    #[error("{0}")]
    NotFound(String),
    /// What was asked for can't be done as it was asked.
    #[error("{0}")]
    Unfit(String),
    /// What is there can't be changed so, at the moment.
    #[error("{0}")]
    Conflict(String),
    /// It is not what its caller has seen any more.
    #[error("{0}")]
    Changed(String),
    /// A rule wants to hear that this is meant.
    #[error("{what}: confirm {rule} to do it all the same")]
    Unconfirmed {
        /// The rule's name.
        rule: &'static str,
        /// What it found.
        what: String,
    },
    /// The governor's table.
    #[error(transparent)]
    Governor(#[from] GovernorError),
    /// The accounts' table.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// The records' table.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// A queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A queue that is not there.
    #[error(transparent)]
    NoQueue(#[from] NoQueue),
    /// A message that no queue takes.
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    /// A word of ours that the governor does not know: a fault of ours.
    #[error("a word of ours is none of the governor's ({0}): please report it")]
    Word(String),
}

impl OpsError {
    pub(crate) fn word(error: impl core::fmt::Display) -> Self {
        Self::Word(error.to_string())
    }
}

fn others(there: &[AccountId], more: bool) -> String {
    if there.is_empty() {
        return "and no other either: connect a store first".to_owned();
    }
    let names: Vec<&str> = there.iter().map(AccountId::as_str).collect();
    let and_more = if more { " and more" } else { "" };
    format!("expected one of {}{and_more}", names.join(", "))
}
