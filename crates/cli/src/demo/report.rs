//! What the demo says at its end.

use core::fmt::Write as _;

use anyhow::Result;
use flyball_local::{Worked, Workers};
use flyball_runtime::Service;
use serde::Serialize;

use super::check::{Verdict, check};
use super::events::Stage;
use crate::cost::RunCost;

/// What a demo came to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) accounts: u64,
    pub(crate) records: u64,
    pub(crate) products: u64,
    pub(crate) orders: u64,
    pub(crate) resumed: u64,
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    pub(crate) differing: u64,
    pub(crate) set_aside: u64,
    pub(crate) over_limit: u64,
    pub(crate) calls_after_stop: u64,
    pub(crate) leases_held: u64,
    pub(crate) vendor_calls: u64,
    pub(crate) throttled: u64,
    pub(crate) dynamodb_calls: u64,
    pub(crate) seconds: f64,
    pub(crate) seed: u64,
    pub(crate) aws_cost_usd: RunCost,
    pub(crate) stores: Vec<Verdict>,
}

impl Report {
    pub(crate) async fn new(stage: &Stage, resumed: u64) -> Result<Self> {
        let meter = stage.system.meter.snapshot();
        let worked = stage.workers.lock().await.iter().map(Workers::worked).fold(
            Worked::default(),
            |all, crew| Worked {
                ms: all.ms.saturating_add(crew.ms),
                messages: all.messages.saturating_add(crew.messages),
            },
        );
        let cost = RunCost::of(&meter, stage.system.queue_calls.count(), worked);
        let now = stage.system.stores.governor.now();
        let mut stores = Vec::new();
        for shop in &stage.shops {
            stores.push(check(&stage.system, shop, now).await?);
        }
        let sum = |of: fn(&Verdict) -> u64| stores.iter().map(of).sum();
        Ok(Self {
            accounts: u64::try_from(stores.len()).unwrap_or(u64::MAX),
            records: sum(|store| store.products.saturating_add(store.orders)),
            products: sum(|store| store.products),
            orders: sum(|store| store.orders),
            resumed,
            lost: sum(|store| store.lost),
            duplicated: sum(|store| store.duplicated),
            differing: sum(|store| store.differing),
            set_aside: sum(|store| store.set_aside),
            over_limit: sum(|store| store.over_limit),
            calls_after_stop: sum(|store| store.calls_after_stop),
            leases_held: sum(|store| store.leases_held),
            vendor_calls: sum(|store| store.vendor_calls),
            throttled: sum(|store| store.throttled),
            dynamodb_calls: meter.total(Service::DynamoDb).calls,
            seconds: 0.0,
            seed: stage.script.lock().await.seed,
            aws_cost_usd: cost,
            stores,
        })
    }

    /// Whether nothing was lost, nothing is there twice, nothing differs and no bound was broken.
    pub(crate) fn is_good(&self) -> bool {
        self.stores.iter().all(Verdict::is_good)
    }

    /// The report for people.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a string can't fail.
        let _head = writeln!(
            text,
            "{:<18} {:<11} {:<10} {:>8} {:>6} {:>9} {:>9} {:>9} {:>7}  why",
            "account",
            "on",
            "plan",
            "products",
            "orders",
            "requests",
            "throttled",
            "at once",
            "down s"
        );
        for store in &self.stores {
            let _line = writeln!(
                text,
                "{:<18} {:<11} {:<10} {:>8} {:>6} {:>9} {:>9} {:>6}/{:<2} {:>7.1}  {}",
                store.account,
                store.integration,
                store.plan,
                store.products,
                store.orders,
                store.vendor_calls,
                store.throttled,
                store.most_at_once,
                store.limit,
                store.down_seconds,
                store.down_why.as_deref().unwrap_or("-")
            );
        }
        let cost = &self.aws_cost_usd;
        let _cost = writeln!(
            text,
            "\n{} records in {:.1} s, {} of them there before. On AWS this run would have cost \
             ${}: DynamoDB ${} ({} write units, {} read units), Lambda ${} ({} invocations, {} \
             GB-s), SQS ${} ({} calls).",
            self.records,
            self.seconds,
            self.resumed,
            cost.total,
            cost.dynamodb,
            cost.write_units.round_dp(0),
            cost.read_units.round_dp(0),
            cost.lambda,
            cost.invocations,
            cost.gb_seconds.round_dp(1),
            cost.sqs,
            cost.sqs_calls
        );
        if self.is_good() {
            text.push_str(
                "Checked against the stores: every record is there once, with equal content; no \
                 store saw more jobs at once than its limit, or a call after its stop.\n",
            );
        }
        for difference in self.stores.iter().flat_map(|store| &store.differences) {
            let _line = writeln!(text, "differs: {difference}");
        }
        text
    }
}
