/// How many objects are asked for at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageSize {
    first: u32,
    max: u32,
}

/// Whether a page could be made smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shrunk {
    /// It could.
    Smaller,
    /// It is one object already.
    Smallest,
}

impl PageSize {
    pub(crate) const fn new(first: u32) -> Self {
        Self { first, max: first }
    }

    pub(crate) const fn first(self) -> u32 {
        self.first
    }

    /// Halves the page for good: it costs too much.
    pub(crate) fn too_costly(&mut self) -> Shrunk {
        let shrunk = self.unreadable();
        self.max = self.first;
        shrunk
    }

    /// Halves the page until one was read: something in it can't be.
    pub(crate) fn unreadable(&mut self) -> Shrunk {
        if self.first <= 1 {
            return Shrunk::Smallest;
        }
        self.first = self.first.div_euclid(2);
        Shrunk::Smaller
    }

    /// Lets the page grow again: one was read.
    pub(crate) fn readable(&mut self) {
        self.first = self.first.saturating_mul(2).min(self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_costs_too_much_stays_small() {
        let mut size = PageSize::new(50);
        assert_eq!(size.too_costly(), Shrunk::Smaller);
        size.readable();
        assert_eq!(size.first(), 25);
    }

    #[test]
    fn an_unreadable_page_shrinks_to_one_row_and_grows_again() {
        let mut size = PageSize::new(50);
        let mut firsts = Vec::new();
        while size.unreadable() == Shrunk::Smaller {
            firsts.push(size.first());
        }
        assert_eq!(firsts, [25, 12, 6, 3, 1]);
        for expected in [2, 4, 8, 16, 32, 50, 50] {
            size.readable();
            assert_eq!(size.first(), expected);
        }
    }
}
