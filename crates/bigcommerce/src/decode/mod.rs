//! From the vendor's JSON to records, leniently: unknown words, new fields and nulls never fail,
//! what has no place is kept, and a row fails only where a record's identity or an amount can't be
//! read.

mod consignments;
mod exact;
mod facts;
mod fields;
mod line;
mod needs;
mod notes;
mod order;
mod own;
mod people;
mod product;
mod settlement;
mod shipment;
mod totals;
mod variant;

pub(crate) use facts::{NameOf, Names, StoreFacts};
pub(crate) use needs::{OrderHead, ProductHead};
pub(crate) use notes::Notes;
pub(crate) use order::{OrderParts, order};
pub(crate) use product::{ProductParts, product};

use std::borrow::Cow;
use std::collections::BTreeMap;

use flyball_connector::decode::RowError;
use flyball_connector::json::{At, Json, Raw};
use flyball_connector::{DecodeContext, DecodeError, Decoded};
use flyball_domain::{BadRow, Kind, Record, Row, UnixMillis, VendorId};
use serde::Deserialize;

use crate::envelope;

/// The most characters of a payload repeated in an error.
const FOUND_CHARS_MAX: usize = 80;

/// An object's fields by their names.
#[derive(Debug, Deserialize)]
pub(crate) struct Named<'a>(#[serde(borrow)] pub(crate) BTreeMap<Cow<'a, str>, Raw<'a>>);

/// Reads a payload as the vendor's API answers it: a page or a single record of the kind.
///
/// # Errors
/// A payload that is neither.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "every vendor's codec is called in the same way, and the context will grow"
)]
pub fn decode(kind: Kind, payload: &[u8], context: &DecodeContext) -> Result<Decoded, DecodeError> {
    let expected = match kind {
        Kind::Products => "a page of products, {\"data\": [...]}, or one product",
        Kind::Orders => "a page of orders, [...], or one order",
    };
    let wrong = |found: String| DecodeError { found, expected: expected.to_owned() };
    let text = core::str::from_utf8(payload)
        .map_err(|error| wrong(format!("bytes that are no text ({error})")))?;
    if text.trim().is_empty() {
        return Err(wrong("nothing".to_owned()));
    }
    let page = envelope::rows(text).map_err(|error| {
        let start: String = text.chars().take(FOUND_CHARS_MAX).collect();
        wrong(format!("{start} ({error})"))
    })?;
    let facts = StoreFacts { currency: context.currency, weight_unit: None };
    let names = Names::default();
    let single = page.len() == 1;
    let mut decoded = Decoded::default();
    for (index, row) in page.rows().enumerate() {
        let mut notes = Notes::default();
        let at = if single { None } else { Some(index) };
        let read = notes.within("data", at, |notes| match kind {
            Kind::Products => {
                let parts = ProductParts::default();
                row_of(row, product(row, &parts, &facts, &names, notes))
            }
            Kind::Orders => row_of(row, order(row, &OrderParts::default(), notes)),
        });
        decoded.rows.push(read);
        decoded.unused.extend(notes.into_unused());
    }
    Ok(decoded)
}

/// A row, good or bad, of what was made of its input.
fn row_of<T: Into<Record>>(row: At<'_, '_>, read: Result<T, RowError>) -> Row {
    match read {
        Ok(record) => Row::Good(record.into()),
        Err(error) => bad(row.raw(), &error.to_string()),
    }
}

/// A row that was kept, good or bad.
pub(crate) fn kept_row<T: Into<Record>>(
    row: &str,
    read: impl FnOnce(At<'_, '_>) -> Result<T, RowError>,
) -> Row {
    match Json::parse(row) {
        Ok(json) => row_of(json.root(), read(json.root())),
        Err(error) => bad(row, &error.to_string()),
    }
}

/// A row that can't be a record.
pub(crate) fn bad(row: &str, reason: &str) -> Row {
    Row::Bad(BadRow { id: kept_landmark(row).id, input: row.to_owned(), reason: reason.to_owned() })
}

/// Where a row lies in its list, as far as it can be told even of a row that can't be a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Landmark {
    pub(crate) id: Option<VendorId>,
    pub(crate) updated_at: Option<UnixMillis>,
}

impl Landmark {
    /// The id as the number it is in every list of the vendor's.
    pub(crate) fn number(&self) -> Option<u64> {
        number_of(self.id.as_ref()?)
    }
}

/// An id as the number it is.
pub(crate) fn number_of(id: &VendorId) -> Option<u64> {
    let plain = id.as_str().bytes().all(|byte| byte.is_ascii_digit());
    if plain { id.as_str().parse().ok() } else { None }
}

/// Finds a row's place, whatever else is wrong with it.
pub(crate) fn landmark(row: At<'_, '_>) -> Landmark {
    let text = |name| row.get(name)?.text();
    Landmark {
        id: text("id").and_then(|id| id.parse().ok()),
        updated_at: text("date_modified").and_then(|at| fields::time(&at)),
    }
}

/// The place of a row that was kept.
pub(crate) fn kept_landmark(row: &str) -> Landmark {
    Json::parse(row).map(|json| landmark(json.root())).unwrap_or_default()
}

/// A number that a row names under `key`.
pub(crate) fn peek_number(row: At<'_, '_>, key: &str) -> Option<u64> {
    row.get(key)?.text()?.parse().ok()
}
