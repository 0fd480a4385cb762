//! Every way in which a store can fail, and what becomes of an import that meets it: slowed, backed
//! off from, stopped until reconnected, set aside, or not harmed at all; and that people are told
//! so in words. As docs say of each failure what it counts as.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails, fails its test")]

use flyball_accounts::AccountState;
use flyball_domain::{Job, Kind, Mode, UnixMillis};
use flyball_governor::core::{Move, next_move};
use flyball_governor::{Lane, Outage, Standing, StopCause, standing};
use flyball_importer::Handled;
use flyball_tests::world::{Setup, Shop, World, brisk, differences};
use futures::{StreamExt as _, stream};

/// How many rows of a table are tried at once.
const ROWS_AT_ONCE: usize = 4;

/// A store whose dial was turned, and the job that met it.
struct Struck {
    dial: &'static str,
    world: World,
    shop: Shop,
    job: Job,
    before: UnixMillis,
    after: UnixMillis,
}

impl Struck {
    /// Runs one import, once, against a store with this dial turned.
    async fn by(dial: &'static str) -> Self {
        let mut policy = brisk();
        if dial == "hang" {
            policy.call_timeout_ms = 1_000;
        }
        let world = World::open(policy).await;
        let shop = world.shop("blue-mug", Setup::default()).await;
        shop.dial(&[dial]);
        let job = world.ask(&shop, Mode::Incremental).await;
        let before = world.now();
        assert_eq!(world.handle_next().await, Handled::Done, "{dial}");
        let after = world.now();
        assert_eq!(
            world.queue().counts().await.unwrap().in_flight,
            0,
            "{dial}: the message is gone"
        );
        Self { dial, world, shop, job, before, after }
    }

    async fn lane(&self) -> Lane {
        let lane = self.world.lane(&self.shop).await;
        assert!(lane.held.is_empty() && lane.probe.is_none(), "{}: {lane:?}", self.dial);
        lane
    }

    async fn outages(&self) -> Vec<Outage> {
        self.world.system.stores.governor.outages(&self.shop.lane).await.unwrap()
    }

    /// The store was asked once, and the job waits in the lot.
    async fn assert_parked_after_one_call(&self) {
        assert_eq!(self.shop.store.counters().calls, 1, "{}: nothing is tried twice", self.dial);
        let rows = self.world.system.stores.governor.parked(&self.shop.lane).await.unwrap();
        let requests: Vec<&str> =
            rows.iter().flat_map(|row| &row.requests.ids).map(String::as_str).collect();
        assert_eq!(requests, [self.job.id.to_string()], "{}", self.dial);
    }

    /// Both whoever looks at the lane and whoever asks for a slot while the gate is closed is told
    /// `words`.
    fn assert_explained(&self, lane: &Lane, expected: Standing, words: &str) {
        let gate_closed = flyball_governor::UnixMillis(lane.shut.0.saturating_sub(1));
        let (found, sentences) = standing(lane, gate_closed);
        assert_eq!(found, expected, "{}", self.dial);
        let told: Vec<String> = sentences.iter().map(|said| said.as_of(gate_closed)).collect();
        assert!(told.iter().any(|told| told.contains(words)), "{}: {told:?}", self.dial);

        let governor = &self.world.system.stores.governor;
        let claim = governor.claim("other".parse().unwrap(), "products".parse().unwrap());
        let answer = next_move(lane, &claim, None, gate_closed, &self.world.policy);
        let Move::Wait(refusal) = &answer else { panic!("{}: {answer:?}", self.dial) };
        let why = refusal.sentence().why;
        assert!(why.contains(words), "{}: {why}", self.dial);
    }

    /// Lets the system run until the import is finished with what the store sells.
    async fn assert_finishes(&self) {
        let _workers = self.world.workers(2);
        let _ticking = self.world.ticking();
        self.world.all_settled(&self.shop, std::slice::from_ref(&self.job)).await;
        let records = &self.world.system.stores.records;
        assert_eq!(differences(records, &self.shop).await, [""; 0], "{}", self.dial);
        // Seven tenths of the speed at the first success, all of it at the next.
        let next = self.world.ask(&self.shop, Mode::Incremental).await;
        self.world.all_settled(&self.shop, &[next]).await;
        let lane = self.lane().await;
        assert_eq!((lane.level, lane.slow, lane.ramp), (0, 0, None), "{}", self.dial);
        assert_eq!((lane.limit, lane.down), (2, None), "{}", self.dial);
    }
}

async fn each<T>(rows: impl IntoIterator<Item = T>, row: impl AsyncFn(T)) {
    stream::iter(rows).for_each_concurrent(ROWS_AT_ONCE, |of| row(of)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_asks_for_a_slower_pace_slows_the_lane_and_is_no_outage() {
    // How long the vendor's word is followed, in milliseconds; at most as long as the policy says.
    let rows = [
        ("status=429", Some(500)),
        ("status=429,retry-after=0.3", Some(300)),
        ("status=429,retry-after=3600", Some(500)),
        ("status=429,retry-after=soon", None),
        ("throttled", None),
    ];
    each(rows, async |(dial, wait_ms)| {
        let struck = Struck::by(dial).await;
        struck.assert_parked_after_one_call().await;
        let lane = struck.lane().await;
        assert_eq!((lane.level, lane.slow, lane.down), (0, 1, None), "{dial}");
        assert_eq!(lane.limit, 1, "{dial}: seven tenths of two");
        assert!(lane.shut.0 > struck.before.0, "{dial}");
        if let Some(wait_ms) = wait_ms {
            let followed = struck.before.0 + wait_ms..=struck.after.0 + wait_ms;
            assert!(followed.contains(&lane.shut.0), "{dial}: {:?} in {followed:?}", lane.shut);
        }
        struck.assert_explained(
            &lane,
            Standing::Paused,
            "keeping the pace that the vendor asks for (the vendor asks for a slower pace",
        );
        struck.shop.dial(&[]);
        struck.assert_finishes().await;
        assert_eq!(struck.outages().await, [], "{dial}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unavailable_is_backed_off_from_and_entered_as_one_outage() {
    let rows = [
        ("status=430", "the vendor's firewall refuses us (HTTP 430)"),
        ("status=500", "the store's server fails (HTTP 500)"),
        ("status=502", "the store's server fails (HTTP 502)"),
        ("status=503", "the store's server fails (HTTP 503)"),
        ("status=503,retry-after=0.4", "the store's server fails (HTTP 503)"),
        ("status=504", "the store's server fails (HTTP 504)"),
        ("status=530", "the store's name does not resolve (HTTP 530)"),
        ("error=INTERNAL_SERVER_ERROR", "the store's server fails (HTTP 200): Internal error"),
        ("hang", "the store does not answer in time"),
        ("close", "the store can't be reached"),
        ("broken-json", "the store's answer ends too early (HTTP 200)"),
        ("truncated", "the store's answer ends too early"),
        ("html=200", "the store answers with something other than JSON (HTTP 200)"),
        ("html=503", "the store's server fails (HTTP 503)"),
        ("oversized=40000000", "the store's answer is larger than is accepted"),
        ("outage", "the store"),
    ];
    each(rows, async |(dial, words)| {
        let struck = Struck::by(dial).await;
        struck.assert_parked_after_one_call().await;
        let lane = struck.lane().await;
        assert_eq!((lane.level, lane.slow, lane.limit, lane.good), (1, 0, 1, 2), "{dial}");
        let gate_ms = if dial.contains("retry-after") { 400 } else { 100 };
        assert!(lane.shut.0 >= struck.before.0 + gate_ms, "{dial}");
        assert!(lane.shut.0 <= struck.after.0 + gate_ms.max(200), "{dial}");
        struck.assert_explained(&lane, Standing::Down, words);
        let [outage] = &struck.outages().await[..] else { panic!("{dial}: one outage") };
        assert!(outage.why.contains(words), "{dial}: {}", outage.why);
        assert!((struck.before.0..=struck.after.0).contains(&outage.down.0), "{dial}");
        assert_eq!(outage.up, None, "{dial}");

        struck.shop.dial(&[]);
        struck.assert_finishes().await;
        let [outage] = &struck.outages().await[..] else { panic!("{dial}: still one outage") };
        assert!(outage.up.is_some_and(|up| up > outage.down), "{dial}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_suspended_is_left_alone_for_long_and_probed_again() {
    let rows = [
        ("status=402", "the store is frozen until its owner pays (HTTP 402)"),
        ("status=404", "the store is closed or does not exist (HTTP 404)"),
        ("status=423", "the store is locked by the vendor (HTTP 423)"),
        ("error=SHOP_INACTIVE", "the store is locked by the vendor (HTTP 200)"),
    ];
    each(rows, async |(dial, words)| {
        let struck = Struck::by(dial).await;
        struck.assert_parked_after_one_call().await;
        let lane = struck.lane().await;
        assert_eq!((lane.level, lane.slow), (1, 0), "{dial}");
        let suspended_ms = struck.world.policy.suspended_probe_ms;
        let probed = struck.before.0 + suspended_ms..=struck.after.0 + suspended_ms;
        assert!(probed.contains(&lane.shut.0), "{dial}: {:?} in {probed:?}", lane.shut);
        struck.assert_explained(&lane, Standing::Down, words);
        assert_eq!(struck.outages().await.len(), 1, "{dial}");
        let account = struck.world.system.stores.accounts.get(&struck.shop.account).await.unwrap();
        assert_eq!(account.state, AccountState::Connected, "{dial}");

        struck.shop.dial(&[]);
        struck.assert_finishes().await;
        let [outage] = &struck.outages().await[..] else { panic!("{dial}: one outage") };
        assert!(outage.up.is_some(), "{dial}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_rejects_the_account_stops_it_until_it_is_reconnected_and_is_no_outage() {
    let rows = [
        ("status=401", "the store no longer accepts the token (HTTP 401)"),
        ("status=403", "the token lacks a permission (HTTP 403)"),
        ("error=ACCESS_DENIED", "the token lacks a permission (HTTP 200)"),
    ];
    each(rows, async |(dial, words)| {
        let struck = Struck::by(dial).await;
        let Struck { world, shop, .. } = &struck;
        struck.assert_parked_after_one_call().await;
        let lane = struck.lane().await;
        assert_eq!((lane.level, lane.slow, lane.down), (0, 0, None), "{dial}");
        assert!(lane.stops.contains_key(&StopCause::Rejected), "{dial}");
        struck.assert_explained(&lane, Standing::Stopped, words);
        let reconnect = "waiting for the retailer to reconnect the store by flyball: ";
        struck.assert_explained(&lane, Standing::Stopped, reconnect);
        let accounts = &world.system.stores.accounts;
        match accounts.get(&shop.account).await.unwrap().state {
            AccountState::Rejected { since, reason } => {
                assert!((struck.before..=struck.after).contains(&since), "{dial}");
                assert!(reason.contains(words), "{dial}: {reason}");
            }
            other @ (AccountState::Connected | AccountState::GivenUp { .. }) => {
                panic!("{dial}: {other:?}")
            }
        }

        // Nobody is sent, and a further request waits with the first.
        assert_eq!(world.system.ticker().pass().await.unwrap().sent, 0, "{dial}");
        world.ask(shop, Mode::Incremental).await;
        assert_eq!(world.handle_next().await, Handled::Done, "{dial}");
        assert_eq!(shop.store.counters().calls, 1, "{dial}: no retry");

        shop.dial(&[]);
        shop.connect(accounts, Setup::default()).await;
        world.system.stores.governor.lift(&shop.lane, &StopCause::Rejected).await.unwrap();
        struck.assert_finishes().await;
        assert_eq!(struck.outages().await, [], "{dial}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_the_vendor_cannot_read_is_set_aside_and_blames_nobody() {
    let struck = Struck::by("status=400").await;
    let Struck { world, shop, job, .. } = &struck;
    let stores = &world.system.stores;
    // What can't be counted may be paged through: asked for otherwise, it is refused again.
    assert_eq!(shop.store.counters().calls, 2);
    assert_eq!(stores.governor.parked(&shop.lane).await.unwrap(), []);
    let lane = struck.lane().await;
    assert_eq!((lane.level, lane.slow, lane.limit), (0, 0, 2));
    assert_eq!(struck.outages().await, []);
    let (asides, _) = stores.records.asides(&shop.account, None, 10).await.unwrap();
    let [aside] = &asides[..] else { panic!("one job set aside: {asides:?}") };
    assert_eq!((aside.kind, aside.job.as_str()), (Kind::Products, &*job.key().to_string()));
    assert!(aside.reason.contains("a fault of ours (HTTP 400)"), "{}", aside.reason);
    let input = stores.records.aside_input(aside).await.unwrap().unwrap();
    assert!(input.contains(&job.id.to_string()), "{input}");

    shop.dial(&[]);
    world.send(job).await;
    struck.assert_finishes().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_only_strange_or_slow_loses_nothing_and_sets_nothing_aside() {
    each(["strange", "latency=20ms..200ms"], async |dial| {
        let struck = Struck::by(dial).await;
        let Struck { world, shop, .. } = &struck;
        let stores = &world.system.stores;
        assert!(world.is_finished(&struck.job).await, "{dial}: at once");
        let found = differences(&stores.records, shop).await;
        match dial {
            // A null that the vendor sent is a null that is stored.
            "strange" => assert!(found.iter().all(|found| found.contains("otherwise than sold"))),
            _ => assert_eq!(found, [""; 0], "{dial}"),
        }
        assert_eq!(struck.outages().await, [], "{dial}");
        let (asides, _) = stores.records.asides(&shop.account, None, 1).await.unwrap();
        assert_eq!(asides, [], "{dial}");

        // What comes whole the next time takes the place of what was strange.
        shop.dial(&[]);
        for range in shop.ranges(1) {
            world.ask(shop, range).await;
            assert_eq!(world.handle_next().await, Handled::Done, "{dial}");
        }
        struck.assert_finishes().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_whatever_fails_now_and_then_is_imported_whole_in_the_end() {
    let rows = [
        "status=429,retry-after=0.1@every=7",
        "throttled@every=7",
        "status=503@every=7",
        "close@every=7",
        "truncated@every=7",
        "status=402@every=7",
    ];
    each(rows, async |dial| {
        let world = World::open(brisk()).await;
        let shop = world.shop("blue-mug", Setup { products: 170, ..Setup::default() }).await;
        shop.dial(&[dial]);
        let job = world.ask(&shop, Mode::Incremental).await;
        let _workers = world.workers(2);
        let _ticking = world.ticking();
        world.all_settled(&shop, &[job]).await;
        let stores = &world.system.stores;
        assert_eq!(differences(&stores.records, &shop).await, [""; 0], "{dial}");
        let outages = stores.governor.outages(&shop.lane).await.unwrap();
        assert!(outages.iter().all(|outage| outage.up.is_some()), "{dial}: {outages:?}");
        let only_slowed = dial.contains("429") || dial.contains("throttled");
        assert_eq!(outages.is_empty(), only_slowed, "{dial}: {outages:?}");
        assert!(shop.store.counters().leases > 1, "{dial}: it was broken off and went on");
    })
    .await;
}
