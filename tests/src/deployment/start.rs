use core::time::Duration;
use std::fs;
use std::process::Command;

use flyball_governor::Clock as _;
use flyball_runtime::SystemClock;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use super::process::{Function, RUNTIME_API};
use super::runtime_api::{Answer, Invocation, RuntimeApi};
use crate::world::PATIENCE;

/// A function's program from its start on, as Lambda would run it. Dropped, it is killed.
#[derive(Debug)]
pub struct Start {
    function: Function,
    api: RuntimeApi,
    began: Instant,
    _folder: TempDir,
}

/// What a program has used since its start.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// CPU time of all its threads.
    pub cpu: Duration,
    /// The most memory that was resident, in KiB.
    pub peak_kib: u64,
}

/// How an invocation was answered.
#[derive(Debug)]
pub struct Answered {
    /// With what.
    pub answer: Answer,
    /// How long after the event was there.
    pub took: Duration,
}

impl Start {
    /// Starts a program with the command's environment and what Lambda adds to it.
    pub async fn of(mut command: Command) -> Self {
        let api = RuntimeApi::start().await;
        command.env(RUNTIME_API, &api.address);
        let folder = tempfile::tempdir().unwrap();
        let began = Instant::now();
        let function = Function::run(command, folder.path());
        Self { function, api, began, _folder: folder }
    }

    /// Waits until the program asks for its next invocation: how long after its start it did.
    pub async fn polled(&mut self) -> Duration {
        match timeout(PATIENCE, self.api.polled()).await {
            Ok(polled) => polled - self.began,
            Err(error) => panic!("no poll: {error}; log:\n{}", self.log()),
        }
    }

    /// Hands an event to the program, which has asked for it and has so many milliseconds.
    pub async fn invoke(&mut self, event: Value, within_ms: u64) -> Answered {
        let deadline_ms = SystemClock::new().now().0 + within_ms;
        let handed_over = Instant::now();
        self.api.hand_over(Invocation { event, deadline_ms });
        match timeout(PATIENCE, self.api.answered()).await {
            Ok((at, answer)) => Answered { answer, took: at - handed_over },
            Err(error) => panic!("no answer: {error}; log:\n{}", self.log()),
        }
    }

    /// What the program has used so far, by the kernel's books.
    pub fn used(&self) -> Used {
        let process = format!("/proc/{}", self.function.id());
        let threads = fs::read_dir(format!("{process}/task")).unwrap();
        let cpu_ns = threads
            .map(|thread| fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap())
            .map(|text| text.split(' ').next().unwrap().parse::<u64>().unwrap())
            .sum();
        let status = fs::read_to_string(format!("{process}/status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak_kib = peak.trim().trim_end_matches(" kB").parse().unwrap();
        Used { cpu: Duration::from_nanos(cpu_ns), peak_kib }
    }

    /// What the program has written.
    pub fn log(&self) -> String {
        self.function.log()
    }
}
