use flyball_domain::{
    Category, Component, CustomField, Field, IdError, Image, Price, Product, ProductForm,
    ProductOption, ProductStatus, StockLevel, UnixMillis, Variant, Weight,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{id, money, rest};
use crate::magento::catalog::source_items;
use crate::magento::ids::{child, number as id_of};
use crate::magento::json::rounded;
use crate::magento::product::{
    Detail, Shelves, amount_text, category_id, file, is_enabled, own_variant, type_id, usual_price,
    weight,
};
use crate::magento::shop::WEIGHT_UNIT;
use crate::stock::{ProductKind, Shown, StockImage, StockProduct, sku_of};

/// The unit of every weight, in our words.
const POUNDS: &str = "pounds";
/// Members of a product that have a place of their own.
const PLACED: &[&str] = &[
    "id",
    "sku",
    "name",
    "price",
    "status",
    "type_id",
    "created_at",
    "updated_at",
    "weight",
    "extension_attributes",
    "product_links",
    "media_gallery_entries",
    "tier_prices",
    "custom_attributes",
];
/// Members of its extension attributes that have.
const PLACED_EXTENSION: &[&str] = &[
    "category_links",
    "configurable_product_options",
    "configurable_product_links",
    "bundle_product_options",
];

/// The record that an import of a product must come to.
///
/// # Errors
/// Never, for ids made of digits.
pub(in crate::magento) fn product(shelves: Shelves<'_>, shown: &Shown) -> Result<Product, IdError> {
    let stock = &shown.item;
    let said = shelves.product(shown, Detail::Listed);
    let attributes = shelves.attributes(stock);
    let text = |code: &str| {
        let found = attributes.iter().find(|(known, _)| known == code);
        found.and_then(|(_, value)| value.as_str()).map(str::to_owned)
    };
    let form = ProductForm::from(type_id(stock).to_owned());
    Ok(Product {
        id: id(id_of(shown.index))?,
        updated_at: UnixMillis(shown.updated_at),
        created_at: Field::Value(UnixMillis(shown.created_at)),
        published_at: Field::Absent,
        title: Field::Value(stock.title.clone()),
        handle: given(text("url_key")),
        description_html: given(text("description")),
        vendor: Field::Absent,
        product_type: Field::Absent,
        status: Field::Value(if is_enabled(stock) {
            ProductStatus::Active
        } else {
            ProductStatus::Other("disabled".to_owned())
        }),
        form: Field::Value(form.clone()),
        tags: Field::Absent,
        categories: categories(stock)?,
        options: options(shown)?,
        variants: Field::Value(vec![variant(shelves, shown, &form, &said)?]),
        components: components(shelves, shown)?,
        images: Field::Value(images(shelves, shown)?),
        custom_fields: Field::Value(custom_fields(&attributes)),
        mapped: Field::Absent,
        extra: extra(shelves, shown, said),
    })
}

/// What was answered, where anything was: a value that is not there is not told.
fn given<T>(value: Option<T>) -> Field<T> {
    value.map_or(Field::Absent, Field::Value)
}

fn variant(
    shelves: Shelves<'_>,
    shown: &Shown,
    form: &ProductForm,
    said: &Value,
) -> Result<Variant, IdError> {
    let stock = &shown.item;
    let currency = shelves.shop.currency;
    let own = own_variant(stock);
    let exact = |amount: Decimal| -> flyball_domain::Money {
        let digits = amount_text(amount).parse().unwrap_or(amount);
        flyball_domain::Money { amount: digits, currency }
    };
    let mut prices = Vec::new();
    if let Some(own) = own.filter(|own| own.compare_at_price.is_some()) {
        prices.push(price("special", exact(own.price), Field::Absent));
    }
    let tiers = own.map_or(&[][..], |own| &own.tiers);
    prices.extend(tiers.iter().map(|tier| {
        price("tier", money(tier.price, currency), Field::Value(tier.quantity.into()))
    }));
    let levels = levels(shown)?;
    let total = own
        .filter(|_| !levels.is_empty())
        .map(|own| own.stock_at.iter().fold(0_i64, |total, at| total.saturating_add(at.available)));
    let mut extra = Map::new();
    if !tiers.is_empty() {
        // A price by quantity is one of a website, which a price has no place for.
        let said = said.get("tier_prices").cloned().unwrap_or_default();
        extra.insert("tier_prices".to_owned(), said);
    }
    Ok(Variant {
        id: id(id_of(shown.index))?,
        title: Field::Absent,
        sku: Field::Value(sku_of(stock).to_owned()),
        barcode: Field::Absent,
        identifiers: Field::Absent,
        position: Field::Absent,
        price: given(usual_price(stock).map(|amount| money(amount, currency))),
        compare_at_price: Field::Absent,
        unit_cost: given(own.and_then(|own| own.unit_cost).map(exact)),
        prices: Field::Value(prices),
        stock: given(total),
        stock_levels: if levels.is_empty() { Field::Absent } else { Field::Value(levels) },
        stock_tracked: Field::Absent,
        taxable: Field::Value(stock.variants.first().is_none_or(|variant| variant.taxable)),
        requires_shipping: match form {
            ProductForm::Simple => Field::Value(true),
            ProductForm::Virtual | ProductForm::Downloadable => Field::Value(false),
            ProductForm::Configurable
            | ProductForm::Bundle
            | ProductForm::Grouped
            | ProductForm::GiftCard
            | ProductForm::Other(_) => Field::Absent,
        },
        weight: given(
            weight(stock, WEIGHT_UNIT)
                .map(|value| Weight { value: rounded(value), unit: POUNDS.to_owned() }),
        ),
        selected_options: Field::Absent,
        custom_fields: Field::Absent,
        created_at: Field::Absent,
        updated_at: Field::Absent,
        extra,
    })
}

fn price(reason: &str, money: flyball_domain::Money, quantity_min: Field<i64>) -> Price {
    Price {
        money,
        reason: reason.to_owned(),
        list: Field::Null,
        quantity_min,
        from: Field::Absent,
        until: Field::Absent,
    }
}

fn levels(shown: &Shown) -> Result<Vec<StockLevel>, IdError> {
    let sources = source_items(shown).into_iter();
    sources
        .map(|said| {
            let code = said.get("source_code").and_then(Value::as_str).unwrap_or_default();
            Ok(StockLevel {
                location_id: code.parse()?,
                location: Field::Absent,
                available: given(said.get("quantity").and_then(Value::as_i64)),
                extra: rest(said, &["sku", "source_code", "quantity"]),
            })
        })
        .collect()
}

fn categories(stock: &StockProduct) -> Result<Field<Vec<Category>>, IdError> {
    if stock.collections.is_empty() {
        return Ok(Field::Absent);
    }
    let categories = stock.collections.iter().enumerate().map(|(place, collection)| {
        Ok(Category {
            id: id(category_id(collection.number))?,
            name: Field::Value(collection.title().to_owned()),
            position: given(i64::try_from(place).ok()),
        })
    });
    Ok(Field::Value(categories.collect::<Result<_, IdError>>()?))
}

fn options(shown: &Shown) -> Result<Field<Vec<ProductOption>>, IdError> {
    let ProductKind::Configurable { .. } = shown.item.kind else { return Ok(Field::Absent) };
    let options = shown.item.options.iter().enumerate().map(|(place, option)| {
        Ok(ProductOption {
            id: id(child(shown.index, place))?,
            name: option.name.clone(),
            values: option.values.clone(),
        })
    });
    Ok(Field::Value(options.collect::<Result<_, IdError>>()?))
}

fn components(shelves: Shelves<'_>, shown: &Shown) -> Result<Field<Vec<Component>>, IdError> {
    let products = &shelves.stocked.products;
    let by_sku = |sku: String, part: Field<String>, quantity: u32, extra| Component {
        product_id: Field::Absent,
        sku: Field::Value(sku),
        part,
        quantity: Field::Value(quantity.to_string()),
        extra,
    };
    let sku = |index: u64| products.get(index).map(|shown| sku_of(&shown.item).to_owned());
    let components: Vec<Component> = match &shown.item.kind {
        ProductKind::Configurable { children } => children
            .iter()
            .filter(|index| products.row(**index).is_some())
            .map(|index| {
                Ok(Component {
                    product_id: Field::Value(id(id_of(*index))?),
                    sku: Field::Absent,
                    part: Field::Absent,
                    quantity: Field::Absent,
                    extra: Map::new(),
                })
            })
            .collect::<Result<_, IdError>>()?,
        ProductKind::Bundle { parts } => {
            let said = said_of_links(&shelves.bundle_options(shown));
            let choices =
                parts.iter().flat_map(|part| part.choices.iter().map(move |of| (part, of)));
            choices
                .filter_map(|(part, choice)| Some((part, choice, sku(choice.product)?)))
                .zip(said)
                .map(|((part, choice, sku), extra)| {
                    by_sku(sku, Field::Value(part.title.clone()), choice.quantity, extra)
                })
                .collect()
        }
        ProductKind::Grouped { members } => members
            .iter()
            .enumerate()
            .filter_map(|(place, member)| {
                let linked = products.get(member.product)?;
                let linked_sku = sku_of(&linked.item).to_owned();
                let extra = json!({
                    "sku": sku_of(&shown.item),
                    "linked_product_type": type_id(&linked.item),
                    "position": place.saturating_add(1),
                    "link_type": "associated",
                });
                let extra = rest(extra, &["link_type"]);
                Some(by_sku(linked_sku, Field::Absent, member.quantity, extra))
            })
            .collect(),
        ProductKind::Simple | ProductKind::Virtual | ProductKind::Downloadable { .. } => {
            return Ok(Field::Absent);
        }
    };
    // A group without members says nothing of any.
    let is_group = matches!(shown.item.kind, ProductKind::Grouped { .. });
    Ok(if components.is_empty() && is_group { Field::Absent } else { Field::Value(components) })
}

/// What the vendor says of each choice of a bundle beside what it is and how many.
fn said_of_links(options: &Value) -> Vec<Map<String, Value>> {
    let options = options.as_array().cloned().unwrap_or_default();
    let links =
        options.iter().filter_map(|option| option.get("product_links")?.as_array().cloned());
    links.flatten().map(|link| rest(link, &["sku", "qty"])).collect()
}

fn images(shelves: Shelves<'_>, shown: &Shown) -> Result<Vec<Image>, IdError> {
    let said = shelves.product(shown, Detail::Listed);
    let said = said.get("media_gallery_entries").and_then(Value::as_array).cloned();
    let said = said.unwrap_or_default();
    let images = shown.item.images.iter().zip(said).enumerate();
    images.map(|(place, (stock, said))| image(shelves, shown, place, stock, said)).collect()
}

fn image(
    shelves: Shelves<'_>,
    shown: &Shown,
    place: usize,
    stock: &StockImage,
    said: Value,
) -> Result<Image, IdError> {
    Ok(Image {
        id: id(child(shown.index, place))?,
        url: Field::Value(format!("{}catalog/product{}", shelves.shop.media_url(), file(stock))),
        alt: stock.alt.clone().into(),
        width: Field::Absent,
        height: Field::Absent,
        extra: rest(said, &["id", "label", "file"]),
    })
}

fn custom_fields(attributes: &[(String, Value)]) -> Vec<CustomField> {
    let own = attributes.iter().filter(|(code, _)| code != "url_key" && code != "description");
    own.map(|(code, value)| CustomField {
        id: Field::Absent,
        namespace: String::new(),
        key: code.clone(),
        value_type: if value.is_array() { Field::Value("array".to_owned()) } else { Field::Absent },
        value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        updated_at: Field::Absent,
    })
    .collect()
}

fn extra(shelves: Shelves<'_>, shown: &Shown, said: Value) -> Map<String, Value> {
    let extension = said.get("extension_attributes").cloned().unwrap_or_default();
    let mut extra = rest(said, PLACED);
    match shown.item.kind {
        ProductKind::Configurable { .. } if !shown.item.options.is_empty() => {
            extra.insert("configurable_product_options".to_owned(), shelves.options(shown));
        }
        ProductKind::Bundle { .. } => {
            let options = shelves.bundle_options(shown);
            let options = options.as_array().cloned().unwrap_or_default().into_iter();
            let options: Value = options
                .map(|option| Value::Object(rest(option, &["title", "product_links"])))
                .collect();
            if options.as_array().is_some_and(|options| !options.is_empty()) {
                extra.insert("bundle_product_options".to_owned(), options);
            }
        }
        ProductKind::Configurable { .. }
        | ProductKind::Simple
        | ProductKind::Grouped { .. }
        | ProductKind::Virtual
        | ProductKind::Downloadable { .. } => {}
    }
    let extension = rest(extension, PLACED_EXTENSION);
    if !extension.is_empty() {
        extra.insert("extension_attributes".to_owned(), extension.into());
    }
    extra
}
