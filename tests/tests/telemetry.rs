//! Codes, metrics, alarms and pages, tied together. `FLYBALL_BLESS=1` writes `docs/METRICS.md`
//! anew.

use flyball_runtime::metrics::markdown;
use flyball_tests::{root, text};

const METRICS: &str = "docs/METRICS.md";

#[test]
fn the_page_of_metrics_is_the_one_the_code_prints() {
    let right = markdown();
    if std::env::var_os("FLYBALL_BLESS").is_some() {
        std::fs::write(root().join(METRICS), right).unwrap();
    } else {
        let written = text(METRICS).unwrap();
        let differing = right.lines().zip(written.lines()).find(|(right, found)| right != found);
        assert!(right == written, "run with FLYBALL_BLESS=1: {differing:?}");
    }
}
