//! Spans on their way to a collector, where the feature `otel` is on and the environment names one:
//! each request to import is a trace, from whoever asked for it to the records that it brought.

#[cfg(feature = "otel")]
mod layer;
#[cfg(feature = "otel")]
mod otlp;
#[cfg(feature = "otel")]
mod outbox;
#[cfg(feature = "otel")]
mod request;

#[cfg(feature = "otel")]
pub(crate) use layer::start;

/// The spans of this process. Without the feature `otel`, or without a collector, there are none.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    #[cfg(feature = "otel")]
    outbox: Option<outbox::Outbox>,
}

impl Traces {
    /// Sends what is over, before Lambda freezes the process: within a second, or not at all.
    #[cfg_attr(
        not(feature = "otel"),
        expect(clippy::unused_async, reason = "there is no collector")
    )]
    pub async fn flush(&self) {
        #[cfg(feature = "otel")]
        if let Some(outbox) = &self.outbox {
            outbox.flush().await;
        }
    }
}
