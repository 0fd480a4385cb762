mod line;

use core::str::FromStr;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use flyball_domain::RecordBody;
use futures::TryStreamExt as _;

use crate::access;
use crate::args::RecordsArgs;
use crate::error::CliError;
use crate::facts::find_account;
use crate::input::InputError;
use crate::output::{self, Format};
use crate::table::row;
use line::{COLUMNS, Line};

/// How records are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListFormat {
    /// A record's whole content as JSON, one line each.
    Ndjson,
    /// One line per product, under the names of its columns: `id`, `title`, `status`, `vendor`,
    /// `product_type`, `variants` (how many), `price_min`, `price_max`, `currency`, `stock` (of the
    /// variants that are counted), `updated_at`. What is not known is empty.
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
    let access = access::reach(data).await?;
    let account = find_account(&access.stores.accounts, &args.account).await?;
    let records = access.stores.records.stream(&account.id, args.kind);
    let mut records = core::pin::pin!(records);
    let mut list = List::begin(list_format, output::stdout()).map_err(ListError::told)?;
    while let Some(record) = records.try_next().await? {
        let RecordBody::Product(product) = &record.body;
        list.add(product).map_err(ListError::told)?;
    }
    list.end().map_err(ListError::told)?;
    Ok(ExitCode::SUCCESS)
}

/// A list that is being written.
enum List<W: Write> {
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
    fn begin(format: ListFormat, mut to: W) -> Result<Self, ListError> {
        match format {
            ListFormat::Ndjson => Ok(Self::Ndjson(to)),
            ListFormat::Csv => {
                let mut csv = csv::Writer::from_writer(to);
                csv.write_record(COLUMNS.map(|(name, _)| name)).map_err(ListError::Csv)?;
                Ok(Self::Csv(Box::new(csv)))
            }
            ListFormat::Table => {
                let names = COLUMNS.map(|(name, width)| (name.to_uppercase(), width));
                let names = row(names.iter().map(|(name, width)| (name.as_str(), *width)));
                writeln!(to, "{names}").map_err(ListError::Io)?;
                Ok(Self::Table(to))
            }
        }
    }

    fn add(&mut self, product: &flyball_domain::Product) -> Result<(), ListError> {
        match self {
            Self::Ndjson(to) => {
                serde_json::to_writer(&mut *to, product).map_err(ListError::Json)?;
                to.write_all(b"\n").map_err(ListError::Io)
            }
            Self::Csv(csv) => csv.write_record(Line::of(product).0).map_err(ListError::Csv),
            Self::Table(to) => {
                let Line(cells) = Line::of(product);
                let widths = COLUMNS.map(|(_, width)| width);
                let line = row(cells.iter().map(String::as_str).zip(widths));
                writeln!(to, "{line}").map_err(ListError::Io)
            }
        }
    }

    fn end(self) -> Result<(), ListError> {
        match self {
            Self::Ndjson(mut to) | Self::Table(mut to) => to.flush().map_err(ListError::Io),
            Self::Csv(mut csv) => csv.flush().map_err(ListError::Io),
        }
    }
}
