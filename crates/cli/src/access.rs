use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use flyball_accounts::{KeyError, KeyId, KeyProvider, SealingKey};
use flyball_governor::Policy;
use flyball_local::{Attached, DataFolder, Engine, Stores};
use flyball_runtime::Meter;

use crate::error::CliError;

/// What every data folder has in it.
const FORMAT_FILE: &str = "format";

/// What a data folder may have before it has that.
const LOCK_FILE: &str = "lock";
const NEW_FORMAT_FILE: &str = "format.new";

/// The tables of a data folder, for the time of a command.
#[derive(Debug)]
pub(crate) struct Access {
    /// The tables.
    pub(crate) stores: Stores,
    /// Who owns the folder.
    pub(crate) owner: Owner,
    _held: Option<Held>,
}

/// Who owns a data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// This command: nobody imports anything meanwhile.
    Me,
    /// Another process, which may be importing.
    Another,
}

/// A folder that this command holds. The engine goes first, the lock last.
#[derive(Debug)]
struct Held {
    _engine: Engine,
    _folder: DataFolder,
}

/// Reaches the tables of a folder that is there: through the process that owns it, or by opening
/// them.
///
/// # Errors
/// No such folder; an owner that does not answer; tables that can't be opened.
pub(crate) async fn reach(dir: &Path) -> Result<Access, CliError> {
    if !dir.join(FORMAT_FILE).is_file() {
        return Err(CliError::new(format!(
            "found no data folder at {}, one that `flyball demo` or `flyball import` has made was \
             expected: run one of them first, or name another folder with --data",
            dir.display()
        )));
    }
    let over = |client: &_| Stores::over(client, Policy::STANDARD, Arc::new(NoKeys));
    match DataFolder::attach(dir).await? {
        Attached::Guest(endpoint) => {
            let client = endpoint.client(&Meter::default()).await;
            Ok(Access { stores: over(&client), owner: Owner::Another, _held: None })
        }
        Attached::Owner(folder) => {
            let engine = Engine::file(&folder.dynamodb_file()).await?;
            let client = engine.client(&Meter::default()).await;
            // Whoever made the folder may have ended before it made them.
            Stores::create_tables(&client).await?;
            let held = Some(Held { _engine: engine, _folder: folder });
            Ok(Access { stores: over(&client), owner: Owner::Me, _held: held })
        }
    }
}

/// Makes a folder this process's own; it is made if there is none.
///
/// # Errors
/// Another process owns it; it holds something else.
pub(crate) fn own(dir: &Path) -> Result<DataFolder, CliError> {
    let strange = match std::fs::read_dir(dir) {
        Err(_not_there) => false,
        Ok(entries) => {
            let names: Vec<_> =
                entries.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
            // Whoever ends in making a folder leaves these behind, or some of them.
            !names.is_empty()
                && !names.iter().any(|name| name == FORMAT_FILE)
                && names.iter().any(|name| name != LOCK_FILE && name != NEW_FORMAT_FILE)
        }
    };
    if strange {
        return Err(CliError::new(format!(
            "found files in {} that are not Flyball's, a new folder, an empty one or a data folder \
             was expected: name another one",
            dir.display()
        )));
    }
    Ok(DataFolder::open(dir)?)
}

/// Commands that only look have no use for the keys to credentials.
struct NoKeys;

impl NoKeys {
    fn error() -> KeyError {
        KeyError::Unavailable { what: "this command opens no credentials".to_owned() }
    }
}

#[async_trait]
impl KeyProvider for NoKeys {
    async fn current(&self) -> Result<SealingKey, KeyError> {
        Err(Self::error())
    }

    async fn by_id(&self, _: &KeyId) -> Result<SealingKey, KeyError> {
        Err(Self::error())
    }
}
