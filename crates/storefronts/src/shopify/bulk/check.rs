use serde_json::Value;

use super::super::problem::Problem;
use super::super::schema::TypeRef;
use super::super::select::{Picked, Selection, What};
use super::RUNNING_MAX;

/// The most connections in one query.
const CONNECTIONS_MAX: usize = 5;
/// How deep connections may be nested below one at the root.
const NESTED_MAX: usize = 2;

/// Why an operation does not begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in super::super) enum Refused {
    /// The query is wrong, or none for a bulk operation.
    #[error("{0}")]
    Invalid(String),
    /// Too many are running.
    #[error("A shop can have up to {RUNNING_MAX} bulk query operations in progress at a time")]
    TooMany,
}

impl Refused {
    pub(in super::super) const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "INVALID",
            Self::TooMany => "LIMIT_REACHED",
        }
    }
}

fn invalid(message: &str) -> Refused {
    Refused::Invalid(message.to_owned())
}

/// The message of the first problem of a query.
pub(super) fn first_message(problems: Vec<Problem>) -> String {
    let first = problems.into_iter().next().map(Problem::into_json).unwrap_or_default();
    first.get("message").and_then(Value::as_str).unwrap_or("Invalid query").to_owned()
}

/// Checks that a bulk operation can answer a query.
///
/// # Errors
/// No connection or too many of them, too deep, or inside a list; `node` or `nodes` at the root; a
/// connection below something without an id.
pub(super) fn connections(selection: &Selection<'_>) -> Result<(), Refused> {
    if selection.type_name() != Some("QueryRoot") {
        return Err(invalid("Bulk queries must be queries"));
    }
    let roots = selection.of("QueryRoot");
    if roots.iter().any(|root| ["node", "nodes"].contains(&root.name())) {
        return Err(invalid(
            "Bulk queries cannot contain the fields node and nodes at the top level",
        ));
    }
    let mut seen = Seen { connections: 0 };
    for root in roots {
        seen.look(root, 0, Inside::Nothing)?;
    }
    match seen.connections {
        0 => Err(invalid("Bulk queries must contain at least one connection")),
        1..=CONNECTIONS_MAX => Ok(()),
        _ => Err(invalid(&format!(
            "Bulk queries cannot contain more than {CONNECTIONS_MAX} connections"
        ))),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Nothing,
    List,
}

struct Seen {
    connections: usize,
}

impl Seen {
    /// `depth` counts the connections around the field.
    fn look(&mut self, picked: &Picked<'_>, depth: usize, inside: Inside) -> Result<(), Refused> {
        let Some(below) = &picked.below else { return Ok(()) };
        let What::Field(def) = &picked.what else { return Ok(()) };
        let is_connection = picked.page.is_some();
        if !is_connection {
            let inside = if is_list(&def.ty) { Inside::List } else { inside };
            return self.look_below(below, depth, inside);
        }
        if inside == Inside::List {
            return Err(invalid(&format!(
                "Queries that contain a connection field within a list field are not currently \
                 supported: {}",
                picked.name()
            )));
        }
        if depth > NESTED_MAX {
            return Err(invalid(&format!(
                "Bulk queries cannot contain connections with a nesting depth greater than \
                 {NESTED_MAX}"
            )));
        }
        self.connections = self.connections.saturating_add(1);
        let Some(node) = node_of(below) else {
            return Err(invalid(&format!(
                "The connection {} must select its nodes",
                picked.name()
            )));
        };
        let before = self.connections;
        self.look_below(node, depth.saturating_add(1), Inside::Nothing)?;
        let names_itself =
            node.types().all(|fields| fields.iter().any(|field| field.name() == "id"));
        if self.connections > before && !names_itself {
            return Err(invalid("The parent of a connection must select its id"));
        }
        Ok(())
    }

    fn look_below(
        &mut self,
        below: &Selection<'_>,
        depth: usize,
        inside: Inside,
    ) -> Result<(), Refused> {
        // An object is of one type; what other types are asked for counts only once.
        let before = self.connections;
        let mut most = before;
        for fields in below.types() {
            self.connections = before;
            for field in fields {
                self.look(field, depth, inside)?;
            }
            most = most.max(self.connections);
        }
        self.connections = most;
        Ok(())
    }
}

/// What is asked of the nodes of a connection.
pub(super) fn node_of<'a, 's>(connection: &'a Selection<'s>) -> Option<&'a Selection<'s>> {
    let parts = connection.types().next()?;
    let below = |parts: &'a [Picked<'s>], name: &str| {
        parts.iter().find(|part| part.name() == name)?.below.as_ref()
    };
    below(parts, "nodes").or_else(|| below(below(parts, "edges")?.types().next()?, "node"))
}

fn is_list(ty: &TypeRef) -> bool {
    match ty {
        TypeRef::List(_) => true,
        TypeRef::NonNull(of) => is_list(of),
        TypeRef::Named(_) => false,
    }
}
