//! An order, part by part.

mod discount;
mod fulfillment;
mod line;
mod money;
mod node;
mod payment;
mod people;
mod refund;
mod returned;

use core::mem::take;

use flyball_connector::decode::{RowError, each, flag, keep, text, time};
use flyball_connector::json::At;
use flyball_domain::{
    Currency, CustomField, Discount, Field, FinancialStatus, FulfillmentStatus, Order, Personal,
    Return, Risk, Totals,
};
use serde_json::{Map, Value};

use super::gid::id;
use super::metafield::metafield;
use super::reader::Reader;
use super::required_time;
use super::words::{attributes, reference, within, word, words};
use crate::queries::List;
use money::amount;
use node::{OrderNode, RiskNode};

/// Reads an order.
pub(super) fn order<'n, 'p: 'n>(
    node: At<'_, 'n>,
    reader: &mut Reader<'p>,
) -> Result<Order, RowError> {
    let mut node: OrderNode<'n> = node.read()?;
    let owner = node.id.value().map_or("", |id| id.0.as_ref()).to_owned();
    let updated_at = required_time(take(&mut node.updated_at), "updatedAt")?;
    let returns = returns(&mut node, &owner, reader)?;
    let mut extra = extra(&mut node);
    let discounts =
        reader.list(List::Discounts, &owner, take(&mut node.discount_applications))?.try_map(
            |nodes| each(nodes, "discountApplications", |node| Ok(discount::application(node))),
        )?;
    let custom_fields = custom_fields(&mut node, &owner, reader, &mut extra)?;
    let mut order = Order {
        id: id(&node.id, "id")?,
        updated_at,
        number: text(take(&mut node.name)),
        created_at: time(take(&mut node.created_at), "createdAt")?,
        placed_at: time(take(&mut node.processed_at), "processedAt")?,
        canceled_at: time(take(&mut node.cancelled_at), "cancelledAt")?,
        closed_at: time(take(&mut node.closed_at), "closedAt")?,
        cancel_reason: word(take(&mut node.cancel_reason)),
        status: Field::Absent,
        financial_status: word(take(&mut node.display_financial_status)).map(FinancialStatus::from),
        fulfillment_status: word(take(&mut node.display_fulfillment_status))
            .map(FulfillmentStatus::from),
        test: flag(take(&mut node.test), "test")?,
        channel: text(take(&mut node.source_name)),
        currency: currency(take(&mut node.currency_code)),
        presentment_currency: currency(take(&mut node.presentment_currency_code)),
        presentment_rate: Field::Absent,
        taxes_included: flag(take(&mut node.taxes_included), "taxesIncluded")?,
        totals: totals(&mut node)?,
        customer_id: reference(take(&mut node.customer), "customer.id")?,
        personal: personal(&mut node),
        lines: Field::Absent,
        discounts,
        shipping_lines: Field::Absent,
        taxes: take(&mut node.tax_lines).try_map(line::taxes)?,
        payments: Field::Absent,
        refunds: Field::Absent,
        returns,
        fulfillments: Field::Absent,
        tags: take(&mut node.tags).map(words),
        risk: take(&mut node.risk).map(|risk| risk_of(risk, &mut extra)),
        history: Field::Absent,
        custom_fields,
        mapped: Field::Absent,
        extra,
    };
    lists(&mut order, node, &owner, reader)?;
    Ok(order)
}

fn lists<'n, 'p: 'n>(
    order: &mut Order,
    node: OrderNode<'n>,
    owner: &str,
    reader: &mut Reader<'p>,
) -> Result<(), RowError> {
    let applications = order.discounts.value().map_or(&[] as &[Discount], Vec::as_slice);
    order.lines = reader
        .list(List::Lines, owner, node.line_items)?
        .try_map(|nodes| each(nodes, "lineItems", |node| line::line(node, applications)))?;
    order.shipping_lines =
        reader.list(List::ShippingLines, owner, node.shipping_lines)?.try_map(|nodes| {
            each(nodes, "shippingLines", |node| line::shipping_line(node, applications))
        })?;
    order.payments = reader
        .list(List::Transactions, owner, node.transactions)?
        .try_map(|nodes| each(nodes, "transactions", payment::payment))?;
    order.fulfillments =
        reader.list(List::Fulfillments, owner, node.fulfillments)?.try_map(|nodes| {
            each(nodes, "fulfillments", |node| fulfillment::fulfillment(node, reader))
        })?;
    order.refunds = reader
        .list(List::Refunds, owner, node.refunds)?
        .try_map(|nodes| each(nodes, "refunds", |node| refund::refund(node, reader)))?;
    Ok(())
}

/// Returns are so few and cost so much that they are asked for only of an order that says it has
/// some.
fn returns<'n, 'p: 'n>(
    node: &mut OrderNode<'n>,
    owner: &str,
    reader: &mut Reader<'p>,
) -> Result<Field<Vec<Return>>, RowError> {
    let page = take(&mut node.returns);
    let nodes = match node.return_status.value().and_then(Value::as_str) {
        Some("NO_RETURN") if page.is_absent() => return Ok(Field::Value(Vec::new())),
        Some(_) => reader.elsewhere(List::Returns, owner, page)?,
        None => reader.list(List::Returns, owner, page)?,
    };
    nodes.try_map(|nodes| each(nodes, "returns", |node| returned::returned(node, reader)))
}

fn extra(node: &mut OrderNode<'_>) -> Map<String, Value> {
    let mut extra = Map::new();
    for (name, field) in [
        ("edited", &mut node.edited),
        ("confirmationNumber", &mut node.confirmation_number),
        ("poNumber", &mut node.po_number),
        ("returnStatus", &mut node.return_status),
        ("sourceIdentifier", &mut node.source_identifier),
        ("paymentGatewayNames", &mut node.payment_gateway_names),
        ("discountCodes", &mut node.discount_codes),
        ("customerLocale", &mut node.customer_locale),
        ("app", &mut node.app),
        ("totalTipReceivedSet", &mut node.total_tip_received_set),
    ] {
        keep(&mut extra, name, take(field));
    }
    extra
}

/// What the buyer or the theme added, and then the metafields. Where these could not be had, a list
/// of the others alone would read as if they were gone.
fn custom_fields<'n, 'p: 'n>(
    node: &mut OrderNode<'n>,
    owner: &str,
    reader: &mut Reader<'p>,
    extra: &mut Map<String, Value>,
) -> Result<Field<Vec<CustomField>>, RowError> {
    let added = take(&mut node.custom_attributes).map(attributes);
    let page = take(&mut node.metafields);
    let metafields = reader
        .list(List::OrderMetafields, owner, page)?
        .try_map(|nodes| each(nodes, "metafields", metafield))?;
    Ok(match (added, metafields) {
        (Field::Value(mut added), Field::Value(metafields)) => {
            added.extend(metafields);
            Field::Value(added)
        }
        (added, Field::Absent) => {
            let added = added.map(|added| serde_json::to_value(added).unwrap_or_default());
            keep(extra, "customAttributes", added);
            Field::Absent
        }
        (Field::Null | Field::Absent, metafields) => metafields,
        (added @ Field::Value(_), Field::Null) => added,
    })
}

fn currency(code: Field<flyball_connector::decode::Text<'_>>) -> Field<Currency> {
    within(code, |code| code.0.parse().map_or(Field::Absent, Field::Value))
}

fn totals(node: &mut OrderNode<'_>) -> Result<Field<Totals>, RowError> {
    let totals = Totals {
        subtotal: amount(take(&mut node.subtotal_price_set), "subtotalPriceSet")?,
        discounts: amount(take(&mut node.total_discounts_set), "totalDiscountsSet")?,
        shipping: amount(take(&mut node.total_shipping_price_set), "totalShippingPriceSet")?,
        tax: amount(take(&mut node.total_tax_set), "totalTaxSet")?,
        total: amount(take(&mut node.total_price_set), "totalPriceSet")?,
        current: amount(take(&mut node.current_total_price_set), "currentTotalPriceSet")?,
        paid: amount(take(&mut node.total_received_set), "totalReceivedSet")?,
        refunded: amount(take(&mut node.total_refunded_set), "totalRefundedSet")?,
        due: amount(take(&mut node.total_outstanding_set), "totalOutstandingSet")?,
    };
    let none = totals == Totals::default();
    Ok(if none { Field::Absent } else { Field::Value(totals) })
}

fn personal(node: &mut OrderNode<'_>) -> Field<Personal> {
    let billing = take(&mut node.billing_address).map(people::address);
    let shipping = match take(&mut node.shipping_address).map(people::address) {
        Field::Value(address) => Field::Value(vec![address]),
        Field::Null => Field::Value(Vec::new()),
        Field::Absent => Field::Absent,
    };
    let personal = Personal {
        name: Field::Absent,
        email: text(take(&mut node.email)),
        phone: text(take(&mut node.phone)),
        billing_address: billing,
        shipping_addresses: shipping,
        note: text(take(&mut node.note)),
        staff_note: within(take(&mut node.cancellation), |canceled| text(canceled.staff_note)),
        ip: text(take(&mut node.client_ip)),
        extra: Map::new(),
    };
    let none = personal == Personal::default();
    if none { Field::Absent } else { Field::Value(personal) }
}

/// The gravest of what those say who assessed it; several are kept one by one.
fn risk_of(risk: RiskNode<'_>, extra: &mut Map<String, Value>) -> Risk {
    const GRAVEST_FIRST: [&str; 4] = ["HIGH", "MEDIUM", "LOW", "PENDING"];
    let assessments = risk.assessments.value().and_then(Value::as_array);
    let levels: Vec<&str> = assessments
        .into_iter()
        .flatten()
        .filter_map(|assessment| assessment.get("riskLevel")?.as_str())
        .collect();
    let known = GRAVEST_FIRST.into_iter().find(|grave| levels.contains(grave));
    let level = known.or(levels.first().copied()).unwrap_or("NONE");
    if levels.len() > 1 {
        keep(extra, "riskAssessments", risk.assessments.clone());
    }
    Risk { level: level.to_ascii_lowercase(), recommendation: word(risk.recommendation) }
}
