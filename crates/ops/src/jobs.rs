//! Asking for imports.

use flyball_accounts::Account;
use flyball_domain::{Job, JobId, JobKey, Message, UnixMillis};
use flyball_governor::Governor;
use flyball_queue::{Outgoing, Queues};
use tracing::Instrument as _;

use crate::OpsError;

/// A new request for this work.
pub fn new_job(governor: &Governor, key: &JobKey) -> Job {
    let now = UnixMillis(governor.now().0);
    let mut random = [0; 10];
    let bits = [governor.random().to_be_bytes(), governor.random().to_be_bytes()];
    random.iter_mut().zip(bits.into_iter().flatten()).for_each(|(to, from)| *to = from);
    Job {
        id: JobId::new(now, random),
        account: key.account.clone(),
        kind: key.kind,
        mode: key.mode.clone(),
    }
}

/// Asks for this work of an account's.
///
/// # Errors
/// The queue's.
pub async fn ask(
    governor: &Governor,
    queues: &Queues,
    account: &Account,
    key: &JobKey,
) -> Result<(), OpsError> {
    let job = new_job(governor, key);
    let (id, kind, request) = (&job.account, job.kind, job.id);
    let span = tracing::info_span!("request", account = %id, %kind, job = %key, %request);
    send(queues, account, &Message::Import(job)).instrument(span).await
}

/// Sends a message about an account to the queue it belongs in.
///
/// # Errors
/// The queue's.
pub async fn send(queues: &Queues, account: &Account, message: &Message) -> Result<(), OpsError> {
    let queue = queues.get(account.integration, message.kind())?;
    queue.send(&Outgoing::new(message.to_text(), account.id.clone())?).await?;
    Ok(())
}
