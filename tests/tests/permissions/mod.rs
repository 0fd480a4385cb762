//! The roles of the deployment template against the calls that the code makes: functions made as the
//! deployed ones are do everything that they may have to do, and what their clients ask of AWS
//! meanwhile is compared with what their roles allow.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that fails, fails its test"
)]

mod asks;
mod grants;
mod importing;
mod kms;
mod operating;
mod stage;
mod ticking;

use std::collections::{BTreeMap, BTreeSet};

use flyball_domain::{Integration, Kind};
use flyball_local::{ACCOUNTS_TABLE, GOVERNOR_TABLE, RECORDS_TABLE};
use flyball_queue::QueueName;
use flyball_tests::template;
use serde_json::Value;

use asks::Ask;
use grants::{Grant, statements_of};
use stage::Stage;

/// Calls that only open a connection: any answer will do, and the refusal of a role that does not
/// allow them is one.
const CONNECTING: [&str; 2] = ["dynamodb:ListTables", "sqs:ListQueues"];

/// What Lambda itself does in a function's name: its event source receives, and its logs are written.
const BY_LAMBDA: [&str; 4] =
    ["sqs:ReceiveMessage", "sqs:GetQueueAttributes", "logs:CreateLogStream", "logs:PutLogEvents"];

/// What each function asked for, by the function's name; resources have their names in the template.
type Asked = BTreeMap<String, BTreeSet<Ask>>;

/// The name in the template of what has this name in the world.
fn named(template: &Value, name: &str) -> String {
    let tables = [
        (GOVERNOR_TABLE, "GovernorTable"),
        (RECORDS_TABLE, "RecordsTable"),
        (ACCOUNTS_TABLE, "AccountsTable"),
    ];
    if let Some((table, logical)) = tables.iter().find(|(table, _)| name.starts_with(table)) {
        return name.replacen(table, logical, 1);
    }
    for integration in Integration::ALL {
        for kind in Kind::ALL {
            if name == QueueName::of(*integration, *kind).to_string() {
                let function = &template["functions"][format!("{integration}-{kind}")];
                let queue = &function["environment"]["FLYBALL_QUEUE_URL"]["Ref"];
                return queue.as_str().unwrap().to_owned();
            }
        }
    }
    name.to_owned()
}

fn keep(asked: &mut Asked, template: &Value, function: &str, asks: BTreeSet<Ask>) {
    let asks = asks.into_iter().map(|ask| Ask { resource: named(template, &ask.resource), ..ask });
    asked.entry(function.to_owned()).or_default().extend(asks);
}

/// What is asked for and no statement allows.
fn not_allowed(template: &Value, asked: &Asked) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (function, asks) in asked {
        let statements = statements_of(template, function);
        let open = asks.iter().filter(|ask| {
            !CONNECTING.contains(&&*ask.action) && !statements.iter().any(|it| it.allows(ask))
        });
        found.extend(open.map(|ask| format!("{function}: {ask:?}")));
    }
    found
}

/// What is allowed and nobody asked for. What several functions share is of use if one of them needs
/// it.
fn not_needed(template: &Value, asked: &Asked) -> BTreeSet<String> {
    let mut granted: BTreeMap<Grant, String> = BTreeMap::new();
    for function in asked.keys() {
        for statement in statements_of(template, function) {
            let sid = &statement.sid;
            granted.extend(statement.grants().into_iter().map(|it| (it, sid.clone())));
        }
    }
    let needed = |grant: &Grant| {
        BY_LAMBDA.contains(&&*grant.action)
            || asked.values().flatten().any(|ask| grant.was_needed_for(ask))
    };
    let idle = granted.iter().filter(|(grant, _)| !needed(grant));
    idle.map(|(grant, sid)| format!("{sid}: {grant:?}")).collect()
}

async fn importers(template: &Value) -> Asked {
    let stage = Stage::open().await;
    let mut asked = Asked::new();
    for integration in Integration::ALL {
        for kind in Kind::ALL {
            let function = stage.importing(*integration, *kind).await;
            importing::plainly(&function).await;
            importing::parked(&stage, &function).await;
            if (*integration, *kind) == (Integration::Magento, Kind::Products) {
                importing::poisoned(&function).await;
            }
            if (*integration, *kind) == (Integration::Shopify, Kind::Products) {
                importing::gone(&function).await;
                importing::slow(&function).await;
                importing::rejected(&stage, &function).await;
                importing::merged(&stage, &function).await;
                importing::down(&stage, &function).await;
                importing::limited(&stage, &function).await;
                importing::suspecting(&stage, &function).await;
            }
            keep(&mut asked, template, &function.name(), function.asked());
        }
    }
    asked
}

async fn ticker(template: &Value) -> Asked {
    let stage = Stage::open().await;
    let ticking = stage.ticking().await;
    ticking::scheduled(&stage).await;
    // In the first pass of an hour everything is swept.
    ticking::parked(&stage, &ticking).await;
    ticking::duty(&ticking).await;
    ticking::let_go(&stage, &ticking).await;
    ticking::failing(&stage, &ticking).await;
    let mut asked = Asked::new();
    keep(&mut asked, template, "ticker", ticking.asked());
    asked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn importers_may_do_what_they_do_and_nothing_else() {
    let template = template().unwrap();
    let asked = importers(&template).await;
    assert_eq!(not_allowed(&template, &asked), BTreeSet::new());
    assert_eq!(not_needed(&template, &asked), BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ops_api_may_do_what_it_does_and_nothing_else() {
    let template = template().unwrap();
    let stage = Stage::open().await;
    let operating = stage.operating().await;
    operating::looking(&stage, &operating).await;
    operating::switching(&stage, &operating).await;
    operating::asking(&stage, &operating).await;
    operating::remembering(&operating).await;
    let mut asked = Asked::new();
    keep(&mut asked, &template, "ops-api", operating.asked());
    assert_eq!(not_allowed(&template, &asked), BTreeSet::new());
    assert_eq!(not_needed(&template, &asked), BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ticker_may_do_what_it_does_and_nothing_else() {
    let template = template().unwrap();
    let asked = ticker(&template).await;
    assert_eq!(not_allowed(&template, &asked), BTreeSet::new());
    assert_eq!(not_needed(&template, &asked), BTreeSet::new());
}
