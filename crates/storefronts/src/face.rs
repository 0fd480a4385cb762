use core::fmt::Debug;

use axum::http::{HeaderMap, Method};
use flyball_domain::{Kind, Order, Product, UnixMillis};

use crate::answer::{Answer, Mood, Outcome};
use crate::dial::Fault;
use crate::random::Random;
use crate::stock::{Shown, StockOrder, Stocked};

/// One vendor's API over what a store has.
///
/// A face is asked only after latency, hangs and cut connections were played, and after the call was
/// counted; whether the caller may ask at all is its own to check.
pub(crate) trait Face: Debug + Send + Sync {
    /// Whether this vendor can fail in such a way.
    ///
    /// # Errors
    /// Why it can't.
    fn check(&self, fault: &Fault) -> Result<(), UnfitFault>;

    /// What every answer to a call bears, whatever comes of it.
    fn headers(&self, call: &Call<'_>, random: &mut Random) -> HeaderMap;

    /// Records of which kind a call asks for; `None` where it asks for none, or for both.
    fn asks_for(&self, call: &Call<'_>) -> Option<Kind>;

    /// How this vendor words a fault; `None` for one that only changes its mood or cuts the line.
    /// `common` are the headers that the answer will bear besides its own.
    fn failing(&self, fault: &Fault, common: &HeaderMap) -> Option<Answer>;

    /// How much later than at once it answers, in milliseconds, while so many other calls are under
    /// way.
    fn delay_ms(&self, _call: &Call<'_>, _others: u64) -> u64 {
        0
    }

    /// Answers a call.
    fn answer(&self, call: &Call<'_>, mood: Mood, stocked: &Stocked, now: UnixMillis) -> Outcome;

    /// What is said to a request that is larger than [`crate::serve::REQUEST_BYTES_MAX`].
    fn too_large(&self) -> Answer;

    /// What the vendor allows its callers.
    fn budget(&self) -> Budget;

    /// Whether a change of a product's stock is a change of the product.
    fn is_moved_by_stock(&self) -> bool {
        true
    }

    /// The vendor's id of the product with an index.
    fn product_number(&self, index: u64) -> u64;

    /// The index of the product with a vendor's id.
    fn product_index(&self, number: u64) -> Option<u64>;

    /// The vendor's id of the order with an index.
    fn order_number(&self, index: u64) -> u64;

    /// The index of the order with a vendor's id.
    fn order_index(&self, number: u64) -> Option<u64>;

    /// The record that an import of a product must come to; `None` where this vendor does not show
    /// it.
    fn true_product(&self, stocked: &Stocked, shown: &Shown) -> Option<Product>;

    /// The record that an import of an order must come to; `None` where this vendor does not show
    /// it.
    fn true_order(
        &self,
        stocked: &Stocked,
        shown: &Shown<StockOrder>,
        now: UnixMillis,
    ) -> Option<Order>;
}

/// One call, as it came over the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: &'a Method,
    /// As it came, still percent-encoded.
    pub(crate) path: &'a str,
    /// As it came, still percent-encoded, without the question mark.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl Call<'_> {
    /// A header as text; `None` where it is absent or no ASCII.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What a vendor allows its callers, in thousandths of what it counts: points at Shopify, calls at
/// BigCommerce. A vendor that sets no limit allows 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Budget {
    /// At once, after a long rest.
    pub(crate) burst_milli: u64,
    /// And then each second.
    pub(crate) flow_milli_per_s: u64,
}

/// A fault that a vendor can't have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found the dial {found} for a {vendor} store, where {expected} was expected")]
pub struct UnfitFault {
    /// The fault.
    pub found: &'static str,
    /// The vendor.
    pub vendor: &'static str,
    /// What would do instead.
    pub expected: &'static str,
}
