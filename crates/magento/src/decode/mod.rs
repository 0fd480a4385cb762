//! From Magento's JSON to records, leniently: unknown words, new fields and nulls never fail; a row
//! fails only where a record's identity or an amount can't be read.

mod amounts;
pub(crate) mod attributes;
mod line;
pub(crate) mod object;
mod order;
mod parts;
mod payload;
mod people;
mod prices;
mod product;
mod related;
mod shipping;
mod stock;

use flyball_connector::Unused;
use flyball_connector::decode::{RowError, Text, decimal, wrong};
use flyball_connector::json::{Raw, from_str};
use flyball_domain::{Field, Kind, Money, UnixMillis, VendorId};
use rust_decimal::Decimal;

use crate::store::StoreFacts;
use object::Object;

pub(crate) use attributes::{items, total_count};
pub(crate) use order::{OrderDraft, order};
pub(crate) use payload::bad;
pub use payload::decode;
pub(crate) use product::{ProductDraft, product};
pub(crate) use related::{Related, add_related, in_order, place, product_ids};
pub(crate) use stock::{SourceItem, Stock, source_item};

/// What a reading goes by, and what it could not use.
#[derive(Debug)]
pub(crate) struct Reader<'f> {
    pub(crate) facts: &'f StoreFacts,
    pub(crate) unused: Vec<Unused>,
}

impl<'f> Reader<'f> {
    pub(crate) const fn new(facts: &'f StoreFacts) -> Self {
        Self { facts, unused: Vec::new() }
    }

    /// Notes that something was there and could not be used; it is kept in `extra`.
    pub(crate) fn unused(&mut self, at: impl Into<String>, what: impl Into<String>) {
        self.unused.push(Unused { at: at.into(), what: what.into() });
    }

    /// Takes an amount in the store's currency. Where that isn't known, the amount stays.
    pub(crate) fn money(
        &mut self,
        object: &mut Object<'_>,
        name: &str,
    ) -> Result<Field<Money>, RowError> {
        let Some(currency) = self.facts.currency else {
            if object.peek(name).value().is_some() {
                self.unused(name, "an amount of a currency that is not known");
            }
            return Ok(Field::Absent);
        };
        product::money_of(object.take(name), currency, name)
    }
}

/// An amount by its digits.
pub(crate) fn amount(raw: Raw<'_>, at: &str) -> Result<Decimal, RowError> {
    let text: Text<'_> = from_str(raw.get()).map_err(|error| RowError::value(at, error))?;
    decimal(&text.0).ok_or_else(|| wrong(&text, at, "an amount"))
}

/// Where a row lies in its list, as far as it can be told even of one that can't be a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Landmark {
    pub(crate) id: Option<VendorId>,
    pub(crate) updated_at: Option<UnixMillis>,
}

/// Finds a row's place, whatever else is wrong with it.
pub(crate) fn landmark(kind: Kind, row: &mut Object<'_>) -> Landmark {
    let updated_at = row.seen("updated_at", object::time);
    Landmark { id: row.seen(id_name(kind), |id| id.parse().ok()), updated_at }
}

/// What the id is called in the answer. Filters call it `entity_id` for both kinds.
pub(crate) const fn id_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Products => "id",
        Kind::Orders => "entity_id",
    }
}
