//! A line of an order.

use flyball_connector::decode::RowError;
use flyball_domain::{Amount, Field, OrderLine};
use rust_decimal::Decimal;

use super::amounts::{Currencies, Sign};
use super::object::Object;

/// Reads a line. The price of a configurable product stands on the parent's line, and its child's
/// costs nothing; the child names its parent.
pub(super) fn line(row: &str, currencies: Currencies) -> Result<OrderLine, RowError> {
    let mut row = Object::parse(row)?;
    let id = row.id("item_id")?;
    let parent_id = row.vendor_id("parent_item_id");
    drop_parent(&mut row, &parent_id);
    let product_id = row.vendor_id("product_id");
    let quantity = row.number("qty_ordered");
    let canceled = row.number("qty_canceled");
    let refunded = row.number("qty_refunded");
    let mut pair = |base, shown, sign| currencies.pair(&mut row, (base, shown), sign);
    let unit_price = pair("base_price", "price", Sign::Kept)?;
    let discount = pair("base_discount_amount", "discount_amount", Sign::Dropped)?;
    let tax = pair("base_tax_amount", "tax_amount", Sign::Kept)?;
    let total = pair("base_row_total", "row_total", Sign::Kept)?;
    let line = OrderLine {
        id,
        parent_id,
        variant_id: product_id.clone(),
        product_id,
        title: row.text("name"),
        sku: row.text("sku"),
        item_type: row.text("product_type"),
        quantity_current: left(&quantity, &canceled, &refunded),
        quantity,
        quantity_fulfilled: row.number("qty_shipped"),
        quantity_refunded: refunded,
        unit_price,
        discount,
        tax,
        total,
        discounts: Field::Absent,
        taxes: Field::Absent,
        taxable: Field::Absent,
        requires_shipping: row.flag("is_virtual").map(|is_virtual| !is_virtual),
        selected_options: Field::Absent,
        custom_fields: Field::Absent,
        extra: serde_json::Map::new(),
    };
    let mut extra = row.rest();
    if let Field::Value(canceled) = canceled {
        extra.insert("qty_canceled".to_owned(), canceled.to_string().into());
    }
    Ok(OrderLine { extra, ..line })
}

/// The parent's line is repeated within its child's: it is a line of the order anyhow.
fn drop_parent(row: &mut Object<'_>, parent_id: &Field<flyball_domain::VendorId>) {
    let Field::Value(parent) = row.peek("parent_item") else { return };
    let same = Object::of(parent).is_some_and(|mut parent| {
        parent.vendor_id("item_id").value().is_some_and(|id| Some(id) == parent_id.value())
    });
    if same {
        row.drop_field("parent_item");
    }
}

fn left(
    ordered: &Field<Decimal>,
    canceled: &Field<Decimal>,
    refunded: &Field<Decimal>,
) -> Field<Decimal> {
    let gone = |gone: &Field<Decimal>| gone.value().copied().unwrap_or_default();
    let left = ordered
        .value()
        .and_then(|ordered| ordered.checked_sub(gone(canceled))?.checked_sub(gone(refunded)));
    left.map_or(Field::Absent, Field::Value)
}

/// Whether an amount is more than nothing.
pub(super) fn is_some_money(amount: &Field<Amount>) -> bool {
    amount.value().is_some_and(|amount| amount.shop.amount > Decimal::ZERO)
}
