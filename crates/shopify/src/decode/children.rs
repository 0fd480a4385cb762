use flyball_connector::decode::{
    RowError, Text, decimal, each, flag, keep, money, text, time, whole,
};
use flyball_domain::{Currency, CustomField, Field, Image, Money, Variant, Weight};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Connection;
use super::gid::id;
use crate::queries::Child;

/// Children of a product, read.
#[derive(Debug)]
pub(crate) enum Children {
    Variants(Vec<Variant>),
    Media(Media),
    Metafields(Vec<CustomField>),
}

/// A product's media: pictures, and what has no place in our model.
#[derive(Debug, Default)]
pub(crate) struct Media {
    pub(super) images: Vec<Image>,
    pub(super) others: Vec<Value>,
}

/// Reads a page of children.
pub(crate) fn children(
    child: Child,
    page: &Connection<'_>,
    currency: Option<Currency>,
) -> Result<Children, RowError> {
    let nodes = || page.nodes.value().into_iter().flatten().copied();
    Ok(match child {
        Child::Variants => {
            Children::Variants(each(nodes(), "variants", |node| variant(node, currency))?)
        }
        Child::Media => {
            let mut media = Media::default();
            for node in each(nodes(), "media", medium)? {
                match node {
                    Medium::Image(image) => media.images.push(image),
                    Medium::Other(other) => media.others.push(other),
                }
            }
            Children::Media(media)
        }
        Child::Metafields => Children::Metafields(each(nodes(), "metafields", metafield)?),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct VariantNode {
    id: Field<Text>,
    title: Field<Text>,
    sku: Field<Text>,
    barcode: Field<Text>,
    position: Field<Text>,
    price: Field<Text>,
    compare_at_price: Field<Text>,
    inventory_quantity: Field<Text>,
    inventory_policy: Field<Value>,
    taxable: Field<Text>,
    created_at: Field<Text>,
    updated_at: Field<Text>,
    selected_options: Field<Vec<Option<SelectedOption>>>,
    inventory_item: Field<InventoryItem>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SelectedOption {
    name: Field<Text>,
    value: Field<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InventoryItem {
    id: Field<Value>,
    tracked: Field<Text>,
    requires_shipping: Field<Text>,
    measurement: Field<Measurement>,
    unit_cost: Field<UnitCost>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Measurement {
    weight: Field<WeightNode>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WeightNode {
    value: Field<Text>,
    unit: Field<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct UnitCost {
    amount: Field<Text>,
    currency_code: Field<Text>,
}

fn variant(node: &str, currency: Option<Currency>) -> Result<Variant, RowError> {
    let node: VariantNode = serde_json::from_str(node)?;
    let (item, known) = match node.inventory_item {
        Field::Value(item) => (item, true),
        Field::Absent | Field::Null => (InventoryItem::default(), false),
    };
    let mut extra = Map::new();
    keep(&mut extra, "inventoryPolicy", node.inventory_policy);
    if known {
        keep(&mut extra, "inventoryItemId", item.id);
    }
    Ok(Variant {
        id: id(&node.id, "id")?,
        title: text(node.title),
        sku: text(node.sku),
        barcode: text(node.barcode),
        position: whole(node.position, "position")?,
        price: money(node.price, currency, "price")?,
        compare_at_price: money(node.compare_at_price, currency, "compareAtPrice")?,
        unit_cost: unit_cost(item.unit_cost, currency)?,
        stock: whole(node.inventory_quantity, "inventoryQuantity")?,
        stock_tracked: flag(item.tracked, "inventoryItem.tracked")?,
        identifiers: Field::Absent,
        prices: Field::Absent,
        stock_levels: Field::Absent,
        custom_fields: Field::Absent,
        taxable: flag(node.taxable, "taxable")?,
        requires_shipping: flag(item.requires_shipping, "inventoryItem.requiresShipping")?,
        weight: weight(item.measurement),
        selected_options: node.selected_options.map(selected_options),
        created_at: time(node.created_at, "createdAt")?,
        updated_at: time(node.updated_at, "updatedAt")?,
        extra,
    })
}

fn selected_options(options: Vec<Option<SelectedOption>>) -> Vec<(String, String)> {
    let word = |field: Field<Text>| text(field).value().cloned().unwrap_or_default();
    options.into_iter().flatten().map(|option| (word(option.name), word(option.value))).collect()
}

fn unit_cost(cost: Field<UnitCost>, shop: Option<Currency>) -> Result<Field<Money>, RowError> {
    match cost {
        Field::Absent => Ok(Field::Absent),
        Field::Null => Ok(Field::Null),
        Field::Value(cost) => {
            let own = cost.currency_code.value().and_then(|code| code.0.parse().ok());
            money(cost.amount, own.or(shop), "inventoryItem.unitCost.amount")
        }
    }
}

/// A weight that can't be read is taken as not answered: it is no reason to lose a product.
fn weight(measurement: Field<Measurement>) -> Field<Weight> {
    let weight = match measurement {
        Field::Value(measurement) => measurement.weight,
        Field::Null => Field::Null,
        Field::Absent => Field::Absent,
    };
    match weight {
        Field::Null => Field::Null,
        Field::Value(WeightNode { value: Field::Value(value), unit: Field::Value(unit) }) => {
            decimal(&value.0).map_or(Field::Absent, |value| {
                Field::Value(Weight { value, unit: unit.0.to_ascii_lowercase() })
            })
        }
        Field::Absent | Field::Value(_) => Field::Absent,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MediaNode {
    id: Field<Text>,
    alt: Field<Text>,
    status: Field<Value>,
    media_content_type: Field<Text>,
    image: Field<ImageNode>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ImageNode {
    url: Field<Text>,
    width: Field<Text>,
    height: Field<Text>,
}

enum Medium {
    Image(Image),
    Other(Value),
}

fn medium(text_of_node: &str) -> Result<Medium, RowError> {
    let node: MediaNode = serde_json::from_str(text_of_node)?;
    let named =
        |field: &Field<Text>, word: &str| field.value().is_some_and(|found| found.0.contains(word));
    if !named(&node.id, "/MediaImage/") && !named(&node.media_content_type, "IMAGE") {
        return Ok(Medium::Other(serde_json::from_str(text_of_node)?));
    }
    let mut extra = Map::new();
    keep(&mut extra, "status", node.status);
    let (url, width, height) = match node.image {
        Field::Absent => (Field::Absent, Field::Absent, Field::Absent),
        Field::Null => (Field::Null, Field::Null, Field::Null),
        Field::Value(image) => (
            text(image.url),
            whole(image.width, "image.width")?,
            whole(image.height, "image.height")?,
        ),
    };
    let id = id(&node.id, "id")?;
    Ok(Medium::Image(Image { id, url, alt: text(node.alt), width, height, extra }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MetafieldNode {
    id: Field<Text>,
    namespace: Field<Text>,
    key: Field<Text>,
    r#type: Field<Text>,
    value: Field<Text>,
    updated_at: Field<Text>,
}

fn metafield(node: &str) -> Result<CustomField, RowError> {
    let node: MetafieldNode = serde_json::from_str(node)?;
    let required = |field: Field<Text>, at: &str, expected| {
        text(field)
            .value()
            .cloned()
            .ok_or_else(|| RowError::Missing { at: at.to_owned(), expected })
    };
    Ok(CustomField {
        id: match node.id {
            Field::Value(_) => Field::Value(id(&node.id, "id")?),
            Field::Null => Field::Null,
            Field::Absent => Field::Absent,
        },
        namespace: text(node.namespace).value().cloned().unwrap_or_default(),
        key: required(node.key, "key", "a metafield's key")?,
        value_type: text(node.r#type),
        value: required(node.value, "value", "a metafield's value")?,
        updated_at: time(node.updated_at, "updatedAt")?,
    })
}
