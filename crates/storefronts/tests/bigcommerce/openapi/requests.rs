//! Requests against the parameters of their operations.

use serde_json::Value;

use super::Operation;

/// What of the parameters behind the question mark does not fit.
pub(super) fn check(operation: &Operation<'_>, query: &str) -> Vec<String> {
    let at = operation.name();
    let document = operation.document;
    let listed = |value: &'_ Value| value.get("parameters").and_then(Value::as_array).cloned();
    let described: Vec<Value> = [operation.verb, operation.item]
        .iter()
        .filter_map(|of| listed(of))
        .flatten()
        .map(|parameter| document.followed(&parameter).clone())
        .filter(|parameter| parameter["in"] == "query")
        .collect();
    let mut found = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name), decoded(value));
        let parameter = described.iter().find(|parameter| parameter["name"] == name.as_str());
        // Version 2 has the type where version 3 has the schema.
        let schema = parameter.map(|parameter| parameter.get("schema").unwrap_or(parameter));
        match schema {
            Some(schema) => {
                let schema = document.followed(schema);
                if !fits(&name, document.followed(schema), &value) {
                    found.push(format!("{at}?{name}: {value:?} does not fit"));
                }
                let items = schema.get("items").map(|items| document.followed(items));
                for item in value.split(',').filter(|_| schema["type"] == "array") {
                    if items.is_some_and(|items| !fits(&name, items, item)) {
                        found.push(format!("{at}?{name}: {item:?} does not fit"));
                    }
                }
            }
            None => found.push(format!("{at}?{name}: there is no such parameter")),
        }
    }
    found
}

fn fits(name: &str, schema: &Value, value: &str) -> bool {
    let kind = match schema["type"].as_str() {
        Some("integer") => value.parse::<i64>().is_ok(),
        Some("number") => value.parse::<f64>().is_ok(),
        Some("boolean") => ["true", "false"].contains(&value),
        _ => true,
    };
    // "To specify the direction, add `:asc` or `:desc`" (`orders.v2.oas2.yml`, `sort`).
    let directed = value.strip_suffix(":asc").or_else(|| value.strip_suffix(":desc"));
    let word = if name == "sort" { directed.unwrap_or(value) } else { value };
    let words = schema.get("enum").and_then(Value::as_array);
    let is_word = |words: &Vec<Value>| {
        words.iter().any(|allowed| {
            let text = allowed.to_string();
            allowed.as_str().unwrap_or(&text) == word
        })
    };
    kind && words.is_none_or(is_word)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%'
            && let (Some(high), Some(low)) = (rest.next(), rest.next())
        {
            let digits = String::from_utf8(vec![high, low]).unwrap();
            bytes.push(u8::from_str_radix(&digits, 16).unwrap());
        } else {
            bytes.push(if byte == b'+' { b' ' } else { byte });
        }
    }
    String::from_utf8(bytes).unwrap()
}
