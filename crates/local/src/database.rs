//! The embedded database. A file is opened twice, because how long a write waits for the disk is a
//! property of a connection.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use dynoxide::{Database as Connection, Result};

use crate::RECORDS_TABLE;

/// A database, with what its writes wait for.
///
/// The file is written ahead in one log, and a write that waits for the disk makes all that were
/// written before it as safe as itself.
#[derive(Clone)]
pub(crate) struct Database {
    /// Waits for the disk at every write.
    synced: Connection,
    /// Never waits for the disk. In memory the same connection.
    swift: Connection,
    /// Held while something is written. The connections would wait for each other by asking again
    /// and again, with pauses.
    writing: Arc<Mutex<()>>,
}

impl Database {
    pub(crate) fn memory() -> Result<Self> {
        let only = Connection::memory()?;
        Ok(Self::over(only.clone(), only))
    }

    pub(crate) fn file(path: &Path) -> Result<Self> {
        let path = path.display().to_string();
        let (synced, swift) = (Connection::new(&path)?, Connection::new(&path)?);
        // The name is that of what it undoes; what it does is `PRAGMA synchronous = NORMAL`.
        swift.disable_bulk_loading()?;
        Ok(Self::over(synced, swift))
    }

    fn over(synced: Connection, swift: Connection) -> Self {
        Self { synced, swift, writing: Arc::default() }
    }

    /// Reads, while others may write.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> T) -> T {
        read(&self.swift)
    }

    /// Writes, and waits for the disk.
    pub(crate) fn write<T>(&self, write: impl FnOnce(&Connection) -> T) -> T {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        write(&self.synced)
    }

    /// Puts an item into a table. Records don't wait for the disk: whoever stores some counts on
    /// them only when their checkpoint, or what else ends their job, is written, and that waits.
    pub(crate) fn put<T>(&self, table: &str, put: impl FnOnce(&Connection) -> T) -> T {
        if table != RECORDS_TABLE {
            return self.write(put);
        }
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        put(&self.swift)
    }
}
