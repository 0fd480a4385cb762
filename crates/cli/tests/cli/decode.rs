//! What a vendor's payload becomes.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::process::{Done, arg, command, finish, flyball};

/// An order as `BigCommerce` answers it, as far as it matters here.
const ORDER: &str = r#"{"id":100,"date_modified":"Thu, 18 Jun 2026 14:12:20 +0000",
"date_created":"Thu, 18 Jun 2026 14:12:20 +0000","currency_code":"EUR",
"default_currency_code":"EUR","total_inc_tax":"109.0000","status":"Completed"}"#;

fn of_input(args: &[&str], input: &str) -> Done {
    let mut command = command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn a_page_becomes_a_line_of_json_for_each_record() {
    let page = format!("[{ORDER}]");
    let done = of_input(&["decode", "bigcommerce", "orders"], &page).good();
    let order: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&order["id"], done.err.as_str()), (&"100".into(), ""), "{done:?}");
    assert_eq!(order["totals"]["total"]["shop"]["amount"], "109.0000", "{order}");

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("page.json");
    std::fs::write(&file, ORDER).unwrap();
    let same = flyball(&["decode", "bigcommerce", "orders", arg(&file)]).good();
    assert_eq!(same.out, done.out, "a single record, from a file");
}

#[test]
fn what_can_not_be_used_is_told_apart_and_in_the_exit_code() {
    let page = format!(r#"[{ORDER},{{"id":101,"date_modified":"yesterday"}}]"#);
    let done = of_input(&["decode", "bigcommerce", "orders"], &page);
    assert_eq!((done.code, done.out.lines().count()), (Some(1), 1), "{done:?}");
    assert!(done.err.starts_with("101 can't be used: "), "{done:?}");
    let json = of_input(&["decode", "bigcommerce", "orders", "--json"], &page);
    assert_eq!((json.code, &json.out), (Some(1), &done.out), "{json:?}");
    let told: Value = serde_json::from_str(json.err.lines().next().unwrap()).unwrap();
    assert_eq!(told["bad"]["id"], "101", "{told}");
    assert!(told["bad"]["input"].as_str().unwrap().contains("yesterday"), "{told}");
}

#[test]
fn what_is_no_payload_is_refused() {
    for (integration, kind) in
        [("shopify", "products"), ("bigcommerce", "orders"), ("magento", "products")]
    {
        for text in ["", "<html>", "{\"id\":", "7"] {
            let done = of_input(&["decode", integration, kind], text);
            assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{text:?}: {done:?}");
            assert!(done.err.starts_with("error: found "), "{text:?}: {done:?}");
        }
    }
    let nowhere = finish(&mut command(&["decode", "shopify", "products", "/nowhere.json"]));
    assert_eq!(nowhere.code, Some(2), "{nowhere:?}");
}
