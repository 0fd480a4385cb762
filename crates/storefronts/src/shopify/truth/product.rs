use flyball_domain::{
    Category, Currency, Field, IdError, Image, Money, Product, ProductForm, ProductOption,
    StockLevel, UnixMillis, Variant, Weight,
};
use serde_json::json;

use super::super::ids::{child_number, gid, product_number};
use super::super::money;
use super::super::resolve::{COLLECTION_FROM, QUANTITY_NAMES, fields, location_number};
use super::super::shop::Shop;
use super::{custom_field, each, id};
use crate::stock::{
    ImageStatus, LOCATIONS, Shown, StockAt, StockImage, StockProduct, StockVariant,
};

/// The record that an import of a product must come to.
///
/// # Errors
/// Never, for ids made of digits.
pub(in super::super) fn product(shop: &Shop, shown: &Shown) -> Result<Product, IdError> {
    let stock = &shown.item;
    let currency = shop.currency;
    Ok(Product {
        id: id(product_number(shown.index))?,
        updated_at: UnixMillis(shown.updated_at),
        created_at: Field::Value(UnixMillis(shown.created_at)),
        published_at: stock.published.then_some(UnixMillis(shown.created_at)).into(),
        title: Field::Value(stock.title.clone()),
        handle: Field::Value(stock.handle.clone()),
        description_html: Field::Value(stock.description_html.clone()),
        vendor: Field::Value(stock.vendor.clone()),
        product_type: Field::Value(stock.product_type.clone()),
        status: Field::Value(stock.status.clone()),
        form: Field::Value(form(stock)),
        tags: Field::Value(stock.tags.clone()),
        categories: Field::Value(categories(stock)?),
        components: Field::Absent,
        mapped: Field::Absent,
        options: Field::Value(each(&stock.options, |place, option| {
            Ok(ProductOption {
                id: id(child_number(shown.index, place))?,
                name: option.name.clone(),
                values: option.values.clone(),
            })
        })?),
        variants: Field::Value(each(&stock.variants, |place, stock| {
            variant(shown, place, stock, currency)
        })?),
        images: Field::Value(each(&stock.images, |place, stock| image(shown, place, stock))?),
        custom_fields: Field::Value(each(&stock.metafields, |place, stock| {
            custom_field(child_number(shown.index, place), shown.updated_at, stock)
        })?),
        extra: fields(json!({
            "giftCardTemplateSuffix": null,
            "hasVariantsThatRequiresComponents": false,
            "onlineStoreUrl": stock.published.then(|| shop.product_url(&stock.handle)),
            "requiresSellingPlan": false,
            "templateSuffix": null,
            "totalInventory": stock.total_inventory(),
            "tracksInventory": stock.variants.iter().any(|variant| variant.tracked),
            "category": stock.category.as_ref().map(|category| json!({
                "id": format!("gid://shopify/TaxonomyCategory/{}", category.id),
                "fullName": category.full_name,
            })),
            "seo": {"title": stock.seo_title, "description": stock.seo_description},
        })),
    })
}

/// What a product is made of, as far as it can be told from what the vendor says.
fn form(stock: &StockProduct) -> ProductForm {
    if stock.is_gift_card {
        ProductForm::GiftCard
    } else if stock.variants.is_empty()
        || stock.variants.iter().any(|variant| variant.requires_shipping)
    {
        ProductForm::Simple
    } else {
        ProductForm::Virtual
    }
}

/// By id, as a list without a sort key comes.
fn categories(stock: &StockProduct) -> Result<Vec<Category>, IdError> {
    let mut collections: Vec<_> = stock.collections.iter().collect();
    collections.sort_by_key(|collection| collection.number);
    each(&collections, |_, collection| {
        Ok(Category {
            id: id(COLLECTION_FROM.saturating_add(collection.number))?,
            name: Field::Value(collection.title().to_owned()),
            position: Field::Absent,
        })
    })
}

fn stock_level(_: usize, at: &StockAt) -> Result<StockLevel, IdError> {
    let [_, on_hand, others @ ..] = QUANTITY_NAMES;
    let mut extra = fields(json!({on_hand: at.available}));
    extra.extend(others.map(|name| (name.to_owned(), 0.into())));
    Ok(StockLevel {
        location_id: id(location_number(at.location))?,
        location: Field::Value(LOCATIONS.get(at.location).copied().unwrap_or_default().to_owned()),
        available: Field::Value(at.available),
        extra,
    })
}

fn variant(
    shown: &Shown,
    place: usize,
    stock: &StockVariant,
    currency: Currency,
) -> Result<Variant, IdError> {
    let price = |amount| Money { amount: money::price(amount, currency), currency };
    let number = child_number(shown.index, place);
    Ok(Variant {
        id: id(number)?,
        title: Field::Value(stock.title()),
        sku: stock.sku.clone().into(),
        barcode: stock.barcode.clone().into(),
        identifiers: Field::Absent,
        prices: Field::Absent,
        stock_levels: Field::Value(each(&stock.stock_at, stock_level)?),
        custom_fields: Field::Absent,
        position: i64::try_from(place).ok().map(|place| place.saturating_add(1)).into(),
        price: Field::Value(price(stock.price)),
        compare_at_price: stock.compare_at_price.map(price).into(),
        unit_cost: stock
            .unit_cost
            .map(|cost| Money { amount: money::amount(cost, currency), currency })
            .into(),
        stock: Field::Value(stock.quantity),
        stock_tracked: Field::Value(stock.tracked),
        taxable: Field::Value(stock.taxable),
        requires_shipping: Field::Value(stock.requires_shipping),
        weight: stock
            .weight
            .as_ref()
            .map(|weight| Weight {
                value: money::weight(weight.value),
                unit: weight.unit.as_str().to_ascii_lowercase(),
            })
            .into(),
        selected_options: Field::Value(
            shown
                .item
                .options
                .iter()
                .zip(&stock.option_values)
                .map(|(option, value)| (option.name.clone(), value.clone()))
                .collect(),
        ),
        created_at: Field::Value(UnixMillis(shown.created_at)),
        updated_at: Field::Value(UnixMillis(shown.updated_at)),
        extra: fields(json!({
            "image": stock.image.map_or(serde_json::Value::Null, |place| picture(shown, place)),
            "inventoryPolicy": stock.policy.as_str(),
            "inventoryItemId": gid("InventoryItem", number),
        })),
    })
}

/// The picture of a variant, which has none while it is being processed.
fn picture(shown: &Shown, place: usize) -> serde_json::Value {
    match shown.item.images.get(place) {
        Some(image) if image.status == ImageStatus::Ready => json!({
            "id": gid("ImageSource", child_number(shown.index, place)),
            "url": image.url,
        }),
        Some(_) | None => serde_json::Value::Null,
    }
}

fn image(shown: &Shown, place: usize, stock: &StockImage) -> Result<Image, IdError> {
    let is_ready = stock.status == ImageStatus::Ready;
    Ok(Image {
        id: id(child_number(shown.index, place))?,
        url: is_ready.then(|| stock.url.clone()).into(),
        alt: stock.alt.clone().into(),
        width: is_ready.then_some(i64::from(stock.width)).into(),
        height: is_ready.then_some(i64::from(stock.height)).into(),
        extra: fields(json!({"status": stock.status.as_str()})),
    })
}
