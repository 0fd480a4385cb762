//! The line before a wide lane: one place for each, and what a call does to it.

use flyball_governor::{LaneId, LeaseId, Parked, Policy, Stood, UnixMillis, Waiting};

use crate::support::{Bench, bench};

/// How long somebody who is called is given to come, in milliseconds.
const GIVEN_MS: u64 = Policy::STANDARD.wake_again_ms;

fn wide() -> LaneId {
    "wide.shopify".parse().unwrap()
}

fn id(name: &str) -> LeaseId {
    name.parse().unwrap()
}

fn place(bench: &Bench, name: &str, class: u8) -> Waiting {
    let kind = "orders".parse().unwrap();
    Waiting { id: id(name), kind, class, since: bench.governor.now() }
}

async fn stands(bench: &Bench, name: &str, class: u8) -> Stood {
    bench.clock.advance(1);
    let place = place(bench, name, class);
    bench.governor.stand_in_line(&wide(), &place, &format!("call {name}")).await.unwrap()
}

async fn line(bench: &Bench) -> Vec<Parked> {
    bench.governor.parked(&wide()).await.unwrap()
}

async fn names(bench: &Bench) -> Vec<String> {
    line(bench).await.iter().map(|row| row.id.to_string()).collect()
}

async fn call(bench: &Bench, name: &str) -> bool {
    bench.governor.call(&wide(), &id(name)).await.unwrap()
}

#[tokio::test]
async fn whoever_stands_in_line_keeps_one_place_until_it_goes_to_the_end() {
    let bench = bench(Policy::STANDARD).await;
    assert_eq!(stands(&bench, "a", 0).await, Stood::AtTheEnd);
    assert_eq!(stands(&bench, "b", 0).await, Stood::AtTheEnd);
    assert_eq!(stands(&bench, "a", 0).await, Stood::WhereItWas);
    assert_eq!(names(&bench).await, ["a", "b"]);
    bench.clock.advance(1);
    let governor = &bench.governor;
    assert!(governor.go_to_the_end(&wide(), &place(&bench, "a", 0), "call a").await.unwrap());
    assert_eq!(names(&bench).await, ["b", "a"]);
    assert!(!governor.go_to_the_end(&wide(), &place(&bench, "c", 0), "call c").await.unwrap());
    assert_eq!(names(&bench).await, ["b", "a"], "whoever is not there is not put there");
}

#[tokio::test]
async fn one_caller_calls_and_the_next_only_when_the_time_of_the_call_is_over() {
    let bench = bench(Policy::STANDARD).await;
    stands(&bench, "a", 0).await;
    assert!(call(&bench, "a").await);
    assert!(!call(&bench, "a").await, "somebody has");
    assert!(!call(&bench, "z").await, "nobody stands there");
    bench.clock.advance(GIVEN_MS - 1);
    assert!(!call(&bench, "a").await);
    bench.clock.advance(1);
    assert!(call(&bench, "a").await, "it did not come");
    bench.governor.end_call(&wide(), &id("a")).await.unwrap();
    assert!(call(&bench, "a").await, "the call came to nothing");
    bench.governor.end_call(&wide(), &id("z")).await.unwrap();
    assert_eq!(names(&bench).await, ["a"], "to end a call puts nobody in line");
}

#[tokio::test]
async fn a_call_is_over_when_its_turn_was_had() {
    let bench = bench(Policy::STANDARD).await;
    stands(&bench, "a", 0).await;
    assert!(call(&bench, "a").await);
    let place = place(&bench, "a", 0);
    assert!(bench.governor.go_to_the_end(&wide(), &place, "call a").await.unwrap());
    assert_eq!(line(&bench).await.first().unwrap().called, None);
}

#[tokio::test]
async fn work_that_came_after_a_place_was_read_keeps_it() {
    let bench = bench(Policy::STANDARD).await;
    stands(&bench, "a", 0).await;
    call(&bench, "a").await;
    let read = line(&bench).await.pop().unwrap();
    assert_eq!(read.called, Some(bench.governor.now().plus(GIVEN_MS)));
    stands(&bench, "a", 0).await;
    bench.governor.leave_line(&wide(), &read).await.unwrap();
    let read = line(&bench).await.pop().unwrap();
    assert_eq!(read.called, None, "it can be called anew");
    bench.governor.leave_line(&wide(), &read).await.unwrap();
    assert_eq!(names(&bench).await, [""; 0]);
    bench.governor.leave_line(&wide(), &read).await.unwrap();
    assert_eq!(names(&bench).await, [""; 0], "to leave twice does no harm");
}

#[tokio::test]
async fn a_place_counts_as_of_the_best_class_that_has_joined_it() {
    let bench = bench(Policy::STANDARD).await;
    let class = async || line(&bench).await.pop().unwrap().class;
    let since: UnixMillis = {
        stands(&bench, "a", 2).await;
        line(&bench).await.pop().unwrap().since
    };
    for (joins, counts) in [(3, 2), (0, 0), (1, 0)] {
        stands(&bench, "a", joins).await;
        assert_eq!(class().await, counts);
    }
    assert_eq!(line(&bench).await.pop().unwrap().since, since);
}
