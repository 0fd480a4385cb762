use core::fmt::Write as _;

use super::{Alarm, Compares, Dimension, Metric, NAMESPACE, Source};

/// `docs/METRICS.md`, printed from the lists.
#[must_use]
pub fn markdown() -> String {
    let mut page = format!(
        "# Metrics\n\n\
         Printed from `crates/runtime/src/metrics`; a test compares it.\n\
         All are in the namespace `{NAMESPACE}`, written as lines of the embedded metric format on standard output.\n\
         No metric has an account, a customer or a job among its dimensions.\n\
         `-` is the set without dimensions, which the alarms look at.\n\n\
         | metric | unit | dimensions | within a line | alarm | what it says |\n\
         |---|---|---|---|---|---|\n"
    );
    for metric in Metric::ALL {
        let sets: Vec<String> = metric.dimension_sets().iter().map(|set| set_text(set)).collect();
        let fold = format!("{:?}", metric.fold()).to_lowercase();
        // Writing to a string does not fail.
        let _written = writeln!(
            page,
            "| `{}` | {} | {} | {fold} | {} | {} |",
            metric.as_str(),
            metric.unit().as_str(),
            sets.join("; "),
            alarm_of(*metric),
            metric.help(),
        );
    }
    page.push_str(
        "\n## Alarms\n\n\
         Each names its page in its description: `docs/runbook/<CODE>.md`.\n\n\
         | code | looks at | rings | without a value |\n|---|---|---|---|\n",
    );
    for alarm in Alarm::ALL {
        let code = alarm.code();
        let _written = writeln!(
            page,
            "| [`{code}`](runbook/{code}.md) | {} | {} | {} |",
            source_text(alarm.source()),
            rings_text(*alarm),
            alarm.missing().as_str(),
        );
    }
    page
}

fn set_text(set: &[Dimension]) -> String {
    if set.is_empty() {
        return "-".to_owned();
    }
    let names: Vec<&str> = set.iter().map(|dimension| dimension.as_str()).collect();
    names.join(", ")
}

fn alarm_of(metric: Metric) -> String {
    let alarm = Alarm::ALL.iter().find(|alarm| alarm.source() == Source::Ours(metric));
    alarm.map_or_else(|| "-".to_owned(), |alarm| format!("`{}`", alarm.code()))
}

fn source_text(source: Source) -> String {
    match source {
        Source::Ours(metric) => format!("`{NAMESPACE}` `{}`", metric.as_str()),
        Source::Aws { namespace, metrics, each } => {
            format!("`{namespace}` `{}`, each {each}", metrics.join("`, `"))
        }
    }
}

fn rings_text(alarm: Alarm) -> String {
    let side = match alarm.compares() {
        Compares::AtLeast => "at least",
        Compares::Below => "below",
    };
    let (statistic, threshold) = (alarm.statistic().as_str(), alarm.threshold());
    let (periods, period_s) = (alarm.periods(), alarm.period_s());
    format!("{statistic} {side} {threshold} in {periods} × {period_s} s")
}
