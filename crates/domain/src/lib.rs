//! The words of Flyball as values: accounts, jobs, records, products and money.
//!
//! Every type is parsed once and is right from then on. This crate never does I/O, never reads a
//! clock, and knows neither a vendor's API nor the governor.

mod field;
mod ids;
mod job;
mod message;
mod money;
mod product;
mod record;
mod time;

pub use field::Field;
pub use ids::{AccountId, CustomerId, IdError, Integration, Kind, UnknownWord, VendorId};
pub use job::{Job, JobId, JobKey, Mode};
pub use message::{Drain, Message, MessageError, WaitsIn};
pub use money::{Currency, Money, MoneyError};
pub use product::{CustomField, Image, Product, ProductOption, ProductStatus, Variant, Weight};
pub use record::{BadRow, Record, RecordBody, Row};
pub use time::{TimeError, UnixMillis};
