//! The only way out to a vendor: guarded, capped and redacted HTTP calls.
//!
//! Every call is one attempt. This crate never follows a redirect, never uses a proxy, never
//! connects to an address it has not checked at that very connection, and never puts a URL's query,
//! a header or a body into an error or a log line. It knows no vendor.

mod base_url;
mod client;
mod error;
mod guard;
mod resolve;

pub use base_url::{BASE_URL_BYTES_MAX, BaseUrl, BaseUrlError, PUBLIC_PORTS};
pub use client::{
    BODY_BYTES_MAX, ClientError, HEADER_BYTES_MAX, HEADERS_MAX, HttpClient, IDLE_CONNECTION_MS,
    IDLE_CONNECTIONS_MAX, Settings,
};
pub use error::{AnswerPart, CallError};
pub use guard::{AddressKind, Reach, refused};
