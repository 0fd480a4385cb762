use std::collections::BTreeMap;

use flyball_governor_core::item::Item;
use flyball_governor_core::transition::{Name, Outcome, Transition};

use super::Recorded;
use super::forms::Forms;
use super::read::read;
use super::wire::{Answer, Asked};

/// One item's history in an order that explains every answer.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// The item's partition key.
    pub item: String,
    /// Its updates that happened, in order.
    pub steps: Vec<Step>,
    /// How many answers are explained, refusals and looks included.
    pub answers: usize,
}

/// A step that happened.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which transition it was.
    pub name: Name,
    /// When it was sent.
    pub began: u64,
    /// When its answer came.
    pub ended: u64,
    /// The item after it.
    pub after: Item,
}

/// A history that the core does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// The engine answered with an error of its own.
    #[error("{item}: found the answer {answer}, expected a deed or a refusal")]
    Failed {
        /// The item.
        item: String,
        /// The answer.
        answer: String,
    },
    /// An update that is none of the core's transitions.
    #[error("{item}: found an update that is no transition: {update} if {condition}")]
    Unknown {
        /// The item.
        item: String,
        /// Its update expression.
        update: String,
        /// Its condition.
        condition: String,
    },
    /// No order explains the answers.
    #[error(
        "{item}: found no order of its {calls} calls in which the core gives the same answers; \
         {explained} are explained, then fits none of: {next}"
    )]
    Unexplained {
        /// The item.
        item: String,
        /// How many calls it had.
        calls: usize,
        /// How many of them some order explains.
        explained: usize,
        /// What could have come next, and doesn't fit.
        next: String,
    },
}

/// How often a wrong choice may be taken back before the search is given up as failed.
const CHOICES_TAKEN_BACK_MAX: usize = 100_000;
/// How many candidates a difference shows.
const CANDIDATES_SHOWN: usize = 4;

/// Finds, for each item, an order that explains every answer.
///
/// # Errors
/// The first item that has none.
pub fn check(history: &[Recorded], forms: &Forms) -> Result<Vec<Ordered>, Difference> {
    let mut items: BTreeMap<&str, Vec<&Recorded>> = BTreeMap::new();
    for recorded in history {
        items.entry(&recorded.call.item).or_default().push(recorded);
    }
    items.into_iter().map(|(item, calls)| check_item(item, &calls, forms)).collect()
}

/// A call, read.
struct Op {
    began: u64,
    ended: u64,
    /// What the core tries; `None` for a look.
    transition: Option<Transition>,
    answer: Answer,
}

fn check_item(item: &str, calls: &[&Recorded], forms: &Forms) -> Result<Ordered, Difference> {
    let mut ops = calls.iter().map(|call| op(item, call, forms)).collect::<Result<Vec<_>, _>>()?;
    ops.sort_by_key(|op| op.began);
    let mut search = Search {
        taken: vec![false; ops.len()],
        order: Vec::new(),
        state: None,
        best: (0, String::new()),
        ops: &ops,
    };
    if !search.run() {
        let (explained, next) = search.best;
        let calls = ops.len();
        return Err(Difference::Unexplained { item: item.to_owned(), calls, explained, next });
    }
    let steps = search.order.iter().filter_map(|place| {
        let op = ops.get(*place)?;
        match (&op.transition, &op.answer) {
            (Some(transition), Answer::Done(after)) => Some(Step {
                name: transition.name,
                began: op.began,
                ended: op.ended,
                after: after.clone(),
            }),
            (Some(_) | None, _) => None,
        }
    });
    Ok(Ordered { item: item.to_owned(), steps: steps.collect(), answers: ops.len() })
}

fn op(item: &str, recorded: &Recorded, forms: &Forms) -> Result<Op, Difference> {
    if let Answer::Failed(answer) = &recorded.answer {
        return Err(Difference::Failed { item: item.to_owned(), answer: answer.clone() });
    }
    let transition = match &recorded.call.what {
        Asked::Look => None,
        Asked::Update(sent) => {
            let unknown = || Difference::Unknown {
                item: item.to_owned(),
                update: sent.update.clone(),
                condition: sent.condition.clone(),
            };
            let name = forms.name(sent).ok_or_else(unknown)?;
            let (when, then) = read(sent).map_err(|_unreadable| unknown())?;
            Some(Transition { name, when, then })
        }
    };
    let (began, ended) = (recorded.began, recorded.ended);
    Ok(Op { began, ended, transition, answer: recorded.answer.clone() })
}

/// The item after a call; none where there is none.
struct After(Option<Item>);

impl Op {
    /// The item after this call, if its answer is what the core answers on `state`.
    fn fits(&self, state: Option<&Item>) -> Option<After> {
        let same = |image: &Option<Item>| image.as_ref() == state;
        let nothing = Item::new();
        let tried = self.transition.as_ref().map(|it| it.apply(state.unwrap_or(&nothing)));
        match (&self.answer, tried) {
            (Answer::Seen(image), None) => same(image).then(|| After(state.cloned())),
            (Answer::Refused(image), Some(Ok(Outcome::Refused))) => {
                same(image).then(|| After(state.cloned()))
            }
            (Answer::Done(image), Some(Ok(Outcome::Done(after)))) => {
                (after == *image).then_some(After(Some(after)))
            }
            (Answer::Seen(_) | Answer::Refused(_) | Answer::Done(_) | Answer::Failed(_), _) => None,
        }
    }

    const fn changes(&self) -> bool {
        matches!(self.answer, Answer::Done(_))
    }
}

struct Search<'a> {
    ops: &'a [Op],
    taken: Vec<bool>,
    order: Vec<usize>,
    state: Option<Item>,
    /// The most that was explained, and what could not follow it.
    best: (usize, String),
}

/// A point at which more than one call could come next.
struct Choice {
    /// How many were ordered before it.
    ordered: usize,
    state: Option<Item>,
    /// The calls not yet tried here.
    others: Vec<usize>,
}

impl Search<'_> {
    fn run(&mut self) -> bool {
        let mut choices: Vec<Choice> = Vec::new();
        let mut taken_back = 0_usize;
        loop {
            self.take_what_changes_nothing();
            if self.order.len() == self.ops.len() {
                return true;
            }
            let mut fitting: Vec<usize> = self
                .candidates()
                .into_iter()
                .filter(|place| self.ops.get(*place).is_some_and(|op| self.fit(op).is_some()))
                .collect();
            if fitting.is_empty() {
                self.remember_dead_end();
                let Some(choice) = choices.pop() else { return false };
                taken_back = taken_back.saturating_add(1);
                if taken_back > CHOICES_TAKEN_BACK_MAX {
                    return false;
                }
                self.back_to(&choice);
                fitting = choice.others;
            }
            // The earliest first: it is the likeliest.
            let mut fitting = fitting.into_iter();
            let Some(place) = fitting.next() else { return false };
            let others: Vec<usize> = fitting.collect();
            if !others.is_empty() {
                let (ordered, state) = (self.order.len(), self.state.clone());
                choices.push(Choice { ordered, state, others });
            }
            self.take(place);
        }
    }

    fn fit(&self, op: &Op) -> Option<After> {
        op.fits(self.state.as_ref())
    }

    /// The calls that no other ended before: one of them is next.
    fn candidates(&self) -> Vec<usize> {
        let first_end = self.left().map(|(_, op)| op.ended).min().unwrap_or(u64::MAX);
        let next = self.left().take_while(|(_, op)| op.began <= first_end);
        next.map(|(place, _)| place).collect()
    }

    fn left(&self) -> impl Iterator<Item = (usize, &Op)> {
        let untaken = |(place, _): &(usize, &Op)| !self.taken.get(*place).is_some_and(|it| *it);
        self.ops.iter().enumerate().filter(untaken)
    }

    /// Looks and refusals that fit now: to take them early forbids nothing later.
    fn take_what_changes_nothing(&mut self) {
        loop {
            let fitting: Vec<usize> = self
                .candidates()
                .into_iter()
                .filter(|place| {
                    let op = self.ops.get(*place);
                    op.is_some_and(|op| !op.changes() && self.fit(op).is_some())
                })
                .collect();
            if fitting.is_empty() {
                return;
            }
            for place in fitting {
                self.take(place);
            }
        }
    }

    fn take(&mut self, place: usize) {
        let Some(op) = self.ops.get(place) else { return };
        if let Some(After(after)) = self.fit(op) {
            self.state = after;
        }
        if let Some(taken) = self.taken.get_mut(place) {
            *taken = true;
        }
        self.order.push(place);
    }

    fn back_to(&mut self, choice: &Choice) {
        for place in self.order.drain(choice.ordered..) {
            if let Some(taken) = self.taken.get_mut(place) {
                *taken = false;
            }
        }
        self.state.clone_from(&choice.state);
    }

    fn remember_dead_end(&mut self) {
        if self.order.len() < self.best.0 || (self.best.0 > 0 && self.order.len() == self.best.0) {
            return;
        }
        let show = |place: usize| {
            let op = self.ops.get(place)?;
            let name = op.transition.as_ref().map_or("look", |it| it.name.as_str());
            Some(format!("{name} answered {:?}", op.answer))
        };
        let shown = self.candidates().into_iter().take(CANDIDATES_SHOWN).filter_map(show);
        let shown: Vec<String> = shown.collect();
        self.best = (self.order.len(), format!("{}; on {:?}", shown.join(" or "), self.state));
    }
}

#[cfg(test)]
mod tests {
    use flyball_governor::render::Expressions;
    use flyball_governor_core::table::specimens;
    use flyball_governor_core::transitions as t;
    use flyball_governor_core::{Claim, UnixMillis};

    use super::*;
    use crate::history::wire::{Call, Sent};

    fn admit(id: &str) -> Transition {
        let [nonce, kind] = ["n", "products"];
        let claim = Claim {
            id: id.parse().unwrap(),
            nonce: nonce.parse().unwrap(),
            kind: kind.parse().unwrap(),
        };
        t::admit(&claim, UnixMillis(5), UnixMillis(9))
    }

    /// What an engine would have recorded that takes these steps in this order, all of them under
    /// way at once.
    fn recorded(steps: &[Transition]) -> Vec<Recorded> {
        let mut item = None::<Item>;
        let record = |(place, step): (u64, &Transition)| {
            let before = item.clone();
            let answer = match step.apply(&before.clone().unwrap_or_default()).unwrap() {
                Outcome::Done(after) => {
                    item = Some(after.clone());
                    Answer::Done(after)
                }
                Outcome::Refused => Answer::Refused(before),
            };
            let Expressions { update, condition, names, values } = Expressions::of(step);
            let what = Asked::Update(Sent { update, condition, names, values });
            let call = Call { item: "lane#a".to_owned(), what };
            Recorded { began: place, ended: 100 + place, call, answer }
        };
        (0..).zip(steps).map(record).collect()
    }

    fn history() -> Vec<Recorded> {
        let all = [t::create(2, None), admit("a"), admit("b"), admit("c"), t::mark(UnixMillis(1))];
        recorded(&all)
    }

    fn checked(history: &[Recorded]) -> Result<Vec<Ordered>, Difference> {
        check(history, &Forms::of(specimens()))
    }

    #[test]
    fn an_order_is_found_whatever_the_order_of_the_record() {
        let mut history = history();
        history.reverse();
        for (place, recorded) in (0..).zip(&mut history) {
            recorded.began = place;
        }
        let ordered = checked(&history).unwrap();
        let names: Vec<Name> = ordered[0].steps.iter().map(|step| step.name).collect();
        assert_eq!(names, [Name::Create, Name::Admit, Name::Admit, Name::Mark]);
        assert_eq!(ordered[0].answers, 5);
    }

    #[test]
    fn an_answer_before_its_cause_has_no_order() {
        let mut history = history();
        (history[1].began, history[1].ended) = (201, 202);
        let error = checked(&history).unwrap_err();
        assert!(matches!(error, Difference::Unexplained { explained: 1, .. }), "{error}");
    }

    #[test]
    fn an_admission_above_the_limit_has_no_order() {
        let mut history = history();
        let Answer::Done(image) = history[2].answer.clone() else { unreachable!() };
        history[3].answer = Answer::Done(image);
        assert!(matches!(checked(&history), Err(Difference::Unexplained { .. })));
    }

    #[test]
    fn a_choice_that_leads_nowhere_is_taken_back() {
        let push = |next| t::push(UnixMillis(5), UnixMillis(next));
        let steps = [t::create(2, None), t::mark(UnixMillis(1)), push(3), push(4)];
        let mut history = recorded(&steps);
        // The later of the two began first: it is tried first, and does not lead to the other.
        (history[2].began, history[3].began) = (3, 2);
        assert_eq!(checked(&history).unwrap()[0].steps.len(), 4);
    }

    #[test]
    fn what_is_no_transition_is_named() {
        let mut history = history();
        let Asked::Update(sent) = &mut history[1].call.what else { unreachable!() };
        sent.condition = "attribute_exists(#fence)".to_owned();
        assert!(matches!(checked(&history), Err(Difference::Unknown { .. })));
    }
}
