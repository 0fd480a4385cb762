//! The Lambda function that imports products from Shopify stores. It configures, warms its clients,
//! and hands each batch to the importer; it decides nothing by itself.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use aws_lambda_events::sqs::SqsEvent;
use flyball_accounts::{Accounts, KeyFile};
use flyball_domain::{Integration, Kind};
use flyball_governor::{Governor, Policy};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use flyball_importer::{Importer, Parts, Silent, connect_with};
use flyball_queue::{Queues, SqsQueue};
use flyball_records::Records;
use flyball_runtime::{
    AwsSource, FunctionConfig, LocalStores, LogFormat, Meter, SystemClock, SystemEntropy,
    aws_clients, environment, init_logs,
};
use flyball_shopify::ShopifyConnector;
use lambda_runtime::{LambdaEvent, service_fn};

mod batch;

#[tokio::main]
async fn main() -> Result<ExitCode, lambda_runtime::Error> {
    init_logs(LogFormat::Json)?;
    let importer = match configure().await {
        Ok(importer) => importer,
        Err(error) => {
            tracing::error!(code = "FUNCTION_NOT_CONFIGURED", "{error:#}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let handle = |event: LambdaEvent<SqsEvent>| batch::handle(&importer, event);
    lambda_runtime::run(service_fn(handle)).await?;
    Ok(ExitCode::SUCCESS)
}

async fn configure() -> Result<Importer> {
    let config = FunctionConfig::parse(environment)?;
    let clients = aws_clients(&AwsSource::Environment, &Meter::default()).await;
    clients.warm().await;
    let db = clients.dynamodb;
    let keys = KeyFile::load(&config.key_file).context("the key that opens credentials")?;
    let queue = Arc::new(SqsQueue::new(clients.sqs, config.queue_url.as_str()));
    let reach = match config.local_stores {
        LocalStores::Refused => Reach::Public,
        LocalStores::Allowed => Reach::Local,
    };
    let http = HttpClient::new(Settings { reach })?;
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
    let governor_table = config.governor_table.as_str();
    Ok(Importer::new(Parts {
        governor: Governor::new(db.clone(), governor_table, Policy::STANDARD, clock, entropy)
            .watching_its_clock(),
        records: Records::new(db.clone(), config.records_table.as_str()),
        accounts: Accounts::new(db, config.accounts_table.as_str(), Arc::new(keys)),
        queues: Queues::default().with(Integration::Shopify, Kind::Products, queue),
        connectors: connect_with(Integration::Shopify, move |account, token| {
            let base = BaseUrl::parse(&account.store, reach)?;
            Ok(Arc::new(ShopifyConnector::new(http.clone(), base, token)?))
        }),
        progress: Arc::new(Silent),
    }))
}
