use flyball_domain::{Currency, UnixMillis};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Value, json};

use super::super::ids::{child_number, gid, order_child_number, order_number, product_number};
use super::super::money;
use super::super::resolve::{location_number, order_words as words};
use super::super::shop::Shop;
use crate::stock::{
    Restock, Shown, StockAddress, StockDiscount, StockLine, StockOrder, StockRefund, StockTax,
};

const MS_PER_S: u64 = 1_000;

/// An order as the REST API has it
/// (<https://shopify.dev/docs/api/admin-rest/latest/resources/order>), as far as the stock knows it.
pub(super) fn render(shop: &Shop, shown: &Shown<StockOrder>) -> Value {
    Sale { shop, shown, order: &shown.item }.whole()
}

struct Sale<'a> {
    shop: &'a Shop,
    shown: &'a Shown<StockOrder>,
    order: &'a StockOrder,
}

impl Sale<'_> {
    fn whole(&self) -> Value {
        let order = self.order;
        let number = order_number(self.shown.index);
        let codes = words::codes(order);
        let mut whole = json!({
            "id": number,
            "admin_graphql_api_id": gid("Order", number),
            "app_id": words::APP,
            "cancel_reason": order.canceled.map(|end| lower(words::cancel_reason(end.reason))),
            "cancelled_at": order.canceled.map(|end| self.at(end.after_s)),
            "closed_at": order.closed_after_s.map(|after_s| self.at(after_s)),
            "confirmation_number": words::confirmation_number(self.shown.index),
            "confirmed": true,
            "created_at": time(self.shown.created_at),
            "currency": self.shop.currency.as_str(),
            "discount_applications": self.discounts(),
            "discount_codes": codes.iter().map(|code| json!({"code": code})).collect::<Value>(),
            "duties_included": false,
            "estimated_taxes": false,
            "financial_status": lower(words::financial_status(order)),
            "fulfillment_status": sent(words::fulfillment_status(order)),
            "fulfillments": each(order.fulfillments.len(), |place| self.fulfillment(place)),
            "line_items": each(order.lines.len(), |place| self.line(place)),
            "name": words::name(self.shown.index),
            "number": self.shown.index.saturating_add(1),
            "order_number": words::number(self.shown.index),
            "payment_gateway_names": words::gateways(order),
            "processed_at": time(self.shown.created_at),
            "refunds": each(order.refunds.len(), |place| self.refund(place)),
            "shipping_lines": each(order.shipping_lines.len(), |place| self.shipping(place)),
            "tax_exempt": false,
            "tax_lines": self.taxes(&order.taxes()),
            "taxes_included": order.taxes_included,
            "updated_at": time(self.shown.updated_at),
        });
        self.add_people(&mut whole);
        self.add_totals(&mut whole);
        whole
    }

    /// Who bought, where from, and what was written.
    fn add_people(&self, whole: &mut Value) {
        let order = self.order;
        for (name, value) in [
            ("billing_address", json!(order.billing.as_ref().map(address))),
            ("browser_ip", json!(order.ip)),
            ("buyer_accepts_marketing", json!(false)),
            ("contact_email", json!(order.email)),
            ("customer", json!(self.customer())),
            ("customer_locale", json!("en")),
            ("email", json!(order.email)),
            ("note", json!(order.note)),
            ("note_attributes", json!(pairs(&order.attributes))),
            ("phone", json!(order.phone)),
            ("shipping_address", json!(order.shipping.as_ref().map(address))),
            ("source_name", json!(order.channel)),
            ("tags", json!(order.tags.join(", "))),
            ("test", json!(order.test)),
        ] {
            put(whole, name, value);
        }
    }

    fn add_totals(&self, whole: &mut Value) {
        let order = self.order;
        let zero = Decimal::ZERO;
        let back = order.refunds.iter().flat_map(|refund| &refund.lines);
        let (subtotal_back, tax_back) = back.fold((zero, zero), |(subtotal, tax), line| {
            (subtotal.saturating_add(line.subtotal), tax.saturating_add(line.tax))
        });
        let lines = order.lines.iter().map(StockLine::subtotal);
        for (name, amount) in [
            ("current_subtotal_price", order.subtotal().saturating_sub(subtotal_back)),
            ("current_total_discounts", order.discount()),
            ("current_total_price", order.total().saturating_sub(order.refunded())),
            ("current_total_tax", order.tax().saturating_sub(tax_back)),
            ("subtotal_price", order.subtotal()),
            ("total_discounts", order.discount()),
            ("total_line_items_price", lines.fold(zero, Decimal::saturating_add)),
            ("total_price", order.total()),
            ("total_shipping_price", order.shipping_price()),
            ("total_tax", order.tax()),
        ] {
            self.add(whole, name, amount);
        }
        let seen = order.presentment.map_or(self.shop.currency, |seen| seen.currency);
        put(whole, "presentment_currency", seen.as_str().into());
        let outstanding = order.total().saturating_sub(order.paid());
        put(whole, "total_outstanding", self.plain(outstanding));
        put(whole, "total_tip_received", self.plain(zero));
        put(whole, "total_weight", 0.into());
    }

    fn line(&self, place: usize) -> Value {
        let order = self.order;
        let Some(line) = order.lines.get(place) else { return Value::Null };
        let left = line.quantity.saturating_sub(order.quantity_refunded(place));
        let sent = order.quantity_fulfilled(place);
        let variant = words::title_of(line);
        let number = self.child(place);
        let name = variant.as_ref().map(|variant| format!("{} - {variant}", line.title));
        let status = match sent {
            0 => None,
            sent if sent < line.quantity => Some("partial"),
            _ => Some("fulfilled"),
        };
        let off = line.discounts.iter().map(|(at, amount)| {
            let mut found = json!({"discount_application_index": at});
            self.add(&mut found, "amount", *amount);
            found
        });
        let mut found = json!({
            "id": number,
            "admin_graphql_api_id": gid("LineItem", number),
            "current_quantity": left,
            "discount_allocations": off.collect::<Value>(),
            "duties": [],
            "fulfillable_quantity": left.saturating_sub(sent),
            "fulfillment_service": "manual",
            "fulfillment_status": status,
            "gift_card": line.is_gift_card,
            "grams": 0,
            "name": name.as_ref().unwrap_or(&line.title),
            "product_exists": line.product.is_some(),
            "product_id": line.product.map(product_number),
            "properties": pairs(&line.attributes),
            "quantity": line.quantity,
            "requires_shipping": line.requires_shipping,
            "sku": line.sku,
            "tax_lines": self.taxes(&line.taxes),
            "taxable": line.taxable,
            "title": line.title,
            "variant_id": line.product.map(|index| child_number(index, line.variant)),
            "variant_title": variant,
            "vendor": Some(&line.vendor).filter(|vendor| !vendor.is_empty()),
        });
        self.add(&mut found, "price", line.unit_price);
        self.add(&mut found, "total_discount", Decimal::ZERO);
        found
    }

    fn shipping(&self, place: usize) -> Value {
        let Some(line) = self.order.shipping_lines.get(place) else { return Value::Null };
        let mut found = json!({
            "id": self.child(place),
            "carrier_identifier": line.carrier,
            "code": line.code,
            "discount_allocations": [],
            "is_removed": false,
            "source": "shopify",
            "tax_lines": self.taxes(&line.taxes),
            "title": line.title,
        });
        self.add(&mut found, "price", line.price);
        self.add(&mut found, "discounted_price", line.discounted());
        found
    }

    fn fulfillment(&self, place: usize) -> Value {
        let Some(sent) = self.order.fulfillments.get(place) else { return Value::Null };
        let number = self.child(place);
        let parcels = || sent.tracking.iter();
        let numbers: Vec<_> = parcels().filter_map(|parcel| parcel.number.as_ref()).collect();
        let urls: Vec<_> = parcels().filter_map(|parcel| parcel.url.as_ref()).collect();
        let lines = sent.lines.iter().map(|(line, quantity)| {
            let mut line = self.line(*line);
            put(&mut line, "quantity", (*quantity).into());
            line
        });
        json!({
            "id": number,
            "admin_graphql_api_id": gid("Fulfillment", number),
            "created_at": self.at(sent.after_s),
            "line_items": lines.collect::<Value>(),
            "location_id": location_number(sent.location),
            "name": format!("{}.{}", words::name(self.shown.index), place.saturating_add(1)),
            "order_id": order_number(self.shown.index),
            "service": "manual",
            "status": if sent.canceled { "cancelled" } else { "success" },
            "tracking_company": parcels().next().and_then(|parcel| parcel.carrier.as_ref()),
            "tracking_number": numbers.first(),
            "tracking_numbers": numbers,
            "tracking_url": urls.first(),
            "tracking_urls": urls,
            "updated_at": self.at(sent.after_s),
        })
    }

    fn refund(&self, place: usize) -> Value {
        let Some(refund) = self.order.refunds.get(place) else { return Value::Null };
        let number = self.child(place);
        let transaction = refund.payment.map(|at| self.transaction(at));
        json!({
            "id": number,
            "admin_graphql_api_id": gid("Refund", number),
            "created_at": self.at(refund.after_s),
            "note": refund.note,
            "order_adjustments": self.adjustments(number, refund),
            "order_id": order_number(self.shown.index),
            "processed_at": self.at(refund.after_s),
            "refund_line_items": each(refund.lines.len(), |line| self.refunded(place, line)),
            "restock": refund.lines.iter().any(|line| line.restock != Restock::NoRestock),
            "transactions": transaction.into_iter().collect::<Value>(),
        })
    }

    fn refunded(&self, refund: usize, place: usize) -> Value {
        let lines = self.order.refunds.get(refund).map(|refund| &refund.lines);
        let Some(line) = lines.and_then(|lines| lines.get(place)) else { return Value::Null };
        let mut found = json!({
            "id": self.child(words::refund_line_place(self.order, refund, place)),
            "line_item": self.line(line.line),
            "line_item_id": self.child(line.line),
            "location_id": (line.restock == Restock::Return).then(|| location_number(0)),
            "quantity": line.quantity,
            "restock_type": lower(words::restock(line.restock)),
        });
        self.add(&mut found, "subtotal", line.subtotal);
        self.add(&mut found, "total_tax", line.tax);
        found
    }

    /// Shipping that was given back, and what was for nothing in particular.
    fn adjustments(&self, number: u64, refund: &StockRefund) -> Value {
        let of_one = |(kind, amount): (&str, Decimal)| {
            let mut found = json!({"id": number, "kind": kind, "refund_id": number});
            self.add(&mut found, "amount", -amount);
            self.add(&mut found, "tax_amount", Decimal::ZERO);
            found
        };
        let kinds =
            [("shipping_refund", refund.shipping), ("refund_discrepancy", refund.adjustment)];
        kinds.into_iter().filter(|(_, amount)| !amount.is_zero()).map(of_one).collect()
    }

    fn transaction(&self, place: usize) -> Value {
        let Some(payment) = self.order.payments.get(place) else { return Value::Null };
        let number = self.child(place);
        json!({
            "id": number,
            "admin_graphql_api_id": gid("OrderTransaction", number),
            "amount": self.plain(payment.amount),
            "created_at": self.at(payment.after_s),
            "currency": self.shop.currency.as_str(),
            "gateway": payment.gateway,
            "kind": lower(words::action(payment.action)),
            "order_id": order_number(self.shown.index),
            "parent_id": payment.parent.map(|parent| self.child(parent)),
            "payment_id": payment.reference,
            "processed_at": self.at(payment.after_s),
            "status": lower(words::state(payment.state)),
            "test": self.order.test,
        })
    }

    fn discounts(&self) -> Value {
        let of_one = |discount: &StockDiscount| {
            let value = discount.percent.unwrap_or(words::FIXED_DISCOUNT);
            let is_percentage = discount.percent.is_some();
            json!({
                "allocation_method": if is_percentage { "across" } else { "each" },
                "code": discount.code,
                "target_selection": "all",
                "target_type": "line_item",
                "title": discount.title,
                "type": if discount.code.is_some() { "discount_code" } else { "automatic" },
                "value": money::amount(value, self.shop.currency).to_string(),
                "value_type": if is_percentage { "percentage" } else { "fixed_amount" },
            })
        };
        self.order.discounts.iter().map(of_one).collect()
    }

    fn customer(&self) -> Value {
        let Some(customer) = &self.order.customer else { return Value::Null };
        json!({
            "id": customer.number,
            "admin_graphql_api_id": gid("Customer", customer.number),
            "created_at": time(self.shown.created_at),
            "currency": self.shop.currency.as_str(),
            "email": self.order.email,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "note": null,
            "phone": self.order.phone,
            "state": "enabled",
            "tags": "",
            "tax_exempt": false,
            "tax_exemptions": [],
            "updated_at": time(self.shown.created_at),
            "verified_email": true,
        })
    }

    fn taxes(&self, taxes: &[StockTax]) -> Value {
        let of_one = |tax: &StockTax| {
            let rate = tax.percent.checked_div(Decimal::ONE_HUNDRED).unwrap_or_default();
            let mut found =
                json!({"channel_liable": false, "rate": rate.to_f64(), "title": tax.title});
            self.add(&mut found, "price", tax.amount);
            found
        };
        taxes.iter().map(of_one).collect()
    }

    /// Puts an amount into an object: alone, and in both currencies.
    fn add(&self, to: &mut Value, name: &str, amount: Decimal) {
        let shop = self.shop.currency;
        let (presented, currency) = match self.order.presentment {
            Some(seen) => (amount.saturating_mul(seen.rate), seen.currency),
            None => (amount, shop),
        };
        let money = |amount, currency: Currency| {
            let amount = money::price(amount, currency).to_string();
            json!({"amount": amount, "currency_code": currency.as_str()})
        };
        let both = json!({
            "shop_money": money(amount, shop),
            "presentment_money": money(presented, currency),
        });
        put(to, name, self.plain(amount));
        put(to, &format!("{name}_set"), both);
    }

    fn plain(&self, amount: Decimal) -> Value {
        money::price(amount, self.shop.currency).to_string().into()
    }

    fn child(&self, place: usize) -> u64 {
        order_child_number(self.shown.index, place)
    }

    /// So many seconds after the making.
    fn at(&self, after_s: u64) -> Value {
        time(self.shown.created_at.saturating_add(after_s.saturating_mul(MS_PER_S)))
    }
}

fn each(count: usize, of_one: impl Fn(usize) -> Value) -> Value {
    (0..count).map(of_one).collect()
}

fn put(to: &mut Value, name: &str, value: Value) {
    if let Some(fields) = to.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

fn address(address: &StockAddress) -> Value {
    let (country_code, country) = &address.country;
    let region = address.region.as_ref();
    json!({
        "address1": address.street.first(),
        "address2": address.street.get(1),
        "city": address.city,
        "company": address.company,
        "country": country,
        "country_code": country_code,
        "first_name": address.first_name,
        "last_name": address.last_name,
        "latitude": null,
        "longitude": null,
        "name": format!("{} {}", address.first_name, address.last_name),
        "phone": address.phone,
        "province": region.map(|(_, name)| name),
        "province_code": region.map(|(code, _)| code),
        "zip": address.postal_code,
    })
}

/// How far an order is sent, in the word of the REST API, which has none for what was not begun.
fn sent(status: &str) -> Option<&'static str> {
    match status {
        "FULFILLED" => Some("fulfilled"),
        "PARTIALLY_FULFILLED" => Some("partial"),
        _ => None,
    }
}

fn pairs(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

/// A word of the GraphQL API in the REST API's letters.
fn lower(word: &str) -> String {
    word.to_lowercase()
}

fn time(ms: u64) -> Value {
    UnixMillis(ms).to_rfc3339().into()
}
