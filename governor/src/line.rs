//! The line before a wide lane: one place for each of its accounts, which is a row of the lane's lot.
//! Whoever is next is called, and a slot is kept for it until it comes or its time is over. Nothing
//! rests on the line but who goes first: whoever loses its place is looked at again by its own lane.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use flyball_governor_core::{Lane, LeaseId, Nonce, Turns, Waiting};

use crate::error::{GovernorError, was_done};
use crate::governor::Governor;
use crate::key::LaneId;
use crate::lot::{Parked, number};

/// What standing in line did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stood {
    /// At the end, where it was not before.
    AtTheEnd,
    /// Where it stood already.
    WhereItWas,
}

impl Governor {
    /// Puts somebody into the line before a wide lane, who keeps its place if it has one. `call` is
    /// what is sent when it is called.
    ///
    /// # Errors
    /// No usable answer: it may then stand in line or not.
    pub async fn stand_in_line(
        &self,
        lane: &LaneId,
        place: &Waiting,
        call: &str,
    ) -> Result<Stood, GovernorError> {
        let stood = self
            .putting_place(lane, place, call)
            .update_expression(
                "SET #v = :v, #kind = if_not_exists(#kind, :kind), \
                 #class = if_not_exists(#class, :class), #work = if_not_exists(#work, :work), \
                 #at = if_not_exists(#at, :since), #ids = :ids",
            )
            .return_values(ReturnValue::UpdatedOld)
            .send()
            .await
            .map_err(|error| GovernorError::unanswered("standing in line", &error))?;
        let Some(before) = stood.attributes.filter(|before| before.contains_key("parked_at"))
        else {
            return Ok(Stood::AtTheEnd);
        };
        let class = before.get("class").and_then(|value| value.as_n().ok()?.parse::<u8>().ok());
        if class.is_none_or(|class| place.class < class) {
            self.raise_place(lane, place).await?;
        }
        Ok(Stood::WhereItWas)
    }

    /// Lets a place count as of the class of what has joined it.
    async fn raise_place(&self, lane: &LaneId, place: &Waiting) -> Result<(), GovernorError> {
        let raised = self
            .update_row(lane, &place.id)
            .update_expression("SET #class = :class")
            .condition_expression("#class > :class")
            .expression_attribute_names("#class", "class")
            .expression_attribute_values(":class", number(u64::from(place.class)))
            .send()
            .await;
        was_done(raised, "a place in line").map(drop)
    }

    /// Moves whoever has had its turn to the end of the line, where more of its work waits. Says
    /// whether it stood there.
    ///
    /// # Errors
    /// No usable answer: it may then be called again before others.
    pub async fn go_to_the_end(
        &self,
        lane: &LaneId,
        place: &Waiting,
        call: &str,
    ) -> Result<bool, GovernorError> {
        let moved = self
            .putting_place(lane, place, call)
            .update_expression(
                "SET #v = :v, #kind = :kind, #class = :class, #work = :work, #at = :since, \
                 #ids = :ids REMOVE turn_until",
            )
            .condition_expression("attribute_exists(pk)")
            .send()
            .await;
        was_done(moved, "a move to the end of a line")
    }

    fn putting_place(&self, lane: &LaneId, place: &Waiting, call: &str) -> UpdateItemFluentBuilder {
        // New each time, so that whoever leaves by what it has read does not take away what came
        // after.
        let stamp = Nonce::from_random(self.random()).to_string();
        self.putting_row(lane, place, call, &stamp)
    }

    /// Who of those whose rows these are stands in line and has not been called, and for how many
    /// of them there is room in a lane that has so many slots.
    pub fn turns<'r>(&self, lane: &Lane, slots: u32, rows: &'r [Parked]) -> Turns<'r, Parked> {
        Turns::of(lane, slots, rows, Parked::in_line, self.now(), &self.policy)
    }

    /// Keeps a slot for one who stands in line, for as long as whoever is sent for is given to come.
    /// Says whether it is the caller's to call it: nobody else has, and it stands there still.
    ///
    /// # Errors
    /// No usable answer: a slot may then be kept for it in vain.
    pub async fn call(&self, lane: &LaneId, id: &LeaseId) -> Result<bool, GovernorError> {
        let now = self.now();
        let called = self
            .update_row(lane, id)
            .update_expression("SET turn_until = :until")
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(turn_until) OR turn_until <= :now)",
            )
            .expression_attribute_values(":until", number(now.plus(self.policy.wake_again_ms).0))
            .expression_attribute_values(":now", number(now.0))
            .send()
            .await;
        was_done(called, "a call")
    }

    /// Ends a call: the place is kept, but no slot for it. Where it is not there, nothing happens.
    ///
    /// # Errors
    /// No usable answer: the slot is then kept until the call's time is over.
    pub async fn end_call(&self, lane: &LaneId, id: &LeaseId) -> Result<(), GovernorError> {
        let ended = self
            .update_row(lane, id)
            .update_expression("REMOVE turn_until")
            .condition_expression("attribute_exists(pk)")
            .send()
            .await;
        was_done(ended, "the end of a call").map(drop)
    }

    /// Takes somebody out of the line, unless more of its work has come since its place was read:
    /// then only the call ends.
    ///
    /// # Errors
    /// No usable answer: a repetition does no harm.
    pub async fn leave_line(&self, lane: &LaneId, seen: &Parked) -> Result<(), GovernorError> {
        if self.remove_if_covered(lane, &seen.id, &seen.requests).await? {
            return Ok(());
        }
        self.end_call(lane, &seen.id).await
    }
}
