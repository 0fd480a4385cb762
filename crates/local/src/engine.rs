use std::path::Path;

use aws_sdk_dynamodb::Client;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use dynoxide::DynoxideError;
use flyball_runtime::{AwsSource, LocalEndpoints, Meter, NoEntropy, aws_clients};

use crate::database::Database;
use crate::dispatch::{Answer, dispatch};
use crate::guard::{Token, json};
use crate::listener::{ListenError, Listener};

/// Why the embedded `DynamoDB` did not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The file is in use, damaged, or of a newer engine.
    #[error("the database {path} can't be opened: check that no other program uses it")]
    Database {
        /// The file.
        path: String,
        /// What was seen.
        #[source]
        source: DynoxideError,
    },
    /// The system has no randomness for a token.
    #[error(transparent)]
    Token(#[from] NoEntropy),
    /// No port can be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

/// An embedded `DynamoDB`, on a free port of loopback, for clients that know its token.
///
/// What a file-backed engine has acknowledged is there after `kill -9`, and after a power cut: the
/// database writes ahead and waits for the disk. Items put into the records' table alone don't wait;
/// they are safe with the next write of another kind, such as their checkpoint's.
#[derive(Debug)]
pub struct Engine {
    listener: Listener,
    token: Token,
}

impl Engine {
    /// An engine whose tables end with it.
    ///
    /// # Errors
    /// No randomness, or no port.
    pub async fn memory() -> Result<Self, EngineError> {
        let at = |source| EngineError::Database { path: ":memory:".to_owned(), source };
        Self::new(Database::memory().map_err(at)?, Token::random()?).await
    }

    /// An engine whose tables are in this file, which is created if there is none.
    ///
    /// # Errors
    /// The file can't be opened; no randomness, or no port.
    pub async fn file(path: &Path) -> Result<Self, EngineError> {
        Self::file_for(path, Token::random()?).await
    }

    /// The same, for clients that know a token already: those of an engine that was here before.
    ///
    /// # Errors
    /// The file can't be opened; no port.
    pub async fn file_for(path: &Path, token: Token) -> Result<Self, EngineError> {
        let at = |source| EngineError::Database { path: path.display().to_string(), source };
        Self::new(Database::file(path).map_err(at)?, token).await
    }

    async fn new(database: Database, token: Token) -> Result<Self, EngineError> {
        let router = Router::new().route("/", post(answer)).with_state(database);
        let listener = Listener::start(router, token.clone()).await?;
        Ok(Self { listener, token })
    }

    /// The URL to call.
    pub fn endpoint(&self) -> String {
        self.listener.url()
    }

    /// What a client has to use as its access key's id.
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// A client of this engine, counted by `meter`.
    pub async fn client(&self, meter: &Meter) -> Client {
        let endpoints = LocalEndpoints {
            dynamodb: self.endpoint(),
            sqs: self.endpoint(),
            token: self.token.secret().clone(),
        };
        aws_clients(&AwsSource::Local(endpoints), meter).await.dynamodb
    }

    /// Refuses connections from now on; what has begun is answered. Nothing is forgotten.
    ///
    /// # Errors
    /// Another program took the port in the same moment.
    pub async fn stop(&self) -> Result<(), ListenError> {
        self.listener.pause().await
    }

    /// Answers again, at the same endpoint. Nothing happens if it does already.
    ///
    /// # Errors
    /// The port can no longer be listened on.
    pub async fn start(&self) -> Result<(), ListenError> {
        self.listener.resume().await
    }
}

async fn answer(State(database): State<Database>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let target = target.unwrap_or_default().to_owned();
    // A file's commit waits for the disk. On the runtime's own threads that held timers up by
    // seconds; on a thread of their own the calls are no slower.
    let done = tokio::task::spawn_blocking(move || dispatch(&database, &target, &body)).await;
    let Answer { status, body } = done.unwrap_or_else(|ended| {
        let error = DynoxideError::InternalServerError(ended.to_string());
        Answer { status: error.status_code(), body: error.to_json() }
    });
    json(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body)
}
