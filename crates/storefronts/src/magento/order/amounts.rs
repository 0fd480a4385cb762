use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::Sale;
use crate::magento::json::number;
use crate::stock::{StockLine, StockOrder};

/// Digits behind the point that the price of one is kept to.
const PRICE_DIGITS: u32 = 4;

/// Amounts by name, each in the shop's currency under `base_…` and in the buyer's.
#[derive(Debug)]
pub(in crate::magento) struct Amounts<'a> {
    sale: &'a Sale<'a>,
    members: Map<String, Value>,
}

impl<'a> Amounts<'a> {
    pub(in crate::magento) fn of(sale: &'a Sale<'a>) -> Self {
        Self { sale, members: Map::new() }
    }

    /// An amount, under both its names.
    pub(in crate::magento) fn put(self, name: &str, amount: Decimal) -> Self {
        let base = format!("base_{name}");
        self.put_as(&base, name, amount)
    }

    /// An amount whose two names are not made alike.
    pub(in crate::magento) fn put_as(mut self, base: &str, name: &str, amount: Decimal) -> Self {
        self.members.insert(base.to_owned(), number(amount));
        self.members.insert(name.to_owned(), number(self.sale.shown(amount)));
        self
    }

    /// An amount where there is one: without it the names are missing, too.
    pub(in crate::magento) fn put_some(self, name: &str, amount: Decimal) -> Self {
        if amount.is_zero() { self } else { self.put(name, amount) }
    }

    /// Together with what is no amount.
    pub(in crate::magento) fn with(mut self, others: Value) -> Map<String, Value> {
        if let Value::Object(others) = others {
            self.members.extend(others);
        }
        self.members
    }
}

/// What a line comes to, in the shop's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::magento) struct LineAmounts {
    /// One of it, without taxes.
    pub(in crate::magento) price: Decimal,
    /// One of it, with them.
    pub(in crate::magento) price_incl_tax: Decimal,
    /// All of it, without taxes, before discounts.
    pub(in crate::magento) row_total: Decimal,
    pub(in crate::magento) row_total_incl_tax: Decimal,
    pub(in crate::magento) tax: Decimal,
    pub(in crate::magento) discount: Decimal,
}

impl LineAmounts {
    /// A line's: where its prices hold the taxes already, they are taken out.
    pub(in crate::magento) fn of(line: &StockLine, order: &StockOrder) -> Self {
        let (tax, gross) = (line.tax(), line.subtotal());
        let (row_total, row_total_incl_tax) = if order.taxes_included {
            (gross.saturating_sub(tax), gross)
        } else {
            (gross, gross.saturating_add(tax))
        };
        let quantity = Decimal::from(line.quantity.max(1));
        let each = |amount: Decimal| {
            amount.checked_div(quantity).unwrap_or_default().round_dp(PRICE_DIGITS)
        };
        Self {
            price: each(row_total),
            price_incl_tax: each(row_total_incl_tax),
            row_total,
            row_total_incl_tax,
            tax,
            discount: line.discount(),
        }
    }

    /// A part of a line, whose price stands with the whole.
    pub(in crate::magento) const fn nothing() -> Self {
        Self {
            price: Decimal::ZERO,
            price_incl_tax: Decimal::ZERO,
            row_total: Decimal::ZERO,
            row_total_incl_tax: Decimal::ZERO,
            tax: Decimal::ZERO,
            discount: Decimal::ZERO,
        }
    }
}

/// What shipping comes to, in the shop's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::magento) struct ShippingAmounts {
    /// Without taxes, before discounts.
    pub(in crate::magento) amount: Decimal,
    pub(in crate::magento) incl_tax: Decimal,
    pub(in crate::magento) tax: Decimal,
    pub(in crate::magento) discount: Decimal,
}

impl ShippingAmounts {
    pub(in crate::magento) fn of(order: &StockOrder) -> Self {
        let mut all = Self {
            amount: Decimal::ZERO,
            incl_tax: Decimal::ZERO,
            tax: Decimal::ZERO,
            discount: Decimal::ZERO,
        };
        for line in &order.shipping_lines {
            let taxes = line.taxes.iter().map(|tax| tax.amount);
            let tax = taxes.fold(Decimal::ZERO, Decimal::saturating_add);
            let (amount, incl_tax) = if order.taxes_included {
                (line.price.saturating_sub(tax), line.price)
            } else {
                (line.price, line.price.saturating_add(tax))
            };
            all.amount = all.amount.saturating_add(amount);
            all.incl_tax = all.incl_tax.saturating_add(incl_tax);
            all.tax = all.tax.saturating_add(tax);
            all.discount = all.discount.saturating_add(line.discount);
        }
        all
    }
}

/// Its lines without taxes, before discounts.
pub(in crate::magento) fn subtotal(order: &StockOrder) -> Decimal {
    let lines = order.lines.iter().map(|line| LineAmounts::of(line, order).row_total);
    lines.fold(Decimal::ZERO, Decimal::saturating_add)
}

/// Its lines with taxes, before discounts.
pub(in crate::magento) fn subtotal_incl_tax(order: &StockOrder) -> Decimal {
    let lines = order.lines.iter().map(|line| LineAmounts::of(line, order).row_total_incl_tax);
    lines.fold(Decimal::ZERO, Decimal::saturating_add)
}
