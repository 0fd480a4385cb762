use core::error::Error;
use std::sync::Arc;

use flyball_accounts::Account;
use flyball_connector::Connector;
use flyball_domain::Integration;
use secrecy::SecretString;

/// Makes the connectors of one integration.
pub trait Connectors: Send + Sync {
    /// The integration.
    fn integration(&self) -> Integration;

    /// An account's way to its store, with its access token.
    ///
    /// # Errors
    /// An address or a token that can't be used.
    fn connect(
        &self,
        account: &Account,
        token: &SecretString,
    ) -> Result<Arc<dyn Connector>, ConnectError>;
}

/// An account whose store can't be called, in words for the retailer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ConnectError {
    /// What was found and what was expected.
    pub what: String,
}

struct ConnectWith<F> {
    integration: Integration,
    connect: F,
}

/// Connectors made by a function, whose errors hold no secrets.
pub fn connect_with<F>(integration: Integration, connect: F) -> Arc<dyn Connectors>
where
    F: Fn(&Account, &SecretString) -> Result<Arc<dyn Connector>, Box<dyn Error + Send + Sync>>
        + Send
        + Sync
        + 'static,
{
    Arc::new(ConnectWith { integration, connect })
}

impl<F> Connectors for ConnectWith<F>
where
    F: Fn(&Account, &SecretString) -> Result<Arc<dyn Connector>, Box<dyn Error + Send + Sync>>
        + Send
        + Sync,
{
    fn integration(&self) -> Integration {
        self.integration
    }

    fn connect(
        &self,
        account: &Account,
        token: &SecretString,
    ) -> Result<Arc<dyn Connector>, ConnectError> {
        (self.connect)(account, token).map_err(|error| ConnectError { what: error.to_string() })
    }
}
