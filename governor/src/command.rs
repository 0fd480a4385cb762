//! The interpreter for the worst day: a transition as an AWS CLI command.

use std::fmt::Write as _;

use flyball_governor_core::item::Value;
use flyball_governor_core::transition::Transition;

use crate::board::create_item;
use crate::key::{Key, LaneId};
use crate::render::Expressions;

/// The AWS CLI command that does to a lane what `transition` does, for a POSIX shell.
pub fn aws_command(table: &str, lane: &LaneId, transition: &Transition) -> String {
    command(table, &Key::Lane(lane), transition)
}

/// The AWS CLI commands that do to the board what `transition` does, for a POSIX shell: the first
/// one makes the board, and is refused where there is one.
pub fn aws_commands_for_board(table: &str, transition: &Transition) -> [String; 2] {
    [&create_item(), transition].map(|transition| command(table, &Key::Board, transition))
}

fn command(table: &str, key: &Key<'_>, transition: &Transition) -> String {
    let expressions = Expressions::of(transition);
    let key = format!(r#"{{"pk":{{"S":{}}},"sk":{{"S":{}}}}}"#, json(&key.pk()), json(&key.sk()));
    let names: Vec<String> = expressions
        .names
        .iter()
        .map(|(placeholder, name)| format!("{}:{}", json(placeholder), json(name)))
        .collect();
    let values: Vec<String> = expressions
        .values
        .iter()
        .map(|(placeholder, value)| format!("{}:{}", json(placeholder), dynamodb_json(value)))
        .collect();
    let mut command = String::from("aws dynamodb update-item");
    for (option, value) in [
        ("table-name", table.to_owned()),
        ("key", key),
        ("update-expression", expressions.update),
        ("condition-expression", expressions.condition),
        ("expression-attribute-names", format!("{{{}}}", names.join(","))),
        ("expression-attribute-values", format!("{{{}}}", values.join(","))),
        ("return-values", "ALL_NEW".to_owned()),
        ("return-values-on-condition-check-failure", "ALL_OLD".to_owned()),
    ] {
        if value != "{}" {
            // Writing to a string can't fail.
            let _written = write!(command, " \\\n  --{option} {}", shell(&value));
        }
    }
    command
}

fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn dynamodb_json(value: &Value) -> String {
    match value {
        Value::Number(number) => format!(r#"{{"N":"{number}"}}"#),
        Value::Text(text) => format!(r#"{{"S":{}}}"#, json(text)),
        Value::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(name, value)| format!("{}:{}", json(name), dynamodb_json(value)))
                .collect();
            format!(r#"{{"M":{{{}}}}}"#, entries.join(","))
        }
    }
}

fn json(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use flyball_governor_core::transitions::lift;
    use flyball_governor_core::{StopCause, UnixMillis};

    use super::*;

    #[test]
    fn a_lift_is_a_command_that_a_person_can_paste() {
        let lane = "blue-mug".parse().unwrap();
        let command =
            aws_command("flyball-governor", &lane, &lift(&StopCause::Account, UnixMillis(5)));
        assert_eq!(
            command,
            r##"aws dynamodb update-item \
  --table-name flyball-governor \
  --key '{"pk":{"S":"lane#blue-mug"},"sk":{"S":"lane"}}' \
  --update-expression 'SET #wake = :now ADD #marks :by REMOVE #stops.#account, #failing' \
  --condition-expression 'attribute_exists(#fence)' \
  --expression-attribute-names '{"#account":"account","#failing":"failing","#fence":"fence","#marks":"marks","#stops":"stops","#wake":"wake"}' \
  --expression-attribute-values '{":by":{"N":"1"},":now":{"N":"5"}}' \
  --return-values ALL_NEW \
  --return-values-on-condition-check-failure ALL_OLD"##
        );
    }

    #[test]
    fn a_quote_does_not_end_the_argument() {
        assert_eq!(shell("it's"), r"'it'\''s'");
    }
}
