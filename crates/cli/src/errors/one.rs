use std::io::Write as _;

use flyball_domain::AccountId;
use flyball_local::Stores;
use flyball_records::{Aside, AsideName};
use serde_json::{Value, json};

use super::find;
use crate::error::CliError;
use crate::output::{self, Format};

/// Shows one of what is set aside: its input, exactly, on the standard output, and in text what is
/// known of it beside that.
pub(super) async fn run(
    stores: &Stores,
    accounts: &[AccountId],
    name: &AsideName,
    format: Format,
) -> Result<(), CliError> {
    let aside = find(stores, accounts, name).await?;
    let input = stores.records.aside_input(&aside).await?.ok_or_else(|| {
        CliError::new(format!("{name} was closed, or met again, in this moment: look again"))
    })?;
    if format == Format::Json {
        return output::json(&to_json(&aside, &input));
    }
    for line in to_lines(&aside) {
        output::note(&line);
    }
    let mut stdout = output::stdout();
    let written = stdout.write_all(input.as_bytes()).and_then(|()| {
        if !input.ends_with('\n') {
            stdout.write_all(b"\n")?;
        }
        stdout.flush()
    });
    written.map_err(|error| CliError::of_stdout(&error))
}

fn to_lines(aside: &Aside) -> Vec<String> {
    let Aside { name, account, kind, code, reason, job, .. } = aside;
    let id = aside.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let (first, last, times) = (aside.first_seen, aside.last_seen, aside.times);
    let mut lines = vec![
        format!("{name}: {code} in {kind}{id} of {account}"),
        format!("  {reason}"),
        format!("  met {times} times by {job}, first at {first}, last at {last}"),
    ];
    if aside.kept_bytes < aside.input_bytes {
        lines.push(format!(
            "  the first {} of {} bytes of its input were kept",
            aside.kept_bytes, aside.input_bytes
        ));
    }
    lines
}

fn to_json(aside: &Aside, input: &str) -> Value {
    json!({
        "id": aside.name.as_str(),
        "account": aside.account,
        "kind": aside.kind,
        "record": aside.id,
        "code": aside.code.as_str(),
        "fingerprint": aside.fingerprint,
        "reason": aside.reason,
        "job": aside.job,
        "first_seen": aside.first_seen.to_rfc3339(),
        "last_seen": aside.last_seen.to_rfc3339(),
        "times": aside.times,
        "input_bytes": aside.input_bytes,
        "kept_bytes": aside.kept_bytes,
        "input": input,
    })
}
