use core::fmt;
use core::marker::PhantomData;

use flyball_domain::Field;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use flyball_connector::decode::Text;

/// A list: a connection with `nodes` or `edges`, or a plain array.
#[derive(Debug)]
pub(crate) struct Connection<N> {
    pub(crate) nodes: Field<Nodes<N>>,
    pub(crate) next: Next,
}

/// The nodes of a list; `None` is a `null`.
pub(crate) type Nodes<N> = Vec<Option<N>>;

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
struct PageInfo<'a> {
    has_next_page: Field<bool>,
    #[serde(borrow)]
    end_cursor: Field<Text<'a>>,
}

impl From<PageInfo<'_>> for Next {
    fn from(info: PageInfo<'_>) -> Self {
        match (info.has_next_page, info.end_cursor) {
            (Field::Value(false), _) => Self::End,
            (Field::Value(true), Field::Value(cursor)) => Self::More(cursor.0.into_owned()),
            _ => Self::Unknown,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Edge<N> {
    #[serde(default = "Option::default")]
    node: Option<N>,
}

impl<'de, N: Deserialize<'de>> Deserialize<'de> for Connection<N> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(List(PhantomData))
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

struct List<N>(PhantomData<N>);

impl<'de, N: Deserialize<'de>> Visitor<'de> for List<N> {
    type Value = Connection<N>;

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
        let mut list = Connection { nodes: Field::Absent, next: Next::Unknown };
        while let Some(key) = map.next_key()? {
            match key {
                Key::Nodes => list.nodes = map.next_value()?,
                Key::Edges => {
                    let edges: Field<Vec<Option<Edge<N>>>> = map.next_value()?;
                    let node = |edge: Option<Edge<N>>| edge.and_then(|edge| edge.node);
                    list.nodes = edges.map(|edges| edges.into_iter().map(node).collect());
                }
                Key::PageInfo => {
                    let info: Option<PageInfo<'_>> = map.next_value()?;
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
    use flyball_connector::json::{Raw, from_str};

    use super::*;

    fn read(text: &str) -> (Vec<&str>, Next) {
        let list: Connection<Raw<'_>> = from_str(text).unwrap();
        let nodes = list.nodes.value().into_iter().flatten();
        (nodes.map(|node| node.map_or("null", |node| node.get())).collect(), list.next)
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
        assert!(from_str::<Connection<Raw<'_>>>("7").is_err());
    }
}
