//! The Magento connector: products and orders of Magento 2 and Adobe Commerce over REST, as a pure
//! codec and walk with a thin client on top.
//!
//! The walk decides what to ask next and reads what comes back; the client adds the store's address
//! and credentials and sends it, once. This crate never waits, never retries, never decides what a
//! failure should lead to, and cannot see the governor.
//!
//! # What a record is
//!
//! A product is one thing with one SKU, so it has exactly one variant, whose id is the product's.
//! The children of a configurable product, the parts of a bundle and the members of a group are
//! products of their own: its components. A product's stock is that of its source items, and
//! without them that of its own stock item. All custom attributes are custom fields, but the two
//! that have a place of their own (`description`, `url_key`).
//!
//! An order has its lines, address and payment inside. Credit memos become refunds, shipments
//! fulfillments, invoices and transactions payments, and the returns of Adobe Commerce returns.
//!
//! # How it is walked
//!
//! Every page is asked for behind the last row that was delivered, by `(updated_at, entity_id)` or
//! by `entity_id`, so a walk can go on anywhere and never asks for a deep page. What changed in the
//! second in which a page ends is behind the row's id. A page that fails is looked through row by
//! row for the one that spoils it, which is set aside.
//!
//! Selling a product does not change its `updated_at`. So a walk through what changed since a moment
//! goes on to the products of the orders that changed since then, at one call per hundred orders
//! and one page per hundred products. What only an inventory system changed over the API shows in
//! no list; a walk through everything finds it.
//!
//! # When a store is in trouble
//!
//! A store stands by itself: nothing that happens to it says anything about a platform. Stores now
//! and then refuse credentials that are right, so a refusal is told as one only after three of them
//! over two minutes, which the resume text counts; until then the store is unavailable. What a
//! walk can do without (stock by source, names, returns, the orders of a walk through products) it
//! does without, once the store has said so twice or was seen alive in between.
//!
//! Magento says nothing of how much it can stand. Its answers do: one that takes over half longer
//! than is usual for its kind is followed by a pause of twice the difference.

mod classify;
mod connector;
mod credentials;
mod decode;
mod oauth;
mod pace;
mod query;
mod site;
mod store;
mod walk;
mod words;

pub use connector::{ConnectError, MagentoConnector};
pub use credentials::CredentialsError;
pub use decode::decode;
pub use walk::{PAGE_ORDERS, PAGE_PRODUCTS};
