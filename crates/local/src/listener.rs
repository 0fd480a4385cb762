use core::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::serve::ListenerExt;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::guard::{Token, admit};

/// What `DynamoDB` takes in one request, and more than SQS does.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

const BACKLOG_MAX: u32 = 1_024;

/// Nothing can be served on loopback.
#[derive(Debug, thiserror::Error)]
#[error("port {port} of 127.0.0.1 can't be listened on (port 0 is any): free it and try again")]
pub struct ListenError {
    port: u16,
    #[source]
    source: std::io::Error,
}

/// A port of loopback that serves a router to those who know the token, and can stop and start
/// again. Dropped, it stops.
#[derive(Debug)]
pub(crate) struct Listener {
    port: u16,
    router: Router,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Serving(Serving),
    /// Connections are refused, and no other program gets the port.
    Reserved(TcpSocket),
    /// Between the two, and after a start or stop that failed.
    Closed,
}

#[derive(Debug)]
struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Listener {
    /// Serves on a free port.
    pub(crate) async fn start(router: Router, token: Token) -> Result<Self, ListenError> {
        let router = router
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .layer(axum::middleware::from_fn_with_state(token, admit));
        let at = |source| ListenError { port: 0, source };
        let socket = reserve(0)?;
        let port = socket.local_addr().map_err(at)?.port();
        let listener = Self { port, router, state: Mutex::new(State::Reserved(socket)) };
        listener.resume().await?;
        Ok(listener)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", address(self.port))
    }

    /// Refuses connections from now on. Requests that have begun are answered.
    pub(crate) async fn pause(&self) -> Result<(), ListenError> {
        let mut state = self.state.lock().await;
        // Before the port is free, so that no other program gets it in between.
        let reserved = reserve(self.port)?;
        if let State::Serving(mut serving) = core::mem::replace(&mut *state, State::Closed) {
            serving.0.abort();
            // The listening socket is closed when the task has ended, not before.
            drop((&mut serving.0).await);
        }
        *state = State::Reserved(reserved);
        Ok(())
    }

    /// Serves again, on the same port.
    pub(crate) async fn resume(&self) -> Result<(), ListenError> {
        let mut state = self.state.lock().await;
        let socket = match core::mem::replace(&mut *state, State::Closed) {
            State::Serving(serving) => {
                *state = State::Serving(serving);
                return Ok(());
            }
            State::Reserved(socket) => socket,
            State::Closed => reserve(self.port)?,
        };
        let at = |source| ListenError { port: self.port, source };
        let listener = socket.listen(BACKLOG_MAX).map_err(at)?;
        *state = State::Serving(serve(listener, self.router.clone()));
        Ok(())
    }
}

const fn address(port: u16) -> SocketAddr {
    SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// A socket that is bound and does not listen: whoever connects is refused.
fn reserve(port: u16) -> Result<TcpSocket, ListenError> {
    let at = |source| ListenError { port, source };
    let socket = TcpSocket::new_v4().map_err(at)?;
    // Connections of an earlier start may still be closing.
    socket.set_reuseaddr(true).map_err(at)?;
    // A port is reserved while it is still served, by the same program.
    socket.set_reuseport(true).map_err(at)?;
    socket.bind(address(port)).map_err(at)?;
    Ok(socket)
}

fn serve(listener: TcpListener, router: Router) -> Serving {
    // Small answers would otherwise wait up to 40 ms for the client's acknowledgement.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays slow");
        }
    });
    Serving(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(code = "LOCAL_SERVICE_ENDED", %error, "a local service ended");
        }
    }))
}
