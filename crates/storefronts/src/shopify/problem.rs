use graphql_parser::Pos;
use serde_json::{Map, Value, json};

/// One entry of a GraphQL answer's `errors`, as the vendor words it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    message: String,
    at: Option<Pos>,
    path: Vec<String>,
    /// Boxed because a problem is an error that many functions return.
    extensions: Box<Map<String, Value>>,
}

impl Problem {
    pub(super) fn new(message: String) -> Self {
        Self { message, at: None, path: Vec::new(), extensions: Box::default() }
    }

    /// With the place in the query.
    pub(super) const fn at(mut self, at: Pos) -> Self {
        self.at = Some(at);
        self
    }

    /// With the path through the query or the answer.
    pub(super) fn path(mut self, path: &[String]) -> Self {
        self.path = path.to_vec();
        self
    }

    /// With a code and more beside it.
    pub(super) fn code(mut self, code: &str, more: &[(&str, &str)]) -> Self {
        self.extensions.insert("code".to_owned(), code.into());
        for (name, value) in more {
            self.extensions.insert((*name).to_owned(), (*value).into());
        }
        self
    }

    /// With a value beside the code.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.extensions.insert(name.to_owned(), value);
        self
    }

    pub(super) fn into_json(self) -> Value {
        let mut entry = Map::new();
        entry.insert("message".to_owned(), self.message.into());
        if let Some(at) = self.at {
            entry.insert("locations".to_owned(), json!([{"line": at.line, "column": at.column}]));
        }
        if !self.path.is_empty() {
            entry.insert("path".to_owned(), self.path.into());
        }
        if !self.extensions.is_empty() {
            entry.insert("extensions".to_owned(), Value::Object(*self.extensions));
        }
        Value::Object(entry)
    }
}
