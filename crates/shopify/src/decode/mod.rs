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
use flyball_connector::json::{At, Place, Raw};
use flyball_domain::{Currency, Field, Kind, Record, UnixMillis};
use serde::Deserialize;

/// Reads a record.
pub(crate) fn record<'n, 'p: 'n>(
    kind: Kind,
    node: At<'_, 'n>,
    reader: &mut Reader<'p>,
) -> Result<Record, RowError> {
    match kind {
        Kind::Products => product::product(node, reader).map(Record::from),
        Kind::Orders => order::order(node, reader).map(Record::from),
    }
}

fn required_time(field: Field<Text<'_>>, at: &str) -> Result<UnixMillis, RowError> {
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
pub(crate) struct PageData {
    #[serde(alias = "products", alias = "orders")]
    pub(crate) list: Field<Connection<Place>>,
    pub(crate) shop: Option<Place>,
    #[serde(rename = "currentAppInstallation")]
    pub(crate) installation: Option<Place>,
}

/// `data` of records asked for by their ids.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NodesData {
    pub(crate) nodes: Field<Nodes<Place>>,
    pub(crate) shop: Option<Place>,
    #[serde(rename = "currentAppInstallation")]
    pub(crate) installation: Option<Place>,
    /// The oldest record that is shown.
    pub(crate) oldest: Field<Connection<Place>>,
}

/// `data` of a list within a record.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NodeData {
    pub(crate) node: Field<Place>,
}

/// The list that was asked for of what a record consists of.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListOf<'a> {
    #[serde(borrow)]
    pub(crate) list: Field<Connection<Raw<'a>>>,
}

/// The store's currency, where it can be read.
pub(crate) fn currency(shop: Option<At<'_, '_>>) -> Option<Currency> {
    shop?.get("currencyCode")?.text()?.parse().ok()
}
