use std::collections::HashMap;

use graphql_parser::Pos;
use graphql_parser::query::{
    Directive, Field, FragmentDefinition, Selection as Item, SelectionSet, TypeCondition,
};
use serde_json::{Map, Value};

use super::literal;
use super::page::{PAGE_OBJECTS_MAX, PageArgs, SINGLE_PRODUCT_VARIANTS_MAX};
use super::problem::Problem;
use super::schema::{ArgDef, FieldDef, Schema, TypeDef};
use super::variables::{Variables, coerce};

/// The most fields one query may select, over all its fragments.
const FIELDS_MAX: usize = 10_000;
/// How deep fragments and fields may be nested.
const DEPTH_MAX: usize = 64;
/// The most problems that are told at once.
const PROBLEMS_MAX: usize = 20;

/// What is asked of a value, for each object type that it may have; checked against what is served,
/// and free of variables, fragments and directives.
#[derive(Debug, Default)]
pub(super) struct Selection<'s> {
    by_type: Vec<(&'s str, Vec<Picked<'s>>)>,
}

/// One field that is asked for.
#[derive(Debug)]
pub(super) struct Picked<'s> {
    /// Its name in the answer.
    pub(super) key: String,
    pub(super) what: What<'s>,
    pub(super) args: Map<String, Value>,
    /// Of a connection, the part of the list.
    pub(super) page: Option<PageArgs>,
    pub(super) below: Option<Selection<'s>>,
    pub(super) at: Pos,
}

#[derive(Debug)]
pub(super) enum What<'s> {
    TypeName,
    Field(&'s FieldDef),
}

impl<'s> Selection<'s> {
    /// What is asked of an object of a type.
    pub(super) fn of(&self, type_name: &str) -> &[Picked<'s>] {
        self.by_type
            .iter()
            .find(|(name, _)| *name == type_name)
            .map_or(&[], |(_, fields)| fields.as_slice())
    }

    /// What is asked of each type.
    pub(super) fn types(&self) -> impl Iterator<Item = &[Picked<'s>]> {
        self.by_type.iter().map(|(_, fields)| fields.as_slice())
    }

    /// The only type's name, where there is only one.
    pub(super) fn type_name(&self) -> Option<&'s str> {
        self.by_type.first().map(|(name, _)| *name)
    }
}

impl<'s> Picked<'s> {
    /// The field's name in the schema.
    pub(super) fn name(&self) -> &'s str {
        match self.what {
            What::TypeName => "__typename",
            What::Field(field) => &field.name,
        }
    }
}

/// Checks a query against the schema, and flattens it.
pub(super) struct Selector<'s, 'q> {
    schema: &'s Schema,
    fragments: HashMap<&'q str, &'q FragmentDefinition<'q, String>>,
    pub(super) variables: Variables,
    pub(super) problems: Vec<Problem>,
    fields_left: usize,
    /// A query for one product may ask for more of its variants at once.
    variants_max: u64,
}

/// The fields of one name in the answer.
struct Group<'s, 'q> {
    key: &'q str,
    fields: Vec<(&'q Field<'q, String>, &'s TypeDef)>,
}

impl<'s, 'q> Selector<'s, 'q> {
    pub(super) fn new(
        schema: &'s Schema,
        fragments: HashMap<&'q str, &'q FragmentDefinition<'q, String>>,
        variables: Variables,
    ) -> Self {
        Self {
            schema,
            fragments,
            variables,
            problems: Vec::new(),
            fields_left: FIELDS_MAX,
            variants_max: PAGE_OBJECTS_MAX,
        }
    }

    /// Selects from a type what the sets ask for.
    pub(super) fn select(
        &mut self,
        ty: &'s TypeDef,
        sets: &[(&'q SelectionSet<'q, String>, &'s TypeDef)],
        path: &[String],
    ) -> Selection<'s> {
        if path.len() > DEPTH_MAX {
            self.problem(Problem::new(format!("the query is nested deeper than {DEPTH_MAX}")));
            return Selection::default();
        }
        let by_type = ty
            .members
            .iter()
            .map(|concrete| {
                let mut groups = Vec::new();
                for (set, of) in sets {
                    self.collect(set, of, concrete, path, &mut groups);
                }
                let picked =
                    groups.iter().filter_map(|group| self.pick(group, path)).collect::<Vec<_>>();
                (concrete.as_str(), picked)
            })
            .collect();
        Selection { by_type }
    }

    fn collect(
        &mut self,
        set: &'q SelectionSet<'q, String>,
        of: &'s TypeDef,
        concrete: &str,
        path: &[String],
        groups: &mut Vec<Group<'s, 'q>>,
    ) {
        for item in &set.items {
            match item {
                Item::Field(field) => {
                    if !self.is_wanted(&field.directives) || !self.take_field() {
                        continue;
                    }
                    let key = field.alias.as_deref().unwrap_or(&field.name);
                    match groups.iter_mut().find(|group| group.key == key) {
                        Some(group) => group.fields.push((field, of)),
                        None => groups.push(Group { key, fields: vec![(field, of)] }),
                    }
                }
                Item::InlineFragment(fragment) => {
                    let condition = fragment.type_condition.as_ref();
                    if self.is_wanted(&fragment.directives)
                        && let Some(of) =
                            self.narrowed(of, condition, concrete, fragment.position, path)
                        && self.take_field()
                    {
                        self.collect(&fragment.selection_set, of, concrete, path, groups);
                    }
                }
                Item::FragmentSpread(spread) => {
                    let name = spread.fragment_name.as_str();
                    let Some(fragment) = self.fragments.get(name).copied() else {
                        let message = format!("Fragment {name} was used, but not defined");
                        self.problem(
                            Problem::new(message)
                                .at(spread.position)
                                .path(path)
                                .code("useAndDefineFragment", &[("fragmentName", name)]),
                        );
                        continue;
                    };
                    // A fragment within itself runs out of fields.
                    if self.is_wanted(&spread.directives)
                        && let Some(of) = self.narrowed(
                            of,
                            Some(&fragment.type_condition),
                            concrete,
                            fragment.position,
                            path,
                        )
                        && self.take_field()
                    {
                        self.collect(&fragment.selection_set, of, concrete, path, groups);
                    }
                }
            }
        }
    }

    /// The type that a fragment speaks of, where an object of type `concrete` is of it.
    fn narrowed(
        &mut self,
        of: &'s TypeDef,
        condition: Option<&TypeCondition<'q, String>>,
        concrete: &str,
        at: Pos,
        path: &[String],
    ) -> Option<&'s TypeDef> {
        let Some(TypeCondition::On(name)) = condition else { return Some(of) };
        let Some(ty) = self.schema.composite(name) else {
            let message = format!("No such type {name}, so it can't be a fragment condition");
            self.problem(
                Problem::new(message)
                    .at(at)
                    .path(path)
                    .code("undefinedType", &[("typeName", name)]),
            );
            return None;
        };
        ty.members.iter().any(|member| member == concrete).then_some(ty)
    }

    fn pick(&mut self, group: &Group<'s, 'q>, path: &[String]) -> Option<Picked<'s>> {
        let (field, of) = group.fields.first()?;
        let mut path = path.to_vec();
        path.push(group.key.to_owned());
        if let Some((other, _)) = group
            .fields
            .iter()
            .find(|(other, _)| other.name != field.name || other.arguments != field.arguments)
        {
            let message = format!(
                "Field '{}' has a field conflict: {} or {}?",
                group.key, field.name, other.name
            );
            self.problem(
                Problem::new(message).at(field.position).path(&path).code("fieldConflict", &[]),
            );
            return None;
        }
        let picked = |what, args, page, below| Picked {
            key: group.key.to_owned(),
            what,
            args,
            page,
            below,
            at: field.position,
        };
        if field.name == "__typename" {
            return Some(picked(What::TypeName, Map::new(), None, None));
        }
        let Some(def) = of.field(&field.name) else {
            self.undefined_field(field, of, &path);
            return None;
        };
        if path.len() == 2 {
            self.variants_max = match def.name.as_str() {
                "product" | "productVariant" | "node" => SINGLE_PRODUCT_VARIANTS_MAX,
                _ => PAGE_OBJECTS_MAX,
            };
        }
        let args = self.args(field, def, &path)?;
        let page = if def.ty.name().ends_with("Connection") {
            Some(self.page(&args, def, field.position, &path)?)
        } else {
            None
        };
        let below = self.below(group, field, def, &path)?;
        Some(picked(What::Field(def), args, page, below))
    }

    fn page(
        &mut self,
        args: &Map<String, Value>,
        def: &FieldDef,
        at: Pos,
        path: &[String],
    ) -> Option<PageArgs> {
        let most = if def.name == "variants" { self.variants_max } else { PAGE_OBJECTS_MAX };
        // Unlike what is wrong with the query itself, this is told without the operation's name.
        let path = path.get(1..).unwrap_or_default();
        PageArgs::parse(args, most, at, path).map_err(|problem| self.problem(problem)).ok()
    }

    /// What is asked below a field: nothing of a scalar, something of an object.
    fn below(
        &mut self,
        group: &Group<'s, 'q>,
        field: &'q Field<'q, String>,
        def: &'s FieldDef,
        path: &[String],
    ) -> Option<Option<Selection<'s>>> {
        let sets: Vec<_> = group
            .fields
            .iter()
            .map(|(field, _)| &field.selection_set)
            .filter(|set| !set.items.is_empty())
            .collect();
        let mismatch = |message: String| {
            Problem::new(message)
                .at(field.position)
                .path(path)
                .code("selectionMismatch", &[("nodeName", &format!("field '{}'", field.name))])
        };
        match (self.schema.composite(def.ty.name()), sets.is_empty()) {
            (None, true) => Some(None),
            (Some(ty), false) => {
                let sets: Vec<_> = sets.into_iter().map(|set| (set, ty)).collect();
                Some(Some(self.select(ty, &sets, path)))
            }
            (None, false) => {
                self.problem(mismatch(format!(
                    "Selections can't be made on scalars (field '{}' returns {} but has selections)",
                    field.name,
                    def.ty.name()
                )));
                None
            }
            (Some(ty), true) => {
                self.problem(mismatch(format!(
                    "Field must have selections (field '{0}' returns {1} but has no selections. Did \
                     you mean '{0} {{ ... }}'?)",
                    field.name, ty.name
                )));
                None
            }
        }
    }

    fn undefined_field(&mut self, field: &Field<'q, String>, of: &TypeDef, path: &[String]) {
        let message = format!("Field '{}' doesn't exist on type '{}'", field.name, of.name);
        self.problem(
            Problem::new(message)
                .at(field.position)
                .path(path)
                .code("undefinedField", &[("typeName", &of.name), ("fieldName", &field.name)]),
        );
    }

    fn args(
        &mut self,
        field: &'q Field<'q, String>,
        def: &'s FieldDef,
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
            let mut given = true;
            let mut missing = Vec::new();
            let variables = &mut self.variables;
            let found = literal::with_variables(value, &mut |name| match variables.get(name) {
                Ok(found) => {
                    given = found.is_some();
                    found
                }
                Err(()) => {
                    missing.push(name.to_owned());
                    None
                }
            });
            for name in missing {
                self.undeclared(&name, field.position, path);
                sound = false;
            }
            if !given {
                continue;
            }
            match coerce(self.schema, &arg.ty, found) {
                Ok(value) => {
                    args.insert(name.clone(), value);
                }
                Err(found) => {
                    self.wrong_argument(field, arg, &found, path);
                    sound = false;
                }
            }
        }
        sound &= self.complete(field, def, &mut args, path);
        sound.then_some(args)
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

    fn undeclared(&mut self, name: &str, at: Pos, path: &[String]) {
        let message = format!("Variable ${name} is used by the query but not declared");
        self.problem(
            Problem::new(message)
                .at(at)
                .path(path)
                .code("variableNotDefined", &[("variableName", name)]),
        );
    }

    /// Whether `@include` and `@skip` leave an item in.
    fn is_wanted(&mut self, directives: &[Directive<'q, String>]) -> bool {
        let mut wanted = true;
        for directive in directives {
            let condition = directive.arguments.iter().find(|(name, _)| name == "if").is_some_and(
                |(_, value)| {
                    let variables = &mut self.variables;
                    let value = literal::with_variables(value, &mut |name| {
                        variables.get(name).ok().flatten()
                    });
                    value == Value::Bool(true)
                },
            );
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

    fn take_field(&mut self) -> bool {
        match self.fields_left.checked_sub(1) {
            Some(left) => {
                self.fields_left = left;
                true
            }
            None => {
                let message = format!("the query selects more than {FIELDS_MAX} fields");
                self.problem(Problem::new(message).code("BAD_REQUEST", &[]));
                false
            }
        }
    }

    fn problem(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS_MAX && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}
