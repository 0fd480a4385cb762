use std::collections::HashMap;
use std::str::FromStr;

use csv::StringRecord;
use rust_decimal::Decimal;

use super::{CatalogError, InventoryPolicy, WeightUnit};

/// What stands between the brackets of a metafield's column: `Fit (product.metafields.custom.fit)`.
const METAFIELD_MARK: &str = "(product.metafields.";
const FOUND_CHARS_MAX: usize = 80;

/// The columns of a product file, found by their names, whatever their order.
pub(super) struct Columns {
    by_name: HashMap<String, usize>,
    metafields: Vec<(usize, String, String)>,
}

impl Columns {
    pub(super) fn parse(header: &StringRecord) -> Self {
        let name = |text: &str| text.trim().trim_start_matches('\u{FEFF}').to_owned();
        let by_name: HashMap<_, _> =
            header.iter().enumerate().map(|(at, text)| (name(text), at)).collect();
        let metafields = header
            .iter()
            .enumerate()
            .filter_map(|(at, text)| {
                let (_, inside) = text.split_once(METAFIELD_MARK)?;
                let (namespace, key) = inside.strip_suffix(')')?.split_once('.')?;
                Some((at, namespace.to_owned(), key.to_owned()))
            })
            .collect();
        Self { by_name, metafields }
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.by_name.contains_key(column)
    }

    /// # Errors
    /// The first column that is missing.
    pub(super) fn require(&self, columns: &[&'static str]) -> Result<(), CatalogError> {
        match columns.iter().find(|column| !self.has(column)) {
            Some(column) => Err(CatalogError::Column { column }),
            None => Ok(()),
        }
    }

    pub(super) fn line<'a>(&'a self, record: &'a StringRecord) -> Line<'a> {
        Line { columns: self, record, number: record.position().map_or(0, csv::Position::line) }
    }
}

/// One line of the file.
pub(super) struct Line<'a> {
    columns: &'a Columns,
    record: &'a StringRecord,
    pub(super) number: u64,
}

impl Line<'_> {
    /// The text of a column; empty where the file has no such column.
    pub(super) fn text(&self, column: &str) -> &str {
        self.columns.by_name.get(column).and_then(|at| self.record.get(*at)).unwrap_or_default()
    }

    /// Whether the file has a column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.has(column)
    }

    /// All columns with their texts, in the order of their names.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut names: Vec<_> = self.columns.by_name.keys().map(String::as_str).collect();
        names.sort_unstable();
        names.into_iter().map(|name| (name, self.text(name)))
    }

    /// The text of a column, where there is any.
    pub(super) fn some(&self, column: &str) -> Option<String> {
        Some(self.text(column)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The metafields that have a value, as (namespace, key, value).
    pub(super) fn metafields(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.columns.metafields.iter().filter_map(|(at, namespace, key)| {
            let value = self.record.get(*at).filter(|value| !value.is_empty())?;
            Some((namespace.as_str(), key.as_str(), value))
        })
    }

    pub(super) fn flag(&self, column: &'static str, otherwise: bool) -> Result<bool, CatalogError> {
        match self.text(column).trim().to_ascii_lowercase().as_str() {
            "" => Ok(otherwise),
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.wrong(column, "true or false")),
        }
    }

    pub(super) fn amount(&self, column: &'static str) -> Result<Option<Decimal>, CatalogError> {
        match self.text(column).trim() {
            "" => Ok(None),
            text => Decimal::from_str_exact(text)
                .ok()
                .filter(|amount| !amount.is_sign_negative())
                .map(Some)
                .ok_or_else(|| self.wrong(column, "an amount such as 19.90")),
        }
    }

    pub(super) fn whole<T: FromStr>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, CatalogError> {
        match self.text(column).trim() {
            "" => Ok(None),
            text => {
                text.parse().map(Some).map_err(|_not_whole| self.wrong(column, "a whole number"))
            }
        }
    }

    pub(super) fn policy(&self) -> Result<InventoryPolicy, CatalogError> {
        let column = "Variant Inventory Policy";
        match self.text(column).trim() {
            "" | "deny" => Ok(InventoryPolicy::Deny),
            "continue" => Ok(InventoryPolicy::Continue),
            _ => Err(self.wrong(column, "deny or continue")),
        }
    }

    pub(super) fn weight_unit(&self) -> Result<WeightUnit, CatalogError> {
        let column = "Variant Weight Unit";
        match self.text(column).trim() {
            "" | "kg" => Ok(WeightUnit::Kilograms),
            "g" => Ok(WeightUnit::Grams),
            "oz" => Ok(WeightUnit::Ounces),
            "lb" => Ok(WeightUnit::Pounds),
            _ => Err(self.wrong(column, "kg, g, oz or lb")),
        }
    }

    pub(super) fn wrong(&self, column: &'static str, expected: &'static str) -> CatalogError {
        CatalogError::Value {
            line: self.number,
            column,
            found: self.text(column).chars().take(FOUND_CHARS_MAX).collect(),
            expected,
        }
    }
}
