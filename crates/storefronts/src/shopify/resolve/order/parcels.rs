use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::super::execute::{Held, Object};
use super::super::super::ids::gid;
use super::super::super::select::Picked;
use super::super::page;
use super::{Part, Sale, name};
use crate::stock::{StockLine, StockOrder};

/// The place of a line among those of all fulfillments.
pub(super) fn sent_line_place(order: &StockOrder, parcel: usize, place: usize) -> usize {
    let before: usize = order.fulfillments.iter().take(parcel).map(|sent| sent.lines.len()).sum();
    before.saturating_add(place)
}

impl Sale<'_> {
    /// A field of `Fulfillment`.
    pub(super) fn fulfillment(&self, place: usize, picked: &Picked<'_>) -> Held {
        let order = self.order();
        let Some(sent) = order.fulfillments.get(place) else { return Held::NULL };
        match picked.name() {
            "createdAt" | "updatedAt" => self.at(sent.after_s).into(),
            "displayStatus" => if sent.canceled { "CANCELED" } else { "FULFILLED" }.into(),
            "fulfillmentLineItems" => {
                let items = (0..sent.lines.len())
                    .map(|line| {
                        let number = self.child(sent_line_place(order, place, line));
                        (number, self.part(Part::Sent(place, line)))
                    })
                    .collect();
                page(picked.page.as_ref(), items)
            }
            "id" => gid("Fulfillment", self.child(place)).into(),
            "legacyResourceId" => self.child(place).to_string().into(),
            "location" => Held::One(Object::Location(sent.location)),
            "name" => format!("{}-F{}", name(self.shown.index), place.saturating_add(1)).into(),
            "order" => self.one(Part::Whole),
            "requiresShipping" => true.into(),
            "service" => json!({
                "handle": "manual",
                "id": gid("FulfillmentService", 1),
                "serviceName": "Manual",
                "type": "MANUAL",
            })
            .into(),
            "status" => if sent.canceled { "CANCELLED" } else { "SUCCESS" }.into(),
            "totalQuantity" => sent
                .lines
                .iter()
                .fold(0_u32, |all, (_, quantity)| all.saturating_add(*quantity))
                .into(),
            "trackingInfo" => {
                let most = picked.args.get("first").and_then(Value::as_u64);
                let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
                let parcels: Value = sent
                    .tracking
                    .iter()
                    .take(most)
                    .map(|parcel| {
                        json!({
                            "company": parcel.carrier,
                            "number": parcel.number,
                            "url": parcel.url,
                        })
                    })
                    .collect();
                parcels.into()
            }
            _ => Held::NULL,
        }
    }

    /// A field of `FulfillmentLineItem`.
    pub(super) fn sent(&self, parcel: usize, place: usize, picked: &Picked<'_>) -> Held {
        let order = self.order();
        let lines = order.fulfillments.get(parcel).map(|sent| &sent.lines);
        let Some((line, quantity)) = lines.and_then(|lines| lines.get(place)) else {
            return Held::NULL;
        };
        let share = |of: fn(&StockLine) -> Decimal| {
            let line = order.lines.get(*line);
            line.map_or(Decimal::ZERO, |line| {
                let each = of(line).checked_div(line.quantity.max(1).into()).unwrap_or_default();
                each.saturating_mul((*quantity).into()).round_dp(2)
            })
        };
        match picked.name() {
            "discountedTotalSet" => self.money(share(StockLine::discounted)).into(),
            "id" => {
                gid("FulfillmentLineItem", self.child(sent_line_place(order, parcel, place))).into()
            }
            "lineItem" => self.line_at(*line),
            "originalTotalSet" => self.money(share(StockLine::subtotal)).into(),
            "quantity" => (*quantity).into(),
            _ => Held::NULL,
        }
    }

    /// A field of `Return`.
    pub(super) fn returned(&self, place: usize, picked: &Picked<'_>) -> Held {
        let order = self.order();
        let Some(back) = order.returns.get(place) else { return Held::NULL };
        match picked.name() {
            "closedAt" => back.arrived.then(|| self.at(back.after_s)).into(),
            "createdAt" | "requestApprovedAt" => self.at(back.after_s).into(),
            "id" => gid("Return", self.child(place)).into(),
            "name" => format!("{}-R{}", name(self.shown.index), place.saturating_add(1)).into(),
            "order" => self.one(Part::Whole),
            "refunds" => {
                let refund = order.refunds.get(place).map(|_| self.part(Part::Refund(place)));
                let items = refund.map(|refund| (self.child(place), refund));
                page(picked.page.as_ref(), items.into_iter().collect())
            }
            "returnLineItems" => {
                let items = (0..back.lines.len())
                    .filter(|line| sent_with(order, place, *line).is_some())
                    .map(|line| {
                        let number = self.child(returned_place(order, place, line));
                        (number, self.part(Part::Returned(place, line)))
                    })
                    .collect();
                page(picked.page.as_ref(), items)
            }
            "status" => if back.arrived { "CLOSED" } else { "OPEN" }.into(),
            "totalQuantity" => back
                .lines
                .iter()
                .fold(0_u32, |all, (_, quantity)| all.saturating_add(*quantity))
                .into(),
            _ => Held::NULL,
        }
    }

    /// A field of `ReturnLineItem`.
    pub(super) fn returned_line(&self, of: usize, place: usize, picked: &Picked<'_>) -> Held {
        let order = self.order();
        let Some(back) = order.returns.get(of) else { return Held::NULL };
        let Some((_, quantity)) = back.lines.get(place) else { return Held::NULL };
        match picked.name() {
            "fulfillmentLineItem" => {
                let sent = sent_with(order, of, place);
                Held::maybe(sent.map(|(parcel, line)| self.part(Part::Sent(parcel, line))))
            }
            "id" => gid("ReturnLineItem", self.child(returned_place(order, of, place))).into(),
            "processedQuantity" => if back.arrived { *quantity } else { 0 }.into(),
            "quantity" => (*quantity).into(),
            "refundedQuantity" => 0.into(),
            "returnReason" => reason(&back.reason).into(),
            "returnReasonNote" => back.reason.as_str().into(),
            _ => Held::NULL,
        }
    }
}

/// The place of a line among those of all returns.
pub(in super::super::super) fn returned_place(
    order: &StockOrder,
    of: usize,
    place: usize,
) -> usize {
    let before: usize = order.returns.iter().take(of).map(|back| back.lines.len()).sum();
    before.saturating_add(place)
}

/// With which line of which fulfillment a returned line was sent.
pub(in super::super::super) fn sent_with(
    order: &StockOrder,
    of: usize,
    place: usize,
) -> Option<(usize, usize)> {
    let (line, _) = order.returns.get(of)?.lines.get(place)?;
    order.fulfillments.iter().enumerate().find_map(|(parcel, sent)| {
        Some((parcel, sent.lines.iter().position(|(found, _)| found == line)?))
    })
}

/// The vendor's word for a reason that was given in the retailer's.
pub(in super::super::super) fn reason(text: &str) -> &'static str {
    match text {
        "Too small" => "SIZE_TOO_SMALL",
        "Arrived broken" => "DEFECTIVE",
        "Not as described" => "NOT_AS_DESCRIBED",
        "Changed my mind" => "UNWANTED",
        _ => "OTHER",
    }
}
