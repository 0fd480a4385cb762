use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::execute::{Held, Object};
use super::super::ids::{child_number, gid, product_number};
use super::super::money;
use super::super::page::Cursor;
use super::super::select::Picked;
use super::super::shop::Shop;
use super::{Owner, count, fields, image, metafields_of, one_metafield_of, page, short_list, time};
use crate::stock::{Shown, StockVariant};

pub(super) const DEFAULT_OPTION: &str = "Title";
pub(in super::super) const COLLECTION_FROM: u64 = 440_000_000_000;
const COLLECTIONS_UPDATED_AT: &str = "2024-01-01T00:00:00Z";

/// A field of `Product`.
pub(in super::super) fn product(shop: &Shop, shown: &Arc<Shown>, picked: &Picked<'_>) -> Held {
    let product = &shown.item;
    let number = product_number(shown.index);
    match picked.name() {
        "createdAt" => time(shown.created_at).into(),
        "defaultCursor" => {
            Cursor { last_id: number, last_value: number.to_string(), offset: 0 }.encode().into()
        }
        "description" => description(&product.description_html, picked).into(),
        "bodyHtml" | "descriptionHtml" => product.description_html.as_str().into(),
        "handle" => product.handle.as_str().into(),
        "hasOnlyDefaultVariant" => has_only_default_variant(shown).into(),
        "hasOutOfStockVariants" => {
            product.variants.iter().any(|variant| variant.tracked && variant.quantity <= 0).into()
        }
        "hasVariantsThatRequiresComponents" | "requiresSellingPlan" => false.into(),
        "id" => gid("Product", number).into(),
        "isGiftCard" => product.is_gift_card.into(),
        "legacyResourceId" => number.to_string().into(),
        "onlineStorePreviewUrl" => shop.product_url(&product.handle).into(),
        "onlineStoreUrl" if product.published => shop.product_url(&product.handle).into(),
        "productType" => product.product_type.as_str().into(),
        "publishedAt" if product.published => time(shown.created_at).into(),
        "status" => String::from(product.status.clone()).to_uppercase().into(),
        "tags" => product.tags.clone().into(),
        "title" => product.title.as_str().into(),
        "totalInventory" => product.total_inventory().into(),
        "tracksInventory" => product.variants.iter().any(|variant| variant.tracked).into(),
        "updatedAt" => time(shown.updated_at).into(),
        "vendor" => product.vendor.as_str().into(),
        _ => parts(shop, shown, picked),
    }
}

/// A field of `Product` that has fields of its own; null where nothing is known of it.
fn parts(shop: &Shop, shown: &Arc<Shown>, picked: &Picked<'_>) -> Held {
    let product = &shown.item;
    let picture = |place, _: &_| Object::MediaImage(Arc::clone(shown), place);
    match picked.name() {
        "category" => category(shown).into(),
        "collections" => page(picked.page.as_ref(), collections(shown)),
        "compareAtPriceRange" => {
            let range =
                range(product.variants.iter().filter_map(|variant| variant.compare_at_price));
            range.map_or(Held::NULL, |(least, most)| {
                json!({
                    "maxVariantCompareAtPrice": money_v2(shop, most),
                    "minVariantCompareAtPrice": money_v2(shop, least),
                })
                .into()
            })
        }
        "featuredImage" => Held::maybe(pictures(shown).next().map(|(_, picture)| picture)),
        "featuredMedia" => Held::maybe(product.images.first().map(|image| picture(0, image))),
        "images" => page(picked.page.as_ref(), pictures(shown).collect()),
        "media" => short_list(shown, picked, &product.images, picture),
        "mediaCount" => count(product.images.len()),
        "metafield" => one_metafield_of(&Owner::of_product(shown), picked),
        "metafields" => metafields_of(&Owner::of_product(shown), picked),
        "options" => options(shown, picked).into(),
        "priceRangeV2" => {
            let range = range(product.variants.iter().map(|variant| variant.price));
            let (least, most) = range.unwrap_or_default();
            json!({
                "maxVariantPrice": money_v2(shop, most),
                "minVariantPrice": money_v2(shop, least),
            })
            .into()
        }
        "seo" => json!({"description": product.seo_description, "title": product.seo_title}).into(),
        "variants" => short_list(shown, picked, &product.variants, |place, _: &StockVariant| {
            Object::Variant(Arc::clone(shown), place)
        }),
        "variantsCount" => count(product.variants.len()),
        _ => Held::NULL,
    }
}

/// The pictures that are there already, each as an `Image` of the product's own.
fn pictures(shown: &Shown) -> impl Iterator<Item = (u64, Object)> + '_ {
    (0..shown.item.images.len()).filter_map(|place| {
        let number = child_number(shown.index, place);
        let mut picture = fields(image(shown, place));
        picture.insert("id".to_owned(), gid("ProductImage", number).into());
        picture.contains_key("url").then(|| (number, Object::Ready("Image", picture)))
    })
}

/// A field of `MediaImage`.
pub(in super::super) fn media_image(shown: &Arc<Shown>, place: usize, picked: &Picked<'_>) -> Held {
    let Some(picture) = shown.item.images.get(place) else { return Held::NULL };
    match picked.name() {
        "alt" => picture.alt.clone().into(),
        "createdAt" => time(shown.created_at).into(),
        "id" => gid("MediaImage", child_number(shown.index, place)).into(),
        "image" => image(shown, place).into(),
        "mediaContentType" => "IMAGE".into(),
        "mediaErrors" | "mediaWarnings" => json!([]).into(),
        "mimeType" => "image/jpeg".into(),
        "preview" => {
            json!({"image": image(shown, place), "status": picture.status.as_str()}).into()
        }
        "status" => picture.status.as_str().into(),
        "updatedAt" => time(shown.updated_at).into(),
        _ => Held::NULL,
    }
}

fn has_only_default_variant(shown: &Shown) -> bool {
    let product = &shown.item;
    product.variants.len() == 1
        && product.options.len() == 1
        && product.options.first().is_some_and(|option| option.name == DEFAULT_OPTION)
}

/// The description without its tags, as far as `truncateAt` goes.
fn description(html: &str, picked: &Picked<'_>) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for sign in html.chars() {
        match sign {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            _ if !is_tag => text.push(sign),
            _ => {}
        }
    }
    let chars_max = picked.args.get("truncateAt").and_then(Value::as_u64);
    match chars_max.and_then(|most| usize::try_from(most).ok()) {
        Some(most) => text.trim().chars().take(most).collect(),
        None => text.trim().to_owned(),
    }
}

fn collections(shown: &Shown) -> Vec<(u64, Object)> {
    let mut found: Vec<_> = shown
        .item
        .collections
        .iter()
        .map(|collection| {
            let number = COLLECTION_FROM.saturating_add(collection.number);
            let handle: Vec<_> = collection
                .path
                .split(|sign: char| !sign.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_lowercase)
                .collect();
            let fields = fields(json!({
                "handle": handle.join("-"),
                "id": gid("Collection", number),
                "legacyResourceId": number.to_string(),
                "title": collection.title(),
                "updatedAt": COLLECTIONS_UPDATED_AT,
            }));
            (number, Object::Ready("Collection", fields))
        })
        .collect();
    found.sort_by_key(|(number, _)| *number);
    found
}

fn category(shown: &Shown) -> Value {
    let Some(category) = &shown.item.category else { return Value::Null };
    let levels: Vec<_> = category.full_name.split(" > ").collect();
    // The id of a category is that of the one above it, a dash and a number.
    let above: Vec<_> = category
        .id
        .match_indices('-')
        .filter_map(|(at, _)| category.id.get(..at))
        .map(taxonomy_id)
        .rev()
        .collect();
    json!({
        "ancestorIds": above,
        "fullName": category.full_name,
        "id": taxonomy_id(&category.id),
        "isArchived": false,
        "isLeaf": true,
        "isRoot": levels.len() == 1,
        "level": levels.len(),
        "name": levels.last(),
        "parentId": above.first(),
    })
}

fn taxonomy_id(id: &str) -> String {
    format!("gid://shopify/TaxonomyCategory/{id}")
}

fn options(shown: &Shown, picked: &Picked<'_>) -> Value {
    let most = picked.args.get("first").and_then(Value::as_u64);
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let values =
        if picked.asks_for("optionValues") { OptionValues::Asked } else { OptionValues::Not };
    (0..shown.item.options.len().min(most)).map(|place| option(shown, place, values)).collect()
}

/// Whether an option's values are asked for as objects, of which there may be thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OptionValues {
    Asked,
    Not,
}

/// A product's option.
pub(super) fn option(shown: &Shown, place: usize, values: OptionValues) -> Value {
    let Some(option) = shown.item.options.get(place) else { return Value::Null };
    let values: Value = match values {
        OptionValues::Asked => {
            (0..option.values.len()).map(|value| option_value(shown, place, value)).collect()
        }
        OptionValues::Not => Value::Null,
    };
    json!({
        "id": gid("ProductOption", child_number(shown.index, place)),
        "name": option.name,
        "optionValues": values,
        "position": place.saturating_add(1),
        "values": option.values,
    })
}

/// One value of a product's option.
pub(super) fn option_value(shown: &Shown, option: usize, value: usize) -> Value {
    let options = &shown.item.options;
    // Values are numbered through, over all options of a product.
    let before: usize = options.iter().take(option).map(|option| option.values.len()).sum();
    let name = options.get(option).and_then(|option| option.values.get(value));
    json!({
        "hasVariants": true,
        "id": gid("ProductOptionValue", child_number(shown.index, before.saturating_add(value))),
        "name": name,
    })
}

fn range(amounts: impl Iterator<Item = Decimal> + Clone) -> Option<(Decimal, Decimal)> {
    amounts.clone().min().zip(amounts.max())
}

/// An amount as `MoneyV2`.
pub(super) fn money_v2(shop: &Shop, amount: Decimal) -> Value {
    json!({
        "amount": money::amount(amount, shop.currency).to_string(),
        "currencyCode": shop.currency.as_str(),
    })
}
