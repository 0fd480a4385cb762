//! Asking for imports.

use flyball_accounts::Account;
use flyball_domain::{Job, JobId, JobKey, Message, UnixMillis};
use flyball_governor::Governor;
use flyball_queue::{Outgoing, Queues};
use flyball_runtime::secret_bytes;

use crate::error::CliError;

/// A new request for this work.
///
/// # Errors
/// The system has no randomness for its id.
pub(crate) fn new_job(governor: &Governor, key: &JobKey) -> Result<Job, CliError> {
    let now = UnixMillis(governor.now().0);
    Ok(Job {
        id: JobId::new(now, secret_bytes()?),
        account: key.account.clone(),
        kind: key.kind,
        mode: key.mode.clone(),
    })
}

/// Asks for this work of an account's.
///
/// # Errors
/// The queue's.
pub(crate) async fn ask(
    governor: &Governor,
    queues: &Queues,
    account: &Account,
    key: &JobKey,
) -> Result<(), CliError> {
    let message = Message::Import(new_job(governor, key)?);
    send(queues, account, &message).await
}

/// Sends a message about an account to the queue it belongs in.
///
/// # Errors
/// The queue's.
pub(crate) async fn send(
    queues: &Queues,
    account: &Account,
    message: &Message,
) -> Result<(), CliError> {
    let queue = queues.get(account.integration, message.kind())?;
    queue.send(&Outgoing::new(message.to_text(), account.id.clone())?).await?;
    Ok(())
}
