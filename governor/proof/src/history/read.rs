//! The way back from `DynamoDB`'s expressions to the condition and the changes that they were
//! rendered from. Written from the grammar of the expressions, not from the renderer: a fault of
//! the one is no fault of the other.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>

use flyball_governor_core::item::{Path, Step, Value};
use flyball_governor_core::transition::{Arg, Change, Comparison, Condition, Operand};

use super::wire::Sent;

/// An expression that no transition is rendered to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} in an expression, expected {expected}")]
pub struct ReadError {
    /// What is there.
    pub found: String,
    /// What should be.
    pub expected: &'static str,
}

/// How deep conditions may be nested.
const DEPTH_MAX: usize = 8;

/// What a path or an argument is called that is read back: its symbol is not sent.
const UNNAMED: &str = "";

/// Reads what an update was rendered from.
///
/// # Errors
/// The first token that fits nowhere.
pub fn read(sent: &Sent) -> Result<(Condition, Vec<Change>), ReadError> {
    let mut condition = Tokens::of(&sent.condition, sent);
    let when = condition.any(0)?;
    condition.end()?;
    let mut update = Tokens::of(&sent.update, sent);
    let then = update.changes()?;
    update.end()?;
    Ok((when, then))
}

struct Tokens<'a> {
    /// The tokens that are left, the next one last.
    left: Vec<&'a str>,
    sent: &'a Sent,
}

impl<'a> Tokens<'a> {
    fn of(expression: &'a str, sent: &'a Sent) -> Self {
        let mut left = Vec::new();
        let mut rest = expression.trim_start();
        while !rest.is_empty() {
            let word = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || "_#:.".contains(c)))
                .unwrap_or(rest.len());
            let length = match word {
                0 if rest.starts_with("<=") => 2,
                0 => rest.chars().next().map_or(1, char::len_utf8),
                word => word,
            };
            let (token, after) = rest.split_at(length);
            left.push(token);
            rest = after.trim_start();
        }
        left.reverse();
        Self { left, sent }
    }

    fn peek(&self) -> &'a str {
        self.left.last().copied().unwrap_or("")
    }

    fn next(&mut self) -> &'a str {
        self.left.pop().unwrap_or("")
    }

    fn skip(&mut self, token: &str) -> bool {
        let there = self.peek() == token;
        if there {
            self.left.pop();
        }
        there
    }

    fn want(&mut self, token: &'static str) -> Result<(), ReadError> {
        let found = self.next();
        if found == token { Ok(()) } else { Err(unexpected(found, token)) }
    }

    fn end(&self) -> Result<(), ReadError> {
        if self.left.is_empty() { Ok(()) } else { Err(unexpected(self.peek(), "the end")) }
    }

    fn any(&mut self, depth: usize) -> Result<Condition, ReadError> {
        if depth > DEPTH_MAX {
            return Err(unexpected(self.peek(), "a condition nested less deeply"));
        }
        let mut all = vec![self.all(depth)?];
        while self.skip("OR") {
            all.push(self.all(depth)?);
        }
        Ok(one_or(all, Condition::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, ReadError> {
        let mut all = vec![self.one(depth)?];
        while self.skip("AND") {
            all.push(self.one(depth)?);
        }
        Ok(one_or(all, Condition::All))
    }

    fn one(&mut self, depth: usize) -> Result<Condition, ReadError> {
        if self.skip("(") {
            let condition = self.any(depth.saturating_add(1))?;
            self.want(")")?;
            return Ok(condition);
        }
        for (function, make) in [
            ("attribute_exists", Condition::Exists as fn(Path) -> Condition),
            ("attribute_not_exists", Condition::Absent),
        ] {
            if self.skip(function) {
                return self.in_brackets().map(make);
            }
        }
        let left = self.operand()?;
        let how = match self.next() {
            "=" => Comparison::Equal,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            found => return Err(unexpected(found, "a comparison")),
        };
        Ok(Condition::Compare(left, how, self.operand()?))
    }

    fn operand(&mut self) -> Result<Operand, ReadError> {
        if self.skip("size") {
            return self.in_brackets().map(Operand::Size);
        }
        if self.peek().starts_with(':') {
            return self.arg().map(Operand::Arg);
        }
        self.path().map(Operand::Path)
    }

    fn in_brackets(&mut self) -> Result<Path, ReadError> {
        self.want("(")?;
        let path = self.path()?;
        self.want(")")?;
        Ok(path)
    }

    fn path(&mut self) -> Result<Path, ReadError> {
        let token = self.next();
        let step = |placeholder: &str| {
            let name = self.sent.names.get(placeholder)?.clone();
            Some(Step { symbol: UNNAMED, name })
        };
        let steps: Option<Vec<Step>> = token.split('.').map(step).collect();
        steps.map(Path::from).ok_or_else(|| unexpected(token, "a path of known names"))
    }

    fn arg(&mut self) -> Result<Arg, ReadError> {
        let token = self.next();
        let value = self.sent.values.get(token).cloned();
        value
            .map(|value| Arg { symbol: UNNAMED, value })
            .ok_or_else(|| unexpected(token, "a known value"))
    }

    fn changes(&mut self) -> Result<Vec<Change>, ReadError> {
        let mut changes = Vec::new();
        loop {
            let change: fn(&mut Self) -> Result<Change, ReadError> = match self.next() {
                "" => return Ok(changes),
                "SET" => Self::set,
                "ADD" => Self::add,
                "REMOVE" => |tokens| tokens.path().map(Change::Remove),
                found => return Err(unexpected(found, "SET, ADD or REMOVE")),
            };
            changes.push(change(self)?);
            while self.skip(",") {
                changes.push(change(self)?);
            }
        }
    }

    fn set(&mut self) -> Result<Change, ReadError> {
        let path = self.path()?;
        self.want("=")?;
        if self.skip("if_not_exists") {
            self.want("(")?;
            let same = self.path()?;
            if same != path {
                return Err(unexpected(&same.to_string(), "the path that is set"));
            }
            self.want(",")?;
            let arg = self.arg()?;
            self.want(")")?;
            return Ok(Change::SetIfAbsent(path, arg));
        }
        if self.peek().starts_with(':') {
            return Ok(Change::Set(path, self.arg()?));
        }
        Ok(Change::Copy(path, self.path()?))
    }

    fn add(&mut self) -> Result<Change, ReadError> {
        let path = self.path()?;
        match self.arg()?.value {
            Value::Number(by) => Ok(Change::Add(path, by)),
            Value::Text(found) => Err(unexpected(&found, "a number to add")),
            Value::Map(_) => Err(unexpected("a map", "a number to add")),
        }
    }
}

fn one_or(mut all: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match all.pop() {
        Some(last) if all.is_empty() => last,
        last => {
            all.extend(last);
            many(all)
        }
    }
}

fn unexpected(found: &str, expected: &'static str) -> ReadError {
    ReadError { found: found.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn and_binds_before_or() {
        let names = ["a", "b", "c"].map(|name| (format!("#{name}"), name.to_owned()));
        let sent = Sent {
            condition: "attribute_exists(#a) AND attribute_exists(#b) OR attribute_exists(#c)"
                .to_owned(),
            names: names.into_iter().collect(),
            ..Sent::default()
        };
        let (when, _) = read(&sent).unwrap();
        assert!(matches!(when, Condition::Any(any) if any.len() == 2));
    }

    #[test]
    fn what_no_transition_says_is_refused_with_what_was_found() {
        for (condition, found) in [
            ("#a = :x", "#a"),
            ("", ""),
            ("contains(#fence, :x)", "contains"),
            ("attribute_exists(#fence) NOT", "NOT"),
        ] {
            let names = [("#fence".to_owned(), "fence".to_owned())].into();
            let sent = Sent { condition: condition.to_owned(), names, ..Sent::default() };
            assert_eq!(read(&sent).unwrap_err().found, found);
        }
    }
}
