use anyhow::{Context as _, Result, bail};
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

use crate::text;

/// `serverless.yml` as JSON, with `CloudFormation`'s short tags in their long form (`!Ref X` is
/// `{"Ref": "X"}`) and variables such as `${sls:stage}` as they are written.
///
/// # Errors
/// The file is no YAML, or has something that JSON has not.
pub fn template() -> Result<Value> {
    let text = text("serverless.yml")?;
    let documents = Yaml::load_from_str(&text).context("serverless.yml is no YAML")?;
    json(documents.first().context("serverless.yml is empty")?)
}

fn json(yaml: &Yaml<'_>) -> Result<Value> {
    Ok(match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => Value::Bool(*value),
        Yaml::Value(Scalar::Integer(value)) => Value::from(*value),
        Yaml::Value(Scalar::FloatingPoint(value)) => Value::from(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => Value::from(value.as_ref()),
        Yaml::Sequence(values) => Value::Array(values.iter().map(json).collect::<Result<_>>()?),
        Yaml::Mapping(entries) => {
            let entry = |(key, value): (&Yaml<'_>, &Yaml<'_>)| {
                let key = key.as_str().context("found a key that is no text")?;
                Ok((key.to_owned(), json(value)?))
            };
            Value::Object(entries.iter().map(entry).collect::<Result<Map<_, _>>>()?)
        }
        Yaml::Tagged(tag, value) => long_form(&tag.suffix, json(value)?),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => bail!("found {yaml:?}"),
    })
}

fn long_form(tag: &str, value: Value) -> Value {
    let (name, value) = match (tag, value) {
        ("Ref", value) => ("Ref".to_owned(), value),
        ("GetAtt", Value::String(path)) => {
            ("Fn::GetAtt".to_owned(), path.splitn(2, '.').map(Value::from).collect())
        }
        (tag, value) => (format!("Fn::{tag}"), value),
    };
    Value::Object(Map::from_iter([(name, value)]))
}
