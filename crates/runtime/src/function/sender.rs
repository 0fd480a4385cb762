use std::sync::Arc;

use flyball_accounts::Accounts;
use flyball_governor::{Governor, Policy};
use flyball_queue::{Queues, SqsQueue};
use flyball_records::Records;

use crate::{
    AwsSource, ConfigError, Meter, SenderConfig, SystemClock, SystemEntropy, aws_clients,
    environment,
};

/// What a function works with that sends to every queue and opens no credentials.
#[derive(Clone, Debug)]
pub struct SenderParts {
    /// Lanes, lots, the board and the ledger.
    pub governor: Governor,
    /// What was imported, and what was set aside.
    pub records: Records,
    /// Accounts, without the keys to their credentials.
    pub accounts: Accounts,
    /// The queue of each integration and kind.
    pub queues: Queues,
}

/// Those parts, as the environment says, with their connections open.
///
/// # Errors
/// All that is wrong with the environment.
pub async fn sender_parts() -> Result<SenderParts, ConfigError> {
    let SenderConfig { tables, queues } = SenderConfig::parse(environment)?;
    let clients = aws_clients(&AwsSource::Environment, &Meter::default()).await;
    clients.warm().await;
    let db = clients.dynamodb;
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
    let governor_table = tables.governor.as_str();
    Ok(SenderParts {
        governor: Governor::new(db.clone(), governor_table, Policy::STANDARD, clock, entropy)
            .watching_its_clock(),
        records: Records::new(db.clone(), tables.records.as_str()),
        accounts: Accounts::without_keys(db, tables.accounts.as_str()),
        queues: queues.iter().fold(Queues::default(), |all, (integration, kind, url)| {
            all.with(integration, kind, Arc::new(SqsQueue::new(clients.sqs.clone(), url.as_str())))
        }),
    })
}
