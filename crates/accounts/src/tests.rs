//! The accounts table against the embedded engine.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flyball_domain::{
    AccountId, Integration, Kind, Mapping, Presence, Rule, Scalar, UnixMillis, ValueType,
};
use futures::TryStreamExt;
use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};

use crate::key::Key;
use crate::seal::{Context, Refused, Sealed, open, seal};
use crate::table::Item;
use crate::*;

const TABLE: &str = "flyball-accounts";
const K1: &str = "k1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
const K2: &str = "k2 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n";

async fn engine() -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let database = dynoxide::Database::memory().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(format!("http://{address}"))
        .build();
    let client = Client::from_conf(config);
    create_table(&client, TABLE).await.unwrap();
    client
}

fn accounts(client: &Client, keys: &str) -> Accounts {
    Accounts::new(client.clone(), TABLE, Arc::new(KeyFile::parse(keys).unwrap()))
}

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn account(name: &str) -> Account {
    Account {
        id: id(name),
        customer: "mug-makers".parse().unwrap(),
        integration: Integration::Shopify,
        store: "https://blue-mug.myshopify.com".to_owned(),
        zone: Some("Europe/Berlin".to_owned()),
        currency: Some("EUR".parse().unwrap()),
        kinds: [Kind::Products].into(),
        created_at: UnixMillis(1_790_000_000_000),
        policy: PolicyOverrides {
            slots_limit: Some(SlotsLimit::try_from(2).unwrap()),
            ceiling_percent: Some(CeilingPercent::try_from(80).unwrap()),
            every_minutes: None,
            ..PolicyOverrides::default()
        },
        state: AccountState::Connected,
    }
}

async fn raw(client: &Client, key: Key<'_>) -> Item {
    let request = client.get_item().table_name(TABLE).set_key(Some(key.item()));
    request.send().await.unwrap().item.unwrap()
}

async fn put_raw(client: &Client, item: Item) {
    client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
}

fn token(account: &AccountId) -> Key<'_> {
    let (integration, purpose) = (Integration::Shopify, Purpose::AccessToken);
    Key::Credential { account, integration, purpose }
}

async fn seal_token(accounts: &Accounts, account: &AccountId, secret: &str) {
    let secret = SecretString::from(secret);
    let sealed =
        accounts.seal_credentials(account, Integration::Shopify, Purpose::AccessToken, &secret);
    sealed.await.unwrap();
}

async fn open_token(accounts: &Accounts, account: &AccountId) -> Result<String, CredentialsError> {
    let opened =
        accounts.open_credentials(account, Integration::Shopify, Purpose::AccessToken).await?;
    Ok(opened.expose_secret().to_owned())
}

#[tokio::test]
async fn an_account_comes_back_as_it_was_put() {
    let accounts = accounts(&engine().await, K1);
    let mut account = account("blue-mug");
    accounts.put(&account).await.unwrap();
    assert_eq!(accounts.get(&account.id).await.unwrap(), account);

    account.zone = None;
    account.policy = PolicyOverrides::default();
    account.state = AccountState::Rejected {
        since: UnixMillis(1_790_000_000_001),
        reason: "Invalid API key".to_owned(),
    };
    accounts.put(&account).await.unwrap();
    assert_eq!(accounts.get(&account.id).await.unwrap(), account);
}

#[tokio::test]
async fn a_new_state_leaves_the_rest_of_an_account_alone() {
    let accounts = accounts(&engine().await, K1);
    let account = account("blue-mug");
    accounts.put(&account).await.unwrap();
    let state = AccountState::Rejected { since: UnixMillis(7), reason: "revoked".to_owned() };
    accounts.set_state(&account.id, &state).await.unwrap();
    assert_eq!(accounts.get(&account.id).await.unwrap(), Account { state, ..account });
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let accounts = accounts(&engine().await, K1);
    let nobody = id("nobody");
    let unknown = "found no account nobody: connect it first";
    assert_eq!(accounts.get(&nobody).await.unwrap_err().to_string(), unknown);
    let state = accounts.set_state(&nobody, &AccountState::Connected).await;
    assert_eq!(state.unwrap_err().to_string(), unknown);
    assert!(matches!(accounts.get(&nobody).await, Err(AccountsError::Unknown { .. })));
    assert_eq!(
        open_token(&accounts, &nobody).await.unwrap_err().to_string(),
        "found no access_token of account nobody for shopify: connect it first"
    );
    let customer = accounts.customer(&"nobody".parse().unwrap()).await;
    assert!(matches!(customer, Err(AccountsError::UnknownCustomer { .. })));
}

#[tokio::test]
async fn a_customer_comes_back_as_it_was_put() {
    let accounts = accounts(&engine().await, K1);
    let customer =
        Customer { id: "mug-makers".parse().unwrap(), name: "Mug Makers ☕".to_owned() };
    accounts.put_customer(&customer).await.unwrap();
    assert_eq!(accounts.customer(&customer.id).await.unwrap(), customer);
}

#[tokio::test]
async fn the_list_goes_through_all_pages_in_order_and_holds_nothing_but_accounts() {
    let accounts = accounts(&engine().await, K1);
    let customer = Customer { id: "mug-makers".parse().unwrap(), name: "Mug Makers".to_owned() };
    accounts.put_customer(&customer).await.unwrap();
    for name in ["carol", "alice", "bobby"] {
        accounts.put(&account(name)).await.unwrap();
        seal_token(&accounts, &id(name), "t").await;
    }
    let (first, next) = accounts.page(None, 2).await.unwrap();
    assert_eq!(first, [account("alice"), account("bobby")]);
    let (rest, end) = accounts.page(next.as_ref(), 2).await.unwrap();
    assert_eq!((rest, end), (vec![account("carol")], None));
    let all: Vec<_> = accounts.list().try_collect().await.unwrap();
    assert_eq!(all, [account("alice"), account("bobby"), account("carol")]);
}

#[tokio::test]
async fn a_removed_account_is_remembered_as_it_was() {
    let accounts = accounts(&engine().await, K1);
    let blue = account("blue-mug");
    assert_eq!(accounts.former(&blue.id).await.unwrap(), None);
    accounts.remove(&blue.id).await.unwrap();
    assert_eq!(accounts.former(&blue.id).await.unwrap(), None, "it was never there");
    accounts.put(&blue).await.unwrap();
    accounts.remove(&blue.id).await.unwrap();
    accounts.remove(&blue.id).await.unwrap();
    assert_eq!(accounts.former(&blue.id).await.unwrap(), Some(blue.clone()));
    assert!(matches!(accounts.get(&blue.id).await, Err(AccountsError::Unknown { .. })));
    assert_eq!(accounts.list().try_collect::<Vec<_>>().await.unwrap(), vec![]);
}

#[test]
fn what_an_account_does_not_say_is_the_default() {
    let policy: PolicyOverrides = serde_json::from_str("{}").unwrap();
    assert_eq!(policy, PolicyOverrides::default());
    assert_eq!(policy_text(&policy), "{}");
    let local = PolicyOverrides { reach: StoreReach::Local, ..PolicyOverrides::default() };
    assert_eq!(policy_text(&local), r#"{"reach":"local"}"#);
}

#[tokio::test]
async fn a_mapping_is_kept_with_its_account_as_long_as_it_fits_an_item() {
    let accounts = accounts(&engine().await, K1);
    let mut blue = account("blue-mug");
    let rule = |number: usize, words: usize| {
        let words = (0..words).map(|word| (word.to_string(), "x".repeat(100)));
        Rule {
            kind: Kind::Products,
            name: format!("field-{number}").parse().unwrap(),
            from: "custom:specs/material".parse().unwrap(),
            value_type: ValueType::One(Scalar::Text),
            words: words.collect(),
            presence: Presence::Optional,
        }
    };
    blue.policy.mapping = Mapping::new(vec![rule(1, 3)]).unwrap();
    accounts.put(&blue).await.unwrap();
    assert_eq!(accounts.get(&blue.id).await.unwrap(), blue);

    let mut large = blue.clone();
    large.policy.mapping = Mapping::new((0..4).map(|n| rule(n, 1_000)).collect()).unwrap();
    let error = accounts.put(&large).await.unwrap_err();
    assert!(matches!(error, AccountsError::TooLarge { .. }), "{error}");
    assert_eq!(accounts.get(&blue.id).await.unwrap(), blue, "the one before is still there");
}

fn policy_text(policy: &PolicyOverrides) -> String {
    serde_json::to_string(policy).unwrap()
}

#[tokio::test]
async fn removing_an_account_removes_its_credentials_and_nobody_elses() {
    let accounts = accounts(&engine().await, K1);
    let (blue, red) = (id("blue-mug"), id("red-mug"));
    for account_id in [&blue, &red] {
        accounts.put(&account(account_id.as_str())).await.unwrap();
        seal_token(&accounts, account_id, "shpat_secret").await;
    }
    accounts.remove(&blue).await.unwrap();
    accounts.remove(&blue).await.unwrap();
    assert!(matches!(accounts.get(&blue).await, Err(AccountsError::Unknown { .. })));
    let gone = open_token(&accounts, &blue).await;
    assert!(matches!(gone, Err(CredentialsError::Missing { .. })));
    assert_eq!(open_token(&accounts, &red).await.unwrap(), "shpat_secret");
}

#[tokio::test]
async fn an_older_key_still_opens_and_the_newest_one_seals() {
    let client = engine().await;
    let blue = id("blue-mug");
    seal_token(&accounts(&client, K1), &blue, "first").await;
    let rotated = accounts(&client, &format!("{K1}{K2}"));
    assert_eq!(open_token(&rotated, &blue).await.unwrap(), "first");
    seal_token(&rotated, &blue, "second").await;
    let only_new = accounts(&client, K2);
    assert_eq!(open_token(&only_new, &blue).await.unwrap(), "second");
    let only_old = open_token(&accounts(&client, K1), &blue).await.unwrap_err();
    assert_eq!(only_old.to_string(), "found no key k2: put it back, or connect the account again");
}

#[tokio::test]
async fn another_key_under_the_same_id_opens_nothing() {
    let client = engine().await;
    let blue = id("blue-mug");
    seal_token(&accounts(&client, K1), &blue, "shpat_secret").await;
    let wrong = accounts(&client, &K2.replace("k2", "k1"));
    let error = open_token(&wrong, &blue).await.unwrap_err();
    assert!(matches!(error, CredentialsError::Sealed { .. }));
    assert!(!format!("{error} {error:?}").contains("shpat"));
}

#[tokio::test]
async fn an_item_moved_to_another_account_opens_nothing() {
    let client = engine().await;
    let accounts = accounts(&client, K1);
    let (blue, red) = (id("blue-mug"), id("red-mug"));
    seal_token(&accounts, &blue, "shpat_secret").await;
    let mut item = raw(&client, token(&blue)).await;
    item.extend(token(&red).item());
    put_raw(&client, item).await;
    let moved = open_token(&accounts, &red).await;
    assert!(matches!(moved, Err(CredentialsError::Sealed { .. })));
    assert_eq!(open_token(&accounts, &blue).await.unwrap(), "shpat_secret");
}

#[tokio::test]
async fn a_damaged_item_is_named_and_nothing_of_it_shown() {
    let client = engine().await;
    let accounts = accounts(&client, K1);
    let blue = id("blue-mug");
    seal_token(&accounts, &blue, "shpat_secret").await;
    let whole = raw(&client, token(&blue)).await;
    for (name, value) in [
        ("v", AttributeValue::N("2".to_owned())),
        ("v", AttributeValue::S("one".to_owned())),
        ("key", AttributeValue::S("no key".to_owned())),
        ("nonce", AttributeValue::S("shpat_secret".to_owned())),
        ("sealed", AttributeValue::N("7".to_owned())),
    ] {
        let mut item = whole.clone();
        item.insert(name.to_owned(), value);
        put_raw(&client, item).await;
        let error = open_token(&accounts, &blue).await.unwrap_err();
        assert!(matches!(error, CredentialsError::Item(_)), "{name}: {error}");
        assert!(error.to_string().contains("blue-mug#credentials shopify#access_token"), "{error}");
        assert!(!format!("{error:?}").contains("shpat"));
    }
    for bytes in [vec![], vec![0; 15], vec![0; 40]] {
        for name in ["nonce", "sealed"] {
            let mut item = whole.clone();
            item.insert(name.to_owned(), AttributeValue::B(Blob::new(bytes.clone())));
            put_raw(&client, item).await;
            let error = open_token(&accounts, &blue).await.unwrap_err();
            assert!(matches!(error, CredentialsError::Sealed { .. }), "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn a_missing_table_is_named() {
    let client = engine().await;
    let keys = Arc::new(KeyFile::parse(K1).unwrap());
    let error = Accounts::new(client, "flyball-nowhere", keys).get(&id("blue-mug")).await;
    let error = error.unwrap_err().to_string();
    assert_eq!(error, "found no table flyball-nowhere for GetItem: create it first");
}

/// The same bytes as in [`K1`] (from 0) and [`K2`] (from 32).
fn key_from(first: u8) -> SealingKey {
    let bytes = core::array::from_fn(|at| first + u8::try_from(at).unwrap());
    SealingKey::new("k".parse().unwrap(), &bytes).unwrap()
}

fn purpose() -> impl Strategy<Value = Purpose> {
    prop_oneof![Just(Purpose::AccessToken), Just(Purpose::RefreshToken)]
}

fn integration() -> impl Strategy<Value = Integration> {
    proptest::sample::select(Integration::ALL)
}

proptest! {
    #[test]
    fn what_is_sealed_opens_as_what_it_was_and_as_nothing_else(
        secret in ".{0,200}",
        mine in ("[a-z0-9-]{3,40}", integration(), purpose()),
        other in ("[a-z0-9-]{3,40}", integration(), purpose()),
    ) {
        let key = key_from(0);
        let (account, other_account) = (id(&mine.0), id(&other.0));
        let context = Context { account: &account, integration: mine.1, purpose: mine.2 };
        let sealed = seal(&key, &context, &SecretString::from(secret.as_str())).unwrap();
        let opened = open(&key, &context, &sealed).unwrap();
        prop_assert_eq!(opened.expose_secret(), &secret);
        for moved in [
            Context { account: &other_account, ..context },
            Context { integration: other.1, ..context },
            Context { purpose: other.2, ..context },
        ] {
            prop_assert_eq!(open(&key, &moved, &sealed).is_ok(), moved == context);
        }
        prop_assert_eq!(open(&key_from(32), &context, &sealed).err(), Some(Refused));
    }

    #[test]
    fn no_flipped_bit_opens(secret in ".{0,40}", at: proptest::sample::Index) {
        let (key, account) = (key_from(0), id("blue-mug"));
        let context = Context {
            account: &account,
            integration: Integration::Shopify,
            purpose: Purpose::AccessToken,
        };
        let sealed = seal(&key, &context, &SecretString::from(secret.as_str())).unwrap();
        let bit = at.index((sealed.nonce.len() + sealed.bytes.len()) * 8);
        let mut changed = sealed.clone();
        let mask = 1 << (bit % 8);
        if bit / 8 < sealed.nonce.len() {
            changed.nonce[bit / 8] ^= mask;
        } else {
            changed.bytes[bit / 8 - sealed.nonce.len()] ^= mask;
        }
        prop_assert_eq!(open(&key, &context, &changed).err(), Some(Refused));
    }

    #[test]
    fn no_key_file_makes_the_parser_panic_or_repeats_its_text(text in "(k[12] )?[0-9a-zÿ# \n]{0,140}") {
        if let Err(error) = KeyFile::parse(&text) {
            let shown = format!("{error} {error:?}");
            prop_assert!(text.split_whitespace().all(|word| word.len() < 24 || !shown.contains(word)));
        }
    }
}

#[test]
fn two_sealings_of_one_secret_share_neither_nonce_nor_bytes() {
    let (key, account) = (key_from(0), id("blue-mug"));
    let context = Context {
        account: &account,
        integration: Integration::Shopify,
        purpose: Purpose::AccessToken,
    };
    let secret = SecretString::from("shpat_secret");
    let (first, second) =
        (seal(&key, &context, &secret).unwrap(), seal(&key, &context, &secret).unwrap());
    assert_ne!(first.nonce, second.nonce);
    assert_ne!(first.bytes, second.bytes);
}

#[test]
fn what_an_earlier_build_sealed_still_opens() {
    let account = id("blue-mug");
    let context = Context {
        account: &account,
        integration: Integration::Shopify,
        purpose: Purpose::AccessToken,
    };
    let bytes = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
    let sealed = Sealed { nonce: bytes(OLD_NONCE), bytes: bytes(OLD_BYTES) };
    let opened = open(&key_from(0), &context, &sealed).unwrap();
    assert_eq!(opened.expose_secret(), "shpat_secret");
}

const OLD_NONCE: &str = "6465666768696a6b6c6d6e6f";
const OLD_BYTES: &str = "3b73ae070db625fb5d103a9c1e996bab9e020be5edf3bc987fe552ac";

#[test]
fn neither_keys_nor_accounts_print_a_key() {
    let keys = KeyFile::parse(&format!("# mine\n\n{K1}{K2}")).unwrap();
    assert_eq!(
        format!("{keys:?}"),
        "KeyFile { older: [SealingKey(k1, …)], current: SealingKey(k2, …) }"
    );
}

#[test]
fn a_key_file_with_a_wrong_line_is_refused_by_its_number() {
    for (text, expected) in [
        ("", "found no key in the key file: a line with an id"),
        ("# nothing\n\n", "found no key in the key file: a line with an id"),
        ("k1", "found no key in line 1 of the key file: an id, a space"),
        ("# mine\nk1 abc", "found no key in line 2 of the key file: 64 hexadecimal"),
        ("k1 abcd", "found no key in line 1 of the key file: 32 bytes"),
        (&format!("{K1}{K1}"), "found no key in line 2 of the key file: its id is another"),
    ] {
        let error = KeyFile::parse(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}

#[test]
fn a_new_key_file_is_its_owners_alone_random_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.key"), folder.path().join("two.key"));
    std::fs::write(folder.path().join("one.key.new"), "left by a crash").unwrap();
    KeyFile::create(&one).unwrap();
    KeyFile::create(&two).unwrap();
    KeyFile::load(&one).unwrap();
    let text = std::fs::read_to_string(&one).unwrap();
    assert_ne!(text, std::fs::read_to_string(&two).unwrap());
    assert!(matches!(KeyFile::create(&one), Err(KeyFileError::File { .. })));
    assert_eq!(std::fs::read_to_string(&one).unwrap(), text);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
#[cfg(unix)]
fn a_key_file_that_others_may_read_is_refused() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.key");
    KeyFile::create(&path).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o777] {
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let error = KeyFile::load(&path).unwrap_err();
        assert!(matches!(error, KeyFileError::Open { mode: found, .. } if found == mode));
        assert!(error.to_string().ends_with("at most 0600 was expected: chmod 600 it"));
    }
    std::fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    KeyFile::load(&path).unwrap();
}

fn entry(at: UnixMillis, id: &str) -> AuditEntry {
    AuditEntry {
        id: id.to_owned(),
        at,
        author: "mia".to_owned(),
        action: "switch.set".to_owned(),
        subject: "account:blue-mug".to_owned(),
        detail: serde_json::json!({ "mode": "stop" }),
    }
}

#[tokio::test]
async fn the_trail_is_read_from_its_end_across_months_and_never_changes() {
    let client = engine().await;
    let accounts = accounts(&client, K1);
    let at = |text: &str| UnixMillis::parse_rfc3339(text).unwrap();
    let written = [
        entry(at("2026-08-31T23:59:59.999Z"), "a"),
        entry(at("2026-11-01T00:00:00Z"), "b"),
        entry(at("2026-11-26T10:00:00Z"), "c"),
        entry(at("2026-11-26T10:00:00Z"), "d"),
    ];
    for entry in &written {
        accounts.add_to_audit(entry).await.unwrap();
    }
    let forged = AuditEntry { author: "noah".to_owned(), ..written[1].clone() };
    accounts.add_to_audit(&forged).await.unwrap();
    let now = AuditCursor::before(at("2026-11-26T11:00:00Z"));
    let (all, next) = accounts.audit(&now, 100).await.unwrap();
    assert_eq!((all, next), (written.iter().rev().cloned().collect(), None));

    let (mut read, mut cursor) = (Vec::new(), Some(now));
    while let Some(at) = cursor {
        let (page, next) = accounts.audit(&at.to_string().parse().unwrap(), 1).await.unwrap();
        read.extend(page.into_iter().map(|entry| entry.id));
        cursor = next;
    }
    assert_eq!(read, ["d", "c", "b", "a"]);
}

#[tokio::test]
async fn a_request_is_done_once_and_its_answer_is_told_for_a_day() {
    let client = engine().await;
    let accounts = accounts(&client, K1);
    let now = UnixMillis(1_790_000_000_000);
    let request = RequestKey::new("mia", "k-1", &[b"POST", b"{}"]);
    let claim = async |request: &RequestKey, at| accounts.claim_request(request, at).await.unwrap();
    let first = |began| Repeat::First { began };
    assert_eq!(claim(&request, now).await, first(now));
    assert_eq!(claim(&request, now.plus(59_000)).await, Repeat::Doing);
    let noahs = RequestKey::new("noah", "k-1", &[b"POST", b"{}"]);
    assert_eq!(claim(&noahs, now).await, first(now));
    // Whoever was doing it has died, and then the next one.
    assert_eq!(claim(&request, now.plus(60_000)).await, first(now));
    assert_eq!(claim(&request, now.plus(60_000)).await, Repeat::Doing);
    assert_eq!(claim(&request, now.plus(120_000)).await, first(now));

    let answer = Answer { status: 200, body: "{}".to_owned() };
    accounts.remember_request(&request, &answer, now).await.unwrap();
    assert_eq!(claim(&request, now.plus(60_000)).await, Repeat::Answered(answer));
    let other = RequestKey::new("mia", "k-1", &[b"POST", b"[]"]);
    assert_eq!(claim(&other, now).await, Repeat::Other);
    let later = now.plus(REQUEST_REMEMBERED_MS);
    assert_eq!(claim(&other, later).await, first(later));
    accounts.forget_request(&other).await.unwrap();
    assert_eq!(claim(&request, now).await, first(now));
}

#[test]
fn parts_of_a_request_do_not_run_into_each_other() {
    let name = |caller: &str, key: &str| RequestKey::new(caller, key, &[]).name().to_owned();
    assert_ne!(name("mi", "ak"), name("mia", "k"));
    assert_eq!(name("mia", "k"), name("mia", "k"));
}
