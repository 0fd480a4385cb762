use flyball_domain::{Currency, Row};

/// What a codec is told before it reads a payload that was taken out of its walk.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecodeContext {
    /// The store's currency, where the vendor does not name it with every amount.
    pub currency: Option<Currency>,
}

/// What a codec makes of a payload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// Its records and what can't be one, in the vendor's order.
    pub rows: Vec<Row>,
    /// What was there and could not be used, though its record could.
    pub unused: Vec<Unused>,
}

/// Something in a payload that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// Where, as a path into the payload.
    pub at: String,
    /// Why.
    pub what: String,
}

/// A payload that is neither a page nor a record of the kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found} where {expected} was expected")]
pub struct DecodeError {
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
}
