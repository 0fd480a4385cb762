//! What the deployment template allows a function.

use std::collections::BTreeSet;

use serde_json::Value;

use super::asks::Ask;

/// A statement of a role.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) sid: String,
    actions: Vec<String>,
    /// Resources by their names in the template.
    resources: Vec<String>,
    /// What each of the keys has to be like; nothing where there is no condition.
    patterns: Vec<String>,
    /// The only attributes that a request may name, where not all of an item's.
    attributes: Option<Vec<String>>,
}

/// The least that a statement can be made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) pattern: Option<String>,
}

/// All statements of a function's role.
pub(super) fn statements_of(template: &Value, function: &str) -> Vec<Statement> {
    let resource = |name: &str| &template["resources"]["Resources"][name]["Properties"];
    let role = template["functions"][function]["role"].as_str().expect("a role");
    let own = resource(role)["Policies"].as_array().expect("policies");
    let shared = resource(role)["ManagedPolicyArns"].as_array().into_iter().flatten();
    let shared = shared.map(|policy| resource(policy["Ref"].as_str().expect("one of ours")));
    own.iter()
        .chain(shared)
        .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().expect("statements"))
        .map(Statement::of)
        .collect()
}

impl Statement {
    fn of(statement: &Value) -> Self {
        let conditions = statement.get("Condition").and_then(Value::as_object);
        let only = &statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"];
        let attributes = (!only.is_null()).then(|| texts(only));
        let patterns = conditions.into_iter().flatten().flat_map(|(operator, of)| {
            let of = of.as_object().expect("names and values");
            let pattern = |(name, value): (&String, &Value)| match (&**operator, &**name) {
                ("ForAllValues:StringLike", "dynamodb:LeadingKeys") => texts(value),
                ("ForAllValues:StringEquals", "dynamodb:Attributes") => Vec::new(),
                ("StringEquals", context) => {
                    let name = context.strip_prefix("kms:EncryptionContext:").expect("a context");
                    vec![format!("{name}={}", texts(value).concat())]
                }
                other => unreachable!("{other:?} is not known here: say what it lets through"),
            };
            of.iter().flat_map(pattern).collect::<Vec<_>>()
        });
        Self {
            sid: texts(&statement["Sid"]).concat(),
            actions: texts(&statement["Action"]),
            patterns: patterns.collect(),
            attributes,
            resources: match &statement["Resource"] {
                Value::Array(all) => all.iter().map(named).collect(),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Object(_) => vec![named(&statement["Resource"])],
            },
        }
    }

    /// Whether it allows what was asked for. As IAM has it, every key must be like one of those that
    /// are named; of a request that names none, nothing is asked.
    pub(super) fn allows(&self, ask: &Ask) -> bool {
        let like_one = |key: &String| self.patterns.iter().any(|pattern| is_like(key, pattern));
        self.actions.contains(&ask.action)
            && self.resources.contains(&ask.resource)
            && (self.patterns.is_empty() || ask.keys.iter().all(like_one))
            && self
                .attributes
                .as_ref()
                .is_none_or(|only| ask.attributes.iter().all(|it| only.contains(it)))
    }

    /// Everything that it allows.
    pub(super) fn grants(&self) -> BTreeSet<Grant> {
        let mut patterns: Vec<Option<String>> = self.patterns.iter().cloned().map(Some).collect();
        if patterns.is_empty() {
            patterns.push(None);
        }
        let mut grants = BTreeSet::new();
        for action in &self.actions {
            for resource in &self.resources {
                grants.extend(patterns.iter().map(|pattern| Grant {
                    action: action.clone(),
                    resource: resource.clone(),
                    pattern: pattern.clone(),
                }));
            }
        }
        grants
    }
}

impl Grant {
    /// Whether it is what the asking needed.
    pub(super) fn was_needed_for(&self, ask: &Ask) -> bool {
        self.action == ask.action
            && self.resource == ask.resource
            && self
                .pattern
                .as_ref()
                .is_none_or(|pattern| ask.keys.iter().any(|key| is_like(key, pattern)))
    }
}

/// The name of what a statement is about.
fn named(value: &Value) -> String {
    match value["Fn::Sub"].as_str() {
        Some(text) => text.replace("${", "").replace(".Arn}", ""),
        None => texts(&value["Fn::GetAtt"][0]).concat(),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(all) => all.iter().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            unreachable!("found {value}, expected texts")
        }
    }
}

/// Whether a text is like a pattern, in which `*` stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(text) = text.strip_prefix(first) else { return false };
    (0..=text.len()).filter_map(|place| text.get(place..)).any(|text| is_like(text, rest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ask(keys: &[&str]) -> Ask {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        let (action, attributes) = ("dynamodb:GetItem".to_owned(), BTreeSet::new());
        Ask { action, resource: "T".to_owned(), keys, attributes }
    }

    #[test]
    fn a_statement_allows_what_each_of_its_keys_is_like() {
        let keys = json!({ "dynamodb:LeadingKeys": ["accounts", "*#credentials"] });
        let statement = Statement::of(&json!({
            "Sid": "Some",
            "Action": ["dynamodb:GetItem", "dynamodb:Query"],
            "Resource": { "Fn::GetAtt": ["T", "Arn"] },
            "Condition": { "ForAllValues:StringLike": keys },
        }));
        for allowed in [&[][..], &["accounts"], &["blue-mug#credentials", "accounts"]] {
            assert!(statement.allows(&ask(allowed)), "{allowed:?}");
        }
        for other in [&["account"][..], &["credentials"], &["accounts", "former"]] {
            assert!(!statement.allows(&ask(other)), "{other:?}");
        }
        assert!(!statement.allows(&Ask { action: "dynamodb:PutItem".to_owned(), ..ask(&[]) }));
        assert!(!statement.allows(&Ask { resource: "U".to_owned(), ..ask(&[]) }));
        assert_eq!(statement.grants().len(), 4);
    }

    #[test]
    fn a_statement_of_some_attributes_allows_no_other() {
        let statement = Statement::of(&json!({
            "Sid": "Some",
            "Action": ["dynamodb:GetItem"],
            "Resource": { "Fn::GetAtt": ["T", "Arn"] },
            "Condition": {
                "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["board"] },
                "ForAllValues:StringEquals": { "dynamodb:Attributes": ["pk", "platforms"] },
            },
        }));
        let naming = |names: &[&str]| {
            let attributes = names.iter().map(|name| (*name).to_owned()).collect();
            statement.allows(&Ask { attributes, ..ask(&["board"]) })
        };
        assert!(naming(&["pk", "platforms"]) && naming(&[]));
        assert!(!naming(&["pk", "platforms", "switches"]));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (text, pattern) in [("lane#a", "lane#*"), ("a#b", "*#b"), ("abc", "a*c"), ("", "*")] {
            assert!(is_like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [("lot#a", "lane#*"), ("a#bc", "*#b"), ("ab", "a*c"), ("a", "")] {
            assert!(!is_like(text, pattern), "{text} {pattern}");
        }
    }
}
