//! The ops API. Never opens credentials.
