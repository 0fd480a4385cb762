//! How an order is sent, and the taxes on it.

use flyball_connector::decode::{RowError, each};
use flyball_connector::json::Raw;
use flyball_domain::{Address, Field, OrderLine, ShippingLine, Tax};
use serde_json::{Map, Value};

use super::amounts::{Currencies, Sign};
use super::object::{Object, ValueOrDefault as _, value};
use super::people::address;

/// Where an order goes and what that costs.
#[derive(Debug, Default)]
pub(super) struct Shipping {
    pub(super) lines: Field<Vec<ShippingLine>>,
    pub(super) addresses: Field<Vec<Address>>,
}

/// Takes the ways of shipping. Their lists of lines repeat the order's own: only the ids are kept.
pub(super) fn shipping(
    extension: &mut Object<'_>,
    title: &Field<String>,
    currencies: Currencies,
) -> Result<Shipping, RowError> {
    let rows = match extension.list("shipping_assignments") {
        Field::Absent => return Ok(Shipping::default()),
        Field::Null => return Ok(Shipping { lines: Field::Null, addresses: Field::Null }),
        Field::Value(rows) => rows,
    };
    let mut lines = Vec::new();
    let mut addresses = Vec::new();
    for raw in rows {
        let mut assignment = Object::of(raw).unwrap_or_default();
        let mut shipping = assignment.object("shipping").value_or_default();
        if let Field::Value(to) = shipping.object("address") {
            addresses.push(address(to));
        }
        let code = shipping.text("method");
        // The tax stays there as well: taxes one by one take its place, where the order has them.
        let mut taxed =
            shipping.peek("total").value().and_then(|raw| Object::of(*raw)).unwrap_or_default();
        let mut total = shipping.object("total").value_or_default();
        let pair = |of: &mut Object<'_>, base, shown| {
            let pair = currencies.pair(of, (base, shown), Sign::Kept);
            pair.map_err(|error: RowError| error.within("shipping_assignments.shipping.total"))
        };
        let price = pair(&mut total, "base_shipping_amount", "shipping_amount")?;
        let discount =
            pair(&mut total, "base_shipping_discount_amount", "shipping_discount_amount")?;
        let taxes = match pair(&mut taxed, "base_shipping_tax_amount", "shipping_tax_amount")? {
            Field::Absent | Field::Null => Field::Absent,
            amount @ Field::Value(_) => Field::Value(vec![Tax { amount, ..Tax::default() }]),
        };
        let items = assignment.list("items").value().cloned().unwrap_or_default();
        let id = |raw: &Raw<'_>| Object::of(*raw)?.text("item_id").value().cloned();
        let ids: Vec<Value> = items.iter().filter_map(id).map(Value::String).collect();
        let mut extra = assignment.rest();
        if !ids.is_empty() {
            extra.insert("item_ids".to_owned(), Value::Array(ids));
        }
        shipping.rest_into(&mut extra, "shipping");
        total.rest_into(&mut extra, "total");
        // A virtual order has an assignment that says nothing.
        let says = !code.is_absent() || !price.is_absent();
        if says || extra.len() > 1 {
            let (id, title, carrier) = (Field::Absent, title.clone(), Field::Absent);
            lines.push(ShippingLine { id, title, code, carrier, price, discount, taxes, extra });
        }
    }
    Ok(Shipping { lines: Field::Value(lines), addresses: Field::Value(addresses) })
}

/// Takes the taxes on the whole order.
pub(super) fn taxes(
    extension: &mut Object<'_>,
    currencies: Currencies,
) -> Result<Field<Vec<Tax>>, RowError> {
    extension.list("applied_taxes").try_map(|rows| applied(&rows, "applied_taxes", currencies))
}

fn applied(rows: &[Raw<'_>], at: &str, currencies: Currencies) -> Result<Vec<Tax>, RowError> {
    each(rows.iter().map(|raw| Some(*raw)), at, |row| {
        let mut row = Object::parse(row.get())?;
        let amount = currencies.pair(&mut row, ("base_amount", "amount"), Sign::Kept)?;
        let (title, percent) = (row.text("title"), row.number("percent"));
        Ok(Tax { title, percent, amount, extra: row.rest() })
    })
}

/// Takes the taxes of single lines and puts them there; those of shipping go to its first line, and
/// what is of neither stays in `extra`.
pub(super) fn line_taxes(
    extension: &mut Object<'_>,
    lines: &mut [OrderLine],
    shipping: &mut Shipping,
    currencies: Currencies,
    extra: &mut Map<String, Value>,
) -> Result<(), RowError> {
    const NAME: &str = "item_applied_taxes";
    let Field::Value(rows) = extension.list(NAME) else { return Ok(()) };
    let mut others = Vec::new();
    for raw in rows {
        let mut item = Object::of(raw).unwrap_or_default();
        let kind = item.text("type");
        let id = item.vendor_id("item_id");
        let taxes = item.list("applied_taxes").value().cloned().unwrap_or_default();
        let taxes = applied(&taxes, "applied_taxes", currencies);
        let taxes = taxes.map_err(|error| error.within(NAME))?;
        let associated = item.peek("associated_item_id");
        if associated.value().is_none() {
            item.drop_field("associated_item_id");
        }
        let of_shipping = kind.value().is_some_and(|kind| kind == "shipping");
        let line = lines.iter_mut().find(|line| Some(&line.id) == id.value());
        let slot = match (line, &mut shipping.lines) {
            (Some(line), _) if !of_shipping => Some(&mut line.taxes),
            (_, Field::Value(lines)) if of_shipping => {
                lines.first_mut().map(|line| &mut line.taxes)
            }
            _ => None,
        };
        match slot {
            Some(slot) if item.rest().is_empty() => *slot = Field::Value(taxes),
            Some(slot) => {
                *slot = Field::Value(taxes);
                others.push(value(raw));
            }
            None => others.push(value(raw)),
        }
    }
    if !others.is_empty() {
        extra.insert(NAME.to_owned(), Value::Array(others));
    }
    Ok(())
}
