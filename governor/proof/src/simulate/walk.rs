//! The simulated connector: a walk over pages, and a client that calls within the process.

use std::sync::Arc;

use async_trait::async_trait;
use flyball_connector::{
    Call, CallTag, Cause, Class, Connector, Evidence, Failure, Listed, Listing, Page, Plan,
    PlanError, PoisonReason, Rejection, Scope, Span, Step, Suspension, Walk,
};
use flyball_domain::{BadRow, Integration, Kind, Record, Row, UnixMillis, VendorId};
use serde_json::{Value, json};

use super::life::Life;
use super::shop::is_as_asked;
use super::steady::Happening;
use super::vendor::{Mood, Store};
use super::watch;

/// One account's way to its store.
pub(super) struct SimulatedConnector {
    pub(super) store: Arc<Store>,
    pub(super) life: Arc<Life>,
}

/// A walk.
struct Pages {
    plan: Plan,
    /// Version and id of the last row that was stored.
    after: (u64, u64),
    page: Option<Value>,
    /// Whether the last of several rows takes a call of its own.
    long: bool,
    /// The last row of that page, as long as the rest of it has not come.
    incomplete: Option<String>,
    over: bool,
    /// When the next call fits the vendor's budget.
    ready: UnixMillis,
}

/// The answer's word on how long the next call has to wait, in milliseconds.
const READY_AFTER: &str = "ready-after";

fn failure(class: Class, status: Option<u16>) -> Failure {
    Failure { class, evidence: Evidence::new(status, None, "") }
}

fn unavailable(scope: Scope, cause: Cause, status: Option<u16>) -> Failure {
    failure(Class::Unavailable { scope, cause, until: None }, status)
}

const STRANGE: Class = Class::Poison(PoisonReason::Shape);

impl Pages {
    fn call(&self) -> Call {
        let (version, id) = self.after;
        let ask = match &self.plan.span {
            Span::Changed { .. } if self.incomplete.is_some() => {
                json!({ "ids": self.incomplete.iter().collect::<Vec<_>>() })
            }
            Span::Changed { from, until } => json!({
                "after_version": version, "after_id": id, "until": until.0,
                "from": from.map_or(0, |from| from.0),
            }),
            Span::Records { ids } => {
                json!({ "ids": ids.iter().map(VendorId::as_str).collect::<Vec<_>>() })
            }
            Span::Listing => json!({ "listing": true }),
        };
        let mut request = http::Request::new(ask.to_string().into_bytes());
        *request.uri_mut() = match self.plan.kind {
            Kind::Products => http::Uri::from_static("/products"),
            Kind::Orders => http::Uri::from_static("/orders"),
        };
        Call::to_store(request)
    }

    fn step_of(&mut self, page: &Value) -> Result<Step, Failure> {
        let strange = || failure(STRANGE, Some(200));
        let rows = page.get("rows").and_then(Value::as_array).ok_or_else(strange)?;
        let more = page.get("more").and_then(Value::as_bool).ok_or_else(strange)?;
        let mut listed = Vec::new();
        let mut records = Vec::new();
        for row in rows {
            let id = row.get("id").and_then(Value::as_str).ok_or_else(strange)?;
            let version = row.get("updated_at").and_then(Value::as_u64).ok_or_else(strange)?;
            let vendor_id: VendorId = id.parse().map_err(|_no_id| strange())?;
            self.after = (version, id.parse().map_err(|_no_number| strange())?);
            listed.push(Listed { id: vendor_id.clone(), updated_at: Some(UnixMillis(version)) });
            records.push(self.row(row, vendor_id).ok_or_else(strange)?);
        }
        self.over = !more;
        let resume = format!("{}.{}", self.after.0, self.after.1);
        match &self.plan.span {
            Span::Listing => {
                listed.sort_by_key(|row| row.id.as_str().parse::<u64>().unwrap_or(0));
                Ok(Step::Listed(Listing { after: None, through: None, rows: listed, resume }))
            }
            Span::Records { ids } => {
                let missing = ids.iter().filter(|id| listed.iter().all(|row| row.id != **id));
                records.extend(missing.map(|id| Row::Gone(id.clone())));
                Ok(Step::Page(Page { rows: records, resume }))
            }
            Span::Changed { .. } => Ok(Step::Page(Page { rows: records, resume })),
        }
    }

    /// The last row of a page of several, which takes one more call: what is before it is complete.
    fn last_of_several(&self, page: &Value) -> Option<String> {
        let rows = page.get("rows")?.as_array()?;
        let changed = matches!(self.plan.span, Span::Changed { .. });
        let several = self.long && changed && rows.len() > 1;
        several.then(|| rows.last()?.get("id")?.as_str().map(str::to_owned)).flatten()
    }

    fn row(&self, row: &Value, id: VendorId) -> Option<Row> {
        if row.get("bad")?.as_bool()? {
            let (input, reason) = (row.to_string(), "found a bad row".to_owned());
            return Some(Row::Bad(BadRow { id: Some(id), input, reason }));
        }
        let mut body = row.clone();
        body.as_object_mut()?.remove("bad");
        Some(Row::Good(match self.plan.kind {
            Kind::Products => {
                Record::from(serde_json::from_value::<flyball_domain::Product>(body).ok()?)
            }
            Kind::Orders => {
                Record::from(serde_json::from_value::<flyball_domain::Order>(body).ok()?)
            }
        }))
    }
}

impl Walk for Pages {
    fn next(&mut self) -> Step {
        if self.incomplete.is_none()
            && let Some(page) = self.page.take()
            && let Ok(step) = self.step_of(&page)
        {
            return step;
        }
        if self.over { Step::Finished } else { Step::Call(self.call()) }
    }

    fn absorb(&mut self, reply: http::Response<Vec<u8>>, now: UnixMillis) -> Result<(), Failure> {
        let status = reply.status().as_u16();
        let wait = reply.headers().get("retry-after").and_then(|it| it.to_str().ok()?.parse().ok());
        let until = wait.map(|seconds: u64| now.plus(seconds.saturating_mul(1_000)));
        let class = match status {
            200 => {
                let text = String::from_utf8_lossy(reply.body());
                if text.starts_with('<') {
                    return Err(unavailable(Scope::Platform, Cause::NotJson, Some(status)));
                }
                let page: Value = serde_json::from_str(&text).map_err(|_error| {
                    unavailable(Scope::Account, Cause::Truncated, Some(status))
                })?;
                let pause = reply.headers().get(READY_AFTER).and_then(|it| it.to_str().ok());
                let pause_ms = pause.and_then(|it| it.parse().ok()).unwrap_or(0);
                self.ready = now.plus(pause_ms);
                if self.incomplete.is_some() {
                    // The row is told as the page had it: what has changed since comes again.
                    page.get("rows").ok_or_else(|| failure(STRANGE, Some(200)))?;
                    self.incomplete = None;
                    return Ok(());
                }
                // Read once to see whether it can be.
                let seen = (self.after, self.over);
                let read = self.step_of(&page);
                (self.after, self.over) = seen;
                read?;
                self.incomplete = self.last_of_several(&page);
                self.page = Some(page);
                return Ok(());
            }
            429 => Class::Throttled { until },
            401 => Class::Rejected(Rejection::Credentials),
            402 => Class::Suspended(Suspension::Frozen),
            422 => Class::Poison(PoisonReason::Request),
            _ => return Err(unavailable(Scope::Platform, Cause::ServerError, Some(status))),
        };
        Err(failure(class, Some(status)))
    }

    fn ready_at(&self, _: UnixMillis, _: u64) -> UnixMillis {
        self.ready
    }

    fn break_off(&mut self) -> Option<Page> {
        self.incomplete.take()?;
        let mut page = self.page.take()?;
        page.get_mut("rows")?.as_array_mut()?.pop();
        match self.step_of(&page).ok()? {
            Step::Page(page) => Some(page),
            Step::Call(_) | Step::Listed(_) | Step::Finished => None,
        }
    }
}

/// A call at the vendor's, until it is answered or broken off.
struct UnderWay<'a> {
    store: &'a Store,
    number: u64,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.store.world.watch(|watch, _| (watch.call_ends(self.number), Vec::new()));
    }
}

#[async_trait]
impl Connector for SimulatedConnector {
    fn integration(&self) -> Integration {
        Integration::Shopify
    }

    fn walk(&self, plan: &Plan) -> Result<Box<dyn Walk>, PlanError> {
        if let Some(shop) = &self.store.shop {
            return shop.walk(plan);
        }
        let unreadable = || PlanError::Resume { what: "no place between two rows".to_owned() };
        let after = match &plan.resume {
            None => (0, 0),
            Some(resume) => resume
                .split_once('.')
                .and_then(|(version, id)| Some((version.parse().ok()?, id.parse().ok()?)))
                .ok_or_else(unreadable)?,
        };
        Ok(Box::new(Pages {
            plan: plan.clone(),
            after,
            page: None,
            // So that runs are broken off in the middle of a page, too.
            long: !self.store.world.is_calm(),
            incomplete: None,
            over: false,
            ready: UnixMillis(0),
        }))
    }

    async fn send(
        &self,
        call: &Call,
        tag: &CallTag,
        timeout_ms: u64,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        let store = &*self.store;
        let kind =
            if call.request.uri().path() == "/orders" { Kind::Orders } else { Kind::Products };
        let (work, nonce) = tag.lease.split_once('.').unwrap_or((&tag.lease, ""));
        let (work, nonce) = (work.to_owned(), nonce.to_owned());
        let account = store.account.to_string();
        self.life.tell(format_args!("calls {account} for {} as {tag}", kind.as_str()));
        let begun = watch::Call { account, kind: kind.as_str(), work: work.clone(), nonce };
        let number = store.world.watch(|watch, now| watch.call_begins(now, begun));
        let under_way = UnderWay { store, number };
        let began_ms = store.world.elapsed_ms();
        self.life.step().await;
        let answer = match &store.shop {
            Some(shop) => shop.answer(call, tag).await?,
            None => self.answer(kind, call, tag, timeout_ms).await?,
        };
        drop(under_way);
        let (account, ok) = (store.account.to_string(), is_as_asked(&answer));
        store.world.note(|_| Some(Happening::Called { account, work, began_ms, ok }));
        self.life.step().await;
        Ok(answer)
    }
}

impl SimulatedConnector {
    async fn answer(
        &self,
        kind: Kind,
        call: &Call,
        tag: &CallTag,
        timeout_ms: u64,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        let store = &*self.store;
        let (mood, takes_ms) = store.draws();
        store.world.rest(takes_ms.min(timeout_ms)).await;
        if takes_ms >= timeout_ms {
            self.life.tell(format_args!("{tag} times out"));
            return Err(unavailable(Scope::Platform, Cause::Timeout, None));
        }
        let asked = serde_json::from_slice(&call.request.body()[..]).unwrap_or_default();
        let answer = answered(store, mood, kind, &asked);
        self.life.tell(format_args!("{tag} is answered {} ({mood:?})", answer.status()));
        Ok(answer)
    }
}

/// What a store in this mood says.
fn answered(store: &Store, mood: Mood, kind: Kind, asked: &Value) -> http::Response<Vec<u8>> {
    let (status, body) = match mood {
        Mood::Good | Mood::Slow => (200, store.page(kind, asked).to_string()),
        Mood::Down => (503, String::new()),
        Mood::Throttling(_) | Mood::OverLimit => (429, String::new()),
        Mood::Rejecting => (401, String::new()),
        Mood::Suspended => (402, String::new()),
        Mood::Refusing => (422, String::new()),
        Mood::Html => (200, "<html>".to_owned()),
        Mood::Truncated => (200, r#"{"rows":["#.to_owned()),
        Mood::Strange => (200, r#"{"rows":7}"#.to_owned()),
    };
    let mut response = http::Response::new(body.into_bytes());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    if let Mood::Throttling(seconds) = mood {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    if status == 200 {
        response.headers_mut().insert(READY_AFTER, store.paces().into());
    }
    response
}
