//! What can go wrong in a simulated world, and how often.

/// A kind of trouble. Which of them a seed has, and how much, its weather says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// A process dies at an await, and another takes its place.
    Crash,
    /// The table refuses a request: throttled, in conflict, or failing.
    TableRefuses,
    /// The table does what is asked, and its reply is lost.
    TableReplyLost,
    /// The table does what is asked long after its asker gave up.
    TableLate,
    /// The table is slow.
    TableSlow,
    /// A queue can't be reached.
    QueueRefuses,
    /// A queue does what is asked, and its reply is lost.
    QueueReplyLost,
    /// A queue is slow.
    QueueSlow,
    /// A queue delivers a message a second time while the first is being handled.
    Duplicate,
    /// A queue delivers in another order than it was sent in.
    Reorder,
    /// A vendor's single answer fails.
    VendorFails,
    /// A vendor is down, slow, throttling, lying, or refuses the account for a while.
    VendorMood,
    /// A vendor of every account is down.
    Platform,
    /// A vendor's row is not a record.
    BadRow,
    /// A vendor's records change.
    VendorChanges,
    /// A vendor's records are deleted.
    VendorDeletes,
    /// A vendor's budget is used up, by its own word.
    Paced,
    /// A lane that fails for long stops itself, until a person lets it go.
    DeadMan,
    /// A person sets or lifts a switch.
    Switch,
    /// A person changes an account's limit.
    Limit,
    /// Every worker is replaced in mid-job, as at a deploy.
    Deploy,
}

impl Trouble {
    /// Every kind there is.
    pub(super) const ALL: [Self; 21] = [
        Self::Crash,
        Self::TableRefuses,
        Self::TableReplyLost,
        Self::TableLate,
        Self::TableSlow,
        Self::QueueRefuses,
        Self::QueueReplyLost,
        Self::QueueSlow,
        Self::Duplicate,
        Self::Reorder,
        Self::VendorFails,
        Self::VendorMood,
        Self::Platform,
        Self::BadRow,
        Self::VendorChanges,
        Self::VendorDeletes,
        Self::Paced,
        Self::DeadMan,
        Self::Switch,
        Self::Limit,
        Self::Deploy,
    ];

    /// What it is called in reports.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::TableRefuses => "table_refuses",
            Self::TableReplyLost => "table_reply_lost",
            Self::TableLate => "table_late",
            Self::TableSlow => "table_slow",
            Self::QueueRefuses => "queue_refuses",
            Self::QueueReplyLost => "queue_reply_lost",
            Self::QueueSlow => "queue_slow",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::VendorFails => "vendor_fails",
            Self::VendorMood => "vendor_mood",
            Self::Platform => "platform_down",
            Self::BadRow => "bad_row",
            Self::VendorChanges => "vendor_changes",
            Self::VendorDeletes => "vendor_deletes",
            Self::Paced => "paced",
            Self::DeadMan => "dead_man",
            Self::Switch => "switch",
            Self::Limit => "limit_change",
            Self::Deploy => "deploy",
        }
    }

    /// Once in how many chances it comes where the weather is bad.
    pub(super) const fn one_in(self) -> u64 {
        match self {
            // At the beginning of each process; at each move of the hand that makes them.
            Self::Crash | Self::VendorChanges => 2,
            Self::Reorder => 3,
            // Where there is a dead man's switch, it is there from the beginning.
            Self::DeadMan => 1,
            Self::QueueSlow
            | Self::VendorMood
            | Self::VendorDeletes
            | Self::Switch
            | Self::Limit => 4,
            Self::Duplicate | Self::VendorFails | Self::Paced => 10,
            Self::Platform | Self::Deploy => 12,
            Self::BadRow => 15,
            Self::QueueRefuses | Self::QueueReplyLost => 25,
            Self::TableSlow => 50,
            Self::TableRefuses | Self::TableReplyLost => 60,
            Self::TableLate => 200,
        }
    }
}
