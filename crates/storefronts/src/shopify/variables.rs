use std::collections::{HashMap, HashSet};

use graphql_parser::query::{
    Directive, Selection, SelectionSet, Value as Literal, VariableDefinition,
};
use serde_json::{Map, Value};

use super::literal;
use super::problem::Problem;
use super::schema::{Schema, TypeRef};

/// The values of a query's variables.
#[derive(Debug, Default)]
pub(super) struct Variables {
    values: HashMap<String, Option<Value>>,
}

impl Variables {
    /// Fits what was sent to what was declared.
    ///
    /// # Errors
    /// One problem per variable that is missing or of another type.
    pub(super) fn fit(
        schema: &Schema,
        declared: &[VariableDefinition<'_, String>],
        sent: &Map<String, Value>,
    ) -> Result<Self, Vec<Problem>> {
        let mut values = HashMap::new();
        let mut problems = Vec::new();
        for variable in declared {
            let ty = TypeRef::of(&variable.var_type);
            let given = sent
                .get(&variable.name)
                .cloned()
                .or_else(|| variable.default_value.as_ref().map(literal::constant));
            let fitted = match given {
                None if ty.is_non_null() => Err(Value::Null),
                None => Ok(None),
                Some(value) => coerce(schema, &ty, value).map(Some),
            };
            match fitted {
                Ok(value) => {
                    values.insert(variable.name.clone(), value);
                }
                Err(found) => problems.push(invalid(variable, &ty, found)),
            }
        }
        if problems.is_empty() { Ok(Self { values }) } else { Err(problems) }
    }

    /// A variable's value; `Ok(None)` where it was declared and not sent.
    pub(super) fn get(&self, name: &str) -> Result<Option<&Value>, Undeclared> {
        self.values.get(name).map(Option::as_ref).ok_or(Undeclared)
    }
}

/// A variable that is used and was not declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Undeclared;

/// The names of all variables in a selection set, whether its directives leave it in or not.
pub(super) fn names_in(set: &SelectionSet<'_, String>, names: &mut HashSet<String>) {
    for item in &set.items {
        let directives = match item {
            Selection::Field(field) => {
                for (_, value) in &field.arguments {
                    names_in_literal(value, names);
                }
                names_in(&field.selection_set, names);
                &field.directives
            }
            Selection::InlineFragment(fragment) => {
                names_in(&fragment.selection_set, names);
                &fragment.directives
            }
            Selection::FragmentSpread(spread) => &spread.directives,
        };
        names_in_directives(directives, names);
    }
}

fn names_in_directives(directives: &[Directive<'_, String>], names: &mut HashSet<String>) {
    for (_, value) in directives.iter().flat_map(|directive| &directive.arguments) {
        names_in_literal(value, names);
    }
}

fn names_in_literal(literal: &Literal<'_, String>, names: &mut HashSet<String>) {
    literal::with_variables(literal, &mut |name| {
        names.insert(name.to_owned());
        None
    });
}

fn invalid(variable: &VariableDefinition<'_, String>, ty: &TypeRef, found: Value) -> Problem {
    let explanation = if found.is_null() {
        "Expected value to not be null".to_owned()
    } else {
        format!("Could not coerce value {found} to {}", ty.name())
    };
    let problems = serde_json::json!([{"path": [], "explanation": explanation}]);
    Problem::new(format!("Variable ${} of type {ty} was provided invalid value", variable.name))
        .at(variable.position)
        .with("value", found)
        .with("problems", problems)
}

/// Fits a value to a type.
///
/// # Errors
/// The value, where it does not fit.
pub(super) fn coerce(schema: &Schema, ty: &TypeRef, value: Value) -> Result<Value, Value> {
    match ty {
        TypeRef::NonNull(_) if value.is_null() => Err(value),
        TypeRef::NonNull(of) => coerce(schema, of, value),
        TypeRef::Named(_) | TypeRef::List(_) if value.is_null() => Ok(value),
        TypeRef::List(of) => match value {
            Value::Array(items) => items.into_iter().map(|item| coerce(schema, of, item)).collect(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => Ok(Value::Array(vec![coerce(schema, of, value)?])),
        },
        TypeRef::Named(name) => named(schema, name, value),
    }
}

fn named(schema: &Schema, name: &str, value: Value) -> Result<Value, Value> {
    let fits = match name {
        "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "Float" => value.is_number(),
        "Boolean" => value.is_boolean(),
        "ID" if value.is_i64() || value.is_u64() => return Ok(Value::from(value.to_string())),
        "String" | "ID" => value.is_string(),
        _ => match (schema.words(name), value.as_str()) {
            (Some(words), Some(word)) => words.iter().any(|known| known == word),
            (Some(_), None) => false,
            // A type that no argument of what is served takes.
            (None, _) => true,
        },
    };
    if fits { Ok(value) } else { Err(value) }
}
