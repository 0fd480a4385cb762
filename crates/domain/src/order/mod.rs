//! What a vendor calls an order.

mod fulfillment;
mod line;
mod people;
mod settlement;

pub use fulfillment::{Fulfillment, FulfillmentLine, Tracking};
pub use line::{Discount, OrderLine, ShippingLine, Tax};
pub use people::{Address, Personal};
pub use settlement::{Payment, Refund, RefundLine, Return, ReturnLine};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::open_word::open_word;
use crate::{Currency, CustomField, Field, Mapped, Money, UnixMillis, VendorId};

/// An order, with everything that belongs to it inside.
///
/// What the vendor's model has and this one has not is kept in `extra`, under the vendor's name.
/// Whatever says who the buyer is stands in `personal` and nowhere else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The vendor's id.
    pub id: VendorId,
    /// When the vendor last changed it; its version.
    pub updated_at: UnixMillis,
    /// The number that buyer and retailer know it by, such as `#1001` or `000000042`.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub number: Field<String>,
    /// When it came to be.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub created_at: Field<UnixMillis>,
    /// When it was placed, which an imported order was long before it was created.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub placed_at: Field<UnixMillis>,
    /// When it was canceled; `Null` while it is not.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub canceled_at: Field<UnixMillis>,
    /// When nothing was left to do; `Null` while something is.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub closed_at: Field<UnixMillis>,
    /// Why it was canceled, in the vendor's word.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub cancel_reason: Field<String>,
    /// The vendor's own word for how far it is, where it has one for the whole.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub status: Field<String>,
    /// How far it is paid.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub financial_status: Field<FinancialStatus>,
    /// How far it is sent.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub fulfillment_status: Field<FulfillmentStatus>,
    /// Whether it is only a test.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub test: Field<bool>,
    /// Where it was placed: the online store, a marketplace, a point of sale.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub channel: Field<String>,
    /// The store's currency.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub currency: Field<Currency>,
    /// The currency that the buyer saw.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub presentment_currency: Field<Currency>,
    /// How much of the buyer's currency one unit of the store's was, where the vendor says so.
    #[serde(default, skip_serializing_if = "Field::is_absent", with = "rate_text")]
    pub presentment_rate: Field<Decimal>,
    /// Whether the prices of its lines include taxes.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub taxes_included: Field<bool>,
    /// What it comes to.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub totals: Field<Totals>,
    /// The customer's record in the store; `Null` for a guest.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub customer_id: Field<VendorId>,
    /// Who bought, and where it goes.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub personal: Field<Personal>,
    /// What was bought, in the vendor's order.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub lines: Field<Vec<OrderLine>>,
    /// Discounts on the whole.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub discounts: Field<Vec<Discount>>,
    /// Ways of shipping that were paid for.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub shipping_lines: Field<Vec<ShippingLine>>,
    /// Taxes on the whole.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub taxes: Field<Vec<Tax>>,
    /// Payments, authorizations and what else moved money to the store or failed to.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub payments: Field<Vec<Payment>>,
    /// What was given back.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub refunds: Field<Vec<Refund>>,
    /// What came back, or is to.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub returns: Field<Vec<Return>>,
    /// What was sent.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub fulfillments: Field<Vec<Fulfillment>>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub tags: Field<Vec<String>>,
    /// How likely it is a fraud.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub risk: Field<Risk>,
    /// What became of it, oldest first.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub history: Field<Vec<HistoryEntry>>,
    /// What the retailer or an app added.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub custom_fields: Field<Vec<CustomField>>,
    /// What the account's mapping made of all that, under the retailer's names.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub mapped: Field<Mapped>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// An amount as the store counts it and as the buyer saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// In the store's currency.
    pub shop: Money,
    /// In the buyer's, where the vendor tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presentment: Option<Money>,
}

/// What an order comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Its lines after their discounts, as the vendor counts it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub subtotal: Field<Amount>,
    /// All discounts, as a positive amount.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub discounts: Field<Amount>,
    /// Shipping.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub shipping: Field<Amount>,
    /// All taxes.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub tax: Field<Amount>,
    /// What the buyer was to pay when it was placed.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub total: Field<Amount>,
    /// The same after everything that was taken out of it since.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub current: Field<Amount>,
    /// What was paid.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub paid: Field<Amount>,
    /// What was given back.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub refunded: Field<Amount>,
    /// What is still to be paid.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub due: Field<Amount>,
}

/// How likely an order is a fraud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// The vendor's word in lower case, such as `low` or `high`.
    pub level: String,
    /// What the vendor advises, where it does.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub recommendation: Field<String>,
}

/// Something that became of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When.
    pub at: UnixMillis,
    /// The vendor's word for how far it was then.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub status: Field<String>,
    /// What was said of it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub comment: Field<String>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

open_word!(
    /// How far an order is paid.
    FinancialStatus {
        /// Nothing has been paid.
        Pending = "pending",
        /// Money is reserved.
        Authorized = "authorized",
        /// Some of it is paid.
        PartiallyPaid = "partially_paid",
        /// All of it is paid.
        Paid = "paid",
        /// Some of it was given back.
        PartiallyRefunded = "partially_refunded",
        /// All of it was given back.
        Refunded = "refunded",
        /// What was reserved was let go.
        Voided = "voided",
        /// What was reserved was let go because nobody took it.
        Expired = "expired",
    }
);

open_word!(
    /// How far an order is sent.
    FulfillmentStatus {
        /// Nothing has been sent.
        Unfulfilled = "unfulfilled",
        /// Some of it has been sent.
        PartiallyFulfilled = "partially_fulfilled",
        /// All of it has been sent.
        Fulfilled = "fulfilled",
        /// Somebody is at it.
        InProgress = "in_progress",
        /// It waits for somebody.
        OnHold = "on_hold",
        /// It is to be sent at a certain time.
        Scheduled = "scheduled",
        /// What was not sent was put back on the shelf.
        Restocked = "restocked",
    }
);

mod rate_text {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::Field;
    use crate::money::amount_text;

    #[derive(Serialize, Deserialize)]
    struct Text(#[serde(with = "amount_text")] Decimal);

    pub(super) fn serialize<S: Serializer>(
        rate: &Field<Decimal>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        rate.value().copied().map(Text).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Field<Decimal>, D::Error> {
        Ok(Field::from(Option::<Text>::deserialize(from)?.map(|Text(rate)| rate)))
    }
}

#[cfg(test)]
mod tests;
