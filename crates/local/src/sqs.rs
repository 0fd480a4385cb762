mod shapes;
mod wire;

use axum::Router;
use axum::routing::post;
use flyball_queue::{LocalQueues, QueueName};

use crate::guard::Token;
use crate::listener::{ListenError, Listener};

/// The account number in the URLs of local queues.
const ACCOUNT_NUMBER: &str = "000000000000";

/// Local queues behind the protocol of SQS, on a free port of loopback, for clients that know the
/// token: what a function's unchanged program is tested against.
#[derive(Debug)]
pub struct SqsServer {
    listener: Listener,
}

impl SqsServer {
    /// Serves these queues.
    ///
    /// # Errors
    /// No port can be listened on.
    pub async fn start(queues: LocalQueues, token: Token) -> Result<Self, ListenError> {
        let router = Router::new().route("/", post(wire::answer)).with_state(queues);
        Ok(Self { listener: Listener::start(router, token).await? })
    }

    /// The URL of the service.
    pub fn endpoint(&self) -> String {
        self.listener.url()
    }

    /// The URL of one of its queues.
    pub fn queue_url(&self, name: QueueName) -> String {
        queue_url(&self.listener.url(), name)
    }
}

pub(crate) fn queue_url(endpoint: &str, name: QueueName) -> String {
    format!("{endpoint}/{ACCOUNT_NUMBER}/{name}")
}
