use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use flyball_domain::{Currency, UnixMillis};
use serde_json::{Map, Number, Value, json};

use super::answers::Answer;
use super::bucket::{Bucket, Plan};
use super::cost::{self, QUERY_POINTS_MAX};
use super::execute::{Executed, Executor, Strangeness};
use super::problem::Problem;
use super::request::{self, Request};
use super::schema::{SERVED, Schema};
use super::select::Selection;
use super::shop::{Shop, Zone};
use crate::dial::VendorStatus;
use crate::ledger::Ended;
use crate::random::Random;
use crate::stock::Shelf;

const MILLI: u64 = 1_000;

/// The part of the vendor that answers queries: it checks, charges and executes them.
#[derive(Debug)]
pub(crate) struct Desk {
    shop: Shop,
    schema: Schema,
    bucket: Mutex<Bucket>,
}

/// An answer, and how the call counts.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    pub(crate) ended: Ended,
}

impl Outcome {
    pub(crate) const fn refused(answer: Answer) -> Self {
        Self { answer, ended: Ended::Refused }
    }
}

/// What moves the desk to answer otherwise than it should.
#[derive(Debug)]
pub(crate) enum Mood {
    /// Nothing.
    Good,
    /// Other apps of the shop have emptied the bucket.
    Drained,
    /// Good answers hold what no schema promised.
    Strange(Random),
}

impl Desk {
    /// Opens a shop's desk.
    ///
    /// # Errors
    /// Where the built-in schema can't be read.
    pub(crate) fn open(
        name: String,
        plan: Plan,
        currency: Currency,
        zone: Zone,
        now: UnixMillis,
    ) -> Result<Self, graphql_parser::schema::ParseError> {
        Ok(Self {
            shop: Shop { name, plan, currency, zone },
            schema: Schema::parse(SERVED)?,
            bucket: Mutex::new(Bucket::full(plan, now)),
        })
    }

    pub(crate) const fn plan(&self) -> Plan {
        self.shop.plan
    }

    /// Answers the body of a call.
    pub(crate) fn answer(
        &self,
        shelf: &Shelf,
        body: &[u8],
        mood: Mood,
        now: UnixMillis,
    ) -> Outcome {
        let Ok(request) = serde_json::from_slice::<Request>(body) else {
            return Outcome::refused(Answer::status(VendorStatus::BadRequest, None));
        };
        let selection = match request::prepare(&self.schema, &request) {
            Ok(selection) => selection,
            Err(problems) => {
                let body = json!({"errors": errors(problems)});
                return Outcome::refused(Answer::json(StatusCode::OK, &body));
            }
        };
        let requested = cost::requested_points(&selection);
        if requested > QUERY_POINTS_MAX {
            return Outcome::refused(Answer::max_cost_exceeded(requested));
        }
        if matches!(mood, Mood::Drained) {
            self.bucket().drain(now);
        }
        if matches!(mood, Mood::Drained) || !self.bucket().reserve(cost::milli(requested), now) {
            let status = throttle_status(self.shop.plan, &mut self.bucket(), now);
            let answer = Answer::throttled(&cost_extension(requested, None, &status));
            return Outcome { answer, ended: Ended::Throttled };
        }
        let strangeness = match mood {
            Mood::Strange(random) => Strangeness::Yes(random),
            Mood::Good | Mood::Drained => Strangeness::No,
        };
        let executed = execute(&self.shop, &self.schema, shelf, &selection, strangeness);
        let charged = cost::charged_points(executed.cost_micro).min(requested);
        self.bucket().refund(cost::milli(requested.saturating_sub(charged)));
        let status = throttle_status(self.shop.plan, &mut self.bucket(), now);
        let answer = good(executed, cost_extension(requested, Some(charged), &status));
        Outcome { answer, ended: Ended::Answered { cost_milli: cost::milli(charged) } }
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn execute(
    shop: &Shop,
    schema: &Schema,
    shelf: &Shelf,
    selection: &Selection<'_>,
    strangeness: Strangeness,
) -> Executed {
    Executor::new(shop, shelf, schema, strangeness).run(selection)
}

fn good(executed: Executed, cost: Value) -> Answer {
    let mut body = Map::new();
    body.insert("data".to_owned(), executed.data);
    if !executed.problems.is_empty() {
        body.insert("errors".to_owned(), errors(executed.problems));
    }
    let mut extensions = Map::new();
    extensions.insert("cost".to_owned(), cost);
    if !executed.search_warnings.is_empty() {
        extensions.insert("search".to_owned(), executed.search_warnings.into());
    }
    body.insert("extensions".to_owned(), extensions.into());
    Answer::json(StatusCode::OK, &body.into())
}

fn errors(problems: Vec<Problem>) -> Value {
    problems.into_iter().map(Problem::into_json).collect()
}

fn cost_extension(requested: u64, charged: Option<u64>, throttle_status: &Value) -> Value {
    json!({
        "requestedQueryCost": requested,
        "actualQueryCost": charged,
        "throttleStatus": throttle_status,
    })
}

/// As recorded, the plan's figures come with a point and the bucket's without.
fn throttle_status(plan: Plan, bucket: &mut Bucket, now: UnixMillis) -> Value {
    json!({
        "maximumAvailable": with_point(plan.bucket_points()),
        "currentlyAvailable": bucket.available_milli(now) / MILLI,
        "restoreRate": with_point(plan.restore_points_per_s()),
    })
}

fn with_point(points: u64) -> Value {
    let points = u32::try_from(points).unwrap_or(u32::MAX);
    Number::from_f64(f64::from(points)).map_or(Value::Null, Value::Number)
}
