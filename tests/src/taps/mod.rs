//! Third-party clients, as their authors published them. Their hosts are hard-wired: a proxy stands
//! in for those.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper that fails, fails what it helps"
)]
#![expect(clippy::missing_panics_doc, reason = "a helper panics where what it helps fails")]

mod proxy;
mod tap;

pub use proxy::Proxy;
pub use tap::Tap;
