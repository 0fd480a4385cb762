//! A record is followed back to the request that brought it, by what is stored and what is logged.

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_domain::{Integration, JobId, Mode};
use flyball_importer::Handled;
use flyball_tests::world::{Setup, World, brisk, logs};
use serde_json::Value;

#[tokio::test]
async fn a_record_leads_by_its_fence_to_its_run_its_calls_its_request_and_the_moment_that_was_due()
{
    let logs = logs();
    let world = World::open(brisk()).await;
    let shop = world.shop("blue-mug", Setup { products: 3, ..Setup::default() }).await;
    let job = shop.job(Mode::Incremental);
    assert_eq!(world.handle_now(Integration::Shopify, &job).await, Handled::Done);

    let client = world.system.engine.client(&world.system.meter).await;
    let of_products = AttributeValue::S("blue-mug#products".to_owned());
    let found = client
        .query()
        .table_name("flyball-records")
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", of_products)
        .send()
        .await
        .unwrap();
    let record = found.items().first().unwrap();
    let fence: u64 = record["fence"].as_n().unwrap().parse().unwrap();

    let lines = logs.lines_with("a run begins");
    let lines = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_run =
        |line: &Value| line["span"]["account"] == "blue-mug" && line["span"]["fence"] == fence;
    let runs: Vec<Value> = lines.filter(of_run).collect();
    let [run] = runs.as_slice() else { panic!("one run has the fence {fence}: {runs:?}") };
    assert_eq!(run["span"]["kind"], "products");
    assert_eq!(run["span"]["job"], "blue-mug/products/incremental");

    let request: JobId = run["span"]["request"].as_str().unwrap().parse().unwrap();
    assert_eq!(request, job.id);
    assert_eq!(request.asked_at(), job.id.asked_at());
    assert!(request.asked_at().is_some());
    assert!(!run["span"]["lease"].as_str().unwrap().is_empty());
    assert_eq!(shop.store.counters().untagged, 0, "each call bears its lease");
}

#[tokio::test]
async fn a_failure_stands_in_one_line_that_says_whose_what_why_and_until_when() {
    let logs = logs();
    let world = World::open(brisk()).await;
    let shop = world.shop("red-jug", Setup { products: 3, ..Setup::default() }).await;
    shop.dial(&["status=503"]);
    let job = shop.job(Mode::Incremental);
    assert_eq!(world.handle_now(Integration::Shopify, &job).await, Handled::Done);

    let of_account = |line: &&String| line.contains("red-jug") && line.contains("\"code\":");
    let told: Vec<String> = logs.lines_with("red-jug").iter().filter(of_account).cloned().collect();
    let [line] = told.as_slice() else { panic!("one line: {told:?}") };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["code"], "VENDOR_CALL_FAILED");
    assert_eq!(line["class"], "server_error");
    assert_eq!(line["status"], 503);
    assert_eq!(line["job"], "red-jug/products/incremental");
    assert_eq!(line["span"]["request"], job.id.to_string());
    assert!(line["until"].as_u64().is_some(), "{line}");
    assert!(line["request_id"].is_string(), "{line}");
    assert!(!line.to_string().contains(shop.store.credentials()), "no secret");
}
