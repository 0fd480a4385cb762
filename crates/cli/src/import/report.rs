use flyball_governor::Span;
use flyball_records::WriteSummary;
use serde_json::{Value, json};

/// What an import into a data folder came to.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) account: String,
    /// Rows seen by this import, earlier runs of it included.
    pub(super) records: u64,
    /// Of those, how many earlier runs had seen.
    pub(super) resumed: u64,
    /// What became of the rows that this run saw.
    pub(super) written: WriteSummary,
    pub(super) vendor_calls: u64,
    pub(super) throttled: u64,
    pub(super) down_ms: u64,
    pub(super) took_ms: u64,
    /// Every reason for which it waited, in their order.
    pub(super) waited: Vec<String>,
    /// Why it did not come to its end; `None` where it did.
    pub(super) unfinished: Option<String>,
}

impl Report {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "account": self.account,
            "finished": self.unfinished.is_none(),
            "why": self.unfinished,
            "records": self.records,
            "resumed": self.resumed,
            "written": self.written.written,
            "unchanged": self.written.unchanged,
            "older": self.written.older,
            "set_aside": self.written.set_aside,
            "vendor_calls": self.vendor_calls,
            "throttled": self.throttled,
            "seconds_down": self.down_ms / 1_000,
            "waited": self.waited,
            "seconds": self.took_ms / 1_000,
        })
    }

    pub(super) fn to_lines(&self) -> Vec<String> {
        let WriteSummary { written, unchanged, older, set_aside, .. } = self.written;
        let took = Span { ms: self.took_ms };
        let mut lines = vec![
            format!("account {}: {} records in {took}", self.account, self.records),
            format!(
                "  {written} written, {unchanged} unchanged, {older} older than what is stored, \
                 {set_aside} set aside"
            ),
            format!("  {} calls, {} of them throttled", self.vendor_calls, self.throttled),
        ];
        if self.resumed > 0 {
            lines.push(format!("  went on after {} records of an earlier run", self.resumed));
        }
        if self.down_ms > 0 {
            lines.push(format!("  the store was down for {}", Span { ms: self.down_ms }));
        }
        lines.extend(self.waited.iter().map(|why| format!("  waited: {why}")));
        lines
    }
}
