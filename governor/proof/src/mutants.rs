//! Seeded bugs, each of which the exploration must find.

mod seeds;

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use crate::explore::{Explored, explore_one};
use crate::model::bounds::Bounds;
use crate::model::bug::Bug;
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

/// How many mutants are explored at once.
const THREADS: usize = 2;

/// Explores every mutant, telling `out` as it goes.
///
/// # Errors
/// `out` can't be written to.
pub fn mutants(
    out: &mut (dyn Write + Send),
    elapsed: &(dyn Fn() -> Duration + Sync),
) -> io::Result<Report> {
    let all = seeds();
    let waiting = Mutex::new(all.iter().enumerate());
    let out = Mutex::new(out);
    let results = Mutex::new(Vec::new());
    let work = || -> io::Result<()> {
        loop {
            let next = waiting.lock().ok().and_then(|mut waiting| waiting.next());
            let Some((at, seed)) = next else { return Ok(()) };
            let explored = seed.explore();
            let sound = explore_one(&seed.bounds, None);
            if let (Some(violation), Ok(mut out)) = (&sound.violation, out.lock()) {
                writeln!(out, "{}: BROKEN WITHOUT THE BUG: {}", seed.name, violation.what)?;
                violation.story.iter().try_for_each(|line| writeln!(out, "    {line}"))?;
            }
            if let Ok(mut out) = out.lock() {
                tell(&mut **out, seed, &explored)?;
            }
            if let Ok(mut results) = results.lock() {
                results.push((at, seed.name, explored));
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_thread| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().map_err(|_panic| io::Error::other("an exploration panicked"))?
        })
    })?;
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(at, _, _)| *at);
    let caught = results.iter().filter(|(_, _, explored)| explored.violation.is_some()).count();
    if let Ok(mut out) = out.lock() {
        let seconds = elapsed().as_secs();
        writeln!(out, "{caught} of {} mutants caught, {seconds} s", all.len())?;
    }
    let each: Vec<serde_json::Value> = results
        .iter()
        .map(|(_, name, explored)| {
            json!({
                "name": name,
                "caught": explored.violation.is_some(),
                "broken": explored.violation.as_ref().map(|violation| violation.what),
                "states": explored.states,
                "steps": explored.violation.as_ref().map(|violation| &violation.story),
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

fn tell(out: &mut dyn Write, seed: &Seed, explored: &Explored) -> io::Result<()> {
    let states = explored.states;
    match &explored.violation {
        Some(violation) => {
            let steps = violation.story.len();
            let what = violation.what;
            writeln!(out, "{}: caught in {steps} steps ({states} states): {what}", seed.name)
        }
        None => writeln!(out, "{}: NOT CAUGHT in {states} states of {}", seed.name, seed.bounds),
    }
}
