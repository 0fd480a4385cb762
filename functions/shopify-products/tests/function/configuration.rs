//! A function that lacks its configuration.

use flyball_tests::deployment::Function;

use crate::PROGRAM;

#[tokio::test]
async fn missing_configuration_ends_the_process_with_one_line_that_names_every_variable() {
    let line = Function::unconfigured(PROGRAM, &[("FLYBALL_ALLOW_LOCAL", "yes")]).await;
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
