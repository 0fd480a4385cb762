use core::fmt;

use flyball_domain::UnixMillis;

/// What went wrong with a vendor call, and what was seen of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{class}{}", DisplayEvidence(.evidence))]
pub struct Failure {
    /// What happened.
    pub class: Class,
    /// What was seen of it.
    pub evidence: Evidence,
}

/// What happened, and whether it speaks of this account or of the whole platform. What to do about
/// it is decided elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// The vendor asks for a slower pace.
    Throttled {
        /// When it will answer again, where it said so.
        until: Option<UnixMillis>,
    },
    /// The vendor, or this store, is not answering as it should.
    Unavailable {
        /// Of whom this speaks.
        scope: Scope,
        /// Why.
        cause: Cause,
        /// When it asked to be tried again, where it said so.
        until: Option<UnixMillis>,
    },
    /// The account's credentials or permissions are not accepted. Trying again is no use until the
    /// retailer has reconnected.
    Rejected(Rejection),
    /// The store is frozen, closed or gone.
    Suspended(Suspension),
    /// This request or this row can't be handled; everything else can.
    Poison(PoisonReason),
    /// A bug or a misconfiguration of ours.
    Ours,
}

/// Of whom a failure speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This account only: it says nothing about the vendor's platform.
    Account,
    /// Perhaps the platform: evidence for the breaker.
    Platform,
}

/// Why a vendor is unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An answer of the 500s.
    ServerError,
    /// No answer in time.
    Timeout,
    /// No connection.
    Connect,
    /// The store's name does not resolve.
    Dns,
    /// The certificate was not accepted.
    Tls,
    /// The vendor says it is under maintenance.
    Maintenance,
    /// Something other than JSON, such as an HTML error page.
    NotJson,
    /// An answer that ended too early.
    Truncated,
    /// An answer over the size cap.
    TooLarge,
    /// The vendor's firewall takes us for an attacker.
    Blocked,
    /// The credentials were refused, but not often enough to be sure that they are wrong.
    Refused,
}

/// What of the account was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The token is wrong, revoked or expired.
    Credentials,
    /// The token lacks a permission.
    Permission,
}

/// What became of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspension {
    /// Frozen until its owner pays.
    Frozen,
    /// Locked by the vendor.
    Locked,
    /// Closed, or no such store.
    Closed,
    /// The store's own name or certificate has lapsed, or leads elsewhere.
    Domain,
}

/// Why a request or a row can't be handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoisonReason {
    /// The vendor refuses this request however often it is sent.
    Request,
    /// The answer is valid but not of the shape this code reads.
    Shape,
}

/// What was seen of a failure. Bounded, and free of secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The vendor's id of the request, where it gave one.
    pub request_id: Option<String>,
    /// The vendor's words, or ours where there was no answer; at most
    /// [`Evidence::MESSAGE_CHARS_MAX`] characters.
    pub message: String,
}

impl Evidence {
    /// The longest message kept, in characters.
    pub const MESSAGE_CHARS_MAX: usize = 300;

    /// Evidence with its message cut to the bound and freed of control characters.
    pub fn new(status: Option<u16>, request_id: Option<String>, message: &str) -> Self {
        let message = message
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(Self::MESSAGE_CHARS_MAX)
            .collect();
        Self { status, request_id, message }
    }
}

struct DisplayEvidence<'a>(&'a Evidence);

impl fmt::Display for DisplayEvidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(status) = self.0.status {
            write!(f, " (HTTP {status})")?;
        }
        if !self.0.message.is_empty() {
            write!(f, ": {}", self.0.message)?;
        }
        Ok(())
    }
}

impl Class {
    /// What happened, in a word that stays the same from version to version.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "throttled",
            Self::Unavailable { cause, .. } => match cause {
                Cause::ServerError => "server_error",
                Cause::Timeout => "timeout",
                Cause::Connect => "connect",
                Cause::Dns => "dns",
                Cause::Tls => "tls",
                Cause::Maintenance => "maintenance",
                Cause::NotJson => "not_json",
                Cause::Truncated => "truncated",
                Cause::TooLarge => "too_large",
                Cause::Blocked => "blocked",
                Cause::Refused => "refused",
            },
            Self::Rejected(Rejection::Credentials) => "credentials",
            Self::Rejected(Rejection::Permission) => "permission",
            Self::Suspended(Suspension::Frozen) => "frozen",
            Self::Suspended(Suspension::Locked) => "locked",
            Self::Suspended(Suspension::Closed) => "closed",
            Self::Suspended(Suspension::Domain) => "domain",
            Self::Poison(PoisonReason::Request) => "request",
            Self::Poison(PoisonReason::Shape) => "shape",
            Self::Ours => "ours",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Throttled { .. } => "the vendor asks for a slower pace",
            Self::Unavailable { cause, .. } => match cause {
                Cause::ServerError => "the store's server fails",
                Cause::Timeout => "the store does not answer in time",
                Cause::Connect => "the store can't be reached",
                Cause::Dns => "the store's name does not resolve",
                Cause::Tls => "the store's certificate is not accepted",
                Cause::Maintenance => "the store is under maintenance",
                Cause::NotJson => "the store answers with something other than JSON",
                Cause::Truncated => "the store's answer ends too early",
                Cause::TooLarge => "the store's answer is larger than is accepted",
                Cause::Blocked => "the vendor's firewall refuses us",
                Cause::Refused => "the store refuses the token, perhaps by mistake",
            },
            Self::Rejected(Rejection::Credentials) => "the store no longer accepts the token",
            Self::Rejected(Rejection::Permission) => "the token lacks a permission",
            Self::Suspended(Suspension::Frozen) => "the store is frozen until its owner pays",
            Self::Suspended(Suspension::Locked) => "the store is locked by the vendor",
            Self::Suspended(Suspension::Closed) => "the store is closed or does not exist",
            Self::Suspended(Suspension::Domain) => {
                "the store's name or certificate has lapsed or leads elsewhere"
            }
            Self::Poison(PoisonReason::Request) => "the vendor refuses this request",
            Self::Poison(PoisonReason::Shape) => "the answer is not of the shape we read",
            Self::Ours => "a fault of ours",
        })
    }
}
