//! A page that was broken off while what belongs to its records was being asked for, kept in the
//! resume text.

use std::io::{Read, Write};

use data_encoding::BASE64;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::assembly::Assembly;
use super::names::Names;

/// The longest text, in bytes. A page of products takes about a fifth of it; one that takes more is
/// asked for again, smaller.
const TEXT_BYTES_MAX: usize = 240 * 1_024;
/// The longest page read back, in bytes of JSON.
const JSON_BYTES_MAX: u64 = 32 * 1_024 * 1_024;

/// A page, the names that it needs, and how many answers had come, as a text of a bounded length;
/// `None` where it would be longer.
pub(super) fn text(assembly: &Assembly, names: &Names, successes: u64) -> Option<String> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&serde_json::to_vec(&(assembly, names, successes)).ok()?).ok()?;
    let text = BASE64.encode(&encoder.finish().ok()?);
    (text.len() <= TEXT_BYTES_MAX).then_some(text)
}

/// Reads what [`text`] wrote; anything else is nothing begun, and the page is asked for again.
pub(super) fn parse(text: &str) -> Option<(Assembly, Names, u64)> {
    let packed = BASE64.decode(text.as_bytes()).ok()?;
    let mut json = Vec::new();
    DeflateDecoder::new(packed.as_slice()).take(JSON_BYTES_MAX).read_to_end(&mut json).ok()?;
    serde_json::from_slice(&json).ok()
}
