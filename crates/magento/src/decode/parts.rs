//! What a product is made of, what it offers a choice of, and its pictures.

use flyball_connector::json::Raw;
use flyball_domain::{Component, Field, Image, ProductOption, VendorId};
use serde_json::{Map, Value};

use super::Reader;
use super::object::{Object, ValueOrDefault as _, list, value};

/// Under the store's media folder, `catalog/product` and then the picture's own path.
const MEDIA_PRODUCT: &str = "catalog/product";

/// What a product is made of.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) options: Field<Vec<ProductOption>>,
    pub(super) attribute_ids: Vec<Option<String>>,
    pub(super) components: Field<Vec<Component>>,
    /// What has no place above.
    pub(super) extra: Map<String, Value>,
}

/// Takes options, children, the parts of a bundle and the members of a group.
pub(super) fn parts(
    row: &mut Object<'_>,
    extension: &mut Object<'_>,
    reader: &mut Reader<'_>,
) -> Parts {
    let mut parts = Parts::default();
    parts.take_options(extension, reader);
    parts.take_children(extension);
    parts.take_bundle(extension, reader);
    parts.take_links(row);
    parts
}

impl Parts {
    fn add(&mut self, more: Vec<Component>) {
        match &mut self.components {
            Field::Value(all) => all.extend(more),
            components @ (Field::Absent | Field::Null) => *components = Field::Value(more),
        }
    }

    /// The values are numbers here; their names are asked for later. Since a [`ProductOption`] has
    /// no place for the attribute's id and position, the options stay in `extra` as well.
    fn take_options(&mut self, extension: &mut Object<'_>, reader: &mut Reader<'_>) {
        const NAME: &str = "configurable_product_options";
        let Field::Value(raw) = extension.peek(NAME) else { return };
        let Some(rows) = list(raw) else { return };
        extension.drop_field(NAME);
        let mut options = Vec::with_capacity(rows.len());
        for (index, raw) in rows.iter().enumerate() {
            let mut option = Object::of(*raw).unwrap_or_default();
            let Field::Value(id) = option.vendor_id("id") else {
                reader.unused(format!("{NAME}[{index}]"), "found no id");
                continue;
            };
            let index_of = |raw: &Raw<'_>| {
                Object::of(*raw).and_then(|mut value| value.text("value_index").value().cloned())
            };
            let values = option.list("values").value().cloned().unwrap_or_default();
            options.push(ProductOption {
                id,
                name: option.text("label").value().cloned().unwrap_or_default(),
                values: values.iter().filter_map(index_of).collect(),
            });
            self.attribute_ids.push(option.text("attribute_id").value().cloned());
        }
        self.options = Field::Value(options);
        if !rows.is_empty() {
            self.extra.insert(NAME.to_owned(), value(raw));
        }
    }

    fn take_children(&mut self, extension: &mut Object<'_>) {
        const NAME: &str = "configurable_product_links";
        let Field::Value(raw) = extension.peek(NAME) else { return };
        let Some(rows) = list(raw) else { return };
        let id = |raw: &Raw<'_>| raw.get().trim_matches('"').parse::<VendorId>().ok();
        let ids: Option<Vec<VendorId>> = rows.iter().map(id).collect();
        let Some(ids) = ids else { return };
        extension.drop_field(NAME);
        let child = |id| Component {
            product_id: Field::Value(id),
            sku: Field::Absent,
            part: Field::Absent,
            quantity: Field::Absent,
            extra: Map::new(),
        };
        self.add(ids.into_iter().map(child).collect());
    }

    fn take_bundle(&mut self, extension: &mut Object<'_>, reader: &mut Reader<'_>) {
        const NAME: &str = "bundle_product_options";
        let Field::Value(options) = extension.list(NAME) else { return };
        let mut rests = Vec::new();
        let mut all = Vec::new();
        for (index, raw) in options.into_iter().enumerate() {
            let Some(mut option) = Object::of(raw) else {
                reader.unused(format!("{NAME}[{index}]"), "found no object");
                rests.push(value(raw));
                continue;
            };
            let part = option.text("title");
            let links = option.list("product_links").value().cloned().unwrap_or_default();
            all.extend(links.into_iter().map(|raw| bundle_link(raw, &part)));
            rests.push(Value::Object(option.rest()));
        }
        self.add(all);
        if !rests.is_empty() {
            self.extra.insert(NAME.to_owned(), Value::Array(rests));
        }
    }

    /// Members of a group are components; related products and the like stay in `extra`.
    fn take_links(&mut self, row: &mut Object<'_>) {
        const NAME: &str = "product_links";
        let Field::Value(links) = row.list(NAME) else { return };
        let mut others = Vec::new();
        let mut members = Vec::new();
        for raw in links {
            let mut link = Object::of(raw).unwrap_or_default();
            let kind = link.text("link_type");
            let sku = link.text("linked_product_sku");
            if kind.value().is_none_or(|kind| kind != "associated") || sku.value().is_none() {
                others.push(value(raw));
                continue;
            }
            let mut inner = link.object("extension_attributes").value_or_default();
            let quantity = inner.text("qty");
            let mut extra = link.rest();
            inner.rest_into(&mut extra, "extension_attributes");
            let (product_id, part) = (Field::Absent, Field::Absent);
            members.push(Component { product_id, sku, part, quantity, extra });
        }
        if !members.is_empty() {
            self.add(members);
        }
        if !others.is_empty() {
            self.extra.insert(NAME.to_owned(), Value::Array(others));
        }
    }
}

fn bundle_link(raw: Raw<'_>, part: &Field<String>) -> Component {
    let mut link = Object::of(raw).unwrap_or_default();
    Component {
        product_id: Field::Absent,
        sku: link.text("sku"),
        part: part.clone(),
        quantity: link.text("qty"),
        extra: link.rest(),
    }
}

/// Takes the pictures. Their addresses need the store's media folder; where that isn't known, the
/// file stays in `extra`.
pub(super) fn images(
    row: &mut Object<'_>,
    reader: &mut Reader<'_>,
    extra: &mut Map<String, Value>,
) -> Field<Vec<Image>> {
    const NAME: &str = "media_gallery_entries";
    let mut nameless = Vec::new();
    let images = row.list(NAME).map(|rows| {
        let mut images = Vec::with_capacity(rows.len());
        for (index, raw) in rows.into_iter().enumerate() {
            let mut entry = Object::of(raw).unwrap_or_default();
            let id = match entry.vendor_id("id") {
                Field::Value(id) => Some(id),
                Field::Absent | Field::Null => entry
                    .peek("file")
                    .value()
                    .and_then(|raw| raw.get().trim_matches('"').parse().ok()),
            };
            let Some(id) = id else {
                reader.unused(format!("{NAME}[{index}]"), "found neither an id nor a file");
                nameless.push(value(raw));
                continue;
            };
            let url = match &reader.facts.media {
                Some(media) => entry
                    .text("file")
                    .map(|file| format!("{media}{MEDIA_PRODUCT}/{}", file.trim_start_matches('/'))),
                None => Field::Absent,
            };
            let alt = entry.text("label");
            let (width, height) = (Field::Absent, Field::Absent);
            images.push(Image { id, url, alt, width, height, extra: entry.rest() });
        }
        images
    });
    if !nameless.is_empty() {
        extra.insert(NAME.to_owned(), Value::Array(nameless));
    }
    images
}
