use flyball_domain::{
    Amount, Currency, CustomField, Field, FinancialStatus, FulfillmentStatus, IdError, Money,
    Order, Personal, Risk, Totals, UnixMillis,
};
use rust_decimal::Decimal;
use serde_json::json;

use super::super::ids::{gid, order_child_number, order_number};
use super::super::money;
use super::super::resolve::{fields, order_words as words};
use super::parts::address;
use super::{custom_field, each, id};
use crate::stock::{Shown, StockOrder, Stocked};

const MS_PER_S: u64 = 1_000;

/// An order on the shelf of a shop.
pub(super) struct Sale<'a> {
    pub(super) stocked: &'a Stocked,
    pub(super) shown: &'a Shown<StockOrder>,
    pub(super) currency: Currency,
}

/// The record that an import of an order must come to.
///
/// # Errors
/// Never, for ids made of digits.
pub(in super::super) fn order(
    stocked: &Stocked,
    shown: &Shown<StockOrder>,
    currency: Currency,
) -> Result<Order, IdError> {
    Sale { stocked, shown, currency }.truth()
}

impl Sale<'_> {
    pub(super) fn order(&self) -> &StockOrder {
        &self.shown.item
    }

    pub(super) fn child(&self, place: usize) -> u64 {
        order_child_number(self.shown.index, place)
    }

    pub(super) fn at(&self, after_s: u64) -> UnixMillis {
        UnixMillis(self.shown.created_at.saturating_add(after_s.saturating_mul(MS_PER_S)))
    }

    /// An amount as the store counts it and as the buyer saw it.
    pub(super) fn amount(&self, amount: Decimal) -> Amount {
        let (seen, currency) = match self.order().presentment {
            Some(seen) => (amount.saturating_mul(seen.rate), seen.currency),
            None => (amount, self.currency),
        };
        let money = |amount, currency| Money { amount: money::amount(amount, currency), currency };
        Amount { shop: money(amount, self.currency), presentment: Some(money(seen, currency)) }
    }

    pub(super) fn value(&self, amount: Decimal) -> Field<Amount> {
        Field::Value(self.amount(amount))
    }

    /// An amount as the vendor writes it.
    pub(super) fn bag(&self, amount: Decimal) -> serde_json::Value {
        let Amount { shop, presentment } = self.amount(amount);
        let side = |money: Money| json!({"amount": money.amount.to_string(), "currencyCode": money.currency.as_str()});
        json!({"shopMoney": side(shop), "presentmentMoney": side(presentment.unwrap_or(shop))})
    }

    fn truth(&self) -> Result<Order, IdError> {
        let order = self.order();
        let created_at = UnixMillis(self.shown.created_at);
        Ok(Order {
            id: id(order_number(self.shown.index))?,
            updated_at: UnixMillis(self.shown.updated_at),
            number: Field::Value(words::name(self.shown.index)),
            created_at: Field::Value(created_at),
            placed_at: Field::Value(created_at),
            canceled_at: order.canceled.map(|end| self.at(end.after_s)).into(),
            closed_at: order.closed_after_s.map(|after_s| self.at(after_s)).into(),
            cancel_reason: order
                .canceled
                .map(|end| words::cancel_reason(end.reason).to_lowercase())
                .into(),
            status: Field::Absent,
            financial_status: Field::Value(FinancialStatus::from(
                words::financial_status(order).to_lowercase(),
            )),
            fulfillment_status: Field::Value(FulfillmentStatus::from(
                words::fulfillment_status(order).to_lowercase(),
            )),
            test: Field::Value(order.test),
            channel: Field::Value(order.channel.clone()),
            currency: Field::Value(self.currency),
            presentment_currency: Field::Value(
                order.presentment.map_or(self.currency, |seen| seen.currency),
            ),
            presentment_rate: Field::Absent,
            taxes_included: Field::Value(order.taxes_included),
            totals: Field::Value(self.totals()),
            customer_id: match &order.customer {
                Some(customer) => Field::Value(id(customer.number)?),
                None => Field::Null,
            },
            personal: Field::Value(self.personal()),
            lines: Field::Value(each(&order.lines, |place, line| self.line(place, line))?),
            discounts: Field::Value(self.applications()),
            shipping_lines: Field::Value(each(&order.shipping_lines, |place, line| {
                self.shipping_line(place, line)
            })?),
            taxes: Field::Value(self.taxes(&order.taxes())),
            payments: Field::Value(each(&order.payments, |place, payment| {
                self.payment(place, payment)
            })?),
            refunds: Field::Value(each(&order.refunds, |place, refund| {
                self.refund(place, refund)
            })?),
            returns: Field::Value(each(&order.returns, |place, back| self.returned(place, back))?),
            fulfillments: Field::Value(each(&order.fulfillments, |place, sent| {
                self.fulfillment(place, sent)
            })?),
            tags: Field::Value(order.tags.clone()),
            risk: Field::Value(self.risk()),
            history: Field::Absent,
            custom_fields: Field::Value(self.custom_fields()?),
            mapped: Field::Absent,
            extra: fields(json!({
                "app": {"id": gid("App", words::APP), "name": words::APP_NAME},
                "confirmationNumber": words::confirmation_number(self.shown.index),
                "customerLocale": null,
                "discountCodes": words::codes(order),
                "edited": false,
                "paymentGatewayNames": words::gateways(order),
                "poNumber": null,
                "returnStatus": words::return_status(order),
                "sourceIdentifier": null,
                "totalTipReceivedSet": self.bag(Decimal::ZERO),
            })),
        })
    }

    fn totals(&self) -> Totals {
        let order = self.order();
        Totals {
            subtotal: self.value(order.subtotal()),
            discounts: self.value(order.discount()),
            shipping: self.value(order.shipping_price()),
            tax: self.value(order.tax()),
            total: self.value(order.total()),
            current: self.value(order.total().saturating_sub(order.refunded())),
            paid: self.value(order.paid()),
            refunded: self.value(order.refunded()),
            due: self.value(order.total().saturating_sub(order.paid())),
        }
    }

    fn personal(&self) -> Personal {
        let order = self.order();
        Personal {
            name: Field::Absent,
            email: order.email.clone().into(),
            phone: order.phone.clone().into(),
            billing_address: order.billing.as_ref().map(address).into(),
            shipping_addresses: Field::Value(order.shipping.iter().map(address).collect()),
            note: order.note.clone().into(),
            // The staff's words come with a cancellation only.
            staff_note: order.canceled.and_then(|_| order.staff_note.clone()).into(),
            ip: order.ip.clone().into(),
            extra: serde_json::Map::new(),
        }
    }

    fn risk(&self) -> Risk {
        let (level, recommendation) = words::risk_words(self.order().risk);
        Risk {
            level: level.to_lowercase(),
            recommendation: Field::Value(recommendation.to_lowercase()),
        }
    }

    /// What the buyer or the theme added, and then the metafields.
    fn custom_fields(&self) -> Result<Vec<CustomField>, IdError> {
        let added = self.order().attributes.iter().map(|(key, value)| attribute(key, value));
        let mut all: Vec<_> = added.collect();
        all.extend(each(&self.order().metafields, |place, field| {
            custom_field(self.child(place), self.shown.updated_at, field)
        })?);
        Ok(all)
    }
}

pub(super) fn attribute(key: &str, value: &str) -> CustomField {
    CustomField {
        id: Field::Absent,
        namespace: String::new(),
        key: key.to_owned(),
        value_type: Field::Absent,
        value: value.to_owned(),
        updated_at: Field::Absent,
    }
}
