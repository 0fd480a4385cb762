use std::path::Path;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use flyball_queue::{Queues, SqsQueue};
use flyball_runtime::{AwsSource, Clients, LocalEndpoints, Meter, aws_clients};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{FolderError, files};
use crate::guard::Token;
use crate::sqs::queue_url;

/// Where a folder's owner answers.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// URL of its embedded `DynamoDB`.
    pub url: String,
    /// URL under which its queues answer as SQS; `None` for an owner that takes no jobs.
    pub queues: Option<String>,
    /// What it wants to see as an access key's id.
    pub token: Token,
    /// Its process id, for messages to people.
    pub pid: u32,
}

#[derive(Serialize, Deserialize)]
struct EndpointFile {
    endpoint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queues: Option<String>,
    token: String,
    pid: u32,
}

impl Endpoint {
    /// A client of the owner's `DynamoDB`, counted by `meter`.
    pub async fn client(&self, meter: &Meter) -> Client {
        self.clients(&self.url, meter).await.dynamodb
    }

    /// The owner's queues; `None` for an owner that takes no jobs.
    pub async fn queues(&self) -> Option<Queues> {
        let url = self.queues.as_ref()?;
        let client = self.clients(url, &Meter::default()).await.sqs;
        Some(Queues::of_all(|name| Arc::new(SqsQueue::new(client.clone(), queue_url(url, name)))))
    }

    async fn clients(&self, sqs: &str, meter: &Meter) -> Clients {
        let endpoints = LocalEndpoints {
            dynamodb: self.url.clone(),
            sqs: sqs.to_owned(),
            token: self.token.secret().clone(),
        };
        aws_clients(&AwsSource::Local(endpoints), meter).await
    }

    /// Whether somebody answers there and knows the token.
    pub(super) async fn is_alive(&self) -> bool {
        let client = self.client(&Meter::default()).await;
        client.list_tables().limit(1).send().await.is_ok()
    }

    pub(super) fn to_json(&self) -> String {
        let file = EndpointFile {
            endpoint: self.url.clone(),
            queues: self.queues.clone(),
            token: self.token.secret().expose_secret().to_owned(),
            pid: self.pid,
        };
        serde_json::to_string(&file).unwrap_or_default()
    }

    /// What the owner has published; `None` if nothing (or nothing readable) yet.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, FolderError> {
        let text = files::read(path)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).map(|file: EndpointFile| Self {
            url: file.endpoint,
            queues: file.queues,
            token: SecretString::from(file.token).into(),
            pid: file.pid,
        }))
    }
}
