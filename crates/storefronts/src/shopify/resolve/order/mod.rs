//! What the fields of an order hold, and of everything inside it.

mod goods;
mod parcels;
mod people;
mod settlement;

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Value, json};

use super::super::execute::{Executor, Held, Object};
use super::super::ids::{gid, order_child_number, order_number};
use super::super::money;
use super::super::select::Picked;
use super::super::shop::Shop;
use super::{Owner, count, metafields_of, one_metafield_of, page, time};
use crate::stock::{
    CancelReason, PaymentAction, PaymentState, RiskLevel, Shown, StockOrder, StockTax,
};

use goods::refund_line_place;
pub(in super::super) use settlement::refund_shipping;

/// What the vendor says of an order.
pub(in super::super) mod order_words {
    pub(in super::super::super) use super::goods::{
        FIXED_DISCOUNT, refund_line_place, title_of, without_codes,
    };
    pub(in super::super::super) use super::parcels::{reason, returned_place, sent_with};
    pub(in super::super::super) use super::settlement::{action, restock, state};
    pub(in super::super::super) use super::{
        APP, APP_NAME, cancel_reason, codes, confirmation_number, financial_status,
        fulfillment_status, gateways, name, number, return_status, risk_words,
    };
}

/// The app that orders are placed with.
pub(in super::super) const APP: u64 = 580_111;
pub(in super::super) const APP_NAME: &str = "Online Store";
const MS_PER_S: u64 = 1_000;
/// The number of a store's first order, as the vendor starts counting.
const FIRST_NUMBER: u64 = 1_001;

/// A part of an order that has fields of its own; places count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Part {
    Whole,
    Customer,
    Line(usize),
    Discount(usize),
    Shipping(usize),
    Transaction(usize),
    Fulfillment(usize),
    /// Of a fulfillment, a line of it.
    Sent(usize, usize),
    Refund(usize),
    /// Of a refund, a line of it.
    Refunded(usize, usize),
    Return(usize),
    /// Of a return, a line of it.
    Returned(usize, usize),
}

impl Part {
    pub(in super::super) fn type_name(self, order: &StockOrder) -> &'static str {
        match self {
            Self::Whole => "Order",
            Self::Customer => "Customer",
            Self::Line(_) => "LineItem",
            Self::Discount(place) => match order.discounts.get(place) {
                Some(discount) if discount.code.is_some() => "DiscountCodeApplication",
                _ => "AutomaticDiscountApplication",
            },
            Self::Shipping(_) => "ShippingLine",
            Self::Transaction(_) => "OrderTransaction",
            Self::Fulfillment(_) => "Fulfillment",
            Self::Sent(..) => "FulfillmentLineItem",
            Self::Refund(_) => "Refund",
            Self::Refunded(..) => "RefundLineItem",
            Self::Return(_) => "Return",
            Self::Returned(..) => "ReturnLineItem",
        }
    }
}

/// The part of an order that the child of a type at a place is, where it is there.
pub(super) fn place_in(order: &StockOrder, type_name: &str, place: usize) -> Option<Part> {
    let there = |len: usize, part: Part| (place < len).then_some(part);
    match type_name {
        "LineItem" => there(order.lines.len(), Part::Line(place)),
        "OrderTransaction" => there(order.payments.len(), Part::Transaction(place)),
        "Fulfillment" => there(order.fulfillments.len(), Part::Fulfillment(place)),
        "Refund" => there(order.refunds.len(), Part::Refund(place)),
        "Return" => there(order.returns.len(), Part::Return(place)),
        _ => None,
    }
}

/// An order on a shop's shelf.
pub(super) struct Sale<'a> {
    shop: &'a Shop,
    shown: &'a Arc<Shown<StockOrder>>,
}

/// A field of an order or of a part of it.
pub(in super::super) fn order(
    executor: &Executor<'_>,
    shown: &Arc<Shown<StockOrder>>,
    part: Part,
    picked: &Picked<'_>,
) -> Held {
    let sale = Sale { shop: executor.site.shop, shown };
    match part {
        Part::Whole => sale.whole(picked),
        Part::Customer => sale.customer(picked),
        Part::Line(place) => sale.line(executor, place, picked),
        Part::Discount(place) => sale.discount(place, picked),
        Part::Shipping(place) => sale.shipping(place, picked),
        Part::Transaction(place) => sale.transaction(place, picked),
        Part::Fulfillment(place) => sale.fulfillment(place, picked),
        Part::Sent(parcel, place) => sale.sent(parcel, place, picked),
        Part::Refund(place) => sale.refund(place, picked),
        Part::Refunded(refund, place) => sale.refunded(refund, place, picked),
        Part::Return(place) => sale.returned(place, picked),
        Part::Returned(of, place) => sale.returned_line(of, place, picked),
    }
}

/// The number of an order in its store, which is not its id.
pub(in super::super) fn number(index: u64) -> u64 {
    FIRST_NUMBER.saturating_add(index)
}

/// What the vendor calls an order: `#1001`.
pub(in super::super) fn name(index: u64) -> String {
    format!("#{}", number(index))
}

/// What the buyer is told to quote.
pub(in super::super) fn confirmation_number(index: u64) -> String {
    format!("C{}", order_number(index))
}

impl Sale<'_> {
    fn order(&self) -> &StockOrder {
        &self.shown.item
    }

    fn part(&self, part: Part) -> Object {
        Object::Order(Arc::clone(self.shown), part)
    }

    fn one(&self, part: Part) -> Held {
        Held::One(self.part(part))
    }

    /// The id of a child of one type.
    fn child(&self, place: usize) -> u64 {
        order_child_number(self.shown.index, place)
    }

    /// So many seconds after the making.
    fn at(&self, after_s: u64) -> Value {
        time(self.shown.created_at.saturating_add(after_s.saturating_mul(MS_PER_S)))
    }

    /// A list without pages.
    fn list(&self, count: usize, picked: &Picked<'_>, part: fn(usize) -> Part) -> Held {
        let most = picked.args.get("first").and_then(Value::as_u64);
        let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        Held::Many((0..count.min(most)).map(|place| Some(self.part(part(place)))).collect())
    }

    fn pages(&self, count: usize, picked: &Picked<'_>, part: impl Fn(usize) -> Part) -> Held {
        let items = (0..count).map(|place| (self.child(place), self.part(part(place)))).collect();
        page(picked.page.as_ref(), items)
    }

    fn money(&self, amount: Decimal) -> Value {
        let shop = self.shop.currency;
        let (presented, currency) = match self.order().presentment {
            Some(seen) => (amount.saturating_mul(seen.rate), seen.currency),
            None => (amount, shop),
        };
        let money = |amount, currency| {
            let amount = money::amount(amount, currency).to_string();
            json!({"amount": amount, "currencyCode": currency.as_str()})
        };
        json!({"shopMoney": money(amount, shop), "presentmentMoney": money(presented, currency)})
    }

    fn taxes(&self, taxes: &[StockTax]) -> Value {
        taxes
            .iter()
            .map(|tax| {
                let rate = tax.percent.checked_div(Decimal::ONE_HUNDRED).unwrap_or_default();
                json!({
                    "channelLiable": false,
                    "priceSet": self.money(tax.amount),
                    "rate": rate.to_f64(),
                    "ratePercentage": tax.percent.to_f64(),
                    "source": null,
                    "title": tax.title,
                })
            })
            .collect()
    }

    fn whole(&self, picked: &Picked<'_>) -> Held {
        let order = self.order();
        let number = order_number(self.shown.index);
        match picked.name() {
            "cancelReason" => order.canceled.map(|end| cancel_reason(end.reason)).into(),
            "cancellation" => order.canceled.map(|_| json!({"staffNote": order.staff_note})).into(),
            "cancelledAt" => order.canceled.map(|end| self.at(end.after_s)).into(),
            "clientIp" => order.ip.clone().into(),
            "closed" => order.closed_after_s.is_some().into(),
            "closedAt" => order.closed_after_s.map(|after_s| self.at(after_s)).into(),
            "confirmationNumber" => confirmation_number(self.shown.index).into(),
            "confirmed" => true.into(),
            "createdAt" | "processedAt" => time(self.shown.created_at).into(),
            "currencyCode" => self.shop.currency.as_str().into(),
            "customAttributes" => attributes(&order.attributes).into(),
            "customerAcceptsMarketing"
            | "dutiesIncluded"
            | "edited"
            | "estimatedTaxes"
            | "taxExempt" => false.into(),
            "displayFinancialStatus" => financial_status(order).into(),
            "displayFulfillmentStatus" => fulfillment_status(order).into(),
            "email" => order.email.clone().into(),
            "fulfillable" => (fulfillment_status(order) == "UNFULFILLED").into(),
            "fullyPaid" => (order.paid() >= order.total()).into(),
            "id" => gid("Order", number).into(),
            "legacyResourceId" => number.to_string().into(),
            "name" => name(self.shown.index).into(),
            "note" => order.note.clone().into(),
            "number" => self::number(self.shown.index).into(),
            "phone" => order.phone.clone().into(),
            "presentmentCurrencyCode" => {
                let seen = order.presentment.map_or(self.shop.currency, |seen| seen.currency);
                seen.as_str().into()
            }
            "refundable" => (order.paid() > order.refunded()).into(),
            "requiresShipping" => order.lines.iter().any(|line| line.requires_shipping).into(),
            "returnStatus" => return_status(order).into(),
            "sourceName" => order.channel.as_str().into(),
            "tags" => order.tags.clone().into(),
            "taxesIncluded" => order.taxes_included.into(),
            "test" => order.test.into(),
            "unpaid" => order.paid().is_zero().into(),
            "updatedAt" => time(self.shown.updated_at).into(),
            _ => self.whole_parts(picked),
        }
    }

    /// A field of `Order` that has fields of its own or is money; null where nothing is known of it.
    fn whole_parts(&self, picked: &Picked<'_>) -> Held {
        let order = self.order();
        match picked.name() {
            "app" => json!({"id": gid("App", APP), "name": APP_NAME}).into(),
            "billingAddress" => self.address(order.billing.as_ref(), 0),
            "billingAddressMatchesShippingAddress" => (order.billing == order.shipping).into(),
            "currentSubtotalLineItemsQuantity" => self.quantity_left().into(),
            "currentTotalWeight" | "totalWeight" => "0".into(),
            "customer" => Held::maybe(order.customer.as_ref().map(|_| self.part(Part::Customer))),
            "discountApplications" => self.pages(order.discounts.len(), picked, Part::Discount),
            "discountCode" => codes(order).first().copied().into(),
            "discountCodes" => codes(order).into(),
            "displayAddress" | "shippingAddress" => self.address(order.shipping.as_ref(), 1),
            "fulfillments" => self.list(order.fulfillments.len(), picked, Part::Fulfillment),
            "fulfillmentsCount" => count(order.fulfillments.len()),
            "lineItems" => self.pages(order.lines.len(), picked, Part::Line),
            "metafield" => one_metafield_of(&Owner::of_order(self.shown), picked),
            "metafields" => metafields_of(&Owner::of_order(self.shown), picked),
            "paymentGatewayNames" => gateways(order).into(),
            "refunds" => self.list(order.refunds.len(), picked, Part::Refund),
            "retailLocation" if order.channel == "pos" => Held::One(Object::Location(1)),
            "returns" => self.pages(order.returns.len(), picked, Part::Return),
            "risk" => risk(order.risk).into(),
            "shippingLine" => {
                Held::maybe(order.shipping_lines.first().map(|_| self.part(Part::Shipping(0))))
            }
            "shippingLines" => self.pages(order.shipping_lines.len(), picked, Part::Shipping),
            "subtotalLineItemsQuantity" => {
                order.lines.iter().fold(0_u32, |all, line| all.saturating_add(line.quantity)).into()
            }
            "currentTaxLines" | "taxLines" => self.taxes(&order.taxes()).into(),
            "transactions" => self.list(order.payments.len(), picked, Part::Transaction),
            "transactionsCount" => count(order.payments.len()),
            name => self.total(name).map_or(Held::NULL, |amount| self.money(amount).into()),
        }
    }

    /// A field of `Order` that is money; `None` where it is not.
    fn total(&self, name: &str) -> Option<Decimal> {
        let order = self.order();
        let lines = order.refunds.iter().flat_map(|refund| &refund.lines);
        let zero = Decimal::ZERO;
        Some(match name {
            "cartDiscountAmountSet" | "currentTotalDiscountsSet" | "totalDiscountsSet" => {
                order.discount()
            }
            "currentShippingPriceSet" => {
                order.shipping_price().saturating_sub(self.shipping_refunded())
            }
            "currentSubtotalPriceSet" => order
                .subtotal()
                .saturating_sub(lines.fold(zero, |all, line| all.saturating_add(line.subtotal))),
            "currentTotalPriceSet" => order.total().saturating_sub(order.refunded()),
            "currentTotalTaxSet" => order
                .tax()
                .saturating_sub(lines.fold(zero, |all, line| all.saturating_add(line.tax))),
            "netPaymentSet" => order.paid().saturating_sub(order.refunded()),
            "originalTotalPriceSet" | "totalPriceSet" => order.total(),
            "subtotalPriceSet" => order.subtotal(),
            "totalCapturableSet" => {
                if financial_status(order) == "AUTHORIZED" {
                    order.total()
                } else {
                    zero
                }
            }
            "totalOutstandingSet" => order.total().saturating_sub(order.paid()),
            "totalReceivedSet" => order.paid(),
            "totalRefundedSet" => order.refunded(),
            "totalRefundedShippingSet" => self.shipping_refunded(),
            "totalShippingPriceSet" => order.shipping_price(),
            "totalTaxSet" => order.tax(),
            "totalTipReceivedSet" => zero,
            _ => return None,
        })
    }

    fn shipping_refunded(&self) -> Decimal {
        let refunds = self.order().refunds.iter();
        refunds.fold(Decimal::ZERO, |all, refund| all.saturating_add(refund.shipping))
    }

    fn quantity_left(&self) -> u32 {
        let order = self.order();
        let lines = order.lines.iter().enumerate();
        lines
            .map(|(place, line)| line.quantity.saturating_sub(order.quantity_refunded(place)))
            .fold(0, u32::saturating_add)
    }
}

fn attributes(attributes: &[(String, String)]) -> Value {
    attributes.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

pub(in super::super) fn codes(order: &StockOrder) -> Vec<&str> {
    order.discounts.iter().filter_map(|discount| discount.code.as_deref()).collect()
}

/// Who carried out payments, each once.
pub(in super::super) fn gateways(order: &StockOrder) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for payment in &order.payments {
        if !names.contains(&payment.gateway.as_str()) {
            names.push(&payment.gateway);
        }
    }
    names
}

pub(in super::super) const fn cancel_reason(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::Customer => "CUSTOMER",
        CancelReason::Declined => "DECLINED",
        CancelReason::Fraud => "FRAUD",
        CancelReason::Inventory => "INVENTORY",
        CancelReason::Other => "OTHER",
    }
}

/// How far an order is paid, in the vendor's word.
pub(in super::super) fn financial_status(order: &StockOrder) -> &'static str {
    let (paid, refunded) = (order.paid(), order.refunded());
    let went_well = |action: PaymentAction| {
        let mut payments = order.payments.iter();
        payments.any(|payment| payment.action == action && payment.state == PaymentState::Success)
    };
    if !refunded.is_zero() {
        return if refunded >= paid { "REFUNDED" } else { "PARTIALLY_REFUNDED" };
    }
    if paid >= order.total() {
        "PAID"
    } else if !paid.is_zero() {
        "PARTIALLY_PAID"
    } else if went_well(PaymentAction::Void) {
        "VOIDED"
    } else if went_well(PaymentAction::Authorization) {
        "AUTHORIZED"
    } else {
        "PENDING"
    }
}

/// How far an order is sent, in the vendor's word.
pub(in super::super) fn fulfillment_status(order: &StockOrder) -> &'static str {
    let lines = order.lines.iter().enumerate().filter(|(_, line)| line.requires_shipping);
    let (bought, sent) = lines.fold((0_u64, 0_u64), |(bought, sent), (place, line)| {
        let more = u64::from(order.quantity_fulfilled(place));
        (bought.saturating_add(line.quantity.into()), sent.saturating_add(more))
    });
    if bought == 0 {
        "FULFILLMENT_NOT_REQUIRED"
    } else if sent == 0 {
        "UNFULFILLED"
    } else if sent < bought {
        "PARTIALLY_FULFILLED"
    } else {
        "FULFILLED"
    }
}

pub(in super::super) fn return_status(order: &StockOrder) -> &'static str {
    if order.returns.is_empty() {
        "NO_RETURN"
    } else if order.returns.iter().all(|back| back.arrived) {
        "RETURNED"
    } else {
        "IN_PROGRESS"
    }
}

/// What the vendor thinks of an order, as (level, recommendation).
pub(in super::super) const fn risk_words(level: RiskLevel) -> (&'static str, &'static str) {
    match level {
        RiskLevel::Low => ("LOW", "ACCEPT"),
        RiskLevel::Medium => ("MEDIUM", "INVESTIGATE"),
        RiskLevel::High => ("HIGH", "CANCEL"),
    }
}

fn risk(level: RiskLevel) -> Value {
    let (level, recommendation) = risk_words(level);
    let sentiment = if level == "LOW" { "POSITIVE" } else { "NEGATIVE" };
    json!({
        "assessments": [{
            "facts": [{"description": "Checked by the simulated store", "sentiment": sentiment}],
            "riskLevel": level,
        }],
        "recommendation": recommendation,
    })
}

/// Fields that are all there already.
fn ready(type_name: &'static str, value: Value) -> Object {
    Object::Ready(type_name, super::fields(value))
}
