//! A payload that was taken out of its walk: what `flyball decode` shows.

use flyball_connector::decode::RowError;
use flyball_connector::json::{Raw, from_str};
use flyball_connector::{DecodeContext, DecodeError, Decoded, Unused};
use flyball_domain::{BadRow, Field, Kind, Record, Row};

use super::object::{Object, list};
use super::{Reader, id_name, landmark, order, product};
use crate::store::StoreFacts;

/// The most characters of a payload repeated in an error.
const FOUND_CHARS_MAX: usize = 80;

/// Reads a payload: a page with `items`, a bare list, or one record, as Magento's API answers it.
/// What has resources of its own (stock by source, names of categories, credit memos and the like)
/// is absent.
///
/// # Errors
/// A payload that is none of these.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the same for all vendors")]
pub fn decode(kind: Kind, payload: &[u8], context: &DecodeContext) -> Result<Decoded, DecodeError> {
    let facts = StoreFacts { currency: context.currency, ..StoreFacts::default() };
    let wrong = |found: String| DecodeError {
        found,
        expected: format!("a page with items, a list or a record with {}", id_name(kind)),
    };
    let text = core::str::from_utf8(payload).map_err(|error| wrong(error.to_string()))?;
    let raw: Raw<'_> = from_str(text).map_err(|error| {
        wrong(format!(
            "no JSON ({error}) in {:?}",
            text.chars().take(FOUND_CHARS_MAX).collect::<String>()
        ))
    })?;
    let rows =
        rows(kind, raw).ok_or_else(|| wrong(raw.get().chars().take(FOUND_CHARS_MAX).collect()))?;
    let mut decoded = Decoded::default();
    for (index, raw) in rows.into_iter().enumerate() {
        let mut reader = Reader::new(&facts);
        decoded.rows.push(row(kind, raw.get(), &mut reader));
        decoded.unused.extend(
            reader
                .unused
                .into_iter()
                .map(|unused| Unused { at: format!("[{index}].{}", unused.at), what: unused.what }),
        );
    }
    Ok(decoded)
}

fn rows(kind: Kind, raw: Raw<'_>) -> Option<Vec<Raw<'_>>> {
    if raw.get().starts_with('[') {
        return list(raw);
    }
    let mut outer = Object::of(raw)?;
    if outer.peek(id_name(kind)).value().is_some() {
        return Some(vec![raw]);
    }
    match outer.take("items") {
        Field::Value(items) => list(items),
        Field::Null => Some(Vec::new()),
        Field::Absent => None,
    }
}

/// A record, or what can't be one.
fn row(kind: Kind, input: &str, reader: &mut Reader<'_>) -> Row {
    let read = Object::parse(input).map_err(RowError::from).and_then(|row| match kind {
        Kind::Products => product(row, reader).map(|draft| Record::from(*draft.product)),
        Kind::Orders => order(row, reader).map(|draft| Record::from(*draft.order)),
    });
    read.map_or_else(|error| Row::Bad(bad(kind, input, &error)), Row::Good)
}

/// A row that can't be a record.
pub(crate) fn bad(kind: Kind, input: &str, error: &RowError) -> BadRow {
    let id = Object::parse(input).ok().and_then(|mut row| landmark(kind, &mut row).id);
    BadRow { id, input: input.to_owned(), reason: error.to_string() }
}
