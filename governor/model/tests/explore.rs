//! Small worlds are explored to their end, and every seeded bug is found.

use std::collections::BTreeSet;

use flyball_governor_model::explore::{configurations, explore_one};
use flyball_governor_model::model::bounds::{Bounds, Faults};
use flyball_governor_model::mutants::seeds;

fn one(faults: Faults) -> Bounds {
    Bounds { requests: &[0], kinds: &[0], faults, ..Bounds::calm("small") }
}

#[test]
fn small_worlds_keep_every_promise() {
    let none = Faults::NONE;
    let worlds = [
        Bounds::calm("calm"),
        one(Faults { crash: 1, ..none }),
        one(Faults { failure: 1, throttle: 1, ..none }),
        one(Faults { late: 1, duplicate: 1, ..none }),
        one(Faults { lost: 1, ..none }),
        one(Faults { stop: 1, inconclusive: 1, ..none }),
        Bounds { wide: Some(1), cap: 2, ..Bounds::calm("wide") },
    ];
    for bounds in worlds {
        let explored = explore_one(&bounds, None);
        assert!(explored.violation.is_none(), "{bounds}: {:#?}", explored.violation);
        assert!(explored.complete, "{bounds}");
        assert!(explored.states > 100, "{bounds}: {} states", explored.states);
    }
}

#[test]
fn every_mutant_is_caught() {
    let seeds = seeds();
    let names: BTreeSet<&str> = seeds.iter().map(|seed| seed.name).collect();
    assert_eq!(names.len(), seeds.len());
    assert!(seeds.len() >= 24, "only {} mutants", seeds.len());
    let uncaught: Vec<&str> = seeds
        .iter()
        .filter(|seed| seed.explore().violation.is_none())
        .map(|seed| seed.name)
        .collect();
    assert_eq!(uncaught, Vec::<&str>::new());
}

#[test]
fn an_exploration_is_the_same_every_time() {
    let bounds = one(Faults { crash: 1, lost: 1, ..Faults::NONE });
    let [first, second] = [(); 2].map(|()| explore_one(&bounds, None));
    assert_eq!((first.states, first.steps), (second.states, second.steps));
}

#[test]
fn a_counter_example_reads_as_a_story() {
    let seeds = seeds();
    let seed = seeds.iter().find(|seed| seed.name == "no mark");
    let violation = seed.and_then(|seed| seed.explore().violation);
    let violation = violation.map(|violation| (violation.what, violation.story));
    let Some((what, story)) = violation else { unreachable!("this mutant is caught") };
    assert_eq!(what, "promise 3: a parked job that nobody will look at");
    assert!(story.iter().any(|line| line.contains("worker 1 puts the row")), "{story:#?}");
    assert!(story.last().is_some_and(|line| line.contains("deletes its message")), "{story:#?}");
}

#[test]
fn worlds_have_names_of_their_own() {
    let all = configurations();
    let names: BTreeSet<&str> = all.iter().map(|bounds| bounds.name).collect();
    assert_eq!(names.len(), all.len());
}
