//! The three connectors pass the suite that every connector must pass, against simulated stores, and
//! tell each of their vendors' failures as what it is.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod bench;
mod failures;

use flyball_domain::Integration;

use bench::Simulated;

mod shopify {
    use super::*;
    flyball_connector::connector_conformance!(Simulated(Integration::Shopify));
}

mod bigcommerce {
    use super::*;
    flyball_connector::connector_conformance!(Simulated(Integration::Bigcommerce));
}

mod magento {
    use super::*;
    flyball_connector::connector_conformance!(Simulated(Integration::Magento));
}
