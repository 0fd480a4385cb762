//! What of a record is still to be asked for, by what came of it.

use flyball_connector::decode::decimal;
use flyball_connector::json::At;
use flyball_domain::Field;
use rust_decimal::Decimal;

use super::consignments::{CONSIGNMENTS, consignments};
use super::fields::{Fields, whole};
use super::notes::Notes;
use super::number_of;
use crate::requests::{LIMIT_DEFAULT, LIMIT_MAX, OrderChild, ProductChild};

/// Statuses by their ids: incomplete, shipped and partially shipped
/// (<https://developer.bigcommerce.com/docs/rest-management/orders/order-status>).
const INCOMPLETE: i64 = 0;
const SHIPPED: [i64; 2] = [2, 3];

/// What a product names that is kept elsewhere.
#[derive(Debug, Default)]
pub(crate) struct ProductHead {
    pub(crate) id: Option<u64>,
    pub(crate) categories: Vec<u64>,
    pub(crate) brand: Option<u64>,
    /// Lists that may go on.
    pub(crate) wants: Vec<ProductChild>,
}

impl ProductHead {
    /// Looks at a product, whatever is wrong with it.
    ///
    /// How many of its children come with a product the vendor does not say, nor how many there
    /// are. A list of exactly as many as a page of that list has, by default or at most, may have
    /// been cut there and is asked for on its own.
    pub(crate) fn of(row: At<'_, '_>) -> Self {
        let Ok(mut fields) = Fields::read(row) else { return Self::default() };
        let mut notes = Notes::default();
        let mut wants = Vec::new();
        for (name, child) in [
            ("variants", ProductChild::Variants),
            ("images", ProductChild::Images),
            ("custom_fields", ProductChild::CustomFields),
        ] {
            let came = fields.list(name, &mut notes).value().map(Vec::len);
            if came.is_some_and(may_be_cut) {
                wants.push(child);
            }
        }
        let id = fields.reference("id", &mut notes).value().and_then(number_of);
        let brand = fields.reference("brand_id", &mut notes).value().and_then(number_of);
        let categories = fields.list("categories", &mut notes);
        let categories = categories.value().into_iter().flatten();
        let categories = categories.filter_map(|raw| raw.raw().parse().ok()).collect();
        Self { id, categories, brand, wants }
    }
}

fn may_be_cut(came: usize) -> bool {
    [LIMIT_DEFAULT, LIMIT_MAX].iter().any(|limit| usize::try_from(*limit) == Ok(came))
}

/// What an order may hold beyond what came of it.
#[derive(Debug, Default)]
pub(crate) struct OrderHead {
    pub(crate) id: Option<u64>,
    /// Whether it was ever completed; before that nothing is given back.
    pub(crate) may_be_refunded: bool,
    /// Lists to be asked for on their own, in that order.
    pub(crate) wants: Vec<OrderChild>,
    /// Lists that, by the order's own fields, have nothing in them.
    pub(crate) empty: Vec<OrderChild>,
}

impl OrderHead {
    /// Looks at an order, whatever is wrong with it. A list is asked for unless the order's own
    /// fields tell that it is empty.
    pub(crate) fn of(row: At<'_, '_>) -> Self {
        let Ok(mut fields) = Fields::read(row) else { return Self::default() };
        let mut notes = Notes::default();
        let lines = Lines::of(&mut fields);
        let mut head = Self {
            id: fields.reference("id", &mut notes).value().and_then(number_of),
            ..Self::default()
        };
        let status = fields.peek_text("status_id").and_then(|text| whole(&text));
        head.may_be_refunded = status != Some(INCOMPLETE);
        if !lines.addresses_came {
            head.wants.push(OrderChild::Addresses);
        }
        if !lines.came_whole {
            head.wants.push(OrderChild::Lines);
        }
        let some = |fields: &mut Fields<'_>, name: &str| amount(fields, name) > Decimal::ZERO;
        let cheap_shipping = amount(&mut fields, "shipping_cost_inc_tax").is_zero()
            && some(&mut fields, "base_shipping_cost");
        let discounted = lines.discounted
            || cheap_shipping
            || some(&mut fields, "coupon_discount")
            || some(&mut fields, "discount_amount");
        head.asks(OrderChild::Coupons, discounted);
        let taxed = !amount(&mut fields, "total_tax").is_zero();
        head.asks(OrderChild::Taxes, taxed);
        let shipped = some(&mut fields, "items_shipped")
            || fields.peek_text("date_shipped").is_some()
            || status.is_some_and(|status| SHIPPED.contains(&status));
        head.asks(OrderChild::Shipments, shipped);
        let paid = fields.peek_text("payment_status").is_some()
            || fields.peek_text("payment_provider_id").is_some()
            || some(&mut fields, "store_credit_amount")
            || some(&mut fields, "gift_certificate_amount");
        head.asks(OrderChild::Transactions, paid);
        head
    }

    fn asks(&mut self, child: OrderChild, may_hold_something: bool) {
        if may_hold_something {
            self.wants.push(child);
        } else {
            self.empty.push(child);
        }
    }
}

fn amount(fields: &mut Fields<'_>, name: &str) -> Decimal {
    fields.peek_text(name).and_then(|text| decimal(&text)).unwrap_or_default()
}

/// What came of an order's lines.
#[derive(Debug, Default)]
struct Lines {
    addresses_came: bool,
    came_whole: bool,
    discounted: bool,
}

impl Lines {
    /// The vendor does not say how many lines of a consignment come with an order, but how many
    /// items the order has: where the lines that came have fewer, some are missing.
    fn of(fields: &mut Fields<'_>) -> Self {
        let items_total = amount(fields, "items_total");
        let Field::Value(raw) = fields.peek("consignments") else { return Self::default() };
        let lists = consignment_lines(raw);
        let Some(lists) = lists else { return Self::default() };
        let mut lines = Self { addresses_came: true, came_whole: true, discounted: false };
        let mut items = Decimal::ZERO;
        for line in lists {
            let Ok(mut line) = Fields::read(line) else { continue };
            // A link to a line instead of the line.
            lines.came_whole &= !line.peek("id").is_absent();
            items = items.saturating_add(amount(&mut line, "quantity"));
            let discounts = line.list("applied_discounts", &mut Notes::default());
            lines.discounted |= discounts.value().is_some_and(|list| !list.is_empty());
        }
        lines.came_whole &= items >= items_total;
        lines
    }
}

/// The lines of all consignments, where consignments came and not a link to them.
fn consignment_lines<'r>(raw: At<'r, 'r>) -> Option<Vec<At<'r, 'r>>> {
    let mut notes = Notes::default();
    let mut kinds = Fields::read(raw).ok()?;
    if kinds.peek("url").value().is_some() {
        return None;
    }
    let mut lines = Vec::new();
    for kind in CONSIGNMENTS {
        for consignment in consignments(&mut kinds, kind, &mut notes) {
            let mut consignment = Fields::read(consignment).ok()?;
            match consignment.list("line_items", &mut notes) {
                Field::Value(list) => lines.extend(list),
                Field::Null => {}
                Field::Absent => return None,
            }
        }
    }
    Some(lines)
}
