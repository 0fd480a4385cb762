use std::collections::BTreeMap;

use flyball_connector::decode::RowError;
use flyball_connector::json::At;
use flyball_domain::Currency;
use serde::{Deserialize, Serialize};

use super::fields::Fields;
use super::landmark;
use super::notes::Notes;

/// What of the store its products need to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreFacts {
    pub(crate) currency: Option<Currency>,
    /// In the words of [`flyball_domain::Weight`].
    pub(crate) weight_unit: Option<String>,
}

impl StoreFacts {
    /// Reads the store's information.
    ///
    /// # Errors
    /// Not an object.
    pub(crate) fn read(raw: At<'_, '_>) -> Result<Self, RowError> {
        let mut notes = Notes::default();
        let mut fields = Fields::read(raw)?;
        let currency = fields.text("currency", &mut notes);
        let unit = fields.word("weight_units", &mut notes);
        Ok(Self {
            currency: currency.value().and_then(|code| code.parse().ok()),
            weight_unit: unit.value().map(|unit| weight_unit(unit)),
        })
    }
}

/// The vendor shows `Ounces`, `LBS`, `Grams`, `KGS` or `Tonnes`.
fn weight_unit(unit: &str) -> String {
    match unit {
        "lbs" | "lb" | "pound" => "pounds",
        "oz" | "ounce" => "ounces",
        "kgs" | "kg" | "kilogram" => "kilograms",
        "g" | "gram" => "grams",
        other => other,
    }
    .to_owned()
}

/// What categories and brands are called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    categories: BTreeMap<u64, Option<String>>,
    brands: BTreeMap<u64, Option<String>>,
}

/// What has a name elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameOf {
    Category,
    Brand,
}

impl Names {
    /// The most names remembered of each; what is beyond stays an id. A hundred bytes each.
    pub(crate) const MAX: usize = 10_000;

    const fn of(&self, what: NameOf) -> &BTreeMap<u64, Option<String>> {
        match what {
            NameOf::Category => &self.categories,
            NameOf::Brand => &self.brands,
        }
    }

    const fn of_mut(&mut self, what: NameOf) -> &mut BTreeMap<u64, Option<String>> {
        match what {
            NameOf::Category => &mut self.categories,
            NameOf::Brand => &mut self.brands,
        }
    }

    /// What it is called, where that is known.
    pub(crate) fn get(&self, what: NameOf, id: u64) -> Option<&str> {
        self.of(what).get(&id)?.as_deref()
    }

    /// Whether it is still to be asked for.
    pub(crate) fn lacks(&self, what: NameOf, id: u64) -> bool {
        let known = self.of(what);
        known.len() < Self::MAX && !known.contains_key(&id)
    }

    /// Takes in what was answered; what was asked for and not answered has no name.
    pub(crate) fn learn<'r>(
        &mut self,
        what: NameOf,
        asked: &[u64],
        rows: impl IntoIterator<Item = At<'r, 'r>>,
    ) {
        let known = self.of_mut(what);
        known.extend(asked.iter().map(|id| (*id, None)));
        for raw in rows {
            let id = landmark(raw).number();
            let name = Fields::read(raw)
                .ok()
                .and_then(|mut row| row.text("name", &mut Notes::default()).value().cloned());
            if let (Some(id), Some(name)) = (id, name) {
                known.insert(id, Some(name));
            }
        }
    }
}
