mod line;

use core::str::FromStr;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use flyball_domain::{AccountId, Kind};
use flyball_records::Records;
use futures::TryStreamExt as _;
use serde_json::json;

use crate::access;
use crate::args::RecordsArgs;
use crate::body::write_json;
use crate::error::CliError;
use crate::output::{self, Format};
use crate::table::row;
use flyball_ops::InputError;
use flyball_ops::find_account;
use line::{Column, GONE, cells, columns};

/// How records are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListFormat {
    /// A record's whole content as JSON, one line each.
    Ndjson,
    /// One line per record, under the names of its columns. Of a product: `id`, `title`, `status`,
    /// `vendor`, `product_type`, `variants` (how many), `price_min`, `price_max`, `currency`,
    /// `stock` (of the variants that are counted), `updated_at`. Of an order: `id`, `number`,
    /// `placed_at`, `status`, `financial_status`, `fulfillment_status`, `channel`, `lines` (how
    /// many), `total`, `refunded`, `currency`, `updated_at`. Of one that is gone: `id`,
    /// `updated_at`, `gone_at`. What is not known is empty.
    Csv,
    /// The same columns, aligned, each cut to its width.
    Table,
}

impl FromStr for ListFormat {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        match text {
            "ndjson" => Ok(Self::Ndjson),
            "csv" => Ok(Self::Csv),
            "table" => Ok(Self::Table),
            _ => Err(InputError::new("a format", text, "ndjson, csv or table")),
        }
    }
}

/// Lists what was imported from an account.
pub(crate) async fn run(
    args: &RecordsArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let list_format = match (args.format, format) {
        (None | Some(ListFormat::Ndjson), Format::Json) => ListFormat::Ndjson,
        (Some(ListFormat::Csv | ListFormat::Table), Format::Json) => {
            return Err(CliError::new(
                "found --json with another format, expected --format ndjson or none: leave one out",
            ));
        }
        (wanted, Format::Text) => wanted.unwrap_or(ListFormat::Table),
    };
    let access = access::reach_site(&args.deployed.or(data)).await?;
    let account = find_account(&access.stores.accounts, &args.account).await?;
    let columns = if args.gone { &GONE } else { columns(args.kind) };
    let list = List::begin(list_format, columns, output::stdout()).map_err(ListError::told)?;
    let records = &access.stores.records;
    if args.gone {
        list_gone(records, &account.id, args.kind, list).await?;
    } else {
        list_all(records, &account.id, args.kind, list).await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn list_all<W: Write>(
    records: &Records,
    account: &AccountId,
    kind: Kind,
    mut list: List<W>,
) -> Result<(), CliError> {
    let mut records = core::pin::pin!(records.stream(account, kind));
    while let Some(record) = records.try_next().await? {
        let written = list.add(|to| write_json(to, &record.body), || cells(&record.body));
        written.map_err(ListError::told)?;
    }
    list.end().map_err(ListError::told)
}

/// Those of which a tombstone is left.
async fn list_gone<W: Write>(
    records: &Records,
    account: &AccountId,
    kind: Kind,
    mut list: List<W>,
) -> Result<(), CliError> {
    let mut after = None;
    loop {
        let page = records.heads_between(account, kind, after.as_ref(), None).await?;
        let (heads, next) = page;
        for head in heads {
            let Some(gone) = head.gone else { continue };
            let (updated_at, gone_at) = (head.version.to_rfc3339(), gone.to_rfc3339());
            let json = json!({ "id": head.id, "updated_at": updated_at, "gone_at": gone_at });
            let cells = || vec![head.id.to_string(), updated_at.clone(), gone_at.clone()];
            let written = list.add(|to| serde_json::to_writer(to, &json), cells);
            written.map_err(ListError::told)?;
        }
        if next.is_none() {
            return list.end().map_err(ListError::told);
        }
        after = next;
    }
}

/// A list that is being written.
struct List<W: Write> {
    columns: &'static [Column],
    to: To<W>,
}

enum To<W: Write> {
    Ndjson(W),
    Csv(Box<csv::Writer<W>>),
    Table(W),
}

/// A line that could not be written.
enum ListError {
    Io(io::Error),
    Json(serde_json::Error),
    Csv(csv::Error),
}

impl ListError {
    fn told(self) -> CliError {
        match self {
            Self::Io(error) => CliError::of_stdout(&error),
            Self::Json(error) => CliError::of_stdout(&error.into()),
            Self::Csv(error) => CliError::of_stdout(&error.into()),
        }
    }
}

impl<W: Write> List<W> {
    fn begin(format: ListFormat, columns: &'static [Column], mut to: W) -> Result<Self, ListError> {
        let to = match format {
            ListFormat::Ndjson => To::Ndjson(to),
            ListFormat::Csv => {
                let mut csv = csv::Writer::from_writer(to);
                csv.write_record(columns.iter().map(|(name, _)| name)).map_err(ListError::Csv)?;
                To::Csv(Box::new(csv))
            }
            ListFormat::Table => {
                let names: Vec<_> =
                    columns.iter().map(|(name, width)| (name.to_uppercase(), *width)).collect();
                let names = row(names.iter().map(|(name, width)| (name.as_str(), *width)));
                writeln!(to, "{names}").map_err(ListError::Io)?;
                To::Table(to)
            }
        };
        Ok(Self { columns, to })
    }

    /// Adds a record: its whole content, or its cells.
    fn add(
        &mut self,
        content: impl FnOnce(&mut W) -> Result<(), serde_json::Error>,
        cells: impl FnOnce() -> Vec<String>,
    ) -> Result<(), ListError> {
        match &mut self.to {
            To::Ndjson(to) => {
                content(to).map_err(ListError::Json)?;
                to.write_all(b"\n").map_err(ListError::Io)
            }
            To::Csv(csv) => csv.write_record(cells()).map_err(ListError::Csv),
            To::Table(to) => {
                let (cells, widths) = (cells(), self.columns.iter().map(|(_, width)| *width));
                let line = row(cells.iter().map(String::as_str).zip(widths));
                writeln!(to, "{line}").map_err(ListError::Io)
            }
        }
    }

    fn end(self) -> Result<(), ListError> {
        match self.to {
            To::Ndjson(mut to) | To::Table(mut to) => to.flush().map_err(ListError::Io),
            To::Csv(mut csv) => csv.flush().map_err(ListError::Io),
        }
    }
}
