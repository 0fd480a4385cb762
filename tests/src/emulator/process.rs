use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use axum::http::{Request, Response};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::{ACCESS_KEY, REGION};
use crate::world::eventually;

/// How long an answer is waited for, in milliseconds: the first call of a function starts it.
const ANSWER_WITHIN_MS: u64 = 35_000;

/// The emulator, and the functions that it has started. Dropped, all of them are killed.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Process {
    /// Starts it on a free port, and waits until that is open.
    pub(super) async fn start() -> Self {
        let executable = std::env::var_os("FLYBALL_MINISTACK");
        let executable = executable.expect("FLYBALL_MINISTACK names the emulator's executable");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let child = Command::new(executable)
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("MINISTACK_REGION", REGION)
            // Where the keys lie with which it signs tokens.
            .env("STATE_DIR", folder.path().join("state"))
            // What functions inherit.
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", ACCESS_KEY)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            // Its own, so that those whom it has started end with it.
            .process_group(0)
            .spawn()
            .unwrap();
        let started = Self { child, port, folder };
        eventually("an emulator that answers", async || {
            TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        started
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Sends it a request. What is answered and is no JSON, is nothing.
    pub(super) async fn send(&self, request: Request<Vec<u8>>) -> Response<Value> {
        // One that is kept would hold on to connections of another test's runtime.
        let http = HttpClient::new(Settings { reach: Reach::Local }).unwrap();
        let base = BaseUrl::parse(&self.endpoint(), Reach::Local).unwrap();
        let answer = http.send(&base, request, ANSWER_WITHIN_MS).await.unwrap();
        answer.map(|body| serde_json::from_slice(&body).unwrap_or_default())
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).map(Pid::from_raw).unwrap();
        // Of one that has ended by itself nobody is left to be killed.
        let (Ok(()) | Err(_)) = killpg(group, Signal::SIGKILL);
        drop(self.child.wait());
    }
}
