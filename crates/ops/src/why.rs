//! What an account is doing, and if it waits: why, and until when.

use std::collections::BTreeMap;

use flyball_domain::{AccountId, CustomerId, Integration, Message};
use flyball_governor::core::{Move, next_move};
use flyball_governor::{Board, Governor, Parked, UnixMillis};
use flyball_records::{Checkpoint, groups};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::doing;
use crate::board::{Sentence, refusal};
use crate::outages::OutageView;
use crate::{Facts, Moment, Ops, OpsError};

/// How many rows that are set aside are looked at.
const ASIDES_MAX: u32 = 1_000;

/// How many reasons for setting aside are told.
const REASONS_MAX: usize = 3;

/// What an account is doing, and if it waits: why, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WhyView {
    /// When this was looked at.
    pub at: Moment,
    /// Which account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// Whose.
    #[schema(value_type = String)]
    pub customer: CustomerId,
    /// On which platform.
    #[schema(value_type = String)]
    pub integration: Integration,
    /// The store's address.
    pub store: String,
    /// `stopped`, `down`, `probing`, `recovering`, `paused`, `working` or `idle`.
    pub state: String,
    /// Why nothing new starts, if nothing does.
    pub sentences: Vec<Sentence>,
    /// The imports that are under way.
    pub importing: Option<ProgressView>,
    /// Since when everything is at least as new.
    pub last_import: Option<Moment>,
    /// The same for each kind.
    pub kinds: BTreeMap<String, KindView>,
    /// The jobs that wait.
    pub parked: Vec<WaitingJob>,
    /// What could not be imported.
    pub set_aside: AsidesView,
    /// The outage that lasts, or the last one.
    pub last_outage: Option<OutageView>,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProgressView {
    /// How many records it has seen.
    pub records: u64,
    /// In how many pages.
    pub pages: u64,
}

/// One kind of an account's imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KindView {
    /// The import that is under way.
    pub importing: Option<ProgressView>,
    /// When the last one finished.
    pub last_import: Option<Moment>,
}

/// A job that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingJob {
    /// The work.
    pub job: String,
    /// Since when it waits.
    pub since: Moment,
    /// How many requests wait for it.
    pub requests: u64,
    /// Why it does not start, and until when.
    #[serde(flatten)]
    pub why: Sentence,
}

/// What is set aside of an account, by why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AsidesView {
    /// How many.
    pub count: u64,
    /// Whether there are more than were counted.
    pub more: bool,
    /// The most frequent reasons.
    pub reasons: Vec<AsideReason>,
}

/// A reason for setting aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AsideReason {
    /// How many share it.
    pub count: u64,
    /// What was found and what was expected.
    pub reason: String,
}

/// What an account is doing, and if it waits: why, and until when.
///
/// # Errors
/// The tables'.
pub async fn why(ops: &Ops, facts: &Facts) -> Result<WhyView, OpsError> {
    let set_aside = asides(ops, &facts.account.id).await?;
    let board = ops.governor.read_board().await?;
    let now = ops.governor.now();
    let (standing, sentences) = doing(&facts.account, facts.lane.as_ref(), &board, now);
    let waiting = facts.parked.iter().map(|row| WaitingJob {
        job: job_in_words(row),
        since: row.since.into(),
        requests: u64::try_from(row.requests.ids.len()).unwrap_or(u64::MAX),
        why: why_parked(facts, &board, row, &ops.governor, now),
    });
    let kinds = facts.checkpoints.iter().map(|(kind, at)| (kind.to_string(), kind_view(at)));
    Ok(WhyView {
        at: now.into(),
        state: standing.as_str().to_owned(),
        sentences,
        importing: facts.importing().map(|(records, pages)| ProgressView { records, pages }),
        last_import: facts.last_import().map(Moment::from),
        kinds: kinds.collect(),
        parked: waiting.collect(),
        set_aside,
        last_outage: facts.outages.first().map(|outage| OutageView::of(outage, now)),
        account: facts.account.id.clone(),
        customer: facts.account.customer.clone(),
        integration: facts.account.integration,
        store: facts.account.store.clone(),
    })
}

fn kind_view(checkpoint: &Checkpoint) -> KindView {
    let walk = checkpoint.walk.as_ref();
    KindView {
        importing: walk.map(|walk| ProgressView { records: walk.records, pages: walk.pages }),
        last_import: checkpoint.finished_at.map(Moment::from),
    }
}

async fn asides(ops: &Ops, account: &AccountId) -> Result<AsidesView, OpsError> {
    let (rows, next) = ops.records.asides(account, None, ASIDES_MAX).await?;
    let groups = groups(&rows).into_iter().take(REASONS_MAX);
    let reasons = groups.map(|group| AsideReason { count: group.count, reason: group.reason });
    let reasons = reasons.collect();
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Ok(AsidesView { count, more: next.is_some(), reasons })
}

fn job_in_words(row: &Parked) -> String {
    match Message::parse(&row.work) {
        Ok(Message::Import(job)) => job.key().to_string(),
        Ok(Message::Drain(_)) | Err(_) => format!("{} ({}, which can't be read)", row.id, row.kind),
    }
}

/// Why a parked job does not start, as the governor would answer it now.
fn why_parked(
    facts: &Facts,
    board: &Board,
    row: &Parked,
    governor: &Governor,
    now: UnixMillis,
) -> Sentence {
    if let Some(refusal) = refusal(board, &facts.account, &row.kind, now) {
        return refusal.sentence().into();
    }
    let claim = governor.claim(row.id.clone(), row.kind.clone());
    let next = facts.lane.as_ref().map(|lane| {
        let pardon = board.pardon(lane.group.as_ref());
        next_move(lane, &claim, pardon, now, governor.policy())
    });
    match next {
        Some(Move::Wait(refusal)) => refusal.sentence().into(),
        Some(Move::Try(_) | Move::Mine(_) | Move::MineButTripped(_)) | None => {
            Sentence { why: "it can start as soon as a worker comes".to_owned(), until: None }
        }
    }
}
