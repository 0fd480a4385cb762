use flyball_domain::Kind;
use flyball_governor::Span;
use flyball_records::WriteSummary;
use serde_json::{Map, Value, json};

/// What an import into a data folder came to.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) account: String,
    pub(super) kinds: Vec<OfKind>,
    pub(super) vendor_calls: u64,
    pub(super) throttled: u64,
    pub(super) down_ms: u64,
    pub(super) took_ms: u64,
    /// Every reason for which it waited, in their order.
    pub(super) waited: Vec<String>,
    /// Why it did not come to its end; `None` where it did.
    pub(super) unfinished: Option<String>,
}

/// What became of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfKind {
    pub(super) kind: Kind,
    /// Rows seen by this import, earlier runs of it included.
    pub(super) records: u64,
    /// Of those, how many earlier runs had seen.
    pub(super) resumed: u64,
    /// What became of the rows that this run saw.
    pub(super) written: WriteSummary,
}

impl OfKind {
    fn to_json(self) -> Value {
        json!({
            "records": self.records,
            "resumed": self.resumed,
            "written": self.written.written,
            "unchanged": self.written.unchanged,
            "older": self.written.older,
            "set_aside": self.written.set_aside,
        })
    }
}

impl Report {
    /// Everything together, and each kind by itself.
    pub(super) fn to_json(&self) -> Value {
        let of_kind = |of: &OfKind| (of.kind.to_string(), of.to_json());
        let kinds: Map<String, Value> = self.kinds.iter().map(of_kind).collect();
        let sum = |of: fn(&OfKind) -> u64| self.kinds.iter().map(of).sum::<u64>();
        json!({
            "account": self.account,
            "finished": self.unfinished.is_none(),
            "why": self.unfinished,
            "records": sum(|of| of.records),
            "resumed": sum(|of| of.resumed),
            "written": sum(|of| of.written.written),
            "unchanged": sum(|of| of.written.unchanged),
            "older": sum(|of| of.written.older),
            "set_aside": sum(|of| of.written.set_aside),
            "kinds": kinds,
            "vendor_calls": self.vendor_calls,
            "throttled": self.throttled,
            "seconds_down": self.down_ms / 1_000,
            "waited": self.waited,
            "seconds": self.took_ms / 1_000,
        })
    }

    pub(super) fn to_lines(&self) -> Vec<String> {
        let took = Span { ms: self.took_ms };
        let records: u64 = self.kinds.iter().map(|of| of.records).sum();
        let mut lines = vec![format!("account {}: {records} records in {took}", self.account)];
        for OfKind { kind, records, resumed, written: of } in &self.kinds {
            let WriteSummary { written, unchanged, older, set_aside, .. } = of;
            lines.push(format!(
                "  {records} {kind}: {written} written, {unchanged} unchanged, {older} older than \
                 what is stored, {set_aside} set aside"
            ));
            if *resumed > 0 {
                lines.push(format!("  went on after {resumed} {kind} of an earlier run"));
            }
        }
        lines.push(format!("  {} calls, {} of them throttled", self.vendor_calls, self.throttled));
        if self.down_ms > 0 {
            lines.push(format!("  the store was down for {}", Span { ms: self.down_ms }));
        }
        lines.extend(self.waited.iter().map(|why| format!("  waited: {why}")));
        lines
    }
}
