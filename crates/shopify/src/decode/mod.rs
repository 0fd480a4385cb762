//! From the vendor's JSON to records, leniently: unknown words, new fields and nulls never fail; a
//! row fails only where a record's identity or an amount can't be read.

mod children;
mod partial;
mod product;
mod scalar;

use children::CHILDREN_MAX;
pub(crate) use children::children;
pub(crate) use partial::without_failed;
pub(crate) use product::{Draft, Landmark, Missing, draft, landmark};

use flyball_domain::{Currency, Field};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::queries::Child;
use scalar::Text;

/// Why a row can't be a record.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RowError {
    #[error("{at}: found nothing where {expected} was expected")]
    Missing { at: String, expected: &'static str },
    #[error("{at}: {what}")]
    Value { at: String, what: String },
    #[error("{at}: found {found} where at most {CHILDREN_MAX} are accepted")]
    TooMany { at: String, found: usize },
    #[error("found a row of another shape: {0}")]
    Shape(#[from] serde_json::Error),
}

impl RowError {
    fn value(at: &str, what: impl core::fmt::Display) -> Self {
        Self::Value { at: at.to_owned(), what: what.to_string() }
    }

    /// The same, seen from one level up.
    fn within(self, outer: &str) -> Self {
        match self {
            Self::Missing { at, expected } => {
                Self::Missing { at: format!("{outer}.{at}"), expected }
            }
            Self::Value { at, what } => Self::Value { at: format!("{outer}.{at}"), what },
            Self::TooMany { at, found } => Self::TooMany { at: format!("{outer}.{at}"), found },
            Self::Shape(error) => Self::value(outer, error),
        }
    }
}

/// A page of a list, its nodes not yet read.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Connection<'a> {
    #[serde(borrow)]
    pub(crate) nodes: Field<Vec<Option<&'a RawValue>>>,
    page_info: Field<PageInfo>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PageInfo {
    has_next_page: Field<bool>,
    end_cursor: Field<Text>,
}

/// What comes after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing.
    End,
    /// More, after this cursor.
    More(String),
    /// The vendor does not say.
    Unknown,
}

impl Connection<'_> {
    /// What comes after this page.
    pub(crate) fn next(&self) -> Next {
        let Some(info) = self.page_info.value() else { return Next::Unknown };
        match (info.has_next_page.value(), info.end_cursor.value()) {
            (Some(false), _) => Next::End,
            (Some(true), Some(cursor)) => Next::More(cursor.0.clone()),
            (Some(true) | None, _) => Next::Unknown,
        }
    }
}

/// The lists of a product that can be asked for on their own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProductLists<'a> {
    #[serde(borrow)]
    variants: Field<Connection<'a>>,
    #[serde(borrow)]
    media: Field<Connection<'a>>,
    #[serde(borrow)]
    metafields: Field<Connection<'a>>,
}

impl<'a> ProductLists<'a> {
    /// The list of these children.
    pub(crate) const fn of(&self, child: Child) -> &Field<Connection<'a>> {
        match child {
            Child::Variants => &self.variants,
            Child::Media => &self.media,
            Child::Metafields => &self.metafields,
        }
    }
}

/// `data` of a page of products.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProductsData<'a> {
    #[serde(borrow)]
    pub(crate) products: Field<Connection<'a>>,
    #[serde(borrow)]
    shop: Option<&'a RawValue>,
}

/// `data` of one product.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProductData<'a> {
    #[serde(borrow)]
    pub(crate) product: Field<&'a RawValue>,
    #[serde(borrow)]
    shop: Option<&'a RawValue>,
}

impl ProductsData<'_> {
    /// The store's currency, where it can be read.
    pub(crate) fn currency(&self) -> Option<Currency> {
        currency(self.shop)
    }
}

impl ProductData<'_> {
    /// The store's currency, where it can be read.
    pub(crate) fn currency(&self) -> Option<Currency> {
        currency(self.shop)
    }
}

fn currency(shop: Option<&RawValue>) -> Option<Currency> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Shop {
        currency_code: Text,
    }
    let shop: Shop = serde_json::from_str(shop?.get()).ok()?;
    shop.currency_code.0.parse().ok()
}
