use crate::{Kind, Order, Product, UnixMillis, VendorId};

/// One imported record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The vendor's id.
    pub id: VendorId,
    /// When the vendor last changed it: a record never goes back to an older version.
    pub version: UnixMillis,
    /// What was imported.
    pub body: RecordBody,
}

/// What a record holds.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordBody {
    /// A product.
    Product(Box<Product>),
    /// An order.
    Order(Box<Order>),
}

impl Record {
    /// The record's kind.
    pub const fn kind(&self) -> Kind {
        match self.body {
            RecordBody::Product(_) => Kind::Products,
            RecordBody::Order(_) => Kind::Orders,
        }
    }
}

impl From<Product> for Record {
    fn from(product: Product) -> Self {
        Self {
            id: product.id.clone(),
            version: product.updated_at,
            body: RecordBody::Product(Box::new(product)),
        }
    }
}

impl From<Order> for Record {
    fn from(order: Order) -> Self {
        Self {
            id: order.id.clone(),
            version: order.updated_at,
            body: RecordBody::Order(Box::new(order)),
        }
    }
}

/// What a vendor's page holds at one place: a record, or something that can't be one.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// A record.
    Good(Record),
    /// To be set aside; the import goes on.
    Bad(BadRow),
    /// The vendor was asked for this very record and has it no more.
    Gone(VendorId),
}

/// A vendor's row that can't be made a record, with its exact input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// The vendor's id, where it could be read.
    pub id: Option<VendorId>,
    /// The row exactly as the vendor wrote it.
    pub input: String,
    /// What was found and what was expected.
    pub reason: String,
}
