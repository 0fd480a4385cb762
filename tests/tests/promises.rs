//! Every promise that the governor's README makes has a test that bears its name, and every accident
//! of others a test that shows what ours does in its place.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails, fails its test"
)]

use std::collections::BTreeSet;

use flyball_tests::text;

const README: &str = "governor/README.md";
const ACCIDENTS: &str = "docs/ACCIDENTS.md";
const BUGS: &str = "governor/model/src/model/bug.rs";

/// The promises, by number.
const PROMISES: [&str; 11] = [
    "Bound",
    "No loss",
    "Waker",
    "One probe",
    "One step",
    "Switch",
    "Isolation",
    "Recovery",
    "Fence",
    "No older over newer",
    "Cost",
];

/// A row of the README's table: `| 1 | **Bound** | … | [`test`](path) |`.
struct Promise {
    name: String,
    tests: Vec<(String, String)>,
}

/// The tests that a text links to, each with its path from the text.
fn links(text: &str) -> Vec<(String, String)> {
    let links = text.split("[`").skip(1).map(|link| {
        let (test, rest) = link.split_once("`](").expect("a link to a test");
        let (path, _) = rest.split_once(')').expect("the end of a link");
        (test.to_owned(), path.to_owned())
    });
    links.collect()
}

/// A path from a file of this folder, as one from the root.
fn from_root(folder: &str, path: &str) -> String {
    path.strip_prefix("../").map_or_else(|| format!("{folder}/{path}"), str::to_owned)
}

fn assert_is_there(of: &str, test: &str, path: &str) {
    let code = text(path).unwrap_or_else(|error| panic!("{of}: {error:#}"));
    assert!(code.contains(&format!("fn {test}(")), "{of}: no test {test} in {path}");
}

fn promises() -> Vec<Promise> {
    let readme = text(README).unwrap();
    let rows = readme.lines().filter(|line| {
        let number = line.strip_prefix("| ").and_then(|rest| rest.split(' ').next());
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    });
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, name, _, tests] = cells[..] else { panic!("four cells in {row}") };
        Promise { name: name.trim_matches('*').to_owned(), tests: links(tests) }
    })
    .collect()
}

#[test]
fn every_promise_has_a_test_that_bears_its_name() {
    let promises = promises();
    let names: Vec<&str> = promises.iter().map(|promise| promise.name.as_str()).collect();
    assert_eq!(names, PROMISES);
    let mut linked = BTreeSet::new();
    for Promise { name, tests } in &promises {
        let bears = name.to_lowercase().replace(' ', "_");
        assert!(!tests.is_empty(), "{name} has no test");
        for (test, path) in tests {
            assert_is_there(name, test, &from_root("governor", path));
            assert!(
                test.starts_with(&format!("{bears}_")),
                "{test} does not bear the name {bears}"
            );
            assert!(linked.insert(test.clone()), "{test} stands for two promises");
        }
    }
}

#[test]
fn every_accident_has_a_test_and_what_is_named_as_missing_is_a_bug_of_the_models() {
    let (accidents, bugs) = (text(ACCIDENTS).unwrap(), text(BUGS).unwrap());
    let rows: Vec<&str> = accidents.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert_eq!(rows.len(), 7, "{rows:#?}");
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [accident, _, tests, without] = cells[..] else { panic!("four cells in {row}") };
        let tests = links(tests);
        assert!(!tests.is_empty(), "{accident} has no test");
        for (test, path) in tests.iter().chain(&links(without)) {
            assert_is_there(accident, test, &from_root("docs", path));
        }
        let bug = without.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        if let Some(bug) = bug {
            assert!(bugs.contains(&format!("    {bug},\n")), "{bug} is no bug of the model's");
        }
    }
}
