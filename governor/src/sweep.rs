//! A walk over all lots, for whoever makes sure that no row is forgotten.

use core::ops::RangeInclusive;
use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_governor_core::UnixMillis;

use crate::error::GovernorError;
use crate::governor::Governor;
use crate::key::{Key, LaneId};

/// Some of the lots there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotsPage {
    /// The lanes with rows in them.
    pub lanes: BTreeSet<LaneId>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<String>,
}

impl Governor {
    /// Lots with rows in them that have waited since a moment in `since`, from where an earlier page
    /// ended. Looks at no more than `items_max` items of the table, so that most pages have few lots or
    /// none.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn lots(
        &self,
        since: RangeInclusive<UnixMillis>,
        from: Option<&str>,
        items_max: u16,
    ) -> Result<LotsPage, GovernorError> {
        let number = |moment: &UnixMillis| AttributeValue::N(moment.0.to_string());
        let mut scan = self
            .client
            .scan()
            .table_name(&*self.table)
            .filter_expression("begins_with(pk, :lot) AND parked_at BETWEEN :from AND :to")
            .expression_attribute_values(":lot", AttributeValue::S("lot#".to_owned()))
            .expression_attribute_values(":from", number(since.start()))
            .expression_attribute_values(":to", number(since.end()))
            .projection_expression("pk")
            .limit(i32::from(items_max));
        // A place that can't be read begins anew: a sweep that is made twice does no harm.
        if let Some((pk, sk)) = from.and_then(|place| serde_json::from_str(place).ok()) {
            scan = scan
                .exclusive_start_key("pk", AttributeValue::S(pk))
                .exclusive_start_key("sk", AttributeValue::S(sk));
        }
        let answer = scan
            .send()
            .await
            .map_err(|error| GovernorError::unanswered("a look at the lots", &error))?;
        let lot = |item: &std::collections::HashMap<String, AttributeValue>| {
            Key::lot_of(item.get("pk")?.as_s().ok()?)
        };
        let next = answer.last_evaluated_key().and_then(|key| {
            let text = |name: &str| key.get(name)?.as_s().ok().cloned();
            serde_json::to_string(&(text("pk")?, text("sk")?)).ok()
        });
        Ok(LotsPage { lanes: answer.items().iter().filter_map(lot).collect(), next })
    }
}
