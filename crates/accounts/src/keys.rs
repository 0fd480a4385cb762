use core::fmt;
use core::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};

const FOUND_CHARS_MAX: usize = 80;

/// The version of a key, kept beside what is sealed with it: up to 512 visible ASCII characters,
/// which has room for a data key that is itself encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(Box<str>);

impl KeyId {
    /// The longest id, in bytes.
    pub const BYTES_MAX: usize = 512;

    /// The id as text.
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no key id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where a key id was expected: 1 to 512 visible ASCII characters")]
pub struct KeyIdError {
    /// The text as it came, cut to a bounded length.
    pub found: String,
}

impl FromStr for KeyId {
    type Err = KeyIdError;
    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        let fits = (1..=Self::BYTES_MAX).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(KeyIdError { found: text.chars().take(FOUND_CHARS_MAX).collect() })
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A key for AES-256-GCM with random nonces. It can be neither printed nor serialized.
#[derive(Clone)]
pub struct SealingKey {
    id: KeyId,
    pub(crate) key: Arc<RandomizedNonceKey>,
}

impl SealingKey {
    /// Bytes of a key.
    pub const BYTES: usize = 32;

    /// The key with these bytes. The caller erases its own copy of them.
    ///
    /// # Errors
    /// [`KeyError::Unusable`], if the cryptographic library refuses them.
    pub fn new(id: KeyId, bytes: &[u8; Self::BYTES]) -> Result<Self, KeyError> {
        match RandomizedNonceKey::new(&AES_256_GCM, bytes) {
            Ok(key) => Ok(Self { id, key: Arc::new(key) }),
            Err(_unspecified) => Err(KeyError::Unusable { id }),
        }
    }

    /// Its version.
    pub const fn id(&self) -> &KeyId {
        &self.id
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({}, …)", self.id)
    }
}

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is none of this version.
    #[error("found no key {id}: put it back, or connect the account again")]
    Unknown {
        /// The version asked for.
        id: KeyId,
    },
    /// It can't be used for AES-256-GCM.
    #[error("key {id} can't be used for AES-256-GCM")]
    Unusable {
        /// Its version.
        id: KeyId,
    },
    /// Whoever keeps the keys does not answer.
    #[error("the keys can't be had at the moment: {what}")]
    Unavailable {
        /// What was seen, without secrets.
        what: String,
    },
}

/// Who keeps the keys: a file on one machine, a key management service on AWS.
#[async_trait]
pub trait KeyProvider: Send + Sync {
    /// The key to seal with.
    ///
    /// # Errors
    /// There is none, or it can't be had.
    async fn current(&self) -> Result<SealingKey, KeyError>;

    /// The key that something was sealed with.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] for a version that is no more; or it can't be had.
    async fn by_id(&self, id: &KeyId) -> Result<SealingKey, KeyError>;
}

/// No key, for a program that neither seals nor opens anything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoKeys;

impl NoKeys {
    fn refuse() -> KeyError {
        let what = "this program was given none, because it has no use for credentials";
        KeyError::Unavailable { what: what.to_owned() }
    }
}

#[async_trait]
impl KeyProvider for NoKeys {
    async fn current(&self) -> Result<SealingKey, KeyError> {
        Err(Self::refuse())
    }

    async fn by_id(&self, _id: &KeyId) -> Result<SealingKey, KeyError> {
        Err(Self::refuse())
    }
}
