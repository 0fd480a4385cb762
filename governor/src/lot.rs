//! The parking lot: jobs that wait in `DynamoDB`, costing nothing.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, Select};
use flyball_governor_core::{InLine, LeaseId, UnixMillis, Waiting, WorkKind};

use crate::error::{GovernorError, was_done};
use crate::governor::{Governor, ITEM_VERSION};
use crate::key::{Key, LaneId};

/// A parked job: one row per key of work, which further requests for the same work join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// The work.
    pub id: LeaseId,
    /// Its kind.
    pub kind: WorkKind,
    /// Its class: 0 goes first.
    pub class: u8,
    /// The work in its owner's words; opaque to the governor.
    pub work: String,
    /// The requests that wait for it.
    pub requests: Requests,
    /// Since when it waits.
    pub since: UnixMillis,
    /// Until when a slot is kept for it: only in a wide lane, where it has been called.
    pub called: Option<UnixMillis>,
}

/// The requests that wait for one piece of work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Each of them, up to [`Requests::IDS_MAX`].
    pub ids: BTreeSet<String>,
    /// The latest of those beyond. A run that begins after it has come covers all before it.
    pub latest: Option<String>,
}

impl Requests {
    /// The most requests that are kept one by one.
    pub const IDS_MAX: usize = 64;

    /// One request.
    pub fn one(id: &str) -> Self {
        Self { ids: BTreeSet::from([id.to_owned()]), latest: None }
    }
}

/// The class of rows that were parked before there were classes.
const CLASS_UNSAID: u8 = 1;

impl Parked {
    /// The row as what it is for whoever decides who goes first.
    pub fn waiting(&self) -> Waiting {
        let Self { id, kind, class, since, .. } = self;
        Waiting { id: id.clone(), kind: kind.clone(), class: *class, since: *since }
    }

    /// The row of a wide lane's lot as the place in line that it is.
    pub fn in_line(&self) -> InLine {
        let Self { class, since, called, .. } = *self;
        InLine { class, since, called }
    }

    /// The most rows of one lane's lot. Work beyond is refused to its sender, unless it joins a row
    /// or has been admitted before; so that a lot never holds more than this, the slots of its
    /// lane, and the rows of those who park at this very moment.
    pub const ROWS_MAX: u32 = 200;
}

/// The rows asked for in one read.
const ROWS_PER_READ: i32 = 200;

const REMOVAL: &str = "the removal of a row";

/// What parking did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Put {
    Created,
    /// The row was there; since when it waits, where that can be read.
    Joined(Option<UnixMillis>),
}

impl Governor {
    /// Parks a piece of work for a request, or lets the request join the row that waits for the
    /// same work. Idempotent per request. Returns since when the work waits.
    ///
    /// # Errors
    /// [`GovernorError::LotFull`] where [`Parked::ROWS_MAX`] other rows wait already: the row is
    /// not there. No usable answer: the row may then be there or not.
    pub async fn park(
        &self,
        lane: &LaneId,
        waiting: &Waiting,
        work: &str,
        request: &str,
    ) -> Result<UnixMillis, GovernorError> {
        if let Put::Joined(since) = self.put_row(lane, waiting, work, request).await? {
            return Ok(since.unwrap_or(waiting.since));
        }
        if self.count_rows(lane).await? <= Parked::ROWS_MAX {
            return Ok(waiting.since);
        }
        self.unpark(lane, &waiting.id, &Requests::one(request)).await?;
        Err(GovernorError::LotFull { lane: lane.to_string(), rows_max: Parked::ROWS_MAX })
    }

    /// Parks work that was admitted and is not done, such as a job that stops at its checkpoint.
    /// Never refused: there is no more of it than the lane has slots.
    ///
    /// # Errors
    /// No usable answer; the row may then be there or not.
    pub async fn park_admitted(
        &self,
        lane: &LaneId,
        waiting: &Waiting,
        work: &str,
        request: &str,
    ) -> Result<(), GovernorError> {
        self.put_row(lane, waiting, work, request).await.map(drop)
    }

    async fn put_row(
        &self,
        lane: &LaneId,
        waiting: &Waiting,
        work: &str,
        request: &str,
    ) -> Result<Put, GovernorError> {
        let joined = self
            .putting_row(lane, waiting, work, request)
            .update_expression(
                "SET #v = :v, #kind = :kind, #class = :class, \
                 #work = if_not_exists(#work, :work), #at = if_not_exists(#at, :since) \
                 ADD #ids :ids",
            )
            .condition_expression(
                "attribute_not_exists(#ids) OR size(#ids) < :max OR contains(#ids, :id)",
            )
            .expression_attribute_values(":id", text(request))
            .expression_attribute_values(":max", AttributeValue::N(Requests::IDS_MAX.to_string()))
            .return_values(ReturnValue::UpdatedOld)
            .send()
            .await;
        match joined {
            Ok(answer) => Ok(match answer.attributes {
                Some(before) if before.contains_key("parked_at") => Put::Joined(since_of(&before)),
                Some(_) | None => Put::Created,
            }),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), UpdateItemError::ConditionalCheckFailedException(_)) =>
            {
                self.join_as_latest(lane, &waiting.id, request).await.map(Put::Joined)
            }
            Err(error) => Err(GovernorError::unanswered("the parking of a job", &error)),
        }
    }

    /// An update of a row with what all need that put one: `:since` is the work's, `:ids` a set of
    /// one.
    pub(crate) fn putting_row(
        &self,
        lane: &LaneId,
        Waiting { id, kind, class, since }: &Waiting,
        work: &str,
        request: &str,
    ) -> UpdateItemFluentBuilder {
        self.update_row(lane, id)
            .expression_attribute_names("#v", "v")
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#class", "class")
            .expression_attribute_names("#work", "work")
            .expression_attribute_names("#at", "parked_at")
            .expression_attribute_names("#ids", "ids")
            .expression_attribute_values(":v", number(ITEM_VERSION))
            .expression_attribute_values(":kind", text(kind.as_str()))
            .expression_attribute_values(":class", number(u64::from(*class)))
            .expression_attribute_values(":work", text(work))
            .expression_attribute_values(":since", number(since.0))
            .expression_attribute_values(":ids", AttributeValue::Ss(vec![request.to_owned()]))
    }

    pub(crate) fn update_row(&self, lane: &LaneId, id: &LeaseId) -> UpdateItemFluentBuilder {
        let key = Key::Parked(lane, id).attributes();
        self.client.update_item().table_name(&*self.table).set_key(Some(key))
    }

    async fn join_as_latest(
        &self,
        lane: &LaneId,
        id: &LeaseId,
        request: &str,
    ) -> Result<Option<UnixMillis>, GovernorError> {
        self.update_row(lane, id)
            .update_expression("SET latest = :id")
            .expression_attribute_values(":id", text(request))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map(|joined| joined.attributes.as_ref().and_then(since_of))
            .map_err(|error| GovernorError::unanswered("the parking of a job", &error))
    }

    /// The rows of a lane's lot, strongly consistent, oldest first.
    ///
    /// # Errors
    /// No usable answer, or a row that can't be read.
    pub async fn parked(&self, lane: &LaneId) -> Result<Vec<Parked>, GovernorError> {
        let (mut rows, mut start) = (Vec::new(), None);
        loop {
            let page = self.rows(lane).limit(ROWS_PER_READ).set_exclusive_start_key(start);
            let page = page.send().await.map_err(|error| no_look(&error))?;
            for item in page.items() {
                rows.push(parse_row(item)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        rows.sort_by_key(|row: &Parked| row.since);
        Ok(rows)
    }

    /// Whether anything waits in a lane's lot, strongly consistent: cheaper than to read it.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn has_parked(&self, lane: &LaneId) -> Result<bool, GovernorError> {
        let first = self.rows(lane).select(Select::Count).limit(1).send().await;
        Ok(first.map_err(|error| no_look(&error))?.count > 0)
    }

    async fn count_rows(&self, lane: &LaneId) -> Result<u32, GovernorError> {
        let (mut count, mut start) = (0_u32, None);
        loop {
            let page = self.rows(lane).select(Select::Count).set_exclusive_start_key(start);
            let page = page.send().await.map_err(|error| no_look(&error))?;
            count = count.saturating_add(u32::try_from(page.count).unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }

    fn rows(&self, lane: &LaneId) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(&format!("lot#{lane}")))
            .consistent_read(true)
    }

    /// One row of a lane's lot, strongly consistent.
    ///
    /// # Errors
    /// No usable answer, or a row that can't be read.
    pub async fn parked_row(
        &self,
        lane: &LaneId,
        id: &LeaseId,
    ) -> Result<Option<Parked>, GovernorError> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(Key::Parked(lane, id).attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| no_look(&error))?;
        answer.item.as_ref().map(parse_row).transpose()
    }

    /// Takes the requests that a finished run covered out of their row, and the row away if none
    /// are left. Requests that joined meanwhile stay.
    ///
    /// # Errors
    /// No usable answer; a repetition does no harm.
    pub async fn unpark(
        &self,
        lane: &LaneId,
        id: &LeaseId,
        cover: &Requests,
    ) -> Result<(), GovernorError> {
        if self.remove_if_covered(lane, id, cover).await? {
            return Ok(());
        }
        if !cover.ids.is_empty() {
            self.take_out(lane, id, cover).await?;
        }
        if let Some(latest) = &cover.latest {
            self.forget_latest(lane, id, latest).await?;
        }
        self.remove_if_covered(lane, id, &Requests::default()).await?;
        Ok(())
    }

    pub(crate) async fn remove_if_covered(
        &self,
        lane: &LaneId,
        id: &LeaseId,
        cover: &Requests,
    ) -> Result<bool, GovernorError> {
        let ids = ids_value(cover);
        let condition = match (&ids, &cover.latest) {
            (Some(_), Some(_)) => "#ids = :ids AND latest = :latest",
            (Some(_), None) => "#ids = :ids AND attribute_not_exists(latest)",
            (None, Some(_)) => "attribute_not_exists(#ids) AND latest = :latest",
            (None, None) => "attribute_not_exists(#ids) AND attribute_not_exists(latest)",
        };
        let mut removal = self
            .client
            .delete_item()
            .table_name(&*self.table)
            .set_key(Some(Key::Parked(lane, id).attributes()))
            .condition_expression(condition)
            .expression_attribute_names("#ids", "ids");
        if let Some(ids) = ids {
            removal = removal.expression_attribute_values(":ids", ids);
        }
        if let Some(latest) = &cover.latest {
            removal = removal.expression_attribute_values(":latest", text(latest));
        }
        match removal.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), DeleteItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(false)
            }
            Err(error) => Err(GovernorError::unanswered(REMOVAL, &error)),
        }
    }

    async fn take_out(
        &self,
        lane: &LaneId,
        id: &LeaseId,
        cover: &Requests,
    ) -> Result<(), GovernorError> {
        let taken = self
            .update_row(lane, id)
            .update_expression("DELETE #ids :ids")
            .condition_expression("attribute_exists(#ids)")
            .expression_attribute_names("#ids", "ids")
            .set_expression_attribute_values(
                ids_value(cover).map(|ids| HashMap::from([(":ids".to_owned(), ids)])),
            )
            .return_values(ReturnValue::None)
            .send()
            .await;
        was_done(taken, REMOVAL).map(drop)
    }

    async fn forget_latest(
        &self,
        lane: &LaneId,
        id: &LeaseId,
        latest: &str,
    ) -> Result<(), GovernorError> {
        let forgotten = self
            .update_row(lane, id)
            .update_expression("REMOVE latest")
            .condition_expression("latest = :latest")
            .expression_attribute_values(":latest", text(latest))
            .send()
            .await;
        was_done(forgotten, REMOVAL).map(drop)
    }
}

fn no_look<E, R>(error: &SdkError<E, R>) -> GovernorError
where
    SdkError<E, R>: std::error::Error,
{
    GovernorError::unanswered("a look at a lot", error)
}

/// Since when a row waits.
fn since_of(row: &HashMap<String, AttributeValue>) -> Option<UnixMillis> {
    row.get("parked_at")?.as_n().ok()?.parse().ok().map(UnixMillis)
}

fn ids_value(requests: &Requests) -> Option<AttributeValue> {
    (!requests.ids.is_empty()).then(|| AttributeValue::Ss(requests.ids.iter().cloned().collect()))
}

pub(crate) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn parse_row(item: &HashMap<String, AttributeValue>) -> Result<Parked, GovernorError> {
    let key = ["pk", "sk"]
        .map(|name| item.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str))
        .join("/");
    let wrong = |attribute| GovernorError::CorruptItem { key: key.clone(), attribute };
    let text_of = |attribute: &'static str| {
        item.get(attribute).and_then(|value| value.as_s().ok()).ok_or_else(|| wrong(attribute))
    };
    Ok(Parked {
        id: text_of("sk")?.parse().map_err(|_no_id| wrong("sk"))?,
        kind: text_of("kind")?.parse().map_err(|_no_kind| wrong("kind"))?,
        class: match item.get("class") {
            None => CLASS_UNSAID,
            Some(class) => class
                .as_n()
                .ok()
                .and_then(|digits| digits.parse().ok())
                .ok_or_else(|| wrong("class"))?,
        },
        work: text_of("work")?.clone(),
        requests: Requests {
            ids: item
                .get("ids")
                .and_then(|value| value.as_ss().ok())
                .map(|ids| ids.iter().cloned().collect())
                .unwrap_or_default(),
            latest: item.get("latest").and_then(|value| value.as_s().ok()).cloned(),
        },
        since: item
            .get("parked_at")
            .and_then(|value| value.as_n().ok())
            .and_then(|number| number.parse().ok())
            .map(UnixMillis)
            .ok_or_else(|| wrong("parked_at"))?,
        called: item
            .get("turn_until")
            .map(|value| value.as_n().ok().and_then(|number| number.parse().ok()))
            .map(|until| until.map(UnixMillis).ok_or_else(|| wrong("turn_until")))
            .transpose()?,
    })
}
