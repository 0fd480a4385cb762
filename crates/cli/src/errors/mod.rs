//! What could not be imported: seeing it, and asking for it once more.

mod list;
mod one;
mod replay;

use std::process::ExitCode;

use flyball_ops::set_aside::Whose;
use flyball_records::AsideName;

use crate::args::ErrorsArgs;
use crate::desk::{Desk, Place};
use crate::error::CliError;
use crate::output::Format;

pub(crate) use replay::run as replay;

/// About how many entries are listed at most.
const ENTRIES_MAX: u64 = 10_000;

/// Lists what could not be imported, or shows one of it.
pub(crate) async fn run(
    args: &ErrorsArgs,
    at: Place<'_>,
    format: Format,
) -> Result<ExitCode, CliError> {
    let name = args.id.as_deref().map(str::parse::<AsideName>).transpose()?;
    let desk = Desk::reach(at).await?;
    let whose = Whose { account: args.account.clone(), customer: None };
    match name {
        Some(name) => one::tell(&desk.aside(&whose, &name).await?, format)?,
        None => list::tell(&desk.inbox(&whose, ENTRIES_MAX).await?, format)?,
    }
    Ok(ExitCode::SUCCESS)
}
