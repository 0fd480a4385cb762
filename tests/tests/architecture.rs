//! What `ARCHITECTURE.md` takes from the code. `FLYBALL_BLESS=1` writes it anew.

use flyball_governor::core::table::markdown;
use flyball_tests::{root, text};

const FILE: &str = "ARCHITECTURE.md";
const BEGIN: &str = "<!-- transitions:begin -->\n";
const END: &str = "<!-- transitions:end -->";

#[test]
fn the_table_of_transitions_is_the_one_the_code_prints() {
    let written = text(FILE).unwrap();
    let (before, rest) = written.split_once(BEGIN).expect("the marker before the table");
    let (_, after) = rest.split_once(END).expect("the marker after the table");
    let right = format!("{before}{BEGIN}\n{}\n{END}{after}", markdown());
    if std::env::var_os("FLYBALL_BLESS").is_some() {
        std::fs::write(root().join(FILE), right).unwrap();
    } else {
        let differing = right.lines().zip(written.lines()).find(|(right, found)| right != found);
        assert!(right == written, "run with FLYBALL_BLESS=1: {differing:?}");
    }
}
