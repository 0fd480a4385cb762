use std::sync::Arc;

use flyball_accounts::Account;
use flyball_connector::Connector;
use flyball_domain::Integration;
use flyball_http::{BaseUrl, ClientError, HttpClient, Reach, Settings};
use flyball_importer::{ConnectError, Connectors};
use flyball_shopify::ShopifyConnector;
use secrecy::SecretString;

use crate::error::CliError;

/// The ways to Shopify stores, all by one client.
#[derive(Clone, Debug)]
pub(crate) struct ShopifyConnectors {
    http: HttpClient,
    reach: Reach,
}

impl ShopifyConnectors {
    /// Ways that reach this far.
    ///
    /// # Errors
    /// The HTTPS client can't be built.
    pub(crate) fn new(reach: Reach) -> Result<Self, ClientError> {
        Ok(Self { http: HttpClient::new(Settings { reach })?, reach })
    }

    /// The way to the store at `base`.
    ///
    /// # Errors
    /// A text that is no token.
    pub(crate) fn to(
        &self,
        base: BaseUrl,
        token: &SecretString,
    ) -> Result<Arc<dyn Connector>, CliError> {
        Ok(Arc::new(ShopifyConnector::new(self.http.clone(), base, token)?))
    }
}

impl Connectors for ShopifyConnectors {
    fn integration(&self) -> Integration {
        Integration::Shopify
    }

    fn connect(
        &self,
        account: &Account,
        token: &SecretString,
    ) -> Result<Arc<dyn Connector>, ConnectError> {
        let unfit = |what: String| ConnectError { what };
        let base =
            BaseUrl::parse(&account.store, self.reach).map_err(|error| unfit(error.to_string()))?;
        let connector = ShopifyConnector::new(self.http.clone(), base, token)
            .map_err(|error| unfit(error.to_string()))?;
        Ok(Arc::new(connector))
    }
}
