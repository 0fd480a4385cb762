use std::path::Path;
use std::process::ExitCode;

use flyball_domain::JobKey;
use flyball_ops::set_aside::{self, Whose};
use flyball_ops::{ask, find_account};
use flyball_records::AsideName;

use crate::access::{self, ops};
use crate::args::ReplayArgs;
use crate::error::CliError;
use crate::output::Format;
use crate::sync::tell;

/// Asks for what could not be imported once more. What succeeds is closed by itself.
pub(crate) async fn run(
    args: &ReplayArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let name = args.id.as_deref().map(str::parse::<AsideName>).transpose()?;
    let access = access::reach(data).await?;
    let stores = &access.stores;
    let whose = Whose { account: args.account.clone(), customer: None };
    let wanted = set_aside::jobs(&ops(stores), &whose, name.as_ref()).await?;
    let queues = access.queues().await?;
    for key in &wanted {
        let account = find_account(&stores.accounts, &key.account).await?;
        ask(&stores.governor, &queues, &account, key).await?;
    }
    let asked: Vec<String> = wanted.iter().map(JobKey::to_string).collect();
    tell(&asked, access.owner, format)?;
    Ok(ExitCode::SUCCESS)
}
