//! Faults that a store can be told to have, and when.

mod board;
mod parse;

use std::num::NonZeroU64;

use flyball_domain::{Kind, UnixMillis};

pub(crate) use board::{DialBoard, Turned};
pub use parse::DialError;

/// The longest delay or span a dial may name: one day, in milliseconds.
pub const DIAL_MS_MAX: u64 = 86_400_000;

/// The largest body a dial may ask for, in bytes.
pub const OVERSIZED_BYTES_MAX: u64 = 1 << 28;

/// One way of failing, and when.
///
/// As text: `FAULT` or `FAULT@WHEN`, and before it `products/` or `orders/` for the calls that ask for
/// one kind alone; only these count then.
///
/// | fault | does |
/// |---|---|
/// | `latency=250ms`, `latency=50ms..2s` | answers that much later |
/// | `status=503`, `status=429,retry-after=2.5` | answers with an HTTP status and the vendor's body |
/// | `throttled` | other apps of the shop use up what the vendor allows before every call |
/// | `error=SHOP_INACTIVE` | answers 200 with a GraphQL error: `ACCESS_DENIED`, `SHOP_INACTIVE` or `INTERNAL_SERVER_ERROR` |
/// | `hang` | never answers |
/// | `close` | closes the connection without an answer |
/// | `broken-json` | answers 200 with text that is no JSON |
/// | `truncated` | announces the whole body and closes in the middle of it |
/// | `html=200`, `html=503` | answers with that status and a page for people |
/// | `oversized=64000000` | answers 200 with that many bytes of valid JSON |
/// | `poison=17` | fails whatever would hold the product or order of that index, counted from 0 |
/// | `unreadable=17` | answers well, but the product or order of that index has a word for an amount |
/// | `stale-cursor` | refuses every cursor, as the vendor does when it has forgotten it |
/// | `bulk-fails` | bulk operations that are begun fail in the middle |
/// | `search-lag=5s` | searches do not know yet what was made or changed within that time |
/// | `strange` | answers well, with new enum values, new fields and unexpected nulls |
/// | `outage` | fails every call, each in one of the ways a real outage does |
///
/// | when | |
/// |---|---|
/// | nothing, `always` | at every call |
/// | `10s..30s` | from and to, counted from the store's start; `ms`, `s`, `m`, `h` |
/// | `2026-11-22T09:00:00Z..2026-11-22T09:05:00Z` | from and to by the clock |
/// | `every=7` | at each seventh call since the dial was set |
/// | `first=3` | at the first three calls since the dial was set |
///
/// A vendor that can't fail in such a way refuses the dial.
///
/// Delays add up; of all other faults that fit a call, the one that was set first happens.
///
/// ```
/// use flyball_storefronts::{Dial, Fault, When};
///
/// let dial: Dial = "status=503@10s..30s".parse()?;
/// assert_eq!(dial.when, When::SinceStart { from_ms: 10_000, to_ms: 30_000 });
/// let dial: Dial = "hang@every=50".parse()?;
/// assert_eq!(dial.fault, Fault::Hang);
/// let dial: Dial = "orders/status=403".parse()?;
/// assert_eq!(dial.kind, Some(flyball_domain::Kind::Orders));
/// # Ok::<(), flyball_storefronts::DialError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// What goes wrong.
    pub fault: Fault,
    /// At which calls.
    pub when: When,
    /// What these ask for; `None` for whatever they ask for.
    pub kind: Option<Kind>,
}

/// A way of failing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answers later, by a time drawn between the two.
    Latency {
        /// At least so many milliseconds.
        least_ms: u64,
        /// At most so many milliseconds.
        most_ms: u64,
    },
    /// Answers with an HTTP status and the vendor's body for it.
    Status {
        /// The status.
        status: VendorStatus,
        /// The `Retry-After` header, as text. Absent, a 429 says two seconds.
        retry_after: Option<String>,
    },
    /// Other apps of the shop use up what the vendor allows before every call.
    Throttled,
    /// Answers 200 with a GraphQL error.
    Graphql(GraphqlFault),
    /// Never answers.
    Hang,
    /// Closes the connection without an answer.
    Close,
    /// Answers 200 with text that is no JSON.
    BrokenJson,
    /// Announces the whole body and closes in the middle of it.
    Truncated,
    /// Answers with a page for people.
    Html {
        /// The HTTP status beside it.
        code: u16,
    },
    /// Fails whatever would hold the product or order of an index, as a broken row does.
    Poison {
        /// The index, from 0.
        index: u64,
    },
    /// Shows the product or order of an index with a word in the place of an amount.
    Unreadable {
        /// The index, from 0.
        index: u64,
    },
    /// Answers 200 with that many bytes of valid JSON.
    Oversized {
        /// How many, at most [`OVERSIZED_BYTES_MAX`].
        bytes: u64,
    },
    /// Answers well, with new enum values, new fields and unexpected nulls.
    Strange,
    /// Cursors are forgotten: whatever asks for what comes after one is refused.
    StaleCursor,
    /// Bulk operations that are begun fail in the middle.
    BulkFails,
    /// Searches do not know yet what was made or changed within that time.
    SearchLag {
        /// How far they are behind, in milliseconds.
        lag_ms: u64,
    },
    /// Fails every call, each in one of the ways a real outage does.
    Outage,
}

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $code:literal),+ $(,)?) => {
        /// An HTTP status other than 200 that a vendor or a proxy before it is known to answer with
        /// (<https://shopify.dev/docs/api/usage/response-codes>,
        /// <https://developer.bigcommerce.com/docs/start/about/status-codes>).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum VendorStatus {
            $($(#[$doc])* $name,)+
        }

        impl VendorStatus {
            /// Every one there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The number.
            pub const fn code(self) -> u16 {
                match self {
                    $(Self::$name => $code,)+
                }
            }
        }
    };
}

statuses! {
    /// The request can't be read.
    BadRequest = 400,
    /// The token is unknown.
    Unauthorized = 401,
    /// The shop is frozen until its owner pays.
    PaymentRequired = 402,
    /// A scope is missing.
    Forbidden = 403,
    /// No such shop.
    NotFound = 404,
    /// The request contradicts what is there.
    Conflict = 409,
    /// The request asks for more than may be asked for at once.
    PayloadTooLarge = 413,
    /// The request can be read and makes no sense.
    Unprocessable = 422,
    /// The shop is locked.
    Locked = 423,
    /// Too many requests.
    TooManyRequests = 429,
    /// The caller looks malicious.
    SecurityRejection = 430,
    /// The vendor failed.
    InternalServerError = 500,
    /// A proxy of the vendor's got no good answer.
    BadGateway = 502,
    /// The vendor is down.
    ServiceUnavailable = 503,
    /// The vendor took too long.
    GatewayTimeout = 504,
    /// The plan allows no more.
    InsufficientStorage = 507,
    /// The vendor's name could not be resolved by its own proxy.
    OriginDns = 530,
    /// The endpoint is switched off for a while.
    EndpointDisabled = 540,
    /// The request is no JSON.
    BadJson = 783,
}

/// A GraphQL error that comes with status 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphqlFault {
    /// The token lacks a scope.
    AccessDenied,
    /// The shop is closed.
    ShopInactive,
    /// The vendor failed.
    InternalServerError,
}

/// At which calls a dial is turned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// At every call.
    Always,
    /// Between two moments, counted from the store's start.
    SinceStart {
        /// First millisecond.
        from_ms: u64,
        /// First millisecond after it.
        to_ms: u64,
    },
    /// Between two moments by the clock.
    ByClock {
        /// First millisecond.
        from: UnixMillis,
        /// First millisecond after it.
        to: UnixMillis,
    },
    /// At each n-th call since the dial was set.
    Every(NonZeroU64),
    /// At the first calls since the dial was set.
    First(u64),
}

impl Dial {
    /// A dial that is turned at every call.
    pub const fn always(fault: Fault) -> Self {
        Self { fault, when: When::Always, kind: None }
    }
}

impl When {
    /// Whether a dial is turned at the `number`-th call (from 1) since it was set, begun at `now` in
    /// a store that started at `started`.
    pub(crate) fn holds(&self, number: u64, now: UnixMillis, started: UnixMillis) -> bool {
        match *self {
            Self::Always => true,
            Self::SinceStart { from_ms, to_ms } => {
                now >= started.plus(from_ms) && now < started.plus(to_ms)
            }
            Self::ByClock { from, to } => now >= from && now < to,
            Self::Every(each) => number.is_multiple_of(each.get()),
            Self::First(count) => number <= count,
        }
    }
}
