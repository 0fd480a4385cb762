use std::path::Path;
use std::process::ExitCode;

use flyball_accounts::Account;
use flyball_domain::{AccountId, Kind, Message};
use flyball_governor::core::{Move, next_move};
use flyball_governor::{Board, Governor, Parked, Sentence, Span, UnixMillis};
use flyball_local::Stores;
use flyball_records::{Checkpoint, groups};
use serde_json::{Map, Value, json};

use crate::access::{self, ops};
use crate::args::WhyArgs;
use crate::board::refusal;
use crate::error::CliError;
use crate::outages;
use crate::output::{self, Format};
use crate::status::doing;
use crate::table::moment;
use flyball_ops::{Facts, find_account};

/// How many rows that are set aside are looked at.
const ASIDES_MAX: u32 = 1_000;

/// How many reasons for setting aside are told.
const REASONS_MAX: usize = 3;

/// Says what an account is doing, and if it waits: why, and until when.
pub(crate) async fn run(args: &WhyArgs, data: &Path, format: Format) -> Result<ExitCode, CliError> {
    let access = access::reach(data).await?;
    let stores = &access.stores;
    let account = find_account(&stores.accounts, &args.account).await?;
    let asides = Asides::of(stores, &account.id).await?;
    let facts = Facts::of(&ops(stores), account).await?;
    let board = stores.governor.read_board().await?;
    let answer = Answer::new(facts, asides, &board, &stores.governor);
    match format {
        Format::Json => output::json(&answer.to_json())?,
        Format::Text => {
            for line in answer.to_lines() {
                output::line(&line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What is set aside, by why.
#[derive(Debug, Default)]
struct Asides {
    count: u64,
    /// Whether there are more than were counted.
    more: bool,
    /// How many share a reason, the most frequent first.
    reasons: Vec<(u64, String)>,
}

impl Asides {
    async fn of(stores: &Stores, account: &AccountId) -> Result<Self, CliError> {
        let (rows, next) = stores.records.asides(account, None, ASIDES_MAX).await?;
        let groups = groups(&rows).into_iter().take(REASONS_MAX);
        let reasons = groups.map(|group| (group.count, group.reason)).collect();
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Ok(Self { count, more: next.is_some(), reasons })
    }
}

/// A job that waits.
struct Waiting {
    job: String,
    since: UnixMillis,
    requests: usize,
    why: Sentence,
}

struct Answer {
    facts: Facts,
    asides: Asides,
    standing: flyball_governor::Standing,
    sentences: Vec<Sentence>,
    waiting: Vec<Waiting>,
    now: UnixMillis,
}

impl Answer {
    fn new(facts: Facts, asides: Asides, board: &Board, governor: &Governor) -> Self {
        let now = governor.now();
        let (standing, sentences) = doing(&facts, board, now);
        let waiting = facts
            .parked
            .iter()
            .map(|row| Waiting {
                job: job_in_words(row),
                since: row.since,
                requests: row.requests.ids.len(),
                why: why_parked(&facts, board, row, governor, now),
            })
            .collect();
        Self { facts, asides, standing, sentences, waiting, now }
    }

    fn to_lines(&self) -> Vec<String> {
        let Account { id, integration, store, .. } = &self.facts.account;
        let mut lines = vec![format!("{id} ({integration}, {store}): {}", self.standing)];
        lines.extend(self.sentences.iter().map(|why| format!("  {}", why.as_of(self.now))));
        for (kind, checkpoint) in &self.facts.checkpoints {
            lines.push(match (&checkpoint.walk, checkpoint.finished_at) {
                (Some(walk), _) => {
                    let (records, pages) = (walk.records, walk.pages);
                    format!("{kind}: {records} records in {pages} pages so far")
                }
                (None, Some(at)) => format!("{kind}: last import finished {at}"),
                (None, None) => format!("{kind}: not imported yet"),
            });
        }
        for Waiting { job, since, why, .. } in &self.waiting {
            let waited = Span { ms: self.now.since(*since) };
            lines.push(format!("parked: {job}, for {waited} now: {}", why.as_of(self.now)));
        }
        let Asides { count, more, reasons } = &self.asides;
        if *count > 0 {
            let more = if *more { " or more" } else { "" };
            lines.push(format!("set aside: {count}{more}"));
            lines.extend(reasons.iter().map(|(count, reason)| format!("  {count} x {reason}")));
        }
        lines.extend(self.facts.outages.first().map(|outage| outages::told(outage, self.now)));
        lines
    }

    fn to_json(&self) -> Value {
        let facts = &self.facts;
        let sentence = |why: &Sentence| json!({ "why": why.why, "until": why.until.map(moment) });
        let of_kind = |(kind, checkpoint): (&Kind, &Checkpoint)| {
            let walk = checkpoint.walk.as_ref();
            let told = json!({
                "importing": walk.map(|walk| progress(walk.records, walk.pages)),
                "last_import": checkpoint.finished_at.map(flyball_domain::UnixMillis::to_rfc3339),
            });
            (kind.to_string(), told)
        };
        let kinds: Map<String, Value> = facts.checkpoints.iter().map(of_kind).collect();
        json!({
            "account": facts.account.id,
            "integration": facts.account.integration,
            "store": facts.account.store,
            "state": self.standing.as_str(),
            "sentences": self.sentences.iter().map(sentence).collect::<Vec<_>>(),
            "importing": facts.importing().map(|(records, pages)| progress(records, pages)),
            "last_import": facts.last_import().map(flyball_domain::UnixMillis::to_rfc3339),
            "kinds": kinds,
            "parked": self.waiting.iter().map(|waiting| json!({
                "job": waiting.job,
                "since": moment(waiting.since),
                "requests": waiting.requests,
                "why": waiting.why.why,
                "until": waiting.why.until.map(moment),
            })).collect::<Vec<_>>(),
            "set_aside": {
                "count": self.asides.count,
                "more": self.asides.more,
                "reasons": self.asides.reasons.iter().map(|(count, reason)| json!({
                    "count": count,
                    "reason": reason,
                })).collect::<Vec<_>>(),
            },
            "last_outage": facts.outages.first().map(|outage| outages::to_json(outage, self.now)),
        })
    }
}

fn progress(records: u64, pages: u64) -> Value {
    json!({ "records": records, "pages": pages })
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
    if let Some(refusal) = refusal(board, facts, &row.kind, now) {
        return refusal.sentence();
    }
    let claim = governor.claim(row.id.clone(), row.kind.clone());
    let next = facts.lane.as_ref().map(|lane| {
        let pardon = board.pardon(lane.group.as_ref());
        next_move(lane, &claim, pardon, now, governor.policy())
    });
    match next {
        Some(Move::Wait(refusal)) => refusal.sentence(),
        Some(Move::Try(_) | Move::Mine(_) | Move::MineButTripped(_)) | None => {
            Sentence { why: "it can start as soon as a worker comes".to_owned(), until: None }
        }
    }
}
