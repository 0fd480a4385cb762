use super::Metric;

/// What an alarm looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A metric of ours, in the set without dimensions.
    Ours(Metric),
    /// Metrics that AWS keeps by itself.
    Aws {
        /// Their namespace.
        namespace: &'static str,
        /// Their names; each has an alarm of its own.
        metrics: &'static [&'static str],
        /// For each of what there is one alarm.
        each: &'static str,
    },
}

/// How the values of a period become one, in `CloudWatch`'s words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// They are added up.
    Sum,
    /// The largest.
    Maximum,
    /// The value that 99 of 100 stay below.
    P99,
}

impl Statistic {
    /// As `CloudWatch` calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "Sum",
            Self::Maximum => "Maximum",
            Self::P99 => "p99",
        }
    }
}

/// On which side of its threshold an alarm rings, in `CloudWatch`'s words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compares {
    /// At the threshold and above.
    AtLeast,
    /// Below it.
    Below,
}

impl Compares {
    /// As `CloudWatch` calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtLeast => "GreaterThanOrEqualToThreshold",
            Self::Below => "LessThanThreshold",
        }
    }
}

/// What a period without a value means, in `CloudWatch`'s words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// All is well.
    NotBreaching,
    /// It is what the alarm is for.
    Breaching,
}

impl Missing {
    /// As `CloudWatch` calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotBreaching => "notBreaching",
            Self::Breaching => "breaching",
        }
    }
}

/// One list: alarm and code; source; statistic, comparison and threshold; how many periods of how
/// many seconds; what a missing value means.
macro_rules! alarms {
    ($($name:ident $code:literal: $source:expr,
       $statistic:ident $compares:ident $threshold:literal, $periods:literal x $period_s:literal s,
       $missing:ident;)+) => {
        /// Everything that wakes somebody. Each has a page, `docs/runbook/<CODE>.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Alarm {
            $(#[doc = concat!("`", $code, "`")] $name,)+
        }

        impl Alarm {
            /// Every alarm, in the order of `docs/METRICS.md`.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// What its page, and where there is one its log line, is called.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What it looks at.
            pub const fn source(self) -> Source {
                match self { $(Self::$name => $source,)+ }
            }

            /// How the values of a period become one.
            pub const fn statistic(self) -> Statistic {
                match self { $(Self::$name => Statistic::$statistic,)+ }
            }

            /// On which side of the threshold it rings.
            pub const fn compares(self) -> Compares {
                match self { $(Self::$name => Compares::$compares,)+ }
            }

            /// Its threshold, in the metric's unit.
            pub const fn threshold(self) -> u32 {
                match self { $(Self::$name => $threshold,)+ }
            }

            /// The number of periods in a row that it takes.
            pub const fn periods(self) -> u32 {
                match self { $(Self::$name => $periods,)+ }
            }

            /// The length of a period, in seconds.
            pub const fn period_s(self) -> u32 {
                match self { $(Self::$name => $period_s,)+ }
            }

            /// What a period without a value means.
            pub const fn missing(self) -> Missing {
                match self { $(Self::$name => Missing::$missing,)+ }
            }
        }
    };
}

const fn sqs(metrics: &'static [&'static str], each: &'static str) -> Source {
    Source::Aws { namespace: "AWS/SQS", metrics, each }
}

const fn lambda(metrics: &'static [&'static str]) -> Source {
    Source::Aws { namespace: "AWS/Lambda", metrics, each: "function" }
}

const fn api(metrics: &'static [&'static str]) -> Source {
    Source::Aws { namespace: "AWS/ApiGateway", metrics, each: "API" }
}

const TABLE: Source = Source::Aws {
    namespace: "AWS/DynamoDB",
    metrics: &["ReadThrottleEvents", "WriteThrottleEvents"],
    each: "table",
};

alarms! {
    HeartbeatMissing "HEARTBEAT_MISSING": Source::Ours(Metric::TickerPasses),
        Sum Below 1, 3 x 60 s, Breaching;
    TickerLate "TICKER_LATE": Source::Ours(Metric::TickerPassesLate),
        Sum AtLeast 30, 5 x 60 s, NotBreaching;
    TickerFails "TICKER_FAILS": Source::Ours(Metric::TickerFailures),
        Sum AtLeast 1, 5 x 60 s, NotBreaching;
    GroupDown "GROUP_DOWN": Source::Ours(Metric::GroupsDown),
        Maximum AtLeast 1, 1 x 60 s, NotBreaching;
    SwitchOverdue "SWITCH_OVERDUE": Source::Ours(Metric::SwitchesOverdue),
        Maximum AtLeast 1, 3 x 60 s, NotBreaching;
    JobSetAside "JOB_SET_ASIDE": Source::Ours(Metric::JobsSetAside),
        Sum AtLeast 1, 1 x 300 s, NotBreaching;
    RecordsOverdue "RECORDS_OVERDUE": Source::Ours(Metric::OverdueBy),
        P99 AtLeast 3_600_000, 3 x 300 s, NotBreaching;
    DeadLetters "DEAD_LETTERS": sqs(&["ApproximateNumberOfMessagesVisible"], "dead-letter queue"),
        Maximum AtLeast 1, 1 x 60 s, NotBreaching;
    QueueOld "QUEUE_OLD": sqs(&["ApproximateAgeOfOldestMessage"], "queue"),
        Maximum AtLeast 3600, 3 x 60 s, NotBreaching;
    FunctionFails "FUNCTION_FAILS": lambda(&["Errors"]),
        Sum AtLeast 3, 1 x 300 s, NotBreaching;
    FunctionThrottled "FUNCTION_THROTTLED": lambda(&["Throttles"]),
        Sum AtLeast 1, 3 x 60 s, NotBreaching;
    FunctionSlow "FUNCTION_SLOW": lambda(&["Duration"]),
        Maximum AtLeast 285_000, 1 x 300 s, NotBreaching;
    TableThrottled "TABLE_THROTTLED": TABLE,
        Sum AtLeast 1, 3 x 60 s, NotBreaching;
    ApiFails "API_FAILS": api(&["5xx"]),
        Sum AtLeast 3, 1 x 300 s, NotBreaching;
    ApiSlow "API_SLOW": api(&["Latency"]),
        P99 AtLeast 2_000, 3 x 300 s, NotBreaching;
}
