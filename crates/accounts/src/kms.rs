//! Data keys from AWS KMS, for the deployed system.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use data_encoding::BASE64;
use secrecy::zeroize::Zeroizing;

use crate::{KeyError, KeyId, KeyProvider, SealingKey};

/// What the id of a data key begins with; the rest is the data key as KMS encrypted it, in Base64.
const PREFIX: &str = "kms.";

/// What KMS binds a data key to, and writes into its own trail at each use.
const CONTEXT: (&str, &str) = ("flyball", "credentials");

/// The most data keys that are kept in memory: one for each account whose credentials one process
/// opens. A further one takes the place of all.
const OPENED_MAX: usize = 4_096;

/// Data keys of one KMS key. Each sealing has a data key of its own, whose encrypted form is its id,
/// so that nothing else has to be kept; KMS rotates its own key without anything being sealed anew.
#[derive(Clone, Debug)]
pub struct KmsKeys {
    client: Client,
    key: String,
    opened: Arc<Mutex<HashMap<KeyId, SealingKey>>>,
}

impl KmsKeys {
    /// Data keys of `key`: an id, an ARN, or an alias such as `alias/flyball-dev`.
    pub fn new(client: Client, key: impl Into<String>) -> Self {
        Self { client, key: key.into(), opened: Arc::default() }
    }

    fn remember(&self, key: SealingKey) -> SealingKey {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= OPENED_MAX {
            opened.clear();
        }
        opened.insert(key.id().clone(), key.clone());
        key
    }

    fn recall(&self, id: &KeyId) -> Option<SealingKey> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

#[async_trait]
impl KeyProvider for KmsKeys {
    async fn current(&self) -> Result<SealingKey, KeyError> {
        let made = self
            .client
            .generate_data_key()
            .key_id(&self.key)
            .key_spec(DataKeySpec::Aes256)
            .encryption_context(CONTEXT.0, CONTEXT.1)
            .send()
            .await
            .map_err(|error| unavailable("GenerateDataKey", error.code(), &error))?;
        let id = made.ciphertext_blob.as_ref().and_then(id_of);
        let id = id.ok_or_else(|| odd("GenerateDataKey", "no encrypted key of a usable length"))?;
        Ok(self.remember(sealing_key(id, "GenerateDataKey", made.plaintext)?))
    }

    async fn by_id(&self, id: &KeyId) -> Result<SealingKey, KeyError> {
        if let Some(key) = self.recall(id) {
            return Ok(key);
        }
        let encrypted = id.as_str().strip_prefix(PREFIX);
        let encrypted = encrypted.and_then(|text| BASE64.decode(text.as_bytes()).ok());
        // Sealed with a key of another provider: it can't be opened here, now or later.
        let encrypted = encrypted.ok_or_else(|| KeyError::Unknown { id: id.clone() })?;
        let opened = self
            .client
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(encrypted))
            .encryption_context(CONTEXT.0, CONTEXT.1)
            .send()
            .await;
        let opened = opened.map_err(|error| match error.code() {
            Some("InvalidCiphertextException" | "IncorrectKeyException") => {
                KeyError::Unknown { id: id.clone() }
            }
            code => unavailable("Decrypt", code, &error),
        })?;
        Ok(self.remember(sealing_key(id.clone(), "Decrypt", opened.plaintext)?))
    }
}

fn id_of(encrypted: &Blob) -> Option<KeyId> {
    let bytes = encrypted.as_ref();
    let text = (!bytes.is_empty()).then(|| BASE64.encode(bytes))?;
    format!("{PREFIX}{text}").parse().ok()
}

/// The plaintext is erased once the key is made of it.
fn sealing_key(id: KeyId, call: &str, plaintext: Option<Blob>) -> Result<SealingKey, KeyError> {
    let bytes = Zeroizing::new(plaintext.map(Blob::into_inner).unwrap_or_default());
    let Ok(bytes) = <&[u8; SealingKey::BYTES]>::try_from(bytes.as_slice()) else {
        return Err(odd(call, "a data key that is not 32 bytes long"));
    };
    SealingKey::new(id, bytes)
}

fn odd(call: &str, found: &str) -> KeyError {
    KeyError::Unavailable { what: format!("KMS answered {call} with {found}") }
}

fn unavailable(call: &str, code: Option<&str>, error: &impl core::error::Error) -> KeyError {
    let advice = match code {
        Some("AccessDeniedException") => ": let the role use the key, with its encryption context",
        Some("DisabledException") => ": enable the key again",
        Some("KMSInvalidStateException") => {
            ": see whether the key is to be deleted, and cancel that"
        }
        Some("NotFoundException") => ": name a key that is there",
        Some(_) | None => "",
    };
    let error = DisplayErrorContext(error);
    KeyError::Unavailable { what: format!("KMS refused {call}{advice} ({error})") }
}

#[cfg(test)]
mod tests;
