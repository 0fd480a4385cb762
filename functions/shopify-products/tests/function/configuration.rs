//! A function that lacks its configuration.

use flyball_tests::world::eventually;
use serde_json::Value;

use flyball_tests::deployment::Function;

use crate::PROGRAM;

async fn ended(environment: &[(&str, &str)]) -> (Option<i32>, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let mut function = Function::start(PROGRAM, folder.path(), environment);
    let status = eventually("the function's end", async || function.ended()).await;
    let log = function.log();
    let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{log}"));
    (status.code(), log.lines().map(line).collect())
}

#[tokio::test]
async fn missing_configuration_ends_the_process_with_one_line_that_names_every_variable() {
    let (code, lines) = ended(&[("FLYBALL_ALLOW_LOCAL", "yes")]).await;
    assert_eq!(code, Some(1));
    let [line] = &lines[..] else { panic!("one line: {lines:?}") };
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["code"], "FUNCTION_NOT_CONFIGURED");
    let message = line["message"].as_str().unwrap();
    for variable in [
        "FLYBALL_GOVERNOR_TABLE is not set",
        "FLYBALL_RECORDS_TABLE is not set",
        "FLYBALL_ACCOUNTS_TABLE is not set",
        "FLYBALL_QUEUE_URL is not set",
        "FLYBALL_KMS_KEY is not set",
        "FLYBALL_ALLOW_LOCAL is \"yes\"",
    ] {
        assert!(message.contains(variable), "{variable}: {message}");
    }
}
