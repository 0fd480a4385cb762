//! Looking for the row that spoils a page.
//!
//! A store that answers 500 (or refuses) may be down, or may have one row that it can't show: nobody
//! can tell by one answer. So the rows behind where the walk stands are asked for one by one. One
//! that comes shows that the store is alive; those before it that did not come are asked for once
//! more, since they may have failed while it was not; and those that fail again are set aside.
//! Three failures in a row are reported, whatever they were; the next run goes on with the rows
//! after those.

use flyball_domain::VendorId;
use serde::{Deserialize, Serialize};

/// The most failures in a row before the store is taken to be down.
pub(super) const FAILURES_MAX: u32 = 3;
/// The most rows that are looked through for one that comes, over all runs, before the first of them
/// is asked for again.
const SEARCHED_MAX: u32 = 50;

/// How far the search is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trial {
    /// So many rows have not come, one by one.
    Searching { failed: u32 },
    /// The row at place `alive` (from 1) has come. Those before it are asked for once more; the one
    /// at place `at` is next.
    Confirming {
        alive: u32,
        at: u32,
        /// Whether it has failed again, and only its id is asked for.
        naming: bool,
        /// The ids, as far as they are known, of those that failed again.
        named: Vec<Option<VendorId>>,
    },
}

/// What became of a trial by a row that came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// Nothing to deliver yet.
    GoesOn(Trial),
    /// The row is to be delivered, after these, which can't be shown.
    Deliver { bad: Vec<Option<VendorId>>, then: Option<Trial> },
}

impl Trial {
    /// The start, by a page of so many rows that failed.
    pub(super) const fn begin(rows: u32) -> Self {
        Self::Searching { failed: if rows <= 1 { 1 } else { 0 } }
    }

    /// The place of the row that is asked for, from 1.
    pub(super) const fn row(&self) -> u32 {
        match self {
            Self::Searching { failed } => failed.saturating_add(1),
            Self::Confirming { at, .. } => *at,
        }
    }

    /// Whether only the row's id is asked for.
    pub(super) const fn is_naming(&self) -> bool {
        matches!(self, Self::Confirming { naming: true, .. })
    }

    /// Whether an earlier run has reported this already: then one failure more says enough.
    pub(super) const fn is_reported(&self) -> bool {
        matches!(self, Self::Searching { failed } if *failed >= FAILURES_MAX.saturating_sub(1))
    }

    /// Whether it counts more rows than it ever would.
    pub(super) fn is_beyond(&self) -> bool {
        let bound = SEARCHED_MAX.saturating_add(1);
        match self {
            Self::Searching { failed } => *failed > bound,
            Self::Confirming { alive, at, naming: _, named } => {
                *alive > bound
                    || *at > *alive
                    || *at == 0
                    || u32::try_from(named.len()).map_or(true, |count| count > bound)
            }
        }
    }

    /// The row did not come. `id` is known where it was asked for by that; `may_name` says whether
    /// asking for the id alone is another call.
    pub(super) fn failed(self, id: Option<VendorId>, may_name: bool) -> Self {
        match self {
            Self::Searching { failed } if failed >= SEARCHED_MAX => Self::Searching { failed: 0 },
            Self::Searching { failed } => Self::Searching { failed: failed.saturating_add(1) },
            // It came before: the store is down again.
            Self::Confirming { alive, at, .. } if at >= alive => Self::Searching { failed: 0 },
            Self::Confirming { alive, at, naming: false, named } if id.is_none() && may_name => {
                Self::Confirming { alive, at, naming: true, named }
            }
            Self::Confirming { alive, at, naming: _, named } => Self::next(alive, at, named, id),
        }
    }

    fn next(alive: u32, at: u32, mut named: Vec<Option<VendorId>>, id: Option<VendorId>) -> Self {
        named.push(id);
        Self::Confirming { alive, at: at.saturating_add(1), naming: false, named }
    }

    /// The row came, or there is none at its place; `id` is its id.
    pub(super) fn came(self, id: Option<VendorId>) -> Came {
        match self {
            Self::Searching { failed: 0 } => Came::Deliver { bad: Vec::new(), then: None },
            Self::Searching { failed } => {
                let alive = failed.saturating_add(1);
                let named = Vec::new();
                Came::GoesOn(Self::Confirming { alive, at: 1, naming: false, named })
            }
            Self::Confirming { alive, at, naming: true, named } => {
                Came::GoesOn(Self::next(alive, at, named, id))
            }
            Self::Confirming { alive, at, naming: false, named } => {
                let left = alive.saturating_sub(at);
                let then = (left > 0).then_some(Self::Confirming {
                    alive: left,
                    at: 1,
                    naming: false,
                    named: Vec::new(),
                });
                Came::Deliver { bad: named, then }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirming(alive: u32, at: u32) -> Trial {
        Trial::Confirming { alive, at, naming: false, named: vec![] }
    }

    #[test]
    fn a_first_row_that_comes_ends_the_search() {
        let trial = Trial::begin(100);
        assert_eq!(trial.row(), 1);
        assert_eq!(trial.came(None), Came::Deliver { bad: vec![], then: None });
    }

    #[test]
    fn rows_before_one_that_comes_are_asked_for_once_more_and_named() {
        let trial = Trial::begin(100).failed(None, true).failed(None, true);
        assert_eq!(trial.row(), 3);
        let Came::GoesOn(trial) = trial.came(None) else { panic!("delivered") };
        assert_eq!(trial, confirming(3, 1));
        // The first fails again and is named; the second was only met by an outage.
        let trial = trial.failed(None, true);
        assert!(trial.is_naming() && trial.row() == 1);
        let id: VendorId = "7".parse().unwrap();
        let Came::GoesOn(trial) = trial.came(Some(id.clone())) else { panic!("delivered") };
        assert_eq!(trial.row(), 2);
        assert_eq!(
            trial.came(None),
            Came::Deliver { bad: vec![Some(id)], then: Some(confirming(1, 1)) }
        );
    }

    #[test]
    fn a_row_that_came_and_fails_then_begins_the_search_anew() {
        assert_eq!(confirming(1, 1).failed(None, true), Trial::Searching { failed: 0 });
    }

    #[test]
    fn the_search_ends_somewhere() {
        let mut trial = Trial::begin(1);
        let mut furthest = 0;
        for _ in 0..200 {
            furthest = furthest.max(trial.row());
            assert!(!trial.is_beyond());
            trial = trial.failed(None, true);
        }
        assert_eq!(furthest, SEARCHED_MAX + 1);
    }

    #[test]
    fn counts_that_no_search_reaches_are_told() {
        assert!(confirming(60, 1).is_beyond());
        assert!(confirming(3, 4).is_beyond());
        assert!(confirming(3, 0).is_beyond());
        assert!(Trial::Searching { failed: 60 }.is_beyond());
    }
}
