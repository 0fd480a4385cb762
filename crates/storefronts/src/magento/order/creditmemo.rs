use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::invoice::part_id;
use super::{Amounts, Item, STORE_ID, Sale};
use crate::magento::ids::{billing_address, child, increment, number as id_of, shipping_address};
use crate::magento::json::{number, without_nulls};
use crate::stock::{StockRefund, StockRefundLine};

/// A credit memo that is paid out (`Magento\Sales\Model\Order\Creditmemo::STATE_REFUNDED`).
const REFUNDED: u8 = 2;

impl Sale<'_> {
    /// What was given back.
    pub(in crate::magento) fn creditmemos(&self) -> Vec<Value> {
        let refunds = self.stock.refunds.iter().enumerate();
        refunds.map(|(place, refund)| self.creditmemo(place, refund)).collect()
    }

    fn creditmemo(&self, place: usize, refund: &StockRefund) -> Value {
        let id = child(self.index, place);
        let sum = |of: fn(&StockRefundLine) -> Decimal| {
            refund.lines.iter().map(of).fold(Decimal::ZERO, Decimal::saturating_add)
        };
        let tax = sum(|line| line.tax);
        let net = if self.stock.taxes_included { tax } else { Decimal::ZERO };
        let time = self.time(refund.after_s);
        let comment = refund.note.as_ref().map(|note| {
            json!({
                "comment": note,
                "created_at": time,
                "entity_id": part_id(id, 0),
                "is_customer_notified": 0,
                "is_visible_on_front": 0,
                "parent_id": id,
            })
        });
        let items = refund.lines.iter().flat_map(|line| {
            self.items.iter().filter(|item| item.line == line.line).map(move |item| (line, item))
        });
        let items =
            items.enumerate().map(|(at, (line, item))| self.creditmemo_item(id, at, line, item));
        let payment = refund.payment.and_then(|place| self.reference(place));
        let memo = Amounts::of(self)
            .put("adjustment", refund.adjustment)
            .put("adjustment_positive", refund.adjustment.max(Decimal::ZERO))
            .put("adjustment_negative", (-refund.adjustment).max(Decimal::ZERO))
            .put("grand_total", refund.total(self.stock.taxes_included))
            .put("subtotal", sum(|line| line.subtotal).saturating_sub(net))
            .put("tax_amount", tax)
            .put("shipping_amount", refund.shipping)
            .put("shipping_incl_tax", refund.shipping)
            .put("shipping_tax_amount", Decimal::ZERO)
            .put("discount_amount", Decimal::ZERO)
            .put("discount_tax_compensation_amount", Decimal::ZERO)
            .with(json!({
                "base_currency_code": self.currency().as_str(),
                "base_to_global_rate": 1,
                "base_to_order_rate": number(self.rate()),
                "billing_address_id": billing_address(self.index),
                "created_at": time,
                "email_sent": 1,
                "entity_id": id,
                "global_currency_code": self.currency().as_str(),
                "increment_id": increment(id),
                "order_currency_code": self.shown_currency().as_str(),
                "order_id": id_of(self.index),
                "shipping_address_id": (!self.is_virtual()).then(|| shipping_address(self.index)),
                "state": REFUNDED,
                "store_currency_code": self.currency().as_str(),
                "store_id": STORE_ID,
                "store_to_base_rate": 0,
                "store_to_order_rate": 0,
                "transaction_id": payment,
                "updated_at": time,
                "items": items.collect::<Value>(),
                "comments": comment.into_iter().collect::<Value>(),
                "extension_attributes": [],
            }));
        without_nulls(memo.into())
    }

    /// What of an item was given back. What was given back for a line stands with the line, and
    /// nothing with what it stands for.
    fn creditmemo_item(
        &self,
        memo: u64,
        at: usize,
        line: &StockRefundLine,
        item: &Item<'_>,
    ) -> Value {
        let if_line = |amount: Decimal| if item.is_line() { amount } else { Decimal::ZERO };
        let tax = if_line(line.tax);
        let net = if self.stock.taxes_included { tax } else { Decimal::ZERO };
        let row_total = if_line(line.subtotal).saturating_sub(net);
        Amounts::of(self)
            .put("price", self.line_amounts(item).price)
            .put("row_total", row_total)
            .put("row_total_incl_tax", row_total.saturating_add(tax))
            .put("tax_amount", tax)
            .put("discount_amount", Decimal::ZERO)
            .with(json!({
                "base_cost": 0,
                "entity_id": part_id(memo, at),
                "name": item.title,
                "order_item_id": item.id,
                "parent_id": memo,
                "product_id": item.product.map(id_of),
                "qty": number(item.quantity(line.quantity)),
                "sku": item.sku,
            }))
            .into()
    }
}
