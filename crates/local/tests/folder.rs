//! The data folder: one owner at a time, across processes and their ends.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use flyball_domain::{Integration, Kind};
use flyball_governor::Policy;
use flyball_local::{Attached, DataFolder, Endpoint, Engine, FolderError, LazyKeys, System};
use flyball_queue::Outgoing;
use flyball_runtime::Meter;

const TABLE: &str = "flyball-test-writes";
const FOLDER_VARIABLE: &str = "FLYBALL_TEST_FOLDER";
const ACKNOWLEDGED: &str = "acknowledged ";
const WRITES_BEFORE_KILL: u32 = 40;

fn temporary() -> (tempfile::TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("data");
    (outer, dir)
}

async fn client_of(engine: &Engine) -> Client {
    engine.client(&Meter::default()).await
}

async fn create_table(client: &Client) {
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash);
    let attribute =
        AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::N);
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute.build().unwrap())
        .key_schema(key.build().unwrap())
        .send()
        .await
        .unwrap();
}

async fn is_there(client: &Client, n: u32) -> bool {
    let key = AttributeValue::N(n.to_string());
    client.get_item().table_name(TABLE).key("pk", key).send().await.unwrap().item.is_some()
}

fn published(engine: &Engine) -> Endpoint {
    let (url, token) = (engine.endpoint(), engine.token().clone());
    Endpoint { url, queues: None, token, pid: std::process::id() }
}

/// The other process: owns the folder and writes until it is killed.
async fn write_until_killed(dir: &Path) {
    let folder = DataFolder::open(dir).unwrap();
    let engine = Engine::file(&folder.dynamodb_file()).await.unwrap();
    let client = client_of(&engine).await;
    create_table(&client).await;
    folder.publish(&published(&engine)).unwrap();
    let mut out = std::io::stdout();
    for n in 1_u32.. {
        let key = AttributeValue::N(n.to_string());
        client.put_item().table_name(TABLE).item("pk", key).send().await.unwrap();
        writeln!(out, "\n{ACKNOWLEDGED}{n}").unwrap();
    }
}

fn start_writer(test: &str, dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER_VARIABLE, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn a_killed_owner_leaves_the_folder_free_and_all_that_it_acknowledged() {
    if let Some(dir) = std::env::var_os(FOLDER_VARIABLE) {
        return write_until_killed(Path::new(&dir)).await;
    }
    let (_outer, dir) = temporary();
    let test = "a_killed_owner_leaves_the_folder_free_and_all_that_it_acknowledged";
    let mut writer = start_writer(test, &dir);
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut acknowledged = lines.filter_map(|line| {
        line.unwrap().strip_prefix(ACKNOWLEDGED).map(|n| n.parse::<u32>().unwrap())
    });
    assert!(acknowledged.any(|n| n == WRITES_BEFORE_KILL));

    assert!(matches!(DataFolder::open(&dir), Err(FolderError::InUse { .. })));
    let Attached::Guest(owner) = DataFolder::attach(&dir).await.unwrap() else {
        unreachable!("two owners of one folder");
    };
    assert_eq!(owner.pid, writer.id());
    assert!(is_there(&owner.client(&Meter::default()).await, 1).await);

    writer.kill().unwrap();
    writer.wait().unwrap();
    let last = acknowledged.last().unwrap_or(WRITES_BEFORE_KILL);
    let Attached::Owner(folder) = DataFolder::attach(&dir).await.unwrap() else {
        unreachable!("a dead process owns the folder");
    };
    let engine = Engine::file(&folder.dynamodb_file()).await.unwrap();
    let client = client_of(&engine).await;
    for n in 1..=last {
        assert!(is_there(&client, n).await, "write {n} of {last} was acknowledged and is lost");
    }
}

#[test]
fn a_folder_has_one_owner_within_a_process_too_and_is_free_when_it_is_dropped() {
    let (_outer, dir) = temporary();
    let folder = DataFolder::open(&dir).unwrap();
    let error = DataFolder::open(&dir).unwrap_err();
    assert!(matches!(error, FolderError::InUse { .. }), "{error}");
    drop(folder);
    DataFolder::open(&dir).unwrap();
}

#[test]
fn a_folder_of_a_newer_program_is_refused_and_left_as_it_is() {
    let (_outer, dir) = temporary();
    drop(DataFolder::open(&dir).unwrap());
    drop(DataFolder::open(&dir).unwrap());
    std::fs::write(dir.join("format"), "4\n").unwrap();
    let error = DataFolder::open(&dir).unwrap_err();
    assert!(matches!(error, FolderError::Newer { found: 4, .. }), "{error}");
    assert_eq!(std::fs::read_to_string(dir.join("format")).unwrap(), "4\n");
    std::fs::write(dir.join("format"), "a shopping list").unwrap();
    let error = DataFolder::open(&dir).unwrap_err();
    assert!(matches!(error, FolderError::Format { .. }), "{error}");
}

#[tokio::test]
async fn a_folder_of_an_older_program_is_migrated_when_its_tables_are_opened() {
    let (_outer, dir) = temporary();
    drop(DataFolder::open(&dir).unwrap());
    let format = || std::fs::read_to_string(dir.join("format")).unwrap();
    assert_eq!(format(), "3\n");
    std::fs::write(dir.join("format"), "1\n").unwrap();
    let folder = DataFolder::open(&dir).unwrap();
    assert_eq!(format(), "1\n", "nothing is migrated yet");
    System::open(&folder, Policy::STANDARD).await.unwrap();
    assert_eq!(format(), "3\n");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let outer = tempfile::tempdir().unwrap();
    let file = outer.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = DataFolder::open(&file.join("data")).unwrap_err();
    assert!(matches!(error, FolderError::Io { .. }), "{error}");
    assert!(error.to_string().contains("file"), "{error}");
}

#[test]
fn the_key_is_drawn_once() {
    let (_outer, dir) = temporary();
    let folder = DataFolder::open(&dir).unwrap();
    flyball_local::folder_keys(&folder).unwrap();
    let first = std::fs::read(folder.key_path()).unwrap();
    flyball_local::folder_keys(&folder).unwrap();
    assert_eq!(std::fs::read(folder.key_path()).unwrap(), first);
}

#[tokio::test]
async fn another_process_seals_with_the_same_key_whoever_needs_it_first() {
    use flyball_accounts::KeyProvider as _;

    let (_outer, dir) = temporary();
    let folder = DataFolder::open(&dir).unwrap();
    let guest = LazyKeys::at(DataFolder::key_path_in(&dir));
    let id = guest.current().await.unwrap().id().clone();
    let bytes = std::fs::read(folder.key_path()).unwrap();
    let owner = flyball_local::folder_keys(&folder).unwrap();
    assert!(owner.by_id(&id).await.is_ok());
    assert_eq!(std::fs::read(folder.key_path()).unwrap(), bytes);
    std::fs::write(folder.key_path(), "no key").unwrap();
    let error = guest.current().await.unwrap_err().to_string();
    assert!(error.contains("found no key in line 1"), "{error}");
}

#[tokio::test]
async fn a_guest_sends_into_the_queues_of_an_owner_that_takes_jobs() {
    let (_outer, dir) = temporary();
    let folder = DataFolder::open(&dir).unwrap();
    let system = System::open(&folder, Policy::STANDARD).await.unwrap();
    let attached = async || match DataFolder::attach(&dir).await.unwrap() {
        Attached::Guest(endpoint) => endpoint,
        Attached::Owner(_) => unreachable!("the folder has an owner"),
    };
    folder.publish(&published(&system.engine)).unwrap();
    assert!(attached().await.queues().await.is_none(), "this owner takes no jobs");

    let _door = system.let_others_in(&folder).await.unwrap();
    let theirs = attached().await.queues().await.unwrap();
    let message = Outgoing::new("a job", "blue-mug".parse().unwrap()).unwrap();
    theirs.get(Integration::Magento, Kind::Orders).unwrap().send(&message).await.unwrap();
    let mut found = Vec::new();
    for (integration, kind, queue) in system.queues.iter() {
        if queue.counts().await.unwrap().visible > 0 {
            found.push((integration, kind));
        }
    }
    assert_eq!(found, [(Integration::Magento, Kind::Orders)]);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_of_the_folder_reads_it() {
    use std::os::unix::fs::PermissionsExt;

    let (_outer, dir) = temporary();
    let folder = DataFolder::open(&dir).unwrap();
    let engine = Engine::memory().await.unwrap();
    folder.publish(&published(&engine)).unwrap();
    flyball_local::folder_keys(&folder).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for file in ["lock", "format", "key", "endpoint.json"] {
        assert_eq!(mode(&dir.join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn what_an_earlier_owner_published_is_gone_with_it() {
    let (_outer, dir) = temporary();
    let folder = DataFolder::open(&dir).unwrap();
    let engine = Engine::memory().await.unwrap();
    folder.publish(&published(&engine)).unwrap();
    let text = std::fs::read_to_string(dir.join("endpoint.json")).unwrap();
    drop(folder);
    assert!(!dir.join("endpoint.json").exists());

    std::fs::write(dir.join("endpoint.json"), text).unwrap();
    let attached = DataFolder::attach(&dir).await.unwrap();
    assert!(matches!(attached, Attached::Owner(_)), "{attached:?}");
    assert!(!dir.join("endpoint.json").exists());
}
