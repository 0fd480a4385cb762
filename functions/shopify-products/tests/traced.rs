//! A request is one trace, from the ticker that asks for it to the records that the function's real
//! program brings.

#![expect(clippy::panic, reason = "a helper that fails, fails its test")]

use flyball_domain::{Integration, Kind, Message, Mode};
use flyball_runtime::function_logs;
use flyball_tests::deployment::{Arrived, Collector, Deployment};
use tokio::net::TcpListener;

const PROGRAM: &str = env!("CARGO_BIN_EXE_shopify-products");

async fn deployment(collector: &str) -> Deployment {
    Deployment::traced(PROGRAM, Integration::Shopify, Kind::Products, collector).await
}

/// Those of this name, each with the span that it hangs from.
fn named<'a>(all: &'a [Arrived], name: &str) -> Vec<(&'a Arrived, Option<&'a Arrived>)> {
    let above = |it: &Arrived| {
        let parent = it.text("parentSpanId")?;
        let above = all.iter().find(|other| other.text("spanId") == Some(parent));
        Some(above.unwrap_or_else(|| panic!("nothing to hang {it:?} from")))
    };
    let named = all.iter().filter(|it| it.text("name") == Some(name));
    named.map(|it| (it, above(it))).collect()
}

#[tokio::test]
async fn a_request_is_one_trace_from_the_tickers_message_to_the_vendors_calls_and_the_records() {
    let collector = Collector::start().await;
    let url = collector.url.clone();
    let traces = function_logs(|variable| match variable {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(url.clone()),
        "AWS_LAMBDA_FUNCTION_NAME" => Some("ticker".to_owned()),
        _ => None,
    });
    let traces = traces.unwrap();
    let mut deployment = deployment(&collector.url).await;
    let shop = deployment.shop("blue-mug").await;
    let message = deployment.scheduled(&shop).await;
    traces.flush().await;
    let Message::Import(job) = Message::parse(&message.body).unwrap() else {
        panic!("{}", message.body)
    };
    assert_eq!(deployment.failures_of(&[&message]).await, [""; 0]);
    // Without waiting: whatever is not sent by then is frozen with the function.
    let arrived = collector.arrived();
    deployment.assert_imported(&shop).await;

    let request = job.id.to_string();
    let of_it = |it: &&Arrived| it.attribute("request") == Some(&request);
    let trace: Vec<Arrived> = arrived.iter().filter(of_it).cloned().collect();
    let seconds = format!("{:08x}", job.id.asked_at().unwrap().0 / 1_000);
    for span in &trace {
        assert_eq!(span.text("traceId"), trace[0].text("traceId"), "{span:?}");
        assert!(span.text("traceId").unwrap().starts_with(&seconds), "{span:?}");
        assert_eq!(span.attribute("account"), Some("blue-mug"), "{span:?}");
    }
    let [(asked, None)] = named(&trace, "request")[..] else { panic!("{trace:?}") };
    assert_eq!(asked.service, "ticker");
    let [(import, Some(above))] = named(&trace, "import")[..] else { panic!("{trace:?}") };
    assert_eq!((import.service.as_str(), above.text("name")), (Some("flyball"), Some("request")));
    let [(_, Some(above))] = named(&trace, "run")[..] else { panic!("{trace:?}") };
    assert_eq!(above.text("name"), Some("import"));
    for name in ["call", "store"] {
        let spans = named(&trace, name);
        assert!(!spans.is_empty(), "no {name} in {trace:?}");
        let under_run = |above: Option<&Arrived>| above.unwrap().text("name") == Some("run");
        assert!(spans.iter().all(|(_, above)| under_run(*above)), "{spans:?}");
    }
}

#[tokio::test]
async fn a_call_that_fails_is_told_with_what_the_store_answered() {
    let collector = Collector::start().await;
    let mut deployment = deployment(&collector.url).await;
    let shop = deployment.shop("blue-mug").await;
    shop.dial(&["status=503"]);
    let delivery = deployment.deliver_job(&shop.job(Mode::Incremental)).await;
    assert_eq!(deployment.failures_of(&[&delivery]).await, [""; 0]);
    let arrived = collector.arrived();
    let call = arrived.iter().find(|it| it.text("name") == Some("call")).unwrap();
    assert_eq!(call.span["status"]["code"], 2, "{call:?}");
    assert_eq!(call.attribute("class"), call.span["status"]["message"].as_str(), "{call:?}");
    let run = arrived.iter().find(|it| it.text("name") == Some("run")).unwrap();
    assert_eq!(run.span["events"][0]["name"], "VENDOR_CALL_FAILED", "{run:?}");
}

#[tokio::test]
async fn a_collector_that_never_answers_harms_nothing_and_is_told_of_once() {
    // Connections are accepted for it, and then nobody reads.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut deployment = deployment(&url).await;
    let shop = deployment.shop("blue-mug").await;
    for _ in 0..2 {
        let delivery = deployment.deliver_job(&shop.job(Mode::Incremental)).await;
        assert_eq!(deployment.failures_of(&[&delivery]).await, [""; 0]);
    }
    deployment.assert_imported(&shop).await;
    let log = deployment.log();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("TRACES_NOT_SENT")).collect();
    assert_eq!(told.len(), 1, "{log}");
}

#[tokio::test]
async fn an_address_that_is_none_is_told_of_and_nothing_is_sent() {
    let mut deployment = deployment("localhost:4318").await;
    let shop = deployment.shop("blue-mug").await;
    let delivery = deployment.deliver_job(&shop.job(Mode::Incremental)).await;
    assert_eq!(deployment.failures_of(&[&delivery]).await, [""; 0]);
    let log = deployment.log();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("TRACES_NOT_SENT")).collect();
    let [line] = told[..] else { panic!("{log}") };
    assert!(line.contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{line}");
}
