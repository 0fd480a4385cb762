//! What an account's imports have used, by months. It lies in the checkpoints, which are written
//! anyway.

use std::collections::BTreeMap;

use flyball_domain::{AccountId, UnixMillis};
use serde::{Deserialize, Serialize};

use crate::Records;
use crate::attributes::Attributes;
use crate::checkpoint::body;
use crate::error::RecordsError;
use crate::key::checkpoints_partition;
use crate::table::Range;

/// What was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u64; 6]", into = "[u64; 6]")]
pub struct Spent {
    /// Runs that have saved a checkpoint or came to their end: about as many messages.
    pub runs: u64,
    /// Calls to the vendor's store.
    pub calls: u64,
    /// Rows that the vendor sent.
    pub records: u64,
    /// For how long the runs' messages were handled, in milliseconds.
    pub ms: u64,
    /// Read units of `DynamoDB`, in halves: the least that is billed.
    pub read_halves: u64,
    /// Write units of `DynamoDB`.
    pub writes: u64,
}

// As a list, because every byte of a checkpoint is written again and again.
impl From<[u64; 6]> for Spent {
    fn from([runs, calls, records, ms, read_halves, writes]: [u64; 6]) -> Self {
        Self { runs, calls, records, ms, read_halves, writes }
    }
}

impl From<Spent> for [u64; 6] {
    fn from(spent: Spent) -> Self {
        let Spent { runs, calls, records, ms, read_halves, writes } = spent;
        [runs, calls, records, ms, read_halves, writes]
    }
}

impl Spent {
    /// This and more.
    #[must_use]
    pub const fn and(self, more: Self) -> Self {
        Self {
            runs: self.runs.saturating_add(more.runs),
            calls: self.calls.saturating_add(more.calls),
            records: self.records.saturating_add(more.records),
            ms: self.ms.saturating_add(more.ms),
            read_halves: self.read_halves.saturating_add(more.read_halves),
            writes: self.writes.saturating_add(more.writes),
        }
    }
}

/// What was used in each month, in UTC: `2026-11`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Months(BTreeMap<String, Spent>);

impl Months {
    /// How many months a checkpoint keeps, the latest: a small checkpoint is to cost one write unit.
    pub const KEPT: usize = 3;

    /// The months with their sums, the earliest first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Spent)> {
        self.0.iter().map(|(month, spent)| (month.as_str(), *spent))
    }

    /// Whether nothing was used.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what was used, and forgets the earliest month where there is one too many.
    pub fn spend(&mut self, now: UnixMillis, more: Spent) {
        let text = now.to_rfc3339();
        self.add(text.get(..MONTH_BYTES).unwrap_or_default(), more);
        while self.0.len() > Self::KEPT {
            self.0.pop_first();
        }
    }

    fn add(&mut self, month: &str, more: Spent) {
        let spent = self.0.entry(month.to_owned()).or_default();
        *spent = spent.and(more);
    }
}

/// The bytes of `2026-11`.
const MONTH_BYTES: usize = 7;

impl Records {
    /// What an account's imports have used, of all kinds and modes together.
    ///
    /// # Errors
    /// The store's; a stored checkpoint that can't be used.
    pub async fn spent(&self, account: &AccountId) -> Result<Months, RecordsError> {
        let (mut all, mut start) = (Months::default(), None);
        loop {
            let page = Range {
                partition: checkpoints_partition(account),
                sort: None,
                projection: Some("#pk, #sk, #v, #body"),
                limit: None,
                start,
            };
            let found = self.table.query(page).await?;
            for item in &found.items {
                let Some(checkpoint) = body(Attributes::of(item)?)? else { continue };
                for (month, spent) in checkpoint.spent.iter() {
                    all.add(month, spent);
                }
            }
            start = found.last;
            if start.is_none() {
                return Ok(all);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOVEMBER: UnixMillis = UnixMillis(1_793_500_000_000);
    const MONTH_MS: u64 = 31 * 86_400_000;

    fn calls(calls: u64) -> Spent {
        Spent { calls, ..Spent::default() }
    }

    #[test]
    fn what_is_used_in_a_month_adds_up_and_old_months_are_forgotten() {
        let mut months = Months::default();
        for month in 0..5 {
            months.spend(NOVEMBER.plus(month * MONTH_MS), calls(1));
            months.spend(NOVEMBER.plus(month * MONTH_MS), calls(month));
        }
        let kept: Vec<(&str, u64)> =
            months.iter().map(|(month, spent)| (month, spent.calls)).collect();
        assert_eq!(kept, [("2027-01", 3), ("2027-02", 4), ("2027-03", 5)]);
    }

    #[test]
    fn three_busy_months_take_less_than_a_quarter_of_a_write_unit() {
        let mut months = Months::default();
        let busy = Spent {
            runs: 3_000,
            calls: 100_000,
            records: 10_000_000,
            ms: 500_000_000,
            read_halves: 10_000_000,
            writes: 10_000_000,
        };
        for month in 0..3 {
            months.spend(NOVEMBER.plus(month * MONTH_MS), busy);
        }
        let text = serde_json::to_string(&months).unwrap();
        assert!(text.len() < 256, "{} bytes: {text}", text.len());
        assert_eq!(serde_json::from_str::<Months>(&text).unwrap(), months);
    }
}
