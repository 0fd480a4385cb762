//! What lanes met that speaks of their group.

use flyball_governor::core::breaker::{Evidence, FailedCall, Range};
use flyball_governor::core::transitions::suspect;
use flyball_governor::core::{GroupName, Platform, Suspicion};
use flyball_governor::{
    Admission, FailedCall as FailingCall, Holder, LaneId, LaneSpec, Policy, PushBack, Reach,
    UnixMillis, Witness,
};

use crate::support::{Bench, TABLE, bench, lane_id};

fn group() -> GroupName {
    "shopify".parse().unwrap()
}

async fn between(bench: &Bench, from: u64, to: u64) -> Vec<Evidence> {
    let range = Range { from: UnixMillis(from), to: UnixMillis(to) };
    bench.governor.evidence(&group(), range).await.unwrap()
}

#[tokio::test]
async fn what_a_lane_met_in_half_a_minute_is_one_row_and_one_write() {
    let bench = bench(Policy::STANDARD).await;
    let lane = lane_id();
    for _ in 0..3 {
        let failed = Witness::Failed { began: UnixMillis(990_000) };
        bench.governor.witness(&group(), &lane, failed).await;
        assert_eq!(bench.sent.take(), 1);
        bench.clock.advance(1_000);
    }
    bench.governor.witness(&group(), &lane, Witness::Succeeded).await;
    let call = FailedCall { began: UnixMillis(990_000), found: UnixMillis(1_002_000) };
    let row =
        Evidence { lane: lane.to_string(), failed: Some(call), ok: Some(UnixMillis(1_003_000)) };
    assert_eq!(between(&bench, 1_000_000, 1_010_000).await, [row]);
}

#[tokio::test]
async fn a_look_at_the_evidence_sees_its_time_and_its_group_alone() {
    let bench = bench(Policy::STANDARD).await;
    let other: GroupName = "magento".parse().unwrap();
    bench.governor.witness(&other, &lane_id(), Witness::Succeeded).await;
    for n in 0..4 {
        let lane: LaneId = format!("lane-{n}").parse().unwrap();
        bench.governor.witness(&group(), &lane, Witness::Succeeded).await;
        bench.clock.advance(30_000);
    }
    let lanes = |rows: Vec<Evidence>| rows.into_iter().map(|row| row.lane).collect::<Vec<_>>();
    assert_eq!(lanes(between(&bench, 1_030_000, 1_060_000).await), ["lane-2", "lane-1"]);
    assert_eq!(between(&bench, 0, 2_000_000).await.len(), 4);
}

#[tokio::test]
async fn evidence_that_cannot_be_written_fails_nobody() {
    let bench = bench(Policy::STANDARD).await;
    bench.sent.cut();
    bench.governor.witness(&group(), &lane_id(), Witness::Succeeded).await;
    bench.sent.mend();
    assert_eq!(between(&bench, 0, 2_000_000).await, []);
}

#[tokio::test]
async fn a_row_of_evidence_is_kept_for_a_day() {
    let bench = bench(Policy::STANDARD).await;
    bench.governor.witness(&group(), &lane_id(), Witness::Succeeded).await;
    let scan = bench.client.scan().table_name(TABLE).send().await.unwrap();
    let ttl = scan.items()[0]["ttl"].as_n().unwrap();
    assert_eq!(*ttl, (1_000 + 86_400).to_string(), "in seconds, as DynamoDB counts them");
}

#[tokio::test]
async fn a_trip_that_speaks_of_the_group_leaves_evidence_and_one_of_the_lane_alone_none() {
    for (reach, rows) in [(Reach::Group, 1), (Reach::Lane, 0)] {
        let bench = bench(Policy::STANDARD).await;
        let holder = admitted(&bench, &lane_id()).await;
        let began = bench.governor.now();
        bench.clock.advance(500);
        let call = FailingCall { reach, ..FailingCall::new(began, "server_error", "HTTP 503") };
        holder.pushed_back(&PushBack::Unavailable { call, until: None }).await.unwrap();
        let met = between(&bench, 1_000_000, 1_010_000).await;
        let call = FailedCall { began, found: began.plus(500) };
        let row = Evidence { lane: lane_id().to_string(), failed: Some(call), ok: None };
        assert_eq!(met, vec![row; rows], "{reach:?}");
    }
}

/// A job that runs in this lane.
async fn admitted(bench: &Bench, lane: &LaneId) -> Holder {
    let spec = LaneSpec { group: Some(group()), cap: 1 };
    let claim = bench.governor.claim("a".parse().unwrap(), "products".parse().unwrap());
    match bench.governor.admit(lane, &claim, &spec).await.unwrap() {
        Admission::Admitted(holder) => *holder,
        Admission::Refused(refusal) => unreachable!("{refusal:?}"),
    }
}

/// It fails in a way that speaks of its group.
async fn fail(bench: &Bench, holder: Holder) {
    let call = FailingCall::new(bench.governor.now(), "server_error", "HTTP 503");
    let call = FailingCall { reach: Reach::Group, ..call };
    holder.pushed_back(&PushBack::Unavailable { call, until: None }).await.unwrap();
}

fn numbered(n: u64) -> LaneId {
    format!("lane-{n}").parse().unwrap()
}

#[tokio::test]
async fn whoever_fails_as_the_last_of_enough_suspects_the_group_and_knows_it_at_once() {
    let bench = bench(Policy::STANDARD).await;
    bench.governor.read_or_make_board().await.unwrap();
    let last = Policy::STANDARD.suspects_min - 1;
    for n in 0..last {
        fail(&bench, admitted(&bench, &numbered(n)).await).await;
    }
    assert_eq!(bench.governor.board().await.unwrap().platforms.get(&group()), None);
    fail(&bench, admitted(&bench, &numbered(last)).await).await;
    let board = bench.governor.board().await.unwrap();
    let suspected = Suspicion {
        since: bench.governor.now(),
        one_in: 3,
        until: bench.governor.now().plus(15_000),
        ramp_ms: Policy::STANDARD.return_spread_ms,
        over: None,
    };
    assert_eq!(board.platforms.get(&group()), Some(&Platform::Suspected(suspected)));
}

#[tokio::test]
async fn a_process_of_which_a_job_has_failed_knows_at_once_that_others_suspect_the_group() {
    let bench = bench(Policy::STANDARD).await;
    let holder = admitted(&bench, &lane_id()).await;
    bench.governor.board().await.unwrap();
    let suspicion = Suspicion::of_nobody(bench.governor.now());
    bench.governor.apply_to_board(&suspect(&group(), None, suspicion)).await.unwrap();
    assert_eq!(bench.governor.board().await.unwrap().platforms.get(&group()), None, "not a second");
    fail(&bench, holder).await;
    let board = bench.governor.board().await.unwrap();
    assert_eq!(board.platforms.get(&group()), Some(&Platform::Suspected(suspicion)));
}

#[tokio::test]
async fn whoever_fails_under_a_suspicion_holds_a_crowd_harder_that_turns_out_larger() {
    let bench = bench(Policy::STANDARD).await;
    bench.governor.read_or_make_board().await.unwrap();
    let mut running = Vec::new();
    for n in 0..20 {
        running.push(admitted(&bench, &numbered(n)).await);
    }
    for holder in running {
        fail(&bench, holder).await;
    }
    let board = bench.governor.board().await.unwrap();
    let Some(Platform::Suspected(suspicion)) = board.platforms.get(&group()) else {
        unreachable!("{board:?}")
    };
    assert_eq!((suspicion.one_in, suspicion.since), (12, bench.governor.now()));
}

#[tokio::test]
async fn who_can_not_count_the_others_ends_as_ever() {
    let bench = bench(Policy::STANDARD).await;
    for n in 0..Policy::STANDARD.suspects_min {
        fail(&bench, admitted(&bench, &numbered(n)).await).await;
    }
    let board = bench.governor.read_board().await.unwrap();
    assert_eq!(board.platforms.get(&group()), None, "nobody has made a board yet");
}
