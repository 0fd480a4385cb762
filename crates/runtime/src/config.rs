use core::fmt;
use std::path::PathBuf;

const FOUND_CHARS_MAX: usize = 80;

/// What a function is told by its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionConfig {
    /// Lanes, parked jobs and outages: `FLYBALL_GOVERNOR_TABLE`.
    pub governor_table: TableName,
    /// Records and checkpoints: `FLYBALL_RECORDS_TABLE`.
    pub records_table: TableName,
    /// Accounts and sealed credentials: `FLYBALL_ACCOUNTS_TABLE`.
    pub accounts_table: TableName,
    /// The queue that the function is fed from: `FLYBALL_QUEUE_URL`.
    pub queue_url: QueueUrl,
    /// The file with the key that opens credentials: `FLYBALL_KEY_FILE`.
    pub key_file: PathBuf,
    /// `FLYBALL_ALLOW_LOCAL`.
    pub local_stores: LocalStores,
}

/// Whether stores may be at plain http or private addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalStores {
    /// No: a store's address comes from its retailer and is hostile until proven otherwise.
    Refused,
    /// Yes: the stores are simulated ones.
    Allowed,
}

/// The name of a `DynamoDB` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName(String);

/// The URL of an SQS queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueUrl(String);

impl TableName {
    const EXPECTED: &str = "a table's name (3 to 255 of a-z, A-Z, 0-9, _, . and -)";

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        let fits = (3..=255).contains(&text.len()) && text.bytes().all(allowed);
        fits.then(|| Self(text.to_owned()))
    }
}

impl QueueUrl {
    const EXPECTED: &str = "a queue's URL (such as https://sqs.eu-central-1.amazonaws.com/1/name)";

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let (host, path) = rest.split_once('/')?;
        let fits =
            !host.is_empty() && !path.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }
}

impl LocalStores {
    const EXPECTED: &str = "0 or 1";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "0" => Some(Self::Refused),
            "1" => Some(Self::Allowed),
            _ => None,
        }
    }
}

/// A variable that is missing or can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable's name.
    pub variable: &'static str,
    /// What it holds, cut to a bounded length; `None` when it is not set.
    pub found: Option<String>,
    /// What it should hold.
    pub expected: &'static str,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, found, expected } = self;
        match found {
            Some(found) => write!(f, "{variable} is {found:?}, expected {expected}"),
            None => write!(f, "{variable} is not set, expected {expected}"),
        }
    }
}

/// Everything that is wrong with the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// In the order of [`FunctionConfig`]'s fields; never empty.
    pub problems: Vec<Problem>,
}

impl core::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("correct the function's environment: ")?;
        for (n, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if n == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

/// A variable of this process's environment, for [`FunctionConfig::parse`]. What is no Unicode
/// counts as not set.
#[expect(clippy::disallowed_methods, reason = "this is where configuration comes in")]
pub fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

impl FunctionConfig {
    /// Reads the configuration from the variables that `lookup` gives.
    ///
    /// # Errors
    /// All problems at once.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader { lookup, problems: Vec::new() };
        let governor_table = reader.table("FLYBALL_GOVERNOR_TABLE");
        let records_table = reader.table("FLYBALL_RECORDS_TABLE");
        let accounts_table = reader.table("FLYBALL_ACCOUNTS_TABLE");
        let queue_url = reader.required("FLYBALL_QUEUE_URL", QueueUrl::EXPECTED, QueueUrl::parse);
        let key_file =
            reader.required("FLYBALL_KEY_FILE", "an absolute path to a file", absolute_path);
        let local_stores =
            reader.optional("FLYBALL_ALLOW_LOCAL", LocalStores::EXPECTED, LocalStores::parse);
        let problems = reader.problems;
        let read = (governor_table, records_table, accounts_table, queue_url, key_file);
        match read {
            (
                Some(governor_table),
                Some(records_table),
                Some(accounts_table),
                Some(queue_url),
                Some(key_file),
            ) if problems.is_empty() => Ok(Self {
                governor_table,
                records_table,
                accounts_table,
                queue_url,
                key_file,
                local_stores: local_stores.unwrap_or(LocalStores::Refused),
            }),
            _ => Err(ConfigError { problems }),
        }
    }
}

fn absolute_path(text: &str) -> Option<PathBuf> {
    let path = PathBuf::from(text);
    path.is_absolute().then_some(path)
}

struct Reader<L> {
    lookup: L,
    problems: Vec<Problem>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn table(&mut self, variable: &'static str) -> Option<TableName> {
        self.required(variable, TableName::EXPECTED, TableName::parse)
    }

    fn required<T>(
        &mut self,
        variable: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        if (self.lookup)(variable).is_none() {
            self.problems.push(Problem { variable, found: None, expected });
        }
        self.optional(variable, expected, parse)
    }

    fn optional<T>(
        &mut self,
        variable: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = (self.lookup)(variable)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            let found = Some(text.chars().take(FOUND_CHARS_MAX).collect());
            self.problems.push(Problem { variable, found, expected });
        }
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[(&str, &str)] = &[
        ("FLYBALL_GOVERNOR_TABLE", "flyball-governor"),
        ("FLYBALL_RECORDS_TABLE", "flyball-records"),
        ("FLYBALL_ACCOUNTS_TABLE", "flyball-accounts"),
        ("FLYBALL_QUEUE_URL", "http://127.0.0.1:4566/000000000000/flyball-shopify-products"),
        ("FLYBALL_KEY_FILE", "/var/task/key"),
    ];

    fn parse(changes: &[(&str, Option<&str>)]) -> Result<FunctionConfig, ConfigError> {
        FunctionConfig::parse(|variable| {
            let changed = changes.iter().find(|(name, _)| *name == variable);
            let good = GOOD.iter().find(|(name, _)| *name == variable).map(|(_, value)| *value);
            changed.map_or(good, |(_, value)| *value).map(str::to_owned)
        })
    }

    #[test]
    fn a_complete_environment_is_read() {
        let config = parse(&[]).unwrap();
        assert_eq!(config.governor_table.as_str(), "flyball-governor");
        assert_eq!(config.records_table.as_str(), "flyball-records");
        assert_eq!(config.accounts_table.as_str(), "flyball-accounts");
        assert!(config.queue_url.as_str().ends_with("flyball-shopify-products"));
        assert_eq!(config.key_file, PathBuf::from("/var/task/key"));
    }

    #[test]
    fn local_stores_are_refused_unless_allowed() {
        let read = |value| parse(&[("FLYBALL_ALLOW_LOCAL", value)]).map(|read| read.local_stores);
        assert_eq!(read(None), Ok(LocalStores::Refused));
        assert_eq!(read(Some("0")), Ok(LocalStores::Refused));
        assert_eq!(read(Some("1")), Ok(LocalStores::Allowed));
        assert!(read(Some("yes")).is_err());
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let error = parse(&[
            ("FLYBALL_GOVERNOR_TABLE", None),
            ("FLYBALL_RECORDS_TABLE", Some("a table")),
            ("FLYBALL_QUEUE_URL", Some("flyball-shopify-products")),
            ("FLYBALL_KEY_FILE", Some("key")),
            ("FLYBALL_ALLOW_LOCAL", Some("")),
        ])
        .unwrap_err();
        let variables: Vec<&str> = error.problems.iter().map(|problem| problem.variable).collect();
        assert_eq!(
            variables,
            [
                "FLYBALL_GOVERNOR_TABLE",
                "FLYBALL_RECORDS_TABLE",
                "FLYBALL_QUEUE_URL",
                "FLYBALL_KEY_FILE",
                "FLYBALL_ALLOW_LOCAL",
            ]
        );
        let text = error.to_string();
        assert!(
            text.contains("FLYBALL_GOVERNOR_TABLE is not set, expected a table's name"),
            "{text}"
        );
        assert!(text.contains(r#"; FLYBALL_RECORDS_TABLE is "a table", expected"#), "{text}");
    }

    #[test]
    fn a_problem_repeats_only_a_bounded_part_of_what_was_found() {
        let long = "x".repeat(10_000);
        let error = parse(&[("FLYBALL_RECORDS_TABLE", Some(&long))]).unwrap_err();
        assert!(error.to_string().len() < 400);
    }
}
