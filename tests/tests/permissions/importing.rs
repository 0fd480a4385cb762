//! Everything that an importer may have to do.

use flyball_domain::{Field, Mode, Row, UnixMillis, VendorId};
use flyball_governor::core::transitions::unsuspect;
use flyball_governor::core::{GroupName, Platform};
use flyball_governor::{Admission, LaneSpec, Witness};
use flyball_records::Run;
use flyball_tests::world::{Shop, eventually};

use super::stage::{Importing, Stage};

/// Imports everything of a shop, and leaves a message for newer code.
pub(super) async fn plainly(function: &Importing<'_>) {
    let shop = function.shop(&format!("plain-{}", function.name())).await;
    function.run(&shop.job(Mode::Incremental)).await;
    function.leave_for_newer(&shop.account).await;
}

/// Meets a lane that is in use, waits in its lot, and is sent for.
pub(super) async fn parked(stage: &Stage, function: &Importing<'_>) {
    let shop = function.shop(&format!("parked-{}", function.name())).await;
    let governor = &stage.stores.governor;
    let kind = function.kind.as_str().parse().unwrap();
    let claim = governor.claim("another".parse().unwrap(), kind);
    let admission = governor.admit(&shop.lane, &claim, &LaneSpec::alone(1)).await.unwrap();
    let Admission::Admitted(holder) = admission else { panic!("{admission:?}") };
    function.run(&shop.job(Mode::Incremental)).await;
    function.run(&shop.job(Mode::Reconcile)).await;
    holder.finished().await.unwrap();
    drained(stage, function, &shop).await;
}

/// Looks at a lot until nothing is in it.
async fn drained(stage: &Stage, function: &Importing<'_>, shop: &Shop) {
    eventually("an empty lot", async || {
        function.drain(shop).await;
        let left = stage.stores.governor.parked(&shop.lane).await.unwrap();
        left.is_empty().then_some(())
    })
    .await;
}

/// Meets a store that is down, and finds out that it is back.
pub(super) async fn down(stage: &Stage, function: &Importing<'_>) {
    let shop = function.shop("down").await;
    shop.dial(&["status=503@first=2"]);
    function.run(&shop.job(Mode::Incremental)).await;
    drained(stage, function, &shop).await;
}

/// Meets a store that is down as the last of several of its platform.
pub(super) async fn suspecting(stage: &Stage, function: &Importing<'_>) {
    let governor = &stage.stores.governor;
    let group: GroupName = function.integration.as_str().parse().unwrap();
    let began = governor.now();
    for n in 1..governor.policy().suspects_min {
        let lane = format!("failing-{n}").parse().unwrap();
        governor.witness(&group, &lane, Witness::Failed { began }).await;
    }
    let shop = function.shop("last-of-several").await;
    shop.dial(&["status=503@first=1"]);
    function.run(&shop.job(Mode::Incremental)).await;
    let board = governor.read_board().await.unwrap();
    let suspected = &board.platforms[&group];
    assert!(matches!(suspected, Platform::Suspected(_)), "{suspected:?}");
    governor.apply_to_board(&unsuspect(&group, suspected)).await.unwrap();
}

/// Meets a store that knows the account no more.
pub(super) async fn rejected(stage: &Stage, function: &Importing<'_>) {
    let shop = function.shop("rejected").await;
    let accounts = &stage.stores.accounts;
    let mut account = accounts.get(&shop.account).await.unwrap();
    account.kinds.insert(function.kind);
    accounts.put(&account).await.unwrap();
    shop.dial(&["status=401"]);
    function.run(&shop.job(Mode::Incremental)).await;
}

/// Meets a record that can't be read, and then can.
pub(super) async fn poisoned(function: &Importing<'_>) {
    let shop = function.shop("poisoned").await;
    shop.dial(&["poison=3"]);
    function.run(&shop.job(Mode::Incremental)).await;
    shop.dial(&[]);
    function.run(&shop.job(Mode::Reconcile)).await;
}

/// Finds out that records are gone, by comparing and by asking for one.
pub(super) async fn gone(function: &Importing<'_>) {
    let shop = function.shop("gone").await;
    function.run(&shop.job(Mode::Incremental)).await;
    let ids: Vec<VendorId> = shop.store.truth().map(|product| product.id).take(2).collect();
    for id in &ids {
        shop.store.delete(id).unwrap();
    }
    let [one, _] = &ids[..] else { panic!("{ids:?}") };
    function.run(&shop.job(Mode::Record { id: one.clone() })).await;
    function.run(&shop.job(Mode::Reconcile)).await;
}

/// Finds a record stored of which it is not told all that was known before.
pub(super) async fn merged(stage: &Stage, function: &Importing<'_>) {
    let shop = function.shop("merged").await;
    let mut known = shop.store.truth().next().unwrap();
    known.updated_at = UnixMillis(1);
    known.title = Field::Absent;
    let job = shop.job(Mode::Incremental);
    let (key, fence) = (job.key(), 0);
    let run = Run::new(&key, fence, UnixMillis(1));
    let page = [Row::Good(known.into())];
    stage.stores.records.write_page(&run, 0, &page).await.unwrap();
    function.run(&job).await;
}

/// Takes so long that it has to look at its lane in the middle.
pub(super) async fn slow(function: &Importing<'_>) {
    let shop = function.shop("slow").await;
    shop.dial(&["latency=700ms"]);
    function.run(&shop.job(Mode::Reconcile)).await;
}

/// Needs a slot of its whole integration, and waits for one.
pub(super) async fn limited(stage: &Stage, function: &Importing<'_>) {
    let governor = &stage.stores.governor;
    let scope = stage.limit_shopify().await;
    let wide = "wide.shopify".parse().unwrap();
    let claim = governor.claim("another".parse().unwrap(), "products".parse().unwrap());
    let admission = governor.admit(&wide, &claim, &LaneSpec::alone(1)).await.unwrap();
    let Admission::Admitted(holder) = admission else { panic!("{admission:?}") };
    let shop = function.shop("limited").await;
    eventually("the switch to be known", async || {
        function.run(&shop.job(Mode::Incremental)).await;
        let waiting = governor.parked(&wide).await.unwrap();
        (!waiting.is_empty()).then_some(())
    })
    .await;
    holder.finished().await.unwrap();
    governor.switch_off(&scope).await.unwrap();
    drained(stage, function, &shop).await;
}
