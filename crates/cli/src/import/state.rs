//! How far a stream has come, in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use flyball_domain::{Kind, UnixMillis};
use serde::{Deserialize, Serialize};

/// The version of the file that this code writes.
const VERSION: u64 = 1;

/// The longest file that is read, in bytes.
const BYTES_MAX: u64 = 64 * 1024;

/// How far back the next stream looks behind where the last one ended, in milliseconds: vendors'
/// search indexes lag behind by up to a minute.
const OVERLAP_MS: u64 = 120_000;

/// How far a stream has come: its window, fixed when it began, and its place in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    v: u64,
    /// The store's address.
    store: String,
    /// What is streamed.
    #[serde(default = "products")]
    kind: Kind,
    /// The first moment of the window; from the beginning, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<UnixMillis>,
    /// The first moment after the window; none between two streams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<UnixMillis>,
    /// Where to go on, as the connector has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) resume: Option<String>,
    /// Rows seen in this window.
    pub(super) records: u64,
}

/// What was streamed before there was a choice.
const fn products() -> Kind {
    Kind::Products
}

/// Why a state file can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum StateError {
    /// The file can't be read or written.
    #[error("the state file {} can't be read or written: check its folder and permissions", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The file is no state.
    #[error("found no state in {}: name the file of an earlier import, or one that is not there yet", path.display())]
    NoState {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    /// A newer program wrote it.
    #[error("found the state file {} in version {found}, this program knows up to {VERSION}: use a newer program", path.display())]
    Newer { path: PathBuf, found: u64 },
    /// It is another store's.
    #[error("found the state of {found} in {}, that of {expected} was expected: name another file", path.display())]
    OtherStore { path: PathBuf, found: String, expected: String },
    /// It is another kind's.
    #[error("found the state of {found} in {}, that of {expected} was expected: name another file", path.display())]
    OtherKind { path: PathBuf, found: Kind, expected: Kind },
}

impl State {
    /// Before the first page of a kind of a store.
    pub(super) fn fresh(store: &str, kind: Kind) -> Self {
        let store = store.to_owned();
        Self { v: VERSION, store, kind, from: None, until: None, resume: None, records: 0 }
    }

    /// Reads the state of a kind of a store; a fresh one where there is no file.
    ///
    /// # Errors
    /// A file that can't be read, is no state, or is another store's or kind's.
    pub(super) fn load(path: &Path, store: &str, kind: Kind) -> Result<Self, StateError> {
        #[derive(Deserialize)]
        struct Version {
            v: u64,
        }
        let failed = |source| StateError::File { path: path.to_owned(), source };
        let no_state = |source| StateError::NoState { path: path.to_owned(), source };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self::fresh(store, kind));
            }
            Err(error) => return Err(failed(error)),
        };
        let mut bytes = Vec::new();
        file.take(BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
        let Version { v } = serde_json::from_slice(&bytes).map_err(no_state)?;
        if v > VERSION {
            return Err(StateError::Newer { path: path.to_owned(), found: v });
        }
        let state: Self = serde_json::from_slice(&bytes).map_err(no_state)?;
        let path = path.to_owned();
        if state.store != store {
            let (found, expected) = (state.store, store.to_owned());
            return Err(StateError::OtherStore { path, found, expected });
        }
        if state.kind != kind {
            return Err(StateError::OtherKind { path, found: state.kind, expected: kind });
        }
        Ok(state)
    }

    /// Writes the state, so that whoever reads it finds all of the old one or all of the new one,
    /// after a crash too.
    ///
    /// # Errors
    /// The file can't be written.
    pub(super) fn save(&self, path: &Path) -> Result<(), StateError> {
        let failed = |source| StateError::File { path: path.to_owned(), source };
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let mut bytes = serde_json::to_vec(self).map_err(|error| failed(error.into()))?;
        bytes.push(b'\n');
        let written = OpenOptions::new().write(true).create(true).truncate(true).open(&new);
        let written = written.and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()
        });
        written.and_then(|()| std::fs::rename(&new, path)).map_err(failed)?;
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        let dir = dir.unwrap_or_else(|| Path::new("."));
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)
    }

    /// The state after the last page: the next stream begins where this one's window ended.
    #[must_use]
    pub(super) fn finished(self) -> Self {
        let from = self.until.map(|until| until.minus(OVERLAP_MS)).or(self.from);
        Self { from, until: None, resume: None, records: 0, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORE: &str = "https://blue-mug.myshopify.com";
    const KIND: Kind = Kind::Products;

    #[test]
    fn a_state_survives_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        assert_eq!(State::load(&path, STORE, KIND).unwrap(), State::fresh(STORE, KIND));
        let mut state = State::fresh(STORE, KIND);
        state.until = Some(UnixMillis(1_790_000_000_000));
        state.resume = Some("here".to_owned());
        state.records = 50;
        state.save(&path).unwrap();
        assert_eq!(State::load(&path, STORE, KIND).unwrap(), state);
        let next = state.finished();
        assert_eq!(next.from, Some(UnixMillis(1_790_000_000_000 - OVERLAP_MS)));
        assert_eq!((next.until, next.resume, next.records), (None, None, 0));
    }

    #[test]
    fn a_file_that_is_not_this_stores_state_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        State::fresh("https://red-mug.myshopify.com", KIND).save(&path).unwrap();
        assert!(matches!(State::load(&path, STORE, KIND), Err(StateError::OtherStore { .. })));
        State::fresh(STORE, Kind::Orders).save(&path).unwrap();
        assert!(matches!(State::load(&path, STORE, KIND), Err(StateError::OtherKind { .. })));
        for text in ["", "[]", "{}", "{\"v\":1}"] {
            std::fs::write(&path, text).unwrap();
            assert!(
                matches!(State::load(&path, STORE, KIND), Err(StateError::NoState { .. })),
                "{text}"
            );
        }
        std::fs::write(&path, "{\"v\":2,\"new\":true}").unwrap();
        assert!(matches!(State::load(&path, STORE, KIND), Err(StateError::Newer { found: 2, .. })));
        assert!(matches!(State::load(dir.path(), STORE, KIND), Err(StateError::File { .. })));
    }
}
