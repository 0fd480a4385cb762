//! Which stores were down, from when to when, and how available they were.

use flyball_accounts::Account;
use flyball_domain::{AccountId, Integration};
use flyball_governor::core::{
    DAY_MS, FLAP_MS, History, Interval, UPTIME_DAYS, Uptime, merge, summarize,
};
use flyball_governor::{Lane, OUTAGES_READ_MAX, Outage, StopCause, StretchEnd, UnixMillis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::facts::{lane_of, outages_of};
use crate::{Moment, Ops, OpsError};

/// A time in which a store was not available.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutageView {
    /// When the first call to fail began.
    pub down: Moment,
    /// When the first call succeeded again; nothing while it lasts.
    pub up: Option<Moment>,
    /// How long it lasted, or lasts by now, in seconds.
    pub seconds: u64,
    /// For how much of that the store was down, in seconds: between flaps it was there.
    pub down_seconds: u64,
    /// What it was about, in words.
    pub why: String,
    /// What kind of failure began it, in a word.
    pub class: Option<String>,
    /// When the first failure was noticed.
    pub detected: Option<Moment>,
    /// When work last ended well before.
    pub last_success_before: Option<Moment>,
    /// How often the vendor was found failing; known once it is over.
    pub failures: Option<u64>,
    /// How often the vendor gave which answer, of the samples that were kept.
    #[schema(value_type = Object)]
    pub answers: serde_json::Value,
    /// Samples of what the vendor answered.
    pub evidence: Vec<String>,
    /// The kinds of jobs that had to wait.
    pub kinds: Vec<String>,
    /// How many jobs waited when its end was written.
    pub deferred: Option<u64>,
    /// When, after its end, nothing waited any more.
    pub caught_up: Option<Moment>,
    /// How many entries of the ledger this is, with less than a minute between them.
    pub entries: u32,
}

impl OutageView {
    /// An outage as of `now`.
    pub fn of(outage: &Outage, now: UnixMillis) -> Self {
        Self {
            down: outage.down.into(),
            up: outage.up.map(Moment::from),
            seconds: outage.lasted_ms(now) / 1_000,
            down_seconds: outage.down_ms(now) / 1_000,
            why: outage.why.clone(),
            class: outage.class.clone(),
            detected: outage.detected.map(Moment::from),
            last_success_before: outage.ok.map(Moment::from),
            failures: outage.failures,
            answers: serde_json::to_value(outage.answers()).unwrap_or_default(),
            evidence: outage.evidence.iter().cloned().collect(),
            kinds: outage.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
            deferred: outage.deferred,
            caught_up: outage.caught_up.map(Moment::from),
            entries: outage.parts,
        }
    }
}

/// How available a store was in the last so many days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UptimeView {
    /// How many days.
    pub days: u64,
    /// Of the time that is neither unknown nor switched off, as people read it.
    pub available: Option<String>,
    /// The same in hundredths of a percent.
    pub available_basis_points: Option<u32>,
    /// How long it was available.
    pub up_seconds: u64,
    /// How long it was not.
    pub down_seconds: u64,
    /// How long nobody could tell.
    pub unknown_seconds: u64,
    /// How long a stop of the account kept everybody from calling.
    pub switched_off_seconds: u64,
    /// How many outages there were.
    pub outages: u64,
}

/// What is known of an account's past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PastView {
    /// Which account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// On which platform.
    #[schema(value_type = String)]
    pub integration: Integration,
    /// The store's address.
    pub store: String,
    /// The newest first; those with less than a minute between them are told as one.
    pub outages: Vec<OutageView>,
    /// How available it was.
    pub uptime: Vec<UptimeView>,
}

/// What is known of an account's past, to the millisecond.
#[derive(Clone, Debug)]
pub struct Past {
    /// Which account.
    pub account: Account,
    /// The newest first; those with less than a minute between them are told as one.
    pub outages: Vec<Outage>,
    /// When this was looked at.
    pub now: UnixMillis,
    /// As the ledger has them.
    entries: Vec<Outage>,
    switched: Vec<Interval>,
    unknown: Vec<Interval>,
}

impl Past {
    /// What is known of an account's past.
    ///
    /// # Errors
    /// The governor's.
    pub async fn of(ops: &Ops, account: Account) -> Result<Self, OpsError> {
        let governor = &ops.governor;
        let now = governor.now();
        let id = lane_of(&account.id)?;
        let lane = governor.look(&id).await?;
        let entries = outages_of(governor, &id, lane.as_ref()).await?;
        let mut unknown = not_watched(&account, lane.as_ref(), &entries, now);
        let mut switched = Vec::new();
        for stretch in governor.stretches(&id, lane.as_ref()).await? {
            let interval = stretch.interval(now);
            match (stretch.cause, stretch.end) {
                // What runs goes on, or other work, and shows whether the store is there.
                (StopCause::Work(_), _) => {}
                (StopCause::Customer | StopCause::Account, _) if stretch.mode.slots() > 0 => {}
                (
                    StopCause::Customer | StopCause::Account,
                    StretchEnd::Standing(_) | StretchEnd::At(_),
                ) => switched.push(interval),
                (StopCause::Customer | StopCause::Account, StretchEnd::Unknown(_))
                | (StopCause::Rejected | StopCause::DeadMan, _) => unknown.push(interval),
            }
        }
        let mut outages = merge(entries.clone(), FLAP_MS);
        outages.reverse();
        Ok(Self { account, outages, now, entries, switched, unknown })
    }

    /// How available the store was in the last so many days.
    pub fn uptime(&self, days: u64) -> Uptime {
        let window = Interval::last(days.saturating_mul(DAY_MS), self.now);
        let Self { entries, switched, unknown, .. } = self;
        summarize(window, History { outages: entries, switched, unknown }, self.now)
    }

    /// The same as it is told over HTTP.
    pub fn view(&self) -> PastView {
        let Account { id, integration, store, .. } = &self.account;
        PastView {
            account: id.clone(),
            integration: *integration,
            store: store.clone(),
            outages: self.outages.iter().map(|outage| OutageView::of(outage, self.now)).collect(),
            uptime: UPTIME_DAYS.iter().map(|days| uptime(*days, &self.uptime(*days))).collect(),
        }
    }
}

fn uptime(days: u64, spent: &Uptime) -> UptimeView {
    let available = spent.available();
    UptimeView {
        days,
        available: available.map(|share| share.to_string()),
        available_basis_points: available.map(|share| u32::from(share.basis_points)),
        up_seconds: spent.up_ms / 1_000,
        down_seconds: spent.down_ms / 1_000,
        unknown_seconds: spent.unknown_ms / 1_000,
        switched_off_seconds: spent.switched_ms / 1_000,
        outages: spent.outages,
    }
}

/// When nobody called the store, so that nobody can tell whether it was there.
fn not_watched(
    account: &Account,
    lane: Option<&Lane>,
    outages: &[Outage],
    now: UnixMillis,
) -> Vec<Interval> {
    let (first, end) = (UnixMillis(0), UnixMillis(u64::MAX));
    let Some(lane) = lane else { return vec![Interval { from: first, to: end }] };
    let runs = lane.held.values().any(|slot| now < slot.expires);
    let successes = outages.iter().filter_map(|outage| outage.up).chain(lane.ok);
    let last = successes.chain(runs.then_some(now)).max();
    let mut unknown = vec![
        Interval { from: first, to: UnixMillis(account.created_at.0) },
        Interval { from: last.unwrap_or(first), to: end },
    ];
    if let Some(oldest) = outages.get(OUTAGES_READ_MAX.saturating_sub(1)) {
        unknown.push(Interval { from: first, to: oldest.down });
    }
    unknown
}
