//! Amounts of an order: each comes in the store's base currency, under `base_…`, and in the one the
//! buyer saw.

use flyball_connector::decode::RowError;
use flyball_domain::{Amount, Currency, Field, Money};

use super::amount;
use super::object::Object;

/// The two currencies of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Currencies {
    pub(crate) base: Option<Currency>,
    pub(crate) shown: Option<Currency>,
}

/// Whether an amount keeps its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// As it comes.
    Kept,
    /// Discounts come negative of a whole order and positive of its lines.
    Dropped,
}

impl Currencies {
    /// Takes an amount by its two names. What can't be said in a known currency stays.
    pub(crate) fn pair(
        self,
        object: &mut Object<'_>,
        (base_name, shown_name): (&str, &str),
        sign: Sign,
    ) -> Result<Field<Amount>, RowError> {
        let Some(base) = self.base else { return Ok(Field::Absent) };
        let mut one = |name: &str, currency: Currency| -> Result<Field<Money>, RowError> {
            object.peek(name).try_map(|raw| {
                let mut money = Money { amount: amount(raw, name)?, currency };
                if sign == Sign::Dropped {
                    money.amount.set_sign_positive(true);
                }
                Ok(money)
            })
        };
        let in_base = one(base_name, base)?;
        let shown = match self.shown {
            Some(shown) => one(shown_name, shown)?,
            None => Field::Absent,
        };
        Ok(match (in_base, shown) {
            (Field::Value(shop), shown) => {
                object.drop_field(base_name);
                if !shown.is_absent() {
                    object.drop_field(shown_name);
                }
                Field::Value(Amount { shop, presentment: shown.value().copied() })
            }
            // Older versions leave the base amount out where the two are the same.
            (Field::Absent | Field::Null, Field::Value(shown)) if self.shown == self.base => {
                object.drop_field(base_name);
                object.drop_field(shown_name);
                Field::Value(Amount { shop: shown, presentment: Some(shown) })
            }
            (Field::Null, Field::Null | Field::Absent) => {
                object.drop_field(base_name);
                object.drop_field(shown_name);
                Field::Null
            }
            (Field::Absent | Field::Null, _) => Field::Absent,
        })
    }
}
