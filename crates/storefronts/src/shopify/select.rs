use std::collections::HashMap;

use graphql_parser::Pos;
use graphql_parser::query::{
    Field, FragmentDefinition, FragmentSpread, Selection as Item, SelectionSet, TypeCondition,
};
use serde_json::{Map, Value};

use super::page::{PAGE_OBJECTS_MAX, PageArgs, SINGLE_PRODUCT_VARIANTS_MAX};
use super::problem::Problem;
use super::schema::{FieldDef, Schema, TypeDef};
use super::variables::Variables;

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
    /// Whether a field of what is below is asked for.
    pub(super) fn asks_for(&self, name: &str) -> bool {
        let mut types = self.below.iter().flat_map(Selection::types);
        types.any(|fields| fields.iter().any(|field| field.name() == name))
    }

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
    pub(super) schema: &'s Schema,
    fragments: HashMap<&'q str, &'q FragmentDefinition<'q, String>>,
    pub(super) variables: Variables,
    /// What is wrong with the query.
    pub(super) problems: Vec<Problem>,
    fields_left: usize,
    depth: usize,
    /// A query for one product may ask for more of its variants at once.
    variants_max: u64,
    paging: Paging,
}

/// Whether lists are cut into pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paging {
    /// Each says which part of it is asked for.
    Pages,
    /// They come whole, as in a bulk operation.
    Whole,
}

/// The fields of one name in the answer.
struct Group<'s, 'q> {
    key: &'q str,
    fields: Vec<(&'q Field<'q, String>, &'s TypeDef)>,
}

/// What a fragment selects, and from what.
type Part<'q> = (Option<&'q TypeCondition<'q, String>>, &'q SelectionSet<'q, String>, Pos);

/// For which object type fields are collected, and where in the query.
#[derive(Clone, Copy)]
struct Spot<'a> {
    concrete: &'a str,
    path: &'a [String],
}

impl<'s, 'q> Selector<'s, 'q> {
    pub(super) fn new(
        schema: &'s Schema,
        fragments: HashMap<&'q str, &'q FragmentDefinition<'q, String>>,
        variables: Variables,
        paging: Paging,
    ) -> Self {
        Self {
            schema,
            fragments,
            variables,
            problems: Vec::new(),
            fields_left: FIELDS_MAX,
            depth: 0,
            variants_max: PAGE_OBJECTS_MAX,
            paging,
        }
    }

    /// Selects from a type what the sets ask for.
    pub(super) fn select(
        &mut self,
        ty: &'s TypeDef,
        sets: &[(&'q SelectionSet<'q, String>, &'s TypeDef)],
        path: &[String],
    ) -> Selection<'s> {
        let mut by_type = Vec::new();
        self.deeper(|selector| {
            for concrete in &ty.members {
                let mut groups = Vec::new();
                for (set, of) in sets {
                    selector.collect(set, of, Spot { concrete, path }, &mut groups);
                }
                let picked = groups
                    .iter()
                    .filter_map(|group| selector.pick(group, path))
                    .collect::<Vec<_>>();
                by_type.push((concrete.as_str(), picked));
            }
        });
        Selection { by_type }
    }

    /// Goes one field or fragment further down, unless that is too deep.
    fn deeper(&mut self, go: impl FnOnce(&mut Self)) {
        if self.depth == DEPTH_MAX {
            let message = format!("the query is nested deeper than {DEPTH_MAX}");
            self.problem(Problem::new(message).code("BAD_REQUEST", &[]));
            return;
        }
        self.depth += 1;
        go(self);
        self.depth -= 1;
    }

    fn collect(
        &mut self,
        set: &'q SelectionSet<'q, String>,
        of: &'s TypeDef,
        spot: Spot<'_>,
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
                    if self.is_wanted(&fragment.directives) {
                        let condition = fragment.type_condition.as_ref();
                        let part = (condition, &fragment.selection_set, fragment.position);
                        self.collect_part(part, of, spot, groups);
                    }
                }
                Item::FragmentSpread(spread) => {
                    let Some(fragment) = self.fragment(spread, spot) else { continue };
                    if self.is_wanted(&spread.directives) {
                        let condition = Some(&fragment.type_condition);
                        let part = (condition, &fragment.selection_set, fragment.position);
                        self.collect_part(part, of, spot, groups);
                    }
                }
            }
        }
    }

    fn collect_part(
        &mut self,
        (condition, set, at): Part<'q>,
        of: &'s TypeDef,
        spot: Spot<'_>,
        groups: &mut Vec<Group<'s, 'q>>,
    ) {
        if let Some(of) = self.narrowed(of, condition, at, spot)
            && self.take_field()
        {
            self.deeper(|selector| selector.collect(set, of, spot, groups));
        }
    }

    fn fragment(
        &mut self,
        spread: &FragmentSpread<'q, String>,
        spot: Spot<'_>,
    ) -> Option<&'q FragmentDefinition<'q, String>> {
        let name = spread.fragment_name.as_str();
        let found = self.fragments.get(name).copied();
        if found.is_none() {
            let message = format!("Fragment {name} was used, but not defined");
            self.problem(
                Problem::new(message)
                    .at(spread.position)
                    .path(spot.path)
                    .code("useAndDefineFragment", &[("fragmentName", name)]),
            );
        }
        found
    }

    /// The type that a fragment speaks of, where an object at the spot is of it.
    fn narrowed(
        &mut self,
        of: &'s TypeDef,
        condition: Option<&TypeCondition<'q, String>>,
        at: Pos,
        spot: Spot<'_>,
    ) -> Option<&'s TypeDef> {
        let Some(TypeCondition::On(name)) = condition else { return Some(of) };
        let Some(ty) = self.schema.composite(name) else {
            let message = format!("No such type {name}, so it can't be a fragment condition");
            self.problem(
                Problem::new(message)
                    .at(at)
                    .path(spot.path)
                    .code("undefinedType", &[("typeName", name)]),
            );
            return None;
        };
        ty.members.iter().any(|member| member == spot.concrete).then_some(ty)
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
        let below =
            self.below(group, field, def, &path).map_err(|problem| self.problem(problem)).ok()?;
        Some(picked(What::Field(def), args, page, below))
    }

    fn page(
        &mut self,
        args: &Map<String, Value>,
        def: &FieldDef,
        at: Pos,
        path: &[String],
    ) -> Option<PageArgs> {
        if self.paging == Paging::Whole {
            return Some(PageArgs::whole(args));
        }
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
    ) -> Result<Option<Selection<'s>>, Problem> {
        let sets: Vec<_> = group
            .fields
            .iter()
            .map(|(field, _)| &field.selection_set)
            .filter(|set| !set.items.is_empty())
            .collect();
        let mismatch = |message: String| {
            Err(Problem::new(message)
                .at(field.position)
                .path(path)
                .code("selectionMismatch", &[("nodeName", &format!("field '{}'", field.name))]))
        };
        match (self.schema.composite(def.ty.name()), sets.is_empty()) {
            (None, true) => Ok(None),
            (Some(ty), false) => {
                let sets: Vec<_> = sets.into_iter().map(|set| (set, ty)).collect();
                Ok(Some(self.select(ty, &sets, path)))
            }
            (None, false) => mismatch(format!(
                "Selections can't be made on scalars (field '{}' returns {} but has selections)",
                field.name,
                def.ty.name()
            )),
            (Some(ty), true) => mismatch(format!(
                "Field must have selections (field '{0}' returns {1} but has no selections. Did you \
                 mean '{0} {{ ... }}'?)",
                field.name, ty.name
            )),
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

    fn take_field(&mut self) -> bool {
        if let Some(left) = self.fields_left.checked_sub(1) {
            self.fields_left = left;
            return true;
        }
        let message = format!("the query selects more than {FIELDS_MAX} fields");
        self.problem(Problem::new(message).code("BAD_REQUEST", &[]));
        false
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS_MAX && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}
