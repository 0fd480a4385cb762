use std::sync::Arc;

use flyball_accounts::{Account, StoreReach};
use flyball_bigcommerce::BigCommerceConnector;
use flyball_connector::Connector;
use flyball_domain::{Integration, UnixMillis};
use flyball_governor::{Clock as _, Entropy as _};
use flyball_http::{BaseUrl, ClientError, HttpClient, Reach, Settings};
use flyball_importer::{ConnectError, Connectors};
use flyball_magento::MagentoConnector;
use flyball_runtime::{SystemClock, SystemEntropy, environment};
use flyball_shopify::ShopifyConnector;
use secrecy::SecretString;

use crate::error::CliError;

/// The ways to stores of every integration. A client takes a while to build, so that those who call
/// one store build one.
#[derive(Clone, Debug)]
pub(crate) struct Ways {
    public: Option<HttpClient>,
    local: Option<HttpClient>,
}

impl Ways {
    /// Ways to public addresses and, for stores that may be there, to this machine's.
    ///
    /// # Errors
    /// The HTTPS client can't be built.
    pub(crate) fn open() -> Result<Self, ClientError> {
        Ok(Self { public: Some(client(Reach::Public)?), local: Some(client(Reach::Local)?) })
    }

    /// Ways to one store, with a client of its own.
    pub(crate) const fn to_one() -> Self {
        Self { public: None, local: None }
    }

    /// The way to the store at `base`, with its credentials.
    ///
    /// # Errors
    /// Credentials, or an address, that can't be any of that vendor's.
    pub(crate) fn to(
        &self,
        integration: Integration,
        base: &BaseUrl,
        credentials: &SecretString,
    ) -> Result<Arc<dyn Connector>, ConnectError> {
        let built = match base.reach() {
            Reach::Public => self.public.clone(),
            Reach::Local => self.local.clone(),
        };
        let http = built.map_or_else(|| client(base.reach()), Ok).map_err(|e| unfit(&e))?;
        let clock = SystemClock::new();
        let now = move || UnixMillis(clock.now().0);
        Ok(match integration {
            Integration::Shopify => Arc::new(
                ShopifyConnector::new(http, base.clone(), credentials).map_err(|e| unfit(&e))?,
            ),
            Integration::Bigcommerce => Arc::new(
                BigCommerceConnector::new(http, base.clone(), credentials)
                    .map_err(|e| unfit(&e))?,
            ),
            Integration::Magento => {
                let entropy = || SystemEntropy.next_u64();
                let connector = MagentoConnector::new(http, base, credentials, now, entropy);
                Arc::new(connector.map_err(|e| unfit(&e))?)
            }
        })
    }

    /// The ways to the stores of one integration.
    pub(crate) fn of(&self, integration: Integration) -> Arc<dyn Connectors> {
        Arc::new(WaysOf { ways: self.clone(), integration })
    }
}

fn client(reach: Reach) -> Result<HttpClient, ClientError> {
    HttpClient::new(Settings { reach })
}

fn unfit(error: &impl ToString) -> ConnectError {
    ConnectError { what: error.to_string() }
}

struct WaysOf {
    ways: Ways,
    integration: Integration,
}

impl Connectors for WaysOf {
    fn integration(&self) -> Integration {
        self.integration
    }

    fn connect(
        &self,
        account: &Account,
        credentials: &SecretString,
    ) -> Result<Arc<dyn Connector>, ConnectError> {
        let reach = match account.policy.reach {
            StoreReach::Public => Reach::Public,
            StoreReach::Local => Reach::Local,
        };
        let base = BaseUrl::parse(&account.store, reach).map_err(|error| unfit(&error))?;
        self.ways.to(self.integration, &base, credentials)
    }
}

/// A store's credentials, from the environment variable that holds them.
///
/// # Errors
/// No such variable, or nothing in it.
pub(crate) fn credentials(
    integration: Integration,
    variable: &str,
) -> Result<SecretString, CliError> {
    let usable = !variable.is_empty() && !variable.contains(['=', '\0']);
    let value = if usable { environment(variable) } else { None };
    match value {
        None => Err(CliError::new(format!(
            "found no environment variable {variable:?}, the one that holds the store's \
             credentials was expected: set it, and give its name, not what is in it"
        ))),
        Some(value) if value.is_empty() => Err(CliError::new(format!(
            "found the environment variable {variable} empty, the store's credentials were \
             expected in it: set it to {}",
            wanted(integration)
        ))),
        Some(value) => Ok(SecretString::from(value)),
    }
}

const fn wanted(integration: Integration) -> &'static str {
    match integration {
        Integration::Shopify => "the app's Admin API access token (shpat_…)",
        Integration::Bigcommerce => "the store's API token",
        Integration::Magento => {
            "a bearer token, or the integration's four secrets as JSON (consumer_key, \
             consumer_secret, access_token, access_token_secret)"
        }
    }
}
