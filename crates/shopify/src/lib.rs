//! The Shopify connector: products and orders over the GraphQL Admin API, as a pure codec and walks
//! with a thin client on top.
//!
//! # What comes, and how
//!
//! * What has changed comes page by page, in the order of change. A long span is counted first, and
//!   comes by a file of a bulk operation where that is sooner by what both cost.
//! * Records asked for by their ids come a few at a time. Ids and times of change of everything come
//!   by pages of 250, a twentieth of a point per record.
//! * Lists longer than what comes with their record are asked for on their own, lists within lists
//!   too, until each is whole. A list that can't be had is absent, never cut short.
//!
//! What is asked for takes the scopes `read_products`, `read_inventory` and `read_locations` for
//! products, `read_orders`, `read_customers`, `read_returns` and, for orders older than 60 days,
//! `read_all_orders` for orders. A missing one is told as a missing permission where the vendor says
//! so.
//!
//! # What does not come
//!
//! * Orders older than 60 days, unless the app has been granted `read_all_orders`: the vendor leaves
//!   them out without a word. Whoever connects a store sees to that scope. Without it, an order that
//!   has come of age is never told to be gone: listings begin with the oldest order that is shown,
//!   and one that is asked for by its id is set apart.
//! * A variant's metafields and its prices for other markets: each would cost half as much again as
//!   everything else of a variant. Prices need one query per country besides.
//! * An order's events: their texts name the buyer, and nearly every order has more of them than fit
//!   into a page.
//! * Anything of REST, which Shopify no longer completes.
//!
//! The walk decides what to ask next and reads what comes back; the client adds host and token and
//! sends it, once. This crate never waits, never retries, never decides what a failure should lead
//! to, and cannot see the governor.

mod classify;
mod connector;
mod decode;
mod envelope;
mod pace;
mod queries;
mod walk;

pub use connector::{ShopifyConnector, TokenError};
pub use decode::decode;
pub use queries::{API_VERSION, queries};
pub use walk::{LIST_OBJECTS_RESTART, PAGE_ORDERS, PAGE_PRODUCTS, PIECE_BYTES};
