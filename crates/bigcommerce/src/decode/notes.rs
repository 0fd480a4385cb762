use std::fmt::Write as _;

use flyball_connector::Unused;

/// What was there and could not be used, and where the reading is now.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    path: Vec<(&'static str, Option<usize>)>,
    unused: Vec<Unused>,
}

impl Notes {
    /// Reads something that lies further in.
    pub(crate) fn within<T>(
        &mut self,
        at: &'static str,
        index: Option<usize>,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.path.push((at, index));
        let result = read(self);
        self.path.pop();
        result
    }

    /// Notes something that can't be used.
    pub(super) fn note(&mut self, name: &str, what: String) {
        let mut at = String::new();
        for (segment, index) in &self.path {
            at.push_str(segment);
            if let Some(index) = index {
                _ = write!(at, "[{index}]");
            }
            at.push('.');
        }
        at.push_str(name);
        self.unused.push(Unused { at, what });
    }

    /// What could not be used.
    pub(crate) fn into_unused(self) -> Vec<Unused> {
        self.unused
    }
}
