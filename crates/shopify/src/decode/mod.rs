//! From the vendor's JSON to records, leniently: unknown words, new fields and nulls never fail; a
//! row fails only where a record's identity or an amount can't be read.

mod children;
mod gid;
mod partial;
mod product;

pub(crate) use children::children;
pub(crate) use partial::without_failed;
pub(crate) use product::{Draft, Landmark, Missing, draft, landmark};

use flyball_connector::decode::Text;
use flyball_domain::{Currency, Field};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::queries::Child;

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
