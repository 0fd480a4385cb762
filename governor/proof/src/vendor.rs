//! A vendor that is nothing but a witness: it is told when a call begins and when it ends.

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// A caller's connection to the vendor.
#[derive(Debug)]
pub struct Vendor {
    stream: BufReader<TcpStream>,
    at: String,
}

impl Vendor {
    /// A connection to host and port.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn connect(at: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(at).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), at: at.to_owned() })
    }

    /// Tells it a line, and waits until it has heard.
    ///
    /// # Errors
    /// It hung up.
    pub async fn tell(&mut self, line: &str) -> std::io::Result<()> {
        self.stream.write_all(format!("{line}\n").as_bytes()).await?;
        let mut heard = String::new();
        if self.stream.read_line(&mut heard).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    /// Breaks a call off, and waits until the vendor knows: its answer to that is to hang up too.
    ///
    /// # Errors
    /// Nobody listens any more.
    pub async fn hang_up(&mut self) -> std::io::Result<()> {
        self.stream.shutdown().await?;
        let mut unheard = String::new();
        while self.stream.read_line(&mut unheard).await? > 0 {}
        *self = Self::connect(&self.at).await?;
        Ok(())
    }
}
