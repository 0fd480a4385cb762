use flyball_connector::decode::{RowError, Text, each, keep, text, time};
use flyball_connector::json::{At, Raw};
use flyball_domain::{
    Category, Field, Image, Product, ProductForm, ProductOption, ProductStatus, Variant,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::connection::{Connection, Nodes};
use super::gid::id;
use super::medium::{Medium, medium};
use super::metafield::{MetafieldNode, metafield};
use super::reader::Reader;
use super::required_time;
use super::variant::{VariantNode, variant};
use super::words::{given, words};
use crate::queries::List;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ProductNode<'a> {
    id: Field<Text<'a>>,
    title: Field<Text<'a>>,
    handle: Field<Text<'a>>,
    vendor: Field<Text<'a>>,
    product_type: Field<Text<'a>>,
    status: Field<Text<'a>>,
    tags: Field<Vec<Option<Text<'a>>>>,
    description_html: Field<Text<'a>>,
    created_at: Field<Text<'a>>,
    updated_at: Field<Text<'a>>,
    published_at: Field<Text<'a>>,
    total_inventory: Field<Value>,
    tracks_inventory: Field<Value>,
    is_gift_card: Field<Value>,
    gift_card_template_suffix: Field<Value>,
    has_variants_that_requires_components: Field<Value>,
    requires_selling_plan: Field<Value>,
    template_suffix: Field<Value>,
    online_store_url: Field<Value>,
    category: Field<Value>,
    seo: Field<Value>,
    options: Field<Vec<Option<OptionNode<'a>>>>,
    #[serde(borrow)]
    variants: Field<Connection<VariantNode<'a>>>,
    #[serde(borrow)]
    media: Field<Connection<Raw<'a>>>,
    #[serde(borrow)]
    metafields: Field<Connection<MetafieldNode<'a>>>,
    #[serde(borrow)]
    collections: Field<Connection<CollectionNode<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OptionNode<'a> {
    #[serde(borrow)]
    id: Field<Text<'a>>,
    name: Field<Text<'a>>,
    values: Field<Vec<Option<Text<'a>>>>,
}

/// Reads a product.
pub(super) fn product<'n, 'p: 'n>(
    node: At<'_, 'n>,
    reader: &mut Reader<'p>,
) -> Result<Product, RowError> {
    let mut node: ProductNode<'n> = node.read()?;
    let updated_at = required_time(core::mem::take(&mut node.updated_at), "updatedAt")?;
    let owner = node.id.value().map_or("", |id| id.0.as_ref()).to_owned();
    let mut extra = extra(&mut node);
    let variants = reader
        .list(List::Variants, &owner, node.variants)?
        .try_map(|nodes| each(nodes, "variants", |node| variant(node, reader)))?;
    let media = reader.list(List::Media, &owner, node.media)?;
    let images = media.try_map(|nodes| images(nodes, &mut extra))?;
    let custom_fields = reader
        .list(List::ProductMetafields, &owner, node.metafields)?
        .try_map(|nodes| each(nodes, "metafields", metafield))?;
    let categories = reader
        .list(List::Collections, &owner, node.collections)?
        .try_map(|nodes| each(nodes, "collections", category))?;
    Ok(Product {
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
        form: form(&node.is_gift_card, &extra, &variants),
        tags: node.tags.map(words),
        categories,
        options: node.options.try_map(options)?,
        variants,
        components: Field::Absent,
        images,
        custom_fields,
        mapped: Field::Absent,
        extra,
    })
}

const NEEDS_COMPONENTS: &str = "hasVariantsThatRequiresComponents";

fn extra(node: &mut ProductNode<'_>) -> Map<String, Value> {
    let mut extra = Map::new();
    for (name, field) in [
        ("totalInventory", &mut node.total_inventory),
        ("tracksInventory", &mut node.tracks_inventory),
        ("giftCardTemplateSuffix", &mut node.gift_card_template_suffix),
        (NEEDS_COMPONENTS, &mut node.has_variants_that_requires_components),
        ("requiresSellingPlan", &mut node.requires_selling_plan),
        ("templateSuffix", &mut node.template_suffix),
        ("onlineStoreUrl", &mut node.online_store_url),
        ("category", &mut node.category),
        ("seo", &mut node.seo),
    ] {
        keep(&mut extra, name, core::mem::take(field));
    }
    extra
}

/// What a product is made of, as far as it can be told from a gift card, a bundle and what is not
/// shipped; the vendor has no word of its own for it.
fn form(
    is_gift_card: &Field<Value>,
    extra: &Map<String, Value>,
    variants: &Field<Vec<Variant>>,
) -> Field<ProductForm> {
    let is_shipped = |variant: &Variant| variant.requires_shipping != Field::Value(false);
    match is_gift_card {
        Field::Absent => Field::Absent,
        Field::Value(Value::Bool(true)) => Field::Value(ProductForm::GiftCard),
        Field::Null | Field::Value(_) => Field::Value(match variants.value() {
            _ if extra.get(NEEDS_COMPONENTS) == Some(&Value::Bool(true)) => ProductForm::Bundle,
            Some(all) if !all.is_empty() && !all.iter().any(is_shipped) => ProductForm::Virtual,
            Some(_) | None => ProductForm::Simple,
        }),
    }
}

fn options(nodes: Vec<Option<OptionNode<'_>>>) -> Result<Vec<ProductOption>, RowError> {
    let read = |(index, node): (usize, OptionNode<'_>)| {
        Ok(ProductOption {
            id: id(&node.id, "id").map_err(|error| error.within(&format!("options[{index}]")))?,
            name: given(node.name).unwrap_or_default(),
            values: match node.values {
                Field::Value(values) => words(values),
                Field::Null | Field::Absent => Vec::new(),
            },
        })
    };
    nodes.into_iter().flatten().enumerate().map(read).collect()
}

/// Pictures; other media go to `extra`.
fn images(nodes: Nodes<Raw<'_>>, extra: &mut Map<String, Value>) -> Result<Vec<Image>, RowError> {
    let (mut images, mut others) = (Vec::new(), Vec::new());
    for medium in each(nodes, "media", medium)? {
        match medium {
            Medium::Image(image) => images.push(image),
            Medium::Other(other) => others.push(other),
        }
    }
    if !others.is_empty() {
        extra.insert("media".to_owned(), Value::Array(others));
    }
    Ok(images)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CollectionNode<'a> {
    #[serde(borrow)]
    id: Field<Text<'a>>,
    title: Field<Text<'a>>,
}

fn category(node: CollectionNode<'_>) -> Result<Category, RowError> {
    Ok(Category { id: id(&node.id, "id")?, name: text(node.title), position: Field::Absent })
}
