//! A record some of whose longer lists have been asked for in part, kept in the resume text: its
//! children may take more calls than a troubled store answers in a row.

use std::collections::VecDeque;
use std::io::{Read, Write};

use data_encoding::BASE64;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use flyball_domain::{UnixMillis, VendorId};
use serde::{Deserialize, Serialize};

use crate::decode::{Gap, Landmark, Parts};

/// The longest text, in bytes. Two thousand variants take about half of it; what is longer is not
/// kept, and its lists are asked for from their start.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// The longest of them read back, in bytes of JSON.
const JSON_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// What has come of its lists, and what is still to come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Begun {
    id: VendorId,
    updated_at: UnixMillis,
    parts: Parts,
    gaps: VecDeque<Gap>,
}

impl Begun {
    /// `None` of a record without id or time: it can't be told from others.
    pub(super) fn new(landmark: &Landmark, parts: &Parts, gaps: &VecDeque<Gap>) -> Option<Self> {
        let (id, updated_at) = landmark.id.clone().zip(landmark.updated_at)?;
        Some(Self { id, updated_at, parts: parts.clone(), gaps: gaps.clone() })
    }

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

    /// Whether this is the record found there, in the version found there.
    pub(super) fn is_at(&self, landmark: &Landmark) -> bool {
        landmark.id.as_ref() == Some(&self.id) && landmark.updated_at == Some(self.updated_at)
    }

    pub(super) fn into_lists(self) -> (Parts, VecDeque<Gap>) {
        (self.parts, self.gaps)
    }
}
