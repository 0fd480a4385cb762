use flyball_connector::decode::{RowError, Text, keep, text, time};
use flyball_domain::{Field, Payment};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::money::{Bag, amount};
use crate::decode::words::{Reference, optional_id, reference, within, word};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TransactionNode<'a> {
    #[serde(borrow)]
    id: Field<Text<'a>>,
    kind: Field<Text<'a>>,
    status: Field<Text<'a>>,
    gateway: Field<Text<'a>>,
    formatted_gateway: Field<Value>,
    created_at: Field<Text<'a>>,
    processed_at: Field<Text<'a>>,
    payment_id: Field<Text<'a>>,
    error_code: Field<Value>,
    test: Field<Value>,
    amount_set: Field<Bag<'a>>,
    parent_transaction: Field<Reference<'a>>,
    payment_details: Field<Details<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details<'a> {
    company: Field<Value>,
    #[serde(borrow)]
    payment_method_name: Field<Text<'a>>,
}

/// Reads what moved money, or was to. The card's owner and number are not asked for.
pub(super) fn payment(node: TransactionNode<'_>) -> Result<Payment, RowError> {
    let mut extra = Map::new();
    keep(&mut extra, "formattedGateway", node.formatted_gateway);
    keep(&mut extra, "createdAt", node.created_at.map(|at| at.0.into_owned().into()));
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
