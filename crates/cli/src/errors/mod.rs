//! What could not be imported: seeing it, and asking for it once more.

mod list;
mod one;
mod replay;

use std::path::Path;
use std::process::ExitCode;

use flyball_ops::set_aside::{self, Whose};
use flyball_records::AsideName;

use crate::access::{self, ops};
use crate::args::ErrorsArgs;
use crate::error::CliError;
use crate::output::Format;

pub(crate) use replay::run as replay;

/// Lists what could not be imported, or shows one of it.
pub(crate) async fn run(
    args: &ErrorsArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let name = args.id.as_deref().map(str::parse::<AsideName>).transpose()?;
    let access = access::reach(data).await?;
    let whose = Whose { account: args.account.clone(), customer: None };
    let ops = ops(&access.stores);
    match name {
        Some(name) => one::tell(&set_aside::one(&ops, &whose, &name).await?, format)?,
        None => list::tell(&set_aside::inbox(&ops, &whose).await?, format)?,
    }
    Ok(ExitCode::SUCCESS)
}
