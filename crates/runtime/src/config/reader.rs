use core::fmt;

const FOUND_CHARS_MAX: usize = 80;

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
    /// In the order in which the variables are read; never empty.
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

/// Reads variables one after another, and keeps what is wrong with them.
pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    /// What was put together of what was read, unless something was wrong with any of it.
    pub(super) fn finish<T>(self, config: Option<T>) -> Result<T, ConfigError> {
        match config {
            Some(config) if self.problems.is_empty() => Ok(config),
            _ => Err(ConfigError { problems: self.problems }),
        }
    }

    pub(super) fn is_set(&self, variable: &str) -> bool {
        (self.lookup)(variable).is_some()
    }

    pub(super) fn required<T>(
        &mut self,
        variable: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        if !self.is_set(variable) {
            self.problems.push(Problem { variable, found: None, expected });
        }
        self.optional(variable, expected, parse)
    }

    pub(super) fn optional<T>(
        &mut self,
        variable: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
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
