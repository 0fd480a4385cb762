use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy, split};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::tls::acceptor;

/// Where fronts are, and what their certificate is for.
const HOST: &str = "127.0.0.1";

/// The most that is handed on at a time, in bytes.
const CHUNK_BYTES: usize = 16 * 1024;

/// How a front is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// HTTP.
    Plain,
    /// HTTPS, by a certificate of an authority of its own.
    Tls,
}

/// Stands on loopback before services of AWS, and counts what they are asked.
#[derive(Debug)]
pub struct Front {
    /// Where each service is, in the order they were given.
    pub urls: Vec<String>,
    /// The certificate of the authority, as PEM; empty where there is none.
    pub authority: String,
    asked: Arc<AtomicU64>,
}

impl Front {
    /// Stands before these services, which speak plain HTTP.
    pub async fn open(wire: Wire, services: &[SocketAddr]) -> Self {
        let (tls, authority) = match wire {
            Wire::Plain => (None, String::new()),
            Wire::Tls => {
                let (tls, authority) = acceptor(&[HOST]);
                (Some(tls), authority)
            }
        };
        let scheme = if tls.is_some() { "https" } else { "http" };
        let asked = Arc::new(AtomicU64::new(0));
        let mut urls = Vec::new();
        for service in services {
            let listener = TcpListener::bind((HOST, 0)).await.unwrap();
            urls.push(format!("{scheme}://{}", listener.local_addr().unwrap()));
            tokio::spawn(serve(listener, tls.clone(), *service, Arc::clone(&asked)));
        }
        Self { urls, authority, asked }
    }

    /// How many requests have come, to all services.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    service: SocketAddr,
    asked: Arc<AtomicU64>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let (tls, asked) = (tls.clone(), Arc::clone(&asked));
        tokio::spawn(async move {
            client.set_nodelay(true)?;
            match tls {
                None => pass_on(client, service, &asked).await,
                Some(tls) => pass_on(tls.accept(client).await?, service, &asked).await,
            }
        });
    }
}

async fn pass_on(
    client: impl AsyncRead + AsyncWrite + Send,
    service: SocketAddr,
    asked: &AtomicU64,
) -> std::io::Result<()> {
    let service = TcpStream::connect(service).await?;
    service.set_nodelay(true)?;
    let (mut asks, mut answers) = split(client);
    let (mut back, mut forth) = service.into_split();
    let ask = async {
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let length = asks.read(&mut chunk).await?;
            let Some(part) = chunk.get(..length).filter(|part| !part.is_empty()) else {
                return forth.shutdown().await;
            };
            // A client of AWS waits for an answer before it asks again: a request begins a chunk.
            if part.starts_with(b"POST ") {
                asked.fetch_add(1, Ordering::Relaxed);
            }
            forth.write_all(part).await?;
        }
    };
    tokio::try_join!(ask, copy(&mut back, &mut answers))?;
    Ok(())
}
