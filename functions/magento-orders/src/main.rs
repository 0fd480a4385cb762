//! The Lambda function that imports orders from Magento stores. It decides nothing by itself.

use std::process::ExitCode;
use std::sync::Arc;

use flyball_domain::{Integration, Kind, UnixMillis};
use flyball_governor::{Clock as _, Entropy as _};
use flyball_http::BaseUrl;
use flyball_importer::connect_with;
use flyball_magento::MagentoConnector;
use flyball_runtime::{SystemClock, SystemEntropy, importer_function};

#[tokio::main]
async fn main() -> Result<ExitCode, lambda_runtime::Error> {
    let integration = Integration::Magento;
    importer_function(integration, Kind::Orders, |http, reach| {
        connect_with(integration, move |account, token| {
            let base = BaseUrl::parse(&account.store, reach)?;
            let clock = SystemClock::new();
            let now = move || UnixMillis(clock.now().0);
            let random = || SystemEntropy.next_u64();
            Ok(Arc::new(MagentoConnector::new(http.clone(), &base, token, now, random)?))
        })
    })
    .await
}
