use core::error::Error;

/// Why a queue did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// No answer, a server's failure, or a call too many. Nothing is known of what became of the
    /// call: sent twice is better than not at all.
    #[error("the queue {queue} is not answering: try again")]
    Unavailable {
        /// The queue's name or address.
        queue: String,
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is no such queue.
    #[error("found no queue {queue}: create it, or correct the address")]
    Missing {
        /// The queue's name or address.
        queue: String,
    },
    /// The queue does not accept the call, however often it is repeated.
    #[error(
        "the queue {queue} refuses the call ({code}): check its policy and this program's role"
    )]
    Refused {
        /// The queue's name or address.
        queue: String,
        /// The service's word for why.
        code: String,
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl QueueError {
    /// Whether the same call may succeed later without anybody's help.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Missing { .. } | Self::Refused { .. } => false,
        }
    }
}
