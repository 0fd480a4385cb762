//! Hashes of JSON, and how it is packed.

use core::fmt;
use std::borrow::Cow;
use std::io::Read;

use data_encoding::HEXLOWER;
use flate2::read::DeflateDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use sha2::{Digest, Sha256};

/// The longest body read back, in bytes of JSON: what is stored can't make a reader eat its memory.
const JSON_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Says whether two bodies are equal: the first half of SHA-256 over the canonical JSON, which is
/// the domain's structs in their own order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Hash(pub(crate) [u8; 16]);

impl Hash {
    /// Of a record of which nothing was ever stored.
    pub(crate) const NOTHING: Self = Self([0; 16]);

    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(first(&Sha256::digest(bytes)))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// How bytes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    Deflate,
}

impl Encoding {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Deflate => "deflate",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "plain" => Ok(Self::Plain),
            "deflate" => Ok(Self::Deflate),
            _ => Err(format!("found encoding {text:?}, plain or deflate was expected")),
        }
    }
}

/// Compresses; its work space of about 300 KB is used again and again.
pub(crate) struct Packer(Compress);

impl Packer {
    pub(crate) fn new() -> Self {
        Self(Compress::new(Compression::default(), false))
    }

    /// Deflates `bytes` where that makes them smaller: each begun KB of an item costs a write unit.
    pub(crate) fn pack<'a>(&mut self, bytes: &'a [u8]) -> (Cow<'a, [u8]>, Encoding) {
        self.0.reset();
        // The room it has is what it has to undercut.
        let mut packed = Vec::with_capacity(bytes.len());
        match self.0.compress_vec(bytes, &mut packed, FlushCompress::Finish) {
            Ok(Status::StreamEnd) => {
                packed.shrink_to_fit();
                (Cow::Owned(packed), Encoding::Deflate)
            }
            Ok(Status::Ok | Status::BufError) | Err(_) => (Cow::Borrowed(bytes), Encoding::Plain),
        }
    }
}

impl fmt::Debug for Packer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packer").finish_non_exhaustive()
    }
}

/// Undoes [`Packer::pack`] and checks the result against the hash of what was packed.
pub(crate) fn unpack(packed: &[u8], encoding: Encoding, hash: Hash) -> Result<Vec<u8>, String> {
    let bytes = match encoding {
        Encoding::Plain => packed.to_vec(),
        Encoding::Deflate => {
            let mut bytes = Vec::new();
            DeflateDecoder::new(packed)
                .take(JSON_BYTES_MAX.saturating_add(1))
                .read_to_end(&mut bytes)
                .map_err(|error| format!("its body does not inflate ({error})"))?;
            bytes
        }
    };
    if u64::try_from(bytes.len()).is_ok_and(|len| len > JSON_BYTES_MAX) {
        return Err(format!("its body has over {JSON_BYTES_MAX} bytes, the most that is read"));
    }
    let found = Hash::of(&bytes);
    if found == hash {
        Ok(bytes)
    } else {
        Err(format!("its body's hash is {found}, {hash} was expected"))
    }
}

pub(crate) fn first<const N: usize>(digest: &[u8]) -> [u8; N] {
    let mut first = [0; N];
    first.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
    first
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packed_bytes_come_back_and_are_never_longer(
            bytes in proptest::collection::vec(prop_oneof![Just(b'a'), any::<u8>()], 0..4096),
        ) {
            let mut packer = Packer::new();
            let (packed, encoding) = packer.pack(&bytes);
            prop_assert!(packed.len() <= bytes.len());
            prop_assert_eq!(unpack(&packed, encoding, Hash::of(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn no_bytes_at_all_make_unpacking_panic(bytes: Vec<u8>) {
            for encoding in [Encoding::Plain, Encoding::Deflate] {
                prop_assert!(unpack(&bytes, encoding, Hash([0; 16])).is_err());
            }
        }
    }

    #[test]
    fn a_packer_remembers_nothing_of_what_it_packed_before() {
        let mut packer = Packer::new();
        let mut fresh = Packer::new();
        packer.pack(&[b'a'; 999]);
        assert_eq!(packer.pack(&[b'b'; 999]), fresh.pack(&[b'b'; 999]));
    }
}
