use flyball_domain::{
    Address, Currency, Discount, Field, FinancialStatus, FulfillmentStatus, IdError, Money, Order,
    OrderLine, Personal, Refund, ShippingLine, Totals, UnixMillis,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::super::address;
use super::super::consignments;
use super::super::ids::{child_number, order_number, product_number};
use super::super::json::fields;
use super::super::line::{self as said_of_line, Sort};
use super::super::order::{self as said, Consignments, Folded};
use super::super::site::Site;
use super::super::status::{Status, payment_status};
use super::super::taxed::{Sums, of_line};
use super::{amount, beyond, id, settled, told, v2, v3};
use crate::stock::{Shown, StockAddress, StockLine, StockOrder};

/// The digits behind the point of a rate of exchange.
const RATE_DIGITS: u32 = 10;

const PLACED: [&str; 22] = [
    "id",
    "customer_id",
    "date_created",
    "date_modified",
    "is_tax_inclusive_pricing",
    "status",
    "total_inc_tax",
    "total_tax",
    "currency_code",
    "currency_exchange_rate",
    "staff_notes",
    "customer_message",
    "billing_address",
    "order_source",
    "ip_address",
    "ip_address_v6",
    "geoip_country",
    "geoip_country_iso2",
    // Links to what is asked for.
    "consignments",
    "products",
    "shipping_addresses",
    "coupons",
];
const PLACED_OF_LINE: [&str; 13] = [
    "id",
    "product_id",
    "variant_id",
    "name",
    "sku",
    "type",
    "base_price",
    "total_tax",
    "quantity",
    "quantity_shipped",
    "quantity_refunded",
    "parent_order_product_id",
    "applied_discounts",
];
const PLACED_OF_ADDRESS: [&str; 13] = [
    "first_name",
    "last_name",
    "company",
    "street_1",
    "street_2",
    "city",
    "state",
    "zip",
    "country",
    "country_iso2",
    "phone",
    "email",
    "form_fields",
];

/// The record that an import of an order must come to, with all that is below it.
///
/// # Errors
/// Never, for ids made of digits.
pub(in super::super) fn order(site: &Site, shown: &Shown<StockOrder>) -> Result<Order, IdError> {
    let stock = &shown.item;
    let number = order_number(shown.index);
    let mut personal = personal(shown);
    let fulfillments = settled::fulfillments(shown, &mut personal.extra)?;
    let payments = settled::payments(site, shown, &mut personal.extra)?;
    let refunds = settled::refunds(site, shown)?;
    let created_at = Field::Value(UnixMillis(shown.created_at));
    let seen = stock.presentment.filter(|seen| seen.currency != site.currency);
    Ok(Order {
        id: id(number)?,
        updated_at: UnixMillis(shown.updated_at),
        number: Field::Value(number.to_string()),
        created_at: created_at.clone(),
        placed_at: created_at,
        canceled_at: Field::Absent,
        closed_at: Field::Absent,
        cancel_reason: Field::Absent,
        status: told(Status::of(stock).name),
        financial_status: financial_status(stock),
        fulfillment_status: Field::Value(fulfillment_status(stock)),
        test: Field::Absent,
        channel: told(said::source(stock).0),
        currency: Field::Value(site.currency),
        presentment_currency: Field::Value(seen.map_or(site.currency, |seen| seen.currency)),
        presentment_rate: Field::Value(rate(seen.map_or(Decimal::ONE, |seen| seen.rate))),
        taxes_included: Field::Value(stock.taxes_included),
        totals: Field::Value(totals(site, stock, &refunds)),
        customer_id: stock.customer.as_ref().map(|of| id(of.number)).transpose()?.into(),
        lines: Field::Value(lines(site.currency, shown)?),
        discounts: Field::Value(settled::coupons(site, shown)),
        shipping_lines: Field::Value(shipping_line(site, shown)?.into_iter().collect()),
        taxes: Field::Value(settled::taxes(site, shown)),
        payments: Field::Value(payments),
        refunds: Field::Value(refunds),
        returns: Field::Absent,
        fulfillments: Field::Value(fulfillments),
        tags: Field::Absent,
        risk: Field::Absent,
        history: Field::Absent,
        custom_fields: Field::Absent,
        mapped: Field::Absent,
        personal: Field::Value(personal),
        extra: extra(site, shown),
    })
}

fn rate(rate: Decimal) -> Decimal {
    let mut rate = rate;
    rate.rescale(RATE_DIGITS);
    rate
}

/// The vendor's word for it stays in `extra`.
fn financial_status(order: &StockOrder) -> Field<FinancialStatus> {
    Field::Value(match payment_status(order) {
        "" => return Field::Null,
        "authorized" => FinancialStatus::Authorized,
        "captured" => FinancialStatus::Paid,
        "void" => FinancialStatus::Voided,
        "refunded" => FinancialStatus::Refunded,
        "partially refunded" => FinancialStatus::PartiallyRefunded,
        "pending" => FinancialStatus::Pending,
        other => FinancialStatus::from(other.to_owned()),
    })
}

/// By the vendor's status where that tells, and else by how many things were sent.
fn fulfillment_status(order: &StockOrder) -> FulfillmentStatus {
    let all = order.lines.iter().fold(0_u32, |all, line| all.saturating_add(line.quantity));
    let sent = (0..order.lines.len())
        .fold(0_u32, |sent, place| sent.saturating_add(order.quantity_fulfilled(place)));
    match Status::of(order).name {
        "Shipped" | "Completed" => FulfillmentStatus::Fulfilled,
        "Partially Shipped" => FulfillmentStatus::PartiallyFulfilled,
        _ if sent == 0 => FulfillmentStatus::Unfulfilled,
        _ if sent < all => FulfillmentStatus::PartiallyFulfilled,
        _ => FulfillmentStatus::Fulfilled,
    }
}

/// With taxes where the prices hold them, and without where they come on top.
fn totals(site: &Site, order: &StockOrder, refunds: &[Refund]) -> Totals {
    let sums = Sums::of(order);
    let money = |value| amount(v2(value, site.currency));
    let (subtotal, shipping) = if order.taxes_included {
        (sums.subtotal.inc, sums.shipping.inc)
    } else {
        (sums.subtotal.ex, sums.shipping.ex)
    };
    let back = refunds.iter().filter_map(|refund| Some(refund.total.value()?.shop.amount));
    let back = back.fold(Decimal::ZERO, Decimal::saturating_add);
    Totals {
        subtotal: money(subtotal),
        discounts: money(
            order.lines.iter().fold(Decimal::ZERO, |all, line| all.saturating_add(line.discount())),
        ),
        shipping: money(shipping),
        tax: money(order.tax()),
        total: money(order.total()),
        current: Field::Absent,
        paid: Field::Absent,
        refunded: amount(Money { amount: back, currency: site.currency }),
        due: Field::Absent,
    }
}

fn personal(shown: &Shown<StockOrder>) -> Personal {
    let order = &shown.item;
    let billing = address_of(order, order.billing.as_ref(), &order.attributes);
    let mut extra = Map::new();
    let mails: Vec<Value> = [Sort::Digital, Sort::GiftCertificate]
        .into_iter()
        .filter(|sort| order.lines.iter().any(|line| Sort::of(line) == *sort))
        .filter_map(|_| order.email.clone().map(Value::from))
        .collect();
    if !mails.is_empty() {
        extra.insert("recipient_emails".to_owned(), mails.into());
    }
    extra.extend(fields(json!({"geoip_country": "", "geoip_country_iso2": ""})));
    let shipping = address::is_sent(order).then(|| Address {
        id: Field::Value(address::number(shown.index).to_string()),
        ..address_of(order, order.shipping.as_ref(), &[])
    });
    Personal {
        name: billing.name.clone(),
        email: billing.email.clone(),
        phone: billing.phone.clone(),
        billing_address: Field::Value(billing),
        shipping_addresses: Field::Value(shipping.into_iter().collect()),
        note: told(order.note.as_deref().unwrap_or_default()),
        staff_note: told(order.staff_note.as_deref().unwrap_or_default()),
        ip: told(order.ip.as_deref().unwrap_or_default()),
        extra,
    }
}

/// An address, with what the buyer was asked besides.
fn address_of(
    order: &StockOrder,
    stock: Option<&StockAddress>,
    asked: &[(String, String)],
) -> Address {
    let field = |of: fn(&StockAddress) -> &str| told(stock.map_or("", of));
    let names = stock.map(|stock| [stock.first_name.as_str(), stock.last_name.as_str()]);
    let names: Vec<_> =
        names.into_iter().flatten().filter(|name| !name.trim().is_empty()).collect();
    let mut extra = Map::new();
    if let Some((_, country)) = stock.map(|stock| &stock.country) {
        extra.insert("country".to_owned(), country.as_str().into());
    }
    let asked: Vec<_> =
        asked.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    extra.insert("form_fields".to_owned(), asked.into());
    let phone = stock.and_then(|stock| stock.phone.as_deref()).or(order.phone.as_deref());
    Address {
        id: Field::Absent,
        name: told(&names.join(" ")),
        company: field(|stock| stock.company.as_deref().unwrap_or_default()),
        street: Field::Value(stock.map_or_else(Vec::new, |stock| stock.street.clone())),
        city: field(|stock| &stock.city),
        postal_code: field(|stock| &stock.postal_code),
        region: field(|stock| stock.region.as_ref().map_or("", |(_, name)| name)),
        country: field(|stock| &stock.country.0),
        phone: told(phone.unwrap_or_default()),
        email: told(order.email.as_deref().unwrap_or_default()),
        extra,
    }
}

/// The one way in which an order is sent; one that is picked up or downloaded has none.
fn shipping_line(site: &Site, shown: &Shown<StockOrder>) -> Result<Option<ShippingLine>, IdError> {
    let order = &shown.item;
    if !address::is_sent(order) {
        return Ok(None);
    }
    let said = consignments::render(site, shown, Consignments::Whole);
    let said = said.get("shipping").and_then(|all| all.get(0)).cloned().unwrap_or_default();
    let mut extra = beyond(fields(said), &PLACED_OF_ADDRESS);
    for placed in ["id", "line_items", "shipping_method", "base_cost", "shipping_quotes"] {
        extra.remove(placed);
    }
    Ok(Some(ShippingLine {
        id: Field::Value(id(address::number(shown.index))?),
        title: told(order.shipping_lines.first().map_or("None", |line| &line.title)),
        code: Field::Absent,
        carrier: Field::Absent,
        price: amount(v3(Sums::of(order).base_shipping, site.currency)),
        discount: Field::Absent,
        taxes: Field::Absent,
        extra,
    }))
}

/// By consignment: what is sent or picked up, what is downloaded, gift certificates.
fn lines(currency: Currency, shown: &Shown<StockOrder>) -> Result<Vec<OrderLine>, IdError> {
    let numbered = || shown.item.lines.iter().enumerate();
    [Sort::Physical, Sort::Digital, Sort::GiftCertificate]
        .into_iter()
        .flat_map(|sort| numbered().filter(move |(_, line)| Sort::of(line) == sort))
        .map(|(place, stock)| line(currency, shown, place, stock))
        .collect()
}

fn line(
    currency: Currency,
    shown: &Shown<StockOrder>,
    place: usize,
    stock: &StockLine,
) -> Result<OrderLine, IdError> {
    let order = &shown.item;
    let money = |value| amount(v2(value, currency));
    let sums = of_line(stock, order.taxes_included);
    let (total, placed) =
        if order.taxes_included { (sums.inc, "total_inc_tax") } else { (sums.ex, "total_ex_tax") };
    let said = fields(said_of_line::render(shown, place, stock));
    let mut extra = beyond(said, &PLACED_OF_LINE);
    extra.remove(placed);
    let variant = |index| child_number(index, stock.variant);
    let discount = (!stock.discounts.is_empty()).then(|| money(stock.discount()));
    Ok(OrderLine {
        id: id(child_number(shown.index, place))?,
        parent_id: Field::Null,
        product_id: stock.product.map(|index| id(product_number(index))).transpose()?.into(),
        variant_id: stock.product.map(|index| id(variant(index))).transpose()?.into(),
        title: told(&stock.title),
        sku: told(stock.sku.as_deref().unwrap_or_default()),
        item_type: told(Sort::of(stock).as_str()),
        quantity: Field::Value(stock.quantity.into()),
        quantity_current: Field::Absent,
        quantity_fulfilled: Field::Value(order.quantity_fulfilled(place).into()),
        quantity_refunded: Field::Value(order.quantity_refunded(place).into()),
        unit_price: money(stock.unit_price),
        discount: discount.unwrap_or(Field::Absent),
        tax: money(stock.tax()),
        total: money(total),
        discounts: Field::Value(discounts(currency, order, stock)),
        taxes: Field::Absent,
        taxable: Field::Absent,
        requires_shipping: Field::Value(Sort::of(stock) == Sort::Physical),
        selected_options: Field::Value(said_of_line::chosen(stock).cloned().collect()),
        custom_fields: Field::Absent,
        extra,
    })
}

fn discounts(currency: Currency, order: &StockOrder, line: &StockLine) -> Vec<Discount> {
    let said = said_of_line::discounts(order, line).into_iter();
    line.discounts
        .iter()
        .filter_map(|(place, off)| Some((order.discounts.get(*place)?, off)))
        .zip(said)
        .map(|((stock, off), said)| Discount {
            code: stock.code.clone().into(),
            title: told(&stock.title),
            amount: amount(v2(*off, currency)),
            extra: beyond(fields(said), &["code", "name", "amount"]),
        })
        .collect()
}

fn extra(site: &Site, shown: &Shown<StockOrder>) -> Map<String, Value> {
    let folded = Folded { consignments: Consignments::Whole, fees: true };
    let mut extra = beyond(said::render(site, shown, folded), &PLACED);
    let placed = if shown.item.taxes_included {
        ["subtotal_inc_tax", "shipping_cost_inc_tax"]
    } else {
        ["subtotal_ex_tax", "shipping_cost_ex_tax"]
    };
    for name in placed {
        extra.remove(name);
    }
    let said = consignments::render(site, shown, Consignments::Whole);
    let picked_up: Vec<_> = said
        .get("pickups")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|said| {
            let mut left = beyond(fields(said.clone()), &["line_items"]);
            left.insert("kind".to_owned(), "pickups".into());
            Value::from(left)
        })
        .collect();
    if !picked_up.is_empty() {
        extra.insert("consignments".to_owned(), picked_up.into());
    }
    extra
}
