//! What is asked, and how much of it at once.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

macro_rules! api_version {
    () => {
        "2026-10"
    };
}

/// The API version that the queries are written for.
pub const API_VERSION: &str = api_version!();

/// Where queries are sent.
pub(crate) const PATH: &str = concat!("/admin/api/", api_version!(), "/graphql.json");

/// Variants asked for with their product. Whoever has more costs one more call.
pub(crate) const VARIANTS_INLINE: u32 = 50;
/// Pictures asked for with their product.
pub(crate) const MEDIA_INLINE: u32 = 20;
/// Metafields asked for with their product.
pub(crate) const METAFIELDS_INLINE: u32 = 20;

macro_rules! variant_fields {
    () => {
        include_str!("../queries/fragments/variant.graphql")
    };
}
macro_rules! media_fields {
    () => {
        include_str!("../queries/fragments/media.graphql")
    };
}
macro_rules! metafield_fields {
    () => {
        include_str!("../queries/fragments/metafield.graphql")
    };
}
macro_rules! product_fields {
    () => {
        concat!(
            include_str!("../queries/fragments/product.graphql"),
            variant_fields!(),
            media_fields!(),
            metafield_fields!()
        )
    };
}

const PRODUCTS: &str = concat!(include_str!("../queries/products.graphql"), product_fields!());
const PRODUCT: &str = concat!(include_str!("../queries/product.graphql"), product_fields!());
const VARIANTS: &str = concat!(include_str!("../queries/variants.graphql"), variant_fields!());
const MEDIA: &str = concat!(include_str!("../queries/media.graphql"), media_fields!());
const METAFIELDS: &str =
    concat!(include_str!("../queries/metafields.graphql"), metafield_fields!());

/// Every query this connector sends, by a name for people.
pub const QUERIES: &[(&str, &str)] = &[
    ("products", PRODUCTS),
    ("product", PRODUCT),
    ("variants", VARIANTS),
    ("media", MEDIA),
    ("metafields", METAFIELDS),
];

/// A list within a product that may be longer than what is asked for inline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Child {
    Variants,
    Media,
    Metafields,
}

/// One kind of query; calls of one shape cost about the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Products,
    Product,
    More(Child),
}

/// The order in which products are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SortKey {
    UpdatedAt,
    Id,
}

impl SortKey {
    const fn as_str(self) -> &'static str {
        match self {
            Self::UpdatedAt => "UPDATED_AT",
            Self::Id => "ID",
        }
    }
}

/// The body that asks for a page of products.
pub(crate) fn products(first: u32, after: Option<&str>, filter: &str, sort: SortKey) -> Value {
    json!({
        "query": PRODUCTS,
        "variables": {
            "first": first,
            "after": after,
            "query": filter,
            "sortKey": sort.as_str(),
            "variants": VARIANTS_INLINE,
            "media": MEDIA_INLINE,
            "metafields": METAFIELDS_INLINE,
        },
    })
}

/// The body that asks for one product.
pub(crate) fn product(id: &str) -> Value {
    json!({
        "query": PRODUCT,
        "variables": {
            "id": gid(id),
            "variants": VARIANTS_INLINE,
            "media": MEDIA_INLINE,
            "metafields": METAFIELDS_INLINE,
        },
    })
}

/// The body that asks for more of a product's children.
pub(crate) fn more(child: Child, id: &str, first: u32, after: Option<&str>) -> Value {
    let query = match child {
        Child::Variants => VARIANTS,
        Child::Media => MEDIA,
        Child::Metafields => METAFIELDS,
    };
    json!({ "query": query, "variables": { "id": gid(id), "first": first, "after": after } })
}

fn gid(id: &str) -> String {
    format!("gid://shopify/Product/{id}")
}
