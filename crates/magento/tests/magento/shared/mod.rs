//! Against the vendor's official schemas and published payloads, read in place from the folder that
//! `FLYBALL_SHARED` names.
mod fixtures;
mod requests;
mod schema;
mod whole;

use std::path::{Path, PathBuf};

pub(crate) fn shared(path: impl AsRef<Path>) -> String {
    let root = std::env::var_os("FLYBALL_SHARED")
        .unwrap_or_else(|| panic!("set FLYBALL_SHARED to the folder with specs/ and fixtures/"));
    std::fs::read_to_string(PathBuf::from(root).join(path)).unwrap()
}
