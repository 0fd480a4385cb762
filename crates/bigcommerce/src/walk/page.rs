//! What an answer to a walk's question means for it.

use flyball_connector::{Failure, Listed, Listing};
use flyball_domain::{Kind, Row, VendorId};

use super::batch::{Batch, Told};
use super::items::goes_on;
use super::{Handover, Reply, Stage, StoreWalk, Want};
use crate::classify::misshapen;
use crate::decode::{StoreFacts, landmark, number_of};
use crate::envelope::{More, Rows};
use crate::requests::Ask;

impl StoreWalk {
    /// Takes in an answer.
    pub(super) fn take_in(
        &mut self,
        ask: &Ask,
        answer: &Rows<'_>,
        reply: &Reply,
    ) -> Result<(), Failure> {
        match &mut self.stage {
            Stage::Completing(_) if *ask == Ask::Store => self.take_in_store(answer, reply),
            Stage::Completing(batch) => {
                let told = &mut Told { names: &mut self.names, gives: &mut self.gives };
                batch.absorb(ask, answer, told);
                Ok(())
            }
            Stage::Suspecting(_) => self.take_in_suspected(answer, reply),
            Stage::Vouching => {
                self.store_is_there = true;
                self.give_up_as_gone();
                Ok(())
            }
            Stage::Asking => self.take_in_page(ask, answer, reply),
            Stage::Holding(_) => Ok(()),
        }
    }

    fn take_in_store(&mut self, answer: &Rows<'_>, reply: &Reply) -> Result<(), Failure> {
        let facts = answer.rows().next().and_then(|row| StoreFacts::read(row).ok());
        match facts {
            Some(facts) if facts.currency.is_some() => {
                self.position.store = Some(facts);
                (self.store_is_there, self.learned) = (true, true);
                Ok(())
            }
            Some(_) | None => Err(misshapen(
                reply,
                "found no currency where the store's information was expected",
            )),
        }
    }

    fn take_in_page(&mut self, ask: &Ask, answer: &Rows<'_>, reply: &Reply) -> Result<(), Failure> {
        if !answer.is_empty() {
            let readable = answer.rows().any(|row| landmark(row).number().is_some());
            if !readable {
                let failure =
                    misshapen(reply, "found no row with an id where records were expected");
                return self.trouble(ask, failure);
            }
        }
        match (ask, &self.want) {
            (Ask::ProductsById { ids }, _) => self.take_in_records(ids, answer, reply),
            (Ask::Order { id }, _) => self.take_in_records(&[*id], answer, reply),
            (_, Want::Listing) => self.take_in_listing(answer, reply),
            (_, Want::Changed(_) | Want::Records(_)) => {
                self.check_order(answer, reply)?;
                let ends = !goes_on(answer, self.sizing.rows());
                self.weigh(answer, reply);
                if answer.is_empty() {
                    self.position.done = true;
                } else {
                    let batch = Batch::new(self.kind, answer, ends, self.gives);
                    self.complete(batch);
                }
                Ok(())
            }
        }
    }

    fn weigh(&mut self, answer: &Rows<'_>, reply: &Reply) {
        if !answer.is_empty() {
            self.sizing.read(answer.len(), reply.body().len());
        }
    }

    /// That ids rise, from behind the one asked for on: all that a walk's losing nothing rests on.
    fn check_order(&self, answer: &Rows<'_>, reply: &Reply) -> Result<(), Failure> {
        let mut last = self.position.after;
        let mut first = true;
        for id in answer.rows().filter_map(|row| landmark(row).number()) {
            let behind = if first { last.is_none_or(|last| id > last) } else { last <= Some(id) };
            if !behind {
                let last = last.unwrap_or_default();
                let what = format!("found id {id} behind {last} where rising ids were expected");
                return Err(misshapen(reply, &what));
            }
            first = false;
            last = Some(id);
        }
        Ok(())
    }

    fn take_in_listing(&mut self, answer: &Rows<'_>, reply: &Reply) -> Result<(), Failure> {
        self.check_order(answer, reply)?;
        let mut rows = Vec::with_capacity(answer.len());
        for row in answer.rows() {
            let place = landmark(row);
            let Some(id) = place.id.filter(|id| number_of(id).is_some()) else {
                let what = "found a row without an id where a listing of all ids was expected";
                return Err(misshapen(reply, what));
            };
            rows.push(Listed { id, updated_at: place.updated_at });
        }
        rows.dedup_by(|next, kept| next.id == kept.id);
        let ends = rows.is_empty() || !goes_on(answer, self.sizing.rows());
        let after = self.position.after.map(vendor_id);
        let last = rows.last().map(|row| row.id.clone());
        self.position.advance(last.as_ref().and_then(number_of));
        self.position.done |= ends;
        let through = if ends { None } else { last };
        let resume = self.position.resume();
        let after = after.flatten();
        self.stage = Stage::Holding(Handover::Listed(Listing { after, through, rows, resume }));
        Ok(())
    }

    /// Records asked for by their ids: what is not among the answer's rows is no more.
    fn take_in_records(
        &mut self,
        asked: &[u64],
        answer: &Rows<'_>,
        reply: &Reply,
    ) -> Result<(), Failure> {
        let numbers: Vec<Option<u64>> = answer.rows().map(|row| landmark(row).number()).collect();
        let all_asked_for =
            numbers.iter().all(|number| number.is_some_and(|number| asked.contains(&number)));
        if !all_asked_for || answer.more == More::Yes {
            let what = "found other rows than those of the ids that were asked for";
            return Err(misshapen(reply, what));
        }
        if self.kind == Kind::Orders && answer.is_empty() {
            self.vouch();
            return Ok(());
        }
        let Want::Records(ids) = &self.want else { return Ok(()) };
        let chunk = self.chunk(ids);
        let found = |id: &VendorId| number_of(id).is_some_and(|id| numbers.contains(&Some(id)));
        let gone = chunk.iter().filter(|id| !found(id)).cloned().map(Row::Gone).collect();
        let covers = chunk.len();
        self.weigh(answer, reply);
        let mut batch = Batch::new(self.kind, answer, false, self.gives);
        batch.gone = gone;
        batch.covers = covers;
        self.complete(batch);
        Ok(())
    }

    fn complete(&mut self, mut batch: Batch) {
        if let Some(begun) = self.begun.take() {
            batch.go_on_with(begun);
        }
        self.stage = Stage::Completing(Box::new(batch));
    }

    /// The one record asked for is said not to be there: that counts once the store is known to be.
    pub(super) fn vouch(&mut self) {
        if self.store_is_there {
            self.give_up_as_gone();
        } else {
            self.stage = Stage::Vouching;
        }
    }

    /// The one record asked for is no more, and the store is there.
    fn give_up_as_gone(&mut self) {
        let Want::Records(ids) = &self.want else { return };
        let rows = self.chunk(ids).first().cloned().map(Row::Gone).into_iter().collect();
        self.position.at = self.position.at.saturating_add(1);
        self.position.tries = 0;
        self.hold(rows);
    }

    /// Texts that are no number of the vendor's name nothing that it has.
    pub(super) fn no_such_ids(&mut self) {
        let Want::Records(ids) = &self.want else { return };
        let chunk = self.chunk(ids).to_vec();
        self.position.at = self.position.at.saturating_add(chunk.len());
        self.hold(chunk.into_iter().map(Row::Gone).collect());
    }
}

/// A number as the id it is.
pub(super) fn vendor_id(number: u64) -> Option<VendorId> {
    number.to_string().parse().ok()
}
