use serde::{Deserialize, Serialize};

/// A list within a record that may be longer than what comes with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum List {
    Variants,
    Media,
    ProductMetafields,
    Collections,
    /// Of an inventory item: how many there are at each location.
    Levels,
    Lines,
    ShippingLines,
    Discounts,
    OrderMetafields,
    Transactions,
    Fulfillments,
    FulfillmentLines,
    Refunds,
    RefundLines,
    RefundShipping,
    Adjustments,
    Returns,
    ReturnLines,
}

/// How a list is paged through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// By cursors.
    Pages,
    /// Not at all: the vendor cuts it at what was asked for, without a word.
    Whole,
}

/// How much of a list without pages comes with its record. A test holds the queries to it.
pub(crate) const WHOLE_INLINE: u32 = 10;

impl List {
    pub(crate) const ALL: [Self; 18] = [
        Self::Variants,
        Self::Media,
        Self::ProductMetafields,
        Self::Collections,
        Self::Levels,
        Self::Lines,
        Self::ShippingLines,
        Self::Discounts,
        Self::OrderMetafields,
        Self::Transactions,
        Self::Fulfillments,
        Self::FulfillmentLines,
        Self::Refunds,
        Self::RefundLines,
        Self::RefundShipping,
        Self::Adjustments,
        Self::Returns,
        Self::ReturnLines,
    ];

    /// The vendor's name for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Variants => "variants",
            Self::Media => "media",
            Self::ProductMetafields | Self::OrderMetafields => "metafields",
            Self::Collections => "collections",
            Self::Levels => "inventoryLevels",
            Self::Lines => "lineItems",
            Self::ShippingLines => "shippingLines",
            Self::Discounts => "discountApplications",
            Self::Transactions => "transactions",
            Self::Fulfillments => "fulfillments",
            Self::FulfillmentLines => "fulfillmentLineItems",
            Self::Refunds => "refunds",
            Self::RefundLines => "refundLineItems",
            Self::RefundShipping => "refundShippingLines",
            Self::Adjustments => "orderAdjustments",
            Self::Returns => "returns",
            Self::ReturnLines => "returnLineItems",
        }
    }

    /// How it is paged through.
    pub(crate) const fn paging(self) -> Paging {
        match self {
            Self::Transactions | Self::Fulfillments | Self::Refunds => Paging::Whole,
            Self::Variants
            | Self::Media
            | Self::ProductMetafields
            | Self::Collections
            | Self::Levels
            | Self::Lines
            | Self::ShippingLines
            | Self::Discounts
            | Self::OrderMetafields
            | Self::FulfillmentLines
            | Self::RefundLines
            | Self::RefundShipping
            | Self::Adjustments
            | Self::Returns
            | Self::ReturnLines => Paging::Pages,
        }
    }
}
