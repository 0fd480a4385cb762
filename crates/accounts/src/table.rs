use std::collections::HashMap;
use std::error::Error;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::create_table::CreateTableError as SdkCreateTableError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, Delete, KeySchemaElement, KeyType, Put,
    ReturnValuesOnConditionCheckFailure, ScalarAttributeType, TransactWriteItem, Update,
};

use crate::key::{Key, PK, SK};

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The version of every item's shape. This code reads it and, where there is one, the one before.
pub(crate) const VERSION: u64 = 1;

/// Why `DynamoDB` did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Too many requests. Nothing was harmed; the same work may be asked for again, later.
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

/// What an item holds can't be used. Says nothing of a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// Written by newer code.
    #[error("found item {key} of version {found}, this code knows up to {known}: update it first")]
    Newer {
        /// The item's keys.
        key: String,
        /// Its version.
        found: u64,
        /// The newest version this code reads.
        known: u64,
    },
    /// Not as any version of this code writes it.
    #[error("item {key} is damaged: {what}")]
    Corrupt {
        /// The item's keys.
        key: String,
        /// What was found and what was expected.
        what: String,
    },
}

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum CreateTableError {
    /// The store did not create it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The request could not be made.
    #[error("the request to create a table can't be made: {0}")]
    Request(#[from] BuildError),
}

/// Creates the table, billed by request, unless it is there. For local use and for tests: on AWS
/// the deployment template does it.
///
/// # Errors
/// The store's.
pub async fn create_table(client: &Client, table: &str) -> Result<(), CreateTableError> {
    let mut request =
        client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    for (name, key_type) in [(PK, KeyType::Hash), (SK, KeyType::Range)] {
        let text = ScalarAttributeType::S;
        request = request
            .attribute_definitions(
                AttributeDefinition::builder().attribute_name(name).attribute_type(text).build()?,
            )
            .key_schema(
                KeySchemaElement::builder().attribute_name(name).key_type(key_type).build()?,
            );
    }
    let there = |error: &SdkError<SdkCreateTableError, _>| {
        error.as_service_error().is_some_and(SdkCreateTableError::is_resource_in_use_exception)
    };
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) if there(&error) => Ok(()),
        Err(error) => {
            Err(Table::new(client.clone(), table.to_owned()).error("CreateTable", error).into())
        }
    }
}

/// Whether a conditional write was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conditional {
    Done,
    Refused,
}

/// What must hold of an item for a write.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    /// Nothing.
    None,
    /// It has no such attribute.
    Absent(&'static str),
    /// It has this attribute, with this value.
    Equals(&'static str, AttributeValue),
    /// It has the first attribute, and not the second.
    PresentWithout(&'static str, &'static str),
}

/// One write of a transaction.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// An item, whole.
    Put { item: Item, condition: Condition },
    /// Some attributes of an item.
    Set { key: Item, set: Item, condition: Condition },
    /// An item, away.
    Delete { key: Item, condition: Condition },
}

/// An expression, with the names and values in it.
#[derive(Debug, Default)]
struct Expression {
    text: Option<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Expression {
    fn of(condition: Condition) -> Self {
        let mut this = Self::default();
        let name = |name: &str| (format!("#{name}"), name.to_owned());
        match condition {
            Condition::None => {}
            Condition::Absent(absent) => {
                this.text = Some(format!("attribute_not_exists(#{absent})"));
                this.names.extend([name(absent)]);
            }
            Condition::Equals(equal, value) => {
                this.text = Some(format!("#{equal} = :seen"));
                this.names.extend([name(equal)]);
                this.values.insert(":seen".to_owned(), value);
            }
            Condition::PresentWithout(present, absent) => {
                this.text = Some(format!(
                    "attribute_exists(#{present}) AND attribute_not_exists(#{absent})"
                ));
                this.names.extend([name(present), name(absent)]);
            }
        }
        this
    }

    fn names(&self) -> Option<HashMap<String, String>> {
        Some(self.names.clone()).filter(|names| !names.is_empty())
    }

    fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        Some(self.values.clone()).filter(|values| !values.is_empty())
    }
}

impl Write {
    fn build(self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let item = TransactWriteItem::builder();
        Ok(match self {
            Self::Put { item: put, condition } => {
                let condition = Expression::of(condition);
                let put = Put::builder()
                    .table_name(table)
                    .set_item(Some(put))
                    .set_expression_attribute_names(condition.names())
                    .set_expression_attribute_values(condition.values())
                    .set_condition_expression(condition.text);
                item.put(put.build()?)
            }
            Self::Set { key, set, condition } => {
                let mut condition = Expression::of(condition);
                let mut changes: Vec<String> = Vec::new();
                for (name, value) in set {
                    changes.push(format!("#{name} = :new_{name}"));
                    condition.values.insert(format!(":new_{name}"), value);
                    condition.names.insert(format!("#{name}"), name);
                }
                let update = Update::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .update_expression(format!("SET {}", changes.join(", ")))
                    .set_expression_attribute_names(condition.names())
                    .set_expression_attribute_values(condition.values())
                    .set_condition_expression(condition.text);
                item.update(update.build()?)
            }
            Self::Delete { key, condition } => {
                let condition = Expression::of(condition);
                let delete = Delete::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .set_expression_attribute_names(condition.names())
                    .set_expression_attribute_values(condition.values())
                    .set_condition_expression(condition.text);
                item.delete(delete.build()?)
            }
        }
        .build())
    }
}

/// What a conditional write of a whole item did.
#[derive(Clone, Debug)]
pub(crate) enum PutIf {
    Done,
    /// What is there instead.
    Refused(Item),
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

    /// Writes an item whole where a condition holds of what is there; where it does not, returns
    /// that.
    pub(crate) async fn put_if(
        &self,
        item: Item,
        condition: &str,
        values: Vec<(&str, AttributeValue)>,
    ) -> Result<PutIf, StoreError> {
        let mut request = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in values {
            request = request.expression_attribute_values(name, value);
        }
        match request.send().await {
            Ok(_) => Ok(PutIf::Done),
            Err(SdkError::ServiceError(refused))
                if refused.err().is_conditional_check_failed_exception() =>
            {
                let PutItemError::ConditionalCheckFailedException(failed) = refused.into_err()
                else {
                    return Ok(PutIf::Refused(Item::new()));
                };
                Ok(PutIf::Refused(failed.item.unwrap_or_default()))
            }
            Err(error) => Err(self.error("PutItem", error)),
        }
    }

    /// Reads up to `limit` items of a partition before the sort key `before`, the last first,
    /// strongly consistent.
    pub(crate) async fn page_back(
        &self,
        partition: &str,
        before: &str,
        limit: i32,
    ) -> Result<Vec<Item>, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .scan_index_forward(false)
            .key_condition_expression("pk = :pk AND sk < :before")
            .expression_attribute_values(":pk", s(partition))
            .expression_attribute_values(":before", s(before))
            .limit(limit);
        let output = request.send().await.map_err(|error| self.error("Query", error))?;
        Ok(output.items.unwrap_or_default())
    }

    /// Writes an item whole.
    pub(crate) async fn put(&self, item: Item) -> Result<(), StoreError> {
        let request = self.client.put_item().table_name(&self.name).set_item(Some(item));
        request.send().await.map(drop).map_err(|error| self.error("PutItem", error))
    }

    /// Makes all of these writes, or none: where a condition does not hold, or another transaction is
    /// at one of the items.
    pub(crate) async fn write_together(
        &self,
        writes: Vec<Write>,
    ) -> Result<Conditional, StoreError> {
        let operation = "TransactWriteItems";
        let unmade = |error: BuildError| StoreError::Failed {
            operation,
            table: self.name.clone(),
            what: error.to_string(),
            source: Box::new(error),
        };
        let items = writes.into_iter().map(|write| write.build(&self.name));
        let items = items.collect::<Result<Vec<_>, _>>().map_err(unmade)?;
        let request = self.client.transact_write_items().set_transact_items(Some(items));
        let Err(error) = request.send().await else { return Ok(Conditional::Done) };
        let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) =
            error.as_service_error()
        else {
            return Err(self.error(operation, error));
        };
        let codes = canceled.cancellation_reasons().iter().filter_map(|reason| reason.code());
        if codes
            .into_iter()
            .any(|code| code == "ConditionalCheckFailed" || code == "TransactionConflict")
        {
            return Ok(Conditional::Refused);
        }
        Err(self.error(operation, error))
    }

    /// Removes an item by its two key attributes.
    pub(crate) async fn delete(&self, key: Item) -> Result<(), StoreError> {
        let request = self.client.delete_item().table_name(&self.name).set_key(Some(key));
        request.send().await.map(drop).map_err(|error| self.error("DeleteItem", error))
    }

    /// Reads up to `limit` items of a partition after the sort key `after`, strongly consistent,
    /// and the sort key after which the next page starts.
    pub(crate) async fn page(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: Option<i32>,
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let condition = if after.is_some() { "#pk = :pk AND #sk > :after" } else { "#pk = :pk" };
        let mut request = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression(condition)
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":pk", s(partition))
            .set_limit(limit);
        if let Some(after) = after {
            request = request
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":after", s(after));
        }
        self.read_page(request).await
    }

    /// Reads up to `limit` items of a partition with sort keys from `first` to `last`, strongly
    /// consistent, and the sort key after which the next page starts.
    pub(crate) async fn between(
        &self,
        partition: &str,
        first: &str,
        last: &str,
        limit: Option<i32>,
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :first AND :last")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", s(partition))
            .expression_attribute_values(":first", s(first))
            .expression_attribute_values(":last", s(last))
            .set_limit(limit);
        self.read_page(request).await
    }

    async fn read_page(
        &self,
        request: QueryFluentBuilder,
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let output = request.send().await.map_err(|error| self.error("Query", error))?;
        let next = output.last_evaluated_key.and_then(|mut last| match last.remove(SK) {
            Some(AttributeValue::S(sort)) => Some(sort),
            _ => None,
        });
        Ok((output.items.unwrap_or_default(), next))
    }

    fn error<E, R>(&self, operation: &'static str, error: SdkError<E, R>) -> StoreError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        R: core::fmt::Debug + Send + Sync + 'static,
    {
        let table = self.name.clone();
        match error.code() {
            Some(
                "ProvisionedThroughputExceededException"
                | "ThrottlingException"
                | "RequestLimitExceeded",
            ) => StoreError::Throttled { operation, table },
            Some("ResourceNotFoundException") => StoreError::NoTable { operation, table },
            _ => {
                let what = DisplayErrorContext(&error).to_string();
                StoreError::Failed { operation, table, what, source: Box::new(error) }
            }
        }
    }
}

/// An item that says which one it is, and never what is in it, when something is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes<'a>(&'a Item);

impl<'a> Attributes<'a> {
    /// Looks at an item of a version this code reads.
    pub(crate) fn of(item: &'a Item) -> Result<Self, ItemError> {
        let this = Self(item);
        let found = this.number("v")?;
        if found > VERSION {
            return Err(ItemError::Newer { key: this.key(), found, known: VERSION });
        }
        Ok(this)
    }

    pub(crate) fn text(self, name: &str) -> Result<&'a str, ItemError> {
        let text = self.0.get(name).and_then(|value| value.as_s().ok());
        text.map(String::as_str).ok_or_else(|| self.expected(name, "a text"))
    }

    pub(crate) fn number(self, name: &str) -> Result<u64, ItemError> {
        let number = self.0.get(name).and_then(|value| value.as_n().ok());
        let number = number.and_then(|text| text.parse().ok());
        number.ok_or_else(|| self.expected(name, "a whole number"))
    }

    pub(crate) fn bytes(self, name: &str) -> Result<&'a [u8], ItemError> {
        let blob = self.0.get(name).and_then(|value| value.as_b().ok());
        blob.map(AsRef::as_ref).ok_or_else(|| self.expected(name, "bytes"))
    }

    pub(crate) fn text_if_any(self, name: &str) -> Option<&'a str> {
        self.0.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
    }

    pub(crate) fn corrupt(self, what: String) -> ItemError {
        ItemError::Corrupt { key: self.key(), what }
    }

    pub(crate) fn expected(self, name: &str, expected: &str) -> ItemError {
        self.corrupt(format!("found no `{name}` that is {expected}"))
    }

    fn key(self) -> String {
        let of = |name: &str| self.0.get(name).and_then(|value| value.as_s().ok());
        let text = |name| of(name).map_or("?", String::as_str);
        format!("{} {}", text(PK), text(SK))
    }
}

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Adds attributes, and the version, to an item's keys.
pub(crate) fn with<const N: usize>(mut item: Item, more: [(&str, AttributeValue); N]) -> Item {
    item.insert("v".to_owned(), AttributeValue::N(VERSION.to_string()));
    item.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    item
}
