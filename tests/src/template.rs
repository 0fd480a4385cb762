use anyhow::{Context as _, Result, bail, ensure};
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

use crate::text;

/// How deep variables may lead to variables.
const DEPTH_MAX: usize = 16;

/// `serverless.yml` as it is deployed to the stage `dev` with no parameter given, as JSON: files are
/// put in, variables have their values, what is merged is merged, and all resources are in one
/// object. `CloudFormation`'s short tags are in their long form (`!Ref X` is `{"Ref": "X"}`).
///
/// # Errors
/// A file is no YAML or has something that JSON has not, or a variable has no value.
pub fn template() -> Result<Value> {
    template_with(&[])
}

/// The same with these parameters given.
///
/// # Errors
/// Those of [`template`].
pub fn template_with(parameters: &[(&str, &str)]) -> Result<Value> {
    let mut whole = load("serverless.yml")?;
    let defaults = whole.pointer_mut("/params/default").and_then(Value::as_object_mut);
    let given = parameters.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    defaults.context("found no parameters")?.extend(given);
    let mut template = resolve(&whole, &whole, 0)?;
    let parts = template.get_mut("resources").context("found no resources")?.take();
    let Value::Array(parts) = parts else { bail!("resources: found {parts}, expected a list") };
    let mut resources = Map::new();
    for part in parts {
        put_in(&mut resources, part)?;
    }
    if let Some(place) = template.get_mut("resources") {
        *place = Value::Object(resources);
    }
    Ok(template)
}

/// Puts the sections of a part into those of all; nothing may be said twice.
fn put_in(all: &mut Map<String, Value>, part: Value) -> Result<()> {
    let Value::Object(sections) = part else { bail!("found {part}, expected resources") };
    for (name, section) in sections {
        let Value::Object(entries) = section else { bail!("{name}: found {section}") };
        let there = all.entry(&name).or_insert_with(|| Value::Object(Map::new()));
        let there = there.as_object_mut().context("a section is an object")?;
        for (key, value) in entries {
            ensure!(there.insert(key.clone(), value).is_none(), "{name}: found {key} twice");
        }
    }
    Ok(())
}

fn load(path: &str) -> Result<Value> {
    let text = text(path)?;
    let documents = Yaml::load_from_str(&text).with_context(|| format!("{path} is no YAML"))?;
    json(documents.first().with_context(|| format!("{path} is empty"))?)
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
            let mut object = Map::new();
            for (key, value) in entries {
                let key = key.as_str().context("found a key that is no text")?;
                match (key, json(value)?) {
                    // What is merged gives way to what stands there by itself.
                    ("<<", Value::Object(merged)) => {
                        for (key, value) in merged {
                            object.entry(key).or_insert(value);
                        }
                    }
                    ("<<", other) => bail!("found {other}, expected something to merge"),
                    (key, value) => drop(object.insert(key.to_owned(), value)),
                }
            }
            Value::Object(object)
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

/// A value with the values of its variables.
fn resolve(value: &Value, whole: &Value, depth: usize) -> Result<Value> {
    Ok(match value {
        Value::String(text) => resolve_text(text, whole, depth)?,
        Value::Array(values) => Value::Array(
            values.iter().map(|value| resolve(value, whole, depth)).collect::<Result<_>>()?,
        ),
        Value::Object(entries) => {
            let entry =
                |(key, value): (&String, &Value)| Ok((key.clone(), resolve(value, whole, depth)?));
            Value::Object(entries.iter().map(entry).collect::<Result<_>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

fn resolve_text(text: &str, whole: &Value, depth: usize) -> Result<Value> {
    ensure!(depth < DEPTH_MAX, "{text}: variables lead to variables without end");
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = closed(after).context("found ${ without }")?;
        resolved.push_str(before);
        match variable(name, whole, depth)? {
            // One of CloudFormation's, inside of a `!Sub`.
            None => resolved.extend(["${", name, "}"]),
            Some(value) if before.is_empty() && behind.is_empty() && resolved.is_empty() => {
                return Ok(value);
            }
            Some(Value::String(value)) => resolved.push_str(&value),
            Some(value) => resolved.push_str(&value.to_string()),
        }
        rest = behind;
    }
    resolved.push_str(rest);
    Ok(Value::String(resolved))
}

/// A variable's name, which may hold others, and what is behind it.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut open = 1_usize;
    for (place, character) in text.char_indices() {
        open = match character {
            '{' => open + 1,
            '}' => open - 1,
            _ => open,
        };
        if open == 0 {
            return Some((text.get(..place)?, text.get(place + 1..)?));
        }
    }
    None
}

/// What a variable stands for; `None` if it is not the framework's.
fn variable(name: &str, whole: &Value, depth: usize) -> Result<Option<Value>> {
    if name == "sls:stage" {
        return Ok(Some(Value::from("dev")));
    }
    if let Some((path, place)) = name.strip_prefix("file(").and_then(|rest| rest.split_once(')')) {
        let Value::String(place) = resolve_text(place, whole, depth + 1)? else {
            bail!("found {name}, expected a place in a file")
        };
        let file = load(path)?;
        let found = file.pointer(&place.replace([':', '.'], "/"));
        let found = found.with_context(|| format!("found nothing at {name}"))?;
        return resolve(found, whole, depth + 1).map(Some);
    }
    if let Some((option, default)) = name.split_once(", ") {
        ensure!(option.starts_with("opt:"), "found {name}, expected an option with a default");
        return Ok(Some(Value::from(default.trim_matches('\''))));
    }
    let path = if let Some(parameter) = name.strip_prefix("param:") {
        format!("/params/default/{parameter}")
    } else if let Some(path) = name.strip_prefix("self:") {
        format!("/{}", path.replace('.', "/"))
    } else {
        ensure!(!name.contains(':') || name.starts_with("AWS::"), "found {name}, which is unknown");
        return Ok(None);
    };
    let found = whole.pointer(&path).with_context(|| format!("found nothing at {name}"))?;
    resolve(found, whole, depth + 1).map(Some)
}
