use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::amounts::{ShippingAmounts, subtotal, subtotal_incl_tax};
use super::{Amounts, STORE_ID, Sale, status};
use crate::magento::condition::time_text;
use crate::magento::ids::{billing_address, child, increment, number as id_of};
use crate::magento::json::{extension, flag, number, without_nulls};
use crate::magento::vocabulary::metafield_code;
use crate::stock::{OrderStage, PaymentAction, StockTax};

/// Groups of customers: guests, and everybody else.
const GUESTS: u8 = 0;
const GENERAL: u8 = 1;
/// One order in so many says nothing of whether a guest bought, as older ones do.
const SILENT_ONCE_IN: u64 = 7;

impl Sale<'_> {
    /// The order with its items, addresses, payment and history.
    pub(in crate::magento) fn order(&self) -> Value {
        let mut order = self.totals().with(self.head());
        let items = self.item_list();
        order.insert("extension_attributes".to_owned(), self.extension(&items));
        order.insert("items".to_owned(), items);
        order.insert("billing_address".to_owned(), self.billing().into());
        order.insert("payment".to_owned(), self.payment());
        order.insert("status_histories".to_owned(), self.comments().into());
        without_nulls(order.into())
    }

    fn totals(&self) -> Amounts<'_> {
        let order = self.stock;
        let shipping = ShippingAmounts::of(order);
        let (total, paid, refunded) = (order.total(), order.paid(), order.refunded());
        let is_paid = !paid.is_zero();
        let if_paid = |amount: Decimal| if is_paid { amount } else { Decimal::ZERO };
        let canceled = if self.is_canceled() { total } else { Decimal::ZERO };
        // A whole order's discount is negative, that of a line positive.
        Amounts::of(self)
            .put("discount_amount", -order.discount())
            .put("discount_tax_compensation_amount", Decimal::ZERO)
            .put("grand_total", total)
            .put("shipping_amount", shipping.amount)
            .put("shipping_discount_amount", shipping.discount)
            .put_as(
                "base_shipping_discount_tax_compensation_amnt",
                "shipping_discount_tax_compensation_amount",
                Decimal::ZERO,
            )
            .put("shipping_incl_tax", shipping.incl_tax)
            .put("shipping_tax_amount", shipping.tax)
            .put_some("shipping_invoiced", if_paid(shipping.amount))
            .put("subtotal", subtotal(order))
            .put("subtotal_incl_tax", subtotal_incl_tax(order))
            .put_some("subtotal_invoiced", if_paid(subtotal(order)))
            .put("tax_amount", order.tax())
            .put_some("tax_invoiced", if_paid(order.tax()))
            .put("total_due", total.saturating_sub(paid).saturating_sub(canceled))
            .put_some("total_canceled", canceled)
            .put_some("total_invoiced", paid)
            .put_some("total_paid", paid)
            .put_some("total_refunded", refunded)
            .put_some("total_online_refunded", refunded)
    }

    fn head(&self) -> Value {
        let order = self.stock;
        let customer = order.customer.as_ref();
        let billing = order.billing.as_ref();
        let first = customer.map(|customer| &customer.first_name);
        let last = customer.map(|customer| &customer.last_name);
        let is_silent = !self.is_guest() && self.index % SILENT_ONCE_IN == 3;
        let code = order.discounts.iter().find_map(|discount| discount.code.as_ref());
        let titles: Vec<&str> =
            order.discounts.iter().map(|discount| discount.title.as_str()).collect();
        let lines = self.items.iter().filter(|item| item.is_line());
        let quantities = lines.map(|item| item.quantity(item.stock.quantity));
        json!({
            "applied_rule_ids": (!order.discounts.is_empty()).then_some("1"),
            "base_currency_code": self.currency().as_str(),
            "base_to_global_rate": 1,
            "base_to_order_rate": number(self.rate()),
            "billing_address_id": billing.map(|_| billing_address(self.index)),
            "coupon_code": code,
            "created_at": time_text(self.created_at),
            "customer_email": order.email,
            "customer_firstname": first,
            "customer_group_id": if self.is_guest() { GUESTS } else { GENERAL },
            "customer_id": customer.map(|customer| customer.number),
            "customer_is_guest": (!is_silent).then(|| flag(self.is_guest())),
            "customer_lastname": last,
            "customer_note": order.note,
            "customer_note_notify": flag(order.note.is_some()),
            "discount_description": (!titles.is_empty()).then(|| titles.join(", ")),
            "email_sent": 1,
            "entity_id": id_of(self.index),
            "global_currency_code": self.currency().as_str(),
            "increment_id": increment(id_of(self.index)),
            "is_virtual": flag(self.is_virtual()),
            "order_currency_code": self.shown_currency().as_str(),
            "protect_code": format!("{:06x}", id_of(self.index).wrapping_mul(2_654_435_761) & 0xff_ffff),
            "quote_id": id_of(self.index),
            "remote_ip": order.ip,
            "shipping_description": self.shipping_description(),
            "state": self.state(),
            "status": status(order.stage()),
            "store_currency_code": self.currency().as_str(),
            "store_id": STORE_ID,
            "store_name": self.shelves.shop.store_name(),
            "store_to_base_rate": 0,
            "store_to_order_rate": 0,
            "total_item_count": order.lines.len(),
            "total_qty_ordered": number(quantities.fold(Decimal::ZERO, Decimal::saturating_add)),
            "updated_at": time_text(self.updated_at),
            "weight": number(self.weight()),
        })
    }

    fn weight(&self) -> Decimal {
        let weights = self.items.iter().map(|item| {
            item.weight.unwrap_or_default().saturating_mul(item.quantity(item.stock.quantity))
        });
        weights.fold(Decimal::ZERO, Decimal::saturating_add)
    }

    /// How it is sent, for people.
    pub(in crate::magento) fn shipping_description(&self) -> Option<String> {
        let lines = self.stock.shipping_lines.iter();
        let titles: Vec<String> =
            lines.map(|line| format!("{} - {}", line.carrier, line.title)).collect();
        (!titles.is_empty()).then(|| titles.join(", "))
    }

    /// How it is sent, for machines.
    pub(in crate::magento) fn shipping_method(&self) -> Option<String> {
        let line = self.stock.shipping_lines.first()?;
        let word =
            |text: &str| text.to_lowercase().replace(|sign: char| !sign.is_alphanumeric(), "");
        Some(format!("{}_{}", word(&line.carrier), word(&line.code)))
    }

    fn payment(&self) -> Value {
        let order = self.stock;
        let last = self.done().last();
        let known = order.payments.first();
        let authorized =
            self.done().filter(|(_, payment)| payment.action == PaymentAction::Authorization);
        let authorized = authorized.map(|(_, payment)| payment.amount);
        let authorized = authorized.fold(Decimal::ZERO, Decimal::saturating_add);
        let shipping = ShippingAmounts::of(order);
        let method = self.method();
        let payment = Amounts::of(self)
            .put("amount_ordered", order.total())
            .put_some("amount_authorized", authorized)
            .put_some("amount_paid", order.paid())
            .put_some("amount_refunded", order.refunded())
            .put("shipping_amount", shipping.amount)
            .with(json!({
                "account_status": null,
                "additional_information": [known.map_or("", |payment| &payment.gateway)],
                "cc_last4": null,
                "cc_type": known.and_then(|payment| payment.method.as_ref()),
                "entity_id": id_of(self.index),
                "last_trans_id": last.and_then(|(place, _)| self.reference(place)),
                "method": method,
                "parent_id": id_of(self.index),
                "extension_attributes": [],
            }));
        payment.into()
    }

    /// The vendor's word for how it is paid.
    pub(in crate::magento) fn method(&self) -> String {
        match self.stock.payments.first() {
            Some(payment) => payment
                .gateway
                .to_lowercase()
                .replace(|sign: char| !sign.is_ascii_alphanumeric(), "_"),
            None if self.stock.total().is_zero() => "free".to_owned(),
            None => "checkmo".to_owned(),
        }
    }

    /// What became of it, the latest first, as (seconds after the making, status, comment); what
    /// the staff wrote stands with the oldest.
    pub(in crate::magento) fn moments(&self) -> Vec<(u64, &'static str, Option<&str>)> {
        let note = self.stock.staff_note.as_deref();
        let note = note.map(|note| (0, status(OrderStage::Pending), Some(note)));
        let said = self.stock.history.iter();
        let said = said.map(|entry| (entry.after_s, status(entry.stage), entry.comment.as_deref()));
        let mut moments: Vec<_> = note.into_iter().chain(said).collect();
        moments.reverse();
        moments
    }

    /// The same as it is told.
    pub(in crate::magento) fn comments(&self) -> Vec<Value> {
        let moments = self.moments();
        let last = moments.len().saturating_sub(1);
        let entry = |(place, (after_s, status, comment)): (usize, &(u64, &str, Option<&str>))| {
            json!({
                "comment": comment,
                "created_at": self.time(*after_s),
                "entity_id": child(self.index, last.saturating_sub(place)),
                "entity_name": "order",
                "is_customer_notified": flag(comment.is_none()),
                "is_visible_on_front": 0,
                "parent_id": id_of(self.index),
                "status": status,
            })
        };
        moments.iter().enumerate().map(entry).collect()
    }

    fn extension(&self, items: &Value) -> Value {
        let mut members = Map::new();
        let shipping = json!({"shipping": self.shipping_assignment(), "items": items});
        members.insert("shipping_assignments".to_owned(), json!([shipping]));
        if let Some(payment) = self.stock.payments.first() {
            let info = json!([{"key": "method_title", "value": payment.gateway}]);
            members.insert("payment_additional_info".to_owned(), info);
        }
        let taxes = self.stock.taxes();
        let applied = taxes.iter().map(|tax| self.applied_tax(tax, true));
        members.insert("applied_taxes".to_owned(), applied.collect());
        members.insert("item_applied_taxes".to_owned(), self.item_taxes().into());
        for field in &self.stock.metafields {
            members.insert(metafield_code(field), field.value.clone().into());
        }
        extension(members)
    }

    fn shipping_assignment(&self) -> Value {
        let shipping = ShippingAmounts::of(self.stock);
        let total = Amounts::of(self)
            .put("shipping_amount", shipping.amount)
            .put("shipping_discount_amount", shipping.discount)
            .put_as(
                "base_shipping_discount_tax_compensation_amnt",
                "shipping_discount_tax_compensation_amount",
                Decimal::ZERO,
            )
            .put("shipping_incl_tax", shipping.incl_tax)
            .put("shipping_tax_amount", shipping.tax)
            .with(json!({}));
        if self.is_virtual() {
            return json!({"total": []});
        }
        json!({"address": self.shipping(), "method": self.shipping_method(), "total": total})
    }

    fn applied_tax(&self, tax: &StockTax, has_rates: bool) -> Value {
        let mut members = Amounts::of(self).put("amount", tax.amount).with(json!({
            "code": tax.title,
            "title": tax.title,
            "percent": number(tax.percent),
        }));
        if has_rates {
            let rate =
                json!({"code": tax.title, "title": tax.title, "percent": number(tax.percent)});
            members.insert("extension_attributes".to_owned(), json!({"rates": [rate]}));
        }
        members.into()
    }

    fn item_taxes(&self) -> Vec<Value> {
        let applied = |taxes: &[StockTax]| -> Value {
            taxes.iter().map(|tax| self.applied_tax(tax, false)).collect()
        };
        let lines = self.items.iter().filter(|item| item.is_line() && !item.stock.taxes.is_empty());
        let lines = lines.map(|item| {
            json!({
                "type": "product",
                "item_id": item.id,
                "applied_taxes": applied(&item.stock.taxes),
            })
        });
        let shipping = self.stock.shipping_lines.iter().filter(|line| !line.taxes.is_empty());
        let shipping =
            shipping.map(|line| json!({"type": "shipping", "applied_taxes": applied(&line.taxes)}));
        lines.chain(shipping).collect()
    }
}
