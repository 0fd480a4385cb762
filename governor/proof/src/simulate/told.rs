//! A request to the tables, as the trace tells it.

use core::fmt;

use serde_json::Value;

/// The operation, and the item or partition that it is about.
#[derive(Clone, Debug)]
pub(super) struct Told {
    operation: String,
    pub(super) partition: String,
    sort: String,
    /// The first word of what it changes, where it changes something.
    change: String,
}

impl Told {
    pub(super) fn of(target: &str, body: &[u8]) -> Self {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let text = |path: &str| request.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let partition = text("/Key/pk/S").or_else(|| text("/Item/pk/S"));
        let sort = text("/Key/sk/S").or_else(|| text("/Item/sk/S"));
        let asked = || {
            let values = request.get("ExpressionAttributeValues")?.as_object()?;
            let mut found: Vec<String> = values
                .iter()
                .filter(|(name, _)| *name != ":now")
                .filter_map(|(_, value)| value.as_object()?.values().next().map(Value::to_string))
                .collect();
            found.sort();
            Some(found.join(" "))
        };
        let change = text("/UpdateExpression").unwrap_or_default();
        Self {
            partition: partition.or_else(asked).unwrap_or_default(),
            sort: sort.unwrap_or_default(),
            change,
            operation,
        }
    }

    /// The item's key.
    pub(super) fn item(&self) -> String {
        format!("{} {}", self.partition, self.sort)
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, partition, sort, change } = self;
        write!(f, "{operation} {partition} {sort}")?;
        if change.is_empty() { Ok(()) } else { write!(f, " {change}") }
    }
}
