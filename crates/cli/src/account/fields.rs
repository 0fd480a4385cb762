//! Which of a store's custom fields stand under which names, tried on real records first.

use core::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use flyball_accounts::{ACCOUNT_BYTES_MAX, Account};
use flyball_domain::{Field, Kind, Mapped, Mapping, Record, RecordBody, UnixMillis, VendorId};
use flyball_records::Records;
use serde_json::{Value, json};

use crate::access::{self, Site};
use crate::args::FieldsArgs;
use crate::error::CliError;
use crate::output::{self, Format};
use flyball_ops::find_account;

/// How many records a preview looks at that is not told.
const RECORDS_DEFAULT: u64 = 20;

/// How many records that do not fit are named for each rule.
const NAMED_MAX: usize = 3;

/// Shows, tries or sets an account's rules.
pub(super) async fn run(
    args: &FieldsArgs,
    site: &Site,
    format: Format,
) -> Result<ExitCode, CliError> {
    let given = args.rules.as_deref().map(read_rules).transpose()?;
    let access = access::reach_site(site).await?;
    let accounts = &access.stores.accounts;
    let mut account = find_account(accounts, &args.account).await?;
    if args.preview {
        let mapping = given.unwrap_or_else(|| account.policy.mapping.clone());
        preview(&access.stores.records, &account, &mapping, args, format).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(mapping) = given else {
        let mapping = &account.policy.mapping;
        match format {
            Format::Json => output::json(mapping)?,
            Format::Text => output::line(&serde_json::to_string_pretty(mapping)?)?,
        }
        return Ok(ExitCode::SUCCESS);
    };
    let rules = mapping.rules().len();
    account.policy.mapping = mapping;
    accounts.put(&account).await?;
    match format {
        Format::Json => output::json(&json!({ "account": account.id, "rules": rules }))?,
        Format::Text => {
            output::line(&format!("account {} has {rules} rules", account.id))?;
            output::note("records that are imported from now on have their values under `mapped`");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read_rules(path: &Path) -> Result<Mapping, CliError> {
    let name = path.display();
    let failed = |error: io::Error| {
        CliError::new(format!("the rules in {name} can't be read ({error}): name a file of JSON"))
    };
    let most = u64::try_from(ACCOUNT_BYTES_MAX).unwrap_or(u64::MAX);
    let mut text = String::new();
    let mut take = |from: &mut dyn io::Read| from.take(most).read_to_string(&mut text);
    if path.as_os_str() == "-" {
        take(&mut io::stdin().lock()).map_err(failed)?;
    } else {
        take(&mut File::open(path).map_err(failed)?).map_err(failed)?;
    }
    serde_json::from_str(&text).map_err(|error| {
        CliError::new(format!("found no rules in {name}: {error}")).with_hint(
            r#"such as {"rules":[{"kind":"products","name":"fabric","from":"custom:specs/material","type":"text"}]}"#,
        )
    })
}

/// What the rules make of the records that changed last.
async fn preview(
    records: &Records,
    account: &Account,
    mapping: &Mapping,
    args: &FieldsArgs,
    format: Format,
) -> Result<(), CliError> {
    let most = usize::try_from(args.records.unwrap_or(RECORDS_DEFAULT)).unwrap_or(usize::MAX);
    let mut tried = Tried::default();
    let mut stdout = output::stdout();
    for kind in Kind::ALL.iter().filter(|kind| args.kind.is_none_or(|only| only == **kind)) {
        for (_, id) in newest(records, account, *kind, most).await? {
            let Some(mut record) = records.get(&account.id, *kind, &id).await? else { continue };
            forget(&mut record);
            mapping.apply(&mut record);
            let Some(mapped) = mapped(&record) else { continue };
            tried.count(*kind, &id, mapped);
            let line = match format {
                Format::Json => to_json(*kind, &id, mapped).to_string(),
                Format::Text => to_line(*kind, &id, mapped),
            };
            writeln!(stdout, "{line}").map_err(|error| CliError::of_stdout(&error))?;
        }
    }
    stdout.flush().map_err(|error| CliError::of_stdout(&error))?;
    if format == Format::Text {
        for line in tried.to_lines() {
            output::note(&line);
        }
    }
    Ok(())
}

/// The ids of the records that changed last, the newest first.
async fn newest(
    records: &Records,
    account: &Account,
    kind: Kind,
    most: usize,
) -> Result<Vec<(UnixMillis, VendorId)>, CliError> {
    let mut kept = BinaryHeap::new();
    let mut after = None;
    loop {
        let (heads, next) = records.heads_between(&account.id, kind, after.as_ref(), None).await?;
        for head in heads.into_iter().filter(|head| head.gone.is_none()) {
            kept.push(Reverse((head.version, head.id)));
            if kept.len() > most {
                kept.pop();
            }
        }
        if next.is_none() {
            break;
        }
        after = next;
    }
    Ok(kept.into_sorted_vec().into_iter().map(|Reverse(one)| one).collect())
}

/// Takes away what other rules have made of it.
fn forget(record: &mut Record) {
    match &mut record.body {
        RecordBody::Product(product) => product.mapped = Field::Absent,
        RecordBody::Order(order) => order.mapped = Field::Absent,
    }
}

fn mapped(record: &Record) -> Option<&Mapped> {
    match &record.body {
        RecordBody::Product(product) => product.mapped.value(),
        RecordBody::Order(order) => order.mapped.value(),
    }
}

fn to_json(kind: Kind, id: &VendorId, mapped: &Mapped) -> Value {
    json!({ "kind": kind, "id": id, "values": mapped.values, "unfit": mapped.unfit })
}

fn to_line(kind: Kind, id: &VendorId, mapped: &Mapped) -> String {
    let values = Value::Object(mapped.values.clone());
    let head = format!("{kind} {id}: {values}");
    let unfit = mapped.unfit.iter().map(ToString::to_string);
    core::iter::once(head).chain(unfit).collect::<Vec<_>>().join("; ")
}

/// What came of a preview.
#[derive(Debug, Default)]
struct Tried {
    records: BTreeMap<Kind, u64>,
    /// How many do not fit, by kind and name, and some of them.
    unfit: BTreeMap<(Kind, String), (u64, Vec<String>)>,
}

impl Tried {
    fn count(&mut self, kind: Kind, id: &VendorId, mapped: &Mapped) {
        let records = self.records.entry(kind).or_default();
        *records = records.saturating_add(1);
        for unfit in &mapped.unfit {
            let (count, named) = self.unfit.entry((kind, unfit.name.clone())).or_default();
            *count = count.saturating_add(1);
            if named.len() < NAMED_MAX {
                named.push(id.to_string());
            }
        }
    }

    fn to_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.records.is_empty() {
            lines.push("no rule applies to a record that was imported".to_owned());
        }
        lines.extend(self.records.iter().map(|(kind, count)| format!("{count} {kind} tried")));
        lines.extend(self.unfit.iter().map(|((kind, name), (count, named))| {
            format!("{name} does not fit {count} {kind}, such as {}", named.join(", "))
        }));
        lines
    }
}
