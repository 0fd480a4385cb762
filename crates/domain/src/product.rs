use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::open_word::open_word;
use crate::{Field, Mapped, Money, UnixMillis, VendorId};

/// What a vendor calls a product, its variants inside.
///
/// What the vendor's model has and this one has not is kept in `extra`, under the vendor's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "`type` is a keyword, and the vendors' word is this")]
pub struct Product {
    /// The vendor's id.
    pub id: VendorId,
    /// When the vendor last changed it; its version.
    pub updated_at: UnixMillis,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub created_at: Field<UnixMillis>,
    /// When it was published to the online store; `Null` while it is not.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub published_at: Field<UnixMillis>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub title: Field<String>,
    /// The part of its address that names it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub handle: Field<String>,
    /// Its description, as HTML.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub description_html: Field<String>,
    /// Its brand or maker.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub vendor: Field<String>,
    /// The retailer's own word for what it is.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub product_type: Field<String>,
    /// Whether it is on sale.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub status: Field<ProductStatus>,
    /// What it is made of.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub form: Field<ProductForm>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub tags: Field<Vec<String>>,
    /// The categories or collections it is in.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub categories: Field<Vec<Category>>,
    /// What its variants differ in.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub options: Field<Vec<ProductOption>>,
    /// Its variants, in the vendor's order.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub variants: Field<Vec<Variant>>,
    /// The products that it is made of, where they have records of their own.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub components: Field<Vec<Component>>,
    /// Its pictures, in the vendor's order.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub images: Field<Vec<Image>>,
    /// What the retailer or an app added.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub custom_fields: Field<Vec<CustomField>>,
    /// What the account's mapping made of all that, under the retailer's names.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub mapped: Field<Mapped>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

open_word!(
    /// Whether a product is on sale.
    ProductStatus {
        /// On sale.
        Active = "active",
        /// Not ready yet.
        Draft = "draft",
        /// No longer sold.
        Archived = "archived",
        /// On sale to whoever has the link.
        Unlisted = "unlisted",
    }
);

open_word!(
    /// What a product is made of.
    ProductForm {
        /// One thing, or variants that a buyer chooses one of, all of them inside the product.
        Simple = "simple",
        /// A choice among products that have records of their own.
        Configurable = "configurable",
        /// Several products sold as one, some of them to be chosen.
        Bundle = "bundle",
        /// Several products shown as one, each sold on its own.
        Grouped = "grouped",
        /// Nothing that could be shipped.
        Virtual = "virtual",
        /// Files.
        Downloadable = "downloadable",
        /// A gift card.
        GiftCard = "gift_card",
    }
);

/// Something a product's variants differ in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductOption {
    /// The vendor's id.
    pub id: VendorId,
    /// Such as `Size`.
    pub name: String,
    /// Such as `S`, `M`, `L`.
    pub values: Vec<String>,
}

/// One thing that can be bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// The vendor's id.
    pub id: VendorId,
    /// Its name.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub title: Field<String>,
    /// The retailer's stock-keeping unit.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub sku: Field<String>,
    /// Its barcode, ISBN or GTIN.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub barcode: Field<String>,
    /// Further numbers it is known by in the trade, as (`gtin`, `upc`, `ean`, `mpn` …, number).
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub identifiers: Field<Vec<(String, String)>>,
    /// Its place among the variants, from 1.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub position: Field<i64>,
    /// What it costs, in the store's currency.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub price: Field<Money>,
    /// What it cost before.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub compare_at_price: Field<Money>,
    /// What it costs the retailer.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub unit_cost: Field<Money>,
    /// What else it costs: in other currencies, for certain buyers, from a quantity on, for a time.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub prices: Field<Vec<Price>>,
    /// How many there are; may be below 0 where overselling is allowed.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub stock: Field<i64>,
    /// The same for each of the store's locations.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub stock_levels: Field<Vec<StockLevel>>,
    /// Whether stock is counted at all.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub stock_tracked: Field<bool>,
    /// Whether it is taxed.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub taxable: Field<bool>,
    /// Whether it must be shipped.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub requires_shipping: Field<bool>,
    /// What it weighs.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub weight: Field<Weight>,
    /// Its value for each of the product's options, as (name, value).
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub selected_options: Field<Vec<(String, String)>>,
    /// What the retailer or an app added to it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub custom_fields: Field<Vec<CustomField>>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub created_at: Field<UnixMillis>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub updated_at: Field<UnixMillis>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A price beside the usual one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// How much.
    pub money: Money,
    /// The vendor's word for what makes it differ: `sale`, `retail`, `map`, `tier`, `special`.
    pub reason: String,
    /// For which list of prices or group of buyers; `Null` for everybody.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub list: Field<String>,
    /// From how many on.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub quantity_min: Field<i64>,
    /// From when on.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub from: Field<UnixMillis>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub until: Field<UnixMillis>,
}

/// How many there are at one of the store's locations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLevel {
    /// The location's id, or its code.
    pub location_id: VendorId,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub location: Field<String>,
    /// How many can be sold.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub available: Field<i64>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A category or collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// The vendor's id.
    pub id: VendorId,
    /// What it is called, or the path to it; absent where the vendor gives only the id.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub name: Field<String>,
    /// The product's place in it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub position: Field<i64>,
}

/// A product that another is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// The product's id, where the vendor names it by that.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub product_id: Field<VendorId>,
    /// The stock-keeping unit, where the vendor names it by that.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub sku: Field<String>,
    /// Of which part of the whole it is one choice.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub part: Field<String>,
    /// How many of it, as the vendor's text.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub quantity: Field<String>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A weight in the vendor's own unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    /// The vendor's digits; as text in JSON.
    #[serde(with = "decimal_text")]
    pub value: Decimal,
    /// The vendor's word for the unit, in lower case: `kilograms`, `grams`, `pounds`, `ounces`.
    pub unit: String,
}

mod decimal_text {
    pub(super) use crate::money::amount_text::{deserialize, serialize};
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The vendor's id.
    pub id: VendorId,
    /// Where it is; `Null` while the vendor is still processing it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub url: Field<String>,
    /// What it shows, for whoever can't see it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub alt: Field<String>,
    /// Width in pixels.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub width: Field<i64>,
    /// Height in pixels.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub height: Field<i64>,
    /// What has no place above, under the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// Something the retailer or an app added: a metafield, a custom field, an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    /// The vendor's id, where it has one.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub id: Field<VendorId>,
    /// What keeps equal keys of two apps apart; empty where the vendor has no such thing.
    pub namespace: String,
    /// Its name.
    pub key: String,
    /// The vendor's word for its type.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub value_type: Field<String>,
    /// Its value, as the vendor's text.
    pub value: String,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub updated_at: Field<UnixMillis>,
}
