//! Stops that are kept in lanes: of an account, of one kind of its jobs, of a customer.

use std::path::Path;
use std::process::ExitCode;

use flyball_accounts::Account;
use flyball_domain::CustomerId;
use flyball_governor::core::transitions::{lift, stop as stop_transition};
use flyball_governor::{
    Clock as _, Governor, LaneSpec, Stop, StopCause, UnixMillis, aws_command, standing,
};
use flyball_importer::lane_spec;
use flyball_local::GOVERNOR_TABLE;
use flyball_runtime::SystemClock;
use serde_json::json;

use super::completion::{Completion, Stopping, known_without_waiting};
use super::{Where, tell};
use crate::access::{self, Access, Owner};
use crate::args::{ResumeArgs, StopArgs};
use crate::error::CliError;
use crate::output::{self, Format};
use flyball_ops::switches::{Stopped, running};
use flyball_ops::{LaneScope, all_accounts, customer_lane, find_account, lane_of};

async fn stop_account(
    governor: &Governor,
    account: &Account,
    cause: &StopCause,
    wanted: &Stop,
) -> Result<Stopped, CliError> {
    let lane_id = lane_of(&account.id)?;
    let written = governor.stop(&lane_id, cause, wanted, &lane_spec(account)).await?;
    let written = written.ok_or_else(|| {
        CliError::new(format!(
            "found no room for one more stop in the lane of {}: resume one of those that hold it",
            account.id
        ))
    })?;
    let kind = match cause {
        StopCause::Work(kind) => Some(kind.as_str().parse()?),
        StopCause::Customer | StopCause::Account | StopCause::Rejected | StopCause::DeadMan => None,
    };
    Ok(Stopped { account: account.id.clone(), lane_id, kind, written })
}

/// Stops an account and waits until no call to its store begins any more; returns how many jobs
/// still hold their slots when waiting ends.
pub(super) async fn stop_and_wait(
    access: &Access,
    data: &Path,
    account: &Account,
    wanted: &Stop,
) -> Result<u32, CliError> {
    let governor = &access.stores.governor;
    let stopped = stop_account(governor, account, &StopCause::Account, wanted).await?;
    // Whoever would be working owns the folder.
    if access.owner == Owner::Me {
        return Ok(0);
    }
    Ok(match (Stopping { access, data }).completion(vec![stopped]).await? {
        Completion::Complete | Completion::NotAwaited => 0,
        Completion::Running(jobs) => jobs,
    })
}

/// Stops an account, or one kind of its jobs.
pub(super) async fn stop_one(
    args: &StopArgs,
    scope: &LaneScope,
    wanted: &Stop,
    now: UnixMillis,
    at: Where<'_>,
) -> Result<ExitCode, CliError> {
    if args.print {
        let transition = stop_transition(&scope.cause, wanted, now);
        let lane = lane_of(&scope.account)?;
        output::line(&aws_command(GOVERNOR_TABLE, &lane, &transition))?;
        return Ok(ExitCode::SUCCESS);
    }
    let access = access::reach(at.data).await?;
    let account = find_account(&access.stores.accounts, &scope.account).await?;
    let stopped = stop_account(&access.stores.governor, &account, &scope.cause, wanted).await?;
    let jobs = running(&stopped.written);
    let complete = match known_without_waiting(args, &access) {
        Some(known) => known,
        None => Stopping { access: &access, data: at.data }.completion(vec![stopped]).await?,
    };
    tell(args, wanted, jobs, complete, &json!({ "account": scope.account }), at.format)
}

/// The accounts of a customer.
async fn accounts_of(
    accounts: &flyball_accounts::Accounts,
    customer: &CustomerId,
) -> Result<Vec<Account>, CliError> {
    let all = all_accounts(accounts).await?;
    Ok(all.into_iter().filter(|account| account.customer == *customer).collect())
}

/// Stops all accounts of a customer, and those that are connected while the stop stands.
pub(super) async fn stop_all(
    args: &StopArgs,
    customer: &CustomerId,
    wanted: &Stop,
    now: UnixMillis,
    at: Where<'_>,
) -> Result<ExitCode, CliError> {
    let cause = StopCause::Customer;
    let own = customer_lane(customer)?;
    if args.print {
        return print_all(customer, &stop_transition(&cause, wanted, now), at).await;
    }
    let access = access::reach(at.data).await?;
    let governor = &access.stores.governor;
    // Remembered first: whoever connects an account after the list is read finds it.
    governor.stop(&own, &cause, wanted, &LaneSpec::alone(1)).await?;
    let mut stopped = Vec::new();
    for account in accounts_of(&access.stores.accounts, customer).await? {
        stopped.push(stop_account(governor, &account, &cause, wanted).await?);
    }
    let jobs = stopped.iter().map(|one| running(&one.written)).fold(0, u32::saturating_add);
    let count = stopped.len();
    let complete = match known_without_waiting(args, &access) {
        Some(known) => known,
        None => Stopping { access: &access, data: at.data }.completion(stopped).await?,
    };
    if count == 0 && at.format == Format::Text {
        output::note(&format!("customer {customer} has no account yet"));
    }
    let more = json!({ "customer": customer, "accounts": count });
    tell(args, wanted, jobs, complete, &more, at.format)
}

async fn print_all(
    customer: &CustomerId,
    transition: &flyball_governor::core::transition::Transition,
    at: Where<'_>,
) -> Result<ExitCode, CliError> {
    // Which accounts a customer has only the accounts know.
    let access = access::reach(at.data).await?;
    output::line(&aws_command(GOVERNOR_TABLE, &customer_lane(customer)?, transition))?;
    for account in accounts_of(&access.stores.accounts, customer).await? {
        output::line(&aws_command(GOVERNOR_TABLE, &lane_of(&account.id)?, transition))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What lifting a lane's stop did.
struct Lifted {
    stood: bool,
    parked: usize,
    still: Vec<String>,
}

async fn lift_account(
    governor: &Governor,
    account: &Account,
    cause: &StopCause,
) -> Result<Lifted, CliError> {
    let lane_id = lane_of(&account.id)?;
    let before = governor.look(&lane_id).await?;
    let stood = before.is_some_and(|lane| lane.stops.contains_key(cause));
    let lane = if stood { governor.lift(&lane_id, cause).await? } else { None };
    let parked = governor.parked(&lane_id).await?.len();
    let now = governor.now();
    let still = lane
        .iter()
        .flat_map(|lane| standing(lane, now).1)
        .map(|sentence| sentence.as_of(now))
        .collect();
    Ok(Lifted { stood, parked, still })
}

/// Lifts a stop of an account, or of one kind of its jobs.
pub(super) async fn resume_one(
    args: &ResumeArgs,
    scope: &LaneScope,
    at: Where<'_>,
) -> Result<ExitCode, CliError> {
    if args.print {
        let transition = lift(&scope.cause, SystemClock::new().now());
        let lane = lane_of(&scope.account)?;
        output::line(&aws_command(GOVERNOR_TABLE, &lane, &transition))?;
        return Ok(ExitCode::SUCCESS);
    }
    let access = access::reach(at.data).await?;
    let account = find_account(&access.stores.accounts, &scope.account).await?;
    let Lifted { stood, parked, still } =
        lift_account(&access.stores.governor, &account, &scope.cause).await?;
    if at.format == Format::Json {
        output::json(&json!({
            "account": scope.account,
            "scope": args.scope.to_string(),
            "lifted": stood,
            "woken": if stood { parked } else { 0 },
            "still": still,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if !stood {
        output::line(&format!("there is no stop of {} to lift", args.scope))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(&resumed(&args.scope.to_string(), parked))?;
    for sentence in still {
        output::line(&format!("still: {sentence}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn resumed(scope: &str, parked: usize) -> String {
    match parked {
        0 => format!("{scope} is resumed; no job waits"),
        1 => format!("{scope} is resumed; the parked job is woken"),
        jobs => format!("{scope} is resumed; {jobs} parked jobs are woken"),
    }
}

/// Lifts a customer's stop from all of its accounts.
pub(super) async fn resume_all(
    args: &ResumeArgs,
    customer: &CustomerId,
    at: Where<'_>,
) -> Result<ExitCode, CliError> {
    let cause = StopCause::Customer;
    if args.print {
        return print_all(customer, &lift(&cause, SystemClock::new().now()), at).await;
    }
    let access = access::reach(at.data).await?;
    let governor = &access.stores.governor;
    let own = customer_lane(customer)?;
    let remembered = governor.look(&own).await?;
    let mut stood = remembered.is_some_and(|lane| lane.stops.contains_key(&cause));
    if stood {
        governor.lift(&own, &cause).await?;
    }
    let (mut woken, mut lifted) = (0_usize, 0_usize);
    for account in accounts_of(&access.stores.accounts, customer).await? {
        let one = lift_account(governor, &account, &cause).await?;
        if one.stood {
            stood = true;
            lifted = lifted.saturating_add(1);
            woken = woken.saturating_add(one.parked);
        }
    }
    match at.format {
        Format::Json => output::json(&json!({
            "customer": customer,
            "scope": args.scope.to_string(),
            "lifted": stood,
            "accounts": lifted,
            "woken": woken,
        }))?,
        Format::Text if !stood => {
            output::line(&format!("there is no stop of {} to lift", args.scope))?;
        }
        Format::Text => output::line(&resumed(&args.scope.to_string(), woken))?,
    }
    Ok(ExitCode::SUCCESS)
}
