//! A product. Every Magento product is one thing with one SKU, whatever it is made of, so it has
//! exactly one variant, whose id is the product's own. What it is made of or offers a choice of are
//! products with records of their own: its components.

use flyball_connector::decode::RowError;
use flyball_connector::json::Raw;
use flyball_domain::{
    Category, Field, Money, Product, ProductForm, ProductStatus, Variant, VendorId, Weight,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Reader;
use super::attributes::attributes;
use super::object::{Object, ValueOrDefault as _, value};
use super::parts::{Parts, images, parts};
use super::prices::{prices, tier_prices};
use super::stock::stock_item;

/// A product of which names and stock are still to be asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProductDraft {
    pub(crate) product: Box<Product>,
    /// For each of its options the id of the attribute that has the names of its values.
    pub(crate) attribute_ids: Vec<Option<String>>,
}

impl ProductDraft {
    /// The SKU by which its stock is asked for.
    pub(crate) fn sku(&self) -> Option<&str> {
        self.product.variants.value()?.first()?.sku.value().map(String::as_str)
    }
}

/// Reads a product.
pub(crate) fn product(
    mut row: Object<'_>,
    reader: &mut Reader<'_>,
) -> Result<ProductDraft, RowError> {
    let id = row.id("id")?;
    let updated_at = match row.time("updated_at") {
        Field::Value(at) => at,
        Field::Absent | Field::Null => {
            let at = "updated_at".to_owned();
            return Err(RowError::Missing { at, expected: "a time" });
        }
    };
    let mut extension = row.object("extension_attributes").value_or_default();
    let mut attributes = attributes(&mut row, reader)?;
    let form = row.text("type_id").map(form);
    let mut variant = variant(&id, &mut row, reader)?;
    let stock = stock_item(&mut extension, &mut variant.extra);
    (variant.stock, variant.stock_tracked) = (stock.quantity, stock.tracked);
    variant.unit_cost = core::mem::take(&mut attributes.unit_cost);
    variant.taxable = core::mem::take(&mut attributes.taxable);
    let tiers = tier_prices(&mut row, reader, &mut variant.extra)?;
    variant.prices = prices(&attributes, tiers);
    variant.requires_shipping = match form.value() {
        Some(ProductForm::Virtual | ProductForm::Downloadable) => Field::Value(false),
        Some(ProductForm::Simple) => Field::Value(true),
        Some(_) | None => Field::Absent,
    };
    let Parts { options, attribute_ids, components, mut extra } =
        parts(&mut row, &mut extension, reader);
    let product = Product {
        id,
        updated_at,
        created_at: row.time("created_at"),
        published_at: Field::Absent,
        title: row.text("name"),
        handle: attributes.handle,
        description_html: attributes.description_html,
        vendor: Field::Absent,
        product_type: Field::Absent,
        status: row.text("status").map(status),
        form,
        tags: Field::Absent,
        categories: categories(&mut extension),
        options,
        variants: Field::Value(vec![variant]),
        components,
        images: images(&mut row, reader, &mut extra),
        custom_fields: attributes.custom_fields,
        mapped: Field::Absent,
        extra: Map::new(),
    };
    extra.extend(row.rest());
    extension.rest_into(&mut extra, "extension_attributes");
    Ok(ProductDraft { product: Box::new(Product { extra, ..product }), attribute_ids })
}

/// The one variant, as far as the row itself tells of it.
fn variant(
    id: &VendorId,
    row: &mut Object<'_>,
    reader: &mut Reader<'_>,
) -> Result<Variant, RowError> {
    Ok(Variant {
        id: id.clone(),
        title: Field::Absent,
        sku: row.text("sku"),
        barcode: Field::Absent,
        identifiers: Field::Absent,
        position: Field::Absent,
        price: reader.money(row, "price")?,
        compare_at_price: Field::Absent,
        unit_cost: Field::Absent,
        prices: Field::Absent,
        stock: Field::Absent,
        stock_levels: Field::Absent,
        stock_tracked: Field::Absent,
        taxable: Field::Absent,
        requires_shipping: Field::Absent,
        weight: weight(row, reader),
        selected_options: Field::Absent,
        custom_fields: Field::Absent,
        created_at: Field::Absent,
        updated_at: Field::Absent,
        extra: Map::new(),
    })
}

/// `type_id`: <https://developer.adobe.com/commerce/php/development/components/product-types/>.
fn form(type_id: String) -> ProductForm {
    match type_id.as_str() {
        "giftcard" => ProductForm::GiftCard,
        _ => ProductForm::from(type_id),
    }
}

/// 1 is enabled, 2 is disabled (`Magento\Catalog\Model\Product\Attribute\Source\Status`).
fn status(status: String) -> ProductStatus {
    match status.as_str() {
        "1" => ProductStatus::Active,
        "2" => ProductStatus::Other("disabled".to_owned()),
        _ => ProductStatus::Other(status),
    }
}

/// In the store's unit, `lbs` or `kgs`. Where that isn't known the weight stays where it is.
fn weight(row: &mut Object<'_>, reader: &Reader<'_>) -> Field<Weight> {
    let unit = match reader.facts.weight_unit.as_deref() {
        None => return Field::Absent,
        Some("lbs") => "pounds",
        Some("kgs") => "kilograms",
        Some(other) => other,
    };
    row.number("weight").map(|value| Weight { value, unit: unit.to_owned() })
}

/// Ids and places; the names are asked for later.
fn categories(extension: &mut Object<'_>) -> Field<Vec<Category>> {
    let read = |raw: Raw<'_>| {
        let mut link = Object::of(raw)?;
        let id = link.vendor_id("category_id");
        let position = link.whole("position");
        let known = Category { id: id.value()?.clone(), name: Field::Absent, position };
        link.rest().is_empty().then_some(known)
    };
    let all: Field<Option<Vec<Category>>> = match extension.peek("category_links") {
        Field::Absent => return Field::Absent,
        Field::Null => Field::Null,
        Field::Value(raw) => {
            let links = super::object::list(raw);
            Field::Value(links.and_then(|links| links.into_iter().map(read).collect()))
        }
    };
    match all {
        // What is not as it should be stays as it is.
        Field::Absent | Field::Value(None) => Field::Absent,
        Field::Null => {
            extension.drop_field("category_links");
            Field::Null
        }
        Field::Value(Some(all)) => {
            extension.drop_field("category_links");
            Field::Value(all)
        }
    }
}

/// The store's money, where the currency is known; elsewhere the field stays.
pub(crate) fn money_of(
    raw: Field<Raw<'_>>,
    currency: flyball_domain::Currency,
    at: &str,
) -> Result<Field<Money>, RowError> {
    raw.try_map(|raw| super::amount(raw, at).map(|amount| Money { amount, currency }))
}

/// A value as text for a custom field: a text as it is, anything else as JSON.
pub(crate) fn field_text(raw: Raw<'_>) -> (String, Field<String>) {
    let value = value(raw);
    let value_type = match &value {
        Value::Array(_) => Field::Value("array".to_owned()),
        Value::Object(_) => Field::Value("object".to_owned()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Field::Absent,
    };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    (text, value_type)
}
