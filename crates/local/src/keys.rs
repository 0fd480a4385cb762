use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use flyball_accounts::{KeyError, KeyFile, KeyFileError, KeyId, KeyProvider, SealingKey};

use crate::{DataFolder, SystemError};

/// The keys in a folder, made the first time.
///
/// # Errors
/// A file that can't be read or written.
pub fn folder_keys(folder: &DataFolder) -> Result<KeyFile, SystemError> {
    Ok(keys_at(&folder.key_path())?)
}

/// The keys in a folder whose owner may be another process, read when they are needed and made the
/// first time.
#[derive(Clone, Debug)]
pub struct LazyKeys(PathBuf);

impl LazyKeys {
    /// The keys in this file.
    pub const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    fn read(&self) -> Result<KeyFile, KeyError> {
        keys_at(&self.0).map_err(|error| KeyError::Unavailable { what: error.to_string() })
    }
}

#[async_trait]
impl KeyProvider for LazyKeys {
    async fn current(&self) -> Result<SealingKey, KeyError> {
        self.read()?.current().await
    }

    async fn by_id(&self, id: &KeyId) -> Result<SealingKey, KeyError> {
        self.read()?.by_id(id).await
    }
}

/// Two processes may both find no file: the one that comes second takes the key of the first.
fn keys_at(path: &Path) -> Result<KeyFile, KeyFileError> {
    let is = |error: &KeyFileError, kind| matches!(error, KeyFileError::File { source, .. } if source.kind() == kind);
    match KeyFile::load(path) {
        Err(error) if is(&error, io::ErrorKind::NotFound) => match KeyFile::create(path) {
            Err(error) if is(&error, io::ErrorKind::AlreadyExists) => KeyFile::load(path),
            created => created,
        },
        keys => keys,
    }
}
