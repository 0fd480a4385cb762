use std::collections::BTreeMap;
use std::sync::Arc;

use flyball_domain::{Integration, Kind};

use crate::{Queue, QueueName};

/// The queue of each integration and kind.
#[derive(Clone, Debug, Default)]
pub struct Queues(BTreeMap<(Integration, Kind), Arc<dyn Queue>>);

/// There is no queue for such jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found no queue for {integration} {kind}: configure one")]
pub struct NoQueue {
    /// The integration asked for.
    pub integration: Integration,
    /// The kind asked for.
    pub kind: Kind,
}

impl Queues {
    /// A queue for every integration and kind there is, each by its name.
    pub fn of_all(mut queue: impl FnMut(QueueName) -> Arc<dyn Queue>) -> Self {
        let mut queues = Self::default();
        for integration in Integration::ALL {
            for kind in Kind::ALL {
                let named = queue(QueueName::of(*integration, *kind));
                queues = queues.with(*integration, *kind, named);
            }
        }
        queues
    }

    /// These queues and one more; it takes the place of an earlier one for the same jobs.
    #[must_use]
    pub fn with(mut self, integration: Integration, kind: Kind, queue: Arc<dyn Queue>) -> Self {
        self.0.insert((integration, kind), queue);
        self
    }

    /// The queue for an integration's jobs of one kind.
    ///
    /// # Errors
    /// No such queue was configured.
    pub fn get(&self, integration: Integration, kind: Kind) -> Result<&Arc<dyn Queue>, NoQueue> {
        self.0.get(&(integration, kind)).ok_or(NoQueue { integration, kind })
    }

    /// Every queue, with the jobs it is for.
    pub fn iter(&self) -> impl Iterator<Item = (Integration, Kind, &Arc<dyn Queue>)> {
        self.0.iter().map(|(&(integration, kind), queue)| (integration, kind, queue))
    }
}
