use flyball_connector::decode::{RowError, Text};
use flyball_connector::json::At;
use flyball_domain::{
    Category, CustomField, Field, Image, Product, ProductForm, ProductOption, ProductStatus,
    VendorId,
};
use serde_json::{Map, Value};

use super::facts::{NameOf, Names, StoreFacts};
use super::fields::{Fields, each};
use super::notes::Notes;
use super::number_of;
use super::own::Own;
use super::variant::{Inherited, ReadVariant, variant};

/// What belongs to a product and was asked for on its own; `None` where it was not.
#[derive(Debug, Default)]
pub(crate) struct ProductParts {
    /// All variants, instead of those that came with the product.
    pub(crate) variants: Option<Vec<Box<str>>>,
    /// The same of its images.
    pub(crate) images: Option<Vec<Box<str>>>,
    /// The same of its custom fields.
    pub(crate) custom_fields: Option<Vec<Box<str>>>,
    pub(crate) metafields: Option<Vec<Box<str>>>,
}

/// Reads a product.
///
/// # Errors
/// No id, no time of change, or an amount that is none.
pub(crate) fn product(
    row: At<'_, '_>,
    parts: &ProductParts,
    facts: &StoreFacts,
    names: &Names,
    notes: &mut Notes,
) -> Result<Product, RowError> {
    let mut fields = Fields::read(row)?;
    let id = fields.id("id")?;
    let updated_at = fields.version("date_modified")?;
    let own = Own::read(parts.variants.as_deref())?;
    let variants = own.instead_of(fields.list("variants", notes));
    let inherited = Inherited::read(&mut fields, facts, variants.value().map(Vec::len), notes)?;
    let variants = variants.try_map(|list| {
        let mut position = 0_i64;
        each(list, "variants", notes, |raw, notes| {
            position = position.saturating_add(1);
            variant(raw, position, &inherited, facts, notes)
        })
    })?;
    let mut extra = Map::new();
    let own_images = Own::read(parts.images.as_deref())?;
    let images = own_images.instead_of(fields.list("images", notes));
    let custom_fields = custom_fields(&mut fields, parts, notes, &mut extra)?;
    let product = Product {
        id,
        updated_at,
        created_at: fields.time("date_created", notes),
        published_at: Field::Absent,
        title: fields.text("name", notes),
        handle: handle(&mut fields),
        description_html: fields.text("description", notes),
        vendor: brand(&mut fields, names),
        product_type: Field::Absent,
        status: status(&mut fields),
        form: inherited.form.clone(),
        tags: Field::Absent,
        categories: categories(&mut fields, names, notes)?,
        options: variants
            .value()
            .map(|variants| options(variants))
            .map_or(Field::Absent, Field::Value),
        components: Field::Absent,
        images: images.try_map(|list| each(list, "images", notes, image))?,
        custom_fields,
        mapped: Field::Absent,
        variants: variants.map(|read| read.into_iter().map(|read| read.variant).collect()),
        extra: Map::new(),
    };
    fields.rest(&mut extra)?;
    Ok(Product { extra, ..product })
}

/// The part of its address that names it, such as `jars/one-liter`.
fn handle(fields: &mut Fields<'_>) -> Field<String> {
    let mut notes = Notes::default();
    match fields.peek("custom_url") {
        Field::Absent => Field::Absent,
        Field::Null => Field::Null,
        Field::Value(raw) => Fields::read(raw)
            .map_or(Field::Absent, |mut url| url.text("url", &mut notes))
            .map(|url| url.trim_matches('/').to_owned()),
    }
}

/// A product's brand by its name. Its id stays in `extra`.
fn brand(fields: &mut Fields<'_>, names: &Names) -> Field<String> {
    match fields.peek("brand_id").map(|raw| raw.raw().trim_matches('"')) {
        Field::Absent => Field::Absent,
        Field::Null | Field::Value("0" | "") => Field::Null,
        Field::Value(id) => id
            .parse()
            .ok()
            .and_then(|id| names.get(NameOf::Brand, id))
            .map_or(Field::Absent, |name| Field::Value(name.to_owned())),
    }
}

/// On sale is what is shown and can be bought. The vendor's two switches for that stay in `extra`.
fn status(fields: &mut Fields<'_>) -> Field<ProductStatus> {
    let visible = fields.peek("is_visible").map(At::raw);
    let disabled =
        fields.peek("availability").value().is_some_and(|raw| raw.raw() == "\"disabled\"");
    match visible {
        Field::Value("true") if !disabled => Field::Value(ProductStatus::Active),
        Field::Value("true" | "false") => Field::Value(ProductStatus::Draft),
        Field::Value(_) | Field::Null | Field::Absent => Field::Absent,
    }
}

/// What the vendor's two types are made of. The vendor's word stays in `extra`.
pub(super) fn form(fields: &mut Fields<'_>) -> Field<ProductForm> {
    match fields.peek("type").map(At::text) {
        Field::Absent | Field::Value(None) => Field::Absent,
        Field::Null => Field::Null,
        Field::Value(Some(word)) => Field::Value(match word.as_ref() {
            "physical" => ProductForm::Simple,
            "digital" => ProductForm::Downloadable,
            other => ProductForm::from(other.to_owned()),
        }),
    }
}

fn categories(
    fields: &mut Fields<'_>,
    names: &Names,
    notes: &mut Notes,
) -> Result<Field<Vec<Category>>, RowError> {
    fields.list("categories", notes).try_map(|list| {
        each(list, "categories", notes, |raw, _notes| {
            let wrong = |error: &dyn core::fmt::Display| RowError::value("id", error);
            let text: Text<'_> = raw.read().map_err(|error| wrong(&error))?;
            let id: VendorId = text.0.parse().map_err(|error| wrong(&error))?;
            let name = number_of(&id).and_then(|id| names.get(NameOf::Category, id));
            let name = name.map_or(Field::Absent, |name| Field::Value(name.to_owned()));
            Ok(Category { id, name, position: Field::Absent })
        })
    })
}

/// What a product's variants differ in, in the order of its first variants.
fn options(variants: &[ReadVariant]) -> Vec<ProductOption> {
    let mut options: Vec<ProductOption> = Vec::new();
    for choice in variants.iter().flat_map(|variant| &variant.choices) {
        let (id, name, value) = choice;
        let known = options.iter_mut().find(|option| option.id == *id);
        match known {
            Some(option) if option.values.contains(value) => {}
            Some(option) => option.values.push(value.clone()),
            None => options.push(ProductOption {
                id: id.clone(),
                name: name.clone(),
                values: vec![value.clone()],
            }),
        }
    }
    options
}

fn image(row: At<'_, '_>, notes: &mut Notes) -> Result<Image, RowError> {
    let mut fields = Fields::read(row)?;
    let mut extra = Map::new();
    let id = fields.id("id")?;
    let large = if fields.peek("url_zoom").value().is_some() { "url_zoom" } else { "url_standard" };
    let url = fields.text(large, notes);
    let alt = fields.text("description", notes);
    fields.rest(&mut extra)?;
    Ok(Image { id, url, alt, width: Field::Absent, height: Field::Absent, extra })
}

/// Custom fields, which have no namespace, and metafields, which have one.
fn custom_fields(
    fields: &mut Fields<'_>,
    parts: &ProductParts,
    notes: &mut Notes,
    extra: &mut Map<String, Value>,
) -> Result<Field<Vec<CustomField>>, RowError> {
    let own = Own::read(parts.custom_fields.as_deref())?;
    let own = own.instead_of(fields.list("custom_fields", notes));
    let own = own.try_map(|list| each(list, "custom_fields", notes, custom_field))?;
    let metafields = Own::read(parts.metafields.as_deref())?;
    let Field::Value(metafields) = metafields.instead_of(Field::Absent) else { return Ok(own) };
    let mut leftovers = Vec::new();
    let more = each(metafields, "metafields", notes, |row, notes| {
        let (field, leftover) = metafield(row, notes)?;
        leftovers.push(leftover);
        Ok(field)
    })?;
    if !leftovers.is_empty() {
        extra.insert("metafields".to_owned(), Value::Array(leftovers));
    }
    let mut all = match own {
        Field::Value(own) => own,
        Field::Null | Field::Absent => Vec::new(),
    };
    all.extend(more);
    Ok(Field::Value(all))
}

fn custom_field(row: At<'_, '_>, notes: &mut Notes) -> Result<CustomField, RowError> {
    let mut fields = Fields::read(row)?;
    Ok(CustomField {
        id: fields.reference("id", notes),
        namespace: String::new(),
        key: required(&mut fields, "name", notes)?,
        value_type: Field::Absent,
        value: fields.text("value", notes).value().cloned().unwrap_or_default(),
        updated_at: Field::Absent,
    })
}

/// A metafield, and what of it has no place.
fn metafield(row: At<'_, '_>, notes: &mut Notes) -> Result<(CustomField, Value), RowError> {
    let mut fields = Fields::read(row)?;
    let field = CustomField {
        id: fields.reference("id", notes),
        namespace: fields.text("namespace", notes).value().cloned().unwrap_or_default(),
        key: required(&mut fields, "key", notes)?,
        value_type: Field::Absent,
        value: fields.text("value", notes).value().cloned().unwrap_or_default(),
        updated_at: fields.time("date_modified", notes),
    };
    let mut leftover = Map::new();
    if let Field::Value(id) = &field.id {
        leftover.insert("id".to_owned(), id.as_str().into());
    }
    fields.rest(&mut leftover)?;
    Ok((field, Value::Object(leftover)))
}

fn required(
    fields: &mut Fields<'_>,
    name: &'static str,
    notes: &mut Notes,
) -> Result<String, RowError> {
    fields
        .text(name, notes)
        .value()
        .cloned()
        .ok_or_else(|| RowError::Missing { at: name.to_owned(), expected: "a name" })
}
