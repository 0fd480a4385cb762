//! The published Swagger documents.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

/// A version's document.
pub(crate) struct Schema {
    pub(crate) version: &'static str,
    root: Value,
}

impl Schema {
    /// Those there are.
    pub(crate) fn all() -> Vec<Self> {
        let read = |version| {
            let text = super::shared(format!("specs/magento/admin-schema-{version}.yaml"));
            let documents = Yaml::load_from_str(&text).unwrap();
            Self { version, root: json(&documents[0]) }
        };
        ["2.4.6", "2.4.9"].into_iter().map(read).collect()
    }

    /// The names of the query parameters of a GET.
    pub(crate) fn parameters(&self, path: &str) -> Option<Vec<String>> {
        let get = self.root["paths"].get(path)?.get("get")?;
        let parameters = get["parameters"].as_array().into_iter().flatten();
        let query = parameters.filter(|parameter| parameter["in"] == "query");
        Some(query.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect())
    }

    /// What a GET answers.
    pub(crate) fn answer(&self, path: &str) -> &Value {
        &self.root["paths"][path]["get"]["responses"]["200"]["schema"]
    }

    /// What a reference leads to; anything else is itself.
    pub(crate) fn followed<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.root.pointer(reference.trim_start_matches('#')).unwrap(),
            None => schema,
        }
    }

    /// The schema of a list's rows.
    pub(crate) fn row<'a>(&'a self, path: &str) -> &'a Value {
        let answer = self.followed(self.answer(path));
        self.followed(&self.followed(&answer["properties"]["items"])["items"])
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
        _ => Value::Null,
    }
}

/// Statuses are numbers in places.
fn name(key: &Yaml<'_>) -> Option<String> {
    match json(key) {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
