//! What a program took, as the kernel counted it.

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use tokio::time::Instant;

/// What has this program run another and say what that took. A process of its own for each, because
/// the kernel keeps one peak of memory for all that a process has waited for.
pub(crate) const WORD: &str = "--measure";

/// What a program took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took {
    /// On all cores, in user and kernel mode, in milliseconds.
    pub(crate) cpu_ms: u64,
    /// From its start to its end, in milliseconds.
    pub(crate) wall_ms: u64,
    /// The most that was resident of any one of its processes, in KiB.
    pub(crate) peak_kib: u64,
    /// Whether it said that all went well.
    pub(crate) succeeded: bool,
}

/// Runs what follows [`WORD`], and prints what it took into the file that is named first.
pub(crate) fn measure(arguments: &[String]) -> Result<ExitCode> {
    let [report, program, arguments @ ..] = arguments else {
        bail!("expected a file and a program after {WORD}");
    };
    let began = Instant::now();
    let status = Command::new(program).args(arguments).status().context(program.clone())?;
    let wall_ms = began.elapsed().as_millis();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu_ms = (usage.user_time() + usage.system_time()).num_milliseconds();
    let ok = u8::from(status.success());
    std::fs::write(report, format!("{cpu_ms} {wall_ms} {} {ok}", usage.max_rss()))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `command` with its output in the files `out` and `log`.
pub(crate) async fn run(command: &Command, out: &Path, log: &Path) -> Result<Took> {
    let report = out.with_extension("took");
    let mut measuring = tokio::process::Command::new(std::env::current_exe()?);
    measuring.arg(WORD).arg(&report).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            measuring.env(name, value);
        }
    }
    if let Some(folder) = command.get_current_dir() {
        measuring.current_dir(folder);
    }
    measuring.stdin(Stdio::null()).stdout(File::create(out)?).stderr(File::create(log)?);
    let status = measuring.kill_on_drop(true).status().await?;
    if !status.success() {
        let program = command.get_program().display();
        bail!("{program} could not be run: {}", std::fs::read_to_string(log)?);
    }
    parse(&std::fs::read_to_string(&report)?)
}

fn parse(text: &str) -> Result<Took> {
    let numbers: Vec<u64> = text.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [cpu_ms, wall_ms, peak_kib, ok] = numbers[..] else {
        bail!("found {text:?}, expected four numbers");
    };
    Ok(Took { cpu_ms, wall_ms, peak_kib, succeeded: ok == 1 })
}
