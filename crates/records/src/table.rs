use std::collections::HashMap;
use std::error::Error;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, KeysAndAttributes, Put, ReturnValue,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

use crate::key::{Key, PK, SK};

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Why a transaction was canceled: a condition did not hold.
const REFUSED: &str = "ConditionalCheckFailed";

/// Keys in one batch read; the service's own bound.
pub(crate) const BATCH_KEYS_MAX: usize = 100;

/// Rounds of one batch read. A round answers at least 16 MB, and a hundred items hold at most 40.
const BATCH_ROUNDS_MAX: usize = 8;

/// Why `DynamoDB` did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Too many requests, or others at the same item. Nothing was harmed; the same work may be
    /// asked for again, later.
    #[error("DynamoDB throttles {operation} on table {table}: try again later")]
    Throttled {
        /// What was asked for.
        operation: &'static str,
        /// Of which table.
        table: String,
    },
    /// There is no such table.
    #[error("found no table {table} for {operation}: create it first")]
    NoTable {
        /// What was asked for.
        operation: &'static str,
        /// Of which table.
        table: String,
    },
    /// Anything else: no connection, no permission, a request that is not understood.
    #[error("{operation} on table {table} failed: {what}")]
    Failed {
        /// What was asked for.
        operation: &'static str,
        /// Of which table.
        table: String,
        /// What the service or the connection said.
        what: String,
        /// The SDK's own error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What became of a conditional write.
#[derive(Debug)]
pub(crate) enum Conditional {
    /// Done; the item as it was before, where it was asked for.
    Done(Option<Item>),
    /// The condition did not hold; the item as it is.
    Refused(Option<Item>),
}

/// What became of a write that depends on another item too.
#[derive(Debug)]
pub(crate) enum Joint {
    /// Done.
    Done,
    /// The condition on the item itself did not hold; the item as it is.
    Refused(Option<Item>),
    /// The condition on the other item did not hold.
    OtherRefused,
}

/// An expression with the values it names. Attribute names are written `#name` throughout, because
/// many short words are reserved.
#[derive(Clone, Debug)]
pub(crate) struct Expression<'a> {
    pub(crate) text: &'a str,
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
}

/// One page of a query over one partition, in the order of the sort key.
#[derive(Debug)]
pub(crate) struct Range<'a> {
    pub(crate) partition: String,
    /// A condition on `#sk`.
    pub(crate) sort: Option<Expression<'a>>,
    /// What to fetch; everything, if `None`.
    pub(crate) projection: Option<&'a str>,
    /// How many items to look at; as many as fit a page of 1 MB, if `None`.
    pub(crate) limit: Option<i32>,
    /// The `last` of the page before.
    pub(crate) start: Option<Item>,
}

/// Items, and where the next page starts, if there is one.
#[derive(Debug)]
pub(crate) struct Items {
    pub(crate) items: Vec<Item>,
    pub(crate) last: Option<Item>,
}

/// One table, and the few operations that are used of it.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    client: Client,
    name: String,
}

impl Table {
    pub(crate) const fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Reads one item, strongly consistent.
    pub(crate) async fn get(&self, key: Key<'_>) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.name).consistent_read(true);
        let answer = request.set_key(Some(key.item())).send().await;
        answer.map(|output| output.item).map_err(|error| self.error("GetItem", error))
    }

    /// Writes an item whole, without a condition.
    pub(crate) async fn put(&self, item: Item) -> Result<(), StoreError> {
        let request = self.client.put_item().table_name(&self.name).set_item(Some(item));
        request.send().await.map(drop).map_err(|error| self.error("PutItem", error))
    }

    /// Writes an item whole, if `condition` holds.
    pub(crate) async fn put_if(
        &self,
        item: Item,
        condition: Expression<'_>,
    ) -> Result<Conditional, StoreError> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .set_expression_attribute_names(names(&[condition.text]))
            .condition_expression(condition.text)
            .set_expression_attribute_values(values(condition.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Conditional::Done(None)),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Conditional::Refused(refused.item.clone()))
                }
                _ => Err(self.error("PutItem", error)),
            },
        }
    }

    /// Writes an item whole, if `condition` holds of it and `demand` of the item at `other`, both at
    /// that very moment. Costs twice the write, so it is for what is rare.
    pub(crate) async fn put_if_both(
        &self,
        item: Item,
        condition: Expression<'_>,
        other: Key<'_>,
        demand: Expression<'_>,
    ) -> Result<Joint, StoreError> {
        let operation = "TransactWriteItems";
        let unmade = |error: BuildError| self.failed(operation, error.to_string(), error);
        let check = ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(other.item()))
            .set_expression_attribute_names(names(&[demand.text]))
            .condition_expression(demand.text)
            .set_expression_attribute_values(values(demand.values))
            .build()
            .map_err(unmade)?;
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .set_expression_attribute_names(names(&[condition.text]))
            .condition_expression(condition.text)
            .set_expression_attribute_values(values(condition.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unmade)?;
        let request = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().condition_check(check).build())
            .transact_items(TransactWriteItem::builder().put(put).build());
        let Err(error) = request.send().await else { return Ok(Joint::Done) };
        let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) =
            error.as_service_error()
        else {
            return Err(self.error(operation, error));
        };
        let refused = |reason: &&CancellationReason| reason.code() == Some(REFUSED);
        match canceled.cancellation_reasons() {
            [check, _] if refused(&check) => Ok(Joint::OtherRefused),
            [_, put] if refused(&put) => Ok(Joint::Refused(put.item.clone())),
            _ => Err(StoreError::Throttled { operation, table: self.name.clone() }),
        }
    }

    /// Changes an item, if `condition` holds; the values are those of both.
    pub(crate) async fn update_if(
        &self,
        key: Key<'_>,
        update: Expression<'_>,
        condition: &str,
    ) -> Result<Conditional, StoreError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key.item()))
            .set_expression_attribute_names(names(&[update.text, condition]))
            .update_expression(update.text)
            .condition_expression(condition)
            .set_expression_attribute_values(values(update.values))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            // Of an item that was not there, the embedded engine returns the keys.
            Ok(output) => {
                Ok(Conditional::Done(output.attributes.filter(|old| old.contains_key("v"))))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Conditional::Refused(refused.item.clone()))
                }
                _ => Err(self.error("UpdateItem", error)),
            },
        }
    }

    /// Removes an item, if it exists and `condition` holds.
    pub(crate) async fn delete_if(
        &self,
        key: Key<'_>,
        condition: Expression<'_>,
    ) -> Result<Conditional, StoreError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key.item()))
            .set_expression_attribute_names(names(&[condition.text]))
            .condition_expression(condition.text)
            .set_expression_attribute_values(values(condition.values))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        match answer {
            Ok(output) => Ok(Conditional::Done(output.attributes)),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => {
                    Ok(Conditional::Refused(None))
                }
                _ => Err(self.error("DeleteItem", error)),
            },
        }
    }

    /// Removes an item by its two key attributes.
    pub(crate) async fn delete(&self, key: Item) -> Result<(), StoreError> {
        let request = self.client.delete_item().table_name(&self.name).set_key(Some(key));
        request.send().await.map(drop).map_err(|error| self.error("DeleteItem", error))
    }

    /// Reads one page of a partition, strongly consistent.
    pub(crate) async fn query(&self, range: Range<'_>) -> Result<Items, StoreError> {
        let (sort, mut bound) = range.sort.map_or(("", vec![]), |sort| (sort.text, sort.values));
        let condition =
            if sort.is_empty() { "#pk = :pk".to_owned() } else { format!("#pk = :pk AND {sort}") };
        bound.push((":pk", AttributeValue::S(range.partition)));
        let output = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .set_expression_attribute_names(names(&[
                &condition,
                range.projection.unwrap_or_default(),
            ]))
            .key_condition_expression(&condition)
            .set_expression_attribute_values(values(bound))
            .set_projection_expression(range.projection.map(str::to_owned))
            .set_limit(range.limit)
            .set_exclusive_start_key(range.start)
            .send()
            .await
            .map_err(|error| self.error("Query", error))?;
        Ok(Items { items: output.items.unwrap_or_default(), last: output.last_evaluated_key })
    }

    /// Reads up to [`BATCH_KEYS_MAX`] items, strongly consistent, in any order; those that do not
    /// exist are left out. No key may come twice.
    pub(crate) async fn batch_get(
        &self,
        keys: Vec<Item>,
        projection: &str,
    ) -> Result<Vec<Item>, StoreError> {
        let throttled =
            || StoreError::Throttled { operation: "BatchGetItem", table: self.name.clone() };
        let mut found = Vec::with_capacity(keys.len());
        let mut open = keys;
        for _round in 0..BATCH_ROUNDS_MAX {
            if open.is_empty() {
                return Ok(found);
            }
            let asked = open.len();
            let wanted = KeysAndAttributes::builder()
                .consistent_read(true)
                .set_expression_attribute_names(names(&[projection]))
                .projection_expression(projection)
                .set_keys(Some(open))
                .build()
                .map_err(|error| self.failed("BatchGetItem", error.to_string(), error))?;
            let output = self
                .client
                .batch_get_item()
                .request_items(&self.name, wanted)
                .send()
                .await
                .map_err(|error| self.error("BatchGetItem", error))?;
            found.extend(output.responses.into_iter().flat_map(HashMap::into_values).flatten());
            open = output
                .unprocessed_keys
                .into_iter()
                .flat_map(HashMap::into_values)
                .flat_map(|left| left.keys)
                .collect();
            // A round that answers nothing is throttling; one that answers a part hit a size bound.
            if open.len() >= asked {
                return Err(throttled());
            }
        }
        if open.is_empty() { Ok(found) } else { Err(throttled()) }
    }

    pub(crate) fn error<E, R>(&self, operation: &'static str, error: SdkError<E, R>) -> StoreError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        R: core::fmt::Debug + Send + Sync + 'static,
    {
        let table = self.name.clone();
        match error.code() {
            Some(
                "ProvisionedThroughputExceededException"
                | "ThrottlingException"
                | "RequestLimitExceeded"
                | "TransactionConflictException"
                | "TransactionInProgressException",
            ) => StoreError::Throttled { operation, table },
            Some("ResourceNotFoundException") => StoreError::NoTable { operation, table },
            _ => self.failed(operation, DisplayErrorContext(&error).to_string(), error),
        }
    }

    fn failed(
        &self,
        operation: &'static str,
        what: String,
        source: impl Error + Send + Sync + 'static,
    ) -> StoreError {
        StoreError::Failed { operation, table: self.name.clone(), what, source: Box::new(source) }
    }
}

/// The two key attributes of an item.
pub(crate) fn key_of(item: &Item) -> Item {
    let of =
        |name: &str| item.get_key_value(name).map(|(name, value)| (name.clone(), value.clone()));
    [of(PK), of(SK)].into_iter().flatten().collect()
}

/// Whatever follows a `#` in `expressions`, as the SDK wants it.
fn names(expressions: &[&str]) -> Option<HashMap<String, String>> {
    let word = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        rest.get(..end.unwrap_or(rest.len())).unwrap_or_default().to_owned()
    };
    let names: HashMap<_, _> = expressions
        .iter()
        .flat_map(|text| text.split('#').skip(1).map(word))
        .map(|name| (format!("#{name}"), name))
        .collect();
    Some(names).filter(|names| !names.is_empty())
}

fn values(values: Vec<(&'static str, AttributeValue)>) -> Option<Item> {
    let values: Item = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Some(values).filter(|values| !values.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_that_an_expression_names_is_declared_once() {
        let names = names(&["#pk = :pk AND begins_with(#sk, :p)", "#sk,#hash"]).unwrap();
        let mut declared: Vec<_> = names.into_iter().collect();
        declared.sort();
        let of = |name: &str| (format!("#{name}"), name.to_owned());
        assert_eq!(declared, [of("hash"), of("pk"), of("sk")]);
    }
}
