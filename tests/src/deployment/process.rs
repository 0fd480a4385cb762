use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use serde_json::{Value, json};

use crate::world::eventually;

/// What Lambda itself tells every function.
const LAMBDA: [(&str, &str); 3] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "flyball"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
];

/// The variable that says where the Runtime API is.
pub(super) const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// The function as a process. Dropped, it is killed.
#[derive(Debug)]
pub struct Function {
    child: Child,
    log: PathBuf,
}

impl Function {
    /// Starts a program with this environment and no other; what it writes goes to a file in
    /// `folder`.
    pub fn start(program: &str, folder: &Path, environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program);
        command.env_clear().envs(environment.iter().copied());
        Self::run(command, folder)
    }

    /// The same, of a program that is told more than its environment.
    pub(super) fn run(mut command: Command, folder: &Path) -> Self {
        let log = folder.join("function.log");
        let written = File::create(&log).unwrap();
        command.envs(LAMBDA).stdout(written.try_clone().unwrap()).stderr(written);
        Self { child: command.spawn().unwrap(), log }
    }

    /// The number of its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Starts a program that lacks its configuration, and waits for its end: the one line that it
    /// wrote.
    pub async fn unconfigured(program: &str, environment: &[(&str, &str)]) -> Value {
        let folder = tempfile::tempdir().unwrap();
        let mut function = Self::start(program, folder.path(), environment);
        let status = eventually("the function's end", async || function.ended()).await;
        assert_eq!(status.code(), Some(1));
        let log = function.log();
        let lines: Vec<&str> = log.lines().collect();
        let [line] = lines[..] else { panic!("one line: {log}") };
        let line: Value = serde_json::from_str(line).unwrap();
        for (field, expected) in [("level", "ERROR"), ("code", "FUNCTION_NOT_CONFIGURED")] {
            assert_eq!(line.get(field), Some(&json!(expected)), "{log}");
        }
        line
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// What it has written.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // One that has ended by itself can't be killed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
