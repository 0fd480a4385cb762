//! Who may import whom, and who may do which I/O.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails, fails its test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use flyball_tests::root;

/// What each crate may build on, by their folders. Dev-dependencies are free.
const ALLOWED: &[(&str, &[&str])] = &[
    ("crates/domain", &[]),
    ("crates/connector", &["crates/domain"]),
    ("governor/core", &[]),
    ("governor", &["governor/core"]),
    ("crates/http", &[]),
    ("crates/shopify", &["crates/connector", "crates/domain", "crates/http"]),
    ("crates/bigcommerce", &["crates/connector", "crates/domain", "crates/http"]),
    ("crates/magento", &["crates/connector", "crates/domain", "crates/http"]),
    ("crates/queue", &["crates/domain"]),
    ("crates/records", &["crates/domain"]),
    ("crates/accounts", &["crates/domain"]),
    (
        "crates/importer",
        &[
            "governor",
            "crates/connector",
            "crates/domain",
            "crates/records",
            "crates/accounts",
            "crates/queue",
        ],
    ),
    ("crates/ticker", &["governor", "crates/accounts", "crates/queue", "crates/domain"]),
    (
        "crates/ops",
        &[
            "governor",
            "crates/records",
            "crates/accounts",
            "crates/importer",
            "crates/ticker",
            "crates/queue",
            "crates/domain",
        ],
    ),
    ("crates/storefronts", &["crates/domain"]),
    ("governor/model", &["governor/core"]),
    (
        "governor/proof",
        &[
            "governor",
            "governor/core",
            "governor/model",
            "crates/importer",
            "crates/ticker",
            "crates/connector",
            "crates/domain",
            "crates/records",
            "crates/accounts",
            "crates/queue",
            "crates/runtime",
            "crates/local",
            "crates/http",
            "crates/shopify",
            "crates/storefronts",
        ],
    ),
    (
        "crates/runtime",
        &[
            "governor",
            "crates/http",
            "crates/queue",
            "crates/records",
            "crates/accounts",
            "crates/importer",
            "crates/ticker",
            "crates/connector",
            "crates/domain",
        ],
    ),
];

/// The tests, and what they measure others beside.
fn is_of_tests(folder: &str) -> bool {
    folder == "tests" || folder.starts_with("tests/")
}

/// Where everything comes together.
fn may_use_anything(folder: &str) -> bool {
    ["crates/local", "crates/cli"].contains(&folder)
        || folder.starts_with("functions/")
        || is_of_tests(folder)
}

/// Others' crates, and the only ones of ours that may name them.
const OWNERS: &[(&str, &[&str])] = &[
    ("reqwest", &["crates/http"]),
    ("aws-sdk-sqs", &["crates/queue", "crates/runtime"]),
    (
        "aws-sdk-dynamodb",
        &[
            "governor",
            "governor/proof",
            "crates/records",
            "crates/accounts",
            "crates/runtime",
            "crates/local",
        ],
    ),
    ("aws-sdk-kms", &["crates/accounts", "crates/runtime"]),
    ("aws-config", &["crates/runtime", "governor/proof"]),
    ("rusqlite", &["crates/queue"]),
    ("dynoxide-rs", &["crates/local", "governor/proof"]),
    ("axum", &["governor/proof", "crates/local", "crates/ops", "crates/storefronts"]),
    ("clap", &["crates/cli", "governor/proof"]),
    ("indicatif", &["crates/cli"]),
];

/// Crates that do I/O, by how their names begin; none is under a pure crate.
const IO: &[&str] = &[
    "async-std",
    "aws-",
    "axum",
    "dynoxide",
    "hyper",
    "lambda_",
    "libsqlite",
    "mio",
    "reqwest",
    "rusqlite",
    "socket2",
    "tokio",
];

const PURE: &[&str] = &["governor/core", "crates/domain", "crates/connector"];

/// The packages of the workspace, and nothing of what they build on.
pub(super) fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).no_deps();
    command.exec().unwrap()
}

/// What this machine builds: whatever builds the tests has it all, and no network is needed.
fn resolved() -> Metadata {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let host = Command::new(compiler).args(["--print", "host-tuple"]).output().unwrap();
    let host = String::from_utf8(host.stdout).unwrap();
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml"));
    command.other_options(["--filter-platform".to_owned(), host.trim().to_owned()]);
    command.exec().unwrap()
}

/// A package's folder, from the root.
fn folder(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

fn home(package: &Package) -> String {
    folder(package.manifest_path.parent().unwrap().as_std_path())
}

#[test]
fn no_crate_builds_on_another_than_the_design_allows() {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in metadata().packages {
        let from = home(&package);
        if may_use_anything(&from) {
            continue;
        }
        let Some(to) = allowed.get(&*from) else {
            wrong.push(format!("{from} is not in the design"));
            continue;
        };
        for dependency in &package.dependencies {
            let Some(path) = &dependency.path else { continue };
            let used = folder(path.as_std_path());
            if dependency.kind != DependencyKind::Development && !to.contains(&&*used) {
                wrong.push(format!("{from} -> {used}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "see docs/DESIGN.md for who may import whom");
}

#[test]
fn a_crate_has_the_name_of_its_folder() {
    for package in metadata().packages {
        let folder = home(&package);
        let name = match folder.split_once('/') {
            Some(("functions", name)) => name.to_owned(),
            Some(("crates", name)) => format!("flyball-{name}"),
            _ => format!("flyball-{}", folder.replace('/', "-")),
        };
        assert_eq!(*package.name, name, "{folder}");
        let binaries = package.targets.iter().filter(|target| target.is_bin());
        let binaries: Vec<&str> = binaries.map(|target| target.name.as_str()).collect();
        let right: &[&str] = match &*folder {
            "crates/cli" => &["flyball"],
            "governor/proof" => &["flyball-proof"],
            // What a test of it kills.
            "tests" => &["flyball-tests-service"],
            function if ["functions/", "tests/"].iter().any(|all| function.starts_with(all)) => {
                &[&name]
            }
            _ => &[],
        };
        assert_eq!(binaries, right, "{folder}");
    }
}

#[test]
fn the_command_line_is_what_cargo_runs() {
    let metadata = metadata();
    let default: Vec<String> =
        metadata.workspace_default_packages().into_iter().map(home).collect();
    assert_eq!(default, ["crates/cli"]);
}

#[test]
fn only_its_owners_name_a_crate_of_io() {
    let owners: BTreeMap<_, _> = OWNERS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in metadata().packages {
        let from = home(&package);
        for dependency in &package.dependencies {
            if dependency.kind == DependencyKind::Development || is_of_tests(&from) {
                continue;
            }
            let is_function = from.starts_with("functions/");
            let of_lambda = ["lambda_runtime", "lambda_http", "aws_lambda_events"];
            let may = match owners.get(&*dependency.name) {
                Some(owners) => owners.contains(&&*from),
                None => {
                    is_function
                        || !of_lambda.contains(&&*dependency.name)
                        || from == "crates/runtime"
                }
            };
            if !may {
                wrong.push(format!("{from} -> {}", dependency.name));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The names of everything under a package but for dev-dependencies, each with one that uses it.
fn tree(metadata: &Metadata, from: &PackageId) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        for dependency in &nodes[id].deps {
            let only_dev =
                dependency.dep_kinds.iter().all(|kind| kind.kind == DependencyKind::Development);
            if !only_dev {
                names.insert(format!(
                    "{} (by {})",
                    metadata[&dependency.pkg].name, metadata[id].name
                ));
                open.push(&dependency.pkg);
            }
        }
    }
    names
}

#[test]
fn a_pure_crate_can_do_no_io() {
    let metadata = resolved();
    for pure in PURE {
        let package = metadata
            .packages
            .iter()
            .find(|package| package.source.is_none() && home(package) == *pure);
        let names = tree(&metadata, &package.unwrap().id);
        let io: Vec<&String> =
            names.iter().filter(|name| IO.iter().any(|io| name.starts_with(io))).collect();
        assert_eq!(io, Vec::<&String>::new(), "under {pure}");
    }
}

#[test]
fn the_way_to_look_for_io_finds_it_where_it_is() {
    let metadata = resolved();
    let http = metadata.packages.iter().find(|package| *package.name == "flyball-http").unwrap();
    let names = tree(&metadata, &http.id);
    assert!(names.contains("reqwest (by flyball-http)"), "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("hyper ")), "{names:?}");
}
