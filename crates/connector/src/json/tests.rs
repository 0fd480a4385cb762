use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::decode::Text;

/// As `serde_json` reads it, or why it does not.
fn peer(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text)
}

fn ours(text: &str) -> Result<Value, JsonError> {
    from_str(text)
}

#[test]
fn every_form_of_value_is_read_as_another_reader_reads_it() {
    for text in [
        "null",
        " true ",
        "false",
        "0",
        "-0",
        "17",
        "-3",
        "18446744073709551615",
        "-9223372036854775808",
        "1.5e-3",
        "5E+2",
        r#""""#,
        r#""eight by""#,
        r#""exactly eight and then some, ü and 日本""#,
        r#""a\"b\\c\/d\b\f\n\r\t\u00e9\ud83d\ude00""#,
        "[]",
        "[ ]",
        "[1, [2,[ ]], {}]",
        "{}",
        "{ }",
        r#"{"a":1,"b":{"c":[null,{"d":"e"}]},"a\n":2}"#,
    ] {
        assert_eq!(ours(text).unwrap(), peer(text).unwrap(), "{text}");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        " ",
        "nul",
        "nulls",
        "truefalse",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "\"",
        "\"a",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "{1:2}",
        "{\"a\" 1}",
        "[}",
        "{]",
        "[1}",
        "{\"a\":1]",
        "1 1",
        "{} x",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "\"a tab\tin it\"",
        "<html>",
        "\u{feff}{}",
    ] {
        assert!(peer(text).is_err(), "{text}");
        assert!(ours(text).is_err(), "{text}");
    }
}

#[test]
fn a_text_cut_short_is_told_from_one_that_is_no_json() {
    let whole = r#"{"a":[true,null,-1.5,"b\u00e9"],"c":{}}"#;
    for at in 0..whole.len() {
        assert!(Json::parse(&whole[..at]).unwrap_err().is_end(), "{}", &whole[..at]);
    }
    assert!(!Json::parse("<html>").unwrap_err().is_end());
}

#[test]
fn a_value_has_its_own_text_and_a_number_its_digits() {
    let json = Json::parse(r#" {"id": 9007199254740993 , "rows":[{"p" : 1.10}, null,"ü\n"]} "#);
    let json = json.unwrap();
    let root = json.root();
    assert_eq!(root.get("id").unwrap().text().unwrap(), "9007199254740993");
    let rows: Vec<&str> = root.get("rows").unwrap().elements().map(At::raw).collect();
    assert_eq!(rows, [r#"{"p" : 1.10}"#, "null", r#""ü\n""#]);
    let last = root.get("rows").unwrap().elements().last().unwrap();
    assert_eq!(last.text().unwrap(), "ü\n");
    assert!(root.get("p").is_none() && root.get("rows").unwrap().text().is_none());
}

#[test]
fn a_place_leads_back_to_its_value() {
    #[derive(Deserialize)]
    struct Page<'a> {
        rows: Vec<Option<Place>>,
        #[serde(borrow)]
        whole: Raw<'a>,
    }
    let json = Json::parse(r#"{"rows":[[1],null,{"a":2}],"whole":{"b" :3}}"#).unwrap();
    let page: Page<'_> = json.root().read().unwrap();
    let rows = page.rows.iter().map(|row| row.map(|row| json.root().at(row).raw()));
    assert_eq!(rows.collect::<Vec<_>>(), [Some("[1]"), None, Some(r#"{"a":2}"#)]);
    assert_eq!(page.whole.get(), r#"{"b" :3}"#);
}

#[test]
fn a_value_of_another_shape_is_named_by_its_place() {
    #[derive(Debug, Deserialize)]
    struct Row<'a> {
        #[serde(borrow, rename = "price")]
        _price: Text<'a>,
    }
    #[derive(Debug, Deserialize)]
    struct Page<'a> {
        #[serde(borrow, rename = "rows")]
        _rows: Vec<Row<'a>>,
    }
    let text = r#"{"rows":[{"price":"1"},{"price":{"amount":"1"}}]}"#;
    assert_eq!(
        from_str::<Page<'_>>(text).unwrap_err().to_string(),
        r#"rows[1].price: found {"amount":"1"} where a text or number was expected"#
    );
}

#[test]
fn a_name_is_read_into_a_type_of_its_own() {
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
    let fields: std::collections::BTreeMap<Name<'_>, Raw<'_>> =
        from_str(r#"{"a":1,"\u0062":[2]}"#).unwrap();
    assert_eq!(fields[&Name("a".into())].get(), "1");
    assert_eq!(fields[&Name("b".into())].get(), "[2]");
}

#[test]
fn an_escape_that_stands_for_no_character_spoils_its_text_alone() {
    let json = Json::parse(r#"{"a":"\ud800","b":"c"}"#).unwrap();
    assert_eq!(json.root().get("a").unwrap().text(), None);
    assert_eq!(json.root().get("b").unwrap().text().unwrap(), "c");
    assert!(json.root().get("a").unwrap().read::<Text<'_>>().is_err());
}

#[test]
fn nesting_beyond_any_stack_is_read_over_and_refused_by_what_recurses() {
    let deep = format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let json = Json::parse(&deep).unwrap();
    assert_eq!(json.root().raw().len(), deep.len());
    assert!(json.root().read::<Value>().unwrap_err().is_shape());
    assert!(ours(&format!("{}1{}", "[".repeat(50), "]".repeat(50))).is_ok());
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e12..1e12_f64).prop_map(Value::from),
        ".{0,30}".prop_map(Value::from),
        "[\"\\\\a\u{1}é]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((".{0,10}", inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_read_as_another_reader_reads_it(value in value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        prop_assert_eq!(ours(&text).unwrap(), peer(&text).unwrap());
    }

    #[test]
    fn what_another_reader_refuses_is_refused_wherever_a_text_is_spoilt(
        value in value(),
        at in any::<prop::sample::Index>(),
        byte in prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b','), Just(b'}'), Just(b'0')],
    ) {
        let mut bytes = serde_json::to_vec(&value).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(text) = core::str::from_utf8(&bytes) {
            match (ours(text), peer(text)) {
                (Ok(ours), Ok(peer)) => prop_assert_eq!(ours, peer),
                (ours, peer) => prop_assert_eq!(ours.is_ok(), peer.is_ok(), "{}", text),
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[\\[\\]{}\",:\\\\u0-9eE.+nultrfas \\-]{0,60}") {
        prop_assert_eq!(ours(&text).is_ok(), peer(&text).is_ok(), "{}", text);
    }
}
