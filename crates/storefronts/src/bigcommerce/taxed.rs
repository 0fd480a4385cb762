use rust_decimal::Decimal;

use super::json::rounded;
use crate::stock::{StockLine, StockOrder, StockShippingLine, StockTax};

/// An amount with and without its taxes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taxed {
    pub(super) ex: Decimal,
    pub(super) inc: Decimal,
    pub(super) tax: Decimal,
}

impl Taxed {
    /// An amount and the taxes that it holds already, or that come on top.
    pub(super) fn new(amount: Decimal, tax: Decimal, taxes_included: bool) -> Self {
        if taxes_included {
            Self { ex: amount.saturating_sub(tax), inc: amount, tax }
        } else {
            Self { ex: amount, inc: amount.saturating_add(tax), tax }
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            ex: self.ex.saturating_add(other.ex),
            inc: self.inc.saturating_add(other.inc),
            tax: self.tax.saturating_add(other.tax),
        }
    }

    fn minus(self, amount: Decimal) -> Self {
        Self { ex: self.ex.saturating_sub(amount), inc: self.inc.saturating_sub(amount), ..self }
    }
}

/// What an order comes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    /// Its lines before discounts.
    pub(super) subtotal: Taxed,
    /// Shipping after discounts.
    pub(super) shipping: Taxed,
    /// Shipping before discounts.
    pub(super) base_shipping: Decimal,
    /// What codes take off the lines.
    pub(super) coupons: Decimal,
    /// What else is taken off the lines.
    pub(super) discounts: Decimal,
    pub(super) total: Taxed,
}

impl Sums {
    pub(super) fn of(order: &StockOrder) -> Self {
        let included = order.taxes_included;
        let subtotal = order
            .lines
            .iter()
            .map(|line| of_line(line, included))
            .fold(Taxed::default(), Taxed::plus);
        let shipping = order
            .shipping_lines
            .iter()
            .map(|line| of_shipping(line, included))
            .fold(Taxed::default(), Taxed::plus);
        let off = |with_code: bool| -> Decimal {
            let is_asked = |place: usize| {
                let discount = order.discounts.get(place);
                discount.is_some_and(|discount| discount.code.is_some()) == with_code
            };
            sum(order
                .lines
                .iter()
                .flat_map(|line| &line.discounts)
                .filter(|(place, _)| is_asked(*place))
                .map(|(_, amount)| *amount))
        };
        let (coupons, discounts) = (off(true), off(false));
        Self {
            subtotal,
            shipping,
            base_shipping: sum(order.shipping_lines.iter().map(|line| line.price)),
            coupons,
            discounts,
            total: subtotal.plus(shipping).minus(coupons).minus(discounts),
        }
    }
}

/// All of a line, before discounts.
pub(super) fn of_line(line: &StockLine, taxes_included: bool) -> Taxed {
    Taxed::new(line.subtotal(), line.tax(), taxes_included)
}

/// One of a line, before discounts.
pub(super) fn of_one(line: &StockLine, taxes_included: bool) -> Taxed {
    let tax = line.tax().checked_div(line.quantity.into()).unwrap_or_default();
    Taxed::new(line.unit_price, rounded(tax), taxes_included)
}

/// A way of shipping, after discounts.
pub(super) fn of_shipping(line: &StockShippingLine, taxes_included: bool) -> Taxed {
    let taxes: &[StockTax] = &line.taxes;
    Taxed::new(line.discounted(), sum(taxes.iter().map(|tax| tax.amount)), taxes_included)
}

pub(super) fn sum(amounts: impl Iterator<Item = Decimal>) -> Decimal {
    amounts.fold(Decimal::ZERO, Decimal::saturating_add)
}
