//! What an import of a product must come to, straight from the stock.

use flyball_domain::Currency;
use flyball_domain::{
    CustomField, Field, IdError, Image, Money, Product, ProductOption, UnixMillis, Variant,
    VendorId, Weight,
};
use serde_json::{Map, Value, json};

use super::ids::{child_number, gid, product_number};
use super::money;
use crate::stock::{ImageStatus, Shown, StockImage, StockMetafield, StockVariant};

/// The record that an import of a product must come to.
///
/// # Errors
/// Never, for ids made of digits.
pub(crate) fn product(shown: &Shown, currency: Currency) -> Result<Product, IdError> {
    let stock = &shown.item;
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
        form: Field::Absent,
        tags: Field::Value(stock.tags.clone()),
        categories: Field::Absent,
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
            custom_field(shown, place, stock)
        })?),
        extra: object(json!({
            "totalInventory": stock.total_inventory(),
            "isGiftCard": stock.is_gift_card,
            "category": stock.category.as_ref().map(|category| json!({
                "id": format!("gid://shopify/TaxonomyCategory/{}", category.id),
                "fullName": category.full_name,
            })),
            "seo": {"title": stock.seo_title, "description": stock.seo_description},
        })),
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
        stock_levels: Field::Absent,
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
        extra: object(json!({
            "inventoryPolicy": stock.policy.as_str(),
            "inventoryItemId": gid("InventoryItem", number),
        })),
    })
}

fn image(shown: &Shown, place: usize, stock: &StockImage) -> Result<Image, IdError> {
    let is_ready = stock.status == ImageStatus::Ready;
    Ok(Image {
        id: id(child_number(shown.index, place))?,
        url: is_ready.then(|| stock.url.clone()).into(),
        alt: stock.alt.clone().into(),
        width: is_ready.then_some(i64::from(stock.width)).into(),
        height: is_ready.then_some(i64::from(stock.height)).into(),
        extra: object(json!({"status": stock.status.as_str()})),
    })
}

fn custom_field(
    shown: &Shown,
    place: usize,
    stock: &StockMetafield,
) -> Result<CustomField, IdError> {
    Ok(CustomField {
        id: Field::Value(id(child_number(shown.index, place))?),
        namespace: stock.namespace.clone(),
        key: stock.key.clone(),
        value_type: Field::Value(stock.value_type.clone()),
        value: stock.value.clone(),
        updated_at: Field::Value(UnixMillis(shown.updated_at)),
    })
}

fn id(number: u64) -> Result<VendorId, IdError> {
    number.to_string().parse()
}

fn each<S, T>(
    items: &[S],
    make: impl Fn(usize, &S) -> Result<T, IdError>,
) -> Result<Vec<T>, IdError> {
    items.iter().enumerate().map(|(place, item)| make(place, item)).collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
