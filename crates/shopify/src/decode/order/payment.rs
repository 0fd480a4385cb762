use flyball_connector::decode::{RowError, Text, keep, text, time};
use flyball_domain::{Field, Payment};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::money::{Bag, amount};
use crate::decode::words::{Reference, optional_id, reference, within, word};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TransactionNode {
    id: Field<Text>,
    kind: Field<Text>,
    status: Field<Text>,
    gateway: Field<Text>,
    formatted_gateway: Field<Value>,
    created_at: Field<Text>,
    processed_at: Field<Text>,
    payment_id: Field<Text>,
    error_code: Field<Value>,
    test: Field<Value>,
    amount_set: Field<Bag>,
    parent_transaction: Field<Reference>,
    payment_details: Field<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    company: Field<Value>,
    payment_method_name: Field<Text>,
}

/// Reads what moved money, or was to. The card's owner and number are not asked for.
pub(super) fn payment(node: &str) -> Result<Payment, RowError> {
    let node: TransactionNode = serde_json::from_str(node)?;
    let mut extra = Map::new();
    keep(&mut extra, "formattedGateway", node.formatted_gateway);
    keep(&mut extra, "createdAt", node.created_at.map(|at| at.0.into()));
    keep(&mut extra, "errorCode", node.error_code);
    keep(&mut extra, "test", node.test);
    let method = within(node.payment_details, |details| {
        keep(&mut extra, "company", details.company);
        text(details.payment_method_name)
    });
    Ok(Payment {
        id: optional_id(&node.id, "id")?,
        action: word(node.kind),
        status: word(node.status),
        gateway: text(node.gateway),
        method,
        amount: amount(node.amount_set, "amountSet")?,
        at: time(node.processed_at, "processedAt")?,
        parent_id: reference(node.parent_transaction, "parentTransaction.id")?,
        reference: text(node.payment_id),
        extra,
    })
}
