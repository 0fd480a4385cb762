use core::time::Duration;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flyball_governor::Clock as _;
use flyball_runtime::SystemClock;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval};

use super::process::{Function, RUNTIME_API};
use super::runtime_api::{Answer, Invocation, RuntimeApi};

/// How often it is looked whether a program is still there.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// An execution environment as Lambda keeps it: a function's program, started for its first event and
/// kept for the next ones. One that ends is replaced.
#[derive(Debug)]
pub struct Environment {
    program: PathBuf,
    told: Vec<(&'static str, String)>,
    folder: PathBuf,
    running: Option<(Function, RuntimeApi)>,
    process: Arc<Mutex<Option<Pid>>>,
}

/// Kills the program of an environment.
#[derive(Clone, Debug)]
pub struct Killer(Arc<Mutex<Option<Pid>>>);

impl Killer {
    /// Kills it, at once and without a word. Returns whether there was one.
    pub fn kill(&self) -> bool {
        let process = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        process.is_some_and(|process| kill(process, Signal::SIGKILL).is_ok())
    }
}

impl Environment {
    /// One of a program with this environment, which writes its log into a folder.
    pub fn new(program: PathBuf, told: Vec<(&'static str, String)>, folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        Self { program, told, folder, running: None, process: Arc::default() }
    }

    /// What kills it.
    pub fn killer(&self) -> Killer {
        Killer(Arc::clone(&self.process))
    }

    /// Hands an event to the program, which has so long. `None` where it ended without an answer.
    pub async fn invoke(&mut self, event: Value, within: Duration) -> Option<Answer> {
        let (mut function, mut api) = match self.running.take() {
            Some(running) => running,
            None => self.start().await,
        };
        let within_ms = u64::try_from(within.as_millis()).unwrap();
        let deadline_ms = SystemClock::new().now().0 + within_ms;
        api.hand_over(Invocation { event, deadline_ms });
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let ended = async {
            // Lambda kills whoever takes longer than that.
            let mut left = within;
            while !self.is_gone(&mut function) && !left.is_zero() {
                looks.tick().await;
                left = left.saturating_sub(LOOK_EVERY);
            }
        };
        let answer = tokio::select! {
            answer = api.answer() => Some(answer),
            () = ended => None,
        };
        if answer.is_some() {
            self.running = Some((function, api));
        } else {
            // One that took too long is killed when it is dropped.
            self.process().take();
        }
        answer
    }

    fn process(&self) -> MutexGuard<'_, Option<Pid>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the program has ended. Its number may be another's from that moment on, so that nobody
    /// kills meanwhile.
    fn is_gone(&self, function: &mut Function) -> bool {
        let mut process = self.process();
        let gone = function.ended().is_some();
        if gone {
            process.take();
        }
        gone
    }

    async fn start(&self) -> (Function, RuntimeApi) {
        let api = RuntimeApi::start().await;
        let mut told: Vec<(&str, &str)> =
            self.told.iter().map(|(name, value)| (*name, value.as_str())).collect();
        told.push((RUNTIME_API, &api.address));
        let program = self.program.to_str().unwrap();
        let function = Function::start(program, &self.folder, &told);
        let pid = Pid::from_raw(i32::try_from(function.id()).unwrap());
        *self.process() = Some(pid);
        (function, api)
    }
}
