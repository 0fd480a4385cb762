//! Reading items strictly: the first attribute that is not of its form is named.

use std::collections::BTreeMap;

use crate::UnixMillis;
use crate::item::{Item, Path, Value};
use crate::lane::LaneError;
use crate::words::WordError;

pub(crate) fn wrong(path: &str, found: Option<&Value>, expected: &'static str) -> LaneError {
    let found = match found {
        None => "missing",
        Some(Value::Number(_)) => "a number",
        Some(Value::Text(_)) => "a text",
        Some(Value::Map(_)) => "a map",
    };
    LaneError { path: path.to_owned(), found: found.to_owned(), expected }
}

pub(crate) fn wrong_name(path: &str, expected: &'static str) -> LaneError {
    LaneError { path: path.to_owned(), found: "another name".to_owned(), expected }
}

pub(crate) fn wrong_word(path: &str, name: &str, error: &WordError) -> LaneError {
    LaneError {
        path: format!("{path}.{name}"),
        found: error.found.clone(),
        expected: error.expected,
    }
}

pub(crate) struct Reader<'a> {
    pub(crate) item: &'a Item,
}

impl Reader<'_> {
    pub(crate) fn number(&self, path: &Path) -> Result<u64, LaneError> {
        match path.find(self.item) {
            Some(Value::Number(number)) => Ok(*number),
            found => Err(wrong(&path.to_string(), found, "a number")),
        }
    }

    pub(crate) fn count(&self, path: &Path) -> Result<u32, LaneError> {
        u32::try_from(self.number(path)?).map_err(|_too_large| LaneError {
            path: path.to_string(),
            found: "a number above 2^32".to_owned(),
            expected: "a count",
        })
    }

    pub(crate) fn text(&self, path: &Path) -> Result<String, LaneError> {
        match path.find(self.item) {
            Some(Value::Text(text)) => Ok(text.clone()),
            found => Err(wrong(&path.to_string(), found, "a text")),
        }
    }

    pub(crate) fn word<T: core::str::FromStr<Err = WordError>>(
        &self,
        path: &Path,
    ) -> Result<T, LaneError> {
        self.text(path)?.parse().map_err(|error: WordError| LaneError {
            path: path.to_string(),
            found: error.found.clone(),
            expected: error.expected,
        })
    }

    pub(crate) fn maybe<T>(
        &self,
        path: &Path,
        read: impl FnOnce(&Self, &Path) -> Result<T, LaneError>,
    ) -> Result<Option<T>, LaneError> {
        path.find(self.item).map(|_there| read(self, path)).transpose()
    }

    pub(crate) fn entries<K: Ord, V>(
        &self,
        path: &Path,
        read: impl Fn(&Entry<'_>, &str) -> Result<(K, V), LaneError>,
    ) -> Result<BTreeMap<K, V>, LaneError> {
        let Some(Value::Map(entries)) = path.find(self.item) else {
            return Err(wrong(&path.to_string(), path.find(self.item), "a map"));
        };
        let read_one = |(name, value): (&String, &Value)| match value {
            Value::Map(entries) => {
                read(&Entry { path: format!("{path}.{name}"), entries }, name.as_str())
            }
            Value::Number(_) | Value::Text(_) => {
                Err(wrong(&format!("{path}.{name}"), Some(value), "a map"))
            }
        };
        entries.iter().map(read_one).collect()
    }
}

pub(crate) struct Entry<'a> {
    pub(crate) path: String,
    pub(crate) entries: &'a BTreeMap<String, Value>,
}

impl Entry<'_> {
    pub(crate) fn wrong(&self, name: &str, expected: &'static str) -> LaneError {
        wrong(&format!("{}.{name}", self.path), self.entries.get(name), expected)
    }

    pub(crate) fn name<T: core::str::FromStr<Err = WordError>>(
        &self,
        name: &str,
    ) -> Result<T, LaneError> {
        name.parse().map_err(|error: WordError| wrong_name(&self.path, error.expected))
    }

    pub(crate) fn number(&self, name: &str) -> Result<u64, LaneError> {
        match self.entries.get(name) {
            Some(Value::Number(number)) => Ok(*number),
            Some(_) | None => Err(self.wrong(name, "a number")),
        }
    }

    pub(crate) fn count(&self, name: &str) -> Result<u32, LaneError> {
        u32::try_from(self.number(name)?).map_err(|_too_large| self.wrong(name, "a count"))
    }

    pub(crate) fn millis(&self, name: &str) -> Result<UnixMillis, LaneError> {
        self.number(name).map(UnixMillis)
    }

    /// The names of the entries of a map.
    pub(crate) fn names(
        &self,
        name: &str,
    ) -> Result<std::collections::BTreeSet<String>, LaneError> {
        match self.entries.get(name) {
            Some(Value::Map(entries)) => Ok(entries.keys().cloned().collect()),
            Some(_) | None => Err(self.wrong(name, "a map")),
        }
    }

    pub(crate) fn maybe_millis(&self, name: &str) -> Result<Option<UnixMillis>, LaneError> {
        self.entries.get(name).map(|_there| self.millis(name)).transpose()
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, LaneError> {
        match self.entries.get(name) {
            Some(Value::Text(text)) => Ok(text),
            Some(_) | None => Err(self.wrong(name, "a text")),
        }
    }

    pub(crate) fn word<T: core::str::FromStr<Err = WordError>>(
        &self,
        name: &str,
    ) -> Result<T, LaneError> {
        self.text(name)?.parse().map_err(|error| wrong_word(&self.path, name, &error))
    }
}
