use flyball_domain::{Integration, Kind};

use super::reader::{ConfigError, Reader};
use super::tables::Tables;
use super::values::QueueUrl;

/// What a function is told by its environment that sends to every queue and opens no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderConfig {
    /// The tables.
    pub tables: Tables,
    /// The queues.
    pub queues: QueueUrls,
}

impl SenderConfig {
    /// Reads the configuration from the variables that `lookup` gives.
    ///
    /// # Errors
    /// All problems at once.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(&lookup);
        let tables = Tables::read(&mut reader);
        let queues = QueueUrls::read(&mut reader);
        let config = || Some(Self { tables: tables?, queues: queues? });
        reader.finish(config())
    }
}

/// Where the queue of each integration and kind is: `FLYBALL_QUEUE_SHOPIFY_PRODUCTS` and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueUrls {
    urls: Vec<(Integration, Kind, QueueUrl)>,
}

impl QueueUrls {
    /// Every queue there is.
    pub fn iter(&self) -> impl Iterator<Item = (Integration, Kind, &QueueUrl)> {
        self.urls.iter().map(|(integration, kind, url)| (*integration, *kind, url))
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let jobs = Integration::ALL
            .iter()
            .flat_map(|integration| Kind::ALL.iter().map(move |kind| (*integration, *kind)));
        // All of them are read before any is found missing, so that every problem is told.
        let read: Vec<Option<_>> = jobs
            .map(|(integration, kind)| {
                let variable = variable(integration, kind);
                let url = reader.required(variable, QueueUrl::EXPECTED, QueueUrl::parse);
                url.map(|url| (integration, kind, url))
            })
            .collect();
        read.into_iter().collect::<Option<_>>().map(|urls| Self { urls })
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
