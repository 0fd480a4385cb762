use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{Amounts, LineAmounts, STORE_ID, Sale};
use crate::magento::ids::{child, number as id_of};
use crate::magento::json::{extension, flag, number, without_nulls};
use crate::magento::product::{Shelves, type_id, weight};
use crate::magento::shop::WEIGHT_UNIT;
use crate::magento::vocabulary::code;
use crate::stock::{Shown, StockLine, StockLinePart, StockOrder, sku_of};

/// A line as the vendor has it: a line of the order, or a product of its own that one stands for.
#[derive(Clone, Debug)]
pub(in crate::magento) struct Item<'a> {
    pub(in crate::magento) id: u64,
    /// The place of the order's line.
    pub(in crate::magento) line: usize,
    pub(in crate::magento) stock: &'a StockLine,
    pub(in crate::magento) kind: ItemKind,
    pub(in crate::magento) product: Option<u64>,
    pub(in crate::magento) sku: String,
    pub(in crate::magento) title: String,
    pub(in crate::magento) type_id: &'static str,
    /// How many in one of the order's line.
    pub(in crate::magento) per_line: Decimal,
    pub(in crate::magento) weight: Option<Decimal>,
}

/// What an item is to others.
#[derive(Clone, Copy, Debug)]
pub(in crate::magento) enum ItemKind {
    /// A line of the order.
    Line,
    /// A product that another item stands for.
    Part {
        /// The other item's id.
        of: u64,
    },
}

/// An order's items: each line, and behind it what it stands for.
pub(super) fn of<'a>(shelves: Shelves<'a>, shown: &'a Shown<StockOrder>) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = Vec::new();
    for (place, line) in shown.item.lines.iter().enumerate() {
        let id = child(shown.index, items.len());
        items.push(line_item(shelves, id, place, line));
        for part in &line.parts {
            let part_id = child(shown.index, items.len());
            items.push(part_item(shelves, part_id, id, place, line, part));
        }
    }
    items
}

fn line_item<'a>(shelves: Shelves<'a>, id: u64, place: usize, line: &'a StockLine) -> Item<'a> {
    let product = line.product.and_then(|index| shelves.stocked.products.get(index));
    let product = product.as_ref().map(|shown| &*shown.item);
    let guess = match (line.parts.len(), line.requires_shipping) {
        (0, true) => "simple",
        (0, false) => "virtual",
        (1, _) if !line.options.is_empty() => "configurable",
        (_, _) => "bundle",
    };
    let known = product.map(type_id).filter(|known| line.parts.is_empty() || is_whole(known));
    let sku = line.sku.clone().filter(|sku| !sku.is_empty());
    let sku = sku.or_else(|| product.map(|product| sku_of(product).to_owned()));
    Item {
        id,
        line: place,
        stock: line,
        kind: ItemKind::Line,
        product: line.product,
        sku: sku.unwrap_or_else(|| line.title.clone()),
        title: line.title.clone(),
        type_id: known.unwrap_or(guess),
        per_line: Decimal::ONE,
        weight: product.and_then(|product| weight(product, WEIGHT_UNIT)),
    }
}

fn is_whole(type_id: &str) -> bool {
    matches!(type_id, "configurable" | "bundle")
}

fn part_item<'a>(
    shelves: Shelves<'a>,
    id: u64,
    parent: u64,
    place: usize,
    line: &'a StockLine,
    part: &'a StockLinePart,
) -> Item<'a> {
    let product = shelves.stocked.products.get(part.product);
    let product = product.as_ref().map(|shown| &*shown.item);
    let sku = part.sku.clone().filter(|sku| !sku.is_empty());
    let sku = sku.or_else(|| product.map(|product| sku_of(product).to_owned()));
    Item {
        id,
        line: place,
        stock: line,
        kind: ItemKind::Part { of: parent },
        product: Some(part.product),
        sku: sku.unwrap_or_else(|| part.title.clone()),
        title: part.title.clone(),
        type_id: product.map_or("simple", type_id),
        per_line: Decimal::from(part.quantity),
        weight: product.and_then(|product| weight(product, WEIGHT_UNIT)),
    }
}

impl Item<'_> {
    /// So many of the order's line, as so many of this.
    pub(in crate::magento) fn quantity(&self, of_line: u32) -> Decimal {
        self.per_line.saturating_mul(of_line.into())
    }

    /// Whether it is a line of the order.
    pub(in crate::magento) const fn is_line(&self) -> bool {
        matches!(self.kind, ItemKind::Line)
    }

    /// Whether nothing of it is sent.
    pub(in crate::magento) fn is_virtual(&self) -> bool {
        match self.kind {
            ItemKind::Line => !self.stock.requires_shipping,
            ItemKind::Part { .. } => matches!(self.type_id, "virtual" | "downloadable"),
        }
    }
}

impl Sale<'_> {
    pub(in crate::magento) fn line_amounts(&self, item: &Item<'_>) -> LineAmounts {
        match item.kind {
            ItemKind::Line => LineAmounts::of(item.stock, self.stock),
            ItemKind::Part { .. } => LineAmounts::nothing(),
        }
    }

    /// The item by an id.
    pub(in crate::magento) fn item(&self, id: u64) -> Option<&Item<'_>> {
        self.items.iter().find(|item| item.id == id)
    }

    /// All items, with nulls.
    pub(super) fn item_list(&self) -> Value {
        self.items.iter().map(|item| self.item_with_parent(item)).collect()
    }

    /// An item.
    pub(in crate::magento) fn item_json(&self, item: &Item<'_>) -> Value {
        without_nulls(self.item_with_parent(item))
    }

    /// An item; one that is a part repeats the other item whole.
    fn item_with_parent(&self, item: &Item<'_>) -> Value {
        let mut members = self.item_members(item);
        if let ItemKind::Part { of } = item.kind {
            members.insert("parent_item_id".to_owned(), of.into());
            if let Some(parent) = self.item(of) {
                members.insert("parent_item".to_owned(), self.item_members(parent).into());
            }
        }
        members.into()
    }

    fn item_members(&self, item: &Item<'_>) -> Map<String, Value> {
        let line = item.stock;
        let amounts = self.line_amounts(item);
        let is_paid = !self.stock.paid().is_zero();
        let if_paid = |amount: Decimal| if is_paid { amount } else { Decimal::ZERO };
        let refunded = self.stock.quantity_refunded(item.line);
        let share = |amount: Decimal| {
            let of = Decimal::from(line.quantity.max(1));
            let part = amount.saturating_mul(refunded.into()).checked_div(of);
            part.unwrap_or_default().round_dp(2)
        };
        let percent = line.taxes.iter().map(|tax| tax.percent);
        let percent = percent.fold(Decimal::ZERO, Decimal::saturating_add);
        let canceled = if self.is_canceled() { line.quantity } else { 0 };
        let ordered = item.quantity(line.quantity);
        let time = self.time(0);
        Amounts::of(self)
            .put("price", amounts.price)
            .put("original_price", amounts.price)
            .put("price_incl_tax", amounts.price_incl_tax)
            .put("row_total", amounts.row_total)
            .put("row_total_incl_tax", amounts.row_total_incl_tax)
            .put("row_invoiced", if_paid(amounts.row_total))
            .put("tax_amount", amounts.tax)
            .put("tax_invoiced", if_paid(amounts.tax))
            .put("discount_amount", amounts.discount)
            .put("discount_invoiced", if_paid(amounts.discount))
            .put("discount_tax_compensation_amount", Decimal::ZERO)
            .put("amount_refunded", share(amounts.row_total))
            .with(json!({
                "applied_rule_ids": (!line.discounts.is_empty() && item.is_line()).then_some("1"),
                "created_at": time,
                "discount_percent": 0,
                "free_shipping": 0,
                "is_qty_decimal": 0,
                "is_virtual": flag(item.is_virtual()),
                "item_id": item.id,
                "name": item.title,
                "no_discount": 0,
                "order_id": id_of(self.index),
                "product_id": item.product.map(id_of),
                "product_type": item.type_id,
                "qty_canceled": number(item.quantity(canceled)),
                "qty_invoiced": number(if_paid(ordered)),
                "qty_ordered": number(ordered),
                "qty_refunded": number(item.quantity(refunded)),
                "qty_shipped": number(item.quantity(self.stock.quantity_fulfilled(item.line))),
                "quote_item_id": item.id,
                "row_weight": number(item.weight.unwrap_or_default().saturating_mul(ordered)),
                "sku": item.sku,
                "store_id": STORE_ID,
                "tax_percent": number(if item.is_line() { percent } else { Decimal::ZERO }),
                "updated_at": time,
                "weee_tax_applied": "[]",
                "weight": item.weight.map(number),
                "product_option": self.product_option(item),
                "extension_attributes": [],
            }))
    }

    /// What the buyer chose and typed, by ids.
    fn product_option(&self, item: &Item<'_>) -> Option<Value> {
        if !item.is_line() {
            return None;
        }
        let vocabulary = self.shelves.vocabulary;
        let chosen = item.stock.options.iter().map(|(name, value)| {
            let code = code(name);
            json!({
                "option_id": vocabulary.attribute_id(&code).to_string(),
                "option_value": vocabulary.option_id(&code, value),
            })
        });
        let typed = item.stock.attributes.iter().enumerate();
        let typed = typed.map(|(place, (_, value))| {
            json!({"option_id": place.saturating_add(1).to_string(), "option_value": value})
        });
        let (chosen, typed): (Vec<Value>, Vec<Value>) = (chosen.collect(), typed.collect());
        let mut members = Map::new();
        if !chosen.is_empty() && item.type_id == "configurable" {
            members.insert("configurable_item_options".to_owned(), chosen.into());
        }
        if !typed.is_empty() {
            members.insert("custom_options".to_owned(), typed.into());
        }
        (!members.is_empty()).then(|| json!({"extension_attributes": extension(members)}))
    }
}
