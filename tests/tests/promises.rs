//! Every promise that the governor's README makes has a test that bears its name.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails, fails its test"
)]

use std::collections::BTreeSet;

use flyball_tests::text;

const README: &str = "governor/README.md";

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

fn promises() -> Vec<Promise> {
    let readme = text(README).unwrap();
    let rows = readme.lines().filter(|line| {
        let number = line.strip_prefix("| ").and_then(|rest| rest.split(' ').next());
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    });
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, name, _, tests] = cells[..] else { panic!("four cells in {row}") };
        let links = tests.split("[`").skip(1).map(|link| {
            let (test, rest) = link.split_once("`](").expect("a link to a test");
            let (path, _) = rest.split_once(')').expect("the end of a link");
            (test.to_owned(), path.to_owned())
        });
        Promise { name: name.trim_matches('*').to_owned(), tests: links.collect() }
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
            let path =
                path.strip_prefix("../").map_or_else(|| format!("governor/{path}"), str::to_owned);
            let code = text(&path).unwrap_or_else(|error| panic!("{name}: {error:#}"));
            assert!(code.contains(&format!("fn {test}(")), "{name}: no test {test} in {path}");
            assert!(
                test.starts_with(&format!("{bears}_")),
                "{test} does not bear the name {bears}"
            );
            assert!(linked.insert(test.clone()), "{test} stands for two promises");
        }
    }
}
