//! What the demo's stores are like, each by its number.

use core::num::NonZeroU32;

use flyball_domain::Integration;
use flyball_storefronts::{
    BigCommerceSettings, MagentoAccess, MagentoHabits, MagentoSettings, MagentoVersion,
    OAuthSecrets, OrderScope, Plan, Quota, Vendor,
};

/// Calls in 30 seconds that the demo's `BigCommerce` stores take: an agreed quota, since on a
/// common one an order's several calls would make the demo a matter of minutes.
const QUOTA: NonZeroU32 = NonZeroU32::new(6_000).unwrap();

/// On which platform the store with this number is.
pub(crate) fn integration(number: usize) -> Integration {
    match number % 3 {
        0 => Integration::Shopify,
        1 => Integration::Bigcommerce,
        _ => Integration::Magento,
    }
}

/// What only that vendor's store with this number has, and what is told of its plan; `secret` makes
/// its credentials its own.
pub(crate) fn vendor(number: usize, secret: u64) -> (Vendor, &'static str) {
    match integration(number) {
        Integration::Shopify => {
            let plan = if (number / 3).is_multiple_of(2) { Plan::Advanced } else { Plan::Plus };
            (Vendor::Shopify { plan, scope: OrderScope::All }, plan.as_str())
        }
        Integration::Bigcommerce => {
            let quota = Quota::Enterprise(QUOTA);
            let hash = format!("store{number}");
            let settings = BigCommerceSettings { hash, quota, others_per_window: 0 };
            (Vendor::BigCommerce(settings), "enterprise")
        }
        Integration::Magento => {
            let of = |what: &str| format!("{what}-{secret:016x}");
            let settings = MagentoSettings {
                version: MagentoVersion::From24,
                base_path: String::new(),
                access: MagentoAccess::OAuth(OAuthSecrets {
                    consumer_key: of("key"),
                    consumer_secret: of("consumer"),
                    token_secret: of("token"),
                }),
                habits: MagentoHabits::plain(),
            };
            (Vendor::Magento(settings), "2.4")
        }
    }
}
