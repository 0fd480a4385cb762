//! What each list can be searched by.

use super::listing::Table;
use super::page::PastTheEnd;
use super::problem::Problem;

/// What the database says of a column that a table has not.
fn no_column(column: &str) -> Problem {
    Problem::internal(format!(
        "SQLSTATE[42S22]: Column not found: 1054 Unknown column '{column}' in 'where clause'"
    ))
}

/// Besides these, products are searched by their attributes.
pub(super) const PRODUCTS: Table<'_> = Table {
    columns: &[
        "entity_id",
        "attribute_set_id",
        "type_id",
        "category_id",
        "store_id",
        "store",
        "website_id",
    ],
    unique: &["entity_id", "sku"],
    unknown: Problem::no_attribute,
    past_the_end: PastTheEnd::LastPage,
};

pub(super) const ORDERS: Table<'_> = Table {
    columns: &[
        "entity_id",
        "increment_id",
        "state",
        "status",
        "created_at",
        "updated_at",
        "store_id",
        "customer_id",
        "customer_email",
        "customer_firstname",
        "customer_lastname",
        "customer_group_id",
        "customer_is_guest",
        "base_currency_code",
        "order_currency_code",
        "coupon_code",
        "shipping_description",
        "is_virtual",
        "remote_ip",
        "total_item_count",
        "total_qty_ordered",
        "base_grand_total",
        "grand_total",
        "base_total_paid",
        "total_paid",
        "total_due",
        "base_total_refunded",
        "subtotal",
        "discount_amount",
        "tax_amount",
        "shipping_amount",
        "quote_id",
    ],
    unique: &["entity_id", "increment_id"],
    unknown: no_column,
    past_the_end: PastTheEnd::LastPage,
};

/// Credit memos, shipments and invoices.
pub(super) const BELONGINGS: Table<'_> = Table {
    columns: &[
        "entity_id",
        "increment_id",
        "order_id",
        "state",
        "created_at",
        "updated_at",
        "store_id",
        "customer_id",
        "base_grand_total",
        "grand_total",
        "transaction_id",
        "total_qty",
    ],
    unique: &["entity_id", "increment_id"],
    unknown: no_column,
    past_the_end: PastTheEnd::LastPage,
};

pub(super) const TRANSACTIONS: Table<'_> = Table {
    columns: &[
        "transaction_id",
        "parent_id",
        "order_id",
        "payment_id",
        "txn_id",
        "parent_txn_id",
        "txn_type",
        "is_closed",
        "created_at",
    ],
    unique: &["transaction_id"],
    unknown: no_column,
    past_the_end: PastTheEnd::LastPage,
};

pub(super) const ITEMS: Table<'_> = Table {
    columns: &[
        "item_id",
        "order_id",
        "parent_item_id",
        "product_id",
        "product_type",
        "sku",
        "name",
        "created_at",
        "updated_at",
        "qty_ordered",
        "price",
    ],
    unique: &["item_id"],
    unknown: no_column,
    past_the_end: PastTheEnd::LastPage,
};

pub(super) const SOURCE_ITEMS: Table<'_> = Table {
    columns: &["source_item_id", "sku", "source_code", "quantity", "status"],
    unique: &["source_item_id"],
    unknown: no_column,
    past_the_end: PastTheEnd::LastPage,
};

pub(super) const SOURCES: Table<'_> = Table {
    columns: &["source_code", "name", "enabled", "country_id"],
    unique: &["source_code"],
    unknown: no_column,
    past_the_end: PastTheEnd::LastPage,
};

pub(super) const ATTRIBUTES: Table<'_> = Table {
    columns: &[
        "attribute_id",
        "attribute_code",
        "frontend_input",
        "backend_type",
        "entity_type_id",
        "is_user_defined",
        "is_required",
        "is_visible",
        "default_frontend_label",
    ],
    unique: &["attribute_id", "attribute_code"],
    unknown: no_column,
    past_the_end: PastTheEnd::LastPage,
};

pub(super) const SETS: Table<'_> = Table {
    columns: &["attribute_set_id", "attribute_set_name", "sort_order", "entity_type_id"],
    unique: &["attribute_set_id"],
    unknown: no_column,
    past_the_end: PastTheEnd::LastPage,
};

pub(super) const CATEGORIES: Table<'_> = Table {
    columns: &[
        "entity_id",
        "name",
        "parent_id",
        "path",
        "level",
        "position",
        "is_active",
        "include_in_menu",
        "created_at",
        "updated_at",
    ],
    unique: &["entity_id", "path"],
    unknown: Problem::no_attribute,
    past_the_end: PastTheEnd::LastPage,
};
