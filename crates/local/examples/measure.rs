use aws_sdk_dynamodb::types::*;
use flyball_local::Engine;
use flyball_runtime::Meter;
use std::time::Instant;
#[tokio::main(worker_threads = 2)]
async fn main() {
    let dir = tempfile::tempdir().unwrap();
    for kind in ["memory", "file"] {
        let engine = if kind == "memory" {
            Engine::memory().await.unwrap()
        } else {
            Engine::file(&dir.path().join("d.sqlite")).await.unwrap()
        };
        let t = Instant::now();
        let client = engine.client(&Meter::default()).await;
        eprintln!("client {:?}", t.elapsed());
        let t = Instant::now();
        client
            .create_table()
            .table_name("flyball-test-x")
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(
                AttributeDefinition::builder()
                    .attribute_name("pk")
                    .attribute_type(ScalarAttributeType::S)
                    .build()
                    .unwrap(),
            )
            .key_schema(
                KeySchemaElement::builder()
                    .attribute_name("pk")
                    .key_type(KeyType::Hash)
                    .build()
                    .unwrap(),
            )
            .send()
            .await
            .unwrap();
        eprintln!("first call {:?}", t.elapsed());
        for conns in [1usize, 16, 64] {
            let each = if conns == 1 { 1000 } else { 4000 / conns };
            let t = Instant::now();
            let tasks: Vec<_> = (0..conns)
                .map(|c| {
                    let client = client.clone();
                    tokio::spawn(async move {
                        let mut worst = std::time::Duration::ZERO;
                        for _ in 0..each {
                            let t = Instant::now();
                            client
                                .update_item()
                                .table_name("flyball-test-x")
                                .key("pk", AttributeValue::S(format!("lane{c}")))
                                .update_expression("ADD fence :one")
                                .expression_attribute_values(":one", AttributeValue::N("1".into()))
                                .return_values(ReturnValue::AllNew)
                                .send()
                                .await
                                .unwrap();
                            worst = worst.max(t.elapsed());
                        }
                        worst
                    })
                })
                .collect();
            let mut worst = std::time::Duration::ZERO;
            // the longest time that a timer on the same runtime was late
            let lag = tokio::spawn(async {
                let mut w = std::time::Duration::ZERO;
                loop {
                    let t = Instant::now();
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                    w = w.max(t.elapsed());
                    if w.as_millis() > 100000 {
                        break;
                    };
                    LAG.fetch_max(w.as_micros() as u64, std::sync::atomic::Ordering::Relaxed);
                }
            });
            for task in tasks {
                worst = worst.max(task.await.unwrap());
            }
            lag.abort();
            eprintln!(
                "{kind} {conns}: {:.0}/s worst {worst:?} timer {}us",
                (each * conns) as f64 / t.elapsed().as_secs_f64(),
                LAG.swap(0, std::sync::atomic::Ordering::Relaxed)
            );
        }
    }
}
static LAG: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
