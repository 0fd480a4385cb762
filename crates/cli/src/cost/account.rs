//! What one account's imports have used, month by month, and what that costs.

use std::path::Path;
use std::process::ExitCode;

use flyball_domain::AccountId;
use flyball_ops::find_account;
use flyball_records::{Months, Spent};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::bill::gb;
use super::{COLUMN_MAX, grouped, price};
use crate::access;
use crate::error::CliError;
use crate::output::{self, Format};
use crate::table::table;

/// What the figures leave out, for people.
const LEFT_OUT: &str = "not in it: jobs of one record, jobs that were refused, and what a run did \
    after its last checkpoint when it broke off; what is stored, logged and kept by the ticker";

/// The calls to SQS that a message takes: it is received, hidden while its job runs, and deleted.
const QUEUE_CALLS: u64 = 3;

/// Amounts of one account are small.
const DIGITS: u32 = 4;

/// Says what an account has used.
pub(super) async fn run(
    id: &AccountId,
    memory_mb: u64,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let access = access::reach(data).await?;
    let account = find_account(&access.stores.accounts, id).await?;
    let months = access.stores.records.spent(&account.id).await?;
    match format {
        Format::Json => output::json(&to_json(id, &months, memory_mb))?,
        Format::Text => {
            for line in to_lines(id, &months, memory_mb) {
                output::line(&line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What was used, at list prices, in US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Usd {
    dynamodb: Decimal,
    lambda: Decimal,
    sqs: Decimal,
}

impl Usd {
    fn of(spent: Spent, memory_mb: u64) -> Self {
        let count = Decimal::from;
        let gb_seconds = count(spent.ms) / Decimal::ONE_THOUSAND * gb(memory_mb);
        Self {
            dynamodb: price::million(count(spent.writes), price::WRITES)
                + price::million(reads(spent), price::READS),
            lambda: price::million(count(spent.runs), price::INVOCATIONS)
                + price::million(gb_seconds, price::GB_SECONDS),
            sqs: price::million(count(spent.runs) * count(QUEUE_CALLS), price::SQS),
        }
    }

    fn total(self) -> Decimal {
        self.dynamodb + self.lambda + self.sqs
    }
}

fn reads(spent: Spent) -> Decimal {
    Decimal::from(spent.read_halves) / Decimal::TWO
}

fn usd(amount: Decimal) -> String {
    format!("${:.4}", amount.round_dp(DIGITS))
}

fn to_lines(id: &AccountId, months: &Months, memory_mb: u64) -> Vec<String> {
    if months.is_empty() {
        return vec![format!("{id} has used nothing yet")];
    }
    let row = |(month, spent): (&str, Spent)| {
        [
            month.to_owned(),
            grouped(spent.runs.into()),
            grouped(spent.calls.into()),
            grouped(spent.records.into()),
            grouped((spent.ms / 1_000).into()),
            grouped(spent.writes.into()),
            grouped(reads(spent)),
            usd(Usd::of(spent, memory_mb).total()),
        ]
    };
    let rows: Vec<_> = months.iter().map(row).collect();
    let names = ["MONTH", "RUNS", "VENDOR CALLS", "ROWS", "SECONDS", "WRITES", "READS", "COST"];
    let mut lines = table(names, &rows, COLUMN_MAX);
    lines.push(String::new());
    lines.push(format!("{}; functions of {memory_mb} MB; {LEFT_OUT}", price::AS_OF));
    lines
}

fn to_json(id: &AccountId, months: &Months, memory_mb: u64) -> Value {
    let text = |amount: Decimal| amount.round_dp(DIGITS).to_string();
    let month = |(month, spent): (&str, Spent)| {
        let usd = Usd::of(spent, memory_mb);
        json!({
            "month": month,
            "runs": spent.runs,
            "vendor_calls": spent.calls,
            "rows": spent.records,
            "ms": spent.ms,
            "write_units": spent.writes,
            "read_units": reads(spent).normalize().to_string(),
            "usd": text(usd.total()),
            "usd_dynamodb": text(usd.dynamodb),
            "usd_lambda": text(usd.lambda),
            "usd_sqs": text(usd.sqs),
        })
    };
    json!({
        "account": id,
        "months": months.iter().map(month).collect::<Vec<_>>(),
        "memory_mb": memory_mb,
        "prices": price::AS_OF,
        "left_out": LEFT_OUT,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_of_each_costs_its_list_price() {
        let spent = Spent {
            runs: 1_000_000,
            ms: 2_000_000_000,
            read_halves: 2_000_000,
            writes: 1_000_000,
            ..Spent::default()
        };
        let usd = Usd::of(spent, 512);
        assert_eq!(usd.dynamodb, Decimal::new(750, 3));
        // Two million seconds of half a gigabyte, and the invocations.
        assert_eq!(usd.lambda, Decimal::new(133_334, 4) + Decimal::new(20, 2));
        assert_eq!(usd.sqs, Decimal::new(120, 2));
    }
}
