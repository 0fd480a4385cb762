use flyball_connector::decode::Text;
use flyball_domain::Field;
use serde::Deserialize;
use serde_json::Value;

use super::discount::ApplicationNode;
use super::fulfillment::FulfillmentNode;
use super::line::{LineNode, ShippingNode, TaxNode};
use super::money::Bag;
use super::payment::TransactionNode;
use super::people::AddressNode;
use super::refund::RefundNode;
use super::returned::ReturnNode;
use crate::decode::connection::Connection;
use crate::decode::metafield::MetafieldNode;
use crate::decode::words::{Attribute, Reference};

/// An order as the vendor writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct OrderNode<'a> {
    pub(super) id: Field<Text<'a>>,
    pub(super) name: Field<Text<'a>>,
    pub(super) created_at: Field<Text<'a>>,
    pub(super) updated_at: Field<Text<'a>>,
    pub(super) processed_at: Field<Text<'a>>,
    pub(super) cancelled_at: Field<Text<'a>>,
    pub(super) closed_at: Field<Text<'a>>,
    pub(super) cancel_reason: Field<Text<'a>>,
    pub(super) test: Field<Text<'a>>,
    pub(super) edited: Field<Value>,
    pub(super) confirmation_number: Field<Value>,
    pub(super) po_number: Field<Value>,
    pub(super) currency_code: Field<Text<'a>>,
    pub(super) presentment_currency_code: Field<Text<'a>>,
    pub(super) taxes_included: Field<Text<'a>>,
    pub(super) display_financial_status: Field<Text<'a>>,
    pub(super) display_fulfillment_status: Field<Text<'a>>,
    pub(super) return_status: Field<Value>,
    pub(super) source_name: Field<Text<'a>>,
    pub(super) source_identifier: Field<Value>,
    pub(super) payment_gateway_names: Field<Value>,
    pub(super) discount_codes: Field<Value>,
    pub(super) tags: Field<Vec<Option<Text<'a>>>>,
    pub(super) email: Field<Text<'a>>,
    pub(super) phone: Field<Text<'a>>,
    pub(super) note: Field<Text<'a>>,
    pub(super) client_ip: Field<Text<'a>>,
    pub(super) customer_locale: Field<Value>,
    pub(super) customer: Field<Reference<'a>>,
    pub(super) billing_address: Field<AddressNode<'a>>,
    pub(super) shipping_address: Field<AddressNode<'a>>,
    pub(super) custom_attributes: Field<Vec<Option<Attribute<'a>>>>,
    pub(super) cancellation: Field<Cancellation<'a>>,
    pub(super) app: Field<Value>,
    pub(super) tax_lines: Field<Vec<Option<TaxNode<'a>>>>,
    pub(super) risk: Field<RiskNode<'a>>,
    pub(super) subtotal_price_set: Field<Bag<'a>>,
    pub(super) total_discounts_set: Field<Bag<'a>>,
    pub(super) total_shipping_price_set: Field<Bag<'a>>,
    pub(super) total_tax_set: Field<Bag<'a>>,
    pub(super) total_price_set: Field<Bag<'a>>,
    pub(super) current_total_price_set: Field<Bag<'a>>,
    pub(super) total_received_set: Field<Bag<'a>>,
    pub(super) total_refunded_set: Field<Bag<'a>>,
    pub(super) total_outstanding_set: Field<Bag<'a>>,
    pub(super) total_tip_received_set: Field<Value>,
    #[serde(borrow)]
    pub(super) line_items: Field<Connection<LineNode<'a>>>,
    #[serde(borrow)]
    pub(super) shipping_lines: Field<Connection<ShippingNode<'a>>>,
    #[serde(borrow)]
    pub(super) discount_applications: Field<Connection<ApplicationNode<'a>>>,
    #[serde(borrow)]
    pub(super) metafields: Field<Connection<MetafieldNode<'a>>>,
    #[serde(borrow)]
    pub(super) transactions: Field<Connection<TransactionNode<'a>>>,
    #[serde(borrow)]
    pub(super) fulfillments: Field<Connection<FulfillmentNode<'a>>>,
    #[serde(borrow)]
    pub(super) refunds: Field<Connection<RefundNode<'a>>>,
    #[serde(borrow)]
    pub(super) returns: Field<Connection<ReturnNode<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Cancellation<'a> {
    #[serde(borrow)]
    pub(super) staff_note: Field<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RiskNode<'a> {
    #[serde(borrow)]
    pub(super) recommendation: Field<Text<'a>>,
    pub(super) assessments: Field<Value>,
}
