//! Chores: a turn is done by one at a time, from where the last one left off, and once.

use flyball_governor::{Chore, Claimed, Policy, Progress, Round, Turn};

use crate::support::bench;

/// How long a turn stays with whoever went silent.
const KEPT_MS: u64 = 15_000;

const BEGINNING: Claimed = Claimed::ToDo { at: None, done: None };

fn turn(number: u64, by: &str) -> Turn {
    Turn { chore: Chore::Sweep, number, by: by.parse().unwrap() }
}

#[tokio::test]
async fn a_turn_is_one_tickers_until_it_goes_silent_and_its_successor_goes_on_where_it_was() {
    let bench = bench(Policy::STANDARD).await;
    let governor = &bench.governor;
    let (mine, other) = (turn(7, "mine"), turn(7, "other"));
    assert_eq!(governor.claim_turn(&mine).await.unwrap(), BEGINNING);
    let until = governor.now().plus(KEPT_MS);
    assert_eq!(governor.claim_turn(&other).await.unwrap(), Claimed::BySomebodyElse(until));
    governor.leave_off(&mine, &Progress::To("lane 9".to_owned())).await.unwrap();
    let here = Claimed::ToDo { at: Some("lane 9".to_owned()), done: None };
    assert_eq!(governor.claim_turn(&mine).await.unwrap(), here, "a lost reply is asked for again");

    bench.clock.advance(KEPT_MS);
    assert_eq!(governor.claim_turn(&other).await.unwrap(), here);
    governor.leave_off(&mine, &Progress::Done).await.unwrap();
    governor.leave_off(&mine, &Progress::To("lane 1".to_owned())).await.unwrap();
    assert_eq!(governor.claim_turn(&other).await.unwrap(), here, "the overtaken changes nothing");

    governor.leave_off(&other, &Progress::Done).await.unwrap();
    for by in [&mine, &other] {
        assert_eq!(governor.claim_turn(by).await.unwrap(), Claimed::Done);
    }
    let next = governor.claim_turn(&turn(9, "mine")).await.unwrap();
    assert_eq!(next, Claimed::ToDo { at: None, done: Some(7) }, "it shows what was missed");
}

#[tokio::test]
async fn the_next_turn_begins_at_the_beginning_and_chores_do_not_meet() {
    let bench = bench(Policy::STANDARD).await;
    let governor = &bench.governor;
    governor.claim_turn(&turn(7, "mine")).await.unwrap();
    governor.leave_off(&turn(7, "mine"), &Progress::To("lane 9".to_owned())).await.unwrap();
    assert_eq!(governor.claim_turn(&turn(8, "other")).await.unwrap(), BEGINNING);
    for chore in [
        Chore::Return("shopify".parse().unwrap(), Round::First),
        Chore::Return("shopify".parse().unwrap(), Round::Second),
        Chore::Lift("shopify/orders".parse().unwrap(), Round::First),
    ] {
        let turn = Turn { chore, ..turn(8, "mine") };
        assert_eq!(governor.claim_turn(&turn).await.unwrap(), BEGINNING, "{turn:?}");
    }
}

#[tokio::test]
async fn what_is_given_back_is_the_next_ones_at_once_from_where_it_was_left_off() {
    let bench = bench(Policy::STANDARD).await;
    let governor = &bench.governor;
    let (mine, other) = (turn(7, "mine"), turn(7, "other"));
    governor.claim_turn(&mine).await.unwrap();
    governor.leave_off(&mine, &Progress::To("lane 9".to_owned())).await.unwrap();
    governor.leave_off(&other, &Progress::GivenBack).await.unwrap();
    assert!(matches!(governor.claim_turn(&other).await.unwrap(), Claimed::BySomebodyElse(_)));
    governor.leave_off(&mine, &Progress::GivenBack).await.unwrap();
    let here = Claimed::ToDo { at: Some("lane 9".to_owned()), done: None };
    assert_eq!(governor.claim_turn(&other).await.unwrap(), here);
}

#[tokio::test]
async fn a_turn_that_was_begun_is_known_until_it_is_done() {
    let bench = bench(Policy::STANDARD).await;
    let governor = &bench.governor;
    assert_eq!(governor.unfinished_turn(&Chore::Sweep).await.unwrap(), None);
    governor.claim_turn(&turn(7, "mine")).await.unwrap();
    assert_eq!(governor.unfinished_turn(&Chore::Sweep).await.unwrap(), Some(7));
    governor.leave_off(&turn(7, "mine"), &Progress::Done).await.unwrap();
    assert_eq!(governor.unfinished_turn(&Chore::Sweep).await.unwrap(), None);
}

#[tokio::test]
async fn nobody_goes_back_to_a_turn_before_the_one_that_is_under_way() {
    let bench = bench(Policy::STANDARD).await;
    let governor = &bench.governor;
    governor.claim_turn(&turn(8, "mine")).await.unwrap();
    governor.leave_off(&turn(8, "mine"), &Progress::GivenBack).await.unwrap();
    assert_eq!(governor.claim_turn(&turn(7, "other")).await.unwrap(), Claimed::Done);
    assert_eq!(governor.unfinished_turn(&Chore::Sweep).await.unwrap(), Some(8));
}

#[tokio::test]
async fn the_duty_of_one_who_went_silent_is_anothers_within_six_seconds() {
    let bench = bench(Policy::STANDARD).await;
    let governor = &bench.governor;
    let duty = |by| Turn { chore: Chore::Duty, ..turn(0, by) };
    governor.claim_turn(&duty("mine")).await.unwrap();
    bench.clock.advance(5_999);
    assert!(matches!(
        governor.claim_turn(&duty("other")).await.unwrap(),
        Claimed::BySomebodyElse(_)
    ));
    bench.clock.advance(1);
    assert_eq!(governor.claim_turn(&duty("other")).await.unwrap(), BEGINNING);
}

#[tokio::test]
async fn a_turn_is_neither_taken_nor_left_off_by_a_governor_that_does_not_answer() {
    let bench = bench(Policy::STANDARD).await;
    bench.sent.cut();
    let mine = turn(7, "mine");
    bench.governor.claim_turn(&mine).await.unwrap_err();
    bench.governor.leave_off(&mine, &Progress::Done).await.unwrap_err();
}
