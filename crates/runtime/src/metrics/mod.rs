//! What is measured, as one closed list, and its way to `CloudWatch`: a line of JSON on standard
//! output in the embedded metric format, for which nobody is called and nothing waits.
//!
//! No metric has an account, a customer or a job among its dimensions: each combination is billed,
//! and each account's figures lie in its own items.

mod alarm;
mod measured;
mod page;

pub use alarm::{Alarm, Compares, Missing, Source, Statistic};
pub use measured::{Labels, Measured, VALUES_MAX, emit};
pub use page::markdown;

/// The `CloudWatch` namespace of all metrics.
pub const NAMESPACE: &str = "Flyball";

/// What one value of a metric is counted in, in `CloudWatch`'s words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Things.
    Count,
    /// Milliseconds.
    Milliseconds,
}

impl Unit {
    /// As `CloudWatch` calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
        }
    }
}

/// By what a metric is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// The vendor platform: three values.
    Integration,
    /// What is imported: two values.
    Kind,
    /// What happened to a vendor call, `flyball_connector::Class::as_str`: some twenty values.
    Class,
    /// The Lambda function, without the stage: some eight values.
    Function,
}

impl Dimension {
    /// Its name in `CloudWatch`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integration => "Integration",
            Self::Kind => "Kind",
            Self::Class => "Class",
            Self::Function => "Function",
        }
    }
}

/// How values of one metric within one line become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// They are added up.
    Sum,
    /// Each counts for itself, so that there are percentiles.
    Each,
    /// The largest counts.
    Largest,
}

/// One list: name and dimensions, unit, fold, what it says.
macro_rules! metrics {
    ($($name:ident($sets:ident, $unit:ident, $fold:ident): $help:literal)+) => {
        /// Everything that is measured.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Metric {
            $(#[doc = $help] $name,)+
        }

        impl Metric {
            /// Every metric, in the order of `docs/METRICS.md`.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name in `CloudWatch`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// What one value of it says.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)+ }
            }

            /// What its values are counted in.
            pub const fn unit(self) -> Unit {
                match self { $(Self::$name => Unit::$unit,)+ }
            }

            /// How values of one line become one.
            pub const fn fold(self) -> Fold {
                match self { $(Self::$name => Fold::$fold,)+ }
            }

            /// By which sets of dimensions it is kept. An alarm looks at the set without any, for
            /// which `CloudWatch` would add nothing up by itself.
            pub const fn dimension_sets(self) -> &'static [&'static [Dimension]] {
                match self { $(Self::$name => $sets,)+ }
            }
        }
    };
}

const IMPORT: &[&[Dimension]] = &[&[Dimension::Integration, Dimension::Kind]];
const IMPORT_AND_ALL: &[&[Dimension]] = &[&[Dimension::Integration, Dimension::Kind], &[]];
const CLASS: &[&[Dimension]] = &[&[Dimension::Integration, Dimension::Class]];
const FUNCTION: &[&[Dimension]] = &[&[Dimension::Function]];
const ALL: &[&[Dimension]] = &[&[]];

metrics! {
    JobsFinished(IMPORT, Count, Sum): "Jobs that came to their end."
    JobsParked(IMPORT, Count, Sum): "Times a job was put into its account's lot, or left there, to wait."
    JobsSetAside(IMPORT_AND_ALL, Count, Sum): "Jobs that can't succeed as they are, kept with their exact input."
    MessagesAgain(IMPORT, Count, Sum): "Messages left for another delivery, because something of ours did not answer, a run was overtaken, or the invocation had no time left."
    DueToDone(IMPORT, Milliseconds, Each): "From the moment a job was asked for (by its schedule: due) to its end, waiting included."
    OverdueBy(IMPORT_AND_ALL, Milliseconds, Each): "For how long what is stored of an account's kind is overdue, told when an import of its changes begins or has to wait once more: since it was last whole, or since the account was connected, beyond the interval at which it is imported. Not told where a person's stop holds it."
    RecordsImported(IMPORT, Count, Sum): "Records written because they were new or changed."
    RecordsUnchanged(IMPORT, Count, Sum): "Records that were stored already with equal content, and cost no write."
    RecordsSetAside(IMPORT, Count, Sum): "Rows that could not be made a record, kept with their exact text."
    VendorCalls(IMPORT, Count, Sum): "Calls begun to vendors' stores."
    VendorCallsFailed(CLASS, Count, Sum): "Calls to vendors' stores that failed, by what happened; `throttled` and `ours` are classes too."
    DynamoDbCalls(FUNCTION, Count, Sum): "Calls to DynamoDB, each with its retries."
    DynamoDbReadUnits(FUNCTION, Count, Sum): "Read units that DynamoDB reported, rounded up for each line."
    DynamoDbWriteUnits(FUNCTION, Count, Sum): "Write units that DynamoDB reported, rounded up for each line. Those of conditions that were not met are billed and not reported."
    TickerPasses(ALL, Count, Sum): "Passes of the ticker that were made: its heartbeat."
    TickerPassesLate(ALL, Count, Sum): "Passes that took longer than the second that each has."
    TickerFailures(ALL, Count, Sum): "Lanes, groups and chores that a pass could not deal with; they are tried again."
    LanesDue(ALL, Count, Sum): "Lanes that somebody had to look at."
    MessagesSent(ALL, Count, Sum): "Messages that the ticker sent for lanes that were due."
    ImportsScheduled(ALL, Count, Sum): "Imports asked for because their schedule says so."
    ImportsMissed(ALL, Count, Sum): "Times at which an import should have been asked for and was not, because no ticker ran. It is made up for once."
    LotsForgotten(ALL, Count, Sum): "Lots with rows that nobody would have come for, found by the hourly sweep."
    GroupsDown(ALL, Count, Largest): "Integrations that are held to be down as a whole: breakers that are open."
    SwitchesOverdue(ALL, Count, Largest): "Wide switches still on the board though their end, their ramp and five minutes have passed: what they held may not all have been let go."
    OldestParked(ALL, Milliseconds, Largest): "How long the job that waits longest has waited, of the lots that were read."
}
