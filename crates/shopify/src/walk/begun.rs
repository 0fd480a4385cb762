//! A product some of whose longer lists have been asked for in part, kept in the resume text: its
//! children may take more calls than a troubled store answers in a row.

use std::io::{Read, Write};

use data_encoding::BASE64;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::decode::{Draft, Landmark};

/// The longest text, in bytes. Two thousand variants take about half of it; what is longer is not
/// kept, and its lists are asked for from their start.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// The longest draft read back, in bytes of JSON.
const JSON_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// The product, as far as it is.
#[derive(Debug)]
pub(crate) struct Begun(Draft);

impl Begun {
    pub(super) const fn new(draft: Draft) -> Self {
        Self(draft)
    }

    /// Reads what [`Begun::to_text`] wrote.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &dyn core::fmt::Display| format!("found no product begun ({what})");
        let packed = BASE64.decode(text.as_bytes()).map_err(|error| wrong(&error))?;
        let mut json = Vec::new();
        let mut decoder = DeflateDecoder::new(packed.as_slice()).take(JSON_BYTES_MAX);
        decoder.read_to_end(&mut json).map_err(|error| wrong(&error))?;
        serde_json::from_slice(&json).map(Self).map_err(|error| wrong(&error))
    }

    /// As a text of a bounded length; `None` where it would be longer.
    pub(super) fn to_text(&self) -> Option<String> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&serde_json::to_vec(&self.0).ok()?).ok()?;
        let text = BASE64.encode(&encoder.finish().ok()?);
        (text.len() <= TEXT_BYTES_MAX).then_some(text)
    }

    /// Whether this is the product found there, in the version found there.
    pub(super) fn is_at(&self, landmark: &Landmark) -> bool {
        let product = &self.0.product;
        landmark.id.as_ref() == Some(&product.id) && landmark.updated_at == Some(product.updated_at)
    }

    pub(super) fn into_draft(self) -> Draft {
        self.0
    }
}
