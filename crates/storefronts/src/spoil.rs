//! A record that nobody can read.

use serde_json::{Map, Value};

/// What stands where an amount should.
const NO_AMOUNT: &str = "twelve";

/// The rows of a kind, in a vendor's words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    /// The field of the id.
    pub(crate) id: &'static str,
    /// The field of an amount without which there is no such record.
    pub(crate) amount: &'static str,
    /// A field that rows of other kinds don't have.
    pub(crate) own: &'static str,
}

/// Puts a word in the place of the amount of the row with this id, if an answer holds it: alone, in a
/// list, or in the list called `within`.
pub(crate) fn spoil(answer: &mut Value, within: &str, rows: Rows, id: u64) {
    spoil_row(answer, rows, id);
    let inner = if answer.is_object() { answer.get_mut(within) } else { Some(answer) };
    let Some(inner) = inner else { return };
    if let Value::Array(list) = inner {
        for row in list {
            spoil_row(row, rows, id);
        }
    } else {
        spoil_row(inner, rows, id);
    }
}

fn spoil_row(row: &mut Value, rows: Rows, id: u64) {
    let Value::Object(row) = row else { return };
    if !is_of(row, rows, id) {
        return;
    }
    if let Some(amount) = row.get_mut(rows.amount) {
        *amount = NO_AMOUNT.into();
    }
}

fn is_of(row: &Map<String, Value>, rows: Rows, id: u64) -> bool {
    row.contains_key(rows.own) && row.get(rows.id).and_then(Value::as_u64) == Some(id)
}
