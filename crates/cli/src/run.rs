use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use flyball_runtime::{environment, terminal_logs};
use tokio::runtime::{Builder, Runtime};

use crate::args::{Cli, Command, DemoArgs};
use crate::desk::Place;
use crate::error::CliError;
use crate::import::{self, Target};
use crate::output::{self, Format};
use crate::{
    account, cost, decode, demo, errors, outages, records, status, stop, storefront, sync, up, why,
};

/// Runs the command that the process was started with.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error),
    };
    let format = if cli.json { Format::Json } else { Format::Text };
    // Without a wish for logs, what a person has to know is said in words.
    let logs = environment("RUST_LOG").map_or(Ok(()), |_filter| terminal_logs());
    let done = logs
        .map_err(CliError::from)
        .and_then(|()| runtime(&cli.command))
        .and_then(|runtime| runtime.block_on(command(cli, format)));
    done.unwrap_or_else(|error| error.report())
}

fn not_parsed(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader who has gone needs no help.
        drop(error.print());
        return ExitCode::SUCCESS;
    }
    CliError::of_arguments(error, &Cli::command()).report()
}

/// A stream has one thing to do at a time, and hopping between threads costs it a tenth.
fn runtime(command: &Command) -> Result<Runtime, CliError> {
    let streams = matches!(
        command,
        Command::Import(args) if args.to == Some(Target::Stdout)
    );
    let mut builder =
        if streams { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    Ok(builder.enable_all().build()?)
}

/// The data folder of whoever names none.
const DATA_DEFAULT: &str = ".flyball";

async fn demonstrate(
    args: &DemoArgs,
    data: Option<PathBuf>,
    format: Format,
) -> Result<ExitCode, CliError> {
    let report = Box::pin(demo::run(args, data)).await.map_err(|error| CliError::of_any(&error))?;
    match format {
        Format::Text => output::line(report.to_text().trim_end())?,
        Format::Json => output::json(&report)?,
    }
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn command(cli: Cli, format: Format) -> Result<ExitCode, CliError> {
    let given = cli.data;
    let data = given.clone().unwrap_or_else(|| DATA_DEFAULT.into());
    let data = data.as_path();
    if let Some(url) = cli.url.as_ref().filter(|_| !cli.command.is_of_ops()) {
        return Err(CliError::new(format!(
            "found --url {url} with a command that the ops API does not have: leave it out, or run \
             one of status, why, outages, errors, replay, sync, stop, resume and account list"
        )));
    }
    let at = Place { data, url: cli.url.as_ref() };
    match cli.command {
        Command::Demo(args) => Box::pin(demonstrate(&args, given, format)).await,
        Command::Import(args) => Box::pin(import::run(args, data, format)).await,
        Command::Storefront(command) => Box::pin(storefront::run(command, format)).await,
        Command::Account(command) => Box::pin(account::run(command, at, format)).await,
        Command::Up(args) => Box::pin(up::run(&args, data, format)).await,
        Command::Sync(args) => Box::pin(sync::run(&args, at, format)).await,
        Command::Records(args) => Box::pin(records::run(&args, data, format)).await,
        Command::Errors(args) => Box::pin(errors::run(&args, at, format)).await,
        Command::Replay(args) => Box::pin(errors::replay(&args, at, format)).await,
        Command::Status => Box::pin(status::run(at, format)).await,
        Command::Why(args) => Box::pin(why::run(&args, at, format)).await,
        Command::Outages(args) => Box::pin(outages::run(&args, at, format)).await,
        Command::Stop(args) => Box::pin(stop::stop(&args, at, format)).await,
        Command::Resume(args) => Box::pin(stop::resume(&args, at, format)).await,
        Command::Cost(args) => Box::pin(cost::run(&args, data, format)).await,
        Command::Decode(args) => decode::run(&args, format),
    }
}
