use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::process::{Done, TOKEN, arg, command, finish, flyball};

/// An error is one line, and a usage hint at most.
fn assert_refused(done: &Done, part: &str) {
    assert_eq!(done.code, Some(2), "{part:?}: {done:?}");
    assert_eq!(done.out, "", "{part:?}");
    let lines: Vec<&str> = done.err.lines().collect();
    assert!(lines[0].starts_with("error: ") && lines[0].contains(part), "{part:?}: {done:?}");
    assert!(
        lines.len() <= 2 && lines[1..].iter().all(|line| line.starts_with("Usage:")),
        "{done:?}"
    );
    assert!(!done.err.contains("panicked"), "{done:?}");
}

/// What can't be read, and what is said of it.
const WRONG: &[(&str, &str)] = &[
    ("", "requires a subcommand"),
    ("bogus", "where a command was expected: one of demo, import, storefront, account, up"),
    ("demo --accounts 0", "a whole number, 1 to 1000"),
    ("demo --accounts many", "found \"many\" where a number of accounts was expected"),
    ("demo --products -1", "unexpected argument"),
    ("demo --seed x", "found \"x\" where a seed was expected"),
    ("import", "--store <URL> --token-env <NAME> <INTEGRATION>"),
    ("import etsy", "one of shopify, bigcommerce, magento"),
    ("import shopify", "--store <URL> --token-env <NAME>"),
    ("import shopify --store https://e.com --token-env X --kinds mugs", "products, orders, or"),
    (
        "import shopify --store https://e.com --token-env X --to - --kinds orders,products",
        "found several kinds with --to -",
    ),
    ("import shopify --store blue-mug --token-env X", "found no URL"),
    ("import shopify --store http://example.com --token-env X", "found scheme \"http\""),
    ("import shopify --store https://127.0.0.1 --token-env X", "found loopback address"),
    ("import shopify --store https://10.0.0.1 --token-env X", "found private address"),
    ("import shopify --store https://a:b@example.com --token-env X", "user name or password"),
    ("import shopify --store https://example.com --token-env NOT_SET", "\"NOT_SET\""),
    ("import shopify --store https://example.com --token-env A=B", "\"A=B\""),
    ("import shopify --store https://example.com --token-env X --state f", "without --to -"),
    ("import shopify --store https://e.com --token-env X --ceiling-percent 101", "1 to 100"),
    ("storefront", "requires a subcommand"),
    ("storefront shopify --plan gold", "found \"gold\" where a plan was expected"),
    ("storefront shopify --products x", "found \"x\" where a number of products"),
    ("storefront shopify --products 5 --catalog c.csv", "cannot be used with"),
    ("storefront shopify --port 70000", "a whole number, 0 to 65535"),
    ("storefront shopify --dial broken", "found \"broken\" where a fault"),
    ("storefront shopify --currency euro", "found \"euro\" where a currency"),
    ("storefront shopify --catalog /nowhere.csv", "/nowhere.csv can't be opened"),
    ("storefront bigcommerce --quota none", "standard, pro, unlimited, or a number of calls"),
    ("storefront bigcommerce --quota 0", "standard, pro, unlimited, or a number of calls"),
    ("storefront magento --version 1.9", "2.3 or 2.4"),
    ("storefront magento --access none", "bearer or oauth"),
    ("storefront magento --base-path shop", "one such as /shop"),
    ("storefront magento --base-path /a/../b", "one such as /shop"),
    ("storefront magento --plan plus", "unexpected argument"),
    ("account", "requires a subcommand"),
    ("account bogus", "one of add, list, check, remove, fields"),
    ("account add", "--store <URL> --token-env <NAME> <INTEGRATION>"),
    ("account add shopify --store https://e.com --token-env X --every 90s", "whole minutes"),
    ("account add shopify --store https://e.com --token-env X --every 8d", "at most 7d"),
    ("account add shopify --store https://e.com --token-env X --id A", "an account id"),
    ("account add shopify --store https://e.com --token-env NOT_SET", "\"NOT_SET\""),
    ("account remove", "<ACCOUNT>"),
    ("account fields abc --kind products", "--preview"),
    ("account fields abc --rules /nowhere.json", "/nowhere.json can't be read"),
    ("up --workers 0", "a whole number, 1 to 100"),
    ("sync", "<ACCOUNT>"),
    ("sync abc --record 7", "--kind <KIND>"),
    ("sync abc --reconcile --record 7 --kind orders", "cannot be used with"),
    ("sync abc --backfill yesterday", "FROM..TO, such as 2026-01-01..2026-02-01"),
    ("sync abc --backfill 2026-02-01..2026-01-01", "FROM..TO"),
    ("errors A", "found \"A\" where an entry's name was expected"),
    ("replay", "<ID|--all>"),
    ("replay abcdefghij --all", "cannot be used with"),
    ("decode shopify", "<KIND>"),
    ("decode etsy products", "one of shopify, bigcommerce, magento"),
    ("decode shopify products /nowhere.json", "/nowhere.json can't be read"),
    ("records", "--account <ID>"),
    ("records --account A", "found \"A\" where an account id was expected"),
    ("records --account abc --kind customers", "one of products, orders"),
    ("records --account abc --format xml", "ndjson, csv or table"),
    ("records --account abc --format csv --json", "expected --format ndjson or none"),
    ("status --url http://ops.example.com", "whoever overhears the token"),
    ("status --url ops.example.com", "the URL of an ops API was expected"),
    ("status --url https://ops.example.com", "FLYBALL_TOKEN"),
    ("records --account abc --url https://ops.example.com", "the ops API does not have"),
    ("why", "<ACCOUNT>"),
    ("why Blue_Mug", "where an account id was expected"),
    ("outages Blue_Mug", "where an account id was expected"),
    ("stop", "--reason <TEXT> <SCOPE>"),
    ("stop account:abc", "--reason <TEXT>"),
    ("stop blue-mug --reason x", "where a scope was expected: all, shopify"),
    ("stop etsy --reason x", "all, shopify, shopify/orders, customer:ID, account:ID or"),
    ("stop customer:acme --reason x --mode limit=2", "say account:ID"),
    ("stop account:abc --reason x --ramp 10s", "found a ramp for account:abc"),
    ("stop account:abc --reason x --mode off", "hold, drain, stop, or limit=N"),
    ("stop account:abc --reason x --mode limit=10001", "N from 1 to 10000"),
    ("stop account:abc --reason x --mode limit=25", "at most 24"),
    ("stop account:abc/orders --reason x --mode limit=2", "for a whole account"),
    ("stop account:abc --reason x --for 2", "90s, 15m, 2h or 3d"),
    ("stop account:abc --reason x --for 400d", "at most 365d"),
    ("stop account:abc --reason x --for 2h --until-lifted", "cannot be used with"),
    ("resume", "<SCOPE>"),
    ("resume everything", "where a scope was expected"),
    ("status extra", "unexpected argument 'extra'"),
    ("status --data", "a value is required for '--data <DIR>'"),
];

#[test]
fn every_command_names_what_it_can_not_read_and_what_it_expected() {
    for (args, part) in WRONG {
        assert_refused(&flyball(&args.split_whitespace().collect::<Vec<_>>()), part);
    }
}

#[test]
fn a_reason_that_says_nothing_is_refused() {
    let long = "x".repeat(121);
    for reason in ["", "  ", "two\nlines", long.as_str()] {
        let done = flyball(&["stop", "account:abc", "--reason", reason]);
        assert_refused(&done, "where a line of words was expected: 1 to 120 characters");
    }
}

#[test]
fn a_token_that_is_none_is_refused_and_not_repeated() {
    let import = ["import", "shopify", "--store", "https://example.com", "--token-env", TOKEN];
    for (token, part) in [("", "empty"), ("shpat_secret with spaces", "spaces")] {
        let done = finish(command(&import).env(TOKEN, token));
        assert_refused(&done, part);
        assert!(!done.err.contains("secret"), "{done:?}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_named_and_not_made() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere");
    for args in [
        &["status"][..],
        &["records", "--account", "abc"],
        &["why", "abc"],
        &["stop", "account:abc", "--reason", "x"],
        &["resume", "account:abc"],
        &["account", "list"],
        &["account", "remove", "abc"],
        &["sync", "abc"],
        &["errors"],
        &["replay", "--all"],
    ] {
        let done = finish(command(args).args(["--data", arg(&nowhere)]));
        assert_refused(&done, &format!("found no data folder at {}", nowhere.display()));
        assert!(!nowhere.exists(), "{args:?}");
    }
    let done = finish(command(&["status"]).env("FLYBALL_DATA", &nowhere));
    assert_refused(&done, "nowhere");
}

fn folder(dir: &Path, format: &str) {
    fs::write(dir.join("format"), format).unwrap();
}

#[test]
fn a_folder_that_is_damaged_or_newer_is_refused() {
    for (format, part) in [("what\n", "found no format number"), ("999\n", "format 999")] {
        let dir = tempfile::tempdir().unwrap();
        folder(dir.path(), format);
        assert_refused(&flyball(&["status", "--data", arg(dir.path())]), part);
    }
    let dir = tempfile::tempdir().unwrap();
    folder(dir.path(), "1\n");
    fs::write(dir.path().join("dynamodb.sqlite"), "this is no database, however long".repeat(99))
        .unwrap();
    assert_refused(&flyball(&["status", "--data", arg(dir.path())]), "can't be opened");
}

#[test]
fn an_import_does_not_move_into_a_folder_of_something_else() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.txt"), "mine").unwrap();
    let import = ["import", "shopify", "--store", "https://example.com", "--token-env", TOKEN];
    let to = |to: &Path| finish(command(&import).args(["--to", arg(to)]).env(TOKEN, "shpat_x"));
    assert_refused(&to(dir.path()), "that are not Flyball's");
    assert_refused(&to(&dir.path().join("thesis.txt")), "thesis.txt");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_state_file_of_something_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let import = ["import", "shopify", "--store", "https://example.com", "--token-env", TOKEN];
    for (text, part) in [
        ("mine", "found no state in"),
        (r#"{"v":9}"#, "in version 9"),
        (r#"{"v":1,"store":"https://other.example","records":0}"#, "https://other.example"),
    ] {
        fs::write(&state, text).unwrap();
        let args = ["--to", "-", "--state", arg(&state)];
        assert_refused(&finish(command(&import).args(args).env(TOKEN, "shpat_x")), part);
        assert_eq!(fs::read_to_string(&state).unwrap(), text);
    }
}

#[test]
fn a_catalog_that_is_none_is_refused_with_the_line() {
    let dir = tempfile::tempdir().unwrap();
    let csv = dir.path().join("products.csv");
    for (text, part) in [("", "column"), ("Name,Price\nMug,3\n", "\"Handle\"")] {
        fs::write(&csv, text).unwrap();
        assert_refused(&flyball(&["storefront", "shopify", "--catalog", arg(&csv)]), part);
    }
}

#[test]
fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let done = flyball(&["storefront", "shopify", "--port", &port]);
    assert_refused(&done, &format!("can't listen on port {port}"));
}

#[test]
fn help_and_version_are_no_errors() {
    for args in [&["--help"][..], &["--version"], &["import", "shopify", "--help"]] {
        let done = flyball(args).good();
        assert!(!done.out.is_empty() && done.err.is_empty(), "{done:?}");
    }
}

#[test]
fn a_reader_who_goes_away_early_is_no_error() {
    let mut child =
        command(&["--help"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
