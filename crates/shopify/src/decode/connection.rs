use core::fmt;

use flyball_domain::Field;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use flyball_connector::decode::Text;

/// A list, its nodes not yet read: a connection with `nodes` or `edges`, or a plain array.
#[derive(Debug, Default)]
pub(crate) struct Connection<'a> {
    pub(crate) nodes: Field<Nodes<'a>>,
    pub(crate) next: Next,
}

/// The nodes of a list; `None` is a `null`.
pub(crate) type Nodes<'a> = Vec<Option<&'a RawValue>>;

/// What comes after a part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing.
    End,
    /// More, after this cursor.
    More(String),
    /// It is a plain array, which may have been cut.
    Plain,
    /// The vendor does not say.
    #[default]
    Unknown,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PageInfo {
    has_next_page: Field<bool>,
    end_cursor: Field<Text>,
}

impl From<PageInfo> for Next {
    fn from(info: PageInfo) -> Self {
        match (info.has_next_page, info.end_cursor) {
            (Field::Value(false), _) => Self::End,
            (Field::Value(true), Field::Value(cursor)) => Self::More(cursor.0),
            _ => Self::Unknown,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Edge<'a> {
    #[serde(borrow, default)]
    node: Option<&'a RawValue>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Connection<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(List)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Nodes,
    Edges,
    PageInfo,
    #[serde(other)]
    Other,
}

struct List;

impl<'de> Visitor<'de> for List {
    type Value = Connection<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element()? {
            nodes.push(node);
        }
        Ok(Connection { nodes: Field::Value(nodes), next: Next::Plain })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut list = Connection::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Nodes => list.nodes = map.next_value()?,
                Key::Edges => {
                    let edges: Field<Vec<Option<Edge<'de>>>> = map.next_value()?;
                    let node = |edge: Option<Edge<'de>>| edge.and_then(|edge| edge.node);
                    list.nodes = edges.map(|edges| edges.into_iter().map(node).collect());
                }
                Key::PageInfo => {
                    let info: Option<PageInfo> = map.next_value()?;
                    list.next = info.map(Next::from).unwrap_or_default();
                }
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<&str>, Next) {
        let list: Connection<'_> = serde_json::from_str(text).unwrap();
        let nodes = list.nodes.value().into_iter().flatten();
        (nodes.map(|node| node.map_or("null", RawValue::get)).collect(), list.next)
    }

    #[test]
    fn a_list_is_read_in_each_of_its_forms() {
        let more = Next::More("c".to_owned());
        for (text, expected) in [
            ("[1,null]", (vec!["1", "null"], Next::Plain)),
            (r#"{"nodes":[1],"pageInfo":{"hasNextPage":false}}"#, (vec!["1"], Next::End)),
            (
                r#"{"pageInfo":{"hasNextPage":true,"endCursor":"c"},"x":{},"edges":[{"node":1},null,{}]}"#,
                (vec!["1", "null", "null"], more),
            ),
            (r#"{"nodes":[],"pageInfo":{"hasNextPage":true}}"#, (vec![], Next::Unknown)),
            (r#"{"nodes":null,"pageInfo":null}"#, (vec![], Next::Unknown)),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert!(serde_json::from_str::<Connection<'_>>("7").is_err());
    }
}
