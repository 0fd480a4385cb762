use flyball_domain::AccountId;
use flyball_ops::set_aside::{GroupView, InboxView};

use crate::error::CliError;
use crate::output::{self, Format};

/// How many of a group are named to people.
const NAMED_MAX: usize = 3;

/// Lists what is set aside, by what is wrong with it.
pub(super) fn tell(inbox: &InboxView, format: Format) -> Result<(), CliError> {
    if format == Format::Json {
        return output::json(inbox);
    }
    if inbox.groups.is_empty() {
        output::line("everything could be imported")?;
    }
    for group in &inbox.groups {
        for line in to_lines(group) {
            output::line(&line)?;
        }
    }
    if inbox.next.is_some() {
        output::note(&format!("and more: the first {} were looked at", inbox.count));
    }
    Ok(())
}

fn to_lines(group: &GroupView) -> [String; 2] {
    let GroupView { code, count, reason, last_seen, accounts, ids, .. } = group;
    let accounts: Vec<&str> = accounts.iter().map(AccountId::as_str).collect();
    let named: Vec<&str> = ids.iter().map(String::as_str).take(NAMED_MAX).collect();
    let others = count.saturating_sub(u64::try_from(named.len()).unwrap_or(u64::MAX));
    let and_others = if others > 0 { format!(" and {others} more") } else { String::new() };
    [
        format!("{count} x {code}: {reason}"),
        format!(
            "    {}{and_others}; of {}, last at {last_seen}",
            named.join(", "),
            accounts.join(", ")
        ),
    ]
}
