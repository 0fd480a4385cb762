//! The listener of a store, whose connections can be cut where a dial says.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

const WHOLE: u64 = u64::MAX;
const NOTHING: u64 = u64::MAX - 1;
const HEAD_END: [u8; 4] = *b"\r\n\r\n";

/// Where the answer on a connection is cut.
#[derive(Clone, Debug)]
pub(crate) struct Cut(Arc<AtomicU64>);

impl Cut {
    /// Closes the connection instead of answering.
    pub(crate) fn before_the_answer(&self) {
        self.0.store(NOTHING, Ordering::SeqCst);
    }

    /// Closes the connection when so many bytes of the answer's body are out.
    pub(crate) fn after_body_bytes(&self, bytes: u64) {
        self.0.store(bytes.min(NOTHING - 1), Ordering::SeqCst);
    }
}

/// A listener that sets `TCP_NODELAY` and hands out connections that can be cut.
#[derive(Debug)]
pub(crate) struct Door(pub(crate) TcpListener);

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            // A connection that is gone before it is accepted concerns nobody else; axum's own
            // listener for the rest waits before it tries again when the machine is out of files.
            let (io, address) = Listener::accept(&mut self.0).await;
            if io.set_nodelay(true).is_ok() {
                return (
                    Wire { io, cut: Cut(Arc::new(AtomicU64::new(WHOLE))), sent: Sent::default() },
                    address,
                );
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().cut.clone()
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Wire {
    io: TcpStream,
    cut: Cut,
    sent: Sent,
}

/// What of an answer to be cut is out.
#[derive(Debug, Default)]
struct Sent {
    /// How many bytes of the head's end have been seen; all of them once the body has begun.
    head_end: usize,
    body_bytes: u64,
}

impl Sent {
    /// How many of the next bytes may go out before `limit` bytes of the body have.
    fn allowed(&self, bytes: &[u8], limit: u64) -> usize {
        let mut head_end = self.head_end;
        let head = bytes
            .iter()
            .take_while(|byte| {
                let in_head = head_end < HEAD_END.len();
                if in_head {
                    head_end = step(head_end, **byte);
                }
                in_head
            })
            .count();
        let left = usize::try_from(limit.saturating_sub(self.body_bytes)).unwrap_or(usize::MAX);
        bytes.len().min(head.saturating_add(left))
    }

    fn note(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.head_end < HEAD_END.len() {
                self.head_end = step(self.head_end, *byte);
            } else {
                self.body_bytes = self.body_bytes.saturating_add(1);
            }
        }
    }
}

fn step(head_end: usize, byte: u8) -> usize {
    if HEAD_END.get(head_end) == Some(&byte) {
        head_end.saturating_add(1)
    } else {
        usize::from(byte == b'\r')
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let limit = self.cut.0.load(Ordering::SeqCst);
        if limit == WHOLE {
            return Pin::new(&mut self.io).poll_write(context, bytes);
        }
        let allowed = if limit == NOTHING { 0 } else { self.sent.allowed(bytes, limit) };
        let Some(allowed) = bytes.get(..allowed).filter(|bytes| !bytes.is_empty()) else {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        };
        let written = std::task::ready!(Pin::new(&mut self.io).poll_write(context, allowed))?;
        self.sent.note(allowed.get(..written).unwrap_or_default());
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_head_and_so_many_bytes_of_the_body_go_out_however_they_are_chopped(
            limit in 0_u64..20,
            chops in proptest::collection::vec(1_usize..9, 0..20),
        ) {
            let answer = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n0123456789";
            let head = answer.len() - 10;
            let mut sent = Sent::default();
            let mut out = 0;
            let mut chops = chops.into_iter().chain(std::iter::repeat(3));
            while out < answer.len() {
                let end = answer.len().min(out + chops.next().unwrap());
                let allowed = sent.allowed(&answer[out..end], limit);
                if allowed == 0 {
                    break;
                }
                sent.note(&answer[out..out + allowed]);
                out += allowed;
            }
            prop_assert_eq!(out, answer.len().min(head + usize::try_from(limit).unwrap()));
        }
    }
}
