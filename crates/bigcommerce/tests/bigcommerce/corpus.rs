//! No bytes make the codec panic: a small corpus, every mutation of every payload, and chance.

use std::path::Path;

use flyball_bigcommerce::decode;
use flyball_connector::{Connector, DecodeContext, Step};
use flyball_domain::Kind;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{NOW, PRODUCTS, answer, changed, connector, path, plan};

/// The most calls of a walk that is answered with anything.
const CALLS_MAX: usize = 40;

fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

fn read(bytes: &[u8]) {
    let context = DecodeContext { currency: "EUR".parse().ok() };
    for kind in [Kind::Products, Kind::Orders] {
        drop(decode(kind, bytes, &context));
    }
}

/// Every value of a JSON text replaced, one at a time.
fn replaced(value: &Value, change: &mut impl FnMut(&Value), root: &mut Value, at: &str) {
    for other in
        [json!(null), json!([]), json!({}), json!([{}]), json!("x"), json!(1e300), json!(true)]
    {
        let place = root.pointer_mut(at).unwrap();
        let kept = std::mem::replace(place, other);
        change(root);
        *root.pointer_mut(at).unwrap() = kept;
    }
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                replaced(inner, change, root, &format!("{at}/{name}"));
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                replaced(inner, change, root, &format!("{at}/{index}"));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_corpus_makes_nothing_panic() {
    let corpus = files("corpus");
    assert!(corpus.len() >= 5, "{}", corpus.len());
    for (_, bytes) in corpus {
        read(&bytes);
        answered_throughout(&bytes);
    }
}

#[test]
fn a_payload_cut_at_any_byte_makes_nothing_panic() {
    for (_, bytes) in files("payloads") {
        for end in 0..bytes.len() {
            read(&bytes[..end]);
        }
    }
}

#[test]
fn any_value_of_a_payload_may_be_anything() {
    let context = DecodeContext { currency: "EUR".parse().ok() };
    for (kind, name) in [
        (Kind::Products, "/products_page.json"),
        (Kind::Products, "/odd_products_page.json"),
        (Kind::Orders, "/order.json"),
    ] {
        let (_, bytes) =
            files("payloads").into_iter().find(|(path, _)| path.ends_with(name)).unwrap();
        let mut root: Value = serde_json::from_slice(&bytes).unwrap();
        let value = root.clone();
        let mut changes = 0_usize;
        let mut change = |changed: &Value| {
            changes += 1;
            drop(decode(kind, changed.to_string().as_bytes(), &context));
        };
        replaced(&value, &mut change, &mut root, "");
        assert!(changes > 100, "{name}");
    }
}

#[test]
fn any_value_of_what_belongs_to_an_order_may_be_anything() {
    let order = format!("[{}]", crate::common::ORDER);
    for part in ["coupons", "taxes", "shipments", "transactions", "refunds"] {
        let (_, bytes) =
            files("payloads").into_iter().find(|(name, _)| name.contains(part)).unwrap();
        let mut root: Value = serde_json::from_slice(&bytes).unwrap();
        let value = root.clone();
        replaced(
            &value,
            &mut |changed| {
                walk_with(Kind::Orders, |path| {
                    if path.contains(part) {
                        http::Response::new(changed.to_string().into_bytes())
                    } else {
                        answer(path, &order)
                    }
                });
            },
            &mut root,
            "",
        );
    }
}

fn answered_throughout(bytes: &[u8]) {
    for kind in [Kind::Products, Kind::Orders] {
        walk_with(kind, |_| http::Response::new(bytes.to_vec()));
    }
}

/// Walks until it ends, fails, or has made too many calls.
fn walk_with(kind: Kind, mut answer: impl FnMut(&str) -> http::Response<Vec<u8>>) {
    let mut walk = connector().walk(&plan(kind, changed())).unwrap();
    for _ in 0..CALLS_MAX {
        match walk.next() {
            Step::Call(call) => {
                if walk.absorb(answer(&path(&call)), NOW).is_err() {
                    drop(walk.break_off());
                    return;
                }
            }
            Step::Page(_) | Step::Listed(_) => {}
            Step::Finished => return,
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_codec_panic(bytes in any::<Vec<u8>>()) {
        read(&bytes);
        answered_throughout(&bytes);
    }

    #[test]
    fn no_change_of_a_byte_makes_the_codec_panic(at in 0..PRODUCTS.len(), byte in any::<u8>()) {
        let mut bytes = PRODUCTS.as_bytes().to_vec();
        bytes[at] = byte;
        read(&bytes);
    }
}
