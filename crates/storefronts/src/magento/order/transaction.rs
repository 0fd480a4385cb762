use serde_json::{Value, json};

use super::Sale;
use crate::magento::ids::{child, number};
use crate::stock::PaymentAction;

impl Sale<'_> {
    /// What a gateway did for it: each payment that went well.
    pub(in crate::magento) fn transactions(&self) -> Vec<Value> {
        self.done().filter_map(|(place, _)| self.transaction(place)).collect()
    }

    fn transaction(&self, place: usize) -> Option<Value> {
        let payment = self.stock.payments.get(place)?;
        let parent = payment.parent;
        let children = self.done().filter(|(_, other)| other.parent == Some(place));
        let children: Vec<Value> =
            children.filter_map(|(child, _)| self.transaction(child)).collect();
        Some(json!({
            "transaction_id": child(self.index, place),
            "parent_id": parent.map(|parent| child(self.index, parent)),
            "order_id": number(self.index),
            "payment_id": number(self.index),
            "txn_id": self.reference(place),
            "parent_txn_id": parent.and_then(|parent| self.reference(parent)),
            "txn_type": action(payment.action),
            "is_closed": u8::from(!children.is_empty() || payment.action != PaymentAction::Authorization),
            "additional_information": [payment.method],
            "created_at": self.time(payment.after_s),
            "child_transactions": children,
        }))
    }
}

/// The vendor's word for what a payment does.
pub(in crate::magento) const fn action(action: PaymentAction) -> &'static str {
    match action {
        PaymentAction::Authorization => "authorization",
        PaymentAction::Sale | PaymentAction::Capture => "capture",
        PaymentAction::Void => "void",
        PaymentAction::Refund => "refund",
    }
}
