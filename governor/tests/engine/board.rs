//! The board as workers see it.

use std::sync::Arc;

use flyball_governor::core::{Board, Switch, WideScope};
use flyball_governor::{Governor, GovernorError, Policy, Stop, StopMode, Tried, UnixMillis};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::support::{Bench, Counting, bench};

fn switch(reason: &str) -> Switch {
    let stop = Stop {
        mode: StopMode::Stop,
        reason: reason.to_owned(),
        author: "mia".to_owned(),
        until: None,
    };
    Switch { stop, since: UnixMillis(1_000_000), ramp_ms: 10_000 }
}

async fn ask_at_once(bench: &Bench, jobs: usize) -> Result<Vec<Board>, GovernorError> {
    stream::iter(0..jobs)
        .map(|_| {
            let governor = bench.governor.clone();
            async move { governor.board().await.map(|board| (*board).clone()) }
        })
        .buffer_unordered(jobs)
        .try_collect()
        .await
}

#[tokio::test]
async fn a_hundred_jobs_that_ask_at_once_make_one_read_a_second() {
    let bench = bench(Policy::STANDARD).await;
    let boards = ask_at_once(&bench, 100).await.unwrap();
    assert_eq!((boards.len(), bench.sent.take()), (100, 1));
    assert!(boards.iter().all(|board| *board == Board::default()), "no board is an empty one");
    bench.clock.advance(999);
    ask_at_once(&bench, 100).await.unwrap();
    assert_eq!(bench.sent.take(), 0);
    bench.clock.advance(1);
    ask_at_once(&bench, 100).await.unwrap();
    assert_eq!(bench.sent.take(), 1);
}

#[tokio::test]
async fn a_switch_is_seen_a_second_after_it_was_set_at_the_latest() {
    let bench = bench(Policy::STANDARD).await;
    assert!(bench.governor.board().await.unwrap().switches.is_empty());
    let Tried::Done(written) =
        bench.governor.switch_on(&WideScope::All, &switch("drill")).await.unwrap()
    else {
        unreachable!("an empty board has room")
    };
    assert_eq!(written.switches[&WideScope::All], switch("drill"));
    bench.clock.advance(Policy::STANDARD.look_age_ms);
    assert_eq!(*bench.governor.board().await.unwrap(), written);
    assert_eq!(bench.governor.read_board().await.unwrap(), written);
}

#[tokio::test]
async fn a_switch_that_is_lifted_ends_now_and_is_lifted_once() {
    let bench = bench(Policy::STANDARD).await;
    let shopify: WideScope = "shopify".parse().unwrap();
    assert!(matches!(bench.governor.switch_off(&shopify).await.unwrap(), Tried::Refused(Some(_))));
    bench.governor.switch_on(&shopify, &switch("drill")).await.unwrap();
    bench.clock.advance(5_000);
    let Tried::Done(board) = bench.governor.switch_off(&shopify).await.unwrap() else {
        unreachable!("it stands")
    };
    let until = board.switches[&shopify].stop.until;
    assert_eq!(until, Some(UnixMillis(1_005_000)));
    assert!(matches!(bench.governor.switch_off(&shopify).await.unwrap(), Tried::Refused(Some(_))));
}

#[tokio::test]
async fn a_board_that_cannot_be_read_is_an_error_and_never_an_older_board() {
    let bench = bench(Policy::STANDARD).await;
    bench.governor.board().await.unwrap();
    bench.clock.advance(Policy::STANDARD.look_age_ms);
    bench.sent.cut();
    bench.sent.take();
    let error = ask_at_once(&bench, 100).await.unwrap_err();
    assert!(matches!(error, GovernorError::Unanswered { .. }), "{error}");
    bench.sent.mend();
    assert_eq!(*bench.governor.board().await.unwrap(), Board::default());
}

#[tokio::test]
async fn those_who_wait_for_a_read_that_fails_share_its_failure() {
    let bench = bench(Policy::STANDARD).await;
    let entropy = Arc::new(Counting::default());
    let clock = Arc::new(bench.clock.clone());
    let governor =
        Governor::new(bench.client.clone(), "no-such-table", Policy::STANDARD, clock, entropy);
    let answers: Vec<_> = stream::iter(0..100)
        .map(|_| {
            let governor = governor.clone();
            async move { governor.board().await }
        })
        .buffer_unordered(100)
        .collect()
        .await;
    assert!(answers.iter().all(Result::is_err));
    assert_eq!(bench.sent.take(), 1);
    assert!(governor.board().await.is_err(), "the next to ask reads again");
    assert_eq!(bench.sent.take(), 1);
}

#[tokio::test]
async fn a_board_is_made_where_there_is_none_and_left_where_there_is_one() {
    let bench = bench(Policy::STANDARD).await;
    assert_eq!(bench.governor.read_or_make_board().await.unwrap(), Board::default());
    assert_eq!(bench.sent.take(), 2);
    bench.governor.switch_on(&WideScope::All, &switch("drill")).await.unwrap();
    assert_eq!(bench.sent.take(), 1, "there is a board to set it on");
    let board = bench.governor.read_or_make_board().await.unwrap();
    assert_eq!(board.switches[&WideScope::All], switch("drill"));
    assert_eq!(bench.sent.take(), 1);
}
