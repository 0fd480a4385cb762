use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::create_table::CreateTableError as SdkCreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};

use crate::body::{Encoding, Packer};
use crate::key::{PK, SK};
use crate::table::{StoreError, Table};

/// The records table.
#[derive(Clone, Debug)]
pub struct Records {
    pub(crate) table: Table,
    packer: Arc<Mutex<Packer>>,
}

impl Records {
    /// The table called `table`, as `client` reaches it. Retries after throttling are the client's.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            table: Table::new(client, table.into()),
            packer: Arc::new(Mutex::new(Packer::new())),
        }
    }

    pub(crate) fn pack<'a>(&self, bytes: &'a [u8]) -> (Cow<'a, [u8]>, Encoding) {
        // A packer starts afresh with each call: one left behind by a panic is as good as any.
        self.packer.lock().unwrap_or_else(PoisonError::into_inner).pack(bytes)
    }
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
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) if is_there(&error) => Ok(()),
        Err(error) => {
            Err(Table::new(client.clone(), table.to_owned()).error("CreateTable", error).into())
        }
    }
}

fn is_there<R>(error: &SdkError<SdkCreateTableError, R>) -> bool {
    error.as_service_error().is_some_and(SdkCreateTableError::is_resource_in_use_exception)
}
