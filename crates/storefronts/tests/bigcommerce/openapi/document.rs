use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

/// One of the vendor's descriptions.
pub(crate) struct Document {
    root: Value,
}

/// A loop of references is no longer than that.
const REFERENCES_MAX: usize = 32;

impl Document {
    pub(super) fn parse(name: &str, text: &str) -> Self {
        let documents = Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let first = documents.first().unwrap_or_else(|| panic!("{name} is empty"));
        Self { root: json(first) }
    }

    /// The templates of addresses.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, &Value)> {
        let paths = self.root.get("paths").and_then(Value::as_object).into_iter().flatten();
        paths.map(|(template, item)| (template.as_str(), item))
    }

    /// What a reference leads to; anything else is itself.
    pub(super) fn followed<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut value = value;
        for _ in 0..REFERENCES_MAX {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
            let pointer = reference.trim_start_matches('#');
            value = self
                .root
                .pointer(pointer)
                .unwrap_or_else(|| panic!("{reference} leads to nothing"));
        }
        panic!("a reference that never ends");
    }
}

fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Boolean(value)) => Value::Bool(*value),
        Yaml::Value(Scalar::Integer(value)) => Value::from(*value),
        Yaml::Value(Scalar::FloatingPoint(value)) => Value::from(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => Value::from(value.as_ref()),
        Yaml::Sequence(values) => values.iter().map(json).collect(),
        Yaml::Mapping(entries) => entries
            .iter()
            .filter_map(|(key, value)| Some((name(key)?, json(value))))
            .collect::<Map<_, _>>()
            .into(),
        Yaml::Value(Scalar::Null)
        | Yaml::Tagged(..)
        | Yaml::Representation(..)
        | Yaml::Alias(_)
        | Yaml::BadValue => Value::Null,
    }
}

/// Statuses are numbers in places.
fn name(key: &Yaml<'_>) -> Option<String> {
    match key {
        Yaml::Value(Scalar::String(text)) => Some(text.as_ref().to_owned()),
        Yaml::Value(Scalar::Integer(number)) => Some(number.to_string()),
        _ => None,
    }
}
