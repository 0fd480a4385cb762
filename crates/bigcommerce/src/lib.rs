//! The BigCommerce connector: products over the v3 catalog and orders over v2 with what belongs to
//! them, as a pure codec and walks with a thin client on top.
//!
//! The walk decides what to ask next and reads what comes back; the client adds host and token and
//! sends it, once. This crate never waits, never retries, never decides what a failure should lead
//! to, and cannot see the governor.
//!
//! # What is asked for, and what it costs
//!
//! A store allows so many calls per 30 seconds (150 on the smaller plans), shared by all apps that
//! the retailer uses; so what counts is calls per record.
//!
//! | call | calls |
//! |---|---|
//! | products: a page of up to 250, with variants, images, custom fields, tiers, videos, channels | 1 per page |
//! | products: their metafields, all of the page at once | 1 per page and 250 metafields |
//! | products: names of categories and brands not met before in this walk | at most 2 per page at first, soon none |
//! | products: currency and unit of weight | 1 per walk, once there is a product |
//! | orders: a page of up to 250, with addresses, lines and fees | 1 per page |
//! | orders: refunds, all of the page at once | 1 per page |
//! | orders: taxes, where a tax was charged | 1 per order |
//! | orders: transactions, where a payment is named | 1 per order |
//! | orders: coupons, where something was taken off | 1 per order |
//! | orders: shipments, where something was shipped | 1 per order |
//! | orders: lines beyond those that came with the order | 1 per 250 lines |
//!
//! A walk that finds nothing changed is one call. A paid, taxed and shipped order costs three calls
//! of its own; one that was neither costs none.
//!
//! Not asked for, because nothing in a record tells whether there are any and each would cost a
//! call per record: an order's messages and metafields, a variant's metafields, a product's options
//! and modifiers (which would also cut the page to 10 products; what a product's variants differ in
//! is told by the variants). Nor are price lists and stock per location, which are further APIs: a
//! variant's stock is that of the store's default location, as the catalog counts it.
//!
//! A first thousand products come to 13 calls, a first thousand orders that were neither paid, taxed
//! nor shipped to 11 (a test counts them). With the whole quota of the smallest plan that is some
//! 18,000 of either in a window of 30 seconds, or 49 orders that cost three calls each.
//!
//! # How a walk goes
//!
//! Every list is asked for by id, behind the last id of the page before (`id:greater`, `min_id`) and
//! within the window of change times. Pages by number would drift while records change; pages by
//! time would have to cope with thousands of equal times. By id a record that changes keeps its place
//! or leaves the window, and is the next walk's. Where the vendor's ids do not rise, the walk stops
//! and says so.
//!
//! What is resumed from is the last id handed over. The records of a page that were completed before
//! a run broke off are handed over, and what has come of the one after them is kept, packed, in the
//! resume text: a record may take more calls than a troubled store answers in a row. The rest is
//! asked for again.
//!
//! A page at which the server fails, or that can't be read, is asked for in parts, down to the one
//! record; that is tried in five runs, as the vendor advises, then set aside by its id, and the walk
//! goes on behind it. A listing leaves nothing out: what is not in it counts as deleted.
//!
//! # Permissions
//!
//! The token needs the read-only scopes *Products*, *Orders*, *Order transactions* and *Information
//! and settings*.

mod classify;
mod connector;
mod decode;
mod envelope;
mod pace;
mod requests;
mod walk;

pub use connector::{BigCommerceConnector, TokenError};
pub use decode::decode;
pub use walk::{PAGE_ROWS_FIRST, PAGE_ROWS_MAX};
