use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A line to a service, at an address that stays when the service comes back at another one.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    leads_to: Arc<Mutex<SocketAddr>>,
    cuts: watch::Sender<()>,
}

impl Line {
    /// A line to a service.
    pub async fn to(service: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let leads_to = Arc::new(Mutex::new(service));
        let (cuts, cut) = watch::channel(());
        tokio::spawn(serve(listener, Arc::clone(&leads_to), cut));
        Self { address, leads_to, cuts }
    }

    /// Where it begins.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Has it lead elsewhere from the next connection on.
    pub fn lead_to(&self, service: SocketAddr) {
        *self.leads_to.lock().unwrap_or_else(PoisonError::into_inner) = service;
    }

    /// Cuts every connection there is.
    pub fn cut(&self) {
        // Where nobody is connected, there is nothing to cut.
        _ = self.cuts.send(());
    }
}

async fn serve(listener: TcpListener, leads_to: Arc<Mutex<SocketAddr>>, cut: watch::Receiver<()>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let mut cut = cut.clone();
        cut.mark_unchanged();
        let service = *leads_to.lock().unwrap_or_else(PoisonError::into_inner);
        tokio::spawn(async move {
            let talk = async {
                let mut service = TcpStream::connect(service).await?;
                client.set_nodelay(true)?;
                service.set_nodelay(true)?;
                copy_bidirectional(&mut client, &mut service).await
            };
            tokio::select! {
                _ended = talk => {}
                _cut = cut.changed() => {}
            }
        });
    }
}
