//! `flyball demo --data DIR`, killed at twenty random moments and started again each time: at the
//! end nothing is lost, nothing is there twice, and no lease is held.
//!
//! The moments come from a seed, which is printed; `FLYBALL_SEED` replays it.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a helper that fails, fails the test; its moments are real time, its seed is printed"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

const KILLS: u32 = 20;

/// The run that is killed once its switch was thrown.
const KILL_AFTER_SWITCH: u32 = 7;

/// The longest that a run lives before it is killed, in milliseconds.
const LIFE_MS_MAX: u64 = 2_500;

/// How long the switch may be waited for.
const SWITCH_WITHIN: Duration = Duration::from_mins(1);

/// A process that is killed with the test.
struct Demo {
    child: Child,
    lines: Receiver<String>,
}

impl Demo {
    fn start(dir: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flyball"))
            .args([
                "demo",
                "--accounts",
                "3",
                "--products",
                "200",
                "--orders",
                "40",
                "--json",
                "--data",
            ])
            .arg(dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// Lives for this long, or until the process ends by itself.
    fn live(&self, life: Duration) {
        let end = Instant::now() + life;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if matches!(self.lines.recv_timeout(left), Err(RecvTimeoutError::Disconnected)) {
                return;
            }
        }
    }

    /// Lives until the switch is thrown; says whether it was.
    fn live_until_switch(&self) -> bool {
        let end = Instant::now() + SWITCH_WITHIN;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains("stopped by a switch") => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        false
    }

    /// `kill -9`, wherever it is.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn seed() -> u64 {
    let given = std::env::var("FLYBALL_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::from(now.subsec_nanos())
    })
}

/// `SplitMix64`.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[test]
fn a_demo_killed_at_twenty_random_moments_loses_nothing_and_has_nothing_twice() {
    let seed = seed();
    println!("FLYBALL_SEED={seed}");
    let mut random = seed;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let mut switch_seen = false;
    for number in 0..KILLS {
        let demo = Demo::start(&dir);
        if number >= KILL_AFTER_SWITCH && !switch_seen {
            switch_seen = demo.live_until_switch();
        } else {
            demo.live(Duration::from_millis(next(&mut random) % LIFE_MS_MAX));
        }
        demo.kill();
    }
    assert!(switch_seen, "no run was killed after its switch was thrown; FLYBALL_SEED={seed}");

    let output = Command::new(env!("CARGO_BIN_EXE_flyball"))
        .args(["demo", "--json", "--data"])
        .arg(&dir)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "FLYBALL_SEED={seed}\n{text}\n{told}");
    let report: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    for (name, expected) in [
        ("accounts", 3),
        ("products", 600),
        ("orders", 120),
        ("records", 720),
        ("lost", 0),
        ("duplicated", 0),
        ("differing", 0),
        ("over_limit", 0),
        ("calls_after_stop", 0),
        ("leases_held", 0),
    ] {
        assert_eq!(report[name], expected, "{name}; FLYBALL_SEED={seed}\n{report}");
    }
    assert!(report["resumed"].as_u64().unwrap() > 0, "FLYBALL_SEED={seed}\n{report}");
}
