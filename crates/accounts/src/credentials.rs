use core::fmt;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flyball_domain::{AccountId, Integration};
use secrecy::SecretString;

use crate::key::Key;
use crate::seal::{self, Context, Refused, Sealed};
use crate::table::{Attributes, ItemError, StoreError, s, with};
use crate::{Accounts, KeyError, KeyId, KeyIdError};

/// What a credential is for. It opens for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Calling the store.
    AccessToken,
    /// Getting a new access token.
    RefreshToken,
}

impl Purpose {
    /// The purpose as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a credential could not be sealed or opened. Never says anything of the secret.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The account has none for this purpose.
    #[error("found no {purpose} of account {account} for {integration}: connect it first")]
    Missing {
        /// The account.
        account: AccountId,
        /// The platform.
        integration: Integration,
        /// What it would be for.
        purpose: Purpose,
    },
    /// It was changed, or moved here from another account or purpose, or its key is another.
    #[error(
        "the {purpose} of account {account} does not open with key {key}: it was changed or moved, \
         or the key is another; restore the key, or connect the account again"
    )]
    Sealed {
        /// The account.
        account: AccountId,
        /// What it is for.
        purpose: Purpose,
        /// The version of the key that it says it was sealed with.
        key: KeyId,
    },
    /// It could not be encrypted.
    #[error("the {purpose} of account {account} can't be sealed with key {key}")]
    NotSealed {
        /// The account.
        account: AccountId,
        /// What it is for.
        purpose: Purpose,
        /// The version of the key.
        key: KeyId,
    },
    /// There is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The stored item can't be used.
    #[error(transparent)]
    Item(#[from] ItemError),
    /// The store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// Seals a credential with the current key and stores it in the place of the one there is.
    ///
    /// # Errors
    /// No key; the store's.
    pub async fn seal_credentials(
        &self,
        account: &AccountId,
        integration: Integration,
        purpose: Purpose,
        secret: &SecretString,
    ) -> Result<(), CredentialsError> {
        let key = self.keys.current().await?;
        let context = Context { account, integration, purpose };
        let sealed = seal::seal(&key, &context, secret).map_err(|Refused| {
            let (account, key) = (account.clone(), key.id().clone());
            CredentialsError::NotSealed { account, purpose, key }
        })?;
        let bytes = |bytes: Vec<u8>| AttributeValue::B(Blob::new(bytes));
        let item = with(
            Key::Credential { account, integration, purpose }.item(),
            [
                ("key", s(key.id().as_str())),
                ("nonce", bytes(sealed.nonce)),
                ("sealed", bytes(sealed.bytes)),
            ],
        );
        Ok(self.table.put(item).await?)
    }

    /// Opens a credential.
    ///
    /// # Errors
    /// [`CredentialsError::Missing`] where there is none; [`CredentialsError::Sealed`] where it
    /// does not open; no key; a stored item that can't be used; the store's.
    pub async fn open_credentials(
        &self,
        account: &AccountId,
        integration: Integration,
        purpose: Purpose,
    ) -> Result<SecretString, CredentialsError> {
        let stored = self.table.get(Key::Credential { account, integration, purpose }).await?;
        let Some(stored) = stored else {
            return Err(CredentialsError::Missing {
                account: account.clone(),
                integration,
                purpose,
            });
        };
        let item = Attributes::of(&stored)?;
        let id: KeyId = item
            .text("key")?
            .parse()
            .map_err(|error: KeyIdError| item.corrupt(error.to_string()))?;
        let sealed =
            Sealed { nonce: item.bytes("nonce")?.to_vec(), bytes: item.bytes("sealed")?.to_vec() };
        let key = self.keys.by_id(&id).await?;
        seal::open(&key, &Context { account, integration, purpose }, &sealed).map_err(|Refused| {
            CredentialsError::Sealed { account: account.clone(), purpose, key: id }
        })
    }
}
