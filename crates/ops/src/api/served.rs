use core::net::Ipv4Addr;
use std::io;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Api, TokenHolders, router};

/// The API on a loopback port, for those who know a token. It ends when it is dropped.
#[derive(Debug)]
pub struct Served {
    url: String,
    task: JoinHandle<()>,
}

impl Served {
    /// Serves the API on `port`, or on any free one for 0.
    ///
    /// # Errors
    /// The port can't be had.
    pub async fn start(api: Api, token: SecretString, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = TokenHolders::of(token).guard(router(api));
        let task = tokio::spawn(async move {
            // It serves for as long as the process lives.
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(code = "OPS_FAULT", "the ops API is served no more: {error}");
            }
        });
        Ok(Self { url, task })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}
