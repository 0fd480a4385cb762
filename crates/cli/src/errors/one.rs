use std::io::Write as _;

use flyball_ops::set_aside::AsideView;

use crate::error::CliError;
use crate::output::{self, Format};

/// Shows one of what is set aside: its input, exactly, on the standard output, and in text what is
/// known of it beside that.
pub(super) fn tell(aside: &AsideView, format: Format) -> Result<(), CliError> {
    if format == Format::Json {
        return output::json(aside);
    }
    for line in to_lines(aside) {
        output::note(&line);
    }
    let mut stdout = output::stdout();
    let written = stdout.write_all(aside.input.as_bytes()).and_then(|()| {
        if !aside.input.ends_with('\n') {
            stdout.write_all(b"\n")?;
        }
        stdout.flush()
    });
    written.map_err(|error| CliError::of_stdout(&error))
}

fn to_lines(aside: &AsideView) -> Vec<String> {
    let AsideView { id: name, account, kind, code, reason, job, .. } = aside;
    let record = aside.record.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let (first, last, times) = (aside.first_seen, aside.last_seen, aside.times);
    let mut lines = vec![
        format!("{name}: {code} in {kind}{record} of {account}"),
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
