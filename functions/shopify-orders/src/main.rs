//! The Lambda function that imports orders from Shopify stores. It decides nothing by itself.

use std::process::ExitCode;
use std::sync::Arc;

use flyball_domain::{Integration, Kind};
use flyball_http::BaseUrl;
use flyball_importer::connect_with;
use flyball_runtime::importer_function;
use flyball_shopify::ShopifyConnector;

#[tokio::main]
async fn main() -> Result<ExitCode, lambda_runtime::Error> {
    let integration = Integration::Shopify;
    importer_function(integration, Kind::Orders, |http, reach| {
        connect_with(integration, move |account, token| {
            let base = BaseUrl::parse(&account.store, reach)?;
            Ok(Arc::new(ShopifyConnector::new(http.clone(), base, token)?))
        })
    })
    .await
}
