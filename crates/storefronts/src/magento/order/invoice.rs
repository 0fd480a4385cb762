use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::amounts::ShippingAmounts;
use super::{Amounts, Item, STORE_ID, Sale, amounts};
use crate::magento::ids::{billing_address, child, increment, number as id_of, shipping_address};
use crate::magento::json::{number, without_nulls};
use crate::stock::StockPayment;

/// An invoice that is paid (`Magento\Sales\Model\Order\Invoice::STATE_PAID`).
const PAID: u8 = 2;

impl Sale<'_> {
    /// What was billed: one invoice for each payment that took money.
    pub(in crate::magento) fn invoices(&self) -> Vec<Value> {
        let takings = self.takings();
        takings.map(|(place, payment)| self.invoice(place, payment)).collect()
    }

    fn invoice(&self, place: usize, payment: &StockPayment) -> Value {
        let id = child(self.index, place);
        let shipping = ShippingAmounts::of(self.stock);
        let quantities = self.items.iter().map(|item| item.quantity(item.stock.quantity));
        let quantity = quantities.fold(Decimal::ZERO, Decimal::saturating_add);
        let time = self.time(payment.after_s);
        let items = self.items.iter().enumerate();
        let invoice = Amounts::of(self)
            .put("grand_total", payment.amount)
            .put("subtotal", amounts::subtotal(self.stock))
            .put("subtotal_incl_tax", amounts::subtotal_incl_tax(self.stock))
            .put("shipping_amount", shipping.amount)
            .put("shipping_incl_tax", shipping.incl_tax)
            .put("shipping_tax_amount", shipping.tax)
            .put("tax_amount", self.stock.tax())
            .put("discount_amount", -self.stock.discount())
            .put("discount_tax_compensation_amount", Decimal::ZERO)
            .with(json!({
                "base_currency_code": self.currency().as_str(),
                "base_to_global_rate": 1,
                "base_to_order_rate": number(self.rate()),
                "billing_address_id": billing_address(self.index),
                "can_void_flag": 0,
                "created_at": time,
                "email_sent": 1,
                "entity_id": id,
                "global_currency_code": self.currency().as_str(),
                "increment_id": increment(id),
                "order_currency_code": self.shown_currency().as_str(),
                "order_id": id_of(self.index),
                "shipping_address_id": (!self.is_virtual()).then(|| shipping_address(self.index)),
                "state": PAID,
                "store_currency_code": self.currency().as_str(),
                "store_id": STORE_ID,
                "store_to_base_rate": 0,
                "store_to_order_rate": 0,
                "total_qty": number(quantity),
                "transaction_id": self.reference(place),
                "updated_at": time,
                "items": items
                    .map(|(at, item)| self.invoice_item(place, at, item))
                    .collect::<Value>(),
                "comments": [],
            }));
        without_nulls(invoice.into())
    }

    fn invoice_item(&self, place: usize, at: usize, item: &Item<'_>) -> Value {
        let amounts = self.line_amounts(item);
        let id = child(self.index, place);
        Amounts::of(self)
            .put("price", amounts.price)
            .put("price_incl_tax", amounts.price_incl_tax)
            .put("row_total", amounts.row_total)
            .put("row_total_incl_tax", amounts.row_total_incl_tax)
            .put("tax_amount", amounts.tax)
            .put("discount_amount", amounts.discount)
            .with(json!({
                "entity_id": part_id(id, at),
                "name": item.title,
                "parent_id": id,
                "product_id": item.product.map(id_of),
                "sku": item.sku,
                "order_item_id": item.id,
                "qty": number(item.quantity(item.stock.quantity)),
            }))
            .into()
    }
}

/// The id of a part of something that belongs to an order.
pub(in crate::magento) fn part_id(of: u64, place: usize) -> u64 {
    const PARTS: u64 = 1_000;
    of.saturating_mul(PARTS).saturating_add(u64::try_from(place).unwrap_or(0))
}
