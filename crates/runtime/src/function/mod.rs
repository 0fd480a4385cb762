//! The bodies of the Lambda functions: what the thin packages under `functions/` have in common.

mod batch;
mod heartbeat;
mod sender;
mod shift;
mod tap;
mod ticker;

use std::process::ExitCode;
use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use flyball_accounts::{Accounts, KeyFile, KeyFileError, KeyProvider, KmsKeys};
use flyball_domain::{Integration, Kind};
use flyball_governor::{Governor, Policy};
use flyball_http::{ClientError, HttpClient, Reach, Settings};
use flyball_importer::{Connectors, Importer, Parts};
use flyball_queue::{Queues, SqsQueue};
use flyball_records::Records;
use lambda_runtime::{LambdaEvent, service_fn};

use tap::Tap;

use crate::{
    AwsSource, ConfigError, ImporterConfig, KeySource, LocalStores, Meter, SystemClock,
    SystemEntropy, aws_clients, environment, function_logs,
};

pub use sender::{SenderParts, sender_parts};
pub use ticker::ticker_function;

/// Why an importer can't begin.
#[derive(Debug, thiserror::Error)]
enum NotConfigured {
    #[error(transparent)]
    Environment(#[from] ConfigError),
    #[error("the key that opens credentials: {0}")]
    Key(#[from] KeyFileError),
    #[error(transparent)]
    Http(#[from] ClientError),
}

/// Runs the function that imports one kind of records of one integration: configures it from the
/// environment, warms its clients, and hands each batch to the importer until Lambda ends it.
/// `connect` makes the ways to the stores.
///
/// # Errors
/// Lambda's runtime ended. A function that can't be configured says so in its log and fails.
pub async fn importer_function<C>(
    integration: Integration,
    kind: Kind,
    connect: C,
) -> Result<ExitCode, lambda_runtime::Error>
where
    C: FnOnce(HttpClient, Reach) -> Arc<dyn Connectors>,
{
    let traces = function_logs(environment)?;
    let tap = Arc::new(Tap::new(integration, kind, Meter::default()));
    let importer = match Box::pin(configured(integration, kind, connect, &tap)).await {
        Ok(importer) => importer,
        Err(error) => {
            tracing::error!(code = "FUNCTION_NOT_CONFIGURED", "{error}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let handle = async |event: LambdaEvent<SqsEvent>| {
        let response = batch::handle(&importer, kind, &tap, event).await;
        traces.flush().await;
        response
    };
    lambda_runtime::run(service_fn(handle)).await?;
    Ok(ExitCode::SUCCESS)
}

async fn configured<C>(
    integration: Integration,
    kind: Kind,
    connect: C,
    tap: &Arc<Tap>,
) -> Result<Importer, NotConfigured>
where
    C: FnOnce(HttpClient, Reach) -> Arc<dyn Connectors>,
{
    let config = ImporterConfig::parse(environment)?;
    let clients = aws_clients(&AwsSource::Environment, tap.meter()).await;
    match &config.key {
        KeySource::File(_) => clients.warm().await,
        KeySource::Kms(_) => {
            tokio::join!(clients.warm(), clients.warm_kms());
        }
    }
    let db = clients.dynamodb;
    let keys = match &config.key {
        KeySource::File(path) => Arc::new(KeyFile::load(path)?) as Arc<dyn KeyProvider>,
        KeySource::Kms(key) => Arc::new(KmsKeys::new(clients.kms, key.as_str())),
    };
    let queue = Arc::new(SqsQueue::new(clients.sqs, config.queue_url.as_str()));
    let reach = match config.local_stores {
        LocalStores::Refused => Reach::Public,
        LocalStores::Allowed => Reach::Local,
    };
    let http = HttpClient::new(Settings { reach })?;
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
    let governor_table = config.tables.governor.as_str();
    let importer = Importer::new(Parts {
        governor: Governor::new(db.clone(), governor_table, Policy::STANDARD, clock, entropy)
            .watching_its_clock(),
        records: Records::new(db.clone(), config.tables.records.as_str()),
        accounts: Accounts::new(db, config.tables.accounts.as_str(), keys),
        queues: Queues::default().with(integration, kind, queue),
        connectors: connect(http, reach),
        progress: Arc::<Tap>::clone(tap),
    });
    Ok(importer.metered_by(Arc::new(tap.meter().clone())))
}
