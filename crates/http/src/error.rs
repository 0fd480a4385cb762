use std::error::Error;
use std::io;
use std::net::IpAddr;

use crate::guard::AddressKind;
use crate::resolve::ResolveError;

/// The most characters kept of a library's words.
const REASON_CHARS_MAX: usize = 200;

/// What kept an answer from arriving. Never holds a URL, a header or a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No complete answer within the time given.
    #[error("no complete answer within {limit_ms} ms")]
    Timeout {
        /// The time given.
        limit_ms: u64,
    },
    /// The host's name does not exist.
    #[error("the host's name does not exist")]
    NoSuchName,
    /// The host's name could not be looked up, which says nothing about whether it exists.
    #[error("the host's name could not be looked up: {reason}")]
    Lookup {
        /// What the resolver says.
        reason: String,
    },
    /// The host's name leads only to addresses that must not be called.
    #[error("the host's name leads to {kind} address {address}, which must not be called")]
    RefusedAddress {
        /// The first such address.
        address: IpAddr,
        /// What it is for.
        kind: AddressKind,
    },
    /// No connection.
    #[error("no connection: {reason}")]
    Connect {
        /// What the system says.
        reason: String,
    },
    /// A connection, but no trusted encryption.
    #[error("no trusted encryption: {reason}")]
    Tls {
        /// What the TLS library says.
        reason: String,
    },
    /// The connection ended, or spoke something other than HTTP, before an answer began.
    #[error("the connection ended before an answer began")]
    Closed,
    /// The answer's body ended too early, or its compression is broken.
    #[error("the answer ended after {body_bytes} bytes, too early")]
    Truncated {
        /// Bytes of the body that arrived, after decompression.
        body_bytes: usize,
    },
    /// The answer is over a cap.
    #[error("the answer's {part} are larger than the {bytes_max} bytes that are accepted")]
    TooLarge {
        /// Which part of it.
        part: AnswerPart,
        /// The cap.
        bytes_max: usize,
    },
    /// The request can't be sent as it is: a fault of ours.
    #[error("the request can't be sent: {reason}")]
    Request {
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// A part of an answer that has a cap of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerPart {
    /// Its headers.
    Headers,
    /// Its body, decompressed.
    Body,
}

impl core::fmt::Display for AnswerPart {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Headers => "headers",
            Self::Body => "contents",
        })
    }
}

impl CallError {
    /// Reads an error that came before an answer began.
    pub(crate) fn before_answer(error: &reqwest::Error, limit_ms: u64) -> Self {
        if let Some(resolve) = find::<ResolveError>(error) {
            return match resolve {
                ResolveError::NoSuchName => Self::NoSuchName,
                ResolveError::Lookup { reason } => Self::Lookup { reason: reason.clone() },
                ResolveError::Refused { address, kind } => {
                    Self::RefusedAddress { address: *address, kind: *kind }
                }
            };
        }
        if error.is_timeout() {
            return Self::Timeout { limit_ms };
        }
        if let Some(tls) = find_tls(error) {
            return Self::Tls { reason: bounded(&tls.to_string()) };
        }
        if error.is_connect() {
            let reason = find::<io::Error>(error)
                .map_or_else(|| "refused".to_owned(), |io| bounded(&io.kind().to_string()));
            return Self::Connect { reason };
        }
        if error.is_builder() {
            return Self::Request { reason: "it is not a valid HTTP request" };
        }
        Self::Closed
    }

    /// Reads an error that came while the body was read.
    pub(crate) fn within_body(error: &reqwest::Error, limit_ms: u64, body_bytes: usize) -> Self {
        if error.is_timeout() { Self::Timeout { limit_ms } } else { Self::Truncated { body_bytes } }
    }
}

pub(crate) fn bounded(text: &str) -> String {
    text.chars().take(REASON_CHARS_MAX).collect()
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    core::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

fn find<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    chain(error).find_map(|cause| cause.downcast_ref::<E>())
}

/// The TLS library's error hides within an [`io::Error`], whose `source` skips what it wraps.
fn find_tls(error: &reqwest::Error) -> Option<&rustls::Error> {
    chain(error).find_map(|cause| {
        cause.downcast_ref::<rustls::Error>().or_else(|| {
            let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
            inner.downcast_ref::<rustls::Error>().or_else(|| {
                inner.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<rustls::Error>()
            })
        })
    })
}
