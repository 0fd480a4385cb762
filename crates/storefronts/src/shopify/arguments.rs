use graphql_parser::Pos;
use graphql_parser::query::{Directive, Field, Value as Literal};
use serde_json::{Map, Value};

use super::literal;
use super::problem::Problem;
use super::schema::{ArgDef, FieldDef};
use super::select::Selector;
use super::variables::{Undeclared, coerce};

impl<'q> Selector<'_, 'q> {
    /// The arguments of a field, with its defaults; `None` when one is wrong, which is told.
    pub(super) fn args(
        &mut self,
        field: &Field<'q, String>,
        def: &FieldDef,
        path: &[String],
    ) -> Option<Map<String, Value>> {
        let mut args = Map::new();
        let mut sound = true;
        for (name, value) in &field.arguments {
            let Some(arg) = def.args.iter().find(|arg| arg.name == *name) else {
                let message = format!("Field '{}' doesn't accept argument '{name}'", field.name);
                self.problem(Problem::new(message).at(field.position).path(path).code(
                    "argumentNotAccepted",
                    &[("name", &field.name), ("typeName", "Field"), ("argumentName", name)],
                ));
                sound = false;
                continue;
            };
            let value = match self.value(value, field.position, path) {
                Ok(Some(value)) => value,
                Ok(None) => continue,
                Err(Undeclared) => {
                    sound = false;
                    continue;
                }
            };
            match coerce(self.schema, &arg.ty, value) {
                Ok(value) => {
                    args.insert(name.clone(), value);
                }
                Err(found) => {
                    self.wrong_argument(field, arg, &found, path);
                    sound = false;
                }
            }
        }
        (sound && self.complete(field, def, &mut args, path)).then_some(args)
    }

    /// Fills in defaults. False when a required argument is missing.
    fn complete(
        &mut self,
        field: &Field<'q, String>,
        def: &FieldDef,
        args: &mut Map<String, Value>,
        path: &[String],
    ) -> bool {
        let mut missing = Vec::new();
        for arg in def.args.iter().filter(|arg| !args.contains_key(&arg.name)).collect::<Vec<_>>() {
            match &arg.default {
                Some(default) => {
                    args.insert(arg.name.clone(), default.clone());
                }
                None if arg.ty.is_non_null() => missing.push(arg.name.as_str()),
                None => {}
            }
        }
        if missing.is_empty() {
            return true;
        }
        let names = missing.join(", ");
        let message = format!("Field '{}' is missing required arguments: {names}", field.name);
        self.problem(Problem::new(message).at(field.position).path(path).code(
            "missingRequiredArguments",
            &[("className", "Field"), ("name", &field.name), ("arguments", &names)],
        ));
        false
    }

    fn wrong_argument(
        &mut self,
        field: &Field<'q, String>,
        arg: &ArgDef,
        found: &Value,
        path: &[String],
    ) {
        let message = format!(
            "Argument '{}' on Field '{}' has an invalid value ({found}). Expected type '{}'.",
            arg.name, field.name, arg.ty
        );
        let mut path = path.to_vec();
        path.push(arg.name.clone());
        self.problem(Problem::new(message).at(field.position).path(&path).code(
            "argumentLiteralsIncompatible",
            &[("typeName", "Field"), ("argumentName", &arg.name)],
        ));
    }

    /// A literal's value; `Ok(None)` where it is a variable that was not sent.
    fn value(
        &mut self,
        literal: &Literal<'q, String>,
        at: Pos,
        path: &[String],
    ) -> Result<Option<Value>, Undeclared> {
        let mut undeclared = Vec::new();
        let mut sent = true;
        let value = literal::with_variables(literal, &mut |name| {
            let Ok(found) = self.variables.get(name) else {
                undeclared.push(name.to_owned());
                return None;
            };
            sent = found.is_some();
            found.cloned()
        });
        for name in &undeclared {
            let message = format!("Variable ${name} is used by the query but not declared");
            self.problem(
                Problem::new(message)
                    .at(at)
                    .path(path)
                    .code("variableNotDefined", &[("variableName", name)]),
            );
        }
        if !undeclared.is_empty() {
            return Err(Undeclared);
        }
        let is_variable = matches!(literal, Literal::Variable(_));
        Ok(Some(value).filter(|_| sent || !is_variable))
    }

    /// Whether `@include` and `@skip` leave an item in.
    pub(super) fn is_wanted(&mut self, directives: &[Directive<'q, String>]) -> bool {
        let mut wanted = true;
        for directive in directives {
            let condition = directive.arguments.iter().find(|(name, _)| name == "if");
            let condition = condition.is_some_and(|(_, value)| {
                self.value(value, directive.position, &[]) == Ok(Some(Value::Bool(true)))
            });
            match directive.name.as_str() {
                "include" => wanted &= condition,
                "skip" => wanted &= !condition,
                name => {
                    let message = format!("Directive @{name} is not defined");
                    self.problem(
                        Problem::new(message)
                            .at(directive.position)
                            .code("undefinedDirective", &[("directiveName", name)]),
                    );
                }
            }
        }
        wanted
    }
}
