use core::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use secrecy::{ExposeSecret, SecretString};

use crate::Meter;

/// The first TLS handshake of a 128 MB function was measured at 745 ms.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// A first byte of an answer.
const READ_WITHIN: Duration = Duration::from_secs(2);
/// One request, connecting included.
const ATTEMPT_WITHIN: Duration = Duration::from_secs(3);
/// One call, with its retries and the pauses between them.
const CALL_WITHIN: Duration = Duration::from_secs(8);

/// Every transition carries a nonce or is idempotent, so the client may retry by itself; few
/// times, because behind a failing service stands a job's lease that runs.
const ATTEMPTS_MAX: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The local services belong to no region; a signature needs one.
const LOCAL_REGION: &str = "local";

/// The AWS clients of a program.
#[derive(Clone, Debug)]
pub struct Clients {
    /// `DynamoDB`.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// KMS, which only whoever seals or opens credentials of a deployment speaks to.
    #[cfg(feature = "kms")]
    pub kms: aws_sdk_kms::Client,
}

/// Where AWS is, and who we are there.
#[derive(Clone, Debug)]
pub enum AwsSource {
    /// As the environment says: on Lambda the function's role and region; `AWS_ENDPOINT_URL`,
    /// `AWS_ENDPOINT_URL_DYNAMODB` and `AWS_ENDPOINT_URL_SQS` are honored.
    Environment,
    /// Services of one's own. The environment is not looked at.
    Local(LocalEndpoints),
}

/// Services on this machine.
#[derive(Clone, Debug)]
pub struct LocalEndpoints {
    /// URL of the `DynamoDB` service.
    pub dynamodb: String,
    /// URL of the SQS service.
    pub sqs: String,
    /// What both accept as an access key's id.
    pub token: SecretString,
}

/// The clients, with time-outs and retries chosen for short conditional writes, counted by
/// `meter`. No call is made yet.
pub async fn aws_clients(source: &AwsSource, meter: &Meter) -> Clients {
    match source {
        AwsSource::Environment => {
            let shared = aws_config::defaults(behavior())
                .timeout_config(time_outs())
                .retry_config(retries())
                .load()
                .await;
            Clients {
                dynamodb: dynamodb((&shared).into(), meter),
                sqs: sqs((&shared).into(), meter),
                #[cfg(feature = "kms")]
                kms: aws_sdk_kms::Client::new(&shared),
            }
        }
        AwsSource::Local(local) => {
            let shared = local_config(local);
            let at = |url: &str| shared.to_builder().endpoint_url(url).build();
            Clients {
                dynamodb: dynamodb((&at(&local.dynamodb)).into(), meter),
                sqs: sqs((&at(&local.sqs)).into(), meter),
                // There is none on this machine.
                #[cfg(feature = "kms")]
                kms: aws_sdk_kms::Client::new(&shared),
            }
        }
    }
}

impl Clients {
    /// Opens the connections, so that the first job does not wait for them. One cheap call each;
    /// any answer will do. A service that can't be reached is logged, and met again by the first
    /// real call.
    pub async fn warm(&self) {
        let tables = self.dynamodb.list_tables().limit(1).send();
        let queues = self.sqs.list_queues().max_results(1).send();
        let (tables, queues) = tokio::join!(tables, queues);
        if tables.is_err_and(|error| error.raw_response().is_none()) {
            tracing::warn!(
                code = "AWS_UNANSWERED",
                service = "DynamoDB",
                "no answer to the first call"
            );
        }
        if queues.is_err_and(|error| error.raw_response().is_none()) {
            tracing::warn!(code = "AWS_UNANSWERED", service = "SQS", "no answer to the first call");
        }
    }
}

#[cfg(feature = "function")]
impl Clients {
    /// The same for KMS, which only whoever opens credentials speaks to.
    pub(crate) async fn warm_kms(&self) {
        let keys = self.kms.list_aliases().limit(1).send().await;
        if keys.is_err_and(|error| error.raw_response().is_none()) {
            tracing::warn!(code = "AWS_UNANSWERED", service = "KMS", "no answer to the first call");
        }
    }
}

fn dynamodb(config: aws_sdk_dynamodb::config::Builder, meter: &Meter) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::from_conf(config.interceptor(meter.clone()).build())
}

fn sqs(config: aws_sdk_sqs::config::Builder, meter: &Meter) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::from_conf(config.interceptor(meter.clone()).build())
}

fn local_config(local: &LocalEndpoints) -> SdkConfig {
    let token = local.token.expose_secret();
    let credentials = Credentials::new(token, "unused", None, None, "flyball-local");
    SdkConfig::builder()
        .behavior_version(behavior())
        .region(Region::from_static(LOCAL_REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(time_outs())
        .retry_config(retries())
        .build()
}

/// Named, so that a newer client library changes nothing by itself.
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// How long a call to AWS may take, and each attempt of it.
pub fn time_outs() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_WITHIN)
        .read_timeout(READ_WITHIN)
        .operation_attempt_timeout(ATTEMPT_WITHIN)
        .operation_timeout(CALL_WITHIN)
        .build()
}

/// How often a call to AWS is tried, and with which pauses.
pub fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS_MAX)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE)
}
