use std::collections::BTreeMap;
use std::io::Write as _;

use serde_json::{Map, Value, json};

use super::{Dimension, Fold, Metric, NAMESPACE};

/// The most values of one metric in one line: what the embedded metric format allows.
pub const VALUES_MAX: usize = 100;

/// The values of some dimensions.
pub type Labels = BTreeMap<Dimension, String>;

/// What was measured since the last line, by the values of its dimensions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured(BTreeMap<Labels, BTreeMap<Metric, Vec<u64>>>);

impl Measured {
    /// Adds a value. Of a metric whose values each count for themselves, [`VALUES_MAX`] are kept.
    pub fn add(&mut self, metric: Metric, labels: &Labels, value: u64) {
        let named = metric.dimension_sets().iter().flat_map(|set| set.iter());
        let labels = named
            .filter_map(|dimension| Some((*dimension, labels.get(dimension)?.clone())))
            .collect();
        let values = self.0.entry(labels).or_default().entry(metric).or_default();
        let is_full = values.len() >= VALUES_MAX;
        match (metric.fold(), values.first_mut()) {
            (Fold::Sum, Some(sum)) => *sum = sum.saturating_add(value),
            (Fold::Largest, Some(largest)) => *largest = value.max(*largest),
            (Fold::Each, Some(_)) if is_full => {}
            (Fold::Each, _) | (_, None) => values.push(value),
        }
    }

    /// One line for each combination of dimensions' values, in the embedded metric format.
    #[must_use]
    pub fn lines(&self, now_ms: u64) -> Vec<String> {
        self.0.iter().map(|(labels, metrics)| line(labels, metrics, now_ms).to_string()).collect()
    }
}

fn line(labels: &Labels, metrics: &BTreeMap<Metric, Vec<u64>>, now_ms: u64) -> Value {
    let mut by_sets: BTreeMap<&[&[Dimension]], Vec<Metric>> = BTreeMap::new();
    for metric in metrics.keys() {
        by_sets.entry(metric.dimension_sets()).or_default().push(*metric);
    }
    let directive = |(sets, metrics): (&&[&[Dimension]], &Vec<Metric>)| {
        let names = |set: &&[Dimension]| {
            set.iter().map(|dimension| Value::from(dimension.as_str())).collect::<Value>()
        };
        let definition =
            |metric: &Metric| json!({"Name": metric.as_str(), "Unit": metric.unit().as_str()});
        json!({
            "Namespace": NAMESPACE,
            "Dimensions": sets.iter().map(names).collect::<Value>(),
            "Metrics": metrics.iter().map(definition).collect::<Value>(),
        })
    };
    let directives: Value = by_sets.iter().map(directive).collect();
    let mut root = Map::new();
    root.insert("_aws".to_owned(), json!({"Timestamp": now_ms, "CloudWatchMetrics": directives}));
    for (dimension, value) in labels {
        root.insert(dimension.as_str().to_owned(), Value::from(value.as_str()));
    }
    for (metric, values) in metrics {
        let value = match values.as_slice() {
            [one] => Value::from(*one),
            several => Value::from(several),
        };
        root.insert(metric.as_str().to_owned(), value);
    }
    Value::Object(root)
}

/// Writes what was measured to standard output, where `CloudWatch` finds it. Where that is closed
/// there is nobody to tell.
pub fn emit(measured: &Measured, now_ms: u64) {
    let mut text = measured.lines(now_ms).join("\n");
    if text.is_empty() {
        return;
    }
    text.push('\n');
    let mut out = std::io::stdout().lock();
    let _written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
