use serde_json::{Value, json};

/// A span that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finished {
    pub(super) trace: u128,
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) name: &'static str,
    pub(super) began_ms: u64,
    pub(super) ended_ms: u64,
    pub(super) fields: Vec<(&'static str, Attribute)>,
    /// The codes that were logged within it, and when.
    pub(super) codes: Vec<(String, u64)>,
    /// Why it failed, if it did.
    pub(super) failed: Option<String>,
}

/// What a field of a span holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Text(String),
    Number(i64),
    Flag(bool),
}

/// Spans as a collector takes them: OTLP in JSON
/// (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>).
pub(super) fn body(service: &str, spans: &[Finished]) -> Vec<u8> {
    let spans: Vec<Value> = spans.iter().map(span).collect();
    let service = attribute("service.name", &Attribute::Text(service.to_owned()));
    json!({"resourceSpans": [{
        "resource": {"attributes": [service]},
        "scopeSpans": [{"scope": {"name": "flyball"}, "spans": spans}],
    }]})
    .to_string()
    .into_bytes()
}

fn span(span: &Finished) -> Value {
    let fields = span.fields.iter().map(|(name, value)| attribute(name, value));
    let event =
        |(code, at_ms): &(String, u64)| json!({"name": code, "timeUnixNano": nanos(*at_ms)});
    let mut json = json!({
        "traceId": format!("{:032x}", span.trace),
        "spanId": format!("{:016x}", span.id),
        "name": span.name,
        "kind": kind_of(span.name),
        "startTimeUnixNano": nanos(span.began_ms),
        "endTimeUnixNano": nanos(span.ended_ms),
        "attributes": fields.collect::<Vec<_>>(),
        "events": span.codes.iter().map(event).collect::<Vec<_>>(),
    });
    if let Some(json) = json.as_object_mut() {
        if let Some(parent) = span.parent {
            json.insert("parentSpanId".to_owned(), format!("{parent:016x}").into());
        }
        if let Some(why) = &span.failed {
            json.insert("status".to_owned(), json!({"code": STATUS_ERROR, "message": why}));
        }
    }
    json
}

const STATUS_ERROR: u8 = 2;

/// A span's kind, by its name: who waits for whom.
fn kind_of(name: &str) -> u8 {
    const INTERNAL: u8 = 1;
    const CLIENT: u8 = 3;
    const PRODUCER: u8 = 4;
    const CONSUMER: u8 = 5;
    match name {
        "request" => PRODUCER,
        "import" => CONSUMER,
        "call" => CLIENT,
        _ => INTERNAL,
    }
}

/// Whole numbers of 64 bits are texts in this encoding.
fn attribute(name: &str, value: &Attribute) -> Value {
    let value = match value {
        Attribute::Text(text) => json!({"stringValue": text}),
        Attribute::Number(number) => json!({"intValue": number.to_string()}),
        Attribute::Flag(flag) => json!({"boolValue": flag}),
    };
    json!({"key": name, "value": value})
}

fn nanos(ms: u64) -> String {
    u128::from(ms).saturating_mul(1_000_000).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_as_the_protocol_has_it() {
        let call = Finished {
            trace: 0x6ab1_2345 << 96,
            id: 0xb,
            parent: Some(0xa),
            name: "call",
            began_ms: 5,
            ended_ms: 7,
            fields: vec![("n", Attribute::Number(-1)), ("account", Attribute::Text("é".into()))],
            codes: vec![("VENDOR_CALL_FAILED".to_owned(), 6)],
            failed: Some("throttled".to_owned()),
        };
        let root = Finished { parent: None, failed: None, name: "request", ..call.clone() };
        let written: Value = serde_json::from_slice(&body("ticker", &[call, root])).unwrap();
        let resource = &written["resourceSpans"][0];
        assert_eq!(
            resource["resource"]["attributes"][0],
            json!({"key": "service.name", "value": {"stringValue": "ticker"}})
        );
        let spans = &resource["scopeSpans"][0]["spans"];
        assert_eq!(
            spans[0],
            json!({
                "traceId": "6ab12345000000000000000000000000",
                "spanId": "000000000000000b",
                "parentSpanId": "000000000000000a",
                "name": "call",
                "kind": 3,
                "startTimeUnixNano": "5000000",
                "endTimeUnixNano": "7000000",
                "attributes": [
                    {"key": "n", "value": {"intValue": "-1"}},
                    {"key": "account", "value": {"stringValue": "é"}},
                ],
                "events": [{"name": "VENDOR_CALL_FAILED", "timeUnixNano": "6000000"}],
                "status": {"code": 2, "message": "throttled"},
            })
        );
        assert_eq!(spans[1]["kind"], 4);
        assert_eq!((spans[1].get("parentSpanId"), spans[1].get("status")), (None, None));
    }
}
