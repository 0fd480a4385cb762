//! The deployed alarms against the list of those that there are.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails, fails its test"
)]

use std::collections::BTreeSet;

use flyball_runtime::metrics::{Alarm, Source};
use flyball_tests::template;
use serde_json::{Value, json};

/// The resources of a type, by name.
fn of_type(template: &Value, wanted: &str) -> Vec<(String, Value)> {
    let all = template["resources"]["Resources"].as_object().unwrap();
    let found = all.iter().filter(|(_, it)| it["Type"] == wanted);
    found.map(|(name, it)| (name.clone(), it["Properties"].clone())).collect()
}

fn deployed() -> Vec<Value> {
    let alarms = of_type(&template().unwrap(), "AWS::CloudWatch::Alarm");
    alarms.into_iter().map(|(_, properties)| properties).collect()
}

fn code_of(alarm: &Value) -> &str {
    let page = alarm["AlarmDescription"].as_str().unwrap();
    page.strip_prefix("docs/runbook/").and_then(|page| page.strip_suffix(".md")).unwrap()
}

#[test]
fn every_alarm_of_the_list_is_deployed_with_its_numbers_and_its_page() {
    for alarm in Alarm::ALL.iter().copied() {
        let deployed = deployed();
        let found: Vec<&Value> = deployed.iter().filter(|it| code_of(it) == alarm.code()).collect();
        assert!(!found.is_empty(), "{} is not deployed", alarm.code());
        for properties in found {
            let (namespace, metrics) = match alarm.source() {
                Source::Ours(metric) => ("Flyball", vec![metric.as_str()]),
                Source::Aws { namespace, metrics, .. } => (namespace, metrics.to_vec()),
            };
            assert_eq!(properties["Namespace"], namespace, "{properties}");
            assert!(metrics.iter().any(|it| properties["MetricName"] == *it), "{properties}");
            let statistic = properties.get("Statistic").or(properties.get("ExtendedStatistic"));
            assert_eq!(statistic, Some(&json!(alarm.statistic().as_str())), "{properties}");
            let expected = json!({
                "ComparisonOperator": alarm.compares().as_str(),
                "Threshold": alarm.threshold(),
                "EvaluationPeriods": alarm.periods(),
                "Period": alarm.period_s(),
                "TreatMissingData": alarm.missing().as_str(),
                "AlarmActions": [{ "Ref": "AlarmTopic" }],
                "OKActions": [{ "Ref": "AlarmTopic" }],
            });
            for (name, value) in expected.as_object().unwrap() {
                assert_eq!(&properties[name], value, "{name} of {properties}");
            }
        }
    }
}

#[test]
fn no_alarm_is_deployed_that_the_list_does_not_have() {
    for alarm in deployed() {
        assert!(Alarm::ALL.iter().any(|it| it.code() == code_of(&alarm)), "{alarm}");
    }
}

/// What the alarms of a code look at, each by its only dimension.
fn watched(code: &str) -> BTreeSet<String> {
    let all = deployed();
    let of_code = all.iter().filter(|alarm| code_of(alarm) == code);
    of_code.map(|alarm| alarm["Dimensions"][0]["Value"].to_string()).collect()
}

#[test]
fn every_queue_has_an_alarm_for_its_age_or_for_its_dead_letters() {
    let queues = of_type(&template().unwrap(), "AWS::SQS::Queue");
    let (old, dead) = (watched("QUEUE_OLD"), watched("DEAD_LETTERS"));
    for (name, properties) in &queues {
        let named = json!({ "Fn::GetAtt": [name, "QueueName"] }).to_string();
        let is_dead = properties.get("RedrivePolicy").is_none();
        assert!(if is_dead { dead.contains(&named) } else { old.contains(&named) }, "{name}");
    }
    assert_eq!(old.len() + dead.len(), queues.len());
}

#[test]
fn every_table_has_alarms_for_its_reads_and_its_writes() {
    let tables = of_type(&template().unwrap(), "AWS::DynamoDB::Table");
    for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
        let alarms = deployed();
        let of_metric = alarms.iter().filter(|alarm| alarm["MetricName"] == metric);
        let watched: BTreeSet<String> =
            of_metric.map(|it| it["Dimensions"][0]["Value"]["Ref"].to_string()).collect();
        let named: BTreeSet<String> =
            tables.iter().map(|(name, _)| json!(name).to_string()).collect();
        assert_eq!(watched, named, "{metric}");
    }
}

#[test]
fn every_function_has_its_alarms() {
    let template = template().unwrap();
    let functions = template["functions"].as_object().unwrap();
    let slow = watched("FUNCTION_SLOW");
    for code in ["FUNCTION_FAILS", "FUNCTION_THROTTLED"] {
        assert_eq!(watched(code).len(), functions.len(), "{code}");
    }
    // One with less time than the threshold is ended before it could ring.
    let limit_s = |function: &Value| {
        function.get("timeout").unwrap_or(&template["provider"]["timeout"]).as_u64().unwrap()
    };
    let threshold_s = u64::from(Alarm::FunctionSlow.threshold()) / 1_000;
    assert_eq!(slow.len(), functions.values().filter(|it| limit_s(it) > threshold_s).count());
}
