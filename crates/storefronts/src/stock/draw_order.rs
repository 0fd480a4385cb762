use std::sync::Arc;

use rust_decimal::Decimal;

use super::order::{
    Presentment, RiskLevel, StockAddress, StockCustomer, StockDiscount, StockLine, StockLinePart,
    StockOrder, StockShippingLine, StockTax,
};
use super::words::{
    CHANNELS, CODES, COMPANIES, CURRENCIES, FIRST_NAMES, LAST_NAMES, ODD_TEXTS, ORDER_TAGS, PLACES,
    Place, SHIPPING, STREETS,
};
use super::{ProductKind, StockMetafield, StockProduct, draw_fate};
use crate::random::Random;

/// In every so many orders one stands at each of the places below.
const RARITIES_EVERY: u64 = 500;
const MANY_LINES_AT: u64 = 11;
const MANY_METAFIELDS_AT: u64 = 23;
const MANY_LINES: (u64, u64) = (51, 120);
const MANY_METAFIELDS: (u64, u64) = (11, 30);
/// How many different customers a store has.
const CUSTOMERS: u64 = 5_000;
const CUSTOMER_FROM: u64 = 7_100_000;

/// The products that an order is drawn from.
pub(super) struct Shelves {
    pub(super) count: u64,
    pub(super) draw: Arc<dyn Fn(u64) -> Option<Arc<StockProduct>> + Send + Sync>,
}

impl Shelves {
    fn product(&self, random: &mut Random) -> Option<(u64, Arc<StockProduct>)> {
        let index = random.below(self.count);
        Some((index, (self.draw)(index)?)).filter(|_| index < self.count)
    }
}

/// The order of an index: the same for the same seed and products, whatever was drawn before.
pub(super) fn order(seed: u64, index: u64, shelves: &Shelves) -> StockOrder {
    let mut random = Random::of(seed, &[40, index]);
    let place = index % RARITIES_EVERY;
    let random = &mut random;
    let at = random.pick(PLACES);
    let taxes_included = random.once_in(5);
    let discounts = discounts(random);
    let taxes = Taxes { rates: at.map_or(&[], |place| place.taxes), taxes_included };
    let lines: Vec<_> =
        (0..lines_of(random, place)).map(|_| line(random, shelves, &discounts, &taxes)).collect();
    let is_shipped = lines.iter().any(|line| line.requires_shipping);
    let customer = (!random.once_in(3)).then(|| customer(random));
    let billing = at.map(|at| address(random, at, customer.as_ref()));
    let mut order = StockOrder {
        email: customer_mail(random, customer.as_ref()),
        phone: random.once_in(4).then(|| phone(random)),
        shipping: is_shipped.then(|| shipping_address(random, billing.as_ref())).flatten(),
        billing,
        customer,
        presentment: random.once_in(7).then(|| presentment(random)).flatten(),
        taxes_included,
        lines,
        discounts,
        shipping_lines: is_shipped
            .then(|| shipping_line(random, &taxes))
            .flatten()
            .into_iter()
            .collect(),
        payments: Vec::new(),
        refunds: Vec::new(),
        returns: Vec::new(),
        fulfillments: Vec::new(),
        canceled: None,
        closed_after_s: None,
        history: Vec::new(),
        note: random.once_in(6).then(|| text(random, ODD_TEXTS)),
        staff_note: random.once_in(15).then(|| "call before sending".to_owned()),
        tags: tags(random),
        risk: match random.below(20) {
            0 => RiskLevel::High,
            1..=3 => RiskLevel::Medium,
            _ => RiskLevel::Low,
        },
        channel: text(random, CHANNELS),
        test: random.once_in(50),
        ip: random.once_in(2).then(|| format!("203.0.113.{}", random.below(256))),
        attributes: attributes(random),
        metafields: metafields(random, place),
    };
    draw_fate::befall(&mut order, random);
    order
}

fn lines_of(random: &mut Random, place: u64) -> u64 {
    if place == MANY_LINES_AT {
        return random.within(MANY_LINES.0, MANY_LINES.1);
    }
    match random.below(20) {
        0..=12 => 1,
        13..=16 => 2,
        17..=18 => random.within(3, 5),
        _ => random.within(6, 12),
    }
}

struct Taxes {
    rates: &'static [(&'static str, i64)],
    taxes_included: bool,
}

impl Taxes {
    /// The taxes on an amount, each rounded by itself.
    fn on(&self, amount: Decimal) -> Vec<StockTax> {
        self.rates
            .iter()
            .map(|(title, rate)| {
                let percent = Decimal::new(*rate, 3).normalize();
                let part = amount.saturating_mul(percent);
                let whole = Decimal::ONE_HUNDRED;
                let over = if self.taxes_included { whole.saturating_add(percent) } else { whole };
                let amount = part.checked_div(over).unwrap_or_default().round_dp(2);
                StockTax { title: (*title).to_owned(), percent, amount }
            })
            .collect()
    }
}

fn line(
    random: &mut Random,
    shelves: &Shelves,
    discounts: &[StockDiscount],
    taxes: &Taxes,
) -> StockLine {
    let quantity = if random.once_in(4) { random.within(2, 12) } else { 1 };
    let quantity = u32::try_from(quantity).unwrap_or(1);
    let mut line = match shelves.product(random) {
        Some((index, product)) if !random.once_in(40) => {
            of_product(random, shelves, index, &product)
        }
        Some(_) | None => custom(random),
    };
    line.quantity = quantity;
    if random.once_in(25) {
        line.unit_price = Decimal::ZERO;
    }
    line.discounts = discounts
        .iter()
        .enumerate()
        .map(|(place, discount)| (place, off(discount, line.subtotal())))
        .filter(|(_, amount)| !amount.is_zero())
        .collect();
    if line.taxable {
        line.taxes = taxes.on(line.discounted());
    }
    if random.once_in(15) {
        line.attributes = vec![("Engraving".to_owned(), text(random, ODD_TEXTS))];
    }
    line
}

/// What a discount takes off a line; together the discounts take off half of it at most.
fn off(discount: &StockDiscount, subtotal: Decimal) -> Decimal {
    let part = match discount.percent {
        Some(percent) => {
            subtotal.saturating_mul(percent).checked_div(Decimal::ONE_HUNDRED).unwrap_or_default()
        }
        None => Decimal::new(500, 2),
    };
    let half = subtotal.checked_div(Decimal::TWO).unwrap_or_default();
    part.min(half).round_dp_with_strategy(2, rust_decimal::RoundingStrategy::ToZero)
}

fn of_product(
    random: &mut Random,
    shelves: &Shelves,
    index: u64,
    product: &StockProduct,
) -> StockLine {
    let places = u64::try_from(product.variants.len()).unwrap_or(0);
    let place = usize::try_from(random.below(places)).unwrap_or(0);
    let variant = product.variants.get(place);
    let names = product.options.iter().map(|option| option.name.clone());
    StockLine {
        product: Some(index),
        variant: place,
        title: product.title.clone(),
        options: variant.map_or_else(Vec::new, |variant| {
            names.zip(variant.option_values.iter().cloned()).collect()
        }),
        sku: variant.and_then(|variant| variant.sku.clone()),
        vendor: product.vendor.clone(),
        quantity: 1,
        unit_price: variant.map_or(Decimal::ZERO, |variant| variant.price),
        discounts: Vec::new(),
        taxes: Vec::new(),
        taxable: variant.is_some_and(|variant| variant.taxable),
        requires_shipping: variant.is_some_and(|variant| variant.requires_shipping),
        is_gift_card: product.is_gift_card,
        parts: parts(random, shelves, product, place),
        attributes: Vec::new(),
    }
}

/// The products of their own that a line stands for.
fn parts(
    random: &mut Random,
    shelves: &Shelves,
    product: &StockProduct,
    place: usize,
) -> Vec<StockLinePart> {
    let part = |index: u64, quantity: u32| {
        let product = (shelves.draw)(index)?;
        let sku = product.variants.first().and_then(|variant| variant.sku.clone());
        Some(StockLinePart { product: index, title: product.title.clone(), sku, quantity })
    };
    match &product.kind {
        ProductKind::Configurable { children } => {
            children.get(place).and_then(|child| part(*child, 1)).into_iter().collect()
        }
        ProductKind::Bundle { parts } => parts
            .iter()
            .filter_map(|of| {
                let choice = random.pick(&of.choices)?;
                part(choice.product, choice.quantity)
            })
            .collect(),
        ProductKind::Simple
        | ProductKind::Grouped { .. }
        | ProductKind::Virtual
        | ProductKind::Downloadable { .. } => Vec::new(),
    }
}

/// Something that never was a product.
fn custom(random: &mut Random) -> StockLine {
    StockLine {
        product: None,
        variant: 0,
        title: "Gift wrapping".to_owned(),
        options: Vec::new(),
        sku: None,
        vendor: String::new(),
        quantity: 1,
        unit_price: Decimal::new(i64::try_from(random.within(100, 900)).unwrap_or(100), 2),
        discounts: Vec::new(),
        taxes: Vec::new(),
        taxable: true,
        requires_shipping: true,
        is_gift_card: false,
        parts: Vec::new(),
        attributes: Vec::new(),
    }
}

fn discounts(random: &mut Random) -> Vec<StockDiscount> {
    let mut discounts = Vec::new();
    if random.once_in(5)
        && let Some((code, percent)) = random.pick(CODES)
    {
        discounts.push(StockDiscount {
            code: Some((*code).to_owned()),
            title: (*code).to_owned(),
            percent: percent.map(Decimal::from),
        });
    }
    if random.once_in(12) {
        let percent = Some(Decimal::from(5));
        discounts.push(StockDiscount { code: None, title: "Autumn sale".to_owned(), percent });
    }
    discounts
}

fn customer(random: &mut Random) -> StockCustomer {
    let number = random.below(CUSTOMERS);
    // One customer has one name, in all of their orders.
    let mut own = Random::of(number, &[41]);
    StockCustomer {
        number: CUSTOMER_FROM.saturating_add(number),
        first_name: text(&mut own, FIRST_NAMES),
        last_name: text(&mut own, LAST_NAMES),
    }
}

fn customer_mail(random: &mut Random, customer: Option<&StockCustomer>) -> Option<String> {
    match customer {
        Some(customer) => Some(format!("customer-{}@example.com", customer.number)),
        None => {
            (!random.once_in(10)).then(|| format!("guest-{}@example.org", random.below(90_000)))
        }
    }
}

fn phone(random: &mut Random) -> String {
    format!("+49 30 5550{:04}", random.below(10_000))
}

fn address(random: &mut Random, at: &Place, customer: Option<&StockCustomer>) -> StockAddress {
    let (first_name, last_name) = match customer {
        Some(customer) => (customer.first_name.clone(), customer.last_name.clone()),
        None => (text(random, FIRST_NAMES), text(random, LAST_NAMES)),
    };
    let mut street = vec![format!("{} {}", text(random, STREETS), random.within(1, 180))];
    if random.once_in(6) {
        street.push(format!("Floor {}", random.within(1, 9)));
    }
    let owned = |(code, name): (&str, &str)| (code.to_owned(), name.to_owned());
    StockAddress {
        first_name,
        last_name,
        company: random.once_in(8).then(|| text(random, COMPANIES)),
        street,
        city: at.city.to_owned(),
        region: at.region.map(owned),
        postal_code: at.postal_code.to_owned(),
        country: owned(at.country),
        phone: random.once_in(3).then(|| phone(random)),
    }
}

/// Where the goods go: mostly where the bill goes, sometimes to somebody else in the same place.
fn shipping_address(random: &mut Random, billing: Option<&StockAddress>) -> Option<StockAddress> {
    let mut address = billing?.clone();
    if random.once_in(5) {
        address.first_name = text(random, FIRST_NAMES);
        address.street = vec![format!("{} {}", text(random, STREETS), random.within(1, 180))];
        address.company = None;
    }
    Some(address)
}

fn presentment(random: &mut Random) -> Option<Presentment> {
    let (currency, rate) = random.pick(CURRENCIES)?;
    let rate = Decimal::new(*rate, 4).normalize();
    Some(Presentment { currency: currency.parse().ok()?, rate })
}

fn shipping_line(random: &mut Random, taxes: &Taxes) -> Option<StockShippingLine> {
    let (title, code, carrier, cents) = random.pick(SHIPPING)?;
    let price = Decimal::new(*cents, 2);
    let discount = if random.once_in(12) { price } else { Decimal::ZERO };
    Some(StockShippingLine {
        title: (*title).to_owned(),
        code: (*code).to_owned(),
        carrier: (*carrier).to_owned(),
        price,
        discount,
        taxes: taxes.on(price.saturating_sub(discount)),
    })
}

fn tags(random: &mut Random) -> Vec<String> {
    let count = random.below(5).saturating_sub(2);
    let mut tags: Vec<_> = (0..count).map(|_| text(random, ORDER_TAGS)).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

fn attributes(random: &mut Random) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    if random.once_in(6) {
        attributes.push(("Delivery day".to_owned(), "2026-12-24".to_owned()));
    }
    if random.once_in(9) {
        attributes.push(("Greeting".to_owned(), text(random, ODD_TEXTS)));
    }
    attributes
}

fn metafields(random: &mut Random, place: u64) -> Vec<StockMetafield> {
    let count = if place == MANY_METAFIELDS_AT {
        random.within(MANY_METAFIELDS.0, MANY_METAFIELDS.1)
    } else {
        random.below(6).saturating_sub(3)
    };
    (1..=count)
        .map(|number| StockMetafield {
            namespace: "custom".to_owned(),
            key: format!("order_field_{number}"),
            value_type: "single_line_text_field".to_owned(),
            value: text(random, ODD_TEXTS),
        })
        .collect()
}

pub(super) fn text(random: &mut Random, from: &[&str]) -> String {
    random.pick(from).copied().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::stock::{PaymentAction, PaymentState, flat, generate};

    fn shelves(count: u64) -> Shelves {
        Shelves { count, draw: Arc::new(|index| Some(Arc::new(generate::product(3, index)))) }
    }

    fn some() -> Vec<StockOrder> {
        (0..500).map(|index| order(3, index, &shelves(900))).collect()
    }

    #[test]
    fn an_order_is_the_same_whatever_was_drawn_before() {
        let alone = order(42, 9_000, &shelves(50));
        for index in 0..20 {
            order(42, index, &shelves(50));
        }
        assert_eq!(order(42, 9_000, &shelves(50)), alone);
        assert_ne!(order(43, 9_000, &shelves(50)), alone);
    }

    #[test]
    fn an_order_of_a_store_without_products_holds_what_never_was_one() {
        let order = order(3, 1, &shelves(0));
        assert!(order.lines.iter().all(|line| line.product.is_none()));
    }

    #[test]
    fn no_more_is_given_back_than_was_paid_and_no_more_is_sent_than_was_bought() {
        for (index, order) in some().iter().enumerate() {
            assert!(order.refunded() <= order.paid(), "{index}");
            for (place, line) in order.lines.iter().enumerate() {
                assert!(order.quantity_refunded(place) <= line.quantity, "{index}");
                assert!(order.quantity_fulfilled(place) <= line.quantity, "{index}");
                assert!(line.discount() <= line.subtotal(), "{index}");
            }
            let back: Decimal = order
                .payments
                .iter()
                .filter(|payment| payment.action == PaymentAction::Refund)
                .map(|payment| payment.amount)
                .sum();
            assert_eq!(back, order.refunded(), "{index}");
        }
    }

    #[test]
    fn what_becomes_of_an_order_comes_in_order_and_within_twenty_days() {
        for order in some() {
            let moments: Vec<_> = order.history.iter().map(|entry| entry.after_s).collect();
            assert!(moments.is_sorted(), "{moments:?}");
            let sent = order.fulfillments.iter().map(|sent| sent.after_s);
            let moments = sent.chain(moments).chain(order.closed_after_s);
            assert!(moments.max().unwrap() < 20 * 86_400);
        }
    }

    #[test]
    fn among_five_hundred_orders_is_one_of_every_sort() {
        let orders = some();
        let any = |holds: fn(&StockOrder) -> bool| orders.iter().any(holds);
        assert!(any(|order| order.lines.len() > 50));
        assert!(any(|order| order.metafields.len() > 10));
        assert!(any(|order| order.customer.is_none()));
        assert!(any(|order| order.presentment.is_some()));
        assert!(any(|order| order.canceled.is_some()));
        assert!(any(|order| order.shipping.is_none()));
        assert!(any(|order| order.total().is_zero()));
        assert!(any(|order| order.discounts.len() > 1));
        assert!(any(|order| order.refunded() == order.paid() && !order.refunds.is_empty()));
        assert!(any(|order| order.paid() < order.total() && !order.paid().is_zero()));
        assert!(any(|order| order.fulfillments.len() > 1));
        assert!(any(|order| order.lines.iter().any(|line| line.unit_price.is_zero())));
        let failed = |order: &StockOrder| {
            order.payments.iter().any(|payment| payment.state == PaymentState::Failure)
        };
        assert!(any(failed));
        let stages: BTreeSet<_> =
            orders.iter().map(|order| format!("{:?}", order.stage())).collect();
        assert_eq!(stages.len(), 7, "{stages:?}");
    }

    #[test]
    fn a_line_of_a_product_that_stands_for_others_names_them() {
        let draw = |index| Some(Arc::new(flat::product(3, index, 400)));
        let shelves = Shelves { count: 400, draw: Arc::new(draw) };
        let mut sorts = BTreeSet::new();
        for index in 0..300 {
            for line in order(3, index, &shelves).lines {
                let Some(product) = line.product else { continue };
                let (sort, parts) = match flat::product(3, product, 400).kind {
                    ProductKind::Configurable { .. } => ("configurable", 1),
                    ProductKind::Bundle { parts } => ("bundle", parts.len()),
                    ProductKind::Simple
                    | ProductKind::Grouped { .. }
                    | ProductKind::Virtual
                    | ProductKind::Downloadable { .. } => ("alone", 0),
                };
                assert_eq!(line.parts.len(), parts, "{index}");
                sorts.insert(sort);
            }
        }
        assert_eq!(sorts.len(), 3);
    }
}
