use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use flyball_domain::JobKey;
use flyball_records::{Aside, AsideName, replays};
use futures::TryStreamExt as _;

use super::{accounts, find};
use crate::access;
use crate::args::ReplayArgs;
use crate::error::CliError;
use crate::output::Format;
use crate::sync::tell;
use flyball_ops as ops;
use flyball_ops::find_account;

/// Asks for what could not be imported once more. What succeeds is closed by itself.
pub(crate) async fn run(
    args: &ReplayArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let name = args.id.as_deref().map(str::parse::<AsideName>).transpose()?;
    let access = access::reach(data).await?;
    let stores = &access.stores;
    let accounts = accounts(&stores.accounts, args.account.as_ref()).await?;
    let wanted = match name {
        Some(name) => BTreeSet::from([job_of(&find(stores, &accounts, &name).await?)?]),
        None => replays(&stores.records.asides_of(&accounts).try_collect::<Vec<_>>().await?),
    };
    let queues = access.queues().await?;
    for key in &wanted {
        let account = find_account(&stores.accounts, &key.account).await?;
        ops::ask(&stores.governor, &queues, &account, key).await?;
    }
    let asked: Vec<String> = wanted.iter().map(JobKey::to_string).collect();
    tell(&asked, access.owner, format)?;
    Ok(ExitCode::SUCCESS)
}

fn job_of(aside: &Aside) -> Result<JobKey, CliError> {
    aside.replay().ok_or_else(|| {
        CliError::new(format!(
            "{} was set aside by an earlier version, which did not keep what to ask for: ask for \
             it with `flyball sync {} --reconcile`",
            aside.name, aside.account
        ))
    })
}
