use std::process::ExitCode;

use flyball_ops::Moment;
use flyball_ops::accounts::AccountLine;
use serde_json::{Value, json};

use super::check::in_words;
use crate::access::Site;
use crate::args::ListArgs;
use crate::desk::{Desk, Place};
use crate::error::CliError;
use crate::output::{self, Format};
use crate::table::table;

/// The widest column, in characters.
const COLUMN_MAX: usize = 60;

/// Lists the connected stores.
pub(super) async fn run(
    args: &ListArgs,
    at: Place<'_>,
    site: &Site,
    format: Format,
) -> Result<ExitCode, CliError> {
    let desk = Desk::reach_site(at, site).await?;
    let accounts = desk.accounts(args.customer.as_ref()).await?.accounts;
    match format {
        Format::Json => {
            let accounts: Vec<Value> = accounts.iter().map(to_json).collect();
            output::json(&json!({ "accounts": accounts }))?;
        }
        Format::Text if accounts.is_empty() => {
            let of = args.customer.as_ref().map(|customer| format!(" of customer {customer}"));
            let of = of.unwrap_or_default();
            output::line(&format!("there are no accounts{of} in {} yet", desk.name()))?;
        }
        Format::Text => {
            let names = [
                "ACCOUNT",
                "CUSTOMER",
                "ON",
                "STORE",
                "KINDS",
                "EVERY",
                "NEXT",
                "LAST IMPORT",
                "FRESHNESS",
                "CREDENTIALS",
            ];
            let rows: Vec<_> = accounts.iter().map(cells).collect();
            for line in table(names, &rows, COLUMN_MAX) {
                output::line(&line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn cells(line: &AccountLine) -> [String; 10] {
    let moment = |at: Option<Moment>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let connection = &line.connection;
    [
        line.account.to_string(),
        line.customer.to_string(),
        line.integration.to_string(),
        connection.address.clone(),
        in_words(&connection.kinds),
        format!("{} min", connection.every_minutes),
        moment(connection.next),
        moment(line.last_import),
        line.freshness.to_string(),
        connection.credentials.as_str().to_owned(),
    ]
}

fn to_json(line: &AccountLine) -> Value {
    let connection = &line.connection;
    json!({
        "account": line.account,
        "customer": line.customer,
        "integration": line.integration,
        "store": connection.address,
        "kinds": connection.kinds,
        "every_minutes": connection.every_minutes,
        "next": connection.next,
        "last_import": line.last_import,
        "freshness": line.freshness,
        "ceiling_percent": connection.ceiling_percent,
        "rules": connection.rules,
        "created": connection.created,
        "credentials": connection.credentials.as_str(),
        "why": connection.refused,
    })
}
