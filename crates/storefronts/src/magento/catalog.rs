//! What a store says of its catalog besides its products: attributes, categories, sources.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::product::category_id;
use super::product::own_variant;
use super::shop::source_code;
use super::vocabulary::{Attribute, Input, Vocabulary};
use crate::stock::{InventoryPolicy, ProductKind, Shown, Stocked, sku_of};

/// The category above all others, and the one that is the shop's.
const ROOT: u64 = 1;
const SHOP: u64 = 2;
const MADE: &str = "2022-01-01 00:00:00";
/// The kind of thing that products are, to attributes.
const ENTITY_TYPE: &str = "4";

/// Every attribute of products.
pub(super) fn attributes(vocabulary: &Vocabulary) -> Vec<Value> {
    vocabulary.attributes().map(|(code, known)| attribute(code, known)).collect()
}

pub(super) fn attribute(code: &str, known: &Attribute) -> Value {
    let (input, backend) = match known.input {
        Input::Text => ("text", "varchar"),
        Input::Textarea => ("textarea", "text"),
        Input::Price => ("price", "decimal"),
        Input::Weight => ("weight", "decimal"),
        Input::Date => ("date", "datetime"),
        Input::Image => ("media_image", "varchar"),
        Input::Boolean => ("boolean", "int"),
        Input::Select => ("select", "int"),
        Input::Multiselect => ("multiselect", "text"),
    };
    json!({
        "is_wysiwyg_enabled": false,
        "is_html_allowed_on_front": known.is_own,
        "used_for_sort_by": false,
        "is_filterable": false,
        "is_filterable_in_search": false,
        "is_used_in_grid": false,
        "is_visible_in_grid": false,
        "is_filterable_in_grid": false,
        "position": 0,
        "apply_to": [],
        "is_searchable": "0",
        "is_visible_in_advanced_search": "0",
        "is_comparable": "0",
        "is_used_for_promo_rules": "0",
        "is_visible_on_front": "0",
        "used_in_product_listing": "0",
        "is_visible": true,
        "scope": "global",
        "attribute_id": known.id,
        "attribute_code": code,
        "frontend_input": input,
        "entity_type_id": ENTITY_TYPE,
        "is_required": matches!(code, "name" | "sku" | "price"),
        "options": choices(known),
        "is_user_defined": known.is_own,
        "default_frontend_label": known.label,
        "frontend_labels": [],
        "backend_type": backend,
        "is_unique": if code == "sku" { "1" } else { "0" },
        "validation_rules": [],
    })
}

/// What can be chosen; the first is nothing.
pub(super) fn choices(known: &Attribute) -> Value {
    match known.input {
        Input::Boolean => json!([
            {"label": "Yes", "value": "1"},
            {"label": "No", "value": "0"},
        ]),
        Input::Select | Input::Multiselect => {
            let none = json!({"label": " ", "value": ""});
            let choice =
                |(id, label): &(u64, String)| json!({"label": label, "value": id.to_string()});
            core::iter::once(none).chain(known.options.iter().map(choice)).collect()
        }
        Input::Text
        | Input::Textarea
        | Input::Price
        | Input::Weight
        | Input::Date
        | Input::Image => json!([]),
    }
}

/// Every attribute set.
pub(super) fn sets(vocabulary: &Vocabulary) -> Vec<Value> {
    let sets = vocabulary.sets().iter().enumerate().map(|(place, (id, name))| {
        json!({
            "attribute_set_id": id,
            "attribute_set_name": name,
            "sort_order": place,
            "entity_type_id": 4,
        })
    });
    sets.collect()
}

/// A category, as far as it is told.
struct Node {
    parent: u64,
    name: String,
    level: usize,
    path: String,
    position: usize,
}

/// Every category by id, the root and the shop's own first. The parent of one is the longest path
/// that is a category, too.
fn nodes(vocabulary: &Vocabulary) -> BTreeMap<u64, Node> {
    let own = |parent, name: &str, level, path: &str| Node {
        parent,
        name: name.to_owned(),
        level,
        path: path.to_owned(),
        position: 1,
    };
    let mut nodes = BTreeMap::from([
        (ROOT, own(0, "Root Catalog", 0, "1")),
        (SHOP, own(ROOT, "Default Category", 1, "1/2")),
    ]);
    let mut paths: Vec<(&str, u64)> = vocabulary
        .categories()
        .iter()
        .map(|(id, path)| (path.as_str(), category_id(*id)))
        .collect();
    // Shorter ones come first, so that a parent is there before its children.
    paths.sort_by_key(|(path, id)| (path.len(), *id));
    let by_path: BTreeMap<&str, u64> = paths.iter().rev().copied().collect();
    for (path, id) in &paths {
        let mut above = *path;
        let parent = loop {
            let Some((rest, _)) = above.rsplit_once('/') else { break SHOP };
            above = rest;
            if let Some(parent) = by_path.get(above).filter(|parent| *parent != id) {
                break *parent;
            }
        };
        let (level, parents) = nodes
            .get(&parent)
            .map_or((1, String::new()), |parent| (parent.level, parent.path.clone()));
        let position = nodes.values().filter(|node| node.parent == parent).count();
        let node = Node {
            parent,
            name: path.rsplit('/').next().unwrap_or(path).to_owned(),
            level: level.saturating_add(1),
            path: format!("{parents}/{id}"),
            position: position.saturating_add(1),
        };
        nodes.insert(*id, node);
    }
    nodes
}

/// Every category, flat.
pub(super) fn categories(vocabulary: &Vocabulary) -> Vec<Value> {
    let nodes = nodes(vocabulary);
    nodes.iter().map(|(id, node)| category(*id, node, &nodes)).collect()
}

fn category(id: u64, node: &Node, nodes: &BTreeMap<u64, Node>) -> Value {
    let children = nodes.iter().filter(|(_, child)| child.parent == id);
    let children: Vec<String> = children.map(|(id, _)| id.to_string()).collect();
    json!({
        "id": id,
        "parent_id": node.parent,
        "name": node.name,
        "is_active": true,
        "position": node.position,
        "level": node.level,
        "children": children.join(","),
        "created_at": MADE,
        "updated_at": MADE,
        "path": node.path,
        "available_sort_by": [],
        "include_in_menu": true,
        "custom_attributes": [
            {"attribute_code": "display_mode", "value": "PRODUCTS"},
            {"attribute_code": "is_anchor", "value": "1"},
            {"attribute_code": "children_count", "value": children.len().to_string()},
        ],
    })
}

/// The categories below one of them, as deep as asked for.
pub(super) fn tree(
    vocabulary: &Vocabulary,
    root: Option<u64>,
    depth: Option<u64>,
) -> Option<Value> {
    let nodes = nodes(vocabulary);
    let id = root.unwrap_or(SHOP);
    let node = nodes.get(&id)?;
    Some(branch(id, node, &nodes, depth.unwrap_or(u64::MAX)))
}

fn branch(id: u64, node: &Node, nodes: &BTreeMap<u64, Node>, depth: u64) -> Value {
    let children = nodes.iter().filter(|(_, child)| child.parent == id && depth > 0);
    let children: Vec<Value> =
        children.map(|(id, child)| branch(*id, child, nodes, depth.saturating_sub(1))).collect();
    json!({
        "id": id,
        "parent_id": node.parent,
        "name": node.name,
        "is_active": true,
        "position": node.position,
        "level": node.level,
        "product_count": 0,
        "children_data": children,
    })
}

/// How many of a product there are at each of the store's sources.
pub(super) fn source_items(shown: &Shown) -> Vec<Value> {
    let has_stock = match shown.item.kind {
        ProductKind::Configurable { .. }
        | ProductKind::Bundle { .. }
        | ProductKind::Grouped { .. } => false,
        ProductKind::Simple | ProductKind::Virtual | ProductKind::Downloadable { .. } => true,
    };
    let Some(variant) = own_variant(&shown.item).filter(|_| has_stock) else { return Vec::new() };
    let items = variant.stock_at.iter().map(|at| {
        let is_there = at.available > 0 || variant.policy == InventoryPolicy::Continue;
        json!({
            "sku": sku_of(&shown.item),
            "source_code": source_code(at.location),
            "quantity": at.available,
            "status": u8::from(is_there),
        })
    });
    items.collect()
}

/// The products of a category.
pub(super) fn members(stocked: &Stocked, collection: u64) -> impl Iterator<Item = Shown> + '_ {
    let end = stocked.products.end();
    (0..end)
        .filter_map(|index| stocked.products.get(index))
        .filter(move |shown| shown.item.collections.iter().any(|of| of.number == collection))
}

/// How a product of a category is listed there.
pub(super) fn member(shown: &Shown, category: u64, place: usize) -> Value {
    json!({
        "sku": sku_of(&shown.item),
        "position": place,
        "category_id": category.to_string(),
    })
}
