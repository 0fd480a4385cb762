//! The interpreter for `DynamoDB`: a transition as the expressions of one `UpdateItem`.

use std::collections::BTreeMap;

use flyball_governor_core::item::{Path, Value};
use flyball_governor_core::transition::{Arg, Change, Condition, Operand, Transition};

/// The expressions of one conditional update.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expressions {
    /// `UpdateExpression`.
    pub update: String,
    /// `ConditionExpression`.
    pub condition: String,
    /// `ExpressionAttributeNames`: placeholder to name.
    pub names: BTreeMap<String, String>,
    /// `ExpressionAttributeValues`: placeholder to value.
    pub values: BTreeMap<String, Value>,
}

impl Expressions {
    /// Renders a transition.
    pub fn of(transition: &Transition) -> Self {
        let mut expressions = Self::default();
        expressions.condition = expressions.condition(&transition.when);
        expressions.update = expressions.changes(&transition.then);
        expressions
    }

    fn condition(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Exists(path) => format!("attribute_exists({})", self.path(path)),
            Condition::Absent(path) => format!("attribute_not_exists({})", self.path(path)),
            Condition::Compare(left, how, right) => {
                format!("{} {} {}", self.operand(left), how.sign(), self.operand(right))
            }
            Condition::All(all) => self.join(all, " AND "),
            Condition::Any(any) => format!("({})", self.join(any, " OR ")),
        }
    }

    fn join(&mut self, conditions: &[Condition], with: &str) -> String {
        conditions.iter().map(|each| self.condition(each)).collect::<Vec<_>>().join(with)
    }

    fn operand(&mut self, operand: &Operand) -> String {
        match operand {
            Operand::Path(path) => self.path(path),
            Operand::Size(path) => format!("size({})", self.path(path)),
            Operand::Arg(arg) => self.arg(arg),
        }
    }

    fn changes(&mut self, changes: &[Change]) -> String {
        let [mut sets, mut adds, mut removes] = [Vec::new(), Vec::new(), Vec::new()];
        for change in changes {
            let path = self.path(change.path());
            match change {
                Change::Set(_, arg) => sets.push(format!("{path} = {}", self.arg(arg))),
                Change::Copy(_, from) => sets.push(format!("{path} = {}", self.path(from))),
                Change::SetIfAbsent(_, arg) => {
                    sets.push(format!("{path} = if_not_exists({path}, {})", self.arg(arg)));
                }
                Change::Add(_, n) => {
                    let by = Arg { symbol: "by", value: Value::Number(*n) };
                    adds.push(format!("{path} {}", self.arg(&by)));
                }
                Change::Remove(_) => removes.push(path),
            }
        }
        [("SET", sets), ("ADD", adds), ("REMOVE", removes)]
            .into_iter()
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(clause, parts)| format!("{clause} {}", parts.join(", ")))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn path(&mut self, path: &Path) -> String {
        let steps = path.steps().iter();
        steps
            .map(|step| placeholder(&mut self.names, '#', step.symbol, &step.name))
            .collect::<Vec<_>>()
            .join(".")
    }

    fn arg(&mut self, arg: &Arg) -> String {
        placeholder(&mut self.values, ':', arg.symbol, &arg.value)
    }
}

/// The placeholder under which `meant` stands in `all`; made from `symbol`, so that the expressions
/// can be read, and numbered where two things have one symbol.
fn placeholder<T: Clone + PartialEq>(
    all: &mut BTreeMap<String, T>,
    sigil: char,
    symbol: &str,
    meant: &T,
) -> String {
    let word: String =
        symbol.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let candidates = (1_usize..).map(|n| match n {
        1 => format!("{sigil}{word}"),
        _ => format!("{sigil}{word}{n}"),
    });
    for candidate in candidates {
        match all.get(&candidate) {
            Some(taken) if taken == meant => return candidate,
            Some(_) => {}
            None => {
                all.insert(candidate.clone(), meant.clone());
                return candidate;
            }
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use flyball_governor_core::UnixMillis;
    use flyball_governor_core::table::specimens;
    use flyball_governor_core::transition::Name;
    use flyball_governor_core::transitions::reap;

    use super::*;

    fn rendered(name: Name) -> Expressions {
        let all = specimens();
        Expressions::of(all.iter().find(|transition| transition.name == name).unwrap())
    }

    #[test]
    fn an_admission_reads_as_it_should() {
        let admit = rendered(Name::Admit);
        assert_eq!(admit.update, "SET #held.#id = :_e__n_ ADD #fence :by");
        assert!(admit.condition.ends_with(
            "#level = :0 AND #shut <= :now AND attribute_not_exists(#held.#id) \
             AND size(#held) < #limit"
        ));
    }

    #[test]
    fn two_things_with_one_symbol_get_two_placeholders() {
        let ids: Vec<_> = ["a", "b", "c"].iter().map(|id| id.parse().unwrap()).collect();
        let reap = Expressions::of(&reap(&ids, UnixMillis(5)));
        assert_eq!(reap.update, "REMOVE #held.#dead, #held.#dead2, #held.#dead3");
        assert_eq!(reap.values.len(), 1);
    }

    #[test]
    fn no_rendered_transition_comes_near_the_bounds_of_an_expression() {
        const EXPRESSION_BYTES_MAX: usize = 4_096;
        for transition in specimens() {
            let expressions = Expressions::of(&transition);
            let bytes = expressions.update.len() + expressions.condition.len();
            assert!(bytes < EXPRESSION_BYTES_MAX / 2, "{}: {bytes}", transition.name);
        }
    }
}
