//! From the vendor's JSON to records, leniently: unknown words, new fields and nulls never fail; a
//! row fails only where a record's identity or an amount can't be read.

mod connection;
mod gid;
mod landmark;
mod medium;
mod metafield;
mod order;
mod partial;
mod payload;
mod product;
mod reader;
mod scope;
mod variant;
mod words;

pub(crate) use connection::{Connection, Next, Nodes};
pub(crate) use landmark::{Landmark, landmark};
pub(crate) use partial::without_failed;
pub use payload::decode;
pub(crate) use reader::{Found, Gap, Parts, Reader};
pub(crate) use scope::shows_all;

use flyball_connector::decode::{RowError, Text, time};
use flyball_domain::{Currency, Field, Kind, Record, UnixMillis};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Reads a record.
pub(crate) fn record<'n, 'p: 'n>(
    kind: Kind,
    node: &'n str,
    reader: &mut Reader<'p>,
) -> Result<Record, RowError> {
    match kind {
        Kind::Products => product::product(node, reader).map(Record::from),
        Kind::Orders => order::order(node, reader).map(Record::from),
    }
}

fn required_time(field: Field<Text>, at: &str) -> Result<UnixMillis, RowError> {
    match time(field, at)? {
        Field::Value(at) => Ok(at),
        Field::Absent | Field::Null => {
            Err(RowError::Missing { at: at.to_owned(), expected: "a time" })
        }
    }
}

/// `data` of a page of records.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PageData<'a> {
    #[serde(borrow, alias = "products", alias = "orders")]
    pub(crate) list: Field<Connection<'a>>,
    #[serde(borrow)]
    pub(crate) shop: Option<&'a RawValue>,
    #[serde(borrow, rename = "currentAppInstallation")]
    pub(crate) installation: Option<&'a RawValue>,
}

/// `data` of records asked for by their ids.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NodesData<'a> {
    #[serde(borrow)]
    pub(crate) nodes: Field<Nodes<'a>>,
    #[serde(borrow)]
    pub(crate) shop: Option<&'a RawValue>,
    #[serde(borrow, rename = "currentAppInstallation")]
    pub(crate) installation: Option<&'a RawValue>,
    /// The oldest record that is shown.
    #[serde(borrow)]
    pub(crate) oldest: Field<Connection<'a>>,
}

/// `data` of a list within a record.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NodeData<'a> {
    #[serde(borrow)]
    pub(crate) node: Field<&'a RawValue>,
}

/// The list that was asked for of what a record consists of.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListOf<'a> {
    #[serde(borrow)]
    pub(crate) list: Field<Connection<'a>>,
}

/// The store's currency, where it can be read.
pub(crate) fn currency(shop: Option<&RawValue>) -> Option<Currency> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Shop {
        currency_code: Text,
    }
    let shop: Shop = serde_json::from_str(shop?.get()).ok()?;
    shop.currency_code.0.parse().ok()
}
