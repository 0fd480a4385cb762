//! An order as the vendor shows it, and what belongs to it.

mod amounts;
mod creditmemo;
mod invoice;
mod items;
mod people;
mod shipment;
mod transaction;
mod whole;

use flyball_domain::Currency;
use rust_decimal::Decimal;

pub(super) use amounts::{Amounts, LineAmounts, ShippingAmounts, subtotal};
pub(super) use invoice::part_id;
pub(super) use items::{Item, ItemKind};
pub(super) use transaction::action;

use super::condition::time_text;
use super::product::Shelves;
use crate::stock::{OrderStage, PaymentAction, PaymentState, Shown, StockOrder, StockPayment};

/// Digits behind the point that an amount in the buyer's currency is rounded to.
const SHOWN_DIGITS: u32 = 2;
/// The shop's view that orders are placed in.
const STORE_ID: u32 = 1;

/// An order with what is told of its lines.
#[derive(Debug)]
pub(super) struct Sale<'a> {
    pub(super) shelves: Shelves<'a>,
    pub(super) index: u64,
    pub(super) created_at: u64,
    pub(super) updated_at: u64,
    pub(super) stock: &'a StockOrder,
    pub(super) items: Vec<Item<'a>>,
}

impl<'a> Sale<'a> {
    pub(super) fn new(shelves: Shelves<'a>, shown: &'a Shown<StockOrder>) -> Self {
        Self {
            shelves,
            index: shown.index,
            created_at: shown.created_at,
            updated_at: shown.updated_at,
            stock: &shown.item,
            items: items::of(shelves, shown),
        }
    }

    /// What prices are in.
    pub(super) const fn currency(&self) -> Currency {
        self.shelves.shop.currency
    }

    /// What the buyer saw.
    pub(super) fn shown_currency(&self) -> Currency {
        self.stock.presentment.map_or(self.currency(), |shown| shown.currency)
    }

    /// How much of it one of the shop's is.
    pub(super) fn rate(&self) -> Decimal {
        self.stock.presentment.map_or(Decimal::ONE, |shown| shown.rate)
    }

    /// An amount as the buyer saw it.
    pub(super) fn shown(&self, amount: Decimal) -> Decimal {
        match self.stock.presentment {
            None => amount,
            Some(shown) => amount.saturating_mul(shown.rate).round_dp(SHOWN_DIGITS),
        }
    }

    /// A moment after it was placed, as a text.
    pub(super) fn time(&self, after_s: u64) -> String {
        time_text(self.moment(after_s))
    }

    /// A moment after it was placed, in Unix milliseconds.
    pub(super) const fn moment(&self, after_s: u64) -> u64 {
        self.created_at.saturating_add(after_s.saturating_mul(1_000))
    }

    /// Whether there is nothing to ship.
    pub(super) const fn is_virtual(&self) -> bool {
        self.stock.shipping.is_none()
    }

    /// Whether a guest bought.
    pub(super) const fn is_guest(&self) -> bool {
        self.stock.customer.is_none()
    }

    /// The vendor's words for how far it is: state and status.
    pub(super) fn state(&self) -> &'static str {
        state(self.stock.stage())
    }

    /// What was canceled of it: all, when nothing was paid before it was.
    pub(super) fn is_canceled(&self) -> bool {
        self.stock.canceled.is_some() && self.stock.paid().is_zero()
    }

    /// Its payments that a gateway carried out, with their places.
    pub(super) fn done(&self) -> impl Iterator<Item = (usize, &'a StockPayment)> {
        let payments = self.stock.payments.iter().enumerate();
        payments.filter(|(_, payment)| payment.state == PaymentState::Success)
    }

    /// Those that took money, each of which is an invoice.
    pub(super) fn takings(&self) -> impl Iterator<Item = (usize, &'a StockPayment)> {
        self.done().filter(|(_, payment)| {
            matches!(payment.action, PaymentAction::Sale | PaymentAction::Capture)
        })
    }

    /// What a gateway knows a payment by.
    pub(super) fn reference(&self, place: usize) -> Option<String> {
        let payment = self.stock.payments.get(place)?;
        let suffix = match payment.action {
            PaymentAction::Sale | PaymentAction::Authorization => "",
            PaymentAction::Capture => "-capture",
            PaymentAction::Void => "-void",
            PaymentAction::Refund => "-refund",
        };
        Some(match &payment.reference {
            Some(reference) => format!("{reference}{suffix}"),
            None => format!("{}-{place}{suffix}", super::ids::number(self.index)),
        })
    }
}

/// The vendor's word for how far an order is. Out of the box state and status are called alike, but
/// for new ones.
pub(super) const fn state(stage: OrderStage) -> &'static str {
    match stage {
        OrderStage::Pending => "new",
        OrderStage::Processing | OrderStage::PartiallyShipped => "processing",
        OrderStage::Complete | OrderStage::PartiallyRefunded => "complete",
        OrderStage::Refunded => "closed",
        OrderStage::Canceled => "canceled",
    }
}

/// The status that goes with a state.
pub(super) const fn status(stage: OrderStage) -> &'static str {
    match stage {
        OrderStage::Pending => "pending",
        OrderStage::Processing
        | OrderStage::PartiallyShipped
        | OrderStage::Complete
        | OrderStage::PartiallyRefunded
        | OrderStage::Refunded
        | OrderStage::Canceled => state(stage),
    }
}
