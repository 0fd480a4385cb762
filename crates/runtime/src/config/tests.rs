use std::path::PathBuf;

use flyball_domain::{Integration, Kind};

use super::*;

const GOOD: &[(&str, &str)] = &[
    ("FLYBALL_GOVERNOR_TABLE", "flyball-governor"),
    ("FLYBALL_RECORDS_TABLE", "flyball-records"),
    ("FLYBALL_ACCOUNTS_TABLE", "flyball-accounts"),
    ("FLYBALL_QUEUE_URL", "http://127.0.0.1:4566/000000000000/flyball-shopify-products"),
    ("FLYBALL_KEY_FILE", "/var/task/key"),
];

fn parse(changes: &[(&str, Option<&str>)]) -> Result<ImporterConfig, ConfigError> {
    ImporterConfig::parse(|variable| {
        let changed = changes.iter().find(|(name, _)| *name == variable);
        let good = GOOD.iter().find(|(name, _)| *name == variable).map(|(_, value)| *value);
        changed.map_or(good, |(_, value)| *value).map(str::to_owned)
    })
}

#[test]
fn a_complete_environment_is_read() {
    let config = parse(&[]).unwrap();
    assert_eq!(config.tables.governor.as_str(), "flyball-governor");
    assert_eq!(config.tables.records.as_str(), "flyball-records");
    assert_eq!(config.tables.accounts.as_str(), "flyball-accounts");
    assert!(config.queue_url.as_str().ends_with("flyball-shopify-products"));
    assert_eq!(config.key, KeySource::File(PathBuf::from("/var/task/key")));
}

#[test]
fn local_stores_are_refused_unless_allowed() {
    let read = |value| parse(&[("FLYBALL_ALLOW_LOCAL", value)]).map(|read| read.local_stores);
    assert_eq!(read(None), Ok(LocalStores::Refused));
    assert_eq!(read(Some("0")), Ok(LocalStores::Refused));
    assert_eq!(read(Some("1")), Ok(LocalStores::Allowed));
    assert!(read(Some("yes")).is_err());
    assert_eq!(read(Some("000000000000")), Ok(LocalStores::Allowed));
    assert_eq!(read(Some("111122223333")), Ok(LocalStores::Refused));
    assert!(read(Some("0000000000000")).is_err());
}

#[test]
fn all_problems_are_told_at_once() {
    let error = parse(&[
        ("FLYBALL_GOVERNOR_TABLE", None),
        ("FLYBALL_RECORDS_TABLE", Some("a table")),
        ("FLYBALL_QUEUE_URL", Some("flyball-shopify-products")),
        ("FLYBALL_KEY_FILE", Some("key")),
        ("FLYBALL_ALLOW_LOCAL", Some("")),
    ])
    .unwrap_err();
    let variables: Vec<&str> = error.problems.iter().map(|problem| problem.variable).collect();
    assert_eq!(
        variables,
        [
            "FLYBALL_GOVERNOR_TABLE",
            "FLYBALL_RECORDS_TABLE",
            "FLYBALL_QUEUE_URL",
            "FLYBALL_KEY_FILE",
            "FLYBALL_ALLOW_LOCAL",
        ]
    );
    let text = error.to_string();
    assert!(text.contains("FLYBALL_GOVERNOR_TABLE is not set, expected a table's name"), "{text}");
    assert!(text.contains(r#"; FLYBALL_RECORDS_TABLE is "a table", expected"#), "{text}");
}

#[test]
fn a_problem_repeats_only_a_bounded_part_of_what_was_found() {
    let long = "x".repeat(10_000);
    let error = parse(&[("FLYBALL_RECORDS_TABLE", Some(&long))]).unwrap_err();
    assert!(error.to_string().len() < 400);
}

#[test]
fn the_key_is_in_exactly_one_place() {
    let key = |file, kms| parse(&[("FLYBALL_KEY_FILE", file), ("FLYBALL_KMS_KEY", kms)]);
    let kms = key(None, Some("alias/flyball-dev")).unwrap().key;
    assert_eq!(kms, KeySource::Kms(KmsKey::parse("alias/flyball-dev").unwrap()));
    let told = |file, kms| key(file, kms).unwrap_err().to_string();
    assert_eq!(
        told(None, None),
        "correct the function's environment: FLYBALL_KMS_KEY is not set, expected a KMS key's ARN, \
         id or alias; or FLYBALL_KEY_FILE in its place"
    );
    assert_eq!(
        told(Some("/var/task/key"), Some("alias/flyball-dev")),
        "correct the function's environment: FLYBALL_KEY_FILE is \"/var/task/key\", expected nothing \
         beside FLYBALL_KMS_KEY: set one of the two"
    );
    assert!(told(None, Some("alias/")).contains("FLYBALL_KMS_KEY is \"alias/\""));
    assert!(told(Some("key"), None).contains("FLYBALL_KEY_FILE is \"key\""));
}

#[test]
fn a_kms_key_is_named_in_any_way_that_kms_takes() {
    for name in [
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "mrk-1234abcd12ab34cd56ef1234567890ab",
        "alias/flyball-dev",
        "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws-cn:kms:cn-north-1:111122223333:alias/flyball/dev",
    ] {
        assert_eq!(KmsKey::parse(name).map(|key| key.as_str().to_owned()).as_deref(), Some(name));
    }
    for wrong in [
        "",
        "alias/",
        "alias/a b",
        "flyball dev",
        "arn:aws:kms:eu-central-1:111122223333:key/",
        "arn:aws:sqs:eu-central-1:111122223333:key/1",
        "arn:aws:kms:eu-central-1:111122223333",
        "arn:aws:kms:eu-central-1:111122223333:grant/1",
        &"a".repeat(2_049),
    ] {
        assert_eq!(KmsKey::parse(wrong), None, "{wrong}");
    }
}

const QUEUES: [(Integration, Kind, &str); 6] = [
    (Integration::Shopify, Kind::Products, "FLYBALL_QUEUE_SHOPIFY_PRODUCTS"),
    (Integration::Shopify, Kind::Orders, "FLYBALL_QUEUE_SHOPIFY_ORDERS"),
    (Integration::Bigcommerce, Kind::Products, "FLYBALL_QUEUE_BIGCOMMERCE_PRODUCTS"),
    (Integration::Bigcommerce, Kind::Orders, "FLYBALL_QUEUE_BIGCOMMERCE_ORDERS"),
    (Integration::Magento, Kind::Products, "FLYBALL_QUEUE_MAGENTO_PRODUCTS"),
    (Integration::Magento, Kind::Orders, "FLYBALL_QUEUE_MAGENTO_ORDERS"),
];

#[test]
fn who_sends_to_all_queues_is_told_each_of_them_and_needs_no_key() {
    let url = |variable: &str| format!("https://sqs.eu-central-1.amazonaws.com/1/{variable}");
    let config = SenderConfig::parse(|variable| match variable {
        "FLYBALL_KEY_FILE" | "FLYBALL_KMS_KEY" => None,
        variable if variable.starts_with("FLYBALL_QUEUE_") => Some(url(variable)),
        variable => Some(variable.to_owned()),
    })
    .unwrap();
    assert_eq!(config.tables.accounts.as_str(), "FLYBALL_ACCOUNTS_TABLE");
    let mut read: Vec<_> = config.queues.iter().collect();
    read.sort_by_key(|(integration, kind, _)| (*integration, *kind));
    for (integration, kind, variable) in QUEUES {
        let found = read.iter().find(|(i, k, _)| (*i, *k) == (integration, kind)).unwrap();
        assert_eq!(found.2.as_str(), url(variable));
    }
    assert_eq!(read.len(), Integration::ALL.len() * Kind::ALL.len());
}

#[test]
fn every_queue_and_table_that_is_missing_is_told() {
    let error = SenderConfig::parse(|_variable| None).unwrap_err();
    let told: Vec<&str> = error.problems.iter().map(|problem| problem.variable).collect();
    assert_eq!(told.len(), 3 + QUEUES.len(), "{told:?}");
    assert!(QUEUES.iter().all(|(_, _, variable)| told.contains(variable)), "{told:?}");
}
