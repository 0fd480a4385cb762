use flyball_domain::{
    Category, CustomField, Field, IdError, Image, Price, Product, ProductForm, ProductOption,
    ProductStatus, UnixMillis, Variant, Weight,
};
use serde_json::{Map, Value};

use super::super::ids::{child_number, product_number};
use super::super::json::fields;
use super::super::kept::{self, Prices, WEIGHT_UNITS};
use super::super::site::Site;
use super::super::{children, product as said, variant as said_of};
use super::{beyond, id, told, v3};
use crate::stock::{Shown, StockMetafield, StockVariant};

/// What an import asks for besides a product's own fields.
const INCLUDE: [&str; 4] = ["bulk_pricing_rules", "channels", "parent_relations", "videos"];
const PLACED: [&str; 6] =
    ["id", "name", "description", "categories", "date_created", "date_modified"];
const PLACED_OF_VARIANT: [&str; 12] = [
    "id",
    "sku",
    "price",
    "sale_price",
    "retail_price",
    "map_price",
    "cost_price",
    "weight",
    "upc",
    "mpn",
    "gtin",
    "option_values",
];
const PLACED_OF_METAFIELD: [&str; 5] = ["id", "key", "value", "namespace", "date_modified"];

/// The record that an import of a product must come to.
///
/// # Errors
/// Never, for ids made of digits.
pub(in super::super) fn product(site: &Site, shown: &Shown) -> Result<Product, IdError> {
    let stock = &shown.item;
    let said = said::render(site, shown, &INCLUDE);
    let is_sold = kept::is_visible(stock) && kept::availability(stock) != "disabled";
    let mut extra = beyond(said, &PLACED);
    let metafields = metafields(shown);
    if !metafields.is_empty() {
        extra.insert("metafields".to_owned(), metafields.into());
    }
    Ok(Product {
        id: id(product_number(shown.index))?,
        updated_at: UnixMillis(shown.updated_at),
        created_at: Field::Value(UnixMillis(shown.created_at)),
        published_at: Field::Absent,
        title: told(&stock.title),
        handle: told(&stock.handle),
        description_html: told(&stock.description_html),
        vendor: told(&stock.vendor),
        product_type: Field::Absent,
        status: Field::Value(if is_sold { ProductStatus::Active } else { ProductStatus::Draft }),
        form: Field::Value(form(shown)),
        tags: Field::Absent,
        categories: Field::Value(categories(shown)?),
        components: Field::Absent,
        mapped: Field::Absent,
        options: Field::Value(options(shown)?),
        variants: Field::Value(variants(site, shown)?),
        images: Field::Value(images(site, shown)?),
        custom_fields: Field::Value(custom_fields(shown)?),
        extra,
    })
}

fn form(shown: &Shown) -> ProductForm {
    match kept::kind(&shown.item) {
        "physical" => ProductForm::Simple,
        _ => ProductForm::Downloadable,
    }
}

fn categories(shown: &Shown) -> Result<Vec<Category>, IdError> {
    let of = |category: &crate::stock::StockCollection| {
        Ok(Category {
            id: id(category.number)?,
            name: told(category.title()),
            position: Field::Absent,
        })
    };
    shown.item.collections.iter().map(of).collect()
}

/// What its variants differ in, as far as they say: in the order of its first variants.
fn options(shown: &Shown) -> Result<Vec<ProductOption>, IdError> {
    let variants = kept::variants(&shown.item);
    let of = |(place, option): (usize, &crate::stock::StockOption)| {
        let mut values: Vec<String> = Vec::new();
        for value in variants.iter().filter_map(|variant| variant.option_values.get(place)) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        let number = children::option_number(shown.index, place);
        Ok(ProductOption { id: id(number)?, name: option.name.clone(), values })
    };
    kept::options(&shown.item).iter().enumerate().map(of).collect()
}

fn variants(site: &Site, shown: &Shown) -> Result<Vec<Variant>, IdError> {
    let variants = kept::variants(&shown.item).iter().enumerate();
    let said = said_of::all(site, shown);
    variants
        .zip(said)
        .map(|((place, stock), said)| variant(site, shown, place, stock, said))
        .collect()
}

fn variant(
    site: &Site,
    shown: &Shown,
    place: usize,
    stock: &StockVariant,
    said: Value,
) -> Result<Variant, IdError> {
    let prices = Prices::of(shown.index, stock);
    let codes: Vec<_> = stock
        .barcode
        .iter()
        .filter(|code| !code.trim().is_empty())
        .map(|code| ("upc".to_owned(), code.clone()))
        .collect();
    let (level, is_tracked) = match kept::tracking(&shown.item) {
        "none" => (Field::Null, false),
        _ => (Field::Value(kept::level(stock)), true),
    };
    let names = kept::options(&shown.item).iter().map(|option| option.name.clone());
    Ok(Variant {
        id: id(child_number(shown.index, place))?,
        title: Field::Absent,
        sku: told(stock.sku.as_deref().unwrap_or_default()),
        barcode: codes.first().map(|(_, code)| code.clone()).into(),
        identifiers: Field::Value(codes),
        position: i64::try_from(place).ok().map(|place| place.saturating_add(1)).into(),
        price: Field::Value(v3(prices.price, site.currency)),
        compare_at_price: prices.retail.map(|retail| v3(retail, site.currency)).into(),
        unit_cost: prices.cost.map(|cost| v3(cost, site.currency)).into(),
        prices: Field::Value(other_prices(site, shown, prices)),
        stock: level,
        stock_levels: Field::Absent,
        stock_tracked: Field::Value(is_tracked),
        taxable: Field::Absent,
        requires_shipping: Field::Value(form(shown) == ProductForm::Simple),
        weight: Field::Value(Weight {
            value: kept::weight(Some(stock)).normalize(),
            unit: WEIGHT_UNITS.to_lowercase(),
        }),
        selected_options: Field::Value(names.zip(stock.option_values.iter().cloned()).collect()),
        custom_fields: Field::Absent,
        created_at: Field::Absent,
        updated_at: Field::Absent,
        extra: beyond_variant(shown, said),
    })
}

/// What it is sold at for the time being, and what buyers of many pay.
fn other_prices(site: &Site, shown: &Shown, prices: Prices) -> Vec<Price> {
    let price = |amount, reason: &str, from: Option<u32>| Price {
        money: v3(amount, site.currency),
        reason: reason.to_owned(),
        list: Field::Null,
        quantity_min: from.map_or(Field::Absent, |from| Field::Value(from.into())),
        from: Field::Absent,
        until: Field::Absent,
    };
    let sale = prices.sale.map(|sale| price(sale, "sale", None));
    let tiers = kept::tiers(&shown.item).into_iter();
    sale.into_iter().chain(tiers.map(|(from, _, each)| price(each, "tier", Some(from)))).collect()
}

fn beyond_variant(shown: &Shown, said: Value) -> Map<String, Value> {
    let chosen = said.get("option_values").and_then(Value::as_array).into_iter().flatten();
    let chosen: Vec<_> = chosen.filter_map(|value| value.get("id")).map(Value::to_string).collect();
    let mut extra = beyond(fields(said), &PLACED_OF_VARIANT);
    if kept::tracking(&shown.item) == "variant" {
        extra.remove("inventory_level");
    }
    if !chosen.is_empty() {
        extra.insert("option_value_ids".to_owned(), chosen.into());
    }
    extra
}

fn images(site: &Site, shown: &Shown) -> Result<Vec<Image>, IdError> {
    let images = shown.item.images.iter().enumerate().zip(children::images(site, shown));
    images
        .map(|((place, stock), said)| {
            let number = child_number(shown.index, place);
            let url = site.image(product_number(shown.index), number, 1_280);
            Ok(Image {
                id: id(number)?,
                url: told(url.as_str().unwrap_or_default()),
                alt: told(stock.alt.as_deref().unwrap_or_default()),
                width: Field::Absent,
                height: Field::Absent,
                extra: beyond(fields(said), &["id", "url_zoom", "description"]),
            })
        })
        .collect()
}

/// Custom fields first, then metafields.
fn custom_fields(shown: &Shown) -> Result<Vec<CustomField>, IdError> {
    let all = || shown.item.metafields.iter().enumerate();
    let custom = all().filter(|(_, field)| kept::is_custom(field)).take(kept::CUSTOM_FIELDS_MAX);
    let others = all().filter(|(_, field)| !kept::is_custom(field));
    custom
        .map(|(place, field)| custom_field(shown, place, field, ("", Field::Absent)))
        .chain(others.map(|(place, field)| {
            let updated_at = Field::Value(UnixMillis(shown.updated_at));
            custom_field(shown, place, field, (&field.namespace, updated_at))
        }))
        .collect()
}

fn custom_field(
    shown: &Shown,
    place: usize,
    field: &StockMetafield,
    (namespace, updated_at): (&str, Field<UnixMillis>),
) -> Result<CustomField, IdError> {
    Ok(CustomField {
        id: Field::Value(id(child_number(shown.index, place))?),
        namespace: namespace.to_owned(),
        key: field.key.clone(),
        value_type: Field::Absent,
        value: field.value.clone(),
        updated_at,
    })
}

/// What of metafields has no place, each with its id.
fn metafields(shown: &Shown) -> Vec<Value> {
    let said = children::metafields(shown).into_iter();
    said.map(|said| {
        let number = said.get("id").map(Value::to_string);
        let mut extra = beyond(fields(said), &PLACED_OF_METAFIELD);
        extra.insert("id".to_owned(), number.into());
        extra.into()
    })
    .collect()
}
