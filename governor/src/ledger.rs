//! The ledger of outages. A lane's transitions leave notes in the lane, in the same write; whoever
//! comes by writes them here and only then clears them, so that a crash forgets nothing. Every
//! attribute is written once, or only added to: repeated, late and double writers leave one entry,
//! and nothing ever takes an end away again.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use flyball_governor_core::transitions::note_written;
use flyball_governor_core::{Lane, Note, Outage, UnixMillis, WorkKind};

use crate::error::{GovernorError, was_done};
use crate::governor::{Governor, ITEM_VERSION};
use crate::key::{Key, LaneId};

/// The most outages of one lane that are read, the newest first.
pub const OUTAGES_READ_MAX: usize = 5_000;

/// How many of them one request asks for.
const PAGE: i32 = 500;

const ENTRY: &str = "an entry of the ledger";

/// What waits in a lane's lot for the vendor, and not for a person.
#[derive(Debug, Default)]
struct Waiting {
    rows: u64,
    kinds: BTreeSet<WorkKind>,
}

/// An entry's update: attributes that the first writer sets, and sets that are added to.
#[derive(Debug, Default)]
struct Entry {
    set_once: Vec<(&'static str, AttributeValue)>,
    added: Vec<(&'static str, AttributeValue)>,
}

impl Entry {
    fn number(&mut self, name: &'static str, value: u64) {
        self.set_once.push((name, AttributeValue::N(value.to_string())));
    }

    fn text(&mut self, name: &'static str, value: &str) {
        self.set_once.push((name, AttributeValue::S(value.to_owned())));
    }

    fn add(&mut self, name: &'static str, values: impl IntoIterator<Item = String>) {
        let values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).collect();
        if !values.is_empty() {
            self.added.push((name, AttributeValue::Ss(values)));
        }
    }

    fn of(generation: u64, note: &Note, waiting: &Waiting) -> Self {
        let mut entry = Self::default();
        match note {
            Note::Opened { down: _, detected, ok, class, why, evidence } => {
                entry.text("why", why);
                entry.text("class", class);
                entry.number("detected", detected.0);
                entry.number("opened_in", generation);
                if let Some(ok) = ok {
                    entry.number("last_ok", ok.0);
                }
                entry.add("evidence", [evidence.clone()]);
            }
            Note::Closed { down: _, up } => {
                entry.number("up", up.0);
                entry.number("closed_in", generation);
                entry.number("deferred", waiting.rows);
            }
        }
        entry.add("kinds", waiting.kinds.iter().map(WorkKind::to_string));
        entry
    }

    fn write(self, request: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        let mut request = request
            .expression_attribute_names("#v", "v")
            .expression_attribute_values(":v", AttributeValue::N(ITEM_VERSION.to_string()));
        let mut sets = vec!["#v = :v".to_owned()];
        for (name, value) in self.set_once {
            sets.push(format!("#{name} = if_not_exists(#{name}, :{name})"));
            request = named(request, name, value);
        }
        let mut update = format!("SET {}", sets.join(", "));
        let mut adds = Vec::new();
        for (name, value) in self.added {
            adds.push(format!("#{name} :{name}"));
            request = named(request, name, value);
        }
        if !adds.is_empty() {
            update = format!("{update} ADD {}", adds.join(", "));
        }
        request.update_expression(update)
    }
}

fn named(
    request: UpdateItemFluentBuilder,
    name: &str,
    value: AttributeValue,
) -> UpdateItemFluentBuilder {
    request
        .expression_attribute_names(format!("#{name}"), name)
        .expression_attribute_values(format!(":{name}"), value)
}

impl Governor {
    /// Writes a lane's notes into the ledger, and clears them. Idempotent.
    ///
    /// The kinds that an entry names are those of the work found waiting in the lot when its
    /// beginning and its end were written; what it says of work deferred is how many rows there
    /// were at its end. Both leave out what a stop holds.
    ///
    /// # Errors
    /// No usable answer; the notes then stay for whoever comes by next.
    pub async fn write_notes(&self, lane_id: &LaneId, lane: &Lane) -> Result<(), GovernorError> {
        if lane.notes.is_empty() {
            return Ok(());
        }
        let waiting = self.waiting(lane_id, lane).await?;
        for (generation, note) in &lane.notes {
            let entry = Entry::of(*generation, note, &waiting);
            let write = entry.write(self.update_of_entry(lane_id, note.down())).send().await;
            write.map_err(|error| GovernorError::unanswered(ENTRY, &error))?;
            self.apply(lane_id, &note_written(*generation)).await?;
        }
        Ok(())
    }

    async fn waiting(&self, lane_id: &LaneId, lane: &Lane) -> Result<Waiting, GovernorError> {
        let now = self.now();
        let mut waiting = Waiting::default();
        for row in self.parked(lane_id).await? {
            if lane.stop_for(&row.kind, now).is_none() {
                waiting.rows = waiting.rows.saturating_add(1);
                waiting.kinds.insert(row.kind);
            }
        }
        Ok(waiting)
    }

    fn update_of_entry(&self, lane: &LaneId, down: UnixMillis) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(Key::Outage(lane, down).attributes()))
    }

    /// Adds a sample of a failed probe to the entry of the outage that began at `down`, while it
    /// lasts and has room.
    ///
    /// # Errors
    /// No usable answer; an entry does without a sample.
    pub(crate) async fn keep_sample(
        &self,
        lane: &LaneId,
        down: UnixMillis,
        sample: &str,
    ) -> Result<(), GovernorError> {
        let max = AttributeValue::N(Outage::EVIDENCE_MAX.to_string());
        let request = self
            .update_of_entry(lane, down)
            .update_expression("ADD #evidence :evidence")
            .condition_expression("size(#evidence) < :max AND attribute_not_exists(#up)")
            .expression_attribute_names("#up", "up")
            .expression_attribute_values(":max", max);
        let sample = AttributeValue::Ss(vec![sample.to_owned()]);
        let kept = named(request, "evidence", sample).send().await;
        was_done(kept, ENTRY).map(drop)
    }

    /// Writes that nothing waited any more after the outage that began at `down`; the first to
    /// write it wins. For whoever found the lot empty.
    ///
    /// # Errors
    /// No usable answer.
    pub(crate) async fn write_caught_up(
        &self,
        lane: &LaneId,
        down: UnixMillis,
    ) -> Result<(), GovernorError> {
        let request = self
            .update_of_entry(lane, down)
            .update_expression("SET #caught_up = :caught_up")
            .condition_expression("attribute_exists(#up) AND attribute_not_exists(#caught_up)")
            .expression_attribute_names("#up", "up");
        let now = AttributeValue::N(self.now().0.to_string());
        let written = named(request, "caught_up", now).send().await;
        was_done(written, ENTRY).map(drop)
    }

    /// A lane's outages as the ledger has them, the newest first, at most [`OUTAGES_READ_MAX`].
    ///
    /// # Errors
    /// No usable answer, or an entry that can't be read.
    pub async fn outages(&self, lane: &LaneId) -> Result<Vec<Outage>, GovernorError> {
        let mut items = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(format!("outages#{lane}")))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(PAGE)
            .into_paginator()
            .items()
            .send();
        let mut outages = Vec::new();
        while outages.len() < OUTAGES_READ_MAX
            && let Some(item) = items.next().await
        {
            let item =
                item.map_err(|error| GovernorError::unanswered("a look at the ledger", &error))?;
            outages.push(parse_outage(&item)?);
        }
        Ok(outages)
    }
}

struct Reader<'a> {
    item: &'a HashMap<String, AttributeValue>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<&String> {
        self.item.get(name).and_then(|value| value.as_s().ok())
    }

    fn wrong(&self, attribute: &'static str) -> GovernorError {
        let key = ["pk", "sk"].map(|name| self.text(name).map_or("?", String::as_str)).join("/");
        GovernorError::CorruptItem { key, attribute }
    }

    fn number(&self, name: &'static str) -> Result<Option<u64>, GovernorError> {
        let Some(value) = self.item.get(name) else { return Ok(None) };
        let number = value.as_n().ok().and_then(|digits| digits.parse().ok());
        number.map(Some).ok_or_else(|| self.wrong(name))
    }

    fn moment(&self, name: &'static str) -> Result<Option<UnixMillis>, GovernorError> {
        Ok(self.number(name)?.map(UnixMillis))
    }

    fn texts(&self, name: &'static str) -> Result<BTreeSet<String>, GovernorError> {
        match self.item.get(name) {
            None => Ok(BTreeSet::new()),
            Some(AttributeValue::Ss(texts)) => Ok(texts.iter().cloned().collect()),
            Some(_) => Err(self.wrong(name)),
        }
    }
}

fn parse_outage(item: &HashMap<String, AttributeValue>) -> Result<Outage, GovernorError> {
    let read = Reader { item };
    let down = read.text("sk").and_then(|digits| digits.parse().ok()).map(UnixMillis);
    let kinds = read.texts("kinds")?;
    let kinds = kinds.iter().map(|kind| kind.parse().map_err(|_no_kind| read.wrong("kinds")));
    let opened = read.number("opened_in")?;
    let closed = read.number("closed_in")?;
    Ok(Outage {
        down: down.ok_or_else(|| read.wrong("sk"))?,
        up: read.moment("up")?,
        detected: read.moment("detected")?,
        ok: read.moment("last_ok")?,
        class: read.text("class").filter(|class| !class.is_empty()).cloned(),
        why: read.text("why").cloned().unwrap_or_default(),
        // From one generation to the next a call has failed: nothing else ends a generation while
        // the vendor is down.
        failures: opened.zip(closed).map(|(opened, closed)| closed.saturating_sub(opened)),
        evidence: read.texts("evidence")?,
        kinds: kinds.collect::<Result<_, _>>()?,
        deferred: read.number("deferred")?,
        caught_up: read.moment("caught_up")?,
        parts: 1,
        between_ms: 0,
    })
}
