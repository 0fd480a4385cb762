use core::fmt;

use flyball_governor::{Clock as _, Entropy as _, SystemClock, SystemEntropy};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::Traces;
use super::otlp::{Attribute, Finished};
use super::outbox::{Outbox, Way};
use super::request::Request;

/// Where a collector is, as [OpenTelemetry] has it: the part of its URL before `/v1/traces`.
///
/// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
const COLLECTOR: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Who sends, as Lambda has it.
const SERVICE: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// Whose spans are sent: what libraries do is none of a request's.
const OURS: &str = "flyball";

/// The span of whoever asks for an import.
const ROOT: &str = "request";

/// The field that names the request, and that of a failure's class.
const REQUEST: &str = "request";
const CLASS: &str = "class";

/// The longest text of a field that is sent, in characters.
const TEXT_CHARS_MAX: usize = 256;

/// The most codes of a span that are sent.
const CODES_MAX: usize = 8;

/// Sees spans begin and end.
#[derive(Debug)]
pub(crate) struct TraceLayer {
    outbox: Outbox,
    clock: SystemClock,
}

/// What sees the spans and what sends them, if the environment names a collector; otherwise why not,
/// if it should have. To be called on the runtime that the program lives on.
pub(crate) fn start(
    lookup: impl Fn(&str) -> Option<String>,
) -> (Option<TraceLayer>, Traces, Option<String>) {
    // Empty is as good as not set.
    let Some(url) = lookup(COLLECTOR).filter(|url| !url.is_empty()) else {
        return (None, Traces::default(), None);
    };
    let way = || {
        let collector = BaseUrl::parse(&url, Reach::Local).map_err(|error| error.to_string())?;
        let http = HttpClient::new(Settings { reach: Reach::Local }).map_err(|e| e.to_string())?;
        let service = lookup(SERVICE).unwrap_or_else(|| OURS.to_owned());
        Ok::<_, String>(Way { http, collector, service })
    };
    match way() {
        Ok(way) => {
            let outbox = Outbox::open(way);
            let layer = TraceLayer { outbox: outbox.clone(), clock: SystemClock::new() };
            (Some(layer), Traces { outbox: Some(outbox) }, None)
        }
        Err(why) => (None, Traces::default(), Some(format!("{COLLECTOR}: {why}"))),
    }
}

/// Reads fields.
#[derive(Default)]
struct Fields(Vec<(&'static str, Attribute)>);

impl Fields {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(of, value)| match value {
            Attribute::Text(text) if *of == name => Some(text.as_str()),
            Attribute::Text(_) | Attribute::Number(_) | Attribute::Flag(_) => None,
        })
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text = value.chars().take(TEXT_CHARS_MAX).collect();
        self.0.push((field.name(), Attribute::Text(text)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), Attribute::Flag(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), Attribute::Number(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        let number = i64::try_from(value).unwrap_or(i64::MAX);
        self.0.push((field.name(), Attribute::Number(number)));
    }
}

impl TraceLayer {
    fn now_ms(&self) -> u64 {
        self.clock.now().0
    }
}

/// An id that no span of the trace has. None is zero.
fn new_id() -> u64 {
    SystemEntropy.next_u64().max(1)
}

impl<S> Layer<S> for TraceLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        if !metadata.target().starts_with(OURS) {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let within = span.scope().skip(1).find_map(|above| {
            above.extensions().get::<Finished>().map(|above| (above.trace, above.id))
        });
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let (trace, id, parent) = match (fields.text(REQUEST).and_then(Request::of), within) {
            (Some(Request { trace, root }), _) if metadata.name() == ROOT => (trace, root, None),
            (Some(Request { trace, .. }), Some((same, parent))) if trace == same => {
                (trace, new_id(), Some(parent))
            }
            (Some(Request { trace, root }), _) => (trace, new_id(), Some(root)),
            (None, Some((trace, parent))) => (trace, new_id(), Some(parent)),
            (None, None) => return,
        };
        let began_ms = self.now_ms();
        span.extensions_mut().insert(Finished {
            trace,
            id,
            parent,
            name: metadata.name(),
            began_ms,
            ended_ms: began_ms,
            fields: fields.0,
            codes: Vec::new(),
            failed: None,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(open) = span.extensions_mut().get_mut::<Finished>() {
            // Who bears the class of a failure has failed.
            open.failed = fields.text(CLASS).map(str::to_owned).or(open.failed.take());
            open.fields.append(&mut fields.0);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(span) = context.event_span(event) else { return };
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Some(code) = fields.text("code") else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Finished>() {
            if *event.metadata().level() == Level::ERROR {
                open.failed.get_or_insert_with(|| code.to_owned());
            }
            if open.codes.len() < CODES_MAX {
                open.codes.push((code.to_owned(), self.now_ms()));
            }
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        if let Some(over) = span.extensions_mut().remove::<Finished>() {
            self.outbox.put(Finished { ended_ms: self.now_ms(), ..over });
        }
    }
}
