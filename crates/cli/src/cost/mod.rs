//! What imports cost on AWS: of a run that was counted, and of a month that is reckoned from jobs
//! that are counted when it is asked for.

mod account;
mod bill;
mod measure;
mod price;
mod run;
mod usage;

use std::path::Path;
use std::process::ExitCode;

use flyball_domain::Integration;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::args::CostArgs;
use crate::error::CliError;
use crate::output::{self, Format};
use crate::table::table;
use bill::{Bill, Load, TABLE_CALL_MS, bill};
use measure::{JobUsage, PATIENCE, TickerUsage};
use usage::Usage;

pub(crate) use run::RunCost;

/// The widest column, in characters.
const COLUMN_MAX: usize = 60;

const DIGITS: u32 = 2;

/// What the sums leave out, for people.
const LEFT_OUT: &str = "not in it: alarms, metrics and dashboards, calls of the ops API, KMS, \
    data transfer, taxes";

/// Says what an account has used; or counts what jobs ask for, and reckons what a month of them
/// costs.
pub(crate) async fn run(
    args: &CostArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    if let Some(id) = &args.account {
        return Box::pin(account::run(id, args.memory_mb, data, format)).await;
    }
    let load = args.load();
    output::note("counting what each kind of job asks for, in memory, against simulated stores");
    let counted = async { anyhow::Ok((measure::jobs().await?, measure::ticker().await?)) };
    let (jobs, ticker) = tokio::time::timeout(PATIENCE, Box::pin(counted))
        .await
        .map_err(|_late| {
            CliError::new(format!(
                "the jobs that are counted did not end within {} s: try again on a machine with \
                 less to do",
                PATIENCE.as_secs()
            ))
        })?
        .map_err(|error| CliError::of_any(&error))?;
    let bill = bill(&load, &jobs, &ticker);
    match format {
        Format::Json => output::json(&to_json(&load, &bill, &jobs, &ticker))?,
        Format::Text => {
            for line in to_lines(&load, &bill, &jobs) {
                output::line(&line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl CostArgs {
    fn load(&self) -> Load {
        let accounts = self.accounts.unwrap_or(0);
        let share = |place: u64| {
            let all = u64::try_from(Integration::ALL.len()).unwrap_or(1);
            let more = u64::from(place < accounts.checked_rem(all).unwrap_or(0));
            accounts.checked_div(all).unwrap_or(0).saturating_add(more)
        };
        let place = |of: Integration| Integration::ALL.iter().position(|it| *it == of);
        let mut shares = [share(0), share(1), share(2)];
        if let Some(place) = self.only.and_then(place) {
            shares = [0; 3];
            if let Some(all) = shares.get_mut(place) {
                *all = accounts;
            }
        }
        Load {
            accounts: shares,
            products: self.products,
            orders: self.orders,
            products_changed: self.products_changed,
            orders_changed: self.orders_changed,
            every: self.every.get().into(),
            reconcile_every: self.reconcile_every.get().into(),
            vendor_ms: self.vendor_ms,
            memory_mb: self.memory_mb,
            ticker_mb: self.ticker_mb,
        }
    }
}

fn usd(amount: Decimal) -> String {
    format!("${:.2}", amount.round_dp(DIGITS))
}

/// A count as people read it: three digits at a time.
fn grouped(count: Decimal) -> String {
    let text = count.round().to_string();
    let mut grouped = String::new();
    for (place, digit) in text.chars().enumerate() {
        if place > 0 && text.len().saturating_sub(place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn to_lines(load: &Load, bill: &Bill, jobs: &[JobUsage]) -> Vec<String> {
    let rows: Vec<_> = bill
        .lines
        .iter()
        .map(|line| {
            [line.service.to_owned(), line.what.to_owned(), grouped(line.count), usd(line.usd)]
        })
        .collect();
    let mut lines = table(["SERVICE", "FOR", "COUNT", "A MONTH"], &rows, COLUMN_MAX);
    let total = bill.total();
    let each = total / Decimal::from(load.all_accounts().max(1));
    lines.push(String::new());
    lines.push(format!(
        "{} a month for {} accounts, {} each; {} once for the first import of everything",
        usd(total),
        load.all_accounts(),
        usd(each),
        usd(bill.first_usd),
    ));
    lines.push(String::new());
    let rows: Vec<_> = jobs.iter().map(job_cells).collect();
    let names =
        ["COUNTED", "", "A JOB: WRITES", "READS", "VENDOR CALLS", "A CHANGE: WRITES", "READS"];
    lines.extend(table(names, &rows, COLUMN_MAX));
    lines.push(String::new());
    lines.push(format!(
        "{}; each call to a vendor takes {} ms and each to DynamoDB {TABLE_CALL_MS} ms, one after \
         the other; {LEFT_OUT}",
        price::AS_OF,
        load.vendor_ms
    ));
    lines
}

fn job_cells(job: &JobUsage) -> [String; 7] {
    let number = |number: Decimal| number.round_dp(DIGITS).normalize().to_string();
    [
        job.integration.to_string(),
        job.kind.to_string(),
        number(job.idle.writes),
        number(job.idle.reads),
        number(job.idle.vendor_calls),
        number(job.changed.writes),
        number(job.changed.reads),
    ]
}

fn to_json(load: &Load, bill: &Bill, jobs: &[JobUsage], ticker: &TickerUsage) -> Value {
    let lines = bill.lines.iter().map(|line| {
        json!({
            "service": line.service,
            "for": line.what,
            "count": line.count.round_dp(DIGITS).to_string(),
            "usd": line.usd.round_dp(DIGITS).to_string(),
        })
    });
    let jobs = jobs.iter().map(|job| {
        json!({
            "integration": job.integration,
            "kind": job.kind,
            "job": usage_json(job.idle),
            "changed_record": usage_json(job.changed),
            "compared_record": usage_json(job.compared),
            "record_bytes": job.record_bytes.round().to_string(),
        })
    });
    json!({
        "accounts": load.all_accounts(),
        "usd_per_month": bill.total().round_dp(DIGITS).to_string(),
        "usd_once": bill.first_usd.round_dp(DIGITS).to_string(),
        "lines": lines.collect::<Vec<_>>(),
        "counted": {
            "jobs": jobs.collect::<Vec<_>>(),
            "ticker": {
                "pass": usage_json(ticker.pass),
                "minute": usage_json(ticker.minute),
                "account_and_minute": usage_json(ticker.account),
            },
        },
        "prices": price::AS_OF,
    })
}

fn usage_json(usage: Usage) -> Value {
    const DIGITS: u32 = 4;
    let text = |number: Decimal| number.round_dp(DIGITS).normalize().to_string();
    json!({
        "write_units": text(usage.writes),
        "read_units": text(usage.reads),
        "dynamodb_calls": text(usage.table_calls),
        "sqs_calls": text(usage.queue_calls),
        "vendor_calls": text(usage.vendor_calls),
        "invocations": text(usage.invocations),
    })
}
