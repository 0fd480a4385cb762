use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::HOST;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use flyball_domain::AccountId;
use flyball_queue::{
    Hidden, LocalQueue, LocalQueues, Outgoing, Queue, QueueError, QueueName, Receipt, Receive,
    Received,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::queue_url;
use super::shapes::{
    Attributes, Batch, ChangeMessageVisibility, DeleteMessage, Done, DoneEntry, Entry, FailedEntry,
    GetQueueAttributes, GetQueueUrl, Message, MessageParts, Messages, Nothing, ReceiptParts,
    ReceiveMessage, SendMessage, Sent, Url,
};
use crate::guard::json;

/// Where AWS's names for operations begin in the header `x-amz-target`.
const TARGET_PREFIX: &str = "AmazonSQS.";

/// The older protocol's code, which clients still go by.
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

const MS_PER_S: u64 = 1_000;

/// What goes wrong, in SQS's words.
#[derive(Debug)]
struct Fault {
    status: StatusCode,
    /// The name in the JSON protocol.
    name: &'static str,
    /// The code in the older protocol.
    code: &'static str,
    message: String,
}

impl Fault {
    fn sender(name: &'static str, code: &'static str, message: &impl ToString) -> Self {
        Self { status: StatusCode::BAD_REQUEST, name, code, message: message.to_string() }
    }

    fn invalid(message: &impl ToString) -> Self {
        Self::sender("InvalidParameterValueException", "InvalidParameterValue", message)
    }

    fn to_response(&self) -> Response {
        let body = serde_json::json!({
            "__type": format!("com.amazonaws.sqs#{}", self.name),
            "message": self.message,
        });
        let mut response = json(self.status, body.to_string());
        let blame = if self.status.is_server_error() { "Receiver" } else { "Sender" };
        if let Ok(code) = HeaderValue::from_str(&format!("{};{blame}", self.code)) {
            response.headers_mut().insert(QUERY_ERROR, code);
        }
        response
    }
}

impl From<QueueError> for Fault {
    fn from(error: QueueError) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            name: "InternalError",
            code: "InternalError",
            message: error.to_string(),
        }
    }
}

/// Answers one request.
pub(super) async fn answer(
    State(queues): State<LocalQueues>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let target = header(&HeaderName::from_static("x-amz-target"))
        .and_then(|target| target.strip_prefix(TARGET_PREFIX))
        .unwrap_or_default();
    let wire = Wire { queues, host: header(&HOST).unwrap_or_default().to_owned() };
    let done = match target {
        "SendMessage" => wire.send(&body).await,
        "SendMessageBatch" => wire.send_batch(&body).await,
        "ReceiveMessage" => wire.receive(&body).await,
        "DeleteMessage" => wire.delete(&body).await,
        "DeleteMessageBatch" => wire.delete_batch(&body).await,
        "ChangeMessageVisibility" => wire.hide(&body).await,
        "GetQueueAttributes" => wire.attributes(&body).await,
        "GetQueueUrl" => wire.url(&body),
        _ => Err(Fault::sender(
            "UnsupportedOperation",
            "AWS.SimpleQueueService.UnsupportedOperation",
            &"found an operation that local queues do not serve",
        )),
    };
    match done {
        Ok(body) => json(StatusCode::OK, body),
        Err(fault) => fault.to_response(),
    }
}

struct Wire {
    queues: LocalQueues,
    host: String,
}

impl Wire {
    async fn send(&self, body: &[u8]) -> Result<String, Fault> {
        let request: SendMessage = read(body)?;
        let queue = self.queue(&request.queue_url)?;
        let message_id = queue.send(&outgoing(request.message)?).await?;
        write(&Sent { message_id: message_id.0 })
    }

    async fn send_batch(&self, body: &[u8]) -> Result<String, Fault> {
        let request: Batch<MessageParts> = read(body)?;
        let queue = self.queue(&request.queue_url)?;
        let (mut ids, mut messages, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for Entry { id, body } in request.entries {
            match outgoing(body) {
                Ok(message) => {
                    ids.push(id);
                    messages.push(message);
                }
                Err(fault) => failed.push(FailedEntry {
                    id,
                    code: fault.code.to_owned(),
                    message: fault.message,
                    sender_fault: true,
                }),
            }
        }
        let sent = queue.send_all(messages).await?;
        let successful = ids
            .into_iter()
            .zip(sent)
            .map(|(id, message_id)| DoneEntry { id, body: Sent { message_id: message_id.0 } })
            .collect();
        write(&Done { successful, failed })
    }

    async fn receive(&self, body: &[u8]) -> Result<String, Fault> {
        let request: ReceiveMessage = read(body)?;
        let ask = Receive {
            messages_max: request.max_number_of_messages,
            visibility_ms: request.visibility_timeout.saturating_mul(MS_PER_S),
            wait_ms: request.wait_time_seconds.saturating_mul(MS_PER_S),
        };
        let received = self.queue(&request.queue_url)?.receive(ask).await?;
        write(&Messages { messages: received.into_iter().map(message).collect() })
    }

    async fn delete(&self, body: &[u8]) -> Result<String, Fault> {
        let request: DeleteMessage = read(body)?;
        self.queue(&request.queue_url)?.delete(&Receipt(request.receipt_handle)).await?;
        write(&Nothing {})
    }

    async fn delete_batch(&self, body: &[u8]) -> Result<String, Fault> {
        let request: Batch<ReceiptParts> = read(body)?;
        let queue = self.queue(&request.queue_url)?;
        let mut successful = Vec::new();
        for Entry { id, body } in request.entries {
            queue.delete(&Receipt(body.receipt_handle)).await?;
            successful.push(DoneEntry { id, body: Nothing {} });
        }
        write(&Done { successful, failed: Vec::new() })
    }

    async fn hide(&self, body: &[u8]) -> Result<String, Fault> {
        let request: ChangeMessageVisibility = read(body)?;
        let receipt = Receipt(request.receipt_handle);
        let visibility_ms = request.visibility_timeout.saturating_mul(MS_PER_S);
        match self.queue(&request.queue_url)?.hide(&receipt, visibility_ms).await? {
            Hidden::Until => write(&Nothing {}),
            Hidden::NotInFlight => Err(Fault::sender(
                "MessageNotInflight",
                "AWS.SimpleQueueService.MessageNotInflight",
                &"found a delivery that is over",
            )),
        }
    }

    async fn attributes(&self, body: &[u8]) -> Result<String, Fault> {
        let request: GetQueueAttributes = read(body)?;
        let counts = self.queue(&request.queue_url)?.counts().await?;
        let attributes = [
            ("ApproximateNumberOfMessages", counts.visible),
            ("ApproximateNumberOfMessagesNotVisible", counts.in_flight),
            ("ApproximateNumberOfMessagesDelayed", counts.delayed),
        ];
        write(&Attributes {
            attributes: attributes.map(|(name, count)| (name, count.to_string())).into(),
        })
    }

    fn url(&self, body: &[u8]) -> Result<String, Fault> {
        let request: GetQueueUrl = read(body)?;
        let name = parse_name(&request.queue_name)?;
        write(&Url { queue_url: queue_url(&format!("http://{}", self.host), name) })
    }

    fn queue(&self, url: &str) -> Result<LocalQueue, Fault> {
        let name = url.rsplit('/').next().unwrap_or_default();
        parse_name(name).map(|name| self.queues.queue(name))
    }
}

fn parse_name(text: &str) -> Result<QueueName, Fault> {
    text.parse().map_err(|error| {
        Fault::sender("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", &error)
    })
}

fn outgoing(parts: MessageParts) -> Result<Outgoing, Fault> {
    let group: AccountId =
        parts.message_group_id.parse().map_err(|error| Fault::invalid(&error))?;
    Outgoing::new(parts.message_body, group)
        .and_then(|message| message.after(parts.delay_seconds))
        .map_err(|error| Fault::invalid(&error))
}

fn message(received: Received) -> Message {
    let sent_at = received.sent_at.map(|at| ("SentTimestamp", at.0.to_string()));
    let group = received.group.map(|group| ("MessageGroupId", group));
    let receives = ("ApproximateReceiveCount", received.receives.to_string());
    Message {
        id: received.message_id.0,
        receipt_handle: received.receipt.0,
        body: received.body,
        attributes: [receives].into_iter().chain(sent_at).chain(group).collect(),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| Fault::invalid(&error))
}

fn write<T: Serialize>(answer: &T) -> Result<String, Fault> {
    serde_json::to_string(answer).map_err(|error| Fault::invalid(&error))
}
