//! The lines of a file, put together to records: each record's line, and below it those of its
//! children, each with its parent's id.

use std::collections::BTreeMap;

use flyball_connector::json::{Json, from_str};
use flyball_domain::Kind;
use serde::Deserialize;

use crate::decode::{Gap, Landmark, Parts, landmark};
use crate::queries::List;

/// The longest line, and the longest record with its children, in bytes.
const RECORD_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A record with its children.
#[derive(Debug)]
pub(super) struct Group {
    /// Its lines as the vendor wrote them.
    pub(super) input: String,
    /// The same as one object, without what lies deeper than its own lists, and without its end.
    node: String,
    /// What lies deeper.
    pub(super) parts: Parts,
    pub(super) landmark: Landmark,
    /// Where it ends in the file.
    pub(super) end: u64,
}

impl Group {
    /// The record as one object, with fields that came beside the file.
    pub(super) fn node(&self, beside: &[(&str, &str)]) -> String {
        let mut node = self.node.clone();
        for (name, value) in beside {
            push_field(&mut node, name, value);
        }
        node.push('}');
        node
    }
}

/// A file that can't be read as one of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// What has been read of a file.
#[derive(Debug)]
pub(super) struct Lines {
    kind: Kind,
    /// Where the next piece begins.
    offset: u64,
    /// The start of a line whose end is in the next piece.
    rest: Vec<u8>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    root: String,
    id: String,
    input: String,
    /// The lines of its own lists.
    lists: BTreeMap<List, Vec<String>>,
    /// Ids of the inventory items by those of their variants, and their lines.
    items: BTreeMap<String, String>,
    levels: BTreeMap<String, Vec<String>>,
    end: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Probe {
    id: Option<String>,
    #[serde(rename = "__parentId")]
    parent: Option<String>,
    #[serde(rename = "__typename")]
    type_name: Option<String>,
    #[serde(rename = "inventoryItem")]
    item: Option<Item>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Item {
    id: Option<String>,
}

impl Lines {
    pub(super) const fn from(kind: Kind, offset: u64) -> Self {
        Self { kind, offset, rest: Vec::new(), open: None }
    }

    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes in the next piece; returns the records that it completes.
    ///
    /// # Errors
    /// A line that is none of ours.
    pub(super) fn take(&mut self, piece: &[u8]) -> Result<Vec<Group>, Unreadable> {
        let mut groups = Vec::new();
        let mut piece = piece;
        while let Some(at) = piece.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = piece.split_at_checked(at.saturating_add(1)).ok_or(Unreadable)?;
            self.offset = self.offset.saturating_add(u64::try_from(line.len()).unwrap_or(0));
            let mut whole = core::mem::take(&mut self.rest);
            whole.extend_from_slice(line);
            groups.extend(self.line(&whole)?);
            piece = rest;
        }
        self.offset = self.offset.saturating_add(u64::try_from(piece.len()).unwrap_or(0));
        self.rest.extend_from_slice(piece);
        if self.rest.len() > RECORD_BYTES_MAX {
            return Err(Unreadable);
        }
        Ok(groups)
    }

    /// Takes in the end of the file, whose last line need not end.
    ///
    /// # Errors
    /// A line that is none of ours.
    pub(super) fn end(&mut self) -> Result<Vec<Group>, Unreadable> {
        let last = core::mem::take(&mut self.rest);
        let mut groups: Vec<Group> = self.line(&last)?.into_iter().collect();
        groups.extend(self.open.take().map(|open| open.close(self.kind)));
        Ok(groups)
    }

    /// Takes in a line; returns the record that is complete since it begins another one.
    fn line(&mut self, line: &[u8]) -> Result<Option<Group>, Unreadable> {
        let text = core::str::from_utf8(line).map_err(|_not_ours| Unreadable)?.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let probe: Probe = from_str(text).map_err(|_not_ours| Unreadable)?;
        let end = self.offset;
        if probe.parent.is_none() {
            let id = probe.id.ok_or(Unreadable)?;
            let before = self.open.replace(Open::new(text, id, end));
            return Ok(before.map(|open| open.close(self.kind)));
        }
        let open = self.open.as_mut().ok_or(Unreadable)?;
        open.add(self.kind, text, probe)?;
        open.end = end;
        if open.input.len() > RECORD_BYTES_MAX {
            return Err(Unreadable);
        }
        Ok(None)
    }
}

impl Open {
    fn new(text: &str, id: String, end: u64) -> Self {
        Self {
            root: text.to_owned(),
            id,
            input: text.to_owned(),
            lists: BTreeMap::new(),
            items: BTreeMap::new(),
            levels: BTreeMap::new(),
            end,
        }
    }

    fn add(&mut self, kind: Kind, text: &str, probe: Probe) -> Result<(), Unreadable> {
        let parent = probe.parent.unwrap_or_default();
        let list = list_of(kind, probe.id.as_deref(), probe.type_name.as_deref());
        let list = list.ok_or(Unreadable)?;
        self.input.push('\n');
        self.input.push_str(text);
        if list == List::Levels {
            let item = self.items.get(&parent).cloned().unwrap_or(parent);
            self.levels.get_mut(&item).ok_or(Unreadable)?.push(text.to_owned());
            return Ok(());
        }
        if parent != self.id {
            return Err(Unreadable);
        }
        if let (Some(id), Some(item)) = (probe.id, probe.item.and_then(|item| item.id)) {
            self.levels.insert(item.clone(), Vec::new());
            self.items.insert(id, item);
        }
        self.lists.entry(list).or_default().push(text.to_owned());
        Ok(())
    }

    fn close(mut self, kind: Kind) -> Group {
        let mut node = self.root.strip_suffix('}').unwrap_or(&self.root).to_owned();
        for list in own_lists(kind) {
            let lines = self.lists.remove(list).unwrap_or_default();
            push_field(&mut node, list.name(), &format!("[{}]", lines.join(",")));
        }
        let mut parts = Parts::default();
        for (item, lines) in &self.levels {
            let page = format!("[{}]", lines.join(","));
            // More locations than are accepted would be a fault of the reader's to name.
            let _too_many = parts.add(&Gap::from_start(List::Levels, item), &page, lines.len());
        }
        let landmark =
            Json::parse(&self.root).map(|root| landmark(root.root())).unwrap_or_default();
        Group { landmark, input: self.input, node, parts, end: self.end }
    }
}

/// Adds a further field to an object without its end.
fn push_field(node: &mut String, name: &str, value: &str) {
    for part in [",\"", name, "\":", value] {
        node.push_str(part);
    }
}

/// The lists that a file holds of each record.
const fn own_lists(kind: Kind) -> &'static [List] {
    match kind {
        Kind::Products => &[List::Variants, List::Media, List::ProductMetafields],
        Kind::Orders => &[List::Lines, List::ShippingLines, List::Discounts, List::OrderMetafields],
    }
}

/// To which list a line belongs, by the type in its id; discounts have none, and ways of shipping
/// need not have one.
fn list_of(kind: Kind, id: Option<&str>, type_name: Option<&str>) -> Option<List> {
    let of = id.map(|id| id.trim_start_matches("gid://shopify/").split('/').next().unwrap_or(""));
    Some(match (kind, of) {
        (Kind::Products, Some("ProductVariant")) => List::Variants,
        (Kind::Products, Some("MediaImage" | "Video" | "ExternalVideo" | "Model3d")) => List::Media,
        (Kind::Products, Some("Metafield")) => List::ProductMetafields,
        (Kind::Products, Some("InventoryLevel")) => List::Levels,
        (Kind::Orders, Some("LineItem")) => List::Lines,
        (Kind::Orders, Some("Metafield")) => List::OrderMetafields,
        (Kind::Orders, None) if type_name.is_some() => List::Discounts,
        (Kind::Orders, Some("ShippingLine") | None) => List::ShippingLines,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = concat!(
        r#"{"id":"gid://shopify/Product/1","updatedAt":"2026-01-01T00:00:00Z","seo":{"title":"}"}}"#,
        "\n",
        r#"{"id":"gid://shopify/ProductVariant/11","inventoryItem":{"id":"gid://shopify/InventoryItem/21"},"__parentId":"gid://shopify/Product/1"}"#,
        "\n",
        r#"{"id":"gid://shopify/InventoryLevel/31?inventory_item_id=21","location":{"id":"gid://shopify/Location/41"},"__parentId":"gid://shopify/ProductVariant/11"}"#,
        "\n",
        r#"{"id":"gid://shopify/Metafield/51","key":"k","value":"ü","__parentId":"gid://shopify/Product/1"}"#,
        "\n",
        r#"{"id":"gid://shopify/Product/2","updatedAt":"2026-01-02T00:00:00Z"}"#,
    );

    fn read(pieces: &[&[u8]]) -> Result<Vec<Group>, Unreadable> {
        let mut lines = Lines::from(Kind::Products, 0);
        let mut groups = Vec::new();
        for piece in pieces {
            groups.extend(lines.take(piece)?);
        }
        groups.extend(lines.end()?);
        Ok(groups)
    }

    #[test]
    fn the_lines_of_a_record_become_one_object_with_its_lists() {
        let groups = read(&[FILE.as_bytes()]).unwrap();
        let [mug, plate] = &groups[..] else { panic!("{groups:?}") };
        let node: serde_json::Value = serde_json::from_str(&mug.node(&[])).unwrap();
        assert_eq!(node["variants"][0]["id"], "gid://shopify/ProductVariant/11");
        assert_eq!(node["metafields"][0]["value"], "ü");
        assert_eq!(node["media"], serde_json::json!([]));
        assert_eq!(node["seo"]["title"], "}");
        assert_eq!(mug.input.lines().count(), 4);
        assert_eq!(plate.landmark.id.as_ref().unwrap().as_str(), "2");
        assert_eq!(usize::try_from(plate.end).unwrap(), FILE.len());
        let again = &FILE.as_bytes()[usize::try_from(mug.end).unwrap()..];
        assert!(again.starts_with(br#"{"id":"gid://shopify/Product/2""#));
    }

    #[test]
    fn a_line_of_nobody_or_of_an_unknown_type_makes_the_file_unreadable() {
        for file in [
            r#"{"id":"gid://shopify/Metafield/1","__parentId":"gid://shopify/Product/1"}"#,
            "{\"id\":\"gid://shopify/Product/1\"}\n{\"id\":\"gid://shopify/Metafield/1\",\"__parentId\":\"gid://shopify/Product/2\"}",
            "{\"id\":\"gid://shopify/Product/1\"}\n{\"id\":\"gid://shopify/Teapot/1\",\"__parentId\":\"gid://shopify/Product/1\"}",
            "{\"id\":\"gid://shopify/Product/1\"",
            "{}",
            "<!DOCTYPE html>",
        ] {
            assert_eq!(read(&[file.as_bytes()]).unwrap_err(), Unreadable, "{file}");
        }
    }

    proptest! {
        #[test]
        fn a_file_is_read_alike_however_it_is_cut(cuts in proptest::collection::vec(0..FILE.len(), 0..6)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let (mut pieces, mut from) = (Vec::new(), 0);
            for cut in cuts {
                pieces.push(&FILE.as_bytes()[from..cut]);
                from = cut;
            }
            pieces.push(&FILE.as_bytes()[from..]);
            let shown = |groups: Vec<Group>| format!("{groups:?}");
            prop_assert_eq!(shown(read(&pieces).unwrap()), shown(read(&[FILE.as_bytes()]).unwrap()));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(read(&[&bytes]));
        }
    }
}
