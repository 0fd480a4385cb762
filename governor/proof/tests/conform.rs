//! The embedded engine, put to the suite.

use flyball_governor_model::report::Verdict;
use flyball_governor_proof::conform::{Options, conform};

#[test]
fn the_embedded_engine_and_memory_are_equal_after_every_step() {
    let options = Options { endpoint: None, seed: None, sequences: 6, table: None };
    let report = conform(&options, &mut std::io::stderr()).unwrap();
    assert_eq!(report.verdict, Verdict::Kept, "{:#}", report.json);
    assert!(report.json["injected"].as_u64().unwrap() > 0, "{:#}", report.json);
}

#[test]
fn an_engine_that_can_not_be_reached_is_told_and_no_verdict() {
    let endpoint = Some("http://127.0.0.1:1".to_owned());
    let options = Options { endpoint, seed: Some(1), sequences: 1, table: None };
    let error = conform(&options, &mut std::io::sink()).unwrap_err();
    assert!(error.to_string().contains("no table"), "{error:#}");
}
