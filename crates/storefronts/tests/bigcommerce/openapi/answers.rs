//! Answers against the schemas of their statuses. A field that is in no schema is found too.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Operation;
use super::document::Document;

/// What of an answer does not fit, with places in lists left out.
pub(super) fn check(
    operation: &Operation<'_>,
    status: u16,
    body: Option<&Value>,
) -> BTreeSet<String> {
    let at = format!("{} {status}", operation.name());
    let mut found = BTreeSet::new();
    let document = operation.document;
    let responses = document.followed(&operation.verb["responses"]);
    let described = responses.get(status.to_string()).or_else(|| responses.get("default"));
    let Some(response) = described else {
        found.insert(format!("{at}: the status is not described"));
        return found;
    };
    let response = document.followed(response);
    let content = response.get("content");
    let schema = content.and_then(|content| content.get("application/json")?.get("schema"));
    // Version 2 has the schema where version 3 has the content.
    let schema = schema.or_else(|| response.get("schema"));
    match (schema, body) {
        (Some(schema), Some(body)) => Checker { document }.value(schema, body, &at, &mut found),
        (None, None) => {}
        (Some(_), None) => drop(found.insert(format!("{at}: a body is described and none came"))),
        (None, Some(_)) => drop(found.insert(format!("{at}: no body is described and one came"))),
    }
    found
}

#[derive(Clone, Copy)]
struct Checker<'a> {
    document: &'a Document,
}

/// A schema with all that it is made of: `allOf`, however deep.
#[derive(Default)]
struct Whole<'a> {
    parts: Vec<&'a Value>,
    /// Each a choice of several.
    choices: Vec<Vec<&'a Value>>,
}

impl<'a> Checker<'a> {
    fn whole(self, schema: &'a Value) -> Whole<'a> {
        let mut whole = Whole::default();
        self.gather(schema, &mut whole);
        whole
    }

    fn gather(self, schema: &'a Value, whole: &mut Whole<'a>) {
        let schema = self.document.followed(schema);
        whole.parts.push(schema);
        let listed = |name: &str| schema.get(name).and_then(Value::as_array);
        for part in listed("allOf").into_iter().flatten() {
            self.gather(part, whole);
        }
        for name in ["oneOf", "anyOf"] {
            if let Some(choice) = listed(name) {
                whole.choices.push(choice.iter().collect());
            }
        }
    }

    fn value(self, schema: &'a Value, value: &Value, at: &str, found: &mut BTreeSet<String>) {
        let whole = self.whole(schema);
        if value.is_null() {
            let may_be = |part: &&Value| part.get("nullable") == Some(&Value::Bool(true));
            if !whole.parts.iter().any(may_be) {
                found.insert(format!("{at}: is null"));
            }
            return;
        }
        for choice in &whole.choices {
            let tried = choice.iter().map(|schema| {
                let mut found = BTreeSet::new();
                self.value(schema, value, at, &mut found);
                found
            });
            found.extend(tried.min_by_key(BTreeSet::len).unwrap_or_default());
        }
        for part in &whole.parts {
            scalar(part, value, at, found);
        }
        match value {
            Value::Object(fields) => self.object(&whole, fields, at, found),
            // Where there is a choice, the vendor puts stray items beside it.
            Value::Array(items) if whole.choices.is_empty() => {
                let of = whole.parts.iter().find_map(|part| part.get("items"));
                for (item, of) in items.iter().zip(std::iter::repeat(of)) {
                    if let Some(of) = of {
                        self.value(of, item, &format!("{at}[]"), found);
                    }
                }
            }
            Value::Array(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_) => {}
        }
    }

    fn object(
        self,
        whole: &Whole<'a>,
        fields: &Map<String, Value>,
        at: &str,
        found: &mut BTreeSet<String>,
    ) {
        let described: Vec<_> = whole
            .parts
            .iter()
            .filter_map(|part| part.get("properties").and_then(Value::as_object))
            .collect();
        for part in &whole.parts {
            let required = part.get("required").and_then(Value::as_array);
            for name in required.into_iter().flatten().filter_map(Value::as_str) {
                if !fields.contains_key(name) {
                    found.insert(format!("{at}.{name}: is missing"));
                }
            }
        }
        for (name, value) in fields {
            let schemas: Vec<_> =
                described.iter().filter_map(|properties| properties.get(name)).collect();
            for schema in &schemas {
                self.value(schema, value, &format!("{at}.{name}"), found);
            }
            let is_open = described.is_empty()
                || whole.parts.iter().any(|part| {
                    let more = part.get("additionalProperties");
                    more.is_some_and(|more| *more != Value::Bool(false))
                });
            if schemas.is_empty() && !is_open {
                found.insert(format!("{at}.{name}: is in no schema"));
            }
        }
    }
}

/// Type, words, bounds and formats.
fn scalar(schema: &Value, value: &Value, at: &str, found: &mut BTreeSet<String>) {
    if let Some(expected) = schema.get("type").and_then(Value::as_str) {
        let fits = match expected {
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => true,
        };
        // A choice beside it says more.
        if !fits && schema.get("oneOf").is_none() {
            found.insert(format!("{at}: is {}, not {expected}", kind(value)));
        }
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array)
        && !words.contains(value)
    {
        found.insert(format!("{at}: {value} is none of its words"));
    }
    if let (Some(number), true) = (value.as_f64(), value.is_number()) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        if bound("minimum").is_some_and(|least| number < least)
            || bound("maximum").is_some_and(|most| number > most)
        {
            found.insert(format!("{at}: is out of bounds"));
        }
    }
    let Some(text) = value.as_str() else { return };
    let length = u64::try_from(text.chars().count()).unwrap();
    let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
    if bound("minLength").is_some_and(|least| length < least)
        || bound("maxLength").is_some_and(|most| length > most)
    {
        found.insert(format!("{at}: is too short or too long"));
    }
    if schema.get("format").and_then(Value::as_str) == Some("date-time")
        && text.parse::<jiff::Timestamp>().is_err()
    {
        found.insert(format!("{at}: is no date-time"));
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
