use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Folders of what is built or fetched.
const BUILT: [&str; 2] = ["target", "node_modules"];

/// The one hidden folder that is part of the repository.
const HIDDEN: &str = ".ci";

/// The repository's folder.
pub fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// The text of a file, by its path from the root.
///
/// # Errors
/// There is no such file, or it is no text.
pub fn text(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    fs::read_to_string(root().join(path)).with_context(|| format!("{}", path.display()))
}

/// All files, by their paths from the root, but for what is built, fetched or hidden.
///
/// # Errors
/// A folder that can't be read.
pub fn files() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let skipped = BUILT.contains(&&*name) || (name.starts_with('.') && name != HIDDEN);
            if skipped {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(root())?.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}
