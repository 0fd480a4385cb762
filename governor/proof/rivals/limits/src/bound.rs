//! What bounds the calls, and what callers do with it.

use core::num::NonZeroU32;
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use governor::clock::Clock;
use governor::{Quota, RateLimiter};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::{Service as _, ServiceExt as _};
use tower_acc::{Aimd, Algorithm, ConcurrencyLimit, Gradient2, Vegas};

use crate::bucket::Limit;
use crate::vendor::{Throttled, Vendor, rest};
use crate::with_version;

/// The first pause after a throttled answer, which doubles up to the longest, in milliseconds.
const PAUSE_MS: u64 = 1_000;
const PAUSE_MS_MAX: u64 = 60_000;

/// How many calls run at once where that is fixed.
const FIXED: [usize; 5] = [2, 5, 10, 15, 24];
/// The rate that a limiter is told, in percent of the true one.
const RATES_PERCENT: [u64; 3] = [80, 100, 120];

/// What bounds the calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    /// A semaphore around a client that pauses and tries again.
    Fixed(usize),
    /// A rate, in percent of the true one.
    Rate(u64),
    /// What the answers show.
    Adaptive(Rule, After),
}

/// An algorithm of tower-acc.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// At its defaults: never fewer than twenty calls at once.
    Aimd,
    /// Down to one call.
    AimdFromOne,
    Vegas,
    /// At its defaults: never fewer than twenty calls at once.
    Gradient2,
    /// Down to one call.
    Gradient2FromOne,
}

/// What is done after a throttled answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum After {
    /// The call is tried again as soon as the bound lets it.
    AtOnce,
    /// The service that is bounded pauses before it says so.
    Pause,
}

impl Bound {
    /// All that are measured.
    pub(crate) fn all() -> Vec<Self> {
        use Rule::{Aimd, AimdFromOne, Gradient2, Gradient2FromOne, Vegas};
        let rules = [Aimd, AimdFromOne, Vegas, Gradient2, Gradient2FromOne];
        let adaptive =
            |rule| [After::AtOnce, After::Pause].map(|after| Self::Adaptive(rule, after));
        let fixed = FIXED.map(Self::Fixed).into_iter();
        fixed
            .chain(RATES_PERCENT.map(Self::Rate))
            .chain(rules.into_iter().flat_map(adaptive))
            .collect()
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Fixed(calls) => format!("a semaphore of {calls}, with pauses"),
            Self::Rate(100) => format!("{}, told the true rate", with_version("governor")),
            Self::Rate(percent) => {
                format!("{}, told {percent} % of the true rate", with_version("governor"))
            }
            Self::Adaptive(rule, after) => {
                let rule = match rule {
                    Rule::Aimd => "Aimd",
                    Rule::AimdFromOne => "Aimd from one call up",
                    Rule::Vegas => "Vegas",
                    Rule::Gradient2 => "Gradient2",
                    Rule::Gradient2FromOne => "Gradient2 from one call up",
                };
                let after = match after {
                    After::AtOnce => "tried again at once",
                    After::Pause => "with pauses",
                };
                format!("{}, {rule}, {after}", with_version("tower-acc"))
            }
        }
    }

    /// Callers that call for ever, each as soon as it may.
    pub(crate) fn callers(
        self,
        vendor: &Arc<Vendor>,
        limit: Limit,
        count: u64,
    ) -> anyhow::Result<JoinSet<()>> {
        let mut callers = JoinSet::new();
        match self {
            Self::Fixed(calls) => {
                let slots = Arc::new(Semaphore::new(calls));
                for _ in 0..count {
                    callers.spawn(in_turn(Arc::clone(&slots), Arc::clone(vendor)));
                }
            }
            Self::Rate(percent) => {
                let limiter = Arc::new(Limiter::new(vendor, limit, percent)?);
                for _ in 0..count {
                    callers.spawn(at_a_rate(Arc::clone(&limiter)));
                }
            }
            Self::Adaptive(rule, after) => {
                let spawn = Spawn { vendor, after, count };
                match rule {
                    Rule::Aimd => spawn.under(Aimd::default(), &mut callers),
                    Rule::AimdFromOne => {
                        let aimd = Aimd::builder().min_limit(1).initial_limit(1).build();
                        spawn.under(aimd, &mut callers);
                    }
                    Rule::Vegas => spawn.under(Vegas::default(), &mut callers),
                    Rule::Gradient2 => spawn.under(Gradient2::default(), &mut callers),
                    Rule::Gradient2FromOne => {
                        let gradient = Gradient2::builder().min_limit(1).initial_limit(1).build();
                        spawn.under(gradient, &mut callers);
                    }
                }
            }
        }
        Ok(callers)
    }
}

/// A pause after so many throttled answers in a row, with the full jitter that AWS recommends.
async fn pause(vendor: &Vendor, in_a_row: u32) {
    let doubled = PAUSE_MS.saturating_mul(2_u64.saturating_pow(in_a_row)).min(PAUSE_MS_MAX);
    rest(Duration::from_millis(vendor.below(doubled))).await;
}

async fn in_turn(slots: Arc<Semaphore>, vendor: Arc<Vendor>) {
    while let Ok(_slot) = slots.acquire().await {
        let mut in_a_row = 0;
        while let Err(Throttled) = vendor.call().await {
            pause(&vendor, in_a_row).await;
            in_a_row = in_a_row.saturating_add(1);
        }
    }
}

/// The vendor's clock, for a limiter.
#[derive(Clone, Debug)]
struct VendorsClock(Arc<Vendor>);

impl Clock for VendorsClock {
    type Instant = Duration;
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

struct Limiter {
    vendor: Arc<Vendor>,
    clock: VendorsClock,
    rate: RateLimiter<
        governor::state::NotKeyed,
        governor::state::InMemoryState,
        VendorsClock,
        governor::middleware::NoOpMiddleware<Duration>,
    >,
}

impl Limiter {
    fn new(vendor: &Arc<Vendor>, limit: Limit, percent: u64) -> anyhow::Result<Self> {
        let told = limit.calls_per_s.saturating_mul(percent) / 100;
        let told: NonZeroU32 = u32::try_from(told)?.try_into()?;
        let clock = VendorsClock(Arc::clone(vendor));
        let rate = RateLimiter::direct_with_clock(Quota::per_second(told), clock.clone());
        Ok(Self { vendor: Arc::clone(vendor), clock, rate })
    }

    /// What its `until_ready` does, by this clock.
    async fn until_ready(&self) {
        while let Err(not_until) = self.rate.check() {
            rest(not_until.wait_time_from(self.clock.now())).await;
        }
    }
}

async fn at_a_rate(limiter: Arc<Limiter>) {
    let mut in_a_row = 0;
    loop {
        limiter.until_ready().await;
        if let Err(Throttled) = limiter.vendor.call().await {
            pause(&limiter.vendor, in_a_row).await;
            in_a_row = in_a_row.saturating_add(1);
        } else {
            in_a_row = 0;
        }
    }
}

/// How long the call took that has just ended, by the vendor's clock: tower-acc looks at the
/// machine's.
type Took = Arc<Mutex<Duration>>;

/// An algorithm that is told the time by the vendor's clock.
#[derive(Clone, Debug)]
struct OnClock<A> {
    algorithm: A,
    took: Took,
}

impl<A: Algorithm> Algorithm for OnClock<A> {
    fn max_concurrency(&self) -> usize {
        self.algorithm.max_concurrency()
    }

    fn update(&mut self, _: Duration, in_flight: usize, is_error: bool, is_canceled: bool) {
        let took = *self.took.lock().unwrap_or_else(PoisonError::into_inner);
        self.algorithm.update(took, in_flight, is_error, is_canceled);
    }
}

struct Spawn<'a> {
    vendor: &'a Arc<Vendor>,
    after: After,
    count: u64,
}

impl Spawn<'_> {
    fn under<A: Algorithm + Send + 'static>(&self, algorithm: A, callers: &mut JoinSet<()>) {
        let (took, after) = (Took::default(), self.after);
        let algorithm = OnClock { algorithm, took: Arc::clone(&took) };
        let vendor = Arc::clone(self.vendor);
        let service = tower::service_fn(move |in_a_row| {
            let (vendor, took) = (Arc::clone(&vendor), Arc::clone(&took));
            async move {
                let began = vendor.elapsed();
                let answer = vendor.call().await;
                if let (Err(Throttled), After::Pause) = (answer, after) {
                    pause(&vendor, in_a_row).await;
                }
                // Nobody else comes in between: what is told of this call is told at once.
                let time = vendor.elapsed().saturating_sub(began);
                *took.lock().unwrap_or_else(PoisonError::into_inner) = time;
                answer
            }
        });
        let limited = ConcurrencyLimit::new(service, algorithm);
        for _ in 0..self.count {
            let mut limited = limited.clone();
            callers.spawn(async move {
                let mut in_a_row = 0_u32;
                while let Ok(ready) = limited.ready().await {
                    in_a_row = match ready.call(in_a_row).await {
                        Ok(()) => 0,
                        Err(Throttled) => in_a_row.saturating_add(1),
                    };
                }
            });
        }
    }
}
