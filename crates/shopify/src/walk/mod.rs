//! Walks through a store's records: pure state machines that ask for a page, complete its records'
//! longer lists, hand the page over, go on.

mod assembly;
mod begun;
mod bulk;
mod by_id;
mod changed;
mod listing;
mod pages;
mod position;
mod session;

pub use bulk::PIECE_BYTES;
pub use pages::{PAGE_ORDERS, PAGE_PRODUCTS};
pub use position::LIST_OBJECTS_RESTART;

use flyball_connector::{Plan, PlanError, Span, Walk};

type Reply = http::Response<Vec<u8>>;

/// Begins, or goes on with, a walk.
pub(crate) fn walk(plan: &Plan) -> Result<Box<dyn Walk>, PlanError> {
    Ok(match &plan.span {
        Span::Changed { from, until } => Box::new(changed::Changed::new(plan, *from, *until)?),
        Span::Records { ids } => Box::new(by_id::ById::new(plan, ids)?),
        Span::Listing => Box::new(listing::ListingWalk::new(plan)?),
    })
}

#[cfg(test)]
mod tests;
