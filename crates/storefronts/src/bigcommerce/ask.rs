use flyball_domain::UnixMillis;
use serde_json::Value;

use super::ids::{order_index, product_index};
use super::problem::Problem;
use super::site::Site;
use crate::query::Query;
use crate::stock::{Shown, StockOrder, Stocked};

/// What a call is answered from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    pub(super) site: &'a Site,
    pub(super) stocked: &'a Stocked,
    pub(super) query: &'a Query,
    pub(super) now: UnixMillis,
    /// The index of a record that can't be shown.
    pub(super) poisoned: Option<u64>,
}

/// A good answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    Json(Value),
    /// Status 204: v2 says so of an empty list.
    Nothing,
}

impl Reply {
    /// A list of v2.
    pub(super) fn list(rows: Vec<Value>) -> Self {
        if rows.is_empty() { Self::Nothing } else { Self::Json(rows.into()) }
    }
}

impl Ask<'_> {
    /// A product by its id.
    ///
    /// # Errors
    /// There is none, or it can't be shown.
    pub(super) fn product(&self, number: u64) -> Result<Shown, Problem> {
        let index = product_index(number).ok_or(Problem::NotFound)?;
        let shown = self.stocked.products.get(index).ok_or(Problem::NotFound)?;
        self.is_whole([index])?;
        Ok(shown)
    }

    /// An order by its id.
    ///
    /// # Errors
    /// There is none, or it can't be shown.
    pub(super) fn order(&self, number: u64) -> Result<Shown<StockOrder>, Problem> {
        let index = order_index(number).ok_or(Problem::NotFound)?;
        let shown = self.stocked.orders.get(index).ok_or(Problem::NotFound)?;
        self.is_whole([index])?;
        Ok(shown)
    }

    /// Whether all records of an answer can be shown.
    ///
    /// # Errors
    /// One can't.
    pub(super) fn is_whole(&self, indexes: impl IntoIterator<Item = u64>) -> Result<(), Problem> {
        match self.poisoned {
            Some(poisoned) if indexes.into_iter().any(|index| index == poisoned) => {
                Err(Problem::Broken)
            }
            Some(_) | None => Ok(()),
        }
    }
}
