use rusqlite::Connection;

/// `receives` numbers a message's deliveries; `excused` of them ended with the process and count
/// for nothing. `visible_at` is when a message may be received: its delay's end before the first delivery, its
/// visibility's end after. `turn` orders the groups that have messages: the lowest is served next.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        account TEXT NOT NULL,
        body TEXT NOT NULL,
        sent_at INTEGER NOT NULL,
        visible_at INTEGER NOT NULL,
        receives INTEGER NOT NULL DEFAULT 0,
        excused INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX IF NOT EXISTS messages_of_account
        ON messages (queue, account, visible_at, id);
    CREATE INDEX IF NOT EXISTS messages_by_time ON messages (queue, visible_at);
    CREATE TABLE IF NOT EXISTS turns (
        queue TEXT NOT NULL,
        account TEXT NOT NULL,
        turn INTEGER NOT NULL,
        PRIMARY KEY (queue, account)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS turns_in_order ON turns (queue, turn);
";

/// Creates what is missing and makes visible what an earlier process had received: it is gone, or
/// the file would not be ours. That the process ended is no fault of the messages it had in hand,
/// so that delivery does not count: a message must not reach the dead-letter queue because the
/// machine was restarted often.
pub(super) fn prepare(connection: &Connection, now_ms: i64) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(TABLES)?;
    connection.execute(
        "UPDATE messages SET visible_at = ?1, excused = excused + 1
         WHERE receives > 0 AND visible_at > ?1",
        [now_ms],
    )?;
    Ok(())
}
