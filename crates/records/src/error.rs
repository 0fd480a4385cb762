use crate::table::StoreError;

/// What an item holds can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// Written by newer code.
    #[error("found item {key} of version {found}, this code knows up to {known}: update it first")]
    Newer {
        /// The item's keys.
        key: String,
        /// Its version.
        found: u64,
        /// The newest version this code reads.
        known: u64,
    },
    /// Not as any version of this code writes it.
    #[error("item {key} is damaged: {what}")]
    Corrupt {
        /// The item's keys.
        key: String,
        /// What was found and what was expected.
        what: String,
    },
}

/// Why records could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored item can't be used.
    #[error(transparent)]
    Item(#[from] ItemError),
    /// A later admission of the same work has claimed its checkpoint: whoever bears `mine` is out,
    /// and must touch nothing any more.
    #[error(
        "found the checkpoint of {job} claimed by another than this run, which has {mine}: stop, it \
         was overtaken"
    )]
    FencedOff {
        /// The job's key.
        job: String,
        /// This run's fence.
        mine: u64,
    },
    /// Others kept changing the item in between. Harmless; the same page may be written again.
    #[error("item {key} was changed by others {attempts} times in a row: write the page again")]
    Contended {
        /// The item's keys.
        key: String,
        /// How often it was tried.
        attempts: usize,
    },
}

/// Why a checkpoint was not claimed, or not saved.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A later admission of the same work has claimed it: whoever bears `mine` is out, and must
    /// touch nothing any more.
    #[error(
        "found the checkpoint of {job} at fence {current}, this run has {mine}: stop, it was overtaken"
    )]
    FencedOff {
        /// The job's key.
        job: String,
        /// This run's fence.
        mine: u64,
        /// The fence of the run that overtook it.
        current: u64,
    },
    /// The stored checkpoint can't be used.
    #[error(transparent)]
    Item(#[from] ItemError),
    /// The store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}
