//! The forms that the core's transitions have once rendered: by its form a recorded update is
//! recognized as one of them, whatever its arguments.

use std::collections::{BTreeMap, BTreeSet};

use flyball_governor::render::Expressions;
use flyball_governor_core::transition::{Name, Transition};

use super::wire::Sent;

/// An update without its arguments: what it changes and what it demands, each in no order.
type Form = (BTreeSet<String>, BTreeSet<String>);

/// The forms of all transitions. Two may share one: a release that says that calls succeeded has
/// the form of the end of work that ended well.
#[derive(Clone, Debug, Default)]
pub struct Forms(BTreeMap<Form, BTreeSet<Name>>);

/// What the governor adds, one after the other: what only its table knows of, and the group of a
/// lane that it fits to what it should be.
#[expect(clippy::wildcard_enum_match_arm, reason = "to all others nothing is added")]
const fn added(to: Name) -> &'static [&'static str] {
    match to {
        Name::Create | Name::CreateBoard => &["SET #v = :v", "SET #shard = :shard"],
        Name::Resize => &["SET #group = :group"],
        _ => &[],
    }
}

impl Forms {
    /// The forms of these transitions.
    pub fn of(transitions: impl IntoIterator<Item = Transition>) -> Self {
        let mut forms = BTreeMap::<Form, BTreeSet<Name>>::new();
        for transition in transitions {
            let Expressions { update, condition, names, values } = Expressions::of(&transition);
            let (mut changes, demands) = form(&Sent { update, condition, names, values });
            for added in added(transition.name) {
                let form = (changes.clone(), demands.clone());
                forms.entry(form).or_default().insert(transition.name);
                changes.insert((*added).to_owned());
            }
            forms.entry((changes, demands)).or_default().insert(transition.name);
        }
        Self(forms)
    }

    /// Which transition an update is, the first of those that share its form; `None` for one that
    /// the core doesn't know.
    pub fn name(&self, sent: &Sent) -> Option<Name> {
        self.0.get(&form(sent))?.first().copied()
    }

    /// Whether an update has the form of a transition.
    pub fn is(&self, sent: &Sent, name: Name) -> bool {
        self.0.get(&form(sent)).is_some_and(|names| names.contains(&name))
    }
}

fn form(sent: &Sent) -> Form {
    let update = without_numbers(&sent.update, sent);
    let mut changes = BTreeSet::new();
    let mut clause = "";
    for part in update.split(", ") {
        let mut change = part;
        // A clause's last change is followed by the next clause's word and first change.
        while let Some((at, word)) = first_clause(change) {
            if let Some(before) = change.get(..at).map(str::trim).filter(|text| !text.is_empty()) {
                changes.insert(format!("{clause} {before}"));
            }
            clause = word;
            change = change.get(at.saturating_add(word.len())..).unwrap_or("").trim();
        }
        changes.insert(format!("{clause} {change}"));
    }
    let condition = without_numbers(&sent.condition, sent);
    (changes, condition.split(" AND ").map(str::to_owned).collect())
}

fn first_clause(text: &str) -> Option<(usize, &'static str)> {
    let found = ["SET", "ADD", "REMOVE"].into_iter().filter_map(|word| {
        let starts = text.strip_prefix(word).is_some_and(|rest| rest.starts_with(' '));
        let at = if starts { Some(0) } else { text.find(&format!(" {word} ")) };
        at.map(|at| (if starts { 0 } else { at.saturating_add(1) }, word))
    });
    found.min()
}

/// Placeholders of equal symbols are numbered; without the numbers, one form fits any count.
fn without_numbers(text: &str, sent: &Sent) -> String {
    let known = |word: &str| sent.names.contains_key(word) || sent.values.contains_key(word);
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['#', ':']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let end = from
            .char_indices()
            .skip(1)
            .find(|(_, c)| !(c.is_ascii_alphanumeric() || *c == '_'))
            .map_or(from.len(), |(end, _)| end);
        let (word, after) = from.split_at(end);
        let base = word.trim_end_matches(|c: char| c.is_ascii_digit());
        plain.push_str(if known(base) { base } else { word });
        rest = after;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use flyball_governor_core::UnixMillis;
    use flyball_governor_core::table::specimens;
    use flyball_governor_core::transitions::reap;

    use super::*;

    fn sent(transition: &Transition) -> Sent {
        let Expressions { update, condition, names, values } = Expressions::of(transition);
        Sent { update, condition, names, values }
    }

    #[test]
    fn every_transition_is_recognized_by_its_form_and_no_other_has_it() {
        let forms = Forms::of(specimens());
        for transition in specimens() {
            assert_eq!(forms.name(&sent(&transition)), Some(transition.name));
        }
    }

    #[test]
    fn a_reap_of_many_has_the_form_of_a_reap_of_one() {
        let ids: Vec<_> = ["a", "b", "c"].iter().map(|id| id.parse().unwrap()).collect();
        let many = sent(&reap(&ids, UnixMillis(5)));
        assert_eq!(Forms::of(specimens()).name(&many), Some(Name::Reap));
    }

    #[test]
    fn a_condition_more_or_less_is_another_form() {
        let forms = Forms::of(specimens());
        for transition in specimens() {
            let mut bare = sent(&transition);
            bare.condition = "attribute_exists(#fence)".to_owned();
            bare.names.insert("#fence".to_owned(), "fence".to_owned());
            let found = forms.name(&bare);
            assert!(found.is_none() || sent(&transition).condition == bare.condition);
        }
    }
}
