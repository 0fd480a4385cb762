//! A Shopify store: the Admin GraphQL API, as far as products go.

mod answers;
mod arguments;
mod bucket;
mod bulk;
mod cost;
mod desk;
mod execute;
mod ids;
mod listing;
mod literal;
mod money;
mod page;
mod problem;
mod request;
mod resolve;
mod rest;
mod schema;
mod search;
mod select;
mod shop;
mod site;
mod truth;
mod variables;

pub use bucket::{Plan, PlanError};
pub(crate) use desk::Desk;
pub use page::LIST_OBJECTS_MAX;
pub use shop::Zone;
