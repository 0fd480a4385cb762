mod endpoint;
mod files;

use core::num::ParseIntError;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flyball_accounts::AccountsError;
use flyball_domain::Kind;
use flyball_records::RecordsError;
use futures::TryStreamExt as _;
use tokio::time::{MissedTickBehavior, interval};

use crate::Stores;

pub use endpoint::Endpoint;

/// What this code writes. A folder with a higher number is refused, one with a lower is migrated.
const FORMAT: u32 = 3;

const LOCK_FILE: &str = "lock";
const FORMAT_FILE: &str = "format";
const KEY_FILE: &str = "key";
const ENDPOINT_FILE: &str = "endpoint.json";
const DYNAMODB_FILE: &str = "dynamodb.sqlite";
const QUEUES_FILE: &str = "queues.sqlite";

/// How long an owner may take from locking the folder to answering.
const ATTACH_TRIES_MAX: u32 = 60;
const ATTACH_PAUSE: Duration = Duration::from_millis(50);

/// Why a data folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process owns it.
    #[error(
        "the data folder {} is in use by another process: stop it, or name another folder",
        dir.display()
    )]
    InUse {
        /// The folder.
        dir: PathBuf,
    },
    /// Another process owns it and does not answer.
    #[error(
        "the data folder {} is in use by another process that does not answer: \
         wait for it to start, or stop it",
        dir.display()
    )]
    Silent {
        /// The folder.
        dir: PathBuf,
    },
    /// A newer Flyball wrote it.
    #[error(
        "found the data folder {} in format {found}, this program knows up to {FORMAT}: \
         use a newer program",
        dir.display()
    )]
    Newer {
        /// The folder.
        dir: PathBuf,
        /// Its format.
        found: u32,
    },
    /// It holds something else.
    #[error("found no format number in {}: name a data folder of Flyball's", path.display())]
    Format {
        /// The file that should hold the number.
        path: PathBuf,
        /// Why it is none.
        #[source]
        source: ParseIntError,
    },
    /// A file of it can't be read or written.
    #[error("{} can't be read or written: check its owner and permissions", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// A folder that this process owns: nobody else opens it until this value is dropped or the
/// process ends, however it ends.
#[derive(Debug)]
pub struct DataFolder {
    dir: PathBuf,
    format: u32,
    _lock: Lock,
}

/// A folder, or the way to the process that owns it.
#[derive(Debug)]
pub enum Attached {
    /// This process owns the folder.
    Owner(DataFolder),
    /// Another process owns it and answers here.
    Guest(Endpoint),
}

impl DataFolder {
    /// Creates the folder if there is none, readable by its owner only, and makes it this
    /// process's own.
    ///
    /// # Errors
    /// Another process owns it, a newer program wrote it, or the system refuses.
    pub fn open(dir: &Path) -> Result<Self, FolderError> {
        files::create_folder(dir)?;
        let lock = files::open_private(&dir.join(LOCK_FILE))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(FolderError::InUse { dir: dir.to_owned() });
            }
            Err(TryLockError::Error(source)) => {
                return Err(FolderError::Io { path: dir.join(LOCK_FILE), source });
            }
        }
        let lock = Lock(lock);
        let format = format_of(dir)?;
        let folder = Self { dir: dir.to_owned(), format, _lock: lock };
        // What an earlier owner left leads nowhere now.
        files::remove(&dir.join(ENDPOINT_FILE))?;
        Ok(folder)
    }

    /// Opens the folder or, if another process owns it, finds the way to that process.
    ///
    /// # Errors
    /// Those of [`Self::open`], and an owner that does not answer within a few seconds.
    pub async fn attach(dir: &Path) -> Result<Attached, FolderError> {
        let mut pauses = interval(ATTACH_PAUSE);
        pauses.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for _ in 0..ATTACH_TRIES_MAX {
            pauses.tick().await;
            match Self::open(dir) {
                Ok(folder) => return Ok(Attached::Owner(folder)),
                Err(FolderError::InUse { .. }) => {}
                Err(error) => return Err(error),
            }
            // An owner that is just starting has not written the file yet.
            if let Ok(Some(endpoint)) = Endpoint::read(&dir.join(ENDPOINT_FILE))
                && endpoint.is_alive().await
            {
                return Ok(Attached::Guest(endpoint));
            }
        }
        Err(FolderError::Silent { dir: dir.to_owned() })
    }

    /// The file that says where its owner answers, and to which token.
    pub fn endpoint_file(&self) -> PathBuf {
        self.dir.join(ENDPOINT_FILE)
    }

    /// Tells other processes where this one answers.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn publish(&self, endpoint: &Endpoint) -> Result<(), FolderError> {
        files::write_private(&self.endpoint_file(), endpoint.to_json().as_bytes())
    }

    /// The file with the key that seals credentials; made by whoever needs it first.
    pub fn key_path(&self) -> PathBuf {
        Self::key_path_in(&self.dir)
    }

    /// The same, of a folder whoever owns it.
    pub fn key_path_in(dir: &Path) -> PathBuf {
        dir.join(KEY_FILE)
    }

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The file of the embedded `DynamoDB`.
    pub fn dynamodb_file(&self) -> PathBuf {
        self.dir.join(DYNAMODB_FILE)
    }

    /// The file of the local queues.
    pub fn queues_file(&self) -> PathBuf {
        self.dir.join(QUEUES_FILE)
    }

    /// Brings what an older program has stored in the folder's tables into today's form. May be
    /// broken off and begun anew.
    ///
    /// # Errors
    /// A table can't be read or written; the folder can't be written to.
    pub(crate) async fn migrate(&self, stores: &Stores) -> Result<(), MigrateError> {
        if self.format >= FORMAT {
            return Ok(());
        }
        let mut accounts = core::pin::pin!(stores.accounts.list());
        while let Some(account) = accounts.try_next().await? {
            for kind in Kind::ALL {
                stores.records.rekey(&account.id, *kind).await?;
            }
            // Written once more, an account is in the index of what is due.
            stores.accounts.put(&account).await?;
        }
        Ok(write_format(&self.dir)?)
    }
}

/// Why a folder's tables could not be brought into today's form.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// The records.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// A folder's format; that of a new one is today's.
fn format_of(dir: &Path) -> Result<u32, FolderError> {
    let path = dir.join(FORMAT_FILE);
    let Some(text) = files::read(&path)? else {
        write_format(dir)?;
        return Ok(FORMAT);
    };
    let found: u32 = text.trim().parse().map_err(|source| FolderError::Format { path, source })?;
    if found > FORMAT {
        return Err(FolderError::Newer { dir: dir.to_owned(), found });
    }
    Ok(found)
}

fn write_format(dir: &Path) -> Result<(), FolderError> {
    files::write_private(&dir.join(FORMAT_FILE), format!("{FORMAT}\n").as_bytes())
}

/// A file that is locked until it is dropped. To close it is not enough: a process that somebody is just
/// starting has it as well, until it runs its own program.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::debug!(%error, "a folder stays locked until its file is closed");
        }
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        if let Err(error) = files::remove(&self.dir.join(ENDPOINT_FILE)) {
            tracing::debug!(%error, "an endpoint that no longer answers stays behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_given_back_although_another_process_still_has_its_file() {
        let place = tempfile::NamedTempFile::new().unwrap();
        let file = File::open(place.path()).unwrap();
        file.try_lock().unwrap();
        // What a process that is being started has of it.
        let inherited = file.try_clone().unwrap();
        let other = File::open(place.path()).unwrap();
        assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)));
        drop(Lock(file));
        other.try_lock().unwrap();
        drop(inherited);
    }
}
