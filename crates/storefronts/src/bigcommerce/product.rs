//! A product as v3 writes it: the fields that a recorded answer has, in its order.

use serde_json::{Map, Value, json};

use super::dates::iso;
use super::ids::{brand_number, child_number, product_number};
use super::json::{fields, number};
use super::kept::{self, Prices};
use super::site::Site;
use super::{children, variant};
use crate::stock::{Row, Shown, StockProduct};

/// What can be asked for besides a product's own fields (`products_catalog.v3.yml`, `include`).
pub(super) const INCLUDES: [&str; 11] = [
    "bulk_pricing_rules",
    "channels",
    "custom_fields",
    "images",
    "modifiers",
    "options",
    "parent_relations",
    "primary_image",
    "reviews",
    "variants",
    "videos",
];

/// A product with some of what can be asked for besides.
pub(super) fn render(site: &Site, shown: &Shown, include: &[&str]) -> Map<String, Value> {
    let product = &shown.item;
    let mut all = Map::new();
    for part in
        [identity(shown), prices(shown), stock(product), page(product), times(shown), open_graph()]
    {
        all.extend(fields(part));
    }
    for name in include {
        if let Some(value) = included(site, shown, name) {
            all.insert((*name).to_owned(), value);
        }
    }
    all
}

/// The fields of a product that are known without its content.
pub(super) const TIMES: [&str; 3] = ["id", "date_created", "date_modified"];

/// A product as far as it is known without its content.
pub(super) fn bare(row: &Row) -> Map<String, Value> {
    fields(json!({
        "id": product_number(row.index),
        "date_created": iso(row.created_at),
        "date_modified": iso(row.updated_at),
    }))
}

fn included(site: &Site, shown: &Shown, name: &str) -> Option<Value> {
    Some(match name {
        "bulk_pricing_rules" => children::bulk_pricing_rules(shown).into(),
        "channels" => json!([1]),
        "custom_fields" => children::custom_fields(shown).into(),
        "images" => children::images(site, shown).into(),
        "modifiers" | "parent_relations" | "reviews" | "videos" => json!([]),
        "options" => children::options(shown).into(),
        "primary_image" => children::images(site, shown).into_iter().next()?,
        "variants" => variant::all(site, shown).into(),
        _ => return None,
    })
}

fn identity(shown: &Shown) -> Value {
    let product = &shown.item;
    json!({
        "id": product_number(shown.index),
        "name": product.title,
        "type": kept::kind(product),
        "sku": kept::sku(product),
        "description": product.description_html,
        "weight": number(kept::weight(kept::base(product))),
        "width": 0,
        "depth": 0,
        "height": 0,
    })
}

fn prices(shown: &Shown) -> Value {
    let product = &shown.item;
    let prices = kept::base(product).map(|base| Prices::of(shown.index, base));
    let price = |of: fn(Prices) -> rust_decimal::Decimal| {
        prices.map_or(Value::from(0), |prices| number(of(prices)))
    };
    json!({
        "price": price(|prices| prices.price),
        "cost_price": price(|prices| prices.cost.unwrap_or_default()),
        "retail_price": price(|prices| prices.retail.unwrap_or_default()),
        "sale_price": price(|prices| prices.sale.unwrap_or_default()),
        "map_price": 0,
        "tax_class_id": kept::tax_class(product),
        "product_tax_code": "",
        "calculated_price": price(Prices::calculated),
        "categories": product.collections.iter().map(|in_it| in_it.number).collect::<Vec<_>>(),
        "brand_id": brand_number(&product.vendor),
        // The legacy option sets are numbered by how many options there are.
        "option_set_id": kept::is_complex(product).then_some(product.options.len()),
        "option_set_display": "right",
    })
}

fn stock(product: &StockProduct) -> Value {
    json!({
        "inventory_level": kept::level_of_all(product),
        "inventory_warning_level": 0,
        "inventory_tracking": kept::tracking(product),
        "reviews_rating_sum": 0,
        "reviews_count": 0,
        "total_sold": 0,
        "fixed_cost_shipping_price": 0,
        "is_free_shipping": false,
        "is_visible": kept::is_visible(product),
        "is_featured": false,
        "related_products": [-1],
        "warranty": "",
        "bin_picking_number": "",
        "layout_file": "product.html",
        "upc": kept::base(product).and_then(|base| base.barcode.as_deref()).unwrap_or_default(),
        "mpn": "",
        "gtin": "",
        "date_last_imported": null,
    })
}

fn page(product: &StockProduct) -> Value {
    json!({
        "search_keywords": product.tags.join(","),
        "availability": kept::availability(product),
        "availability_description": "",
        "gift_wrapping_options_type": "any",
        "gift_wrapping_options_list": [],
        "sort_order": 0,
        "condition": "New",
        "is_condition_shown": false,
        "order_quantity_minimum": 0,
        "order_quantity_maximum": 0,
        "page_title": product.seo_title.as_deref().unwrap_or_default(),
        "meta_keywords": [],
        "meta_description": product.seo_description.as_deref().unwrap_or_default(),
    })
}

fn times(shown: &Shown) -> Value {
    let product = &shown.item;
    let base = (!kept::is_complex(product)).then(|| child_number(shown.index, 0));
    json!({
        "date_created": iso(shown.created_at),
        "date_modified": iso(shown.updated_at),
        "view_count": 0,
        "preorder_release_date": null,
        "preorder_message": "",
        "is_preorder_only": false,
        "is_price_hidden": false,
        "price_hidden_label": "",
        "custom_url": {"url": format!("/{}/", product.handle), "is_customized": false},
        "base_variant_id": base,
    })
}

fn open_graph() -> Value {
    json!({
        "open_graph_type": "product",
        "open_graph_title": "",
        "open_graph_description": "",
        "open_graph_use_meta_description": true,
        "open_graph_use_product_name": true,
        "open_graph_use_image": true,
    })
}
