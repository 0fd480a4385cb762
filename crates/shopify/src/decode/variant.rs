use flyball_connector::decode::{
    RowError, Text, decimal, each, flag, keep, money, text, time, whole,
};
use flyball_domain::{Currency, Field, Money, StockLevel, Variant, Weight};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::connection::Connection;
use super::gid::id;
use super::reader::Reader;
use super::words::{within, word};
use crate::queries::List;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct VariantNode<'a> {
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
    image: Field<Value>,
    selected_options: Field<Vec<Option<SelectedOption>>>,
    #[serde(borrow)]
    inventory_item: Field<InventoryItem<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SelectedOption {
    name: Field<Text>,
    value: Field<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InventoryItem<'a> {
    id: Field<Text>,
    tracked: Field<Text>,
    requires_shipping: Field<Text>,
    measurement: Field<Measurement>,
    unit_cost: Field<UnitCost>,
    #[serde(borrow)]
    inventory_levels: Field<Connection<'a>>,
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

/// Reads a variant.
pub(super) fn variant<'n, 'p: 'n>(
    node: &'n str,
    reader: &mut Reader<'p>,
) -> Result<Variant, RowError> {
    let node: VariantNode<'n> = serde_json::from_str(node)?;
    let (item, known) = match node.inventory_item {
        Field::Value(item) => (item, true),
        Field::Absent | Field::Null => (InventoryItem::default(), false),
    };
    let currency = reader.currency;
    let mut extra = Map::new();
    keep(&mut extra, "inventoryPolicy", node.inventory_policy);
    keep(&mut extra, "image", node.image);
    if known {
        keep(&mut extra, "inventoryItemId", item.id.clone().map(|id| id.0.into()));
    }
    let stock_levels = match item.id.value() {
        Some(owner) => reader
            .list(List::Levels, &owner.0, item.inventory_levels)?
            .try_map(|nodes| each(nodes, "inventoryItem.inventoryLevels", level))?,
        None => Field::Absent,
    };
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
        stock_levels,
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
    within(measurement, |measurement| match measurement.weight {
        Field::Null => Field::Null,
        Field::Value(WeightNode { value: Field::Value(value), unit: Field::Value(unit) }) => {
            decimal(&value.0).map_or(Field::Absent, |value| {
                Field::Value(Weight { value, unit: unit.0.to_ascii_lowercase() })
            })
        }
        Field::Absent | Field::Value(_) => Field::Absent,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LevelNode {
    location: Field<Location>,
    quantities: Field<Vec<Option<Quantity>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Location {
    id: Field<Text>,
    name: Field<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Quantity {
    name: Field<Text>,
    quantity: Field<Text>,
}

/// The id of a level is made of its location's and its item's: it is not kept.
fn level(node: &str) -> Result<StockLevel, RowError> {
    const AVAILABLE: &str = "available";
    let node: LevelNode = serde_json::from_str(node)?;
    let location = match node.location {
        Field::Value(location) => location,
        Field::Absent | Field::Null => Location::default(),
    };
    let mut extra = Map::new();
    let mut available = Field::Absent;
    for quantity in node.quantities.value().into_iter().flatten().flatten() {
        let name = word(quantity.name.clone()).value().cloned().unwrap_or_default();
        let counted = whole(quantity.quantity.clone(), "quantities.quantity")?;
        if name == AVAILABLE {
            available = counted;
        } else {
            keep(&mut extra, &name, counted.map(Value::from));
        }
    }
    Ok(StockLevel {
        location_id: id(&location.id, "location.id")?,
        location: text(location.name),
        available,
        extra,
    })
}
