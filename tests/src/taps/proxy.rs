use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufStream, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::tls::acceptor;

/// A CONNECT proxy on loopback that is, to whoever trusts its authority, the hosts that it stands in
/// for, and hands everything on to one address.
#[derive(Debug)]
pub struct Proxy {
    /// Where it is, as clients are told.
    pub url: String,
    /// The certificate of its authority, as PEM.
    pub authority: String,
}

impl Proxy {
    /// Starts a proxy that stands in for `hosts` until the test is over.
    pub async fn start(hosts: &[&str], to: SocketAddr) -> Self {
        let (acceptor, authority) = acceptor(hosts);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let names: Arc<Vec<String>> =
            Arc::new(hosts.iter().map(|host| (*host).to_owned()).collect());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, names) = (acceptor.clone(), Arc::clone(&names));
                tokio::spawn(async move {
                    // Whoever goes away in the middle has what they wanted.
                    drop(pass_on(client, &acceptor, &names, to).await);
                });
            }
        });
        Self { url, authority }
    }
}

async fn pass_on(
    client: TcpStream,
    acceptor: &TlsAcceptor,
    names: &[String],
    to: SocketAddr,
) -> std::io::Result<()> {
    let mut client = BufStream::new(client);
    let mut line = String::new();
    client.read_line(&mut line).await?;
    let target = line.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
    let host = target.and_then(|target| target.strip_suffix(":443")).unwrap_or_default().to_owned();
    while !line.trim().is_empty() {
        line.clear();
        client.read_line(&mut line).await?;
    }
    if !names.contains(&host) {
        client.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await?;
        return client.flush().await;
    }
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    client.flush().await?;
    let mut client = acceptor.accept(client).await?;
    let mut store = TcpStream::connect(to).await?;
    store.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut store).await?;
    Ok(())
}
