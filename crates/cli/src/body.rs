use std::io::Write;

use flyball_domain::RecordBody;

/// Writes a record's whole content as JSON, in one line without its end.
///
/// # Errors
/// `to` can't be written.
pub(crate) fn write_json(to: &mut impl Write, body: &RecordBody) -> Result<(), serde_json::Error> {
    match body {
        RecordBody::Product(product) => serde_json::to_writer(to, product),
        RecordBody::Order(order) => serde_json::to_writer(to, order),
    }
}
