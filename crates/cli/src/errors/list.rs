use std::collections::BTreeMap;

use flyball_domain::{AccountId, UnixMillis};
use flyball_local::Stores;
use flyball_records::{Aside, AsideGroup, groups};
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use crate::error::CliError;
use crate::output::{self, Format};

/// The most that is looked at.
const ENTRIES_MAX: usize = 10_000;

/// How many of a group are named to people, and to machines.
const NAMED_MAX: usize = 3;
const NAMED_TO_MACHINES_MAX: usize = 1_000;

/// Lists what is set aside, by what is wrong with it.
pub(super) async fn run(
    stores: &Stores,
    accounts: &[AccountId],
    format: Format,
) -> Result<(), CliError> {
    let first = stores.records.asides_of(accounts).take(ENTRIES_MAX.saturating_add(1));
    let mut asides: Vec<Aside> = first.try_collect().await?;
    let more = asides.len() > ENTRIES_MAX;
    asides.truncate(ENTRIES_MAX);
    let groups = groups(&asides);
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for aside in &asides {
        names.entry(&aside.fingerprint).or_default().push(aside.name.as_str());
    }
    let of =
        |group: &AsideGroup| names.get(group.fingerprint.as_str()).cloned().unwrap_or_default();
    if format == Format::Json {
        let groups: Vec<Value> = groups.iter().map(|group| to_json(group, &of(group))).collect();
        return output::json(&json!({ "groups": groups, "count": asides.len(), "more": more }));
    }
    if groups.is_empty() {
        output::line("everything could be imported")?;
    }
    for group in &groups {
        for line in to_lines(group, &of(group)) {
            output::line(&line)?;
        }
    }
    if more {
        output::note(&format!("and more: the first {ENTRIES_MAX} were looked at"));
    }
    Ok(())
}

fn to_lines(group: &AsideGroup, names: &[&str]) -> [String; 2] {
    let AsideGroup { code, count, reason, last_seen, accounts, .. } = group;
    let accounts: Vec<&str> = accounts.iter().map(AccountId::as_str).collect();
    let named: Vec<&str> = names.iter().copied().take(NAMED_MAX).collect();
    let others = names.len().saturating_sub(NAMED_MAX);
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

fn to_json(group: &AsideGroup, names: &[&str]) -> Value {
    json!({
        "fingerprint": group.fingerprint,
        "code": group.code.as_str(),
        "count": group.count,
        "reason": group.reason,
        "first_seen": UnixMillis::to_rfc3339(group.first_seen),
        "last_seen": UnixMillis::to_rfc3339(group.last_seen),
        "accounts": group.accounts,
        "ids": names.iter().take(NAMED_TO_MACHINES_MAX).collect::<Vec<_>>(),
    })
}
