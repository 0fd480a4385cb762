use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use flyball_governor_core::item::{Item, Path, Value};
use flyball_governor_core::transition::{Arg, Change, Transition};
use flyball_governor_core::transitions as t;
use flyball_governor_core::{
    Ask, Claim, GroupName, Lane, Lease, LeaseId, Move, Nonce, Pardon, Policy, Reason, Refusal,
    Stop, StopCause, UnixMillis, WorkKind, next_move,
};

use crate::board::BoardSeen;
use crate::clock::{Clock, Entropy};
use crate::error::GovernorError;
use crate::holder::{Holder, Place};
use crate::item::{from_dynamodb, to_dynamodb};
use crate::key::{Key, LaneId};
use crate::render::Expressions;
use crate::skew::ClockWatch;

/// The version of the items that this code writes.
pub(crate) const ITEM_VERSION: u64 = 1;

/// The governor of one table. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Governor {
    pub(crate) client: Client,
    pub(crate) table: Arc<str>,
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) board_seen: Arc<BoardSeen>,
    watch: Option<ClockWatch>,
}

/// What a lane is made of where there is none yet, and held to where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneSpec {
    /// The group that it belongs to, if it belongs to one.
    pub group: Option<GroupName>,
    /// How many slots it has, 1 to [`Lane::SLOTS_MAX`]; what is beyond counts as the bound.
    pub cap: u32,
}

impl LaneSpec {
    /// A lane of no group.
    pub const fn alone(cap: u32) -> Self {
        Self { group: None, cap }
    }

    fn is_of(&self, lane: &Lane) -> bool {
        let cap = self.cap.clamp(1, Lane::SLOTS_MAX);
        lane.cap == cap && (self.group.is_none() || self.group == lane.group)
    }
}

/// What came of a transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried<T = Lane> {
    /// It happened; the lane, or the board, as it is now.
    Done(T),
    /// Its condition did not hold; the lane, or the board, as it is, `None` where there is none.
    Refused(Option<T>),
}

impl<T> Tried<T> {
    pub(crate) fn try_map<U, E>(
        self,
        parse: impl FnOnce(T) -> Result<U, E>,
    ) -> Result<Tried<U>, E> {
        Ok(match self {
            Self::Done(it) => Tried::Done(parse(it)?),
            Self::Refused(it) => Tried::Refused(it.map(parse).transpose()?),
        })
    }
}

/// The governor's answer to a request for a slot.
#[derive(Debug)]
pub enum Admission {
    /// Run.
    Admitted(Box<Holder>),
    /// Not now.
    Refused(Refusal),
}

/// What one lane answered to a request for a slot.
pub(crate) enum Asked {
    Granted(Box<Granted>),
    Refused(Refusal),
}

/// A lease, and the lane as it was with it.
pub(crate) struct Granted {
    pub(crate) lease: Lease,
    pub(crate) lane: Lane,
    /// When it was asked for, by the monotonic clock.
    pub(crate) sent_ms: u64,
}

/// How often an admission goes on after a refusal that told it a fitting transition. Each such
/// refusal means that somebody else changed the lane in between.
const ADMISSION_TRIES_MAX: usize = 6;

/// The notes that a lane keeps, as a length.
const NOTES_MAX: usize = Lane::NOTES_MAX as usize;

/// How long whoever met nothing but changes is told to wait.
const CONTENDED_MS: u64 = 1_000;

impl Governor {
    /// A governor over a table.
    pub fn new(
        client: Client,
        table: &str,
        policy: Policy,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let board_seen = Arc::default();
        Self { client, table: table.into(), policy, clock, entropy, board_seen, watch: None }
    }

    /// The same governor, which compares its clock with the `Date` of every answer, and gives
    /// [`GovernorError::ClockOff`] instead of leave while it is surely wrong. For whoever lives by
    /// the clock that the table lives by: not for time that a test makes up.
    #[must_use]
    pub fn watching_its_clock(self) -> Self {
        let watch = ClockWatch::new(Arc::clone(&self.clock));
        let config = self.client.config().to_builder().interceptor(watch.clone()).build();
        Self { client: Client::from_conf(config), watch: Some(watch), ..self }
    }

    pub(crate) fn check_clock(&self) -> Result<(), GovernorError> {
        self.watch.as_ref().map_or(Ok(()), |watch| watch.check(self.policy.skew_ms))
    }

    /// Its settings.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Its clock.
    pub fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    /// A random number.
    pub fn random(&self) -> u64 {
        self.entropy.next_u64()
    }

    /// A claim for one delivery of work: its nonce is new, and stays the same in every retry.
    pub fn claim(&self, id: LeaseId, kind: WorkKind) -> Claim {
        Claim { id, nonce: Nonce::from_random(self.random()), kind }
    }

    /// Reads a lane, strongly consistent; `None` where there is none.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn look(&self, lane: &LaneId) -> Result<Option<Lane>, GovernorError> {
        self.read_lane(lane, true).await
    }

    /// Reads a lane at half the price, as it was a moment ago: for whoever looks again before acting
    /// on it.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn glance(&self, lane: &LaneId) -> Result<Option<Lane>, GovernorError> {
        self.read_lane(lane, false).await
    }

    async fn read_lane(
        &self,
        lane: &LaneId,
        consistent: bool,
    ) -> Result<Option<Lane>, GovernorError> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(Key::Lane(lane).attributes()))
            .consistent_read(consistent)
            .send()
            .await
            .map_err(|error| GovernorError::unanswered("a look at a lane", &error))?;
        answer.item.map(|item| parse_lane(lane, &from_dynamodb(&item))).transpose()
    }

    /// Tries a transition: one conditional update.
    ///
    /// # Errors
    /// No usable answer. The transition may then have happened or not: a retry with the same nonce
    /// tells.
    pub async fn apply(
        &self,
        lane: &LaneId,
        transition: &Transition,
    ) -> Result<Tried, GovernorError> {
        let tried = self.update(&Key::Lane(lane), transition).await?;
        let word = if matches!(tried, Tried::Done(_)) { "done" } else { "refused" };
        tracing::debug!(%lane, transition = %transition.name, "{word}");
        tried.try_map(|item| parse_lane(lane, &item))
    }

    /// Tries a transition on the item of a key: one conditional update.
    pub(crate) async fn update(
        &self,
        key: &Key<'_>,
        transition: &Transition,
    ) -> Result<Tried<Item>, GovernorError> {
        let expressions = Expressions::of(transition);
        let values =
            expressions.values.iter().map(|(name, value)| (name.clone(), to_dynamodb(value)));
        let values: HashMap<_, _> = values.collect();
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key.attributes()))
            .update_expression(expressions.update)
            .condition_expression(expressions.condition)
            .set_expression_attribute_names(Some(expressions.names.into_iter().collect()))
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        // On the heap: the client's futures are large, and every end of a job holds several.
        let answer = Box::pin(update.send()).await;
        match answer {
            Ok(answer) => Ok(Tried::Done(from_dynamodb(&answer.attributes.unwrap_or_default()))),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    Ok(Tried::Refused(refusal.item().map(from_dynamodb)))
                }
                _ => Err(GovernorError::unanswered(transition.name.as_str(), &error)),
            },
        }
    }

    /// Tries a transition that may leave a note. Refused only because too many notes wait, it
    /// writes those and tries once more.
    pub(crate) async fn apply_with_notes(
        &self,
        lane: &LaneId,
        transition: &Transition,
    ) -> Result<Tried, GovernorError> {
        let tried = self.apply(lane, transition).await?;
        match &tried {
            Tried::Refused(Some(seen)) if seen.notes.len() >= NOTES_MAX => {
                self.write_notes(lane, seen).await?;
                self.apply(lane, transition).await
            }
            Tried::Done(_) | Tried::Refused(_) => Ok(tried),
        }
    }

    /// Makes the lane if there is none.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn create(&self, lane: &LaneId, spec: &LaneSpec) -> Result<Tried, GovernorError> {
        self.apply(lane, &create_item(lane, spec)).await
    }

    /// Asks for a slot: one call where nobody contends, besides a look at the board when the last
    /// one of this process is too old. A lane that doesn't exist is made.
    ///
    /// # Errors
    /// No usable answer, or a clock that can't be trusted: the caller starts nothing.
    pub async fn admit(
        &self,
        lane: &LaneId,
        claim: &Claim,
        spec: &LaneSpec,
    ) -> Result<Admission, GovernorError> {
        let board = self.board().await?;
        self.check_clock()?;
        let ask = Ask { lane: lane.as_str(), group: spec.group.as_ref(), kind: &claim.kind };
        if let Some(refusal) = board.refuses(&ask, self.now()) {
            return Ok(Admission::Refused(refusal));
        }
        let pardon = board.pardon(spec.group.as_ref());
        Ok(match self.ask_lane(lane, claim, spec, pardon).await? {
            Asked::Granted(granted) => {
                let place = Place { lane: lane.clone(), group: spec.group.clone() };
                let holder = Holder::new(self.clone(), place, *granted);
                Admission::Admitted(Box::new(holder))
            }
            Asked::Refused(refusal) => Admission::Refused(refusal),
        })
    }

    /// Asks one lane for a slot, whatever the board says.
    pub(crate) async fn ask_lane(
        &self,
        lane: &LaneId,
        claim: &Claim,
        spec: &LaneSpec,
        pardon: Option<Pardon>,
    ) -> Result<Asked, GovernorError> {
        let sent_ms = self.clock.monotonic_ms();
        let now = self.now();
        let mut next = t::admit(claim, now, now.plus(self.policy.lease_ms));
        for _ in 0..ADMISSION_TRIES_MAX {
            let seen = match self.apply(lane, &next).await? {
                Tried::Done(seen) | Tried::Refused(Some(seen)) => seen,
                Tried::Refused(None) => {
                    self.create(lane, spec).await?;
                    let now = self.now();
                    next = t::admit(claim, now, now.plus(self.policy.lease_ms));
                    continue;
                }
            };
            let fits = spec.is_of(&seen);
            let seen = if fits { seen } else { self.fit(lane, seen, spec).await? };
            match next_move(&seen, claim, pardon, self.now(), &self.policy) {
                // Admitted by a limit that was out of date.
                Move::Mine(lease) if !fits && seen.held_count() > seen.limit => {
                    self.apply(lane, &t::release(&lease)).await?;
                    let (held, limit) = (seen.held_count().saturating_sub(1), seen.limit);
                    let reason = Reason::Full { held, limit };
                    return Ok(Asked::Refused(Refusal { reason, until: seen.first_expiry() }));
                }
                Move::Mine(lease) => {
                    return Ok(Asked::Granted(Box::new(Granted { lease, lane: seen, sent_ms })));
                }
                Move::MineButTripped(lease) => {
                    self.apply(lane, &t::release_and_mark(&lease, self.now())).await?;
                    let reason = Reason::BackingOff { why: seen.why.clone(), level: seen.level };
                    return Ok(Asked::Refused(Refusal { reason, until: Some(seen.shut) }));
                }
                Move::Try(fitting) => next = fitting,
                Move::Wait(refusal) => return Ok(Asked::Refused(refusal)),
            }
        }
        let until = Some(self.now().plus(CONTENDED_MS));
        Ok(Asked::Refused(Refusal { reason: Reason::Contended, until }))
    }

    /// Holds a lane to what it should be; one that somebody else is changing stays as it is until
    /// the next admission.
    async fn fit(&self, id: &LaneId, seen: Lane, spec: &LaneSpec) -> Result<Lane, GovernorError> {
        let mut resize = t::resize(&seen, spec.cap, self.now());
        resize.then.extend(spec.group.as_ref().map(|group| {
            let arg = Arg { symbol: "group", value: Value::Text(group.as_str().to_owned()) };
            Change::Set(Path::attribute("group"), arg)
        }));
        match self.apply(id, &resize).await? {
            Tried::Done(lane) | Tried::Refused(Some(lane)) => Ok(lane),
            Tried::Refused(None) => Ok(seen),
        }
    }

    /// Asks for somebody to look at the lane, which is made if there is none.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn mark(&self, lane: &LaneId, spec: &LaneSpec) -> Result<(), GovernorError> {
        if let Tried::Refused(_) = self.apply(lane, &t::mark(self.now())).await? {
            self.create(lane, spec).await?;
            self.apply(lane, &t::mark(self.now())).await?;
        }
        Ok(())
    }

    /// Removes leases whose holders are dead; an admission does so by itself where it needs the
    /// room. Returns the lane as it is now.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn reap(&self, lane: &LaneId) -> Result<Option<Lane>, GovernorError> {
        let Some(seen) = self.look(lane).await? else { return Ok(None) };
        let dead_before = self.now().minus(self.policy.skew_ms);
        let dead = seen.dead_ids(dead_before);
        if dead.is_empty() {
            return Ok(Some(seen));
        }
        match self.apply(lane, &t::reap(&dead, dead_before)).await? {
            Tried::Done(lane) => Ok(Some(lane)),
            Tried::Refused(lane) => Ok(lane),
        }
    }

    /// Stops a lane for a cause; it is made if there is none, so that it is born stopped.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn stop(
        &self,
        lane: &LaneId,
        cause: &StopCause,
        stop: &Stop,
        spec: &LaneSpec,
    ) -> Result<Option<Lane>, GovernorError> {
        self.begin_stretch(lane, cause, stop).await;
        for _ in 0..2 {
            if let Tried::Done(lane) = self.apply(lane, &t::stop(cause, stop, self.now())).await? {
                return Ok(Some(lane));
            }
            self.create(lane, spec).await?;
        }
        Ok(None)
    }

    /// Replaces the stop of a cause where that is still the one that was seen.
    ///
    /// # Errors
    /// No usable answer; the stop may then be replaced or not.
    pub async fn replace_stop(
        &self,
        lane: &LaneId,
        cause: &StopCause,
        seen: &Stop,
        stop: &Stop,
    ) -> Result<Tried, GovernorError> {
        let transition = t::stop(cause, stop, self.now()).and(t::stop_is(cause, seen));
        let tried = match self.apply(lane, &transition).await? {
            // The client tries again where an answer was lost.
            Tried::Refused(Some(seen)) if seen.stops.get(cause) == Some(stop) => Tried::Done(seen),
            tried @ (Tried::Done(_) | Tried::Refused(_)) => tried,
        };
        if let Tried::Done(_) = tried {
            // Not before: one that is refused began nothing.
            self.begin_stretch(lane, cause, stop).await;
        }
        Ok(tried)
    }

    /// Lifts the stop of a cause where that is still the one that was seen.
    ///
    /// # Errors
    /// No usable answer; the stop may then be lifted or not.
    pub async fn lift_seen(
        &self,
        lane: &LaneId,
        cause: &StopCause,
        seen: &Stop,
    ) -> Result<Tried, GovernorError> {
        let transition = t::lift(cause, self.now()).and(t::stop_is(cause, seen));
        let tried = match self.apply(lane, &transition).await? {
            // Lifted by this very call, whose answer was lost, or by somebody else just now.
            Tried::Refused(Some(seen)) if !seen.stops.contains_key(cause) => Tried::Done(seen),
            tried @ (Tried::Done(_) | Tried::Refused(_)) => tried,
        };
        if let Tried::Done(_) = tried {
            self.end_stretch(lane, cause).await;
        }
        Ok(tried)
    }

    /// Lifts the stop of a cause; `None` where there is no such lane.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn lift(
        &self,
        lane: &LaneId,
        cause: &StopCause,
    ) -> Result<Option<Lane>, GovernorError> {
        self.end_stretch(lane, cause).await;
        match self.apply(lane, &t::lift(cause, self.now())).await? {
            Tried::Done(lane) => Ok(Some(lane)),
            Tried::Refused(lane) => Ok(lane),
        }
    }
}

/// The core's creation, and what only the table knows of: the item's version and its part of the
/// wake index.
fn create_item(lane: &LaneId, spec: &LaneSpec) -> Transition {
    let mut create = t::create(spec.cap, spec.group.as_ref());
    for (name, value) in [("v", ITEM_VERSION), ("shard", lane.wake_shard())] {
        let arg = Arg { symbol: name, value: Value::Number(value) };
        create.then.push(Change::Set(Path::attribute(name), arg));
    }
    create
}

fn parse_lane(lane: &LaneId, item: &Item) -> Result<Lane, GovernorError> {
    Lane::parse(item).map_err(|error| GovernorError::Corrupt { lane: lane.to_string(), error })
}

/// Whether a lease is this holder's own, after its latest write.
pub(crate) fn still(lease: &Lease, lane: &Lane) -> Option<Lease> {
    Lease::find(&lease.claim, lane).map(|found| Lease {
        admitted_in: lease.admitted_in,
        fence: lease.fence,
        succeeded: lease.succeeded,
        ..found
    })
}
