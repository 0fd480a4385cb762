use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::FolderError;

#[cfg(unix)]
const FOLDER_MODE: u32 = 0o700;
#[cfg(unix)]
const FILE_MODE: u32 = 0o600;

fn at(path: &Path) -> impl Fn(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Io { path: path.clone(), source }
}

/// Creates the folder, if there is none, readable by its owner only.
pub(super) fn create_folder(dir: &Path) -> Result<(), FolderError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, FOLDER_MODE);
    builder.create(dir).map_err(at(dir))
}

/// Opens a file for writing, creating it readable by its owner only. What it holds stays.
pub(super) fn open_private(path: &Path) -> Result<File, FolderError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, FILE_MODE);
    options.open(path).map_err(at(path))
}

/// Writes a file, readable by its owner only, so that whoever reads it finds all of the old text
/// or all of the new, after a crash too.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let unfinished = path.with_extension("new");
    remove(&unfinished)?;
    let mut file = open_private(&unfinished)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(at(&unfinished))?;
    std::fs::rename(&unfinished, path).map_err(at(path))?;
    match path.parent() {
        Some(dir) => File::open(dir).and_then(|dir| dir.sync_all()).map_err(at(dir)),
        None => Ok(()),
    }
}

/// A file's text; `None` if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<String>, FolderError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

/// Removes a file, if there is one.
pub(super) fn remove(path: &Path) -> Result<(), FolderError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}
