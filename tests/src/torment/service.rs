use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::{Line, TOKEN};

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The tables.
    Tables,
    /// The queues.
    Queues,
}

impl What {
    const fn word(self) -> &'static str {
        match self {
            Self::Tables => "tables",
            Self::Queues => "queues",
        }
    }
}

/// What a service finds of its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// Room enough.
    Roomy,
    /// None: nothing can be written beyond the first page of any file.
    Full,
}

impl Disk {
    /// How large a file may be, as a soft limit, in bytes.
    const fn limit(self) -> &'static str {
        match self {
            Self::Roomy => "unlimited:",
            Self::Full => "4096:",
        }
    }
}

/// Starts a program whose writes fail where there is no room, instead of killing it (POSIX, `trap`).
const LIVES_WITH_A_FULL_DISK: &str = "trap '' XFSZ; exec \"$@\"";

/// Tables or queues, in a program of its own. Dropped, it is killed.
#[derive(Debug)]
pub struct Service {
    program: String,
    what: What,
    file: PathBuf,
    token: String,
    running: Child,
    line: Line,
}

impl Service {
    /// Starts one that keeps what it has in a file of this folder.
    pub async fn start(program: &str, what: What, folder: &Path, token: &str) -> Self {
        let file = folder.join(what.word());
        let (running, at) = run(program, what, &file, token).await;
        let line = Line::to(at).await;
        let (program, token) = (program.to_owned(), token.to_owned());
        Self { program, what, file, token, running, line }
    }

    /// The way to it.
    pub const fn line(&self) -> &Line {
        &self.line
    }

    /// Kills it.
    pub async fn kill(&mut self) {
        self.running.kill().await.unwrap();
    }

    /// Starts it once more, after it was killed.
    pub async fn revive(&mut self) {
        let (running, at) = run(&self.program, self.what, &self.file, &self.token).await;
        self.running = running;
        self.line.lead_to(at);
    }

    /// Lets it find such a disk from now on.
    pub async fn find(&self, disk: Disk) {
        let mut command = Command::new("prlimit");
        command.arg(format!("--pid={}", self.running.id().expect("a running service")));
        let limited = command.arg(format!("--fsize={}", disk.limit())).status().await;
        assert!(limited.expect("prlimit, of util-linux").success());
    }
}

async fn run(program: &str, what: What, file: &Path, token: &str) -> (Child, SocketAddr) {
    let mut command = Command::new("sh");
    command.args(["-c", LIVES_WITH_A_FULL_DISK, "sh", program, what.word()]).arg(file);
    command.env(TOKEN, token).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines.next_line().await.unwrap().expect("a service that says where it is");
    let at = url.strip_prefix("http://").and_then(|at| at.parse().ok());
    (child, at.expect("an address"))
}
