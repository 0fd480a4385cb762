//! The Shopify connector: products and orders over the GraphQL Admin API, as a pure codec and walk with a thin
//! client on top.
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
