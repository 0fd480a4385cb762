//! The words of Flyball as values: accounts, jobs, records, products and money.
//!
//! Every type is parsed once and is right from then on. This crate never does I/O, never reads a
//! clock, and knows neither a vendor's API nor the governor.

mod field;
mod ids;
mod job;
mod mapping;
mod message;
mod money;
mod open_word;
mod order;
mod product;
mod record;
mod time;

pub use field::Field;
pub use ids::{AccountId, CustomerId, IdError, Integration, Kind, UnknownWord, VendorId};
pub use job::{Job, JobId, JobKey, Mode};
pub use mapping::{
    FieldName, Mapped, Mapping, MappingError, Place, Presence, Rule, Scalar, Source, SourceError,
    Unfit, ValueType,
};
pub use message::{Drain, Message, MessageError, WaitsIn};
pub use money::{Currency, Money, MoneyError};
pub use order::{
    Address, Amount, Discount, FinancialStatus, Fulfillment, FulfillmentLine, FulfillmentStatus,
    HistoryEntry, Order, OrderLine, Payment, Personal, Refund, RefundLine, Return, ReturnLine,
    Risk, ShippingLine, Tax, Totals, Tracking,
};
pub use product::{
    Category, Component, CustomField, Image, Price, Product, ProductForm, ProductOption,
    ProductStatus, StockLevel, Variant, Weight,
};
pub use record::{BadRow, Record, RecordBody, Row};
pub use time::{TimeError, UnixMillis};
