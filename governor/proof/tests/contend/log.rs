//! Everything that was noticed, in one order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use flyball_governor_proof::history::Recorded;
use tokio::sync::watch;

/// The record of a run.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    state: Arc<Mutex<State>>,
    noticed: Arc<watch::Sender<u64>>,
}

/// What was recorded.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The calls about lanes that reached the engine.
    pub(crate) calls: Vec<Recorded>,
    /// The calls of the vendor.
    pub(crate) vendor: Vec<VendorCall>,
    under_way: BTreeMap<String, u32>,
    /// The most calls of the vendor that were ever under way at once, by lane.
    pub(crate) most: BTreeMap<String, u32>,
}

/// A call of the vendor.
#[derive(Clone, Debug)]
pub(crate) struct VendorCall {
    /// The partition key of the lane in whose name it was made.
    pub(crate) item: String,
    /// The work and its nonce.
    pub(crate) name: String,
    /// When the vendor heard of it.
    pub(crate) began: u64,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { state: Arc::default(), noticed: Arc::new(watch::Sender::new(0)) }
    }

    /// The next place in the order.
    pub(crate) fn notice(&self) -> u64 {
        let mut place = 0;
        self.noticed.send_modify(|noticed| {
            *noticed += 1;
            place = *noticed;
        });
        place
    }

    /// Waits until so much was noticed.
    pub(crate) async fn until(&self, place: u64) {
        self.noticed.subscribe().wait_for(|noticed| *noticed >= place).await.unwrap();
    }

    pub(crate) fn with<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        read(&mut self.state.lock().unwrap())
    }

    pub(crate) fn call_began(&self, lane: &str, name: &str) {
        self.with(|state| {
            let began = self.notice();
            let item = format!("lane#{lane}");
            state.vendor.push(VendorCall { item: item.clone(), name: name.to_owned(), began });
            let now = state.under_way.entry(item.clone()).or_default();
            *now += 1;
            let most = state.most.entry(item).or_default();
            *most = (*most).max(*now);
        });
    }

    pub(crate) fn call_ended(&self, lane: &str) {
        self.with(|state| {
            self.notice();
            *state.under_way.get_mut(&format!("lane#{lane}")).unwrap() -= 1;
        });
    }
}
