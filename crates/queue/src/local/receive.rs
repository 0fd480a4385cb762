use flyball_domain::UnixMillis;
use rusqlite::{OptionalExtension, Transaction, params};

use super::store::{Store, join_turns, leave_turns, millis, receipt};
use crate::{MessageId, QueueName, Receive, Received};

/// What a look into a queue found.
pub(super) struct Taken {
    /// What is the caller's now.
    pub(super) messages: Vec<Received>,
    /// In how many milliseconds the next message becomes visible by itself; at least 1.
    pub(super) next_in_ms: Option<u64>,
}

struct Candidate {
    id: i64,
    account: String,
    body: String,
    sent_at: i64,
    receives: i64,
    excused: i64,
}

impl Store {
    /// Takes up to `ask.messages_max` messages, one account after the other, and moves those
    /// received too often to the dead-letter queue.
    pub(super) fn take(&self, queue: QueueName, ask: Receive) -> rusqlite::Result<Taken> {
        let now = (self.now)();
        let name = queue.to_string();
        let mut buried = 0_u32;
        let taken = self.transaction(|transaction| {
            let mut messages = Vec::new();
            while messages.len() < usize::from(ask.messages_max) {
                let Some(found) = next_in_turn(transaction, &name, now)? else { break };
                let counted = found.receives.saturating_sub(found.excused);
                if counted >= i64::from(self.receives_max.get()) && !queue.is_dead_letter() {
                    bury(transaction, queue, &found, now)?;
                    buried += 1;
                } else {
                    messages.push(hand_out(transaction, &name, found, now, ask.visibility_ms)?);
                }
            }
            let next_in_ms = next_in_ms(transaction, &name, now)?;
            Ok(Taken { messages, next_in_ms })
        })?;
        if buried > 0 {
            self.announce();
        }
        Ok(taken)
    }
}

fn next_in_turn(
    transaction: &Transaction<'_>,
    queue: &str,
    now: UnixMillis,
) -> rusqlite::Result<Option<Candidate>> {
    transaction
        .prepare_cached(
            "SELECT m.id, m.account, m.body, m.sent_at, m.receives, m.excused
             FROM turns t JOIN messages m ON m.id = (
                 SELECT id FROM messages
                 WHERE queue = t.queue AND account = t.account AND visible_at <= ?2
                 ORDER BY visible_at, id LIMIT 1)
             WHERE t.queue = ?1 ORDER BY t.turn LIMIT 1",
        )?
        .query_row(params![queue, millis(now.0)], |row| {
            Ok(Candidate {
                id: row.get(0)?,
                account: row.get(1)?,
                body: row.get(2)?,
                sent_at: row.get(3)?,
                receives: row.get(4)?,
                excused: row.get(5)?,
            })
        })
        .optional()
}

fn hand_out(
    transaction: &Transaction<'_>,
    queue: &str,
    found: Candidate,
    now: UnixMillis,
    visibility_ms: u64,
) -> rusqlite::Result<Received> {
    let receives = found.receives.saturating_add(1);
    transaction
        .prepare_cached("UPDATE messages SET visible_at = ?2, receives = ?3 WHERE id = ?1")?
        .execute(params![found.id, millis(now.plus(visibility_ms).0), receives])?;
    transaction
        .prepare_cached(
            "UPDATE turns SET turn = (SELECT max(turn) + 1 FROM turns WHERE queue = ?1)
             WHERE queue = ?1 AND account = ?2",
        )?
        .execute([queue, &found.account])?;
    Ok(Received {
        message_id: MessageId(found.id.to_string()),
        receipt: receipt(found.id, receives),
        body: found.body,
        receives: u32::try_from(receives.saturating_sub(found.excused)).unwrap_or(u32::MAX),
        sent_at: u64::try_from(found.sent_at).ok().map(UnixMillis),
        group: Some(found.account),
    })
}

fn bury(
    transaction: &Transaction<'_>,
    queue: QueueName,
    found: &Candidate,
    now: UnixMillis,
) -> rusqlite::Result<()> {
    let dead_letter = queue.dead_letter().to_string();
    transaction
        .prepare_cached("UPDATE messages SET queue = ?2, visible_at = ?3 WHERE id = ?1")?
        .execute(params![found.id, dead_letter, millis(now.0)])?;
    join_turns(transaction, &dead_letter, &found.account)?;
    leave_turns(transaction, &queue.to_string(), &found.account)
}

fn next_in_ms(
    transaction: &Transaction<'_>,
    queue: &str,
    now: UnixMillis,
) -> rusqlite::Result<Option<u64>> {
    let next: Option<i64> = transaction
        .prepare_cached(
            "SELECT min(visible_at) FROM messages WHERE queue = ?1 AND visible_at > ?2",
        )?
        .query_row(params![queue, millis(now.0)], |row| row.get(0))?;
    Ok(next.and_then(|at| u64::try_from(at).ok()).map(|at| UnixMillis(at).since(now).max(1)))
}
