//! Sealing and opening, without I/O.

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use flyball_domain::{AccountId, Integration};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::{Purpose, SealingKey};

/// Begins the associated data: another use of the same key, or another layout, differs here.
const LABEL: &[u8] = b"flyball credential 1";

/// What a credential is sealed as. It opens as nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) integration: Integration,
    pub(crate) purpose: Purpose,
}

impl Context<'_> {
    /// The associated data: each piece after its length, so that no two contexts share one.
    fn associated(&self) -> Vec<u8> {
        let pieces = [self.account.as_str(), self.integration.as_str(), self.purpose.as_str()];
        let mut data = LABEL.to_vec();
        for piece in pieces {
            data.extend(u64::try_from(piece.len()).unwrap_or(u64::MAX).to_be_bytes());
            data.extend(piece.as_bytes());
        }
        data
    }
}

/// A sealed secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// 96 random bits.
    pub(crate) nonce: Vec<u8>,
    /// The secret, encrypted, and the tag of 16 bytes.
    pub(crate) bytes: Vec<u8>,
}

/// The secret can't be sealed, or what is sealed can't be opened: another key, another context, or
/// bytes that were changed. The cipher can't tell which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// Seals `secret`, with a nonce from the system's random numbers.
pub(crate) fn seal(
    key: &SealingKey,
    context: &Context<'_>,
    secret: &SecretString,
) -> Result<Sealed, Refused> {
    let plain = secret.expose_secret().as_bytes();
    let tag_bytes = aws_lc_rs::aead::AES_256_GCM.tag_len();
    // With room for the tag from the start, so that growing leaves no copy of the secret behind.
    let mut bytes = Vec::with_capacity(plain.len().saturating_add(tag_bytes));
    bytes.extend_from_slice(plain);
    let sealed = key.key.seal_in_place_append_tag(Aad::from(context.associated()), &mut bytes);
    match sealed {
        Ok(nonce) => Ok(Sealed { nonce: nonce.as_ref().to_vec(), bytes }),
        Err(_unspecified) => {
            drop(Zeroizing::new(bytes));
            Err(Refused)
        }
    }
}

/// Opens what was sealed with the same key in the same context.
pub(crate) fn open(
    key: &SealingKey,
    context: &Context<'_>,
    sealed: &Sealed,
) -> Result<SecretString, Refused> {
    let nonce: [u8; NONCE_LEN] = sealed.nonce.as_slice().try_into().map_err(|_length| Refused)?;
    let mut bytes = Zeroizing::new(sealed.bytes.clone());
    let plain = key
        .key
        .open_in_place(Nonce::from(&nonce), Aad::from(context.associated()), &mut bytes)
        .map_err(|_unspecified| Refused)?;
    let text = core::str::from_utf8(plain).map_err(|_not_text| Refused)?;
    Ok(SecretString::from(text.to_owned()))
}
