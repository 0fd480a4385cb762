//! What moved money: transactions and refunds (`orders.v3.yml`).

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::address;
use super::dates::iso;
use super::ids::{child_number, order_number};
use super::json::number;
use super::order::after;
use super::site::Site;
use super::taxed::sum;
use crate::stock::{
    PaymentAction, PaymentState, RiskLevel, Shown, StockOrder, StockPayment, StockRefund,
};

/// How the vendor calls a gateway: what it is called on an order, the gateway, the method.
struct Gateway {
    title: &'static str,
    name: &'static str,
    method: &'static str,
}

fn gateway(name: &str) -> Gateway {
    let known = |title, name, method| Gateway { title, name, method };
    match name {
        "card" => known("Credit Card", "stripe", "credit_card"),
        "paypal" => known("PayPal", "paypalexpress", "electronic_wallet"),
        "bank_transfer" => known("Bank Deposit", "bankdeposit", "offline"),
        _ => known("Manual", "custom", "custom"),
    }
}

/// How an order is paid, as its list shows it.
pub(super) fn method_of(order: &StockOrder) -> &'static str {
    order.payments.first().map_or("Manual", |payment| gateway(&payment.gateway).title)
}

/// What the gateway knows the first payment by that went well.
pub(super) fn reference_of(order: &StockOrder) -> Option<&str> {
    let mut went_well =
        order.payments.iter().filter(|payment| payment.state == PaymentState::Success);
    went_well.find_map(|payment| payment.reference.as_deref())
}

/// `/orders/{order_id}/transactions`.
pub(super) fn transactions(site: &Site, shown: &Shown<StockOrder>) -> Vec<Value> {
    let payments = shown.item.payments.iter().enumerate();
    payments.map(|(place, payment)| transaction(site, shown, place, payment)).collect()
}

fn transaction(
    site: &Site,
    shown: &Shown<StockOrder>,
    place: usize,
    payment: &StockPayment,
) -> Value {
    let gateway = gateway(&payment.gateway);
    let is = |method: &str| gateway.method == method;
    let event = match (payment.state, payment.action) {
        (PaymentState::Pending, _) => "pending",
        (_, PaymentAction::Sale) => "purchase",
        (_, PaymentAction::Authorization) => "authorization",
        (_, PaymentAction::Capture) => "capture",
        (_, PaymentAction::Void) => "void",
        (_, PaymentAction::Refund) => "refund",
    };
    let mut transaction = json!({
        "id": child_number(shown.index, place),
        "order_id": order_number(shown.index).to_string(),
        "event": event,
        "method": gateway.method,
        "amount": number(payment.amount),
        "currency": site.currency.as_str(),
        "gateway": gateway.name,
        "gateway_transaction_id": payment.reference.as_deref().unwrap_or_default(),
        "payment_method_id": format!("{}.{}", gateway.name, gateway.method),
        "status": if payment.state == PaymentState::Failure { "error" } else { "ok" },
        "test": shown.item.test,
        "fraud_review": shown.item.risk == RiskLevel::High,
        "date_created": iso(after(shown.created_at, payment.after_s)),
        "payment_instrument_token": null,
        "avs_result": {"code": "", "message": "", "street_match": "", "postal_match": ""},
        "cvv_result": {"code": "", "message": ""},
        "gift_certificate": null,
        "store_credit": null,
        "offline": is("offline").then(|| json!({"display_name": gateway.title})),
        "custom": is("custom").then(|| json!({"payment_method": gateway.title})),
    });
    if let Some(fields) = transaction.as_object_mut() {
        if let Some(parent) = payment.parent {
            let parent = child_number(shown.index, parent);
            fields.insert("reference_transaction_id".to_owned(), parent.into());
        }
        if let Some(card) = payment.method.as_deref().filter(|_| is("credit_card")) {
            let kind = if card == "Mastercard" { "master" } else { "visa" };
            let card = json!({"card_type": kind, "card_iin": "424242", "card_last4": "4242"});
            fields.insert("credit_card".to_owned(), card);
        }
    }
    transaction
}

/// `/orders/{order_id}/payment_actions/refunds`.
pub(super) fn refunds(shown: &Shown<StockOrder>) -> Vec<Value> {
    let refunds = shown.item.refunds.iter().enumerate();
    refunds.map(|(place, stock)| refund(shown, place, stock)).collect()
}

fn refund(shown: &Shown<StockOrder>, place: usize, stock: &StockRefund) -> Value {
    let included = shown.item.taxes_included;
    let reason = stock.note.as_deref().unwrap_or_default();
    json!({
        "id": child_number(shown.index, place),
        "order_id": order_number(shown.index),
        "user_id": 1,
        "created": iso(after(shown.created_at, stock.after_s)),
        "reason": reason,
        "total_amount": number(stock.total(included)),
        "total_tax": number(sum(stock.lines.iter().map(|line| line.tax))),
        "uses_merchant_override_values": false,
        "items": items(shown, stock),
        "payments": back(shown, stock),
    })
}

fn items(shown: &Shown<StockOrder>, stock: &StockRefund) -> Vec<Value> {
    let item = |kind: &str, id: u64, quantity: u32, amount: Decimal| {
        json!({
            "item_type": kind,
            "item_id": id,
            "reason": stock.note.as_deref().unwrap_or_default(),
            "quantity": quantity,
            "requested_amount": number(amount),
            "adjustments": [],
        })
    };
    let included = shown.item.taxes_included;
    let lines = stock.lines.iter().map(|line| {
        let tax = if included { Decimal::ZERO } else { line.tax };
        let amount = line.subtotal.saturating_add(tax);
        item("PRODUCT", child_number(shown.index, line.line), line.quantity, amount)
    });
    let besides = [
        ("SHIPPING", address::number(shown.index), stock.shipping),
        ("ORDER", order_number(shown.index), stock.adjustment),
    ];
    let besides = besides.into_iter().filter(|(_, _, amount)| !amount.is_zero());
    lines.chain(besides.map(|(kind, id, amount)| item(kind, id, 1, amount))).collect()
}

/// What carried a refund out.
fn back(shown: &Shown<StockOrder>, stock: &StockRefund) -> Vec<Value> {
    let payment = stock.payment.and_then(|place| Some((place, shown.item.payments.get(place)?)));
    payment
        .map(|(place, payment)| {
            let gateway = gateway(&payment.gateway);
            let is_declined = payment.state == PaymentState::Failure;
            let is_offline = ["offline", "custom"].contains(&gateway.method);
            json!({
                "id": child_number(shown.index, place),
                "provider_id": gateway.name,
                "amount": number(payment.amount),
                "offline": is_offline,
                "is_declined": is_declined,
                "declined_message": if is_declined { "declined" } else { "" },
                "transaction_id": child_number(shown.index, place).to_string(),
            })
        })
        .into_iter()
        .collect()
}
