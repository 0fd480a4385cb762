use flyball_domain::{Integration, Kind, Message};
use flyball_records::AsideCode;
use flyball_tests::world::eventually_within;

use crate::place::{PATIENCE, Place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_a_store_refuses_is_in_the_inbox_with_its_exact_input_until_it_succeeds() {
    let place = Place::deployed().await;
    let shop = place.shop("poison-store", Integration::Magento, "1m").await;
    place.imported(&shop, Kind::Orders).await;

    shop.dial(&["status=400"]);
    let records = &place.emulated.records;
    let aside = eventually_within(PATIENCE, async || {
        let (mut found, _) = records.asides(&shop.account, None, 10).await.unwrap();
        found.pop()
    });
    let Some(aside) = aside.await else { unreachable!("{}", place.emulated.log()) };
    assert_eq!(aside.code, AsideCode::OurFault);
    let input = records.aside_input(&aside).await.unwrap().unwrap();
    let Message::Import(job) = Message::parse(&input).unwrap() else { unreachable!("{input}") };
    assert_eq!((&job.account, job.kind), (&shop.account, aside.kind));
    assert_eq!(Some(job.key()), aside.replay());

    shop.dial(&[]);
    let closed = eventually_within(PATIENCE, async || {
        let (left, _) = records.asides(&shop.account, None, 10).await.unwrap();
        left.is_empty().then_some(())
    });
    assert!(closed.await.is_some(), "{}", place.emulated.log());
}
