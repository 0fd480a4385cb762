use flyball_connector::decode::{RowError, decimal};
use flyball_connector::json::At;
use flyball_domain::{Field, Money, Price, ProductForm, Variant, VendorId, Weight};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::facts::StoreFacts;
use super::fields::{Fields, each, present, whole};
use super::notes::Notes;
use super::product::form;

/// Numbers of the trade, best first.
const IDENTIFIERS: [&str; 3] = ["gtin", "upc", "mpn"];

/// A variant, and what it chooses of the product's options as (option's id, name, value).
pub(super) struct ReadVariant {
    pub(super) variant: Variant,
    pub(super) choices: Vec<(VendorId, String, String)>,
}

/// What a variant takes from its product where it has nothing of its own. All of it stays in the
/// product's `extra` too.
pub(super) struct Inherited {
    pub(super) form: Field<ProductForm>,
    price: Option<Money>,
    retail: Option<Money>,
    sale: Option<Money>,
    map: Option<Money>,
    weight: Option<Decimal>,
    identifiers: Vec<(String, String)>,
    stock: Stock,
    tiers: Vec<Price>,
}

/// Where a product's stock is counted.
enum Stock {
    Unknown,
    Nowhere,
    /// On the product; this much, of which a variant has all if it is the only one. Several share
    /// it, and none of them has a number of its own.
    Product(Option<i64>),
    Variants,
}

impl Inherited {
    /// Looks at a product's fields and leaves them where they are.
    pub(super) fn read(
        fields: &mut Fields<'_>,
        facts: &StoreFacts,
        variants: Option<usize>,
        notes: &mut Notes,
    ) -> Result<Self, RowError> {
        let single = variants == Some(1);
        let stock = match fields.peek_text("inventory_tracking").as_deref() {
            Some("none") => Stock::Nowhere,
            Some("product") if single => {
                Stock::Product(fields.peek_text("inventory_level").and_then(|text| whole(&text)))
            }
            Some("product") => Stock::Product(None),
            Some("variant") => Stock::Variants,
            Some(_) | None => Stock::Unknown,
        };
        let mut identifiers = Vec::new();
        for name in IDENTIFIERS {
            if let (true, Some(value)) = (single, fields.peek_text(name)) {
                identifiers.push((name.to_owned(), value));
            }
        }
        let mut money = |name| fields.peek_money(name, facts.currency);
        Ok(Self {
            price: money("price")?,
            retail: money("retail_price")?,
            sale: money("sale_price")?,
            map: money("map_price")?,
            weight: fields.peek_text("weight").and_then(|text| decimal(&text)),
            identifiers,
            stock,
            tiers: tiers(fields, facts, notes)?,
            form: form(fields),
        })
    }
}

/// Prices from a quantity on, where the vendor gives them as such. Rules that take an amount or a
/// percentage off stay in `extra`, where all rules are: off which price is not said.
fn tiers(
    fields: &mut Fields<'_>,
    facts: &StoreFacts,
    notes: &mut Notes,
) -> Result<Vec<Price>, RowError> {
    let Field::Value(raw) = fields.peek("bulk_pricing_rules") else { return Ok(Vec::new()) };
    let read = each(present(raw), "bulk_pricing_rules", notes, |rule, notes| {
        let mut rule = Fields::read(rule)?;
        if rule.word("type", notes).value().is_none_or(|word| word != "fixed") {
            return Ok(None);
        }
        let quantity_min = rule.whole("quantity_min", notes);
        Ok(rule
            .money("amount", facts.currency, notes)?
            .value()
            .map(|money| Price { quantity_min, ..price(*money, "tier") }))
    })?;
    Ok(read.into_iter().flatten().collect())
}

fn price(money: Money, reason: &str) -> Price {
    Price {
        money,
        reason: reason.to_owned(),
        list: Field::Null,
        quantity_min: Field::Absent,
        from: Field::Absent,
        until: Field::Absent,
    }
}

/// Reads a variant.
pub(super) fn variant(
    row: At<'_, '_>,
    position: i64,
    inherited: &Inherited,
    facts: &StoreFacts,
    notes: &mut Notes,
) -> Result<ReadVariant, RowError> {
    let mut fields = Fields::read(row)?;
    let currency = facts.currency;
    let id = fields.id("id")?;
    let mut extra = Map::new();
    let choices = choices(&mut fields, notes, &mut extra)?;
    let retail = some(&own_or(fields.money("retail_price", currency, notes)?, inherited.retail));
    let sale = some(&own_or(fields.money("sale_price", currency, notes)?, inherited.sale));
    let map = some(&own_or(fields.money("map_price", currency, notes)?, inherited.map));
    let others = [(&sale, "sale"), (&map, "map")];
    let others = others.iter().filter_map(|(money, reason)| Some(price(*money.value()?, reason)));
    let mut own: Vec<(String, String)> = Vec::new();
    for name in IDENTIFIERS {
        if let Field::Value(value) = fields.text(name, notes) {
            own.push((name.to_owned(), value));
        }
    }
    let identifiers = if own.is_empty() { inherited.identifiers.clone() } else { own };
    let (stock, stock_tracked) = stock(&mut fields, inherited, notes);
    let variant = Variant {
        id,
        title: Field::Absent,
        sku: fields.text("sku", notes),
        barcode: barcode(&identifiers),
        identifiers: Field::Value(identifiers),
        position: Field::Value(position),
        price: own_or(fields.money("price", currency, notes)?, inherited.price),
        compare_at_price: retail,
        unit_cost: fields.money("cost_price", currency, notes)?,
        prices: Field::Value(others.chain(inherited.tiers.iter().cloned()).collect()),
        stock,
        stock_levels: Field::Absent,
        stock_tracked,
        taxable: Field::Absent,
        requires_shipping: match inherited.form.value() {
            Some(ProductForm::Simple) => Field::Value(true),
            Some(ProductForm::Downloadable) => Field::Value(false),
            Some(_) | None => Field::Absent,
        },
        weight: weight(&mut fields, inherited, facts, notes),
        selected_options: choices.as_ref().map_or(Field::Absent, |choices| {
            Field::Value(
                choices.iter().map(|(_, name, value)| (name.clone(), value.clone())).collect(),
            )
        }),
        custom_fields: Field::Absent,
        created_at: Field::Absent,
        updated_at: Field::Absent,
        extra: Map::new(),
    };
    fields.rest(&mut extra)?;
    let choices = choices.unwrap_or_default();
    Ok(ReadVariant { variant: Variant { extra, ..variant }, choices })
}

/// 0 is how the vendor writes that there is none.
fn some(money: &Field<Money>) -> Field<Money> {
    match money {
        Field::Value(money) if !money.amount.is_zero() => Field::Value(*money),
        Field::Value(_) | Field::Null => Field::Null,
        Field::Absent => Field::Absent,
    }
}

/// A `null` is how the vendor writes that the product's is meant.
fn own_or(own: Field<Money>, products: Option<Money>) -> Field<Money> {
    match (own, products) {
        (Field::Null, Some(money)) => Field::Value(money),
        (own, _) => own,
    }
}

fn barcode(identifiers: &[(String, String)]) -> Field<String> {
    let code = identifiers.iter().find(|(name, _)| name != "mpn");
    code.map(|(_, value)| value.clone()).into()
}

fn stock(
    fields: &mut Fields<'_>,
    inherited: &Inherited,
    notes: &mut Notes,
) -> (Field<i64>, Field<bool>) {
    match &inherited.stock {
        Stock::Unknown => (fields.whole("inventory_level", notes), Field::Absent),
        Stock::Nowhere => (Field::Null, Field::Value(false)),
        Stock::Product(level) => ((*level).into(), Field::Value(true)),
        Stock::Variants => (fields.whole("inventory_level", notes), Field::Value(true)),
    }
}

fn weight(
    fields: &mut Fields<'_>,
    inherited: &Inherited,
    facts: &StoreFacts,
    notes: &mut Notes,
) -> Field<Weight> {
    let Some(unit) = &facts.weight_unit else { return Field::Absent };
    let value = match (fields.number("weight", notes), inherited.weight) {
        (Field::Null, Some(products)) => Field::Value(products),
        (own, _) => own,
    };
    value.map(|value| Weight { value, unit: unit.clone() })
}

type Choices = Vec<(VendorId, String, String)>;

/// What a variant chooses. The ids of the values chosen have no place and are kept.
fn choices(
    fields: &mut Fields<'_>,
    notes: &mut Notes,
    extra: &mut Map<String, Value>,
) -> Result<Option<Choices>, RowError> {
    let Field::Value(list) = fields.list("option_values", notes) else { return Ok(None) };
    let mut ids = Vec::new();
    let choices = each(list, "option_values", notes, |row, notes| {
        let mut value = Fields::read(row)?;
        if let Field::Value(id) = value.reference("id", notes) {
            ids.push(Value::from(id.as_str()));
        }
        let word = |field: Field<String>| field.value().cloned().unwrap_or_default();
        let name = word(value.text("option_display_name", notes));
        let label = word(value.text("label", notes));
        Ok((value.id("option_id")?, name, label))
    })?;
    if !ids.is_empty() {
        extra.insert("option_value_ids".to_owned(), Value::Array(ids));
    }
    Ok(Some(choices))
}
