//! A record some of whose longer lists have been asked for, kept in the resume text: it may take
//! more calls than a troubled store answers in a row.

use std::io::{Read as _, Write as _};

use data_encoding::BASE64;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flyball_domain::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The longest text, in bytes. A thousand lines of an order take about a tenth of it; what is longer
/// is not kept, and its lists are asked for from their start.
pub(super) const TEXT_BYTES_MAX: usize = 256 * 1024;

/// The longest record read back, in bytes of JSON.
const JSON_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// What has come of the record that comes next.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begun {
    pub(super) id: u64,
    /// Its version: of another one nothing is used.
    pub(super) updated_at: UnixMillis,
    /// The lists still to be asked for, by their names.
    pub(super) wants: Vec<String>,
    /// The page of the first of them to be asked for next, from 1.
    pub(super) page: u32,
    /// What has come, by the lists' names.
    pub(super) lists: Vec<(String, Vec<Box<RawValue>>)>,
}

impl Begun {
    /// Reads what [`Begun::to_text`] wrote.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &dyn core::fmt::Display| format!("found no record begun ({what})");
        let packed = BASE64.decode(text.as_bytes()).map_err(|error| wrong(&error))?;
        let mut json = Vec::new();
        let mut decoder = DeflateDecoder::new(packed.as_slice()).take(JSON_BYTES_MAX);
        decoder.read_to_end(&mut json).map_err(|error| wrong(&error))?;
        serde_json::from_slice(&json).map_err(|error| wrong(&error))
    }

    /// As a text of a bounded length; `None` where it would be longer.
    pub(super) fn to_text(&self) -> Option<String> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&serde_json::to_vec(self).ok()?).ok()?;
        let text = BASE64.encode(&encoder.finish().ok()?);
        (text.len() <= TEXT_BYTES_MAX).then_some(text)
    }
}
