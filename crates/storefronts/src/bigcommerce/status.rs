//! How far an order is, in the vendor's words (`orders.v2.oas2.yml`, `/order_statuses`).

use serde_json::{Value, json};

use crate::stock::{CancelReason, OrderStage, PaymentAction, PaymentState, StockOrder};

/// A status: its number, its name, what it means, its place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) id: u64,
    pub(super) name: &'static str,
    description: &'static str,
    order: u64,
}

const fn status(id: u64, name: &'static str, order: u64, description: &'static str) -> Status {
    Status { id, name, description, order }
}

/// All there are, by number.
pub(super) const STATUSES: [Status; 15] = [
    status(0, "Incomplete", 0, "The shopper reached the payment page and went no further."),
    status(1, "Pending", 1, "The shopper began to check out and did not complete it."),
    status(2, "Shipped", 8, "The order was sent; its receipt is not confirmed."),
    status(3, "Partially Shipped", 6, "Some of the order was sent."),
    status(4, "Refunded", 11, "The whole order was refunded."),
    status(5, "Cancelled", 9, "The seller called the order off."),
    status(6, "Declined", 10, "The seller marked the order as declined."),
    status(7, "Awaiting Payment", 2, "The checkout is complete; the payment is to be confirmed."),
    status(8, "Awaiting Pickup", 5, "The order waits to be picked up."),
    status(
        9,
        "Awaiting Shipment",
        4,
        "The order is packed and waits to be picked up by a carrier.",
    ),
    status(10, "Completed", 7, "The order was sent and its receipt is confirmed."),
    status(11, "Awaiting Fulfillment", 3, "The payment is confirmed."),
    status(12, "Manual Verification Required", 13, "The order is on hold for some reason."),
    status(13, "Disputed", 12, "The shopper disputes the payment."),
    status(14, "Partially Refunded", 14, "Some of the order was refunded."),
];

impl Status {
    /// How far an order is.
    pub(super) fn of(order: &StockOrder) -> Self {
        let id = match order.stage() {
            OrderStage::Pending if order.payments.is_empty() => 1,
            OrderStage::Pending => 7,
            OrderStage::Processing => 11,
            OrderStage::PartiallyShipped => 3,
            OrderStage::Complete if order.closed_after_s.is_some() => 10,
            OrderStage::Complete => 2,
            OrderStage::PartiallyRefunded => 14,
            OrderStage::Refunded => 4,
            OrderStage::Canceled => match order.canceled.map(|canceled| canceled.reason) {
                Some(CancelReason::Declined) => 6,
                Some(
                    CancelReason::Customer
                    | CancelReason::Fraud
                    | CancelReason::Inventory
                    | CancelReason::Other,
                )
                | None => 5,
            },
        };
        Self::by_id(id).unwrap_or(INCOMPLETE)
    }

    pub(super) fn by_id(id: u64) -> Option<Self> {
        STATUSES.into_iter().find(|status| status.id == id)
    }

    /// As `/order_statuses` writes it.
    pub(super) fn render(self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "system_label": self.name,
            "custom_label": self.name,
            "system_description": self.description,
            "order": self.order,
        })
    }

    /// As `/orders/count` writes it.
    pub(super) fn render_counted(self, count: u64) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "system_label": self.name,
            "custom_label": self.name,
            "system_description": self.description,
            "count": count,
            "sort_order": self.order,
        })
    }
}

const INCOMPLETE: Status = status(0, "Incomplete", 0, "");

/// How far an order is paid; empty where nobody tried.
pub(super) fn payment_status(order: &StockOrder) -> &'static str {
    let went_well = |actions: &[PaymentAction]| {
        order.payments.iter().any(|payment| {
            payment.state == PaymentState::Success && actions.contains(&payment.action)
        })
    };
    let refunded = order.refunded();
    if !refunded.is_zero() {
        return if refunded >= order.paid() { "refunded" } else { "partially refunded" };
    }
    if went_well(&[PaymentAction::Void]) {
        "void"
    } else if went_well(&[PaymentAction::Sale, PaymentAction::Capture]) {
        "captured"
    } else if went_well(&[PaymentAction::Authorization]) {
        "authorized"
    } else if order.payments.iter().any(|payment| payment.state == PaymentState::Pending) {
        "pending"
    } else if order.payments.is_empty() {
        ""
    } else {
        "declined"
    }
}
