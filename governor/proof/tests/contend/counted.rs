//! What the benchmark's engine counts of what a contender asks.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use flyball_governor::create_table;
use flyball_governor_proof::engine::Engine;
use serde_json::{Value, json};

/// A process that answers each line with one of JSON.
struct Process {
    child: Child,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn start(arguments: &[&str]) -> (Self, Value) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flyball-proof"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let from = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut process = Self { child, to, from };
        let ready = process.answer();
        (process, ready)
    }

    fn ask(&mut self, what: &str) -> Value {
        writeln!(self.to, "{what}").unwrap();
        self.answer()
    }

    fn answer(&mut self) -> Value {
        serde_json::from_str(&self.from.next().unwrap().unwrap()).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_benchmarks_engine_counts_writes_their_units_and_conditions_that_did_not_hold() {
    let (mut engine, ready) = Process::start(&["engine"]);
    let endpoint = ready["endpoint"].as_str().unwrap();
    create_table(&Engine::at(endpoint).await.client(), "flyball").await.unwrap();
    let endpoint = format!("--endpoint={endpoint}");
    let (mut contender, _) = Process::start(&[
        "contender",
        "governed",
        &endpoint,
        "--writers=4",
        "--lanes=1",
        "--limit=4",
        "--lease-ms=60000",
    ]);
    contender.ask("take");
    contender.ask("give back");
    engine.ask("counts");

    assert_eq!(contender.ask("take"), json!({ "granted": 4 }));
    let counted = engine.ask("counts");
    assert_eq!(counted["requests"]["UpdateItem"], 4, "{counted}");
    assert_eq!((&counted["unmet"], &counted["write_halves"]), (&json!(0), &json!(8)), "{counted}");

    assert_eq!(contender.ask("take"), json!({ "granted": 4 }), "and no more");
    let counted = engine.ask("counts");
    assert_eq!((&counted["unmet"], &counted["write_halves"]), (&json!(4), &json!(8)), "{counted}");

    assert_eq!(contender.ask("baton"), json!({ "passed": 4 }));
    let counted = engine.ask("counts");
    assert_eq!((&counted["unmet"], &counted["write_halves"]), (&json!(0), &json!(8)), "{counted}");
}
