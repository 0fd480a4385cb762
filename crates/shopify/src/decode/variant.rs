use flyball_connector::decode::{
    RowError, Text, decimal, each, flag, keep, money, text, time, whole,
};
use flyball_domain::{Currency, Field, Money, StockLevel, Variant, Weight};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::connection::Connection;
use super::gid::id;
use super::reader::Reader;
use super::words::{given, within};
use crate::queries::List;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct VariantNode<'a> {
    id: Field<Text<'a>>,
    title: Field<Text<'a>>,
    sku: Field<Text<'a>>,
    barcode: Field<Text<'a>>,
    position: Field<Text<'a>>,
    price: Field<Text<'a>>,
    compare_at_price: Field<Text<'a>>,
    inventory_quantity: Field<Text<'a>>,
    inventory_policy: Field<Value>,
    taxable: Field<Text<'a>>,
    created_at: Field<Text<'a>>,
    updated_at: Field<Text<'a>>,
    image: Field<Value>,
    selected_options: Field<Vec<Option<SelectedOption<'a>>>>,
    #[serde(borrow)]
    inventory_item: Field<InventoryItem<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SelectedOption<'a> {
    #[serde(borrow)]
    name: Field<Text<'a>>,
    value: Field<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InventoryItem<'a> {
    id: Field<Text<'a>>,
    tracked: Field<Text<'a>>,
    requires_shipping: Field<Text<'a>>,
    measurement: Field<Measurement<'a>>,
    unit_cost: Field<UnitCost<'a>>,
    #[serde(borrow)]
    inventory_levels: Field<Connection<LevelNode<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Measurement<'a> {
    #[serde(borrow)]
    weight: Field<WeightNode<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WeightNode<'a> {
    #[serde(borrow)]
    value: Field<Text<'a>>,
    unit: Field<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct UnitCost<'a> {
    #[serde(borrow)]
    amount: Field<Text<'a>>,
    currency_code: Field<Text<'a>>,
}

/// Reads a variant.
pub(super) fn variant<'n, 'p: 'n>(
    node: VariantNode<'n>,
    reader: &mut Reader<'p>,
) -> Result<Variant, RowError> {
    let (item, known) = match node.inventory_item {
        Field::Value(item) => (item, true),
        Field::Absent | Field::Null => (InventoryItem::default(), false),
    };
    let currency = reader.currency;
    let mut extra = Map::new();
    keep(&mut extra, "inventoryPolicy", node.inventory_policy);
    keep(&mut extra, "image", node.image);
    if known {
        keep(&mut extra, "inventoryItemId", item.id.clone().map(|id| id.0.into_owned().into()));
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

fn selected_options(options: Vec<Option<SelectedOption<'_>>>) -> Vec<(String, String)> {
    let pair = |option: SelectedOption<'_>| {
        (given(option.name).unwrap_or_default(), given(option.value).unwrap_or_default())
    };
    options.into_iter().flatten().map(pair).collect()
}

fn unit_cost(cost: Field<UnitCost<'_>>, shop: Option<Currency>) -> Result<Field<Money>, RowError> {
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
fn weight(measurement: Field<Measurement<'_>>) -> Field<Weight> {
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
struct LevelNode<'a> {
    #[serde(borrow)]
    location: Field<Location<'a>>,
    quantities: Field<Vec<Option<Quantity<'a>>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Location<'a> {
    #[serde(borrow)]
    id: Field<Text<'a>>,
    name: Field<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Quantity<'a> {
    #[serde(borrow)]
    name: Field<Text<'a>>,
    quantity: Field<Text<'a>>,
}

/// The id of a level is made of its location's and its item's: it is not kept.
fn level(node: LevelNode<'_>) -> Result<StockLevel, RowError> {
    const AVAILABLE: &str = "available";
    let location = match node.location {
        Field::Value(location) => location,
        Field::Absent | Field::Null => Location::default(),
    };
    let mut extra = Map::new();
    let mut available = Field::Absent;
    let quantities = match node.quantities {
        Field::Value(quantities) => quantities,
        Field::Absent | Field::Null => Vec::new(),
    };
    for quantity in quantities.into_iter().flatten() {
        let mut name = given(quantity.name).unwrap_or_default();
        name.make_ascii_lowercase();
        let counted = whole(quantity.quantity, "quantities.quantity")?;
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
