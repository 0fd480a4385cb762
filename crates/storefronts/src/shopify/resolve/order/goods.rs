use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Value, json};

use super::super::super::execute::{Executor, Held, Object};
use super::super::super::ids::gid;
use super::super::super::select::Picked;
use super::{Part, Sale, attributes, ready};
use crate::stock::{StockLine, StockOrder};

/// The place of a line among those of all refunds.
pub(in super::super::super) fn refund_line_place(
    order: &StockOrder,
    refund: usize,
    place: usize,
) -> usize {
    let before: usize = order.refunds.iter().take(refund).map(|refund| refund.lines.len()).sum();
    before.saturating_add(place)
}

/// What a discount without a percentage takes off each line.
pub(in super::super::super) const FIXED_DISCOUNT: Decimal =
    Decimal::from_parts(500, 0, 0, false, 2);

/// What a line costs after the discounts that needed no code.
pub(in super::super::super) fn without_codes(order: &StockOrder, line: &StockLine) -> Decimal {
    let automatic = line
        .discounts
        .iter()
        .filter(|(of, _)| order.discounts.get(*of).is_some_and(|discount| discount.code.is_none()));
    let off = automatic.fold(Decimal::ZERO, |all, (_, amount)| all.saturating_add(*amount));
    line.subtotal().saturating_sub(off)
}

impl Sale<'_> {
    /// A field of `LineItem`.
    pub(super) fn line(&self, executor: &Executor<'_>, place: usize, picked: &Picked<'_>) -> Held {
        let order = self.order();
        let Some(line) = order.lines.get(place) else { return Held::NULL };
        let left = line.quantity.saturating_sub(order.quantity_refunded(place));
        let unsent = left.saturating_sub(order.quantity_fulfilled(place));
        let options = title_of(line);
        match picked.name() {
            "currentQuantity" | "refundableQuantity" => left.into(),
            "customAttributes" => attributes(&line.attributes).into(),
            "discountAllocations" => Held::Many(
                (0..line.discounts.len()).map(|at| Some(self.allocation(line, at))).collect(),
            ),
            "id" => gid("LineItem", self.child(place)).into(),
            "isGiftCard" => line.is_gift_card.into(),
            "merchantEditable" => (unsent > 0).into(),
            "name" => match &options {
                Some(options) => format!("{} - {options}", line.title).into(),
                None => line.title.as_str().into(),
            },
            "nonFulfillableQuantity" => 0.into(),
            "product" => Held::maybe(line.product.and_then(|index| executor.product(index))),
            "quantity" => line.quantity.into(),
            "requiresShipping" => line.requires_shipping.into(),
            "restockable" => line.product.is_some().into(),
            "sku" => line.sku.clone().into(),
            "taxLines" => self.taxes(&line.taxes).into(),
            "taxable" => line.taxable.into(),
            "title" => line.title.as_str().into(),
            "unfulfilledQuantity" => {
                if line.requires_shipping {
                    unsent.into()
                } else {
                    0.into()
                }
            }
            "variant" => {
                let variant = |index| executor.variant(index, line.variant);
                Held::maybe(line.product.and_then(variant))
            }
            "variantTitle" => options.into(),
            "vendor" => Some(&line.vendor).filter(|vendor| !vendor.is_empty()).cloned().into(),
            name => {
                price_of(order, line, name, picked).map_or(Held::NULL, |sum| self.money(sum).into())
            }
        }
    }

    /// What one of a line's discounts takes off it.
    fn allocation(&self, line: &StockLine, at: usize) -> Object {
        let (discount, amount) = line.discounts.get(at).copied().unwrap_or_default();
        Object::Allocation(Arc::clone(self.shown), discount, Box::new(self.money(amount)))
    }

    /// A field of a `DiscountApplication`.
    pub(super) fn discount(&self, place: usize, picked: &Picked<'_>) -> Held {
        let Some(discount) = self.order().discounts.get(place) else { return Held::NULL };
        match picked.name() {
            "allocationMethod" => if discount.percent.is_some() { "ACROSS" } else { "EACH" }.into(),
            "code" => discount.code.clone().into(),
            "index" => place.into(),
            "targetSelection" => "ALL".into(),
            "targetType" => "LINE_ITEM".into(),
            "title" => discount.title.as_str().into(),
            "value" => Held::One(match discount.percent {
                Some(percent) => {
                    ready("PricingPercentageValue", json!({"percentage": percent.to_f64()}))
                }
                None => ready("MoneyV2", self.shop_money(FIXED_DISCOUNT)),
            }),
            _ => Held::NULL,
        }
    }

    fn shop_money(&self, amount: Decimal) -> Value {
        self.money(amount).get("shopMoney").cloned().unwrap_or_default()
    }

    /// A field of `ShippingLine`.
    pub(super) fn shipping(&self, place: usize, picked: &Picked<'_>) -> Held {
        let Some(line) = self.order().shipping_lines.get(place) else { return Held::NULL };
        match picked.name() {
            "carrierIdentifier" => line.carrier.as_str().into(),
            "code" => line.code.as_str().into(),
            "currentDiscountedPriceSet" | "discountedPriceSet" => {
                self.money(line.discounted()).into()
            }
            "custom" | "isRemoved" => false.into(),
            "discountAllocations" => Vec::<Value>::new().into(),
            "id" => gid("ShippingLine", self.child(place)).into(),
            "originalPriceSet" => self.money(line.price).into(),
            "source" => "shopify".into(),
            "taxLines" => self.taxes(&line.taxes).into(),
            "title" => line.title.as_str().into(),
            _ => Held::NULL,
        }
    }
}

/// The values of the variant's options; nothing of a product without any.
pub(in super::super::super) fn title_of(line: &StockLine) -> Option<String> {
    let values: Vec<_> = line
        .options
        .iter()
        .filter(|(name, _)| name != super::super::product::DEFAULT_OPTION)
        .map(|(_, value)| value.as_str())
        .collect();
    (!values.is_empty()).then(|| values.join(" / "))
}

/// A field of `LineItem` that is money; `None` where it is not.
fn price_of(
    order: &StockOrder,
    line: &StockLine,
    name: &str,
    picked: &Picked<'_>,
) -> Option<Decimal> {
    let each = |amount: Decimal| {
        amount.checked_div(line.quantity.max(1).into()).unwrap_or_default().round_dp(2)
    };
    let with_codes = picked.args.get("withCodeDiscounts").and_then(Value::as_bool);
    Some(match name {
        "discountedTotalSet" if with_codes == Some(true) => line.discounted(),
        "discountedTotalSet" => without_codes(order, line),
        "originalTotalSet" => line.subtotal(),
        "discountedUnitPriceAfterAllDiscountsSet" => each(line.discounted()),
        "discountedUnitPriceSet" => each(without_codes(order, line)),
        "originalUnitPriceSet" => line.unit_price,
        "totalDiscountSet" => line.discount(),
        _ => return None,
    })
}

impl Sale<'_> {
    /// The line of an order, where it is there.
    pub(super) fn line_at(&self, place: usize) -> Held {
        Held::maybe(self.order().lines.get(place).map(|_| self.part(Part::Line(place))))
    }
}
