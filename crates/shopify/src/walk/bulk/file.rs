//! A file that the vendor has laid somewhere, fetched piece by piece.

use flyball_connector::{Call, Destination};

use super::super::Reply;

/// How much of a file is fetched at once, in bytes.
pub const PIECE_BYTES: u64 = 1024 * 1024;

/// Where a file lies.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) base: String,
    pub(super) path: String,
}

impl File {
    /// An address without user or fragment, split where the client needs it.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let url: http::Uri = url.parse().ok()?;
        let authority = url.authority()?.as_str();
        if authority.contains('@') {
            return None;
        }
        let base = format!("{}://{authority}", url.scheme_str()?);
        Some(Self { base, path: url.path_and_query()?.as_str().to_owned() })
    }

    /// The call for the piece of it that begins there.
    pub(super) fn piece_call(&self, offset: u64) -> Call {
        let last = offset.saturating_add(PIECE_BYTES).saturating_sub(1);
        let mut request = http::Request::new(Vec::new());
        *request.uri_mut() = self.path.parse().unwrap_or_default();
        let headers = request.headers_mut();
        // Positions are those of the file itself, which must not come in another coding.
        headers.insert(http::header::ACCEPT_ENCODING, http::HeaderValue::from_static("identity"));
        if let Ok(range) = http::HeaderValue::from_str(&format!("bytes={offset}-{last}")) {
            headers.insert(http::header::RANGE, range);
        }
        Call { request, to: Destination::File { base: self.base.clone() } }
    }
}

/// A piece of a file.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether nothing comes behind it.
    pub(super) is_last: bool,
}

/// The piece of a file from this place on that an answer holds: the range that was asked for, or
/// what of a whole file lies behind the place.
pub(super) fn piece(reply: &Reply, offset: u64) -> Option<Piece<'_>> {
    let body = reply.body().as_slice();
    match reply.status().as_u16() {
        200 => {
            let bytes = body.get(usize::try_from(offset).ok()?..)?;
            Some(Piece { bytes, is_last: true })
        }
        206 => {
            let range = reply.headers().get(http::header::CONTENT_RANGE)?.to_str().ok()?;
            let (from_to, total) = range.strip_prefix("bytes ")?.split_once('/')?;
            let (from, _) = from_to.split_once('-')?;
            let length = u64::try_from(body.len()).ok()?;
            let is_mine = from.parse() == Ok(offset) && length > 0;
            let end = offset.checked_add(length)?;
            let is_last = match total {
                "*" => length < PIECE_BYTES,
                total => total.parse() == Ok(end),
            };
            is_mine.then_some(Piece { bytes: body, is_last })
        }
        // Nothing lies behind the end.
        416 => Some(Piece { bytes: &[], is_last: true }),
        _ => None,
    }
}
