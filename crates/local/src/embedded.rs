use core::fmt;

use crate::EngineError;
use crate::database::Database;
use crate::dispatch::{Answer, dispatch};

/// The tables of an embedded `DynamoDB` that nothing listens for: whoever has them asks them.
#[derive(Clone)]
pub struct EmbeddedTables(Database);

impl EmbeddedTables {
    /// Tables that end with the last of their owners.
    ///
    /// # Errors
    /// The database can't be opened.
    pub fn memory() -> Result<Self, EngineError> {
        let at = |source| EngineError::Database { path: ":memory:".to_owned(), source };
        Ok(Self(Database::memory().map_err(at)?))
    }

    /// What `DynamoDB` says to a request of this `x-amz-target` and body: an HTTP status, and JSON.
    pub fn answer(&self, target: &str, body: &[u8]) -> (u16, String) {
        let Answer { status, body } = dispatch(&self.0, target, body);
        (status, body)
    }
}

impl fmt::Debug for EmbeddedTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedTables").finish_non_exhaustive()
    }
}
