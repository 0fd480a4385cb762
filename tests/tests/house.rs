//! The rules of the house that no lint knows.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::path::{Path, PathBuf};

use flyball_tests::{files, root, text};
use toml::Table;

use super::walls::metadata;

/// The longest a file may be.
const LINES_MAX: usize = 600;

fn of_type<'a>(files: &'a [PathBuf], types: &'a [&str]) -> impl Iterator<Item = &'a PathBuf> {
    let is_one = |path: &Path| path.extension().is_some_and(|end| types.iter().any(|t| end == *t));
    files.iter().filter(move |path| is_one(path))
}

fn toml(path: impl AsRef<Path>) -> Table {
    text(path).unwrap().parse().unwrap()
}

fn manifests() -> Vec<(PathBuf, Table)> {
    let files = files().unwrap();
    let manifests = files.iter().filter(|path| path.ends_with("Cargo.toml"));
    let read = manifests.map(|path| (path.clone(), toml(path)));
    read.filter(|(_, manifest)| manifest.contains_key("package")).collect()
}

/// Entries of `of` that `among` has not, or has otherwise.
fn lacking(among: &Table, of: &Table) -> Vec<String> {
    of.iter()
        .flat_map(|(name, value)| match (value.as_table(), among.get(name)) {
            (_, Some(there)) if there == value => vec![],
            (Some(of), Some(there)) => lacking(there.as_table().unwrap(), of),
            (_, _) => vec![name.clone()],
        })
        .collect()
}

#[test]
fn no_file_is_longer_than_a_person_reads() {
    let files = files().unwrap();
    let long: Vec<_> = of_type(&files, &["rs", "md", "sh", "toml", "yml"])
        .map(|path| (text(path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .collect();
    assert!(long.is_empty(), "longer than {LINES_MAX} lines: {long:?}");
}

#[test]
fn nothing_in_the_repository_names_one_machine_or_where_packages_come_from() {
    // Put together here, so that this file doesn't name them either.
    let forbidden = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["/Us", "ers/"],
        ["npm", "js.org"],
        ["python", "hosted"],
        ["static.crates", ".io"],
        ["index.crates", ".io"],
    ]
    .map(|parts| parts.concat());
    let files = files().unwrap();
    let mut found = Vec::new();
    let types = ["rs", "md", "sh", "toml", "yml", "json", "txt", "lock", "graphql", "css", "js"];
    let plain = ["justfile", ".ci/run"].map(PathBuf::from);
    for path in of_type(&files, &types).chain(&plain) {
        let text = text(path).unwrap();
        let names = forbidden.iter().filter(|word| text.contains(*word));
        found.extend(names.map(|word| format!("{}: {word}", path.display())));
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_crate_says_what_it_is_and_what_it_never_does() {
    for (path, _) in manifests() {
        let folder = path.parent().unwrap();
        let sources = ["src/lib.rs", "src/main.rs"].map(|source| folder.join(source));
        let text = sources.iter().find_map(|source| text(source).ok()).unwrap();
        let doc: String = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
        let limits = ["never", "nothing"].iter().any(|word| doc.contains(word));
        assert!(limits, "{}: says {doc:?}", folder.display());
    }
}

#[test]
fn every_package_obeys_the_lints_of_the_workspace() {
    let workspace = toml("Cargo.toml");
    let lints = workspace["workspace"]["lints"].as_table().unwrap();
    for (path, manifest) in manifests() {
        let own = manifest["lints"].as_table().unwrap();
        let inherits = own.get("workspace").and_then(toml::Value::as_bool) == Some(true);
        if !inherits {
            assert_eq!(lacking(own, lints), Vec::<String>::new(), "{}", path.display());
        }
    }
}

#[test]
fn the_core_of_the_governor_repeats_the_bans_of_the_workspace_and_adds_to_them() {
    let (shared, core) = (toml("clippy.toml"), toml("governor/core/clippy.toml"));
    assert_eq!(lacking(&core, &shared), Vec::<String>::new());
    assert!(core["disallowed-types"].as_array().is_some_and(|types| types.len() >= 2));
    let manifest = toml("governor/core/Cargo.toml");
    for lint in ["arithmetic_side_effects", "float_arithmetic", "as_conversions"] {
        assert_eq!(manifest["lints"]["clippy"][lint].as_str(), Some("deny"), "{lint}");
    }
}

#[test]
fn tests_that_need_more_than_rust_stand_behind_a_feature() {
    let files = files().unwrap();
    for (variable, feature) in [
        ("FLYBALL_SHARED", "shared"),
        ("FLYBALL_MINISTACK", "engines"),
        ("FLYBALL_OSLS", "engines"),
        ("FLYBALL_TAPS", "engines"),
        ("FLYBALL_FUNCTIONS", "engines"),
    ] {
        for path in of_type(&files, &["rs"]).filter(|path| !path.ends_with("house.rs")) {
            if !text(path).unwrap().contains(variable) {
                continue;
            }
            let manifests = path.ancestors().map(|folder| folder.join("Cargo.toml"));
            let manifest = manifests.into_iter().find(|path| files.contains(path)).unwrap();
            let has = toml(&manifest).get("features").is_some_and(|of| of.get(feature).is_some());
            assert!(has, "{} needs the feature {feature}", manifest.display());
        }
    }
}

/// Whether a source says that the file, or the folder, of this name is a part of it.
fn declares(source: &str, module: &str) -> bool {
    let declared = format!("mod {module};");
    source.lines().any(|line| {
        line.split_once(&declared)
            .is_some_and(|(before, _)| before.is_empty() || before.trim_start().starts_with("pub"))
    })
}

#[test]
fn every_source_file_is_compiled() {
    let metadata = metadata();
    let targets = metadata.packages.iter().flat_map(|package| &package.targets);
    let begins = targets.map(|target| target.src_path.as_std_path().to_owned());
    // Programs that the workspace may not have as members are workspaces of their own.
    let apart = manifests().into_iter().filter(|(_, manifest)| manifest.contains_key("workspace"));
    let apart = apart.map(|(path, _)| root().join(path).with_file_name("src/main.rs"));
    let begins: Vec<_> = begins.chain(apart).collect();
    let files = files().unwrap();
    let sources: Vec<_> = of_type(&files, &["rs"]).collect();
    let mut forgotten = Vec::new();
    for path in &sources {
        if begins.contains(&root().join(path)) {
            continue;
        }
        let module = if path.ends_with("mod.rs") { path.parent().unwrap() } else { path };
        let folder = module.parent().unwrap();
        let name = module.file_stem().unwrap().to_str().unwrap();
        let above = sources
            .iter()
            .filter(|it| it.parent() == Some(folder) || it.with_extension("") == folder);
        if !above.into_iter().any(|it| declares(&text(it).unwrap(), name)) {
            forgotten.push(path);
        }
    }
    assert!(forgotten.is_empty(), "no module and no program: {forgotten:?}");
}
