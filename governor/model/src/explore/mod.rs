//! The exhaustive exploration.

mod configurations;
mod liveness;
mod search;
mod story;

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use crate::model::Model;
use crate::model::bounds::Bounds;
use crate::model::bug::Bug;
use crate::pair::two_at_a_time;
use crate::report::{Report, Verdict};

pub use configurations::configurations;

/// More states than this one configuration is not meant to have.
const STATES_MAX: usize = 12_000_000;

/// What the exploration of one configuration found.
#[derive(Clone, Debug)]
pub struct Explored {
    /// How many states it reached.
    pub states: usize,
    /// How many steps it tried.
    pub steps: u64,
    /// Whether every state that can be reached was.
    pub complete: bool,
    /// What was violated, and the shortest way there.
    pub violation: Option<Violation>,
}

/// A promise that was broken.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which, and how.
    pub what: &'static str,
    /// The way there, one line a step.
    pub story: Vec<String>,
}

/// Explores one configuration to its end.
pub fn explore_one(bounds: &Bounds, bug: Option<Bug>) -> Explored {
    let mut model = Model::new(bounds.clone(), bug);
    let mut graph = search::Graph::default();
    let found = graph.explore(&mut model, STATES_MAX);
    let complete = found == search::Found::Everything;
    let end = match found {
        search::Found::Broken(state, broken) => Some((state, broken.text())),
        search::Found::Everything => liveness::first_stuck(&graph, &model).map(|state| {
            (state, "promise 8: from here, no way without faults finishes everything")
        }),
        search::Found::TooMany => None,
    };
    let violation =
        end.map(|(state, what)| Violation { what, story: story::story(&graph, &mut model, state) });
    Explored { states: graph.len(), steps: graph.tried, complete, violation }
}

/// Explores every configuration whose name contains `only`, two at a time, telling `out` as it
/// goes.
///
/// # Errors
/// No configuration has such a name, or `out` can't be written to.
pub fn explore(
    only: &str,
    out: &mut (dyn Write + Send),
    elapsed: &(dyn Fn() -> Duration + Sync),
) -> io::Result<Report> {
    let mut all = configurations();
    all.retain(|bounds| bounds.name.contains(only));
    if all.is_empty() {
        return Err(io::Error::other(format!(
            "found no configuration whose name contains {only:?}"
        )));
    }
    let out = Mutex::new(out);
    let results = two_at_a_time(&all, |bounds| {
        let began = elapsed();
        let explored = explore_one(bounds, None);
        let took = elapsed().saturating_sub(began);
        if let Ok(mut out) = out.lock() {
            tell(&mut **out, bounds, &explored, took)?;
        }
        Ok(explored)
    })?;
    let report = summary(&all, &results, elapsed());
    if let Ok(mut out) = out.lock() {
        writeln!(out, "{}", sentence(&results, elapsed()))?;
    }
    Ok(report)
}

fn tell(
    out: &mut dyn Write,
    bounds: &Bounds,
    explored: &Explored,
    took: Duration,
) -> io::Result<()> {
    let Explored { states, steps, complete, violation } = explored;
    writeln!(out, "{}: {bounds}", bounds.name)?;
    let ended = if *complete { "all of them" } else { "not all of them" };
    let seconds = took.as_secs();
    writeln!(out, "    {states} states, {ended}, by {steps} steps in {seconds} s")?;
    match violation {
        None if *complete => writeln!(out, "    every promise kept"),
        None => writeln!(out, "    ended before its end"),
        Some(violation) => {
            writeln!(out, "    BROKEN: {}", violation.what)?;
            violation.story.iter().try_for_each(|line| writeln!(out, "    {line}"))
        }
    }
}

fn sentence(results: &[Explored], took: Duration) -> String {
    let states: usize = results.iter().map(|explored| explored.states).sum();
    let violations = results.iter().filter(|explored| explored.violation.is_some()).count();
    format!("{states} states, {violations} violations, {} s", took.as_secs())
}

fn summary(all: &[Bounds], results: &[Explored], took: Duration) -> Report {
    let each: Vec<serde_json::Value> = all
        .iter()
        .zip(results)
        .map(|(bounds, explored)| {
            json!({
                "name": bounds.name,
                "bounds": bounds.to_string(),
                "states": explored.states,
                "steps": explored.steps,
                "complete": explored.complete,
                "violation": explored.violation.as_ref().map(|violation| json!({
                    "what": violation.what,
                    "story": violation.story,
                })),
            })
        })
        .collect();
    let explored = || results.iter();
    let complete = results.len() == all.len() && explored().all(|explored| explored.complete);
    let violations = explored().filter(|explored| explored.violation.is_some()).count();
    let json = json!({
        "states": explored().map(|explored| explored.states).sum::<usize>(),
        "complete": complete,
        "violations": violations,
        "configurations": each,
        "seconds": took.as_secs(),
    });
    let verdict = if complete && violations == 0 { Verdict::Kept } else { Verdict::Broken };
    Report { json, verdict }
}

/// A model that has met everything there is to meet within its bounds.
#[cfg(test)]
pub(crate) fn explored_model(bounds: &Bounds) -> Model {
    let mut model = Model::new(bounds.clone(), None);
    let found = search::Graph::default().explore(&mut model, STATES_MAX);
    assert_eq!(found, search::Found::Everything);
    model
}
