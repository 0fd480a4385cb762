use std::path::Path;
use std::sync::Arc;

use flyball_governor::Policy;
use flyball_local::{Attached, DataFolder, Endpoint, Engine, LazyKeys, Stores, folder_queues};
use flyball_ops::Ops;
use flyball_queue::Queues;
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
    way: Way,
}

/// What the ops team's functions work on.
pub(crate) fn ops(stores: &Stores) -> Ops {
    let Stores { governor, records, accounts } = stores.clone();
    Ops { governor, records, accounts }
}

/// How the tables are reached.
#[derive(Debug)]
enum Way {
    /// Through the process that owns the folder.
    Guest(Endpoint),
    /// By holding the folder.
    Owner(Held),
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
    folder: DataFolder,
}

/// Reaches the tables of a folder that is there: through the process that owns it, or by opening
/// them.
///
/// # Errors
/// No such folder; an owner that does not answer; tables that can't be opened.
pub(crate) async fn reach(dir: &Path) -> Result<Access, CliError> {
    if !dir.join(FORMAT_FILE).is_file() {
        return Err(CliError::new(format!(
            "found no data folder at {}, one that `flyball account add`, `flyball import` or \
             `flyball demo` has made was expected: run one of them first, or name another folder \
             with --data",
            dir.display()
        )));
    }
    attach(dir).await
}

/// The same; the folder is made if there is none.
///
/// # Errors
/// Those of [`reach`], and a folder that holds something else.
pub(crate) async fn reach_or_make(dir: &Path) -> Result<Access, CliError> {
    must_be_ours(dir)?;
    attach(dir).await
}

async fn attach(dir: &Path) -> Result<Access, CliError> {
    let keys = LazyKeys::at(DataFolder::key_path_in(dir));
    match DataFolder::attach(dir).await? {
        Attached::Guest(endpoint) => {
            let client = endpoint.client(&Meter::default()).await;
            let stores = Stores::over(&client, Policy::STANDARD, Arc::new(keys));
            let way = Way::Guest(endpoint);
            Ok(Access { stores, owner: Owner::Another, way })
        }
        Attached::Owner(folder) => {
            let engine = Engine::file(&folder.dynamodb_file()).await?;
            let client = engine.client(&Meter::default()).await;
            // Whoever made the folder may have ended before it made them.
            let keys = Arc::new(keys);
            let stores = Stores::open(&folder, &client, Policy::STANDARD, keys).await?;
            let way = Way::Owner(Held { _engine: engine, folder });
            Ok(Access { stores, owner: Owner::Me, way })
        }
    }
}

impl Access {
    /// The folder's queues, to ask for jobs.
    ///
    /// # Errors
    /// The folder's owner takes no jobs; the file can't be opened.
    pub(crate) async fn queues(&self) -> Result<Queues, CliError> {
        match &self.way {
            Way::Guest(endpoint) => endpoint.queues().await.ok_or_else(|| {
                CliError::new(format!(
                    "the data folder is in use by an import (process {}), which takes no other \
                     jobs: try again when it has ended",
                    endpoint.pid
                ))
            }),
            Way::Owner(Held { folder, .. }) => {
                let queues = folder_queues(folder)?;
                Ok(Queues::of_all(|name| Arc::new(queues.queue(name))))
            }
        }
    }
}

/// Makes a folder this process's own; it is made if there is none.
///
/// # Errors
/// Another process owns it; it holds something else.
pub(crate) fn own(dir: &Path) -> Result<DataFolder, CliError> {
    must_be_ours(dir)?;
    Ok(DataFolder::open(dir)?)
}

fn must_be_ours(dir: &Path) -> Result<(), CliError> {
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
    Ok(())
}
