use std::process::ExitCode;

use flyball_ops::set_aside::Whose;
use flyball_records::AsideName;

use crate::args::ReplayArgs;
use crate::desk::{Desk, Place};
use crate::error::CliError;
use crate::output::Format;
use crate::sync::tell;

/// Asks for what could not be imported once more. What succeeds is closed by itself.
pub(crate) async fn run(
    args: &ReplayArgs,
    at: Place<'_>,
    format: Format,
) -> Result<ExitCode, CliError> {
    let name = args.id.as_deref().map(str::parse::<AsideName>).transpose()?;
    let desk = Desk::reach(at).await?;
    let whose = Whose { account: args.account.clone(), customer: None };
    let asked = desk.replay(&whose, name.as_ref()).await?;
    tell(&asked, desk.workers(), format)?;
    Ok(ExitCode::SUCCESS)
}
