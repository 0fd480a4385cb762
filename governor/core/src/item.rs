//! An item and the paths into it: what transitions are made of.

use std::collections::BTreeMap;

/// A value inside an item, in the types of `DynamoDB` that a lane needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// A number. Lanes hold counts and moments only: nothing negative, nothing fractional.
    Number(u64),
    /// A text.
    Text(String),
    /// A map.
    Map(BTreeMap<String, Value>),
}

/// An item: what a transition is tried on.
pub type Item = BTreeMap<String, Value>;

impl Value {
    /// An empty map.
    pub const fn empty_map() -> Self {
        Self::Map(BTreeMap::new())
    }

    /// A map of the given entries.
    pub fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(u64::from(number))
    }
}

impl From<crate::UnixMillis> for Value {
    fn from(moment: crate::UnixMillis) -> Self {
        Self::Number(moment.0)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// What `DynamoDB` counts for a map, whatever it holds.
const MAP_BYTES: u64 = 3;
/// What `DynamoDB` counts for each entry of a map, besides its name and value.
const ENTRY_BYTES: u64 = 1;

/// How large `DynamoDB` says an item is, in bytes: names and texts in UTF-8, a number one byte and
/// another for each two significant digits, a map three bytes and one for each entry.
///
/// Source: "`DynamoDB` item sizes and formats",
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>.
pub fn item_bytes(item: &Item) -> u64 {
    item.iter().fold(0, |sum, (name, value)| {
        sum.saturating_add(text_bytes(name)).saturating_add(value_bytes(value))
    })
}

fn value_bytes(value: &Value) -> u64 {
    match value {
        Value::Number(number) => significant_digits(*number).div_ceil(2).saturating_add(1),
        Value::Text(text) => text_bytes(text),
        Value::Map(entries) => {
            let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
            let overhead = MAP_BYTES.saturating_add(ENTRY_BYTES.saturating_mul(count));
            item_bytes(entries).saturating_add(overhead)
        }
    }
}

fn text_bytes(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

/// Zeros before and after are not counted.
fn significant_digits(number: u64) -> u64 {
    text_bytes(number.to_string().trim_end_matches('0'))
}

/// One step of a [`Path`]: a fixed name, or one that is filled in, such as a lease's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// What the step is called in descriptions.
    pub symbol: &'static str,
    /// The attribute's or entry's actual name.
    pub name: String,
}

/// Where in an item a value stands, such as `held.<id>.n`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Step>);

impl From<Vec<Step>> for Path {
    fn from(steps: Vec<Step>) -> Self {
        Self(steps)
    }
}

impl Path {
    /// A top-level attribute.
    pub fn attribute(name: &'static str) -> Self {
        Self(vec![Step { symbol: name, name: name.to_owned() }])
    }

    /// The entry `name` of the map at this path.
    #[must_use]
    pub fn field(mut self, name: &'static str) -> Self {
        self.0.push(Step { symbol: name, name: name.to_owned() });
        self
    }

    /// The entry of the map at this path whose name is an argument, called `symbol` in
    /// descriptions.
    #[must_use]
    pub fn entry(mut self, symbol: &'static str, name: &str) -> Self {
        self.0.push(Step { symbol, name: name.to_owned() });
        self
    }

    /// The steps from the item down.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether one of the two paths leads through, or to, the other. An update may not change two
    /// such paths at once.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(mine, theirs)| mine.name == theirs.name)
    }

    /// The value at this path.
    pub fn find<'a>(&self, item: &'a Item) -> Option<&'a Value> {
        let (first, rest) = self.0.split_first()?;
        rest.iter().try_fold(item.get(&first.name)?, |value, step| match value {
            Value::Map(entries) => entries.get(&step.name),
            Value::Number(_) | Value::Text(_) => None,
        })
    }

    /// The map that holds this path's last step, and the name of that step.
    pub(crate) fn parent<'a>(&self, item: &'a mut Item) -> Option<(&'a mut Item, &str)> {
        let (last, above) = self.0.split_last()?;
        let holder = above.iter().try_fold(item, |map, step| match map.get_mut(&step.name)? {
            Value::Map(entries) => Some(entries),
            Value::Number(_) | Value::Text(_) => None,
        })?;
        Some((holder, &last.name))
    }
}

/// As in descriptions: `held.id.n`.
impl core::fmt::Display for Path {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(".")?;
            }
            f.write_str(step.symbol)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(names: &[&str]) -> Path {
        let step = |name: &&str| Step { symbol: "step", name: (*name).to_owned() };
        Path(names.iter().map(step).collect())
    }

    #[test]
    fn paths_overlap_where_one_leads_through_the_other() {
        for (one, other, overlap) in [
            (&["a", "b"][..], &["a", "b"][..], true),
            (&["a"], &["a", "b", "c"], true),
            (&["a", "b", "c"], &["a", "b"], true),
            (&["a", "b"], &["a", "c"], false),
            (&["a"], &["b"], false),
        ] {
            assert_eq!(path(one).overlaps(&path(other)), overlap, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_path_is_told_by_its_symbols_and_followed_by_its_names() {
        let path = Path::attribute("held").entry("id", "xyz").field("e");
        assert_eq!(path.to_string(), "held.id.e");
        let names: Vec<&str> = path.steps().iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["held", "xyz", "e"]);
        let leases = Value::map([("xyz", Value::map([("e", Value::Number(7))]))]);
        let item = Item::from([("held".to_owned(), leases)]);
        assert_eq!(path.find(&item), Some(&Value::Number(7)));
        assert_eq!(path.field("deeper").find(&item), None);
    }

    #[test]
    fn an_item_is_as_large_as_the_documentation_says() {
        for (value, bytes) in [
            (Value::Number(0), 1),
            (Value::Number(7), 2),
            (Value::Number(1_700_000_000_000), 2),
            (Value::Number(1_764_000_123_457), 8),
            (Value::from(""), 0),
            (Value::from("Süß"), 5),
            (Value::empty_map(), 3),
            (Value::map([("e", Value::Number(12)), ("n", Value::from("abc"))]), 3 + 4 + 5),
        ] {
            let item = Item::from([("name".to_owned(), value.clone())]);
            assert_eq!(item_bytes(&item), 4 + bytes, "{value:?}");
        }
    }
}
