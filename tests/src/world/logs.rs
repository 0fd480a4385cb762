use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// The log lines of this process since [`logs`] was first called, as JSON.
#[derive(Debug, Default)]
pub struct Logs(Mutex<Vec<u8>>);

static LOGS: OnceLock<Logs> = OnceLock::new();

/// Collects this process's log lines, from level `info` up, from the first call on.
///
/// # Panics
/// Somebody else collects them already.
pub fn logs() -> &'static Logs {
    LOGS.get_or_init(|| {
        tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(Tail)
            .try_init()
            .expect("nobody else to collect log lines");
        Logs::default()
    })
}

impl Logs {
    /// The lines with this text in them.
    pub fn lines_with(&self, text: &str) -> Vec<String> {
        let all = String::from_utf8_lossy(&self.bytes()).into_owned();
        all.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Tail;

impl MakeWriter<'_> for Tail {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl io::Write for Tail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(logs) = LOGS.get() {
            logs.bytes().extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
