//! Keys in a file, for one machine.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use secrecy::zeroize::Zeroizing;

use crate::{KeyError, KeyId, KeyProvider, SealingKey};

/// The longest key file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// The id of the first key of a new file.
const FIRST_ID: &str = "k1";

/// The mode of a key file: its owner's alone.
#[cfg(unix)]
const OWNER_ONLY: u32 = 0o600;

/// The bits that let others in.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// Keys in a text file that only its owner may read.
///
/// One key a line: an id, a space, and 32 bytes as 64 hexadecimal digits. The last line is the key
/// to seal with; the ones above still open what was sealed with them, so a new key is added at the
/// end. Empty lines and lines that begin with `#` are skipped.
///
/// ```text
/// # openssl rand -hex 32
/// k1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
/// k2 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f
/// ```
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// All but the current one.
    older: Vec<SealingKey>,
    current: SealingKey,
}

/// Why there are no keys. Never says what a key is.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file can't be read or written.
    #[error("key file {} can't be used: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Others than its owner may read or write the file.
    #[error("found key file {} with mode {mode:04o}, at most 0600 was expected: chmod 600 it", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file is too long to be a key file.
    #[error("found more than {FILE_BYTES_MAX} bytes in key file {}: a few lines were expected", .path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// A line is no key.
    #[error("found no key in line {line} of the key file: {what}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What was expected.
        what: &'static str,
    },
    /// There is no key at all.
    #[error(
        "found no key in the key file: a line with an id, a space and 64 hexadecimal digits was expected"
    )]
    Empty,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes for a new key")]
    Random,
    /// The key can't be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl KeyFile {
    /// Reads the keys in the file at `path`.
    ///
    /// # Errors
    /// A file that can't be read, that others may read, or with a line that is no key.
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |source| KeyFileError::File { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        check_mode(path, &file)?;
        let mut text = Zeroizing::new(String::new());
        let most = FILE_BYTES_MAX.saturating_add(1);
        let read = file.take(most).read_to_string(&mut text).map_err(failed)?;
        if u64::try_from(read).is_ok_and(|read| read >= most) {
            return Err(KeyFileError::TooLong { path: path.to_owned() });
        }
        Self::parse(&text)
    }

    /// Makes a file with one new random key at `path`, readable by its owner alone. The file is
    /// there whole or not at all, even if the process is killed meanwhile.
    ///
    /// # Errors
    /// A file that is there already, or can't be written.
    pub fn create(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |source| KeyFileError::File { path: path.to_owned(), source };
        let mut bytes = Zeroizing::new([0; SealingKey::BYTES]);
        SystemRandom::new()
            .fill(bytes.as_mut_slice())
            .map_err(|_unspecified| KeyFileError::Random)?;
        let digits = Zeroizing::new(HEXLOWER.encode(bytes.as_slice()));
        let text = Zeroizing::new(format!("{FIRST_ID} {}\n", digits.as_str()));

        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        if let Err(error) = std::fs::remove_file(&new)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(failed(error));
        }
        write_synced(&new, text.as_bytes()).map_err(failed)?;
        // Unlike a rename, a link never replaces a file that is there: a lost key is lost for good.
        let linked = std::fs::hard_link(&new, path).map_err(failed);
        std::fs::remove_file(&new).map_err(failed)?;
        linked?;
        Self::parse(&text)
    }

    /// Reads keys from the text of a key file.
    ///
    /// # Errors
    /// A line that is no key, or no key at all.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        let mut keys = Vec::new();
        let mut ids = HashSet::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let wrong = |what| KeyFileError::Line { line, what };
            let (id, digits) =
                text.split_once(' ').ok_or(wrong("an id, a space and 64 digits were expected"))?;
            let id: KeyId = id.parse().map_err(|_id| wrong("its id is over 512 characters"))?;
            let bytes = HEXLOWER_PERMISSIVE.decode(digits.trim().as_bytes()).map(Zeroizing::new);
            let bytes = bytes.map_err(|_digits| wrong("64 hexadecimal digits were expected"))?;
            let bytes: &[u8; SealingKey::BYTES] = bytes
                .as_slice()
                .try_into()
                .map_err(|_length| wrong("32 bytes, as 64 digits, were expected"))?;
            if !ids.insert(id.clone()) {
                return Err(wrong("its id is another line's already"));
            }
            keys.push(SealingKey::new(id, bytes)?);
        }
        let current = keys.pop().ok_or(KeyFileError::Empty)?;
        Ok(Self { older: keys, current })
    }
}

#[async_trait]
impl KeyProvider for KeyFile {
    async fn current(&self) -> Result<SealingKey, KeyError> {
        Ok(self.current.clone())
    }

    async fn by_id(&self, id: &KeyId) -> Result<SealingKey, KeyError> {
        core::iter::once(&self.current)
            .chain(&self.older)
            .find(|key| key.id() == id)
            .cloned()
            .ok_or_else(|| KeyError::Unknown { id: id.clone() })
    }
}

fn write_synced(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, OWNER_ONLY);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |source| KeyFileError::File { path: path.to_owned(), source };
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & OTHERS == 0 {
        Ok(())
    } else {
        Err(KeyFileError::Open { path: path.to_owned(), mode: mode & 0o7777 })
    }
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _file: &File) -> Result<(), KeyFileError> {
    Ok(())
}
