//! Ministack, started on a free port and ended with the test.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

const EXECUTABLE_VARIABLE: &str = "FLYBALL_MINISTACK";
const START_TRIES_MAX: u32 = 600;
const START_PAUSE: core::time::Duration = core::time::Duration::from_millis(50);

/// A running engine.
#[derive(Debug)]
pub(crate) struct Ministack {
    child: Child,
    port: u16,
}

impl Ministack {
    /// Starts it, and waits until its port is open.
    pub(crate) fn start() -> Self {
        let executable = std::env::var_os(EXECUTABLE_VARIABLE).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(executable)
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Self { child, port };
        for _ in 0..START_TRIES_MAX {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return started;
            }
            std::thread::park_timeout(START_PAUSE);
        }
        unreachable!("ministack does not answer");
    }

    /// Where it is.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
