//! The vendor that all contenders call: it knows what is under way, whatever they believe.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    under_way: BTreeMap<String, u64>,
    /// First calls of a job.
    pub(crate) admissions: u64,
    /// Calls that began while as many as are allowed, or more, were under way.
    pub(crate) breaches: u64,
    /// The most calls of one lane that were under way at once.
    pub(crate) most: u64,
}

impl Seen {
    fn began(&mut self, lane: &str, first: bool, limit: u64) {
        let now = self.under_way.entry(lane.to_owned()).or_default();
        *now = now.saturating_add(1);
        self.most = self.most.max(*now);
        self.breaches = self.breaches.saturating_add(u64::from(*now > limit));
        self.admissions = self.admissions.saturating_add(u64::from(first));
    }

    fn ended(&mut self, lane: &str) {
        if let Some(now) = self.under_way.get_mut(lane) {
            *now = now.saturating_sub(1);
        }
    }
}

/// A vendor on loopback. Dropped, it hangs up.
#[derive(Debug)]
pub(crate) struct Witness {
    pub(crate) at: String,
    seen: Arc<Mutex<Seen>>,
    serving: JoinHandle<()>,
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Witness {
    /// One that allows so many calls of each lane at once.
    pub(crate) async fn start(limit: u64) -> anyhow::Result<Self> {
        let listener =
            TcpListener::bind("127.0.0.1:0").await.context("no free port on loopback")?;
        let at = listener.local_addr()?.to_string();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let shared = Arc::clone(&seen);
        let serving = tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                tokio::spawn(hear(caller, Arc::clone(&shared), limit));
            }
        });
        Ok(Self { at, seen, serving })
    }

    pub(crate) fn seen(&self) -> Seen {
        with(&self.seen, |seen| seen.clone())
    }
}

fn with<T>(seen: &Mutex<Seen>, look: impl FnOnce(&mut Seen) -> T) -> T {
    look(&mut seen.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Hears a caller until it hangs up or dies: a call that it was in ends with it.
async fn hear(mut caller: TcpStream, seen: Arc<Mutex<Seen>>, limit: u64) {
    drop(caller.set_nodelay(true));
    let (read, mut write) = caller.split();
    let mut lines = BufReader::new(read).lines();
    let mut under_way: Option<String> = None;
    while let Ok(Some(line)) = lines.next_line().await {
        let Some((what, lane)) = line.split_once(' ') else { break };
        with(&seen, |seen| {
            if let Some(lane) = under_way.take() {
                seen.ended(&lane);
            }
            if what != "end" {
                seen.began(lane, what == "first", limit);
                under_way = Some(lane.to_owned());
            }
        });
        if write.write_all(b"heard\n").await.is_err() {
            break;
        }
    }
    if let Some(lane) = under_way {
        with(&seen, |seen| seen.ended(&lane));
    }
}
