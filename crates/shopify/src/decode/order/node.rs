use flyball_connector::decode::Text;
use flyball_domain::Field;
use serde::Deserialize;
use serde_json::Value;

use super::line::TaxNode;
use super::money::Bag;
use super::people::AddressNode;
use crate::decode::connection::Connection;
use crate::decode::words::{Attribute, Reference};

/// An order as the vendor writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct OrderNode<'a> {
    pub(super) id: Field<Text>,
    pub(super) name: Field<Text>,
    pub(super) created_at: Field<Text>,
    pub(super) updated_at: Field<Text>,
    pub(super) processed_at: Field<Text>,
    pub(super) cancelled_at: Field<Text>,
    pub(super) closed_at: Field<Text>,
    pub(super) cancel_reason: Field<Text>,
    pub(super) test: Field<Text>,
    pub(super) edited: Field<Value>,
    pub(super) confirmation_number: Field<Value>,
    pub(super) po_number: Field<Value>,
    pub(super) currency_code: Field<Text>,
    pub(super) presentment_currency_code: Field<Text>,
    pub(super) taxes_included: Field<Text>,
    pub(super) display_financial_status: Field<Text>,
    pub(super) display_fulfillment_status: Field<Text>,
    pub(super) return_status: Field<Value>,
    pub(super) source_name: Field<Text>,
    pub(super) source_identifier: Field<Value>,
    pub(super) payment_gateway_names: Field<Value>,
    pub(super) discount_codes: Field<Value>,
    pub(super) tags: Field<Vec<Option<Text>>>,
    pub(super) email: Field<Text>,
    pub(super) phone: Field<Text>,
    pub(super) note: Field<Text>,
    pub(super) client_ip: Field<Text>,
    pub(super) customer_locale: Field<Value>,
    pub(super) customer: Field<Reference>,
    pub(super) billing_address: Field<AddressNode>,
    pub(super) shipping_address: Field<AddressNode>,
    pub(super) custom_attributes: Field<Vec<Option<Attribute>>>,
    pub(super) cancellation: Field<Cancellation>,
    pub(super) app: Field<Value>,
    pub(super) tax_lines: Field<Vec<Option<TaxNode>>>,
    pub(super) risk: Field<RiskNode>,
    pub(super) subtotal_price_set: Field<Bag>,
    pub(super) total_discounts_set: Field<Bag>,
    pub(super) total_shipping_price_set: Field<Bag>,
    pub(super) total_tax_set: Field<Bag>,
    pub(super) total_price_set: Field<Bag>,
    pub(super) current_total_price_set: Field<Bag>,
    pub(super) total_received_set: Field<Bag>,
    pub(super) total_refunded_set: Field<Bag>,
    pub(super) total_outstanding_set: Field<Bag>,
    pub(super) total_tip_received_set: Field<Value>,
    #[serde(borrow)]
    pub(super) line_items: Field<Connection<'a>>,
    #[serde(borrow)]
    pub(super) shipping_lines: Field<Connection<'a>>,
    #[serde(borrow)]
    pub(super) discount_applications: Field<Connection<'a>>,
    #[serde(borrow)]
    pub(super) metafields: Field<Connection<'a>>,
    #[serde(borrow)]
    pub(super) transactions: Field<Connection<'a>>,
    #[serde(borrow)]
    pub(super) fulfillments: Field<Connection<'a>>,
    #[serde(borrow)]
    pub(super) refunds: Field<Connection<'a>>,
    #[serde(borrow)]
    pub(super) returns: Field<Connection<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Cancellation {
    pub(super) staff_note: Field<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RiskNode {
    pub(super) recommendation: Field<Text>,
    pub(super) assessments: Field<Value>,
}
