//! A random sequence, step by step on an engine and in memory.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use flyball_governor::render::Expressions;
use flyball_governor_core::item::{Item, Value};
use flyball_governor_core::transition::{Change, Name, Outcome, Transition};
use flyball_governor_core::{Board, Lane, UnixMillis};

use super::fault::{Faulty, Plan};
use super::steps::{CAP, Hand, Subject};
use crate::dice::Dice;
use crate::history::wire::Answer;

/// The most steps of a sequence.
const STEPS_MAX: u64 = 80;
/// One sequence in so many begins with no lane and no board.
const UNBORN_ONE_IN: u64 = 4;
/// How many steps are taken, at most, before they are made.
const UNBORN_STEPS_MAX: u64 = 10;
/// How many steps ago an actor may have last looked, at most.
const STALE_MAX: u64 = 4;
/// How far the clock goes on between two steps, at most.
const TICK_MS: u64 = 10;
/// How often a call is repeated that gets no answer. A plan's longest run of faults is shorter.
const CALLS_MAX: u32 = 100;

/// Moments as small as they get, and as large as they are now: numbers of both lengths.
const ORIGINS: [u64; 2] = [100, 1_764_000_000_123];

/// Where a sequence runs.
#[derive(Debug)]
pub struct Bench<'a> {
    /// A client whose connections are `faulty`.
    pub client: &'a Client,
    /// Its connections.
    pub faulty: &'a Faulty,
    /// The table.
    pub table: &'a str,
}

/// What a sequence came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many steps were taken.
    pub steps: u64,
    /// What was injected.
    pub injected: u64,
    /// How many admissions were recognized as one's own whose reply was lost.
    pub recognized: u64,
    /// Which transitions happened.
    pub names: BTreeSet<Name>,
}

impl Tally {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.steps = self.steps.saturating_add(other.steps);
        self.injected = self.injected.saturating_add(other.injected);
        self.recognized = self.recognized.saturating_add(other.recognized);
        self.names.extend(&other.names);
    }
}

/// An item in memory, and the images of it that actors may have seen.
struct Shadow {
    pk: String,
    sk: &'static str,
    images: Vec<Item>,
}

impl Shadow {
    fn current(&self) -> Item {
        self.images.last().cloned().unwrap_or_default()
    }

    /// The image that an actor last saw.
    fn seen(&self, dice: &mut Dice) -> Item {
        let stale = usize::try_from(dice.below(STALE_MAX)).unwrap_or(0);
        let seen = self.images.iter().rev().nth(stale).or(self.images.first());
        seen.cloned().unwrap_or_default()
    }
}

/// A lane and the board on their random way.
struct Walk {
    lane: Shadow,
    board: Shadow,
    now: UnixMillis,
    /// How many steps are left.
    left: u64,
    /// How many steps are taken before the lane and the board are made.
    unborn: u64,
}

impl Walk {
    fn new(name: &str, dice: &mut Dice) -> Self {
        let shadow = |pk, sk| Shadow { pk, sk, images: Vec::new() };
        Self {
            lane: shadow(format!("lane#{name}"), "lane"),
            board: shadow(format!("board#{name}"), "board"),
            now: UnixMillis(dice.pick(&ORIGINS).copied().unwrap_or_default()),
            left: dice.below(STEPS_MAX),
            unborn: if dice.one_in(UNBORN_ONE_IN) { dice.below(UNBORN_STEPS_MAX) } else { 0 },
        }
    }

    /// Draws the next transition; `None` at the end.
    fn next(&mut self, dice: &mut Dice) -> Result<Option<Transition>, String> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        let name = match self.unborn.checked_sub(1) {
            Some(unborn) => {
                self.unborn = unborn;
                None
            }
            None if self.lane.images.is_empty() => Some(Name::Create),
            None if self.board.images.is_empty() => Some(Name::CreateBoard),
            None => None,
        };
        self.left = left;
        self.draw(dice, name).map(Some)
    }

    /// Draws a transition: one of this name, or any.
    fn draw(&mut self, dice: &mut Dice, name: Option<Name>) -> Result<Transition, String> {
        self.now = self.now.plus(dice.below(TICK_MS));
        let (lane, board) = (self.lane.seen(dice), self.board.seen(dice));
        let lane = if lane.is_empty() { Ok(Lane::new(CAP)) } else { Lane::parse(&lane) };
        let board = if board.is_empty() { Ok(Board::default()) } else { Board::parse(&board) };
        let (lane, board) = (lane.map_err(in_words)?, board.map_err(in_words)?);
        let mut hand = Hand { dice, now: self.now, lane: &lane, board: &board };
        let drawn = match name {
            None => hand.draw(),
            Some(name) => hand.transition(name),
        };
        drawn.ok_or_else(|| "found no arguments for a transition: a word is none".to_owned())
    }

    fn subject(&mut self, transition: &Transition) -> &mut Shadow {
        match Subject::of(transition) {
            Subject::Lane => &mut self.lane,
            Subject::Board => &mut self.board,
        }
    }
}

fn in_words(error: impl core::fmt::Display) -> String {
    error.to_string()
}

/// The transitions that happen in the sequence that `dice` decide, as far as memory tells.
///
/// # Errors
/// A fault of the sequence itself, in words.
pub fn foresee(mut dice: Dice) -> Result<BTreeSet<Name>, String> {
    let mut names = BTreeSet::new();
    let mut walk = Walk::new("", &mut dice);
    while let Some(transition) = walk.next(&mut dice)? {
        let shadow = walk.subject(&transition);
        if let Outcome::Done(after) = transition.apply(&shadow.current()).map_err(in_words)? {
            shadow.images.push(after);
            names.insert(transition.name);
        }
    }
    Ok(names)
}

/// Runs the sequence that `dice` decide, named `name`, with what goes wrong as planned.
///
/// # Errors
/// The first difference between the engine and memory, in words.
pub async fn run(
    bench: &Bench<'_>,
    name: &str,
    plan: Plan,
    mut dice: Dice,
) -> Result<Tally, String> {
    bench.faulty.take();
    bench.faulty.plan(plan);
    let mut walk = Walk::new(name, &mut dice);
    let mut tally = Tally::default();
    while let Some(transition) = walk.next(&mut dice)? {
        step(bench, &mut walk, &transition, &mut tally).await?;
    }
    bench.faulty.plan(Plan::none());
    for shadow in [&walk.lane, &walk.board] {
        let (read, current) = (look(bench, shadow).await?, shadow.current());
        if read != current {
            return Err(format!("at the end {} is {read:?}, in memory {current:?}", shadow.pk));
        }
    }
    Ok(tally)
}

/// Takes a step on both sides and compares.
async fn step(
    bench: &Bench<'_>,
    walk: &mut Walk,
    transition: &Transition,
    tally: &mut Tally,
) -> Result<(), String> {
    let shadow = walk.subject(transition);
    let name = transition.name;
    let answered = ask(bench, shadow, transition).await?;
    let tape = bench.faulty.take();
    let mut first = None;
    for recorded in &tape.calls {
        let before = shadow.current();
        let exists = !shadow.images.is_empty();
        let in_memory = match transition.apply(&before) {
            Ok(Outcome::Done(after)) => Answer::Done(after),
            Ok(Outcome::Refused) => Answer::Refused(exists.then_some(before)),
            Err(fault) => return Err(format!("{name} is at fault in memory: {fault}")),
        };
        if in_memory != recorded.answer {
            return Err(format!(
                "{name} on {:?}: the engine answers {:?}, memory {in_memory:?}",
                shadow.images.last(),
                recorded.answer
            ));
        }
        if let Answer::Done(after) = in_memory {
            match &first {
                None => first = Some(after.clone()),
                Some(first) if without_marks(first) == without_marks(&after) => {}
                Some(first) => {
                    return Err(format!("{name}, repeated, makes {after:?} out of {first:?}"));
                }
            }
            shadow.images.push(after);
            tally.names.insert(name);
        }
    }
    match tape.calls.last() {
        Some(last) if last.answer == answered => {}
        last => return Err(format!("{name}: the client reads {answered:?} from {last:?}")),
    }
    if first.is_some() && matches!(answered, Answer::Refused(_)) {
        tally.recognized = tally.recognized.saturating_add(recognized(transition, &answered)?);
    }
    tally.steps = tally.steps.saturating_add(1);
    tally.injected =
        tally.injected.saturating_add(u64::try_from(tape.injected.len()).unwrap_or(u64::MAX));
    Ok(())
}

/// The item without what counts every asker, repeated or not.
fn without_marks(item: &Item) -> Item {
    let mut item = item.clone();
    item.remove("marks");
    item
}

/// Whether a refusal shows the admission that went through before it: 1, or 0 where the transition
/// admits nobody.
fn recognized(transition: &Transition, answered: &Answer) -> Result<u64, String> {
    let nonce = |value: &Value| match value {
        Value::Map(entries) => entries.get("n").cloned(),
        Value::Number(_) | Value::Text(_) => None,
    };
    let admits = [Name::Admit, Name::TakeOver, Name::ReapOneAndAdmit, Name::Probe, Name::Baton];
    let taken = transition.then.iter().find_map(|change| match change {
        Change::Set(path, arg) => Some((path, nonce(&arg.value)?)),
        Change::Copy(..) | Change::SetIfAbsent(..) | Change::Add(..) | Change::Remove(_) => None,
    });
    let (true, Some((path, mine)), Answer::Refused(Some(item))) =
        (admits.contains(&transition.name), taken, answered)
    else {
        return Ok(0);
    };
    match path.find(item).and_then(nonce) {
        Some(found) if found == mine => Ok(1),
        found => Err(format!("{}: expected {mine:?} as my own, found {found:?}", transition.name)),
    }
}

/// Asks until there is an answer, as a worker does: the same transition, the same nonce.
async fn ask(
    bench: &Bench<'_>,
    shadow: &Shadow,
    transition: &Transition,
) -> Result<Answer, String> {
    let mut last = String::new();
    for _ in 0..CALLS_MAX {
        let expressions = Expressions::of(transition);
        let values: HashMap<_, _> =
            expressions.values.iter().map(|(name, value)| (name.clone(), to(value))).collect();
        let answer = bench
            .client
            .update_item()
            .table_name(bench.table)
            .set_key(Some(key(shadow)))
            .update_expression(expressions.update)
            .condition_expression(expressions.condition)
            .set_expression_attribute_names(Some(expressions.names.into_iter().collect()))
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => return Ok(Answer::Done(from(&answer.attributes.unwrap_or_default()))),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    return Ok(Answer::Refused(refusal.item().map(from)));
                }
                Some(_) | None => last = format!("{}", DisplayErrorContext(&error)),
            },
        }
    }
    Err(format!("{} got no answer in {CALLS_MAX} calls: {last}", transition.name))
}

async fn look(bench: &Bench<'_>, shadow: &Shadow) -> Result<Item, String> {
    let looked = bench
        .client
        .get_item()
        .table_name(bench.table)
        .set_key(Some(key(shadow)))
        .consistent_read(true)
        .send()
        .await;
    let looked = looked.map_err(|error| format!("{}", DisplayErrorContext(&error)))?;
    Ok(looked.item.as_ref().map(from).unwrap_or_default())
}

fn key(shadow: &Shadow) -> HashMap<String, AttributeValue> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    HashMap::from([("pk".to_owned(), text(&shadow.pk)), ("sk".to_owned(), text(shadow.sk))])
}

fn to(value: &Value) -> AttributeValue {
    match value {
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::Text(text) => AttributeValue::S(text.clone()),
        Value::Map(entries) => AttributeValue::M(
            entries.iter().map(|(name, value)| (name.clone(), to(value))).collect(),
        ),
    }
}

/// An item without its keys. What is of no type that a governed item has is left out: then the
/// images differ, and that is told.
fn from(item: &HashMap<String, AttributeValue>) -> Item {
    fn value(value: &AttributeValue) -> Option<Value> {
        if let Ok(number) = value.as_n() {
            return number.parse().ok().map(Value::Number);
        }
        if let Ok(text) = value.as_s() {
            return Some(Value::Text(text.clone()));
        }
        value.as_m().ok().map(|entries| Value::Map(all(entries)))
    }
    fn all(entries: &HashMap<String, AttributeValue>) -> Item {
        let entries = entries.iter();
        entries.filter_map(|(name, it)| Some((name.clone(), value(it)?))).collect()
    }
    let mut item = all(item);
    item.retain(|name, _| name != "pk" && name != "sk");
    item
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conform::steps::every_form;
    use crate::history::wire::Sent;
    use crate::history::{Forms, read};

    /// Takes random steps in memory alone, and shows each with the item that it meets.
    fn walk(mut each: impl FnMut(&Transition, &Item)) {
        for part in 0..400 {
            let mut dice = Dice::part(1, part);
            let mut walk = Walk::new("a", &mut dice);
            while let Some(transition) = walk.next(&mut dice).unwrap() {
                let shadow = walk.subject(&transition);
                each(&transition, &shadow.current());
                if let Outcome::Done(after) = transition.apply(&shadow.current()).unwrap() {
                    shadow.images.push(after);
                }
            }
        }
    }

    #[test]
    fn random_steps_reach_every_transition_in_both_answers() {
        let (mut done, mut refused) = (BTreeSet::new(), BTreeSet::new());
        walk(|transition, before| {
            match transition.apply(before).unwrap() {
                Outcome::Done(_) => done.insert(transition.name),
                Outcome::Refused => refused.insert(transition.name),
            };
        });
        for name in Name::ALL {
            assert!(done.contains(name), "{name} never happened");
            assert!(refused.contains(name), "{name} never refused");
        }
    }

    #[test]
    fn every_step_is_recognized_and_does_the_same_after_the_way_to_expressions_and_back() {
        let forms = Forms::of(every_form());
        walk(|transition, before| {
            let Expressions { update, condition, names, values } = Expressions::of(transition);
            let sent = Sent { update, condition, names, values };
            assert!(forms.is(&sent, transition.name), "{}", transition.name);
            let (when, then) = read(&sent).unwrap();
            let back = Transition { name: transition.name, when, then };
            assert_eq!(back.apply(before), transition.apply(before), "{}", transition.name);
        });
    }
}
