//! A product as the vendor shows it.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::condition::time_text;
use super::ids::{child, number as id_of};
use super::json::{extension, flag, number, object, without_nulls};
use super::shop::{Shop, WEIGHT_UNIT};
use super::vocabulary::{BARCODE, Input, MANUFACTURER, Vocabulary, code, metafield_code, set_of};
use crate::stock::{
    ImageStatus, ProductKind, Shown, StockImage, StockMetafield, StockProduct, StockVariant,
    Stocked, WeightUnit, sku_of,
};

/// Behind the point of an amount that is an attribute's value.
const ATTRIBUTE_DIGITS: u32 = 6;
/// The group that stands for all groups of customers.
const ALL_GROUPS: u32 = 32_000;

/// Which products are shown, and with which words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shelves<'a> {
    pub(super) stocked: &'a Stocked,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) shop: &'a Shop,
}

/// How much is said of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// As in a list.
    Listed,
    /// By itself: its stock is told, too.
    Alone,
}

impl Shelves<'_> {
    /// A product.
    pub(super) fn product(&self, shown: &Shown, detail: Detail) -> Value {
        let stock = &shown.item;
        let sku = sku_of(stock);
        without_nulls(json!({
            "id": id_of(shown.index),
            "sku": sku,
            "name": stock.title,
            "attribute_set_id": self.vocabulary.set_id(set_of(stock)),
            "price": usual_price(stock).map(number),
            "status": if is_enabled(stock) { 1 } else { 2 },
            "visibility": if is_visible(stock) { 4 } else { 1 },
            "type_id": type_id(stock),
            "created_at": time_text(shown.created_at),
            "updated_at": time_text(shown.updated_at),
            "weight": weight(stock, WEIGHT_UNIT).map(number),
            "extension_attributes": self.extension(shown, detail),
            "product_links": self.links(stock, sku),
            "options": [],
            "media_gallery_entries": media(shown),
            "tier_prices": tiers(stock),
            "custom_attributes": self.custom_attributes(stock),
        }))
    }

    /// A choice of a configurable product: less is said of it there.
    pub(super) fn choice(&self, shown: &Shown) -> Value {
        let mut product = object(self.product(shown, Detail::Listed));
        product.shift_remove("extension_attributes");
        product.into()
    }

    fn sku(&self, index: u64) -> Option<String> {
        self.stocked.products.get(index).map(|shown| sku_of(&shown.item).to_owned())
    }

    fn extension(&self, shown: &Shown, detail: Detail) -> Value {
        let stock = &shown.item;
        let mut members = Map::new();
        members.insert("website_ids".to_owned(), json!([1]));
        if !stock.collections.is_empty() {
            let link = |(place, collection): (usize, u64)| json!({"position": place, "category_id": category_id(collection).to_string()});
            let numbers = stock.collections.iter().map(|collection| collection.number);
            members.insert("category_links".to_owned(), numbers.enumerate().map(link).collect());
        }
        if detail == Detail::Alone {
            members.insert("stock_item".to_owned(), stock_item(shown));
        }
        match &stock.kind {
            ProductKind::Configurable { children } => {
                members.insert("configurable_product_options".to_owned(), self.options(shown));
                let ids =
                    children.iter().filter(|index| self.stocked.products.row(**index).is_some());
                members.insert(
                    "configurable_product_links".to_owned(),
                    ids.map(|index| id_of(*index)).collect(),
                );
            }
            ProductKind::Bundle { .. } => {
                members.insert("bundle_product_options".to_owned(), self.bundle_options(shown));
            }
            ProductKind::Downloadable { .. } => {
                members.insert("downloadable_product_links".to_owned(), files(shown));
                members.insert("downloadable_product_samples".to_owned(), json!([]));
            }
            ProductKind::Simple | ProductKind::Grouped { .. } | ProductKind::Virtual => {}
        }
        extension(members)
    }

    /// What the choices of a configurable product differ in.
    pub(super) fn options(&self, shown: &Shown) -> Value {
        let options = shown.item.options.iter().enumerate();
        options
            .map(|(place, option)| {
                let code = code(&option.name);
                let values = option
                    .values
                    .iter()
                    .map(|value| json!({"value_index": self.vocabulary.option_id(&code, value)}));
                json!({
                    "id": child(shown.index, place),
                    "attribute_id": self.vocabulary.attribute_id(&code).to_string(),
                    "label": option.name,
                    "position": place,
                    "values": values.collect::<Value>(),
                    "product_id": id_of(shown.index),
                })
            })
            .collect()
    }

    /// What a bundle consists of.
    pub(super) fn bundle_options(&self, shown: &Shown) -> Value {
        let ProductKind::Bundle { parts } = &shown.item.kind else { return json!([]) };
        let mut place = 0_usize;
        let options = parts.iter().enumerate().map(|(at, part)| {
            let option_id = child(shown.index, at);
            let links = part.choices.iter().enumerate().filter_map(|(position, choice)| {
                let sku = self.sku(choice.product)?;
                place = place.saturating_add(1);
                Some(json!({
                    "id": child(shown.index, place).to_string(),
                    "sku": sku,
                    "option_id": option_id,
                    "qty": choice.quantity,
                    "position": position.saturating_add(1),
                    "is_default": position == 0,
                    "price": 0,
                    "price_type": 0,
                    "can_change_quantity": 0,
                }))
            });
            let links: Vec<_> = links.collect();
            json!({
                "option_id": option_id,
                "title": part.title,
                "required": part.required,
                "type": "select",
                "position": at.saturating_add(1),
                "sku": sku_of(&shown.item),
                "product_links": links,
            })
        });
        options.collect()
    }

    fn links(&self, stock: &StockProduct, sku: &str) -> Value {
        let ProductKind::Grouped { members } = &stock.kind else { return json!([]) };
        let links = members.iter().enumerate().filter_map(|(place, member)| {
            let shown = self.stocked.products.get(member.product)?;
            Some(json!({
                "sku": sku,
                "link_type": "associated",
                "linked_product_sku": sku_of(&shown.item),
                "linked_product_type": type_id(&shown.item),
                "position": place.saturating_add(1),
                "extension_attributes": {"qty": member.quantity},
            }))
        });
        links.collect()
    }

    /// What has a code: values are texts even where they are numbers, and lists here and there.
    pub(super) fn attributes(&self, stock: &StockProduct) -> Vec<(String, Value)> {
        let image = stock.images.first().map(|image| file(image).into());
        let is_whole =
            matches!(stock.kind, ProductKind::Configurable { .. } | ProductKind::Bundle { .. });
        let variant = own_variant(stock);
        let special = variant.and_then(|variant| variant.compare_at_price.map(|_| variant.price));
        let amount = |amount: Decimal| amount_text(amount).into();
        let text = |text: &Option<String>| text.clone().map(Value::String);
        let taxable = stock.variants.first().is_none_or(|variant| variant.taxable);
        let categories = stock.collections.iter();
        let categories = categories.map(|collection| category_id(collection.number).to_string());
        let mut attributes: Vec<(String, Option<Value>)> = [
            ("image", image.clone()),
            ("small_image", image.clone()),
            ("thumbnail", image),
            ("options_container", Some("container2".into())),
            ("required_options", Some(flag(is_whole).to_string().into())),
            ("has_options", Some(flag(is_whole).to_string().into())),
            ("url_key", Some(stock.handle.clone().into())),
            ("tax_class_id", Some(if taxable { "2" } else { "0" }.into())),
            ("category_ids", (!stock.collections.is_empty()).then(|| categories.collect())),
            ("meta_title", text(&stock.seo_title)),
            ("meta_description", text(&stock.seo_description)),
            ("special_price", special.map(amount)),
            ("cost", variant.and_then(|variant| variant.unit_cost).map(amount)),
            (BARCODE, variant.and_then(|variant| text(&variant.barcode))),
            (MANUFACTURER, self.chosen(MANUFACTURER, &stock.vendor)),
            ("description", Some(stock.description_html.clone().into())),
        ]
        .into_iter()
        .map(|(code, value)| (code.to_owned(), value))
        .collect();
        if let Some(variant) = variant.filter(|_| stock.parent.is_some()) {
            attributes.extend(stock.options.iter().zip(&variant.option_values).map(
                |(option, value)| {
                    let code = code(&option.name);
                    let chosen = self.chosen(&code, value);
                    (code, chosen)
                },
            ));
        }
        attributes.extend(
            stock
                .metafields
                .iter()
                .map(|field| (metafield_code(field), Some(self.metafield(field)))),
        );
        let is_said = |value: &Value| value.as_str() != Some("");
        let mut seen = Vec::new();
        attributes
            .into_iter()
            .filter_map(|(code, value)| Some((code, value.filter(is_said)?)))
            .filter(|(code, _)| {
                let is_new = !seen.contains(code);
                seen.push(code.clone());
                is_new
            })
            .collect()
    }

    fn custom_attributes(&self, stock: &StockProduct) -> Value {
        let attributes = self.attributes(stock).into_iter();
        attributes.map(|(code, value)| json!({"attribute_code": code, "value": value})).collect()
    }

    fn chosen(&self, code: &str, label: &str) -> Option<Value> {
        (!label.is_empty()).then(|| self.vocabulary.option_id(code, label).to_string().into())
    }

    fn metafield(&self, field: &StockMetafield) -> Value {
        let code = metafield_code(field);
        let input = self.vocabulary.attribute(&code).map_or(Input::Text, |known| known.input);
        let value = match input {
            Input::Select | Input::Multiselect => {
                let ids = field.value.split('|').map(str::trim);
                let ids: Vec<_> =
                    ids.map(|label| self.vocabulary.option_id(&code, label).to_string()).collect();
                ids.join(",")
            }
            Input::Boolean => flag(field.value == "Yes").to_string(),
            Input::Text
            | Input::Textarea
            | Input::Price
            | Input::Weight
            | Input::Date
            | Input::Image => field.value.clone(),
        };
        value.into()
    }
}

/// The variant that a product is itself; a configurable one is none.
pub(super) fn own_variant(stock: &StockProduct) -> Option<&StockVariant> {
    match stock.kind {
        ProductKind::Configurable { .. } => None,
        ProductKind::Simple
        | ProductKind::Bundle { .. }
        | ProductKind::Grouped { .. }
        | ProductKind::Virtual
        | ProductKind::Downloadable { .. } => stock.variants.first(),
    }
}

/// What it costs without a special price; a group has no price of its own.
pub(super) fn usual_price(stock: &StockProduct) -> Option<Decimal> {
    match stock.kind {
        ProductKind::Grouped { .. } => None,
        ProductKind::Configurable { .. } => Some(Decimal::ZERO),
        ProductKind::Simple
        | ProductKind::Bundle { .. }
        | ProductKind::Virtual
        | ProductKind::Downloadable { .. } => {
            stock.variants.first().map(|variant| variant.compare_at_price.unwrap_or(variant.price))
        }
    }
}

pub(super) fn is_enabled(stock: &StockProduct) -> bool {
    use flyball_domain::ProductStatus::{Active, Unlisted};
    matches!(stock.status, Active | Unlisted)
}

/// Whether it can be found by itself.
pub(super) fn is_visible(stock: &StockProduct) -> bool {
    let is_unlisted = stock.status == flyball_domain::ProductStatus::Unlisted;
    stock.published && stock.parent.is_none() && !is_unlisted
}

/// The vendor's word for what a product is made of.
pub(super) fn type_id(stock: &StockProduct) -> &'static str {
    match stock.kind {
        ProductKind::Simple => {
            let ships = stock.variants.first().is_none_or(|variant| variant.requires_shipping);
            if ships { "simple" } else { "virtual" }
        }
        ProductKind::Configurable { .. } => "configurable",
        ProductKind::Bundle { .. } => "bundle",
        ProductKind::Grouped { .. } => "grouped",
        ProductKind::Virtual => "virtual",
        ProductKind::Downloadable { .. } => "downloadable",
    }
}

/// What it weighs, in the shop's unit.
pub(super) fn weight(stock: &StockProduct, unit: WeightUnit) -> Option<Decimal> {
    if type_id(stock) != "simple" {
        return None;
    }
    let weight = own_variant(stock)?.weight.as_ref()?;
    if weight.unit == unit {
        return Some(weight.value);
    }
    weight.value.checked_mul(weight.unit.grams())?.checked_div(unit.grams())
}

/// The id of the category that a collection is; the first two are the root and the shop's own.
pub(super) const fn category_id(collection: u64) -> u64 {
    collection.saturating_add(2)
}

pub(super) fn amount_text(amount: Decimal) -> String {
    let mut amount = amount;
    amount.rescale(ATTRIBUTE_DIGITS);
    amount.to_string()
}

/// Where a picture is below the folder of all pictures.
pub(super) fn file(image: &StockImage) -> String {
    let path = image.url.split('?').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut letters =
        name.chars().filter(char::is_ascii_alphanumeric).map(|sign| sign.to_ascii_lowercase());
    let (first, second) = (letters.next().unwrap_or('_'), letters.next().unwrap_or('_'));
    format!("/{first}/{second}/{name}")
}

fn media(shown: &Shown) -> Value {
    let entries = shown.item.images.iter().enumerate().map(|(place, image)| {
        let types: &[&str] = if place == 0 { &["image", "small_image", "thumbnail"] } else { &[] };
        json!({
            "id": child(shown.index, place),
            "media_type": "image",
            "label": image.alt,
            "position": place.saturating_add(1),
            "disabled": image.status == ImageStatus::Processing,
            "types": types,
            "file": file(image),
        })
    });
    entries.collect()
}

fn tiers(stock: &StockProduct) -> Value {
    let tiers = own_variant(stock).map_or(&[][..], |variant| &variant.tiers);
    let tiers = tiers.iter().map(|tier| {
        json!({
            "customer_group_id": ALL_GROUPS,
            "qty": tier.quantity,
            "value": number(tier.price),
            "extension_attributes": {"website_id": 0},
        })
    });
    tiers.collect()
}

fn files(shown: &Shown) -> Value {
    let ProductKind::Downloadable { links } = &shown.item.kind else { return json!([]) };
    let links = links.iter().enumerate().map(|(place, link)| {
        json!({
            "id": child(shown.index, place),
            "title": link.title,
            "sort_order": place,
            "is_shareable": 2,
            "price": number(link.price),
            "number_of_downloads": 0,
            "link_type": "url",
            "link_url": link.url,
            "sample_type": null,
        })
    });
    links.collect()
}

/// How many of a product there are, by the older of the vendor's two reckonings.
pub(super) fn stock_item(shown: &Shown) -> Value {
    let variant = own_variant(&shown.item);
    let quantity = variant.map_or(0, |variant| variant.quantity);
    let tracked = variant.is_none_or(|variant| variant.tracked);
    let backorders =
        variant.is_some_and(|variant| variant.policy == crate::stock::InventoryPolicy::Continue);
    json!({
        "item_id": id_of(shown.index),
        "product_id": id_of(shown.index),
        "stock_id": 1,
        "qty": quantity,
        "is_in_stock": quantity > 0 || backorders || !tracked || variant.is_none(),
        "is_qty_decimal": false,
        "show_default_notification_message": false,
        "use_config_min_qty": true,
        "min_qty": 0,
        "use_config_min_sale_qty": 1,
        "min_sale_qty": 1,
        "use_config_max_sale_qty": true,
        "max_sale_qty": 10_000,
        "use_config_backorders": !backorders,
        "backorders": flag(backorders),
        "use_config_notify_stock_qty": true,
        "notify_stock_qty": 1,
        "use_config_qty_increments": true,
        "qty_increments": 0,
        "use_config_enable_qty_inc": true,
        "enable_qty_increments": false,
        "use_config_manage_stock": tracked,
        "manage_stock": tracked,
        "low_stock_date": null,
        "is_decimal_divided": false,
        "stock_status_changed_auto": 0,
    })
}

/// The same as the storefront goes by it.
pub(super) fn stock_status(shown: &Shown) -> Value {
    let item = stock_item(shown);
    let is_there = item.get("is_in_stock").and_then(Value::as_bool).unwrap_or_default();
    json!({
        "product_id": id_of(shown.index),
        "stock_id": 1,
        "qty": item.get("qty"),
        "stock_status": flag(is_there),
        "stock_item": item,
    })
}
