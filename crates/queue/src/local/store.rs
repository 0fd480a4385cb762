use core::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::{Now, schema};
use crate::{Counts, Hidden, MessageId, Outgoing, QueueName, Receipt};

/// The queues' file. Every method is one short transaction.
pub(super) struct Store {
    connection: Mutex<Connection>,
    changed: Notify,
    pub(super) now: Now,
    pub(super) receives_max: NonZeroU32,
}

impl Store {
    pub(super) fn new(
        connection: Connection,
        receives_max: NonZeroU32,
        now: Now,
    ) -> rusqlite::Result<Self> {
        schema::prepare(&connection, millis(now().0))?;
        Ok(Self { connection: Mutex::new(connection), changed: Notify::new(), now, receives_max })
    }

    pub(super) fn announce(&self) {
        self.changed.notify_waiters();
    }

    /// Resolves when there may be something to receive that was not there before.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    pub(super) fn send(
        &self,
        queue: QueueName,
        messages: &[Outgoing],
    ) -> rusqlite::Result<Vec<MessageId>> {
        let now = (self.now)();
        let ids = self.transaction(|transaction| {
            messages.iter().map(|message| insert(transaction, queue, message, now.0)).collect()
        })?;
        self.announce();
        Ok(ids)
    }

    pub(super) fn delete(&self, queue: QueueName, receipt: &Receipt) -> rusqlite::Result<()> {
        let Some((id, receives)) = parse(receipt) else { return Ok(()) };
        let queue = queue.to_string();
        self.transaction(|transaction| {
            let account: Option<String> = transaction
                .prepare_cached(
                    "DELETE FROM messages WHERE id = ?1 AND queue = ?2 AND receives = ?3
                     RETURNING account",
                )?
                .query_row(params![id, queue, receives], |row| row.get(0))
                .optional()?;
            account.map_or(Ok(()), |account| leave_turns(transaction, &queue, &account))
        })
    }

    pub(super) fn hide(
        &self,
        queue: QueueName,
        receipt: &Receipt,
        visibility_ms: u64,
    ) -> rusqlite::Result<Hidden> {
        let Some((id, receives)) = parse(receipt) else { return Ok(Hidden::NotInFlight) };
        let now = (self.now)();
        let changed = self.transaction(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE messages SET visible_at = ?1
                     WHERE id = ?2 AND queue = ?3 AND receives = ?4 AND visible_at > ?5",
                )?
                .execute(params![
                    millis(now.plus(visibility_ms).0),
                    id,
                    queue.to_string(),
                    receives,
                    millis(now.0)
                ])
        })?;
        if changed == 0 {
            return Ok(Hidden::NotInFlight);
        }
        self.announce();
        Ok(Hidden::Until)
    }

    pub(super) fn counts(&self, queue: QueueName) -> rusqlite::Result<Counts> {
        let now = (self.now)();
        self.connection()
            .prepare_cached(
                "SELECT count(*) FILTER (WHERE visible_at <= ?2),
                        count(*) FILTER (WHERE visible_at > ?2 AND receives > 0),
                        count(*) FILTER (WHERE visible_at > ?2 AND receives = 0)
                 FROM messages WHERE queue = ?1",
            )?
            .query_row(params![queue.to_string(), millis(now.0)], |row| {
                Ok(Counts { visible: row.get(0)?, in_flight: row.get(1)?, delayed: row.get(2)? })
            })
    }

    pub(super) fn transaction<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// A panic under the lock rolls its transaction back, so the connection is as good as before.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn insert(
    transaction: &Transaction<'_>,
    queue: QueueName,
    message: &Outgoing,
    now_ms: u64,
) -> rusqlite::Result<MessageId> {
    let queue = queue.to_string();
    let account = message.group().as_str();
    let delay_ms = u64::from(message.delay_s()) * 1_000;
    transaction
        .prepare_cached(
            "INSERT INTO messages (queue, account, body, sent_at, visible_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            queue,
            account,
            message.text(),
            millis(now_ms),
            millis(now_ms.saturating_add(delay_ms))
        ])?;
    let id = transaction.last_insert_rowid();
    join_turns(transaction, &queue, account)?;
    Ok(MessageId(id.to_string()))
}

/// A group that joins goes behind all others: one that sends whenever it has run dry must not be
/// served more often than one that always has something.
pub(super) fn join_turns(
    transaction: &Transaction<'_>,
    queue: &str,
    account: &str,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO turns (queue, account, turn)
             SELECT ?1, ?2, ifnull(max(turn), 0) + 1 FROM turns WHERE queue = ?1
             ON CONFLICT DO NOTHING",
        )?
        .execute([queue, account])
        .map(drop)
}

/// Takes a group out of the turns once it has no message left.
pub(super) fn leave_turns(
    transaction: &Transaction<'_>,
    queue: &str,
    account: &str,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "DELETE FROM turns WHERE queue = ?1 AND account = ?2 AND NOT EXISTS (
                 SELECT 1 FROM messages WHERE queue = ?1 AND account = ?2)",
        )?
        .execute([queue, account])
        .map(drop)
}

/// A receipt is a message's id and the number of the delivery: an older delivery's no longer fits.
pub(super) fn receipt(id: i64, receives: i64) -> Receipt {
    Receipt(format!("{id}-{receives}"))
}

fn parse(receipt: &Receipt) -> Option<(i64, i64)> {
    let (id, receives) = receipt.0.split_once('-')?;
    Some((id.parse().ok()?, receives.parse().ok()?))
}

/// `SQLite`'s integers end at 2⁶³.
pub(super) fn millis(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
