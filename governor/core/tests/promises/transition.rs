//! The interpreter in memory answers as `DynamoDB` does.

use flyball_governor_core::item::{Item, Path, Value};
use flyball_governor_core::transition::{
    Arg, Change, Comparison, Condition, Fault, Name, Operand, Outcome, Transition,
};

fn path(name: &'static str) -> Path {
    Path::attribute(name)
}

fn arg(value: impl Into<Value>) -> Arg {
    Arg { symbol: "value", value: value.into() }
}

fn item() -> Item {
    let entries = [
        ("number", Value::Number(5)),
        ("text", Value::from("m")),
        ("map", Value::map([("a", Value::Number(1)), ("b", Value::Number(2))])),
    ];
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn compared(left: Operand, how: Comparison, right: impl Into<Value>) -> bool {
    Condition::Compare(left, how, Operand::Arg(arg(right))).holds(&item())
}

const ALL: [Comparison; 4] =
    [Comparison::Equal, Comparison::Less, Comparison::LessOrEqual, Comparison::Greater];

fn try_it(then: Vec<Change>) -> Result<Outcome, Fault> {
    Transition { name: Name::Mark, when: Condition::All(Vec::new()), then }.apply(&item())
}

#[test]
fn numbers_sizes_and_texts_compare_as_their_signs_say() {
    assert_eq!(ALL.map(Comparison::sign), ["=", "<", "<=", ">"]);
    for (than, holds) in [
        (4_u64, [false, false, false, true]),
        (5, [true, false, true, false]),
        (6, [false, true, true, false]),
    ] {
        let number = |how| compared(Operand::Path(path("number")), how, than);
        assert_eq!(ALL.map(number), holds, "5 and {than}");
    }
    for (than, holds) in [
        ("l", [false, false, false, true]),
        ("m", [true, false, true, false]),
        ("n", [false, true, true, false]),
    ] {
        let text = |how| compared(Operand::Path(path("text")), how, than);
        assert_eq!(ALL.map(text), holds, "m and {than}");
    }
    assert!(compared(Operand::Size(path("map")), Comparison::Equal, 2_u64));
}

#[test]
fn a_comparison_with_what_is_missing_or_of_another_type_is_false() {
    for how in ALL {
        assert!(!compared(Operand::Path(path("none")), how, 5_u64));
        assert!(!compared(Operand::Path(path("text")), how, 5_u64));
        assert!(!compared(Operand::Path(path("map")), how, 5_u64));
        assert!(!compared(Operand::Size(path("number")), how, 5_u64));
        assert!(!compared(Operand::Size(path("none")), how, 0_u64));
    }
}

#[test]
fn all_of_none_holds_and_any_of_none_does_not() {
    let there = || Condition::Exists(path("text"));
    let gone = || Condition::Absent(path("text"));
    for (condition, holds) in [
        (Condition::All(Vec::new()), true),
        (Condition::Any(Vec::new()), false),
        (Condition::All(vec![there(), there()]), true),
        (Condition::All(vec![there(), gone()]), false),
        (Condition::Any(vec![there(), gone()]), true),
        (Condition::Any(vec![gone(), gone()]), false),
        (Condition::Absent(path("none")), true),
        (Condition::Exists(path("none")), false),
    ] {
        assert_eq!(condition.holds(&item()), holds, "{condition:?}");
    }
}

#[test]
fn changes_read_the_item_as_it_was_before() {
    let after = try_it(vec![
        Change::Set(path("number"), arg(9_u64)),
        Change::Copy(path("copy"), path("number")),
        Change::Add(path("count"), 3),
        Change::Add(path("map").field("a"), 3),
        Change::SetIfAbsent(path("text"), arg("new")),
        Change::SetIfAbsent(path("other"), arg("new")),
        Change::Remove(path("map").field("b")),
        Change::Remove(path("map").field("none")),
    ]);
    let mut expected = item();
    for (name, value) in [
        ("number", Value::Number(9)),
        ("copy", Value::Number(5)),
        ("count", Value::Number(3)),
        ("other", Value::from("new")),
        ("map", Value::map([("a", Value::Number(4))])),
    ] {
        expected.insert(name.to_owned(), value);
    }
    assert_eq!(after, Ok(Outcome::Done(expected)));
}

#[test]
fn what_dynamodb_calls_invalid_is_a_fault_and_no_refusal() {
    let fault = |then| try_it(then).unwrap_err().to_string();
    let overlap = "found two changes of one update at map: an update may change a place once";
    let [whole, part] = [path("map"), path("map").field("a")];
    assert_eq!(fault(vec![Change::Remove(whole), Change::Add(part, 1)]), overlap);
    let no_place = "found nothing that text.a could be changed in: the lane is not whole, create \
                    it anew";
    assert_eq!(fault(vec![Change::Set(path("text").field("a"), arg(1_u64))]), no_place);
    for change in [
        Change::Remove(path("none").field("a")),
        Change::Copy(path("copy"), path("none")),
        Change::Add(path("text"), 1),
        Change::Add(path("map"), 1),
    ] {
        assert!(matches!(try_it(vec![change.clone()]), Err(Fault::Path { .. })), "{change:?}");
    }
}

#[test]
fn a_refusal_changes_nothing_and_a_name_is_padded_like_any_text() {
    let when = Condition::Absent(path("text"));
    let refused = Transition { name: Name::Mark, when, then: vec![Change::Remove(path("map"))] };
    assert_eq!(refused.apply(&item()), Ok(Outcome::Refused));
    assert_eq!(format!("{:>6}|", Name::Mark), "  mark|");
}
