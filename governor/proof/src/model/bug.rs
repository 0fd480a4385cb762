//! Seeded bugs: of a transition, by changing its value; of a program, where the program asks.

use flyball_governor_core::Lane;
use flyball_governor_core::transition::Transition;

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bug {
    /// None yet.
    None,
}

impl Bug {
    /// The transition with the bug in it.
    pub(crate) fn seeded(self, transition: Transition, _before: &Lane) -> Transition {
        transition
    }
}
