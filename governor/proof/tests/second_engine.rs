//! An independent engine, ministack, put to the suite. `FLYBALL_MINISTACK` names its executable.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod ministack;

use flyball_governor_model::report::Verdict;
use flyball_governor_proof::conform::{Options, conform};

use crate::ministack::Ministack;

#[test]
fn an_independent_engine_and_memory_are_equal_after_every_step() {
    let ministack = Ministack::start();
    let endpoint = Some(ministack.endpoint());
    let options = Options { endpoint, seed: None, sequences: 24, table: None };
    let report = conform(&options, &mut std::io::stderr()).unwrap();
    assert_eq!(report.verdict, Verdict::Kept, "{:#}", report.json);
}
