/// How many objects are asked for at once: halved where a page costs too much or can't be read, down
/// to the one object that can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize {
    first: u32,
    max: u32,
}

/// Whether a page could be made smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shrunk {
    /// It could.
    Smaller,
    /// It is one object already.
    Smallest,
}

impl PageSize {
    /// Pages of `first` objects.
    pub const fn new(first: u32) -> Self {
        Self { first, max: first }
    }

    /// How many to ask for now.
    pub const fn first(self) -> u32 {
        self.first
    }

    /// Halves the page for good: it costs too much.
    pub fn too_costly(&mut self) -> Shrunk {
        let shrunk = self.unreadable();
        self.max = self.first;
        shrunk
    }

    /// Halves the page until one was read: something in it can't be.
    pub fn unreadable(&mut self) -> Shrunk {
        if self.first <= 1 {
            return Shrunk::Smallest;
        }
        self.first = self.first.div_euclid(2);
        Shrunk::Smaller
    }

    /// Lets the page grow again: one was read.
    pub fn readable(&mut self) {
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
