use flyball_connector::decode::{CHILDREN_MAX, RowError, Text, keep, text, time};
use flyball_domain::{
    Currency, Field, Product, ProductOption, ProductStatus, UnixMillis, VendorId,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::children::{Children, children};
use super::gid::id;
use super::{Connection, Next};
use crate::queries::Child;

/// A product of which some children may still have to be asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) product: Product,
    /// The lists that go on, in the order in which they are asked for.
    pub(crate) missing: Vec<Missing>,
}

/// A list of a product that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Missing {
    pub(crate) child: Child,
    /// After which cursor; `None` is from the start.
    pub(crate) after: Option<String>,
}

/// Where a row lies in the list, as far as it can be told even of a row that can't be a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Landmark {
    pub(crate) id: Option<VendorId>,
    pub(crate) updated_at: Option<UnixMillis>,
}

/// Finds a row's place, whatever else is wrong with it.
pub(crate) fn landmark(node: &str) -> Landmark {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Node<'a> {
        #[serde(borrow)]
        id: Option<&'a RawValue>,
        #[serde(borrow)]
        updated_at: Option<&'a RawValue>,
    }
    let read = |raw: Option<&RawValue>| -> Field<Text> {
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    };
    let node: Node<'_> = serde_json::from_str(node).unwrap_or_default();
    let updated_at = read(node.updated_at);
    Landmark {
        id: id(&read(node.id), "id").ok(),
        updated_at: updated_at.value().and_then(|at| UnixMillis::parse_rfc3339(&at.0).ok()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ProductNode<'a> {
    id: Field<Text>,
    title: Field<Text>,
    handle: Field<Text>,
    vendor: Field<Text>,
    product_type: Field<Text>,
    status: Field<Text>,
    tags: Field<Vec<Option<Text>>>,
    description_html: Field<Text>,
    created_at: Field<Text>,
    updated_at: Field<Text>,
    published_at: Field<Text>,
    total_inventory: Field<Value>,
    is_gift_card: Field<Value>,
    category: Field<Value>,
    seo: Field<Value>,
    options: Field<Vec<Option<OptionNode>>>,
    #[serde(borrow)]
    variants: Field<Connection<'a>>,
    #[serde(borrow)]
    media: Field<Connection<'a>>,
    #[serde(borrow)]
    metafields: Field<Connection<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OptionNode {
    id: Field<Text>,
    name: Field<Text>,
    values: Field<Vec<Option<Text>>>,
}

/// Reads a product.
pub(crate) fn draft(node: &str, currency: Option<Currency>) -> Result<Draft, RowError> {
    let node: ProductNode<'_> = serde_json::from_str(node)?;
    let updated_at = match time(node.updated_at, "updatedAt")? {
        Field::Value(at) => at,
        Field::Absent | Field::Null => {
            let at = "updatedAt".to_owned();
            return Err(RowError::Missing { at, expected: "a time" });
        }
    };
    let mut extra = Map::new();
    keep(&mut extra, "totalInventory", node.total_inventory);
    keep(&mut extra, "isGiftCard", node.is_gift_card);
    keep(&mut extra, "category", node.category);
    keep(&mut extra, "seo", node.seo);
    let product = Product {
        id: id(&node.id, "id")?,
        updated_at,
        created_at: time(node.created_at, "createdAt")?,
        published_at: time(node.published_at, "publishedAt")?,
        title: text(node.title),
        handle: text(node.handle),
        description_html: text(node.description_html),
        vendor: text(node.vendor),
        product_type: text(node.product_type),
        status: node.status.map(|status| ProductStatus::from(status.0.to_ascii_lowercase())),
        tags: node.tags.map(words),
        options: node.options.try_map(options)?,
        form: Field::Absent,
        categories: Field::Absent,
        components: Field::Absent,
        mapped: Field::Absent,
        variants: Field::Absent,
        images: Field::Absent,
        custom_fields: Field::Absent,
        extra,
    };
    let mut draft = Draft { product, missing: Vec::new() };
    draft.take_inline(Child::Variants, node.variants, currency)?;
    draft.take_inline(Child::Media, node.media, currency)?;
    draft.take_inline(Child::Metafields, node.metafields, currency)?;
    Ok(draft)
}

fn words(texts: Vec<Option<Text>>) -> Vec<String> {
    texts.into_iter().flatten().map(|text| text.0).collect()
}

fn options(nodes: Vec<Option<OptionNode>>) -> Result<Vec<ProductOption>, RowError> {
    let read = |(index, node): (usize, OptionNode)| {
        Ok(ProductOption {
            id: id(&node.id, "id").map_err(|error| error.within(&format!("options[{index}]")))?,
            name: text(node.name).value().cloned().unwrap_or_default(),
            values: node.values.map(words).value().cloned().unwrap_or_default(),
        })
    };
    nodes.into_iter().flatten().enumerate().map(read).collect()
}

impl Draft {
    fn take_inline(
        &mut self,
        child: Child,
        page: Field<Connection<'_>>,
        currency: Option<Currency>,
    ) -> Result<(), RowError> {
        match page {
            Field::Absent => {}
            Field::Null => match child {
                Child::Variants => self.product.variants = Field::Null,
                Child::Media => self.product.images = Field::Null,
                Child::Metafields => self.product.custom_fields = Field::Null,
            },
            Field::Value(page) => match (page.next(), &page.nodes) {
                (Next::End, Field::Value(_)) => self.append(children(child, &page, currency)?)?,
                (Next::More(after), Field::Value(_)) => {
                    self.append(children(child, &page, currency)?)?;
                    self.missing.push(Missing { child, after: Some(after) });
                }
                // A list that does not say where it ends is asked for on its own, from the start.
                _ => self.missing.push(Missing { child, after: None }),
            },
        }
        Ok(())
    }

    /// Adds children that came with the product or after it.
    pub(crate) fn append(&mut self, children: Children) -> Result<(), RowError> {
        match children {
            Children::Variants(more) => extend(&mut self.product.variants, more, "variants"),
            Children::Metafields(more) => {
                extend(&mut self.product.custom_fields, more, "metafields")
            }
            Children::Media(more) => {
                if !more.others.is_empty() {
                    let others = self
                        .product
                        .extra
                        .entry("media")
                        .or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(others) = others {
                        others.extend(more.others);
                    }
                }
                extend(&mut self.product.images, more.images, "media")
            }
        }
    }

    /// Counts a list as not answered: a part of it would read as all of it.
    pub(crate) fn give_up(&mut self, child: Child) {
        match child {
            Child::Variants => self.product.variants = Field::Absent,
            Child::Media => self.product.images = Field::Absent,
            Child::Metafields => self.product.custom_fields = Field::Absent,
        }
        self.missing.retain(|missing| missing.child != child);
    }

    /// How many children it holds.
    pub(crate) fn children(&self) -> usize {
        let product = &self.product;
        let count = [
            product.variants.value().map_or(0, Vec::len),
            product.images.value().map_or(0, Vec::len),
            product.custom_fields.value().map_or(0, Vec::len),
        ];
        count.into_iter().fold(0, usize::saturating_add)
    }
}

fn extend<T>(field: &mut Field<Vec<T>>, more: Vec<T>, at: &str) -> Result<(), RowError> {
    let mut all = match core::mem::take(field) {
        Field::Value(all) => all,
        Field::Absent | Field::Null => Vec::new(),
    };
    all.extend(more);
    if all.len() > CHILDREN_MAX {
        return Err(RowError::TooMany { at: at.to_owned(), found: all.len() });
    }
    *field = Field::Value(all);
    Ok(())
}
