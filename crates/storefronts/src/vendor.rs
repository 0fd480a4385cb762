use std::num::NonZeroU32;

use serde_json::json;

use crate::magento::MagentoHabits;
use crate::shopify::Plan;
use crate::stock::Layout;

/// Whose API a store speaks, and what only that vendor has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// The Admin GraphQL API.
    Shopify {
        /// How fast apps may ask.
        plan: Plan,
        /// Which orders the token may see.
        scope: OrderScope,
    },
    /// The v2 orders and v3 catalog.
    BigCommerce(BigCommerceSettings),
    /// REST.
    Magento(MagentoSettings),
}

/// Which orders a Shopify token may see
/// (<https://shopify.dev/docs/api/admin-graphql/latest/objects/Order>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderScope {
    /// The scope `read_all_orders` was granted.
    All,
    /// Only those made within the last 60 days; older ones are absent, without an error.
    Recent,
}

/// What only a BigCommerce store has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BigCommerceSettings {
    /// The part of the address that names the store, such as `a1b2c3`.
    pub hash: String,
    /// How many calls all apps together may make.
    pub quota: Quota,
    /// Calls that other apps of the store make in each window of the quota.
    pub others_per_window: u32,
}

/// How many calls all apps of a BigCommerce store may make in 30 seconds
/// (<https://developer.bigcommerce.com/docs/start/best-practices/api-rate-limits>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// 150, on Standard and Plus.
    Standard,
    /// 450, on Pro.
    Pro,
    /// As agreed, on Enterprise.
    Enterprise(NonZeroU32),
    /// None that is told.
    Unlimited,
}

/// What only a Magento store has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MagentoSettings {
    /// How it treats pages past the end.
    pub version: MagentoVersion,
    /// What comes before `/rest` in its addresses, such as `/shop`; empty at the root of the host.
    pub base_path: String,
    /// Which credentials it takes.
    pub access: MagentoAccess,
    /// How it was set up besides.
    pub habits: MagentoHabits,
}

/// How a Magento treats a page past the end (<https://github.com/magento/magento2/pull/26988>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MagentoVersion {
    /// It says the last page again.
    Before24,
    /// Orders come to an end; products say the last page again all the same.
    From24,
}

/// Which credentials a Magento store takes. The access token is the store's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MagentoAccess {
    /// The access token alone, as a bearer token.
    Bearer,
    /// Calls signed with OAuth 1.0a and HMAC-SHA256, as integrations must since 2.4.4.
    OAuth(OAuthSecrets),
    /// Either.
    Both(OAuthSecrets),
}

/// The three secrets of a Magento integration besides its access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthSecrets {
    /// Who the integration is.
    pub consumer_key: String,
    /// Half of the signing key.
    pub consumer_secret: String,
    /// The other half.
    pub token_secret: String,
}

impl Vendor {
    /// What stands between a store's host and the paths of its API in the address that a retailer
    /// connects it by.
    pub(crate) fn base_path(&self) -> String {
        match self {
            Self::Shopify { .. } => String::new(),
            Self::BigCommerce(settings) => format!("/stores/{}", settings.hash),
            Self::Magento(settings) => settings.base_path.clone(),
        }
    }

    /// What a retailer connects a store with, whose access token is `token`: the token alone, or
    /// all secrets of an integration as JSON.
    pub(crate) fn credentials(&self, token: &str) -> String {
        match self {
            Self::Magento(MagentoSettings {
                access: MagentoAccess::OAuth(secrets) | MagentoAccess::Both(secrets),
                ..
            }) => json!({
                "consumer_key": secrets.consumer_key,
                "consumer_secret": secrets.consumer_secret,
                "access_token": token,
                "access_token_secret": secrets.token_secret,
            })
            .to_string(),
            Self::Shopify { .. } | Self::BigCommerce(_) | Self::Magento(_) => token.to_owned(),
        }
    }

    /// Whether it keeps variants inside their product.
    pub(crate) const fn layout(&self) -> Layout {
        match self {
            Self::Shopify { .. } | Self::BigCommerce(_) => Layout::Nested,
            Self::Magento(_) => Layout::Flat,
        }
    }
}

impl Quota {
    /// Calls in a window; `None` where there is no quota.
    pub const fn calls(self) -> Option<NonZeroU32> {
        const STANDARD: NonZeroU32 = NonZeroU32::new(150).unwrap();
        const PRO: NonZeroU32 = NonZeroU32::new(450).unwrap();
        match self {
            Self::Standard => Some(STANDARD),
            Self::Pro => Some(PRO),
            Self::Enterprise(calls) => Some(calls),
            Self::Unlimited => None,
        }
    }
}
