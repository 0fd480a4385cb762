//! How large the functions are. To build them as they are deployed takes longer than all other checks:
//! `just sizes` does and writes down what it found, with what they were linked from; here is checked
//! that this is within the budget, and that the largest is still linked from the same. What grows by
//! our own code alone is seen at the next measuring.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that fails, fails its test"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::HEXLOWER;
use flyball_tests::{root, text};
use sha2::{Digest as _, Sha256};
use toml::Table;

/// What was measured, below the root.
const FILE: &str = "docs/figures/sizes.csv";

/// The first line of it.
const HEAD: &str = "function,zipped_bytes,linked_from";

/// The most that a function may have, zipped.
const ZIPPED_BYTES_MAX: u64 = 5_000_000;

/// The system that most machines have on which is measured.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Names the folder of the artifacts when they are to be measured.
const VARIABLE: &str = "FLYBALL_SIZES";

#[derive(Clone, Debug, PartialEq, Eq)]
struct Size {
    function: String,
    zipped_bytes: u64,
    /// A hash of the crates that are linked, with versions and features, and of how they are built.
    linked_from: String,
}

fn functions() -> Vec<String> {
    let folders = std::fs::read_dir(root().join("functions")).unwrap();
    let mut names: Vec<String> =
        folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A line of `cargo tree`, without the folder of a crate of ours and without what says that its
/// dependencies were told already.
fn linked_crate(line: &str) -> String {
    let line = line.trim_end_matches(" (*)").trim_end();
    let ours =
        line.split_once(" (/").and_then(|(name, rest)| Some((name, rest.split_once(')')?.1)));
    ours.map_or_else(|| line.to_owned(), |(name, features)| format!("{name}{features}"))
}

fn linked_from(function: &str) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut tree = Command::new(cargo);
    tree.args(["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
    tree.args(["--target", TARGET, "--format", "{p} {f}", "--package", function]);
    let told = tree.current_dir(root()).output().unwrap();
    let errors = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.status.success(), "{errors}");
    let tree = String::from_utf8(told.stdout).unwrap();
    let crates: BTreeSet<String> = tree.lines().map(linked_crate).collect();
    let manifest: Table = text("Cargo.toml").unwrap().parse().unwrap();
    let mut hash = Sha256::new();
    for name in crates {
        hash.update(name);
        hash.update("\n");
    }
    for profile in ["release", "function"] {
        hash.update(manifest["profile"][profile].to_string());
    }
    HEXLOWER.encode(&hash.finalize())
}

fn measured() -> Vec<Size> {
    let written = text(FILE).unwrap();
    let mut lines = written.lines();
    assert_eq!(lines.next(), Some(HEAD));
    let size = |line: &str| {
        let [function, zipped_bytes, linked_from] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        Size {
            function: function.to_owned(),
            zipped_bytes: zipped_bytes.parse().unwrap(),
            linked_from: linked_from.to_owned(),
        }
    };
    lines.map(size).collect()
}

fn measure(folder: &Path) {
    let lines = functions().into_iter().filter_map(|function| {
        let artifact = root().join(folder).join(format!("{function}.zip"));
        let zipped_bytes = std::fs::metadata(artifact).ok()?.len();
        Some(format!("{function},{zipped_bytes},{}\n", linked_from(&function)))
    });
    let all = format!("{HEAD}\n{}", lines.collect::<String>());
    std::fs::write(root().join(FILE), all).unwrap();
}

#[test]
fn whatever_was_measured_was_within_its_budget_and_is_linked_from_the_same() {
    if let Some(folder) = std::env::var_os(VARIABLE) {
        measure(&PathBuf::from(folder));
    }
    let sizes = measured();
    let functions = functions();
    assert!(sizes.iter().all(|size| functions.contains(&size.function)), "{sizes:?}");
    let large: Vec<&Size> =
        sizes.iter().filter(|size| size.zipped_bytes > ZIPPED_BYTES_MAX).collect();
    assert_eq!(large, Vec::<&Size>::new(), "more than {ZIPPED_BYTES_MAX} bytes");
    let largest = sizes.iter().max_by_key(|size| size.zipped_bytes).unwrap();
    let now = linked_from(&largest.function);
    assert_eq!(largest.linked_from, now, "measure anew, with `just sizes`: {}", largest.function);
}

#[test]
fn what_is_linked_does_not_depend_on_where_the_repository_is() {
    for (line, expected) in [
        ("serde v1.0.229 alloc,std (*)", "serde v1.0.229 alloc,std"),
        ("flyball-ops v0.1.0 (/some/where/crates/ops) ", "flyball-ops v0.1.0"),
        ("flyball-queue v0.1.0 (/some/where) local", "flyball-queue v0.1.0 local"),
        ("async-trait v0.1.92 (proc-macro)  (*)", "async-trait v0.1.92 (proc-macro)"),
    ] {
        assert_eq!(linked_crate(line), expected);
    }
}
