//! How many records are asked for at once.

use flyball_connector::Shrunk;

use crate::requests::LIMIT_MAX;

/// How many records the first page of a run asks for. A page may hold 250 products of 600 variants,
/// which is more than is accepted of one answer: so every run begins small and grows by what its
/// pages weigh, and a run after one that failed is small again. It costs one call per run.
pub const PAGE_ROWS_FIRST: u32 = 10;

/// The most records asked for at once: the most the vendor gives. Calls are all that counts, so the
/// largest page is the cheapest per record; the figures per record are in the crate's own words.
pub const PAGE_ROWS_MAX: u32 = LIMIT_MAX;

/// What a page should weigh at most, in bytes: an eighth of what is accepted of one answer, so that
/// records eight times as heavy as the last ones still fit.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// By how much a page shrinks that makes the server fail. The vendor asks for fewer objects and for
/// patience; halving would cost eight calls to a server in trouble before it is told of.
const SHRINK: u32 = 10;

/// How many records to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizing {
    rows: u32,
    rows_max: u32,
}

impl Sizing {
    pub(super) const fn new(rows: u32) -> Self {
        Self { rows, rows_max: PAGE_ROWS_MAX }
    }

    pub(super) const fn rows(self) -> u32 {
        self.rows
    }

    /// Asks for less from now on.
    pub(super) fn too_much(&mut self) -> Shrunk {
        let shrunk = self.failing();
        self.rows_max = self.rows;
        shrunk
    }

    /// Asks for less until a page was read.
    pub(super) fn failing(&mut self) -> Shrunk {
        if self.rows <= 1 {
            return Shrunk::Smallest;
        }
        self.rows = self.rows.div_euclid(SHRINK).max(1);
        Shrunk::Smaller
    }

    /// Learns what a page that was read weighs.
    pub(super) fn read(&mut self, rows: usize, bytes: usize) {
        let each = bytes.checked_div(rows).unwrap_or(0).max(1);
        let fit = u32::try_from(PAGE_BYTES.div_euclid(each)).unwrap_or(u32::MAX);
        self.rows = fit.clamp(1, self.rows_max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_grows_to_the_most_or_to_what_may_come_at_once() {
        let mut sizing = Sizing::new(PAGE_ROWS_FIRST);
        sizing.read(10, 30_000);
        assert_eq!(sizing.rows(), PAGE_ROWS_MAX);
        sizing.read(250, 250 * 100_000);
        assert_eq!(sizing.rows(), 41);
        sizing.read(1, usize::MAX);
        assert_eq!(sizing.rows(), 1);
        sizing.read(0, 2);
        assert_eq!(sizing.rows(), PAGE_ROWS_MAX);
    }

    #[test]
    fn a_failing_page_shrinks_in_few_steps_and_grows_again() {
        let mut sizing = Sizing::new(PAGE_ROWS_MAX);
        let mut rows = Vec::new();
        while sizing.failing() == Shrunk::Smaller {
            rows.push(sizing.rows());
        }
        assert_eq!(rows, [25, 2, 1]);
        sizing.read(1, 1_000);
        assert_eq!(sizing.rows(), PAGE_ROWS_MAX);
    }

    #[test]
    fn a_page_that_is_too_much_stays_small() {
        let mut sizing = Sizing::new(PAGE_ROWS_MAX);
        assert_eq!(sizing.too_much(), Shrunk::Smaller);
        sizing.read(1, 1_000);
        assert_eq!(sizing.rows(), 25);
    }
}
