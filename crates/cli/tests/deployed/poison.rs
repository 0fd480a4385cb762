use flyball_domain::{Integration, Kind};
use flyball_tests::world::{differences_of, eventually_within};
use serde_json::Value;

use crate::place::{PATIENCE, Place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_cannot_be_read_holds_up_no_other_and_comes_with_a_replay_once_mended() {
    let place = Place::deployed().await;
    let dials = ["products/unreadable=3"];
    let shop = place.dialed_shop("garbled-store", Integration::Magento, "7d", &dials).await;
    let bad = shop.store.truth().nth(3).unwrap();

    let missing = eventually_within(PATIENCE, async || {
        let missing = differences_of(&place.emulated.records, &shop, Kind::Products).await;
        (missing.len() == 1).then_some(missing)
    });
    let Some(missing) = missing.await else { unreachable!("{}", place.emulated.log()) };
    assert!(missing[0].contains(bad.id.as_str()), "{missing:?}");
    let errors = ["errors", "--account", "garbled-store"];
    let inbox = place.at_api(&errors).await;
    assert_eq!(
        (&inbox["count"], &inbox["groups"][0]["code"]),
        (&1.into(), &"ROW_UNREADABLE".into())
    );
    let name = inbox["groups"][0]["ids"][0].as_str().unwrap();
    let aside = place.at_api(&["errors", name]).await;
    assert_eq!((&aside["record"], &aside["kind"]), (&bad.id.as_str().into(), &"products".into()));
    let input: Value = serde_json::from_str(aside["input"].as_str().unwrap()).unwrap();
    assert_eq!((input["id"].to_string(), &input["price"]), (bad.id.to_string(), &"twelve".into()));

    // No schedule asks for it within the test: only the replay does.
    shop.dial(&[]);
    let asked = place.at_api(&["replay", name]).await;
    assert_eq!(asked["asked"].as_array().map(Vec::len), Some(1), "{asked}");
    place.imported(&shop, Kind::Products).await;
    let closed = eventually_within(PATIENCE, async || {
        let (left, _) = place.emulated.records.asides(&shop.account, None, 1).await.unwrap();
        left.is_empty().then_some(())
    });
    assert!(closed.await.is_some(), "{}", place.emulated.log());
    assert_eq!(place.at_api(&errors).await["count"], 0);
}
