use flyball_connector::decode::{RowError, Text, flag, keep, text};
use flyball_domain::{Discount, Field, OrderLine, ShippingLine, Tax};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::discount::{AllocationNode, allocations};
use super::money::{Bag, amount, less, sum};
use crate::decode::gid::id;
use crate::decode::words::{Attribute, Reference, attributes, number, optional_id, reference};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LineNode<'a> {
    #[serde(borrow)]
    id: Field<Text<'a>>,
    title: Field<Text<'a>>,
    variant_title: Field<Value>,
    sku: Field<Text<'a>>,
    vendor: Field<Value>,
    quantity: Field<Text<'a>>,
    current_quantity: Field<Text<'a>>,
    refundable_quantity: Field<Value>,
    unfulfilled_quantity: Field<Value>,
    requires_shipping: Field<Text<'a>>,
    taxable: Field<Text<'a>>,
    is_gift_card: Field<Value>,
    product: Field<Reference<'a>>,
    variant: Field<Reference<'a>>,
    custom_attributes: Field<Vec<Option<Attribute<'a>>>>,
    original_unit_price_set: Field<Bag<'a>>,
    total_discount_set: Field<Bag<'a>>,
    discounted_total_set: Field<Bag<'a>>,
    discount_allocations: Field<Vec<Option<AllocationNode<'a>>>>,
    tax_lines: Field<Vec<Option<TaxNode<'a>>>>,
}

/// Reads a line; `applications` are the discounts of its order.
///
/// How many were sent and how many given back is said by fulfillments and refunds; a line only says
/// how many are left to be sent and how many could still be given back.
pub(super) fn line(node: LineNode<'_>, applications: &[Discount]) -> Result<OrderLine, RowError> {
    let taxes = node.tax_lines.try_map(taxes)?;
    let mut extra = Map::new();
    keep(&mut extra, "variantTitle", node.variant_title);
    keep(&mut extra, "vendor", node.vendor);
    keep(&mut extra, "refundableQuantity", node.refundable_quantity);
    keep(&mut extra, "unfulfilledQuantity", node.unfulfilled_quantity);
    keep(&mut extra, "isGiftCard", node.is_gift_card);
    Ok(OrderLine {
        id: id(&node.id, "id")?,
        parent_id: Field::Absent,
        product_id: reference(node.product, "product.id")?,
        variant_id: reference(node.variant, "variant.id")?,
        title: text(node.title),
        sku: text(node.sku),
        item_type: Field::Absent,
        quantity: number(node.quantity, "quantity")?,
        quantity_current: number(node.current_quantity, "currentQuantity")?,
        quantity_fulfilled: Field::Absent,
        quantity_refunded: Field::Absent,
        unit_price: amount(node.original_unit_price_set, "originalUnitPriceSet")?,
        discount: amount(node.total_discount_set, "totalDiscountSet")?,
        tax: tax_total(&taxes),
        total: amount(node.discounted_total_set, "discountedTotalSet")?,
        discounts: node.discount_allocations.try_map(|nodes| allocations(nodes, applications))?,
        taxes,
        taxable: flag(node.taxable, "taxable")?,
        requires_shipping: flag(node.requires_shipping, "requiresShipping")?,
        selected_options: Field::Absent,
        custom_fields: node.custom_attributes.map(attributes),
        extra,
    })
}

fn tax_total(taxes: &Field<Vec<Tax>>) -> Field<flyball_domain::Amount> {
    taxes.value().map_or(Field::Absent, |taxes| sum(taxes.iter().map(|tax| &tax.amount)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TaxNode<'a> {
    #[serde(borrow)]
    title: Field<Text<'a>>,
    rate: Field<Text<'a>>,
    source: Field<Value>,
    channel_liable: Field<Value>,
    price_set: Field<Bag<'a>>,
}

/// Reads taxes. The vendor's rate is a part of one.
pub(super) fn taxes(nodes: Vec<Option<TaxNode<'_>>>) -> Result<Vec<Tax>, RowError> {
    let read = |(at, node): (usize, TaxNode<'_>)| {
        let mut extra = Map::new();
        keep(&mut extra, "source", node.source);
        keep(&mut extra, "channelLiable", node.channel_liable);
        Ok(Tax {
            title: text(node.title),
            percent: number(node.rate, &format!("taxLines[{at}].rate"))?
                .map(|rate| rate.saturating_mul(Decimal::ONE_HUNDRED).normalize()),
            amount: amount(node.price_set, &format!("taxLines[{at}].priceSet"))?,
            extra,
        })
    };
    nodes.into_iter().flatten().enumerate().map(read).collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ShippingNode<'a> {
    #[serde(borrow)]
    id: Field<Text<'a>>,
    title: Field<Text<'a>>,
    code: Field<Text<'a>>,
    source: Field<Value>,
    carrier_identifier: Field<Text<'a>>,
    delivery_category: Field<Value>,
    original_price_set: Field<Bag<'a>>,
    discounted_price_set: Field<Bag<'a>>,
    discount_allocations: Field<Vec<Option<AllocationNode<'a>>>>,
    tax_lines: Field<Vec<Option<TaxNode<'a>>>>,
}

/// Reads a way of shipping.
pub(super) fn shipping_line(
    node: ShippingNode<'_>,
    applications: &[Discount],
) -> Result<ShippingLine, RowError> {
    let price = amount(node.original_price_set, "originalPriceSet")?;
    let discounted = amount(node.discounted_price_set, "discountedPriceSet")?;
    let mut extra = Map::new();
    keep(&mut extra, "source", node.source);
    keep(&mut extra, "deliveryCategory", node.delivery_category);
    keep(&mut extra, "discountedPriceSet", discounted.clone().map(value_of));
    let allocated = node.discount_allocations.try_map(|all| allocations(all, applications))?;
    keep(&mut extra, "discountAllocations", allocated.map(value_of));
    Ok(ShippingLine {
        id: optional_id(&node.id, "id")?,
        title: text(node.title),
        code: text(node.code),
        carrier: text(node.carrier_identifier),
        discount: less(&price, &discounted),
        price,
        taxes: node.tax_lines.try_map(taxes)?,
        extra,
    })
}

fn value_of(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
