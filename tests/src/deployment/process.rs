use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

/// What Lambda itself tells every function.
const LAMBDA: [(&str, &str); 3] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "flyball"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
];

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
        let log = folder.join("function.log");
        let written = File::create(&log).unwrap();
        let child = Command::new(program)
            .env_clear()
            .envs(LAMBDA)
            .envs(environment.iter().copied())
            .stdout(written.try_clone().unwrap())
            .stderr(written)
            .spawn()
            .unwrap();
        Self { child, log }
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
