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

#[cfg(test)]
mod tests {
    use super::*;

    /// The most metrics of one directive, and the most dimensions of one set, that the format
    /// allows: the embedded metric format specification of the Amazon `CloudWatch` user guide.
    const METRICS_MAX: usize = 100;
    const DIMENSIONS_MAX: usize = 30;

    fn everything() -> Measured {
        let mut measured = Measured::default();
        let labels =
            [Dimension::Integration, Dimension::Kind, Dimension::Class, Dimension::Function]
                .map(|dimension| (dimension, format!("some-{}", dimension.as_str())));
        for metric in Metric::ALL {
            for value in 1..=150 {
                measured.add(*metric, &labels.clone().into(), value);
            }
        }
        measured
    }

    /// What the format's schema asks of a line.
    fn assert_is_emf(line: &str) {
        let root: Value = serde_json::from_str(line).unwrap();
        assert!(!line.contains('\n'), "{line}");
        assert!(root["_aws"]["Timestamp"].is_u64(), "{line}");
        let directives = root["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        assert!(!directives.is_empty(), "{line}");
        for directive in directives {
            assert_eq!(directive["Namespace"], NAMESPACE);
            let sets = directive["Dimensions"].as_array().unwrap();
            assert!(!sets.is_empty(), "{line}");
            for set in sets {
                let set = set.as_array().unwrap();
                assert!(set.len() <= DIMENSIONS_MAX, "{line}");
                for dimension in set {
                    let value = root[dimension.as_str().unwrap()].as_str().unwrap();
                    assert!((1..=1024).contains(&value.len()) && value.is_ascii(), "{line}");
                }
            }
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!((1..=METRICS_MAX).contains(&metrics.len()), "{line}");
            for metric in metrics {
                let unit = metric["Unit"].as_str().unwrap();
                assert!(["Count", "Milliseconds"].contains(&unit), "{line}");
                let value = &root[metric["Name"].as_str().unwrap()];
                let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                assert!((1..=VALUES_MAX).contains(&values.len()), "{line}");
                assert!(values.iter().all(Value::is_number), "{line}");
            }
        }
    }

    #[test]
    fn every_metric_is_in_some_line_and_every_line_is_of_the_format() {
        let lines = everything().lines(1_790_000_000_000);
        for line in &lines {
            assert_is_emf(line);
        }
        let all = lines.join("\n");
        for metric in Metric::ALL {
            assert!(all.contains(&format!("\"{}\":", metric.as_str())), "{metric:?}");
        }
    }

    #[test]
    fn counts_are_added_up_the_worst_stands_out_and_times_stand_each_for_itself() {
        let all = everything().lines(1).join("\n");
        assert!(all.contains("\"JobsFinished\":11325"), "{all}");
        assert!(all.contains("\"GroupsDown\":150"), "{all}");
        assert!(all.contains("\"DueToDone\":[1,2,3,"), "{all}");
        assert!(all.contains(",99,100]"), "{all}");
    }

    #[test]
    fn what_an_alarm_looks_at_is_kept_without_dimensions_as_well() {
        let mut measured = Measured::default();
        let labels = Labels::from([
            (Dimension::Integration, "shopify".to_owned()),
            (Dimension::Kind, "orders".to_owned()),
        ]);
        measured.add(Metric::JobsSetAside, &labels, 1);
        let lines = measured.lines(1).join("\n");
        assert!(lines.contains(r#""Dimensions":[["Integration","Kind"],[]]"#), "{lines}");
    }

    #[test]
    fn where_nothing_was_measured_nothing_is_written() {
        assert_eq!(Measured::default().lines(1), Vec::<String>::new());
    }
}
