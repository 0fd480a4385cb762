use flyball_connector::decode::RowError;
use flyball_connector::json::At;
use flyball_domain::{Discount, Field, Money, OrderLine};
use serde_json::Map;

use super::fields::{Fields, each};
use super::notes::Notes;
use super::order::Counting;
use super::settlement::sum;

/// Reads a line of an order.
///
/// # Errors
/// No id, or an amount that is none.
pub(super) fn line(
    row: At<'_, '_>,
    counting: Counting,
    notes: &mut Notes,
) -> Result<OrderLine, RowError> {
    let mut fields = Fields::read(row)?;
    let currency = counting.currency;
    let mut extra = Map::new();
    let discounts = fields.list("applied_discounts", notes).try_map(|list| {
        each(list, "applied_discounts", notes, |row, notes| discount(row, counting, notes))
    })?;
    let amounts = discounts.value().into_iter().flatten();
    let amounts: Vec<Money> = amounts.filter_map(|one| Some(one.amount.value()?.shop)).collect();
    let total = counting.of("total_ex_tax", "total_inc_tax");
    let line = OrderLine {
        id: fields.id("id")?,
        parent_id: fields.reference("parent_order_product_id", notes),
        product_id: fields.reference("product_id", notes),
        variant_id: fields.reference("variant_id", notes),
        title: fields.text("name", notes),
        sku: fields.text("sku", notes),
        requires_shipping: match fields.peek_text("type").as_deref() {
            Some("physical") => Field::Value(true),
            Some("digital" | "giftcertificate") => Field::Value(false),
            Some(_) | None => Field::Absent,
        },
        item_type: fields.text("type", notes),
        quantity: fields.number("quantity", notes),
        quantity_current: Field::Absent,
        quantity_fulfilled: fields.number("quantity_shipped", notes),
        quantity_refunded: fields.number("quantity_refunded", notes),
        unit_price: fields.amount("base_price", currency, notes)?,
        discount: sum(&amounts),
        tax: fields.amount("total_tax", currency, notes)?,
        total: fields.amount(total, currency, notes)?,
        discounts,
        taxes: Field::Absent,
        taxable: Field::Absent,
        selected_options: options(&mut fields),
        custom_fields: Field::Absent,
        extra: Map::new(),
    };
    fields.rest(&mut extra)?;
    Ok(OrderLine { extra, ..line })
}

fn discount(row: At<'_, '_>, counting: Counting, notes: &mut Notes) -> Result<Discount, RowError> {
    let mut fields = Fields::read(row)?;
    let mut extra = Map::new();
    let discount = Discount {
        code: fields.text("code", notes),
        title: fields.text("name", notes),
        amount: fields.amount("amount", counting.currency, notes)?,
        extra: Map::new(),
    };
    fields.rest(&mut extra)?;
    Ok(Discount { extra, ..discount })
}

/// What was chosen, in the buyer's words. All that the vendor says of it stays in `extra`.
fn options(fields: &mut Fields<'_>) -> Field<Vec<(String, String)>> {
    let list = match fields.peek("product_options") {
        Field::Value(raw) => raw.elements(),
        Field::Null => return Field::Null,
        Field::Absent => return Field::Absent,
    };
    let chosen = list.filter_map(|raw| {
        let mut option = Fields::read(raw).ok()?;
        let mut word = |names: [&str; 2]| names.into_iter().find_map(|name| option.peek_text(name));
        let name = word(["display_name", "name"])?;
        Some((name, word(["display_value", "value"]).unwrap_or_default()))
    });
    Field::Value(chosen.collect())
}
