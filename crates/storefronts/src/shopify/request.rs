use std::collections::{HashMap, HashSet};

use flyball_domain::Kind;
use graphql_parser::query::{
    Definition, Document, Field, OperationDefinition, Selection as Item, SelectionSet,
    Value as Literal,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::ids::parse_gid;
use super::problem::Problem;
use super::schema::Schema;
use super::select::{Paging, Selection, Selector};
use super::variables::{Variables, names_in};

/// The longest query that is read, in bytes.
const QUERY_BYTES_MAX: usize = 100 * 1_024;
const QUERY: &str = "QueryRoot";
const MUTATION: &str = "Mutation";

/// The body of a call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    #[serde(default)]
    operation_name: Option<String>,
}

impl Request {
    /// A query without variables.
    pub(super) const fn of(query: String) -> Self {
        Self { query, variables: None, operation_name: None }
    }
}

/// Reads, checks and flattens a query.
///
/// # Errors
/// What is wrong with it, as the vendor words it.
pub(super) fn prepare<'s>(
    schema: &'s Schema,
    request: &Request,
    paging: Paging,
) -> Result<Selection<'s>, Vec<Problem>> {
    let problem = |message: String| vec![Problem::new(message)];
    if request.query.len() > QUERY_BYTES_MAX {
        return Err(problem(format!("the query is longer than {QUERY_BYTES_MAX} bytes")));
    }
    let document: Document<'_, String> = graphql_parser::parse_query(&request.query)
        .map_err(|error| problem(format!("syntax error, {}", one_line(&error.to_string()))))?;
    let mut fragments = HashMap::new();
    let mut operations = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::Fragment(fragment) => {
                fragments.insert(fragment.name.as_str(), fragment);
            }
            Definition::Operation(operation) => operations.push(Operation::of(operation)),
        }
    }
    let operation = chosen(&operations, request.operation_name.as_deref())?;
    let Some((root_name, set)) = operation.set else {
        return Err(problem("Schema is not configured for subscriptions".to_owned()));
    };
    let sent = request.variables.clone().unwrap_or_default();
    let variables = Variables::fit(schema, operation.variables, &sent)?;
    let Some(root) = schema.composite(root_name) else {
        return Err(problem(format!("the schema has no {root_name}")));
    };
    let kind = if root_name == MUTATION { "mutation" } else { "query" };
    let path = match operation.name {
        Some(name) => format!("{kind} {name}"),
        None => kind.to_owned(),
    };
    let mut used = HashSet::new();
    names_in(set, &mut used);
    for fragment in fragments.values() {
        names_in(&fragment.selection_set, &mut used);
    }
    let mut selector = Selector::new(schema, fragments, variables, paging);
    let selection = selector.select(root, &[(set, root)], &[path]);
    let mut problems = selector.problems;
    let unused = operation.variables.iter().filter(|variable| !used.contains(&variable.name));
    problems.extend(unused.map(|variable| {
        let query = operation.name.unwrap_or("anonymous query");
        let name = &variable.name;
        Problem::new(format!("Variable ${name} is declared by {query} but not used"))
            .at(variable.position)
            .code("variableNotUsed", &[("variableName", name)])
    }));
    if problems.is_empty() { Ok(selection) } else { Err(problems) }
}

/// Records of which kind a query asks for; `None` for none, for both, or where it can't be read. What
/// is wrong with it does not matter: a vendor refuses a caller before it looks at what they ask.
pub(super) fn asks_for(body: &[u8]) -> Option<Kind> {
    let request: Request = serde_json::from_slice(body).ok()?;
    kind_in(&request.query, &request.variables.unwrap_or_default())
}

fn kind_in(query: &str, variables: &Map<String, Value>) -> Option<Kind> {
    if query.len() > QUERY_BYTES_MAX {
        return None;
    }
    let document: Document<'_, String> = graphql_parser::parse_query(query).ok()?;
    let sets = document.definitions.iter().filter_map(|definition| match definition {
        Definition::Operation(operation) => Operation::of(operation).set,
        Definition::Fragment(_) => None,
    });
    let mut kinds = sets.flat_map(|(_, set)| &set.items).filter_map(|item| match item {
        Item::Field(root) => kind_of(root, variables),
        Item::FragmentSpread(_) | Item::InlineFragment(_) => None,
    });
    let first = kinds.next()?;
    kinds.all(|kind| kind == first).then_some(first)
}

fn kind_of(root: &Field<'_, String>, variables: &Map<String, Value>) -> Option<Kind> {
    let text = |name: &str| {
        let (_, value) = root.arguments.iter().find(|(found, _)| found == name)?;
        text_of(value, variables)
    };
    let of_node = |id: &str| match parse_gid(id)?.0 {
        "Order" => Some(Kind::Orders),
        "Product" | "ProductVariant" => Some(Kind::Products),
        _ => None,
    };
    match root.name.as_str() {
        "order" | "orders" | "ordersCount" => Some(Kind::Orders),
        "product" | "productVariant" | "products" | "productsCount" => Some(Kind::Products),
        "node" => of_node(&text("id")?),
        "nodes" => of_node(&text("ids")?),
        "bulkOperationRunQuery" => kind_in(&text("query")?, &Map::new()),
        _ => None,
    }
}

/// An argument that is a text, or the first text of a list.
fn text_of(value: &Literal<'_, String>, variables: &Map<String, Value>) -> Option<String> {
    match value {
        Literal::String(text) => Some(text.clone()),
        Literal::List(values) => text_of(values.first()?, variables),
        Literal::Variable(name) => {
            let value = variables.get(name)?;
            value.as_str().or_else(|| value.get(0)?.as_str()).map(str::to_owned)
        }
        Literal::Int(_)
        | Literal::Float(_)
        | Literal::Boolean(_)
        | Literal::Null
        | Literal::Enum(_)
        | Literal::Object(_) => None,
    }
}

struct Operation<'q> {
    name: Option<&'q str>,
    variables: &'q [graphql_parser::query::VariableDefinition<'q, String>],
    /// The root type and what is selected from it; nothing of a subscription.
    set: Option<(&'static str, &'q SelectionSet<'q, String>)>,
}

impl<'q> Operation<'q> {
    fn of(operation: &'q OperationDefinition<'q, String>) -> Self {
        match operation {
            OperationDefinition::SelectionSet(set) => {
                Self { name: None, variables: &[], set: Some((QUERY, set)) }
            }
            OperationDefinition::Query(query) => Self {
                name: query.name.as_deref(),
                variables: &query.variable_definitions,
                set: Some((QUERY, &query.selection_set)),
            },
            OperationDefinition::Mutation(mutation) => Self {
                name: mutation.name.as_deref(),
                variables: &mutation.variable_definitions,
                set: Some((MUTATION, &mutation.selection_set)),
            },
            OperationDefinition::Subscription(subscription) => {
                Self { name: subscription.name.as_deref(), variables: &[], set: None }
            }
        }
    }
}

fn chosen<'a, 'q>(
    operations: &'a [Operation<'q>],
    name: Option<&str>,
) -> Result<&'a Operation<'q>, Vec<Problem>> {
    let found = match (name, operations) {
        (Some(name), _) => operations.iter().find(|operation| operation.name == Some(name)),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    found.ok_or_else(|| {
        let message = match name {
            Some(name) => format!("No operation named \"{name}\""),
            None => "An operation name is required".to_owned(),
        };
        vec![Problem::new(message)]
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
