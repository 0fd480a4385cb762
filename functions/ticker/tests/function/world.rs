//! Jobs to send for, and who was sent for.

use flyball_domain::{Drain, Integration, Kind, Message};
use flyball_governor::core::transitions::mark;
use flyball_governor::{LaneId, LaneSpec, Waiting};
use flyball_queue::{Queue as _, Receive};
use flyball_tests::deployment::Services;

/// Parks a job of a store, so that somebody has to be sent for it now.
pub(crate) async fn park(services: &Services, name: &str) {
    let governor = &services.stores.governor;
    let lane: LaneId = name.parse().unwrap();
    let group = Some(Integration::Shopify.as_str().parse().unwrap());
    governor.create(&lane, &LaneSpec { group, cap: 2 }).await.unwrap();
    let (id, kind) = ("row".parse().unwrap(), Kind::Products.as_str().parse().unwrap());
    let waiting = Waiting { id, kind, class: 1, since: governor.now() };
    governor.park(&lane, &waiting, "some work", "a request").await.unwrap();
    governor.apply(&lane, &mark(governor.now())).await.unwrap();
}

/// The accounts whose lots were sent for since the last time, one entry a message.
pub(crate) async fn sent_for(services: &Services) -> Vec<String> {
    let queue = services.queue(Integration::Shopify, Kind::Products);
    let ask = Receive { messages_max: 10, visibility_ms: 60_000, wait_ms: 0 };
    let mut accounts = Vec::new();
    loop {
        let received = queue.receive(ask).await.unwrap();
        if received.is_empty() {
            return accounts;
        }
        for message in received {
            queue.delete(&message.receipt).await.unwrap();
            match Message::parse(&message.body).unwrap() {
                Message::Drain(Drain { account, .. }) => accounts.push(account.to_string()),
                import @ Message::Import(_) => unreachable!("nothing is scheduled: {import:?}"),
            }
        }
    }
}
