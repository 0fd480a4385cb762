//! What a batch leaves for `CloudWatch` to read.

use flyball_domain::Mode;
use serde_json::Value;

use crate::deployment;

#[tokio::test]
async fn a_batch_leaves_its_metrics_and_none_of_them_says_whose_they_are() {
    let mut deployment = deployment().await;
    let shop = deployment.shop("blue-mug").await;
    let delivery = deployment.deliver_job(&shop.job(Mode::Incremental)).await;
    assert_eq!(deployment.failures_of(&[&delivery]).await, [""; 0]);

    let log = deployment.log();
    let lines = log.lines().filter(|line| line.contains("CloudWatchMetrics"));
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |metric: &str| lines.iter().find_map(|line| line.get(metric)?.as_u64());
    assert_eq!(of("JobsFinished"), Some(1), "{lines:?}");
    assert_eq!(of("MessagesAgain"), Some(0));
    for counted in ["RecordsImported", "VendorCalls", "DynamoDbCalls"] {
        assert!(of(counted).is_some_and(|count| count > 0), "{counted} in {lines:?}");
    }
    for line in &lines {
        assert!(!line.to_string().contains("blue-mug"), "{line}");
    }
}
