use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::json;

use super::super::super::execute::{Executor, Held, Object};
use super::super::super::ids::gid;
use super::super::super::select::Picked;
use super::super::page;
use super::{Part, Sale, ready, refund_line_place};
use crate::stock::{PaymentAction, PaymentState, Restock, Shown, StockOrder, StockPayment};

impl Sale<'_> {
    /// A field of `OrderTransaction`.
    pub(super) fn transaction(&self, place: usize, picked: &Picked<'_>) -> Held {
        let order = self.order();
        let Some(payment) = order.payments.get(place) else { return Held::NULL };
        let failed = payment.state == PaymentState::Failure;
        match picked.name() {
            "amountSet" => self.money(payment.amount).into(),
            "createdAt" => self.at(payment.after_s).into(),
            "errorCode" => failed.then_some("CARD_DECLINED").into(),
            "formattedGateway" => payment.gateway.replace('_', " ").into(),
            "gateway" => payment.gateway.as_str().into(),
            "id" => gid("OrderTransaction", self.child(place)).into(),
            "kind" => action(payment.action).into(),
            "manualPaymentGateway" => (payment.gateway == "bank_transfer").into(),
            "manuallyCapturable" | "multiCapturable" => false.into(),
            "order" => self.one(Part::Whole),
            "parentTransaction" => Held::maybe(
                payment
                    .parent
                    .filter(|parent| *parent < order.payments.len())
                    .map(|parent| self.part(Part::Transaction(parent))),
            ),
            "paymentDetails" => Held::maybe(details(payment)),
            "paymentId" => payment.reference.clone().into(),
            "processedAt" if payment.state != PaymentState::Pending => {
                self.at(payment.after_s).into()
            }
            "status" => state(payment.state).into(),
            "test" => order.test.into(),
            _ => Held::NULL,
        }
    }

    /// A field of `Refund`.
    pub(super) fn refund(&self, place: usize, picked: &Picked<'_>) -> Held {
        let order = self.order();
        let Some(refund) = order.refunds.get(place) else { return Held::NULL };
        let numbered = |part: Option<Object>| {
            page(
                picked.page.as_ref(),
                part.map(|part| (self.child(place), part)).into_iter().collect(),
            )
        };
        match picked.name() {
            "createdAt" | "processedAt" | "updatedAt" => self.at(refund.after_s).into(),
            "id" => gid("Refund", self.child(place)).into(),
            "legacyResourceId" => self.child(place).to_string().into(),
            "note" => refund.note.clone().into(),
            "order" => self.one(Part::Whole),
            "orderAdjustments" => {
                let none = refund.adjustment.is_zero();
                numbered((!none).then(|| {
                    ready(
                        "OrderAdjustment",
                        json!({
                            "amountSet": self.money(refund.adjustment),
                            "id": gid("OrderAdjustment", self.child(place)),
                            "reason": "REFUND_DISCREPANCY",
                            "taxAmountSet": self.money(Decimal::ZERO),
                        }),
                    )
                }))
            }
            "refundLineItems" => {
                let items = (0..refund.lines.len())
                    .map(|line| {
                        let number = self.child(refund_line_place(order, place, line));
                        (number, self.part(Part::Refunded(place, line)))
                    })
                    .collect();
                page(picked.page.as_ref(), items)
            }
            "refundShippingLines" => {
                let line = order.shipping_lines.first().filter(|_| !refund.shipping.is_zero());
                numbered(line.map(|_| Object::RefundShipping(Arc::clone(self.shown), place)))
            }
            "return" => {
                Held::maybe(order.returns.get(place).map(|_| self.part(Part::Return(place))))
            }
            "totalRefundedSet" => self.money(refund.total(order.taxes_included)).into(),
            "transactions" => {
                let at = refund.payment.filter(|at| *at < order.payments.len());
                let items = at.map(|at| (self.child(at), self.part(Part::Transaction(at))));
                page(picked.page.as_ref(), items.into_iter().collect())
            }
            _ => Held::NULL,
        }
    }

    /// A field of `RefundLineItem`.
    pub(super) fn refunded(&self, refund: usize, place: usize, picked: &Picked<'_>) -> Held {
        let order = self.order();
        let lines = order.refunds.get(refund).map(|refund| &refund.lines);
        let Some(line) = lines.and_then(|lines| lines.get(place)) else { return Held::NULL };
        match picked.name() {
            "id" => {
                gid("RefundLineItem", self.child(refund_line_place(order, refund, place))).into()
            }
            "lineItem" => self.line_at(line.line),
            "location" if line.restock == Restock::Return => Held::One(Object::Location(0)),
            "priceSet" => {
                let quantity = line.quantity.max(1).into();
                self.money(line.subtotal.checked_div(quantity).unwrap_or_default()).into()
            }
            "quantity" => line.quantity.into(),
            "restockType" => restock(line.restock).into(),
            "restocked" => (line.restock != Restock::NoRestock).into(),
            "subtotalSet" => self.money(line.subtotal).into(),
            "totalTaxSet" => self.money(line.tax).into(),
            _ => Held::NULL,
        }
    }
}

/// A field of `RefundShippingLine`.
pub(in super::super::super) fn refund_shipping(
    executor: &Executor<'_>,
    shown: &Arc<Shown<StockOrder>>,
    refund: usize,
    picked: &Picked<'_>,
) -> Held {
    let sale = Sale { shop: executor.site.shop, shown };
    let Some(of) = shown.item.refunds.get(refund) else { return Held::NULL };
    match picked.name() {
        "id" => gid("RefundShippingLine", sale.child(refund)).into(),
        "shippingLine" => sale.one(Part::Shipping(0)),
        "subtotalAmountSet" => sale.money(of.shipping).into(),
        "taxAmountSet" => sale.money(Decimal::ZERO).into(),
        _ => Held::NULL,
    }
}

/// What was paid with, where the vendor tells it.
fn details(payment: &StockPayment) -> Option<Object> {
    let method = payment.method.as_deref()?;
    Some(match payment.gateway.as_str() {
        "card" => ready(
            "CardPaymentDetails",
            json!({
                "company": method,
                "name": null,
                "number": "•••• •••• •••• 4242",
                "paymentMethodName": method.to_lowercase(),
            }),
        ),
        "paypal" => ready("PaypalWalletPaymentDetails", json!({"paymentMethodName": "paypal"})),
        _ => ready("LocalPaymentMethodsPaymentDetails", json!({"paymentMethodName": method})),
    })
}

pub(in super::super::super) const fn action(action: PaymentAction) -> &'static str {
    match action {
        PaymentAction::Sale => "SALE",
        PaymentAction::Authorization => "AUTHORIZATION",
        PaymentAction::Capture => "CAPTURE",
        PaymentAction::Void => "VOID",
        PaymentAction::Refund => "REFUND",
    }
}

pub(in super::super::super) const fn state(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Success => "SUCCESS",
        PaymentState::Failure => "FAILURE",
        PaymentState::Pending => "PENDING",
    }
}

pub(in super::super::super) const fn restock(restock: Restock) -> &'static str {
    match restock {
        Restock::Cancel => "CANCEL",
        Restock::Return => "RETURN",
        Restock::NoRestock => "NO_RESTOCK",
    }
}
