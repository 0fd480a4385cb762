//! What becomes of a made-up order once it is placed: payments, parcels, refunds, its end.

use rust_decimal::Decimal;

use super::LOCATIONS;
use super::draw_order::text;
use super::order::{
    CancelReason, OrderStage, PaymentAction, PaymentState, Restock, StockCancel, StockFulfillment,
    StockHistory, StockOrder, StockPayment, StockRefund, StockRefundLine, StockReturn,
    StockTracking,
};
use super::words::{GATEWAYS, REASONS};
use crate::random::Random;

const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 24 * HOUR_S;
const CARRIERS: &[&str] = &["DHL", "UPS", "Post"];

/// Lets an order meet its fate: most are paid, sent and done.
pub(super) fn befall(order: &mut StockOrder, random: &mut Random) {
    say(order, 0, OrderStage::Pending, None);
    match random.below(100) {
        0..=3 => {}
        4..=6 => {
            pay(order, random, PaymentAction::Authorization, 1);
        }
        7..=8 => pay_partly(order, random),
        9..=10 => {
            pay(order, random, PaymentAction::Authorization, 1);
            void(order);
            cancel(order, random, 2 * HOUR_S);
        }
        11..=13 => {
            let payment = pay(order, random, PaymentAction::Sale, 1);
            refund(order, random, HOUR_S, payment, Restock::Cancel, Share::All);
            cancel(order, random, HOUR_S);
        }
        14..=23 => {
            pay(order, random, PaymentAction::Sale, 1);
        }
        24..=27 => {
            pay(order, random, PaymentAction::Sale, 1);
            send(order, random, DAY_S, Share::Some);
        }
        28..=35 => {
            let payment = pay(order, random, PaymentAction::Sale, 1);
            send(order, random, DAY_S, Share::All);
            returned(order, random, 8 * DAY_S);
            refund(order, random, 10 * DAY_S, payment, Restock::Return, Share::Some);
        }
        36..=37 => {
            let payment = pay(order, random, PaymentAction::Sale, 1);
            send(order, random, DAY_S, Share::All);
            refund(order, random, 12 * DAY_S, payment, Restock::NoRestock, Share::All);
        }
        38..=47 => {
            capture(order, random);
            send(order, random, 2 * DAY_S, Share::All);
            order.closed_after_s = Some(2 * DAY_S);
        }
        _ => {
            pay(order, random, PaymentAction::Sale, 1);
            let days = random.within(1, 4);
            send(order, random, days.saturating_mul(DAY_S), Share::All);
            order.closed_after_s = Some(days.saturating_mul(DAY_S));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Share {
    All,
    Some,
}

fn say(order: &mut StockOrder, after_s: u64, stage: OrderStage, comment: Option<&str>) {
    let comment = comment.map(str::to_owned);
    order.history.push(StockHistory { after_s, stage, comment });
}

/// Pays the whole; some payments fail first. Returns the place of the one that went well.
fn pay(
    order: &mut StockOrder,
    random: &mut Random,
    action: PaymentAction,
    after_s: u64,
) -> Option<usize> {
    let amount = order.total();
    if amount.is_zero() {
        say(order, after_s, OrderStage::Processing, Some("nothing to pay"));
        return None;
    }
    let (gateway, method) = random.pick(GATEWAYS).copied().unwrap_or(("manual", None));
    let payment = |state, after_s, reference| StockPayment {
        action,
        state,
        gateway: gateway.to_owned(),
        method: method.map(str::to_owned),
        amount,
        after_s,
        parent: None,
        reference,
    };
    if random.once_in(15) {
        order.payments.push(payment(PaymentState::Failure, after_s, None));
    }
    let after_s = after_s.saturating_add(30);
    let reference = Some(format!("ref-{:010x}", random.below(1 << 40)));
    order.payments.push(payment(PaymentState::Success, after_s, reference));
    if action == PaymentAction::Sale {
        say(order, after_s, OrderStage::Processing, None);
    }
    order.payments.len().checked_sub(1)
}

fn pay_partly(order: &mut StockOrder, random: &mut Random) {
    if let Some(place) = pay(order, random, PaymentAction::Sale, 1)
        && let Some(payment) = order.payments.get_mut(place)
    {
        let third = payment.amount.checked_div(Decimal::from(3)).unwrap_or_default();
        payment.amount = third.round_dp(2).max(Decimal::new(1, 2)).min(payment.amount);
    }
}

fn capture(order: &mut StockOrder, random: &mut Random) {
    let Some(parent) = pay(order, random, PaymentAction::Authorization, 1) else { return };
    goes_on(order, parent, PaymentAction::Capture, DAY_S);
    say(order, DAY_S, OrderStage::Processing, Some("captured"));
}

fn void(order: &mut StockOrder) {
    if let Some(parent) = order.payments.len().checked_sub(1) {
        goes_on(order, parent, PaymentAction::Void, 2 * HOUR_S);
    }
}

/// A payment that goes on from another, over the same amount.
fn goes_on(
    order: &mut StockOrder,
    parent: usize,
    action: PaymentAction,
    after_s: u64,
) -> Option<usize> {
    let mut payment = order.payments.get(parent)?.clone();
    payment.action = action;
    payment.after_s = after_s;
    payment.parent = Some(parent);
    order.payments.push(payment);
    order.payments.len().checked_sub(1)
}

fn cancel(order: &mut StockOrder, random: &mut Random, after_s: u64) {
    let reasons = [
        CancelReason::Customer,
        CancelReason::Declined,
        CancelReason::Fraud,
        CancelReason::Inventory,
        CancelReason::Other,
    ];
    let reason = random.pick(&reasons).copied().unwrap_or(CancelReason::Other);
    order.canceled = Some(StockCancel { after_s, reason });
    order.closed_after_s = Some(after_s);
    say(order, after_s, OrderStage::Canceled, None);
}

fn send(order: &mut StockOrder, random: &mut Random, after_s: u64, share: Share) {
    let whole: Vec<(usize, u32)> = order
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.requires_shipping)
        .map(|(place, line)| (place, line.quantity))
        .collect();
    let half = whole.len().div_ceil(2);
    let (first, second) = whole.split_at(half);
    let parcels: Vec<&[(usize, u32)]> = match share {
        Share::Some => vec![first],
        Share::All if random.once_in(6) => vec![first, second],
        Share::All => vec![&whole],
    };
    for (lines, days) in parcels.into_iter().zip(0_u64..) {
        if lines.is_empty() {
            continue;
        }
        order.fulfillments.push(StockFulfillment {
            after_s: after_s.saturating_add(days.saturating_mul(DAY_S)),
            canceled: false,
            location: usize::from(random.once_in(4)).min(LOCATIONS.len()),
            tracking: tracking(random),
            lines: lines.to_vec(),
        });
    }
    let is_all = share == Share::All || half == whole.len();
    let stage = if is_all { OrderStage::Complete } else { OrderStage::PartiallyShipped };
    say(order, after_s, stage, None);
}

fn tracking(random: &mut Random) -> Vec<StockTracking> {
    if random.once_in(6) {
        return Vec::new();
    }
    let parcels = if random.once_in(10) { 2 } else { 1 };
    (0..parcels)
        .map(|_| {
            let number = format!("JD{:012}", random.below(1_000_000_000_000));
            StockTracking {
                url: random.once_in(2).then(|| format!("https://parcels.example.com/{number}")),
                number: (!random.once_in(20)).then_some(number),
                carrier: (!random.once_in(8)).then(|| text(random, CARRIERS)),
            }
        })
        .collect()
}

fn returned(order: &mut StockOrder, random: &mut Random, after_s: u64) {
    if order.lines.first().is_some_and(|line| line.requires_shipping) {
        order.returns.push(StockReturn {
            after_s,
            arrived: !random.once_in(3),
            lines: vec![(0, 1)],
            reason: text(random, REASONS),
        });
    }
}

/// Gives back everything, or one of the first line.
fn refund(
    order: &mut StockOrder,
    random: &mut Random,
    after_s: u64,
    payment: Option<usize>,
    restock: Restock,
    share: Share,
) {
    let lines: Vec<_> = match share {
        Share::All => order
            .lines
            .iter()
            .enumerate()
            .map(|(line, of)| StockRefundLine {
                line,
                quantity: of.quantity,
                restock,
                subtotal: of.discounted(),
                tax: of.tax(),
            })
            .collect(),
        Share::Some => order.lines.first().map(|of| one_of(of, restock)).into_iter().collect(),
    };
    let shipping_tax = if order.taxes_included {
        Decimal::ZERO
    } else {
        order
            .shipping_lines
            .iter()
            .flat_map(|line| &line.taxes)
            .fold(Decimal::ZERO, |total, tax| total.saturating_add(tax.amount))
    };
    let mut refund = StockRefund {
        after_s,
        note: random.once_in(2).then(|| text(random, REASONS)),
        lines,
        shipping: match share {
            Share::All => order.shipping_price().saturating_add(shipping_tax),
            Share::Some => Decimal::ZERO,
        },
        adjustment: Decimal::ZERO,
        payment: None,
    };
    let amount = refund.total(order.taxes_included);
    if let Some(parent) = payment
        && !amount.is_zero()
        && let Some(place) = goes_on(order, parent, PaymentAction::Refund, after_s)
        && let Some(back) = order.payments.get_mut(place)
    {
        back.amount = amount;
        refund.payment = Some(place);
    }
    order.refunds.push(refund);
    let stage = match share {
        Share::All => OrderStage::Refunded,
        Share::Some => OrderStage::PartiallyRefunded,
    };
    say(order, after_s, stage, None);
}

/// One of a line, at its share of what the whole line came to.
fn one_of(line: &super::order::StockLine, restock: Restock) -> StockRefundLine {
    let quantity = Decimal::from(line.quantity.max(1));
    let share = |amount: Decimal| amount.checked_div(quantity).unwrap_or_default().round_dp(2);
    StockRefundLine {
        line: 0,
        quantity: 1,
        restock,
        subtotal: share(line.discounted()),
        tax: share(line.tax()),
    }
}
