use flyball_connector::decode::{RowError, decimal};
use flyball_domain::{
    Address, Amount, Currency, Discount, Field, FinancialStatus, Fulfillment, FulfillmentStatus,
    Money, Order, OrderLine, Payment, Personal, Refund, ShippingLine, Tax, Totals,
};
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::fields::{Fields, Notes, each, whole};
use super::line::line;
use super::people::address;
use super::product::given;
use super::settlement::{discount, payment, refund, tax};
use super::shipment::shipment;

/// The kinds of consignments, in the order in which their lines are put.
pub(super) const CONSIGNMENTS: [Kind; 4] = [
    Kind { name: "shipping", within: None },
    Kind { name: "pickups", within: None },
    Kind { name: "downloads", within: None },
    Kind { name: "gift_certificates", within: Some("email") },
];

/// A kind of consignments: a list of its name, perhaps within an object.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    name: &'static str,
    within: Option<&'static str>,
}

/// Where the addresses of further resources stand; only they are left out.
const LINKS: [&str; 5] = ["products", "shipping_addresses", "coupons", "consignments", "fees"];

/// What belongs to an order and was asked for on its own; `None` where it was not.
#[derive(Debug, Default)]
pub(crate) struct OrderParts {
    /// All lines, instead of those that came with the order.
    pub(crate) lines: Option<Vec<Box<RawValue>>>,
    pub(crate) addresses: Option<Vec<Box<RawValue>>>,
    pub(crate) coupons: Option<Vec<Box<RawValue>>>,
    pub(crate) taxes: Option<Vec<Box<RawValue>>>,
    pub(crate) shipments: Option<Vec<Box<RawValue>>>,
    pub(crate) transactions: Option<Vec<Box<RawValue>>>,
    pub(crate) refunds: Option<Vec<Box<RawValue>>>,
}

/// How an order counts: in the currency that the buyer paid in, with or without taxes.
#[derive(Clone, Copy)]
pub(super) struct Counting {
    pub(super) currency: Option<Currency>,
    /// Whether prices include taxes.
    pub(super) inclusive: bool,
}

impl Counting {
    /// The one of two names that the order's prices go by.
    pub(super) const fn of(self, without: &'static str, with: &'static str) -> &'static str {
        if self.inclusive { with } else { without }
    }
}

/// Reads an order.
///
/// Its amounts are in its transactional currency (`default_currency_code`), which the buyer paid
/// in; the vendor converts none of them. What the buyer saw is `currency_code`; the store's own
/// currency and the rate to it stay in `extra`. An archived order is an order still, marked
/// `is_deleted` in `extra`: the vendor deletes none, and a retailer may take it back.
///
/// # Errors
/// No id, no time of change, or an amount that is none.
pub(crate) fn order(row: &str, parts: &OrderParts, notes: &mut Notes) -> Result<Order, RowError> {
    let mut fields = Fields::read(row)?;
    let id = fields.id("id")?;
    let updated_at = fields.version("date_modified")?;
    let mut extra = Map::new();
    let currency = currency(&mut fields);
    let presentment_currency = fields.currency("currency_code", notes);
    let taxes_included = fields.flag("is_tax_inclusive_pricing", notes);
    let inclusive = taxes_included == Field::Value(true);
    let counting = Counting { currency: currency.value().copied(), inclusive };
    let created_at = fields.time("date_created", notes);
    let mut personal = personal(&mut fields, notes)?;
    let mut consignments = Consignments::read(&mut fields, counting, &mut personal, notes)?;
    if let Field::Value(list) = given(Field::Absent, parts.addresses.as_deref()) {
        consignments.take_shipping(list, "shipping_addresses", counting, notes)?;
    }
    if let Field::Value(list) = given(Field::Absent, parts.lines.as_deref()) {
        let read = each(list, "products", notes, |row, notes| line(row, counting, notes))?;
        consignments.lines = Field::Value(read);
    }
    personal.shipping_addresses = consignments.addresses;
    let settled = Settled::read(parts, counting, &mut personal, notes)?;
    let totals = totals(&mut fields, counting, settled.refunds.value(), notes)?;
    let order = Order {
        number: Field::Value(id.as_str().to_owned()),
        id,
        updated_at,
        placed_at: created_at.clone(),
        created_at,
        canceled_at: Field::Absent,
        closed_at: Field::Absent,
        cancel_reason: Field::Absent,
        financial_status: financial_status(&mut fields),
        fulfillment_status: fulfillment_status(&mut fields),
        status: fields.text("status", notes),
        test: Field::Absent,
        channel: fields.text("order_source", notes),
        currency,
        presentment_currency,
        presentment_rate: fields.number("currency_exchange_rate", notes),
        taxes_included,
        totals: Field::Value(totals),
        customer_id: fields.reference("customer_id", notes),
        personal: Field::Value(personal),
        lines: consignments.lines,
        shipping_lines: consignments.shipping_lines,
        discounts: settled.discounts,
        taxes: settled.taxes,
        payments: settled.payments,
        refunds: settled.refunds,
        returns: Field::Absent,
        fulfillments: settled.fulfillments,
        tags: Field::Absent,
        risk: Field::Absent,
        history: Field::Absent,
        custom_fields: Field::Absent,
        mapped: Field::Absent,
        extra: Map::new(),
    };
    if !consignments.leftovers.is_empty() {
        extra.insert("consignments".to_owned(), Value::Array(consignments.leftovers));
    }
    for name in LINKS {
        drop_link(&mut fields, name);
    }
    fields.rest(&mut extra)?;
    Ok(Order { extra, ..order })
}

/// Leaves out the address of a further resource, `{url, resource}`.
pub(super) fn drop_link(fields: &mut Fields<'_>, name: &str) {
    let is_link = fields.peek(name).value().is_some_and(|raw| {
        Fields::read(raw.get()).is_ok_and(|mut object| !object.peek("resource").is_absent())
    });
    if is_link {
        _ = fields.take(name);
    }
}

/// The currency of an order's amounts. It stays in `extra` too where another is the store's own.
fn currency(fields: &mut Fields<'_>) -> Field<Currency> {
    let known = ["default_currency_code", "currency_code", "store_default_currency_code"]
        .into_iter()
        .find_map(|name| fields.peek_text(name)?.parse().ok());
    known.map_or(Field::Absent, Field::Value)
}

fn personal(fields: &mut Fields<'_>, notes: &mut Notes) -> Result<Personal, RowError> {
    let mut billing = fields.object("billing_address", notes);
    let address = match &mut billing {
        Field::Value(inner) => {
            Field::Value(notes.within("billing_address", None, |notes| address(inner, notes))?)
        }
        Field::Null => Field::Null,
        Field::Absent => Field::Absent,
    };
    let of = |read: fn(&Address) -> &Field<String>| {
        address.value().map_or(Field::Absent, |address| read(address).clone())
    };
    let mut extra = Map::new();
    let (v4, v6) = (fields.text("ip_address", notes), fields.text("ip_address_v6", notes));
    let ip = match (v4, v6) {
        (Field::Value(v4), Field::Value(v6)) => {
            extra.insert("ip_address_v6".to_owned(), v6.into());
            Field::Value(v4)
        }
        (Field::Value(ip), _) | (_, Field::Value(ip)) => Field::Value(ip),
        (v4, _) => v4,
    };
    for name in ["geoip_country", "geoip_country_iso2"] {
        fields.move_to(name, &mut extra)?;
    }
    let mut personal = Personal {
        name: of(|address| &address.name),
        email: of(|address| &address.email),
        phone: of(|address| &address.phone),
        note: fields.text("customer_message", notes),
        staff_note: fields.text("staff_notes", notes),
        ip,
        extra,
        billing_address: Field::Absent,
        shipping_addresses: Field::Absent,
    };
    if let (Field::Value(inner), Field::Value(mut address)) = (billing, address.clone()) {
        inner.rest(&mut address.extra)?;
        personal.billing_address = Field::Value(address);
    } else {
        personal.billing_address = address;
    }
    Ok(personal)
}

/// What an order's consignments hold.
#[derive(Default)]
struct Consignments {
    addresses: Field<Vec<Address>>,
    shipping_lines: Field<Vec<ShippingLine>>,
    lines: Field<Vec<OrderLine>>,
    /// What of the others has no place.
    leftovers: Vec<Value>,
}

/// The consignments of a kind.
pub(super) fn consignments<'a>(
    kinds: &mut Fields<'a>,
    kind: Kind,
    notes: &mut Notes,
) -> Vec<&'a RawValue> {
    let list = match kind.within {
        None => kinds.list(kind.name, notes),
        Some(outer) => match kinds.object(outer, notes) {
            Field::Value(mut inner) => inner.list(kind.name, notes),
            Field::Null | Field::Absent => Field::Absent,
        },
    };
    match list {
        Field::Value(list) => list,
        Field::Null | Field::Absent => Vec::new(),
    }
}

impl Consignments {
    fn read(
        fields: &mut Fields<'_>,
        counting: Counting,
        personal: &mut Personal,
        notes: &mut Notes,
    ) -> Result<Self, RowError> {
        let mut all = Self::default();
        drop_link(fields, "consignments");
        let Field::Value(mut kinds) = fields.object("consignments", notes) else { return Ok(all) };
        let mut recipients = Vec::new();
        for kind in CONSIGNMENTS {
            let list = consignments(&mut kinds, kind, notes);
            if kind.name == "shipping" {
                all.take_shipping(list, "shipping", counting, notes)?;
                continue;
            }
            for raw in list {
                let mut one = Fields::read(raw.get())?;
                all.take_lines(&mut one, counting, notes)?;
                if let Field::Value(mail) = one.text("recipient_email", notes) {
                    recipients.push(Value::from(mail));
                }
                let mut leftover = Map::new();
                one.rest(&mut leftover)?;
                if !leftover.is_empty() {
                    leftover.insert("kind".to_owned(), kind.name.into());
                    all.leftovers.push(Value::Object(leftover));
                }
            }
        }
        if !recipients.is_empty() {
            personal.extra.insert("recipient_emails".to_owned(), Value::Array(recipients));
        }
        let mut leftover = Map::new();
        kinds.rest(&mut leftover)?;
        if !leftover.is_empty() {
            all.leftovers.push(Value::Object(leftover));
        }
        Ok(all)
    }

    /// Takes in what is shipped: an address, a way of shipping and lines each.
    fn take_shipping<'r>(
        &mut self,
        list: impl IntoIterator<Item = &'r RawValue>,
        at: &'static str,
        counting: Counting,
        notes: &mut Notes,
    ) -> Result<(), RowError> {
        let mut addresses = Vec::new();
        let lines = each(list, at, notes, |row, notes| {
            let mut one = Fields::read(row)?;
            let address = address(&mut one, notes)?;
            let id = one.reference("id", notes);
            let as_text = id.clone().map(|id| id.as_str().to_owned());
            addresses.push(Address { id: as_text, ..address });
            self.take_lines(&mut one, counting, notes)?;
            drop_link(&mut one, "shipping_quotes");
            let mut extra = Map::new();
            let shipping = ShippingLine {
                id,
                title: one.text("shipping_method", notes),
                code: Field::Absent,
                carrier: Field::Absent,
                price: one.amount("base_cost", counting.currency, notes)?,
                discount: Field::Absent,
                taxes: Field::Absent,
                extra: Map::new(),
            };
            one.rest(&mut extra)?;
            Ok(ShippingLine { extra, ..shipping })
        })?;
        self.addresses = Field::Value(addresses);
        self.shipping_lines = Field::Value(lines);
        Ok(())
    }

    /// Takes in a consignment's lines, unless links to them came instead.
    fn take_lines(
        &mut self,
        consignment: &mut Fields<'_>,
        counting: Counting,
        notes: &mut Notes,
    ) -> Result<(), RowError> {
        let Field::Value(list) = consignment.list("line_items", notes) else { return Ok(()) };
        let is_line = |raw: &&RawValue| {
            Fields::read(raw.get()).is_ok_and(|mut line| line.peek("resource").is_absent())
        };
        if !list.iter().all(is_line) {
            return Ok(());
        }
        let read = each(list, "line_items", notes, |row, notes| line(row, counting, notes))?;
        let mut all = match core::mem::take(&mut self.lines) {
            Field::Value(all) => all,
            Field::Null | Field::Absent => Vec::new(),
        };
        all.extend(read);
        self.lines = Field::Value(all);
        Ok(())
    }
}

/// What was asked for on its own.
struct Settled {
    discounts: Field<Vec<Discount>>,
    taxes: Field<Vec<Tax>>,
    payments: Field<Vec<Payment>>,
    refunds: Field<Vec<Refund>>,
    fulfillments: Field<Vec<Fulfillment>>,
}

impl Settled {
    fn read(
        parts: &OrderParts,
        counting: Counting,
        personal: &mut Personal,
        notes: &mut Notes,
    ) -> Result<Self, RowError> {
        let currency = counting.currency;
        let mut cards = Vec::new();
        let mut places = Vec::new();
        let settled = Self {
            discounts: given(Field::Absent, parts.coupons.as_deref()).try_map(|list| {
                each(list, "coupons", notes, |row, notes| discount(row, currency, notes))
            })?,
            taxes: given(Field::Absent, parts.taxes.as_deref()).try_map(|list| {
                each(list, "taxes", notes, |row, notes| tax(row, currency, notes))
            })?,
            payments: given(Field::Absent, parts.transactions.as_deref()).try_map(|list| {
                each(list, "transactions", notes, |row, notes| {
                    payment(row, currency, &mut cards, notes)
                })
            })?,
            refunds: given(Field::Absent, parts.refunds.as_deref()).try_map(|list| {
                each(list, "refunds", notes, |row, notes| refund(row, currency, notes))
            })?,
            fulfillments: given(Field::Absent, parts.shipments.as_deref()).try_map(|list| {
                each(list, "shipments", notes, |row, notes| shipment(row, &mut places, notes))
            })?,
        };
        for (name, list) in [("payments", cards), ("shipments", places)] {
            if !list.is_empty() {
                personal.extra.insert(name.to_owned(), Value::Array(list));
            }
        }
        Ok(settled)
    }
}

/// What an order comes to. What each figure is made of stays in `extra`, and so does what the
/// vendor calls the refunded amount, which it documents to be always 0: what was refunded is the
/// sum of the refunds, where those are known.
fn totals(
    fields: &mut Fields<'_>,
    counting: Counting,
    refunds: Option<&Vec<Refund>>,
    notes: &mut Notes,
) -> Result<Totals, RowError> {
    let currency = counting.currency;
    let subtotal = counting.of("subtotal_ex_tax", "subtotal_inc_tax");
    let shipping = counting.of("shipping_cost_ex_tax", "shipping_cost_inc_tax");
    let sum = |amounts: &[Decimal]| {
        let amount = amounts.iter().try_fold(Decimal::ZERO, |sum, one| sum.checked_add(*one))?;
        let shop = Money { amount, currency: currency? };
        Some(Amount { shop, presentment: None })
    };
    let off = ["discount_amount", "coupon_discount"]
        .map(|name| fields.peek_text(name).and_then(|text| decimal(&text)));
    let known: Vec<Decimal> = off.into_iter().flatten().collect();
    let given_back: Option<Vec<Decimal>> = refunds.map(|refunds| {
        refunds.iter().filter_map(|refund| Some(refund.total.value()?.shop.amount)).collect()
    });
    let or_absent = |amount: Option<Amount>| amount.map_or(Field::Absent, Field::Value);
    Ok(Totals {
        discounts: if known.is_empty() { Field::Absent } else { or_absent(sum(&known)) },
        refunded: or_absent(given_back.and_then(|amounts| sum(&amounts))),
        subtotal: fields.amount(subtotal, currency, notes)?,
        shipping: fields.amount(shipping, currency, notes)?,
        tax: fields.amount("total_tax", currency, notes)?,
        total: fields.amount("total_inc_tax", currency, notes)?,
        current: Field::Absent,
        paid: Field::Absent,
        due: Field::Absent,
    })
}

/// The vendor's word for it stays in `extra`.
fn financial_status(fields: &mut Fields<'_>) -> Field<FinancialStatus> {
    let Some(word) = fields.peek_text("payment_status") else {
        return if fields.peek("payment_status").is_absent() { Field::Absent } else { Field::Null };
    };
    Field::Value(match word.to_lowercase().as_str() {
        "pending" => FinancialStatus::Pending,
        "authorized" | "capture pending" => FinancialStatus::Authorized,
        "captured" | "paid" => FinancialStatus::Paid,
        "void" | "void pending" => FinancialStatus::Voided,
        other => FinancialStatus::from(other.replace(' ', "_")),
    })
}

/// By the vendor's status where that tells, and else by how many items were sent. Both stay in
/// `extra`.
fn fulfillment_status(fields: &mut Fields<'_>) -> Field<FulfillmentStatus> {
    let mut read = |name: &str| fields.peek_text(name).and_then(|text| whole(&text));
    let (status, total, shipped) = (read("status_id"), read("items_total"), read("items_shipped"));
    let told = match status {
        Some(2 | 10) => Some(FulfillmentStatus::Fulfilled),
        Some(3) => Some(FulfillmentStatus::PartiallyFulfilled),
        Some(12) => Some(FulfillmentStatus::OnHold),
        Some(_) | None => None,
    };
    let counted = shipped.map(|shipped| match total {
        _ if shipped <= 0 => FulfillmentStatus::Unfulfilled,
        Some(total) if shipped < total => FulfillmentStatus::PartiallyFulfilled,
        Some(_) | None => FulfillmentStatus::Fulfilled,
    });
    told.or(counted).map_or(Field::Absent, Field::Value)
}
