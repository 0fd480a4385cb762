use flyball_domain::Currency;
use rust_decimal::Decimal;

use super::StockMetafield;

/// An order as the store keeps it. Ids, number and the times of making and of last change are the
/// store's to give.
///
/// Amounts are in the store's currency. Moments are seconds after the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockOrder {
    /// Who bought; `None` of a guest.
    pub customer: Option<StockCustomer>,
    /// The buyer's mail address.
    pub email: Option<String>,
    /// The buyer's telephone number.
    pub phone: Option<String>,
    /// Where the bill goes.
    pub billing: Option<StockAddress>,
    /// Where the goods go; `None` where there is nothing to ship.
    pub shipping: Option<StockAddress>,
    /// What the buyer saw, where it was not the store's currency.
    pub presentment: Option<Presentment>,
    /// Whether prices hold the taxes already.
    pub taxes_included: bool,
    /// What was bought, at least one.
    pub lines: Vec<StockLine>,
    /// What reduces it; each line says how much of it.
    pub discounts: Vec<StockDiscount>,
    /// Ways of shipping that were paid for.
    pub shipping_lines: Vec<StockShippingLine>,
    /// What moved money, or was to, in the order it happened.
    pub payments: Vec<StockPayment>,
    /// What was given back.
    pub refunds: Vec<StockRefund>,
    /// What came back, or is to.
    pub returns: Vec<StockReturn>,
    /// What was sent.
    pub fulfillments: Vec<StockFulfillment>,
    /// When and why it was canceled.
    pub canceled: Option<StockCancel>,
    /// When nothing was left to do.
    pub closed_after_s: Option<u64>,
    /// What became of it, oldest first.
    pub history: Vec<StockHistory>,
    /// What the buyer wrote.
    pub note: Option<String>,
    /// What the staff wrote.
    pub staff_note: Option<String>,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// How likely it is a fraud.
    pub risk: RiskLevel,
    /// Where it was placed, such as `web` or `pos`.
    pub channel: String,
    /// Whether it is only a test.
    pub test: bool,
    /// The address of the buyer's computer.
    pub ip: Option<String>,
    /// What the theme or the buyer added, as (name, value).
    pub attributes: Vec<(String, String)>,
    /// What an app or the retailer added.
    pub metafields: Vec<StockMetafield>,
}

/// A registered customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockCustomer {
    /// Their number.
    pub number: u64,
    /// Their first name.
    pub first_name: String,
    /// Their last name.
    pub last_name: String,
}

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockAddress {
    /// Whose.
    pub first_name: String,
    /// Whose.
    pub last_name: String,
    /// Whose, if a company's.
    pub company: Option<String>,
    /// Street and number, one or two lines.
    pub street: Vec<String>,
    /// City.
    pub city: String,
    /// State or province, as (code, name).
    pub region: Option<(String, String)>,
    /// Postal code.
    pub postal_code: String,
    /// Country, as (two letters, name).
    pub country: (String, String),
    /// Telephone number.
    pub phone: Option<String>,
}

/// The buyer's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presentment {
    /// Which.
    pub currency: Currency,
    /// How much of it one of the store's is.
    pub rate: Decimal,
}

/// Something that was bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockLine {
    /// The product's index; `None` of something that never was a product.
    pub product: Option<u64>,
    /// The place of the variant within the product, from 0.
    pub variant: usize,
    /// What the product is called.
    pub title: String,
    /// The values of the variant's options, as (name, value).
    pub options: Vec<(String, String)>,
    /// The stock-keeping unit.
    pub sku: Option<String>,
    /// The maker.
    pub vendor: String,
    /// How many.
    pub quantity: u32,
    /// What one costs.
    pub unit_price: Decimal,
    /// What discounts take off all of them, as (place among the order's discounts, amount).
    pub discounts: Vec<(usize, Decimal)>,
    /// Its taxes.
    pub taxes: Vec<StockTax>,
    /// Whether it is taxed.
    pub taxable: bool,
    /// Whether it must be shipped.
    pub requires_shipping: bool,
    /// Whether it is a gift card.
    pub is_gift_card: bool,
    /// The products of their own that it stands for: the one chosen of a configurable product, those
    /// of a bundle.
    pub parts: Vec<StockLinePart>,
    /// What the buyer typed, as (name, value).
    pub attributes: Vec<(String, String)>,
}

/// A product of its own that a line stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockLinePart {
    /// Its index.
    pub product: u64,
    /// What it is called.
    pub title: String,
    /// The stock-keeping unit.
    pub sku: Option<String>,
    /// How many in one of the line.
    pub quantity: u32,
}

/// What reduces an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockDiscount {
    /// What the buyer typed; `None` where nothing had to be.
    pub code: Option<String>,
    /// What it is called.
    pub title: String,
    /// In percent, where it is that.
    pub percent: Option<Decimal>,
}

/// A tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockTax {
    /// What it is called.
    pub title: String,
    /// Its rate in percent.
    pub percent: Decimal,
    /// What it comes to.
    pub amount: Decimal,
}

/// A way of shipping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockShippingLine {
    /// What it is called.
    pub title: String,
    /// What machines know it by.
    pub code: String,
    /// Who carries it.
    pub carrier: String,
    /// What it costs.
    pub price: Decimal,
    /// What discounts take off.
    pub discount: Decimal,
    /// Its taxes.
    pub taxes: Vec<StockTax>,
}

/// Something that moved money, or was to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockPayment {
    /// What it did.
    pub action: PaymentAction,
    /// What came of it.
    pub state: PaymentState,
    /// Who carried it out.
    pub gateway: String,
    /// What the buyer paid with, such as `Visa`.
    pub method: Option<String>,
    /// How much.
    pub amount: Decimal,
    /// When.
    pub after_s: u64,
    /// The place of the payment that it goes on from.
    pub parent: Option<usize>,
    /// What the gateway knows it by.
    pub reference: Option<String>,
}

/// What a payment does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentAction {
    /// Takes money.
    Sale,
    /// Reserves money.
    Authorization,
    /// Takes what was reserved.
    Capture,
    /// Lets go of what was reserved.
    Void,
    /// Gives money back.
    Refund,
}

/// What came of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentState {
    /// It went well.
    Success,
    /// It failed.
    Failure,
    /// It is not known yet.
    Pending,
}

/// Something that was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockRefund {
    /// When.
    pub after_s: u64,
    /// Why.
    pub note: Option<String>,
    /// For what.
    pub lines: Vec<StockRefundLine>,
    /// For shipping.
    pub shipping: Decimal,
    /// For nothing in particular.
    pub adjustment: Decimal,
    /// The place of the payment that carries it out, where one does.
    pub payment: Option<usize>,
}

/// A line of an order that was given back, or some of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockRefundLine {
    /// The place of the line.
    pub line: usize,
    /// How many.
    pub quantity: u32,
    /// What became of the goods.
    pub restock: Restock,
    /// What was given back for them, after discounts.
    pub subtotal: Decimal,
    /// Its taxes.
    pub tax: Decimal,
}

/// What became of goods that were given back.
#[expect(clippy::enum_variant_names, reason = "the vendors' own words")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restock {
    /// They were never sent.
    Cancel,
    /// They came back and are for sale again.
    Return,
    /// They are not for sale again.
    NoRestock,
}

/// Goods that come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockReturn {
    /// When it was asked for.
    pub after_s: u64,
    /// Whether they have arrived.
    pub arrived: bool,
    /// What, as (place of the line, how many).
    pub lines: Vec<(usize, u32)>,
    /// Why.
    pub reason: String,
}

/// Something that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockFulfillment {
    /// When.
    pub after_s: u64,
    /// Whether it was called back.
    pub canceled: bool,
    /// From which of the store's locations, from 0.
    pub location: usize,
    /// Its parcels.
    pub tracking: Vec<StockTracking>,
    /// What is in it, as (place of the line, how many).
    pub lines: Vec<(usize, u32)>,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockTracking {
    /// Who carries it.
    pub carrier: Option<String>,
    /// The carrier's number.
    pub number: Option<String>,
    /// Where to look.
    pub url: Option<String>,
}

/// An end before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockCancel {
    /// When.
    pub after_s: u64,
    /// Why.
    pub reason: CancelReason,
}

/// Why an order was canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// The buyer wanted it.
    Customer,
    /// It was not paid.
    Declined,
    /// It looked like a fraud.
    Fraud,
    /// There was nothing left.
    Inventory,
    /// Something else.
    Other,
}

/// Something that became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockHistory {
    /// When.
    pub after_s: u64,
    /// How far it was then.
    pub stage: OrderStage,
    /// What was said of it.
    pub comment: Option<String>,
}

/// How far an order is as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderStage {
    /// It waits for money.
    Pending,
    /// It is paid and not sent.
    Processing,
    /// Some of it is sent.
    PartiallyShipped,
    /// Nothing is left to do.
    Complete,
    /// Some of it was given back.
    PartiallyRefunded,
    /// All of it was given back.
    Refunded,
    /// It was canceled.
    Canceled,
}

/// How likely an order is a fraud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskLevel {
    /// Unlikely.
    Low,
    /// Perhaps.
    Medium,
    /// Likely.
    High,
}

impl StockLine {
    /// What all of them cost before discounts and taxes.
    pub fn subtotal(&self) -> Decimal {
        self.unit_price.saturating_mul(self.quantity.into())
    }

    /// What all discounts take off.
    pub fn discount(&self) -> Decimal {
        sum(self.discounts.iter().map(|(_, amount)| *amount))
    }

    /// What its taxes come to.
    pub fn tax(&self) -> Decimal {
        taxes(&self.taxes)
    }

    /// What all of them cost after discounts, before taxes that are not included.
    pub fn discounted(&self) -> Decimal {
        self.subtotal().saturating_sub(self.discount())
    }
}

impl StockShippingLine {
    /// What it costs after discounts.
    pub fn discounted(&self) -> Decimal {
        self.price.saturating_sub(self.discount)
    }
}

impl StockRefund {
    /// What was given back in all, where prices hold the taxes already or not.
    pub fn total(&self, taxes_included: bool) -> Decimal {
        let lines = sum(self.lines.iter().map(|line| {
            let tax = if taxes_included { Decimal::ZERO } else { line.tax };
            line.subtotal.saturating_add(tax)
        }));
        lines.saturating_add(self.shipping).saturating_add(self.adjustment)
    }
}

impl StockOrder {
    /// Its lines after discounts.
    pub fn subtotal(&self) -> Decimal {
        sum(self.lines.iter().map(StockLine::discounted))
    }

    /// All discounts, on lines and on shipping.
    pub fn discount(&self) -> Decimal {
        let lines = sum(self.lines.iter().map(StockLine::discount));
        lines.saturating_add(sum(self.shipping_lines.iter().map(|line| line.discount)))
    }

    /// Shipping after discounts.
    pub fn shipping_price(&self) -> Decimal {
        sum(self.shipping_lines.iter().map(StockShippingLine::discounted))
    }

    /// All taxes, on lines and on shipping.
    pub fn tax(&self) -> Decimal {
        let lines = sum(self.lines.iter().map(StockLine::tax));
        lines.saturating_add(sum(self.shipping_lines.iter().map(|line| taxes(&line.taxes))))
    }

    /// What the buyer was to pay when it was placed.
    pub fn total(&self) -> Decimal {
        let tax = if self.taxes_included { Decimal::ZERO } else { self.tax() };
        self.subtotal().saturating_add(self.shipping_price()).saturating_add(tax)
    }

    /// What was taken from the buyer.
    pub fn paid(&self) -> Decimal {
        self.moved(&[PaymentAction::Sale, PaymentAction::Capture])
    }

    /// What was given back.
    pub fn refunded(&self) -> Decimal {
        sum(self.refunds.iter().map(|refund| refund.total(self.taxes_included)))
    }

    /// How many of a line were given back.
    pub fn quantity_refunded(&self, line: usize) -> u32 {
        let lines = self.refunds.iter().flat_map(|refund| &refund.lines);
        lines
            .filter(|refunded| refunded.line == line)
            .fold(0, |total, refunded| total.saturating_add(refunded.quantity))
    }

    /// How many of a line were sent.
    pub fn quantity_fulfilled(&self, line: usize) -> u32 {
        let sent = self.fulfillments.iter().filter(|sent| !sent.canceled);
        sent.flat_map(|sent| &sent.lines)
            .filter(|(place, _)| *place == line)
            .fold(0, |total, (_, quantity)| total.saturating_add(*quantity))
    }

    /// How far it is as a whole.
    pub fn stage(&self) -> OrderStage {
        self.history.last().map_or(OrderStage::Pending, |last| last.stage)
    }

    /// Its taxes by title and rate, over lines and shipping.
    pub fn taxes(&self) -> Vec<StockTax> {
        let mut found: Vec<StockTax> = Vec::new();
        let lines = self.lines.iter().flat_map(|line| &line.taxes);
        for tax in lines.chain(self.shipping_lines.iter().flat_map(|line| &line.taxes)) {
            let alike =
                |other: &&mut StockTax| other.title == tax.title && other.percent == tax.percent;
            match found.iter_mut().find(alike) {
                Some(before) => before.amount = before.amount.saturating_add(tax.amount),
                None => found.push(tax.clone()),
            }
        }
        found
    }

    fn moved(&self, actions: &[PaymentAction]) -> Decimal {
        sum(self
            .payments
            .iter()
            .filter(|payment| payment.state == PaymentState::Success)
            .filter(|payment| actions.contains(&payment.action))
            .map(|payment| payment.amount))
    }
}

fn taxes(taxes: &[StockTax]) -> Decimal {
    sum(taxes.iter().map(|tax| tax.amount))
}

fn sum(amounts: impl Iterator<Item = Decimal>) -> Decimal {
    amounts.fold(Decimal::ZERO, Decimal::saturating_add)
}
