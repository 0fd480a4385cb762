use std::path::PathBuf;

use flyball_domain::{Integration, Kind};
use flyball_local::{ACCOUNTS_TABLE, GOVERNOR_TABLE, RECORDS_TABLE};
use flyball_queue::QueueName;

/// What functions are told by their environment.
#[derive(Clone, Debug)]
pub struct Told {
    /// The URL of the tables.
    pub tables: String,
    /// The URL of the queues.
    pub queues: String,
    /// What both know a client by.
    pub token: String,
    /// The file with the key that opens credentials.
    pub key_path: PathBuf,
}

impl Told {
    /// What the function is told that imports one kind of records of one integration.
    pub fn importer(&self, integration: Integration, kind: Kind) -> Vec<(&'static str, String)> {
        let mut told = self.all();
        told.extend([
            ("FLYBALL_QUEUE_URL", self.queue_url(integration, kind)),
            ("FLYBALL_KEY_FILE", self.key_path.to_str().unwrap().to_owned()),
            ("FLYBALL_ALLOW_LOCAL", "1".to_owned()),
        ]);
        told
    }

    /// What a function is told that sends to every queue.
    pub fn sender(&self) -> Vec<(&'static str, String)> {
        let mut told = self.all();
        for integration in Integration::ALL {
            for kind in Kind::ALL {
                told.push((variable(*integration, *kind), self.queue_url(*integration, *kind)));
            }
        }
        told
    }

    /// The URL of a queue.
    pub fn queue_url(&self, integration: Integration, kind: Kind) -> String {
        self.url_of(QueueName::of(integration, kind))
    }

    /// The URL of a queue or of its dead letters, as the local queues' server has it.
    pub fn url_of(&self, name: QueueName) -> String {
        format!("{}/000000000000/{name}", self.queues)
    }

    fn all(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_REGION", "local".to_owned()),
            ("AWS_ACCESS_KEY_ID", self.token.clone()),
            ("AWS_SECRET_ACCESS_KEY", "unused".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.tables.clone()),
            ("AWS_ENDPOINT_URL_SQS", self.queues.clone()),
            ("FLYBALL_GOVERNOR_TABLE", GOVERNOR_TABLE.to_owned()),
            ("FLYBALL_RECORDS_TABLE", RECORDS_TABLE.to_owned()),
            ("FLYBALL_ACCOUNTS_TABLE", ACCOUNTS_TABLE.to_owned()),
        ]
    }
}

const fn variable(integration: Integration, kind: Kind) -> &'static str {
    match (integration, kind) {
        (Integration::Shopify, Kind::Products) => "FLYBALL_QUEUE_SHOPIFY_PRODUCTS",
        (Integration::Shopify, Kind::Orders) => "FLYBALL_QUEUE_SHOPIFY_ORDERS",
        (Integration::Bigcommerce, Kind::Products) => "FLYBALL_QUEUE_BIGCOMMERCE_PRODUCTS",
        (Integration::Bigcommerce, Kind::Orders) => "FLYBALL_QUEUE_BIGCOMMERCE_ORDERS",
        (Integration::Magento, Kind::Products) => "FLYBALL_QUEUE_MAGENTO_PRODUCTS",
        (Integration::Magento, Kind::Orders) => "FLYBALL_QUEUE_MAGENTO_ORDERS",
    }
}
