//! What a vendor's payload becomes, without a store.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use flyball_connector::{DecodeContext, DecodeError, Decoded, Unused};
use flyball_domain::{BadRow, Integration, Kind, Row};
use serde_json::json;

use crate::args::DecodeArgs;
use crate::body::write_json;
use crate::error::CliError;
use crate::output::{self, Format};

/// The longest payload that is read, in bytes: as much as a vendor's answer may have.
const PAYLOAD_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Shows what a payload becomes.
pub(crate) fn run(args: &DecodeArgs, format: Format) -> Result<ExitCode, CliError> {
    let payload = read(args.file.as_deref())?;
    let context = DecodeContext { currency: args.currency };
    let Decoded { rows, unused } = decode(args.integration, args.kind, &payload, context)?;
    let mut stdout = output::stdout();
    let mut left_out = unused.len();
    for row in &rows {
        match row {
            Row::Good(record) => {
                write_json(&mut stdout, &record.body)
                    .map_err(|error| CliError::of_stdout(&error.into()))?;
                stdout.write_all(b"\n").map_err(|error| CliError::of_stdout(&error))?;
            }
            Row::Bad(bad) => {
                left_out = left_out.saturating_add(1);
                output::note(&of_bad(bad, format));
            }
            Row::Gone(id) => output::note(&match format {
                Format::Json => json!({ "gone": { "id": id } }).to_string(),
                Format::Text => format!("{id} is gone"),
            }),
        }
    }
    stdout.flush().map_err(|error| CliError::of_stdout(&error))?;
    for one in &unused {
        output::note(&of_unused(one, format));
    }
    Ok(if left_out == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn decode(
    integration: Integration,
    kind: Kind,
    payload: &[u8],
    context: DecodeContext,
) -> Result<Decoded, DecodeError> {
    match integration {
        Integration::Shopify => flyball_shopify::decode(kind, payload, &context),
        Integration::Bigcommerce => flyball_bigcommerce::decode(kind, payload, &context),
        Integration::Magento => flyball_magento::decode(kind, payload, &context),
    }
}

fn read(path: Option<&Path>) -> Result<Vec<u8>, CliError> {
    let name =
        path.map_or_else(|| "the standard input".to_owned(), |path| path.display().to_string());
    let failed = |error: io::Error| CliError::new(format!("{name} can't be read: {error}"));
    let mut bytes = Vec::new();
    let mut take = |from: &mut dyn io::Read| {
        from.take(PAYLOAD_BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes)
    };
    let read = match path {
        Some(path) => File::open(path).and_then(|mut file| take(&mut file)),
        None => take(&mut io::stdin().lock()),
    };
    read.map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|found| found > PAYLOAD_BYTES_MAX) {
        return Err(CliError::new(format!(
            "found more than {PAYLOAD_BYTES_MAX} bytes in {name}: a page or a single record was \
             expected"
        )));
    }
    Ok(bytes)
}

fn of_bad(bad: &BadRow, format: Format) -> String {
    let BadRow { id, input, reason } = bad;
    match (format, id) {
        (Format::Json, _) => {
            json!({ "bad": { "id": id, "reason": reason, "input": input } }).to_string()
        }
        (Format::Text, Some(id)) => format!("{id} can't be used: {reason}"),
        (Format::Text, None) => format!("a record without an id can't be used: {reason}"),
    }
}

fn of_unused(unused: &Unused, format: Format) -> String {
    let Unused { at, what } = unused;
    match format {
        Format::Json => json!({ "unused": { "at": at, "why": what } }).to_string(),
        Format::Text => format!("{at} can't be used: {what}"),
    }
}
