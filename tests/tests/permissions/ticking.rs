//! Everything that the ticker may have to do.

use flyball_accounts::EveryMinutes;
use flyball_domain::{Drain, Integration, Kind, Message};
use flyball_governor::core::transitions::{self as t, Failing};
use flyball_governor::core::{GroupName, Reach};
use flyball_governor::{Admission, LaneId, LaneSpec, Waiting, Witness};
use flyball_tests::world::eventually;

use super::stage::{Stage, Ticking};

/// Takes the duty, and gives it back.
pub(super) async fn duty(ticking: &Ticking) {
    ticking.ticker.take_duty().await.unwrap();
    ticking.pass().await;
    ticking.ticker.hand_over().await.unwrap();
}

/// Has imports of every integration and kind to send for, in every minute.
pub(super) async fn scheduled(stage: &Stage) {
    let accounts = &stage.stores.accounts;
    for integration in Integration::ALL {
        let shop = stage.shop(*integration, &format!("scheduled-{integration}")).await;
        let mut account = accounts.get(&shop.account).await.unwrap();
        account.kinds = Kind::ALL.iter().copied().collect();
        account.policy.every_minutes = Some(EveryMinutes::try_from(1).unwrap());
        accounts.put(&account).await.unwrap();
    }
}

async fn made(stage: &Stage, name: &str) -> LaneId {
    let lane: LaneId = name.parse().unwrap();
    let spec = LaneSpec { group: Some(group()), cap: 1 };
    stage.stores.governor.create(&lane, &spec).await.unwrap();
    lane
}

fn group() -> GroupName {
    Integration::Shopify.as_str().parse().unwrap()
}

async fn row(stage: &Stage, lane: &LaneId, work: &str) {
    let governor = &stage.stores.governor;
    let (id, kind) = ("row".parse().unwrap(), Kind::Products.as_str().parse().unwrap());
    // Long enough ago that nobody is still about to mark its lane.
    let since = governor.now().minus(3_600_000);
    let waiting = Waiting { id, kind, class: 1, since };
    governor.park(lane, &waiting, work, "a request").await.unwrap();
}

/// Wakes a lane whose job can start, and finds a row that nobody would come for.
pub(super) async fn parked(stage: &Stage, ticking: &Ticking) {
    let lane = made(stage, "waiting").await;
    row(stage, &lane, "some work").await;
    let governor = &stage.stores.governor;
    governor.apply(&lane, &t::mark(governor.now())).await.unwrap();
    let forgotten = made(stage, "forgotten").await;
    row(stage, &forgotten, "some work").await;
    eventually("the sweep", async || {
        ticking.pass().await;
        governor.look(&forgotten).await.unwrap()?.wake.map(drop)
    })
    .await;
}

/// Writes down an outage for a worker that died, and finds a whole integration suspicious.
pub(super) async fn failing(stage: &Stage, ticking: &Ticking) {
    let governor = &stage.stores.governor;
    for n in 0..5 {
        let lane = made(stage, &format!("failing-{n}")).await;
        let claim = governor.claim("some".parse().unwrap(), "products".parse().unwrap());
        let spec = LaneSpec { group: Some(group()), cap: 1 };
        let admission = governor.admit(&lane, &claim, &spec).await.unwrap();
        let Admission::Admitted(holder) = admission else { panic!("{admission:?}") };
        let now = governor.now();
        let failing = Failing {
            first_failed: now,
            now,
            shut: now,
            reach: Reach::Group,
            class: "server_error",
            why: "HTTP 503",
            evidence: "",
        };
        let trip = t::trip(holder.lease(), holder.lane(), &failing);
        governor.apply(&lane, &trip).await.unwrap();
        governor.witness(&group(), &lane, Witness::Failed { began: now }).await;
    }
    eventually("a suspicion", async || {
        ticking.pass().await;
        let board = governor.read_board().await.unwrap();
        (!board.platforms.is_empty()).then_some(())
    })
    .await;
}

/// Lets accounts go that waited for a slot of their whole integration.
pub(super) async fn let_go(stage: &Stage, ticking: &Ticking) {
    let governor = &stage.stores.governor;
    let scope = stage.limit_shopify().await;
    let shop = stage.shop(Integration::Shopify, "let-go").await;
    let wide = made(stage, "wide.shopify").await;
    let drain = Message::Drain(Drain::new(shop.account.clone(), Kind::Products));
    row(stage, &wide, &drain.to_text()).await;
    let rows = governor.parked(&wide).await.unwrap();
    governor.switch_off(&scope).await.unwrap();
    governor.apply(&wide, &t::mark(governor.now())).await.unwrap();
    eventually("nobody who waits", async || {
        ticking.pass().await;
        let waiting = governor.parked(&wide).await.unwrap();
        waiting.is_empty().then_some(())
    })
    .await;
    // As a ticker does that read the lot before another one let them go.
    for row in rows {
        ticking.governor.unpark(&wide, &row.id, &row.requests).await.unwrap();
    }
}
