use graphql_parser::query::Value as Literal;
use serde_json::{Map, Value};

/// A literal without variables as JSON; a variable in it is null.
pub(super) fn constant(literal: &Literal<'_, String>) -> Value {
    with_variables(literal, &mut |_| None)
}

/// A literal as JSON, with `variable` asked for each variable in it; `None` is null.
pub(super) fn with_variables(
    literal: &Literal<'_, String>,
    variable: &mut dyn FnMut(&str) -> Option<Value>,
) -> Value {
    match literal {
        Literal::Variable(name) => variable(name).unwrap_or(Value::Null),
        Literal::Int(number) => number.as_i64().map_or(Value::Null, Value::from),
        Literal::Float(number) => Value::from(*number),
        Literal::String(text) => Value::from(text.as_str()),
        Literal::Boolean(flag) => Value::from(*flag),
        Literal::Null => Value::Null,
        Literal::Enum(word) => Value::from(word.as_str()),
        Literal::List(items) => items.iter().map(|item| with_variables(item, variable)).collect(),
        Literal::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), with_variables(value, variable)))
                .collect::<Map<_, _>>(),
        ),
    }
}
