use flyball_domain::{
    Address, Amount, Discount, Field, Fulfillment, FulfillmentLine, IdError, Money, OrderLine,
    Payment, Refund, RefundLine, Return, ReturnLine, ShippingLine, Tax, Tracking,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Map, Value, json};

use super::super::ids::{child_number, gid, product_number};
use super::super::resolve::{fields, location_number, order_words as words};
use super::order::{Sale, attribute};
use super::{each, id};
use crate::stock::{
    PaymentState, Restock, StockAddress, StockDiscount, StockFulfillment, StockLine, StockPayment,
    StockRefund, StockReturn, StockShippingLine, StockTax,
};

impl Sale<'_> {
    pub(super) fn line(&self, place: usize, line: &StockLine) -> Result<OrderLine, IdError> {
        let order = self.order();
        let products = &self.stocked.products;
        let product = line.product.and_then(|index| products.get(index));
        let has_variant =
            |place: usize| product.as_ref().is_some_and(|shown| place < shown.item.variants.len());
        let variant = line.product.filter(|_| has_variant(line.variant));
        let left = line.quantity.saturating_sub(order.quantity_refunded(place));
        let unsent = left.saturating_sub(order.quantity_fulfilled(place));
        let taxes = self.taxes(&line.taxes);
        Ok(OrderLine {
            id: id(self.child(place))?,
            parent_id: Field::Absent,
            product_id: product
                .as_ref()
                .map(|shown| id(product_number(shown.index)))
                .transpose()?
                .into(),
            variant_id: variant
                .map(|index| id(child_number(index, line.variant)))
                .transpose()?
                .into(),
            title: Field::Value(line.title.clone()),
            sku: line.sku.clone().into(),
            item_type: Field::Absent,
            quantity: Field::Value(line.quantity.into()),
            quantity_current: Field::Value(left.into()),
            quantity_fulfilled: Field::Absent,
            quantity_refunded: Field::Absent,
            unit_price: self.value(line.unit_price),
            discount: self.value(line.discount()),
            tax: total(&taxes),
            total: self.value(words::without_codes(order, line)),
            discounts: Field::Value(
                line.discounts.iter().map(|(of, amount)| self.allocation(*of, *amount)).collect(),
            ),
            taxes: Field::Value(taxes),
            taxable: Field::Value(line.taxable),
            requires_shipping: Field::Value(line.requires_shipping),
            selected_options: Field::Absent,
            custom_fields: Field::Value(
                line.attributes.iter().map(|(key, value)| attribute(key, value)).collect(),
            ),
            extra: fields(json!({
                "isGiftCard": line.is_gift_card,
                "refundableQuantity": left,
                "unfulfilledQuantity": if line.requires_shipping { unsent } else { 0 },
                "variantTitle": words::title_of(line),
                "vendor": Some(&line.vendor).filter(|vendor| !vendor.is_empty()),
            })),
        })
    }

    /// What of an order's discounts falls to a line of it.
    fn allocation(&self, of: usize, amount: Decimal) -> Discount {
        let Discount { code, title, .. } = self
            .order()
            .discounts
            .get(of)
            .map(|discount| self.application(of, discount))
            .unwrap_or_default();
        Discount { code, title, amount: self.value(amount), extra: fields(json!({"index": of})) }
    }

    pub(super) fn applications(&self) -> Vec<Discount> {
        let discounts = self.order().discounts.iter().enumerate();
        discounts.map(|(place, discount)| self.application(place, discount)).collect()
    }

    fn application(&self, place: usize, discount: &StockDiscount) -> Discount {
        let (type_name, title) = match discount.code {
            Some(_) => ("DiscountCodeApplication", Field::Absent),
            None => ("AutomaticDiscountApplication", Field::Value(discount.title.clone())),
        };
        let (method, value) = if let Some(percent) = discount.percent {
            ("ACROSS", json!({"percentage": percent.to_f64()}))
        } else {
            let bag = self.bag(words::FIXED_DISCOUNT);
            ("EACH", bag.get("shopMoney").cloned().unwrap_or_default())
        };
        Discount {
            code: discount.code.clone().map_or(Field::Absent, Field::Value),
            title,
            amount: Field::Absent,
            extra: fields(json!({
                "__typename": type_name,
                "allocationMethod": method,
                "index": place,
                "targetSelection": "ALL",
                "targetType": "LINE_ITEM",
                "value": value,
            })),
        }
    }

    pub(super) fn taxes(&self, taxes: &[StockTax]) -> Vec<Tax> {
        taxes
            .iter()
            .map(|tax| Tax {
                title: Field::Value(tax.title.clone()),
                percent: Field::Value(tax.percent.normalize()),
                amount: self.value(tax.amount),
                extra: fields(json!({"channelLiable": false, "source": null})),
            })
            .collect()
    }

    pub(super) fn shipping_line(
        &self,
        place: usize,
        line: &StockShippingLine,
    ) -> Result<ShippingLine, IdError> {
        let (price, discounted) = (self.amount(line.price), self.amount(line.discounted()));
        let less = |of: Money, without: Money| Money {
            amount: of.amount.saturating_sub(without.amount),
            ..of
        };
        let presentment = price.presentment.zip(discounted.presentment);
        Ok(ShippingLine {
            id: Field::Value(id(self.child(place))?),
            title: Field::Value(line.title.clone()),
            code: Field::Value(line.code.clone()),
            carrier: Field::Value(line.carrier.clone()),
            discount: Field::Value(Amount {
                shop: less(price.shop, discounted.shop),
                presentment: presentment.map(|(of, without)| less(of, without)),
            }),
            price: Field::Value(price),
            taxes: Field::Value(self.taxes(&line.taxes)),
            extra: fields(json!({
                "deliveryCategory": null,
                "discountAllocations": [],
                "discountedPriceSet": discounted,
                "source": "shopify",
            })),
        })
    }

    pub(super) fn payment(&self, place: usize, payment: &StockPayment) -> Result<Payment, IdError> {
        let at = self.at(payment.after_s);
        let is_done = payment.state != PaymentState::Pending;
        let mut extra = fields(json!({
            "createdAt": at.to_rfc3339(),
            "errorCode": (payment.state == PaymentState::Failure).then_some("CARD_DECLINED"),
            "formattedGateway": payment.gateway.replace('_', " "),
            "test": self.order().test,
        }));
        let method = payment.method.as_ref().map(|method| match payment.gateway.as_str() {
            "card" => {
                extra.insert("company".to_owned(), method.as_str().into());
                method.to_lowercase()
            }
            "paypal" => "paypal".to_owned(),
            _ => method.clone(),
        });
        let parent = payment.parent.filter(|parent| *parent < self.order().payments.len());
        Ok(Payment {
            id: Field::Value(id(self.child(place))?),
            action: Field::Value(words::action(payment.action).to_lowercase()),
            status: Field::Value(words::state(payment.state).to_lowercase()),
            gateway: Field::Value(payment.gateway.clone()),
            method: method.into(),
            amount: self.value(payment.amount),
            at: is_done.then_some(at).into(),
            parent_id: parent.map(|parent| id(self.child(parent))).transpose()?.into(),
            reference: payment.reference.clone().into(),
            extra,
        })
    }

    pub(super) fn refund(&self, place: usize, refund: &StockRefund) -> Result<Refund, IdError> {
        let order = self.order();
        let mut extra = Map::new();
        let shipping = order.shipping_lines.first().filter(|_| !refund.shipping.is_zero());
        if shipping.is_some() {
            let lines = json!([{
                "id": gid("RefundShippingLine", self.child(place)),
                "shippingLine": {"id": gid("ShippingLine", self.child(0))},
                "subtotalAmountSet": self.bag(refund.shipping),
                "taxAmountSet": self.bag(Decimal::ZERO),
            }]);
            extra.insert("refundShippingLines".to_owned(), lines);
        }
        let adjusted = !refund.adjustment.is_zero();
        if adjusted {
            let adjustments = json!([{
                "amountSet": self.bag(refund.adjustment),
                "id": gid("OrderAdjustment", self.child(place)),
                "reason": "REFUND_DISCREPANCY",
                "taxAmountSet": self.bag(Decimal::ZERO),
            }]);
            extra.insert("orderAdjustments".to_owned(), adjustments);
        }
        Ok(Refund {
            id: id(self.child(place))?,
            created_at: Field::Value(self.at(refund.after_s)),
            note: refund.note.clone().into(),
            total: self.value(refund.total(order.taxes_included)),
            shipping: shipping.map(|_| self.amount(refund.shipping)).into(),
            adjustment: adjusted.then(|| self.amount(refund.adjustment)).into(),
            lines: Field::Value(each(&refund.lines, |line, of| {
                let number = self.child(words::refund_line_place(order, place, line));
                let quantity = Decimal::from(of.quantity.max(1));
                let came_back = of.restock == Restock::Return;
                let location =
                    came_back.then(|| json!({"id": gid("Location", location_number(0))}));
                Ok(RefundLine {
                    id: Field::Value(id(number)?),
                    line_id: self.line_id(of.line)?,
                    quantity: Field::Value(of.quantity.into()),
                    restock: Field::Value(words::restock(of.restock).to_lowercase()),
                    subtotal: self.value(of.subtotal),
                    tax: self.value(of.tax),
                    extra: fields(json!({
                        "location": location,
                        "priceSet": self.bag(of.subtotal.checked_div(quantity).unwrap_or_default()),
                        "restocked": of.restock != Restock::NoRestock,
                    })),
                })
            })?),
            extra,
        })
    }

    fn line_id(&self, place: usize) -> Result<Field<flyball_domain::VendorId>, IdError> {
        let is_there = place < self.order().lines.len();
        Ok(is_there.then(|| id(self.child(place))).transpose()?.into())
    }

    pub(super) fn fulfillment(
        &self,
        place: usize,
        sent: &StockFulfillment,
    ) -> Result<Fulfillment, IdError> {
        let at = Field::Value(self.at(sent.after_s));
        let (status, display) =
            if sent.canceled { ("cancelled", "CANCELED") } else { ("success", "FULFILLED") };
        Ok(Fulfillment {
            id: id(self.child(place))?,
            status: Field::Value(status.to_owned()),
            created_at: at.clone(),
            updated_at: at,
            location_id: Field::Value(id(location_number(sent.location))?),
            service: Field::Value("Manual".to_owned()),
            tracking: Field::Value(
                sent.tracking
                    .iter()
                    .map(|parcel| Tracking {
                        carrier: parcel.carrier.clone().into(),
                        number: parcel.number.clone().into(),
                        url: parcel.url.clone().into(),
                    })
                    .collect(),
            ),
            lines: Field::Value(each(&sent.lines, |_, (line, quantity)| {
                Ok(FulfillmentLine {
                    line_id: self.line_id(*line)?,
                    quantity: Field::Value((*quantity).into()),
                })
            })?),
            extra: fields(json!({
                "deliveredAt": null,
                "displayStatus": display,
                "name": self.name_of('F', place),
            })),
        })
    }

    pub(super) fn returned(&self, place: usize, back: &StockReturn) -> Result<Return, IdError> {
        let order = self.order();
        let sent = |line: &usize| words::sent_with(order, place, *line).is_some();
        let lines = (0..back.lines.len()).filter(sent).filter_map(|line| {
            let (of, quantity) = back.lines.get(line)?;
            let number = self.child(words::returned_place(order, place, line));
            let processed = if back.arrived { *quantity } else { 0 };
            Some(self.line_id(*of).map(|line_id| ReturnLine {
                line_id,
                quantity: Field::Value((*quantity).into()),
                reason: Field::Value(words::reason(&back.reason).to_lowercase()),
                extra: fields(json!({
                    "id": gid("ReturnLineItem", number),
                    "processedQuantity": processed,
                    "refundedQuantity": 0,
                    "returnReasonNote": back.reason,
                })),
            }))
        });
        let quantity =
            back.lines.iter().fold(0_u32, |all, (_, quantity)| all.saturating_add(*quantity));
        let at = self.at(back.after_s);
        Ok(Return {
            id: id(self.child(place))?,
            name: Field::Value(self.name_of('R', place)),
            status: Field::Value(if back.arrived { "closed" } else { "open" }.to_owned()),
            created_at: Field::Value(at),
            lines: Field::Value(lines.collect::<Result<_, _>>()?),
            extra: fields(json!({
                "closedAt": back.arrived.then(|| at.to_rfc3339()),
                "totalQuantity": quantity,
            })),
        })
    }

    /// What people know a part of the order by, such as `#1001-F1`.
    fn name_of(&self, letter: char, place: usize) -> String {
        format!("{}-{letter}{}", words::name(self.shown.index), place.saturating_add(1))
    }
}

/// What taxes come to; null where there are none.
fn total(taxes: &[Tax]) -> Field<Amount> {
    let plus = |a: Money, b: Money| Money { amount: a.amount.saturating_add(b.amount), ..a };
    let amounts = taxes.iter().filter_map(|tax| tax.amount.value().copied());
    let sum = amounts.reduce(|a, b| Amount {
        shop: plus(a.shop, b.shop),
        presentment: a.presentment.zip(b.presentment).map(|(a, b)| plus(a, b)),
    });
    sum.into()
}

pub(super) fn address(stock: &StockAddress) -> Address {
    let (country_code, country) = &stock.country;
    let (region_code, region) = stock.region.clone().unzip();
    let extra: Value = json!({"country": country, "province": region});
    Address {
        id: Field::Absent,
        name: Field::Value(format!("{} {}", stock.first_name, stock.last_name)),
        company: stock.company.clone().into(),
        street: Field::Value(stock.street.iter().take(2).cloned().collect()),
        city: Field::Value(stock.city.clone()),
        postal_code: Field::Value(stock.postal_code.clone()),
        region: region_code.into(),
        country: Field::Value(country_code.clone()),
        phone: stock.phone.clone().into(),
        email: Field::Absent,
        extra: fields(extra),
    }
}
