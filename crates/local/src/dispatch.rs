//! `DynamoDB`'s operations, as JSON, on the embedded database.
//!
//! The database's own server is not used: it has no access control. What the database's public
//! interface does is the same on both ways; only the wording of refusals of malformed requests
//! may differ.

use dynoxide::DynoxideError;
use dynoxide::actions::put_item::PutItemRequest;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::database::Database;

/// Where AWS's names for operations begin in the header `x-amz-target`.
const TARGET_PREFIX: &str = "DynamoDB_20120810.";

const UNKNOWN_OPERATION: &str =
    r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#;

/// An HTTP status, and a body of JSON.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

const OK: u16 = 200;
const BAD_REQUEST: u16 = 400;

/// The database marks how it wants to see a request refused that it can't read.
const REFUSAL_MARKS: [&str; 3] = ["VALIDATION_REQUEST:", "VALIDATION_AS_READ:", "VALIDATION:"];

/// Does what a request asks for. Blocks while the database reads and writes its file.
pub(crate) fn dispatch(database: &Database, target: &str, body: &[u8]) -> Answer {
    macro_rules! operations {
        (read $($read:ident => $reading:ident),+; write $($write:ident => $writing:ident),+ $(,)?) => {
            match target.strip_prefix(TARGET_PREFIX) {
                Some("PutItem") => read(body).and_then(|request: PutItemRequest| {
                    let table = request.table_name.clone();
                    database.put(&table, |connection| connection.put_item(request))
                }).and_then(|answer| write(&answer)),
                $(Some(stringify!($read)) => read(body).and_then(|request| {
                    database.read(|connection| connection.$reading(request))
                }).and_then(|answer| write(&answer)),)+
                $(Some(stringify!($write)) => read(body).and_then(|request| {
                    database.write(|connection| connection.$writing(request))
                }).and_then(|answer| write(&answer)),)+
                _ => return Answer { status: BAD_REQUEST, body: UNKNOWN_OPERATION.to_owned() },
            }
        };
    }
    let answer = operations! {
        read
        GetItem => get_item,
        Query => query,
        BatchGetItem => batch_get_item,
        Scan => scan;
        write
        UpdateItem => update_item,
        DeleteItem => delete_item,
        BatchWriteItem => batch_write_item,
        TransactWriteItems => transact_write_items,
        CreateTable => create_table,
        DescribeTable => describe_table,
        ListTables => list_tables,
        UpdateTimeToLive => update_time_to_live,
        DescribeTimeToLive => describe_time_to_live,
    };
    match answer {
        Ok(body) => Answer { status: OK, body },
        Err(error) => Answer { status: error.status_code(), body: error.to_json() },
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| {
        let text = error.to_string();
        let marked = REFUSAL_MARKS.iter().find_map(|mark| text.strip_prefix(mark));
        match marked {
            Some(refusal) => DynoxideError::ValidationException(refusal.to_owned()),
            None if text.contains("missing field") || text.contains("unknown variant") => {
                DynoxideError::ValidationException(text)
            }
            None => DynoxideError::SerializationException(text),
        }
    })
}

fn write<T: Serialize>(answer: &T) -> Result<String, DynoxideError> {
    serde_json::to_string(answer)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
