//! Seeded bugs, each of which the exploration must find.

mod seeds;

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use crate::explore::{Explored, explore_one};
use crate::model::bounds::Bounds;
use crate::model::bug::Bug;
use crate::pair::two_at_a_time;
use crate::report::{Report, Verdict};

pub use seeds::seeds;

/// A bug, and a world that is large enough to show it.
#[derive(Clone, Debug)]
pub struct Seed {
    /// What the bug is called.
    pub name: &'static str,
    /// The bug.
    pub bug: Bug,
    /// The world.
    pub bounds: Bounds,
}

impl Seed {
    /// Explores the world with the bug in it, until a promise is broken.
    pub fn explore(&self) -> Explored {
        explore_one(&self.bounds, Some(self.bug))
    }
}

/// Explores every mutant, telling `out` as it goes.
///
/// # Errors
/// `out` can't be written to.
pub fn mutants(
    out: &mut (dyn Write + Send),
    elapsed: &(dyn Fn() -> Duration + Sync),
) -> io::Result<Report> {
    let all = seeds();
    let out = Mutex::new(out);
    let results = two_at_a_time(&all, |seed| {
        let tried = Tried { with: seed.explore(), without: explore_one(&seed.bounds, None) };
        if let Ok(mut out) = out.lock() {
            tell(&mut **out, seed, &tried)?;
        }
        Ok(tried)
    })?;
    let caught = results.iter().filter(|tried| tried.is_caught()).count();
    if let Ok(mut out) = out.lock() {
        let seconds = elapsed().as_secs();
        writeln!(out, "{caught} of {} mutants caught, {seconds} s", all.len())?;
    }
    let each: Vec<serde_json::Value> = all
        .iter()
        .zip(&results)
        .map(|(seed, tried)| {
            let violation = tried.with.violation.as_ref();
            json!({
                "name": seed.name,
                "caught": tried.is_caught(),
                "broken": violation.map(|violation| violation.what),
                "states": tried.with.states,
                "steps": violation.map(|violation| &violation.story),
            })
        })
        .collect();
    let json = json!({
        "mutants": all.len(),
        "caught": caught,
        "each": each,
        "seconds": elapsed().as_secs(),
    });
    let verdict = if caught == all.len() { Verdict::Kept } else { Verdict::Broken };
    Ok(Report { json, verdict })
}

/// What became of a world with the bug in it, and without.
struct Tried {
    with: Explored,
    without: Explored,
}

impl Tried {
    /// A world that is broken without the bug, or was not explored to its end, shows nothing.
    fn is_caught(&self) -> bool {
        let sound = self.without.complete && self.without.violation.is_none();
        sound && self.with.violation.is_some()
    }
}

fn tell(out: &mut dyn Write, seed: &Seed, tried: &Tried) -> io::Result<()> {
    if let Some(violation) = &tried.without.violation {
        writeln!(out, "{}: BROKEN WITHOUT THE BUG: {}", seed.name, violation.what)?;
        violation.story.iter().try_for_each(|line| writeln!(out, "    {line}"))?;
    }
    if !tried.without.complete {
        writeln!(out, "{}: NOT EXPLORED TO ITS END without the bug", seed.name)?;
    }
    let states = tried.with.states;
    match &tried.with.violation {
        Some(violation) => {
            let steps = violation.story.len();
            let what = violation.what;
            writeln!(out, "{}: caught in {steps} steps ({states} states): {what}", seed.name)
        }
        None => writeln!(out, "{}: NOT CAUGHT in {states} states of {}", seed.name, seed.bounds),
    }
}
