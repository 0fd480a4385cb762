//! Runs the program.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use serde_json::Value;

/// The environment variable in which tests hand over a store's token.
pub(crate) const TOKEN: &str = "STORE_TOKEN";

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// Its last line on the standard output, as JSON.
    pub(crate) fn json(&self) -> Value {
        let last = self.out.lines().last().unwrap_or_else(|| panic!("no output: {self:?}"));
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The same, of a run that must have succeeded.
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flyball"));
    command
        .args(args)
        .env_remove("FLYBALL_DATA")
        .env_remove("FLYBALL_TOKEN")
        .env_remove("RUST_LOG")
        .env("USER", "tester");
    command.stdin(Stdio::null());
    command
}

pub(crate) fn finish(command: &mut Command) -> Done {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

pub(crate) fn flyball(args: &[&str]) -> Done {
    finish(&mut command(args))
}

/// A process that runs; it is killed when the test is done with it.
pub(crate) struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    err: BufReader<ChildStderr>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let err = BufReader::new(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    pub(crate) fn out_line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// Reads its standard error until a line has this in it.
    pub(crate) fn wait_for(&mut self, part: &str) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            let read = self.err.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended without {part:?}: {all}");
            all.push_str(&line);
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Reads lines of JSON from its standard output until one is as wanted.
    pub(crate) fn wait_for_json(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.out_line();
            assert!(!line.is_empty(), "it ended: {}", self.rest_of_err());
            let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"));
            if wanted(&told) {
                return told;
            }
        }
    }

    fn rest_of_err(&mut self) -> String {
        let mut err = String::new();
        self.err.read_to_string(&mut err).unwrap();
        err
    }

    /// Kills it, as `kill -9` does, and returns what it had written since.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        let mut out = String::new();
        self.out.read_to_string(&mut out).unwrap();
        out
    }

    /// Asks it to end, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        let kill = format!("kill -INT {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Done {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.err.read_to_string(&mut err).unwrap();
        Done { code: self.child.wait().unwrap().code(), out, err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A simulated store that runs.
pub(crate) struct Shop {
    integration: &'static str,
    pub(crate) process: Running,
    pub(crate) url: String,
    pub(crate) token: String,
}

impl Shop {
    /// A Shopify store on the fastest plan.
    pub(crate) fn open(args: &[&str]) -> Self {
        Self::of("shopify", &[&["--plan", "enterprise"], args].concat())
    }

    /// A store of one integration.
    pub(crate) fn of(integration: &'static str, args: &[&str]) -> Self {
        let mut all = vec!["storefront", integration, "--json"];
        all.extend(args);
        let mut process = Running::start(&mut command(&all));
        let line = process.out_line();
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"));
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        Self { integration, url: text("url"), token: text("token"), process }
    }

    /// The account that an import of it makes.
    pub(crate) fn account(&self) -> String {
        self.url.trim_start_matches("http://").replace(['.', ':', '/'], "-")
    }

    /// The command that imports its products to a folder, or to the standard output.
    pub(crate) fn import(&self, to: &str) -> Command {
        let mut import = self.import_all(to);
        import.args(["--kinds", "products"]);
        import
    }

    /// The command that imports everything it has to a folder.
    pub(crate) fn import_all(&self, to: &str) -> Command {
        self.call(&["import"], &["--json", "--to", to])
    }

    /// The command that connects it as an account of a folder.
    pub(crate) fn add(&self, data: &str) -> Command {
        self.call(&["account", "add"], &["--json", "--data", data])
    }

    fn call(&self, verb: &[&str], args: &[&str]) -> Command {
        let mut call = command(verb);
        call.args([self.integration, "--store", &self.url, "--token-env", TOKEN]);
        call.arg("--allow-local").args(args).env(TOKEN, &self.token);
        call
    }
}

/// Whether any file of a folder has these bytes in it.
pub(crate) fn holds(dir: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(dir).unwrap().any(|entry| {
        let content = std::fs::read(entry.unwrap().path()).unwrap();
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

/// A path as the argument that it is.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}
