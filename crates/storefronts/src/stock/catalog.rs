use std::collections::HashSet;
use std::io::Read;

use csv::StringRecord;
use flyball_domain::ProductStatus;
use rust_decimal::Decimal;

use super::columns::{Columns, Line};
use super::{
    IMAGES_MAX, ImageStatus, OPTIONS_MAX, ProductKind, StockAt, StockImage, StockMetafield,
    StockOption, StockProduct, StockVariant, StockWeight, VARIANTS_MAX, magento_file,
};

/// The digits behind the point that a weight is kept to.
const WEIGHT_DIGITS: u32 = 4;
/// The file does not say how large a picture is.
const IMAGE_PIXELS: u32 = 925;

const OPTION_COLUMNS: [(&str, &str); OPTIONS_MAX] = [
    ("Option1 Name", "Option1 Value"),
    ("Option2 Name", "Option2 Value"),
    ("Option3 Name", "Option3 Value"),
];

/// Products read from a file in Shopify's or Magento's product export format.
///
/// Shopify's has one line per variant or picture; the lines of a product stand together and share a `Handle`, and
/// the first of them holds what the product has only once
/// (<https://help.shopify.com/manual/products/import-export/using-csv>). `Google Shopping` columns,
/// taxes and fulfillment services are left out.
#[derive(Clone, Debug)]
pub struct Catalog(Vec<StockProduct>);

/// Why a file is no catalog.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Not CSV, or not UTF-8, or lines of different lengths.
    #[error("the product file can't be read as CSV with one header line: {0}")]
    Csv(#[from] csv::Error),
    /// A column is missing.
    #[error(
        "the product file has no column {column:?}; expected Shopify's or Magento's product export, \
         whose first line names the columns"
    )]
    Column {
        /// The missing one.
        column: &'static str,
    },
    /// No product in it.
    #[error("the product file holds no products; expected at least one line below the header")]
    Empty,
    /// A line without a handle.
    #[error("line {line}: the column \"Handle\" is empty; expected the product's handle")]
    Handle {
        /// From 1, the header's.
        line: u64,
    },
    /// A line without a stock-keeping unit.
    #[error("line {line}: the column \"sku\" is empty; expected a stock-keeping unit")]
    Sku {
        /// From 1, the header's.
        line: u64,
    },
    /// A product without a name.
    #[error("line {line}: product {sku:?} has no \"name\"")]
    Name {
        /// From 1, the header's.
        line: u64,
        /// The product's.
        sku: String,
    },
    /// A product that comes twice.
    #[error("line {line}: product {sku:?} came before; expected each stock-keeping unit once")]
    Twice {
        /// From 1, the header's.
        line: u64,
        /// The product's.
        sku: String,
    },
    /// A product that is named and not there.
    #[error("line {line}, column {column:?}: product {sku:?} is not in the file")]
    Unknown {
        /// From 1, the header's.
        line: u64,
        /// The column that names it.
        column: &'static str,
        /// The product's.
        sku: String,
    },
    /// A product's first line without a title.
    #[error("line {line}: the first line of product {handle:?} has no \"Title\"")]
    Title {
        /// From 1, the header's.
        line: u64,
        /// The product's.
        handle: String,
    },
    /// A product whose lines do not stand together.
    #[error(
        "line {line}: product {handle:?} came before, with other products between; expected all \
         lines of a product to stand together"
    )]
    Scattered {
        /// From 1, the header's.
        line: u64,
        /// The product's.
        handle: String,
    },
    /// A variant without a value for one of the product's options.
    #[error("line {line}: the variant has no value for the product's option {option:?}")]
    OptionValue {
        /// From 1, the header's.
        line: u64,
        /// The option's name.
        option: String,
    },
    /// A value that can't be read.
    #[error("line {line}, column {column:?}: found {found:?}, expected {expected}")]
    Value {
        /// From 1, the header's.
        line: u64,
        /// The column's name.
        column: &'static str,
        /// The text as it came, cut to a bounded length.
        found: String,
        /// What could be read.
        expected: &'static str,
    },
    /// More variants or pictures than a product may have.
    #[error("line {line}: product {handle:?} has more than {most} {what}")]
    TooMany {
        /// From 1, the header's.
        line: u64,
        /// The product's.
        handle: String,
        /// Of what there are too many.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
}

impl Catalog {
    /// Reads a file; its header tells in whose format it is.
    ///
    /// # Errors
    /// The first line that can't be read, with its number and what was expected there.
    pub fn read(file: impl Read) -> Result<Self, CatalogError> {
        let mut reader = csv::Reader::from_reader(file);
        let columns = Columns::parse(reader.headers()?);
        let is_magento = columns.has("sku") && columns.has("name");
        if !is_magento {
            columns.require(&["Handle", "Title"])?;
        }
        let records = reader.records().collect::<Result<Vec<_>, _>>()?;
        let products = if is_magento {
            magento_file::read(&columns, &records)?
        } else {
            shopify_products(&columns, &records)?
        };
        if products.is_empty() {
            return Err(CatalogError::Empty);
        }
        Ok(Self(products))
    }

    /// How many products there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never: a catalog holds at least one product.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The products, in the order of the file.
    pub fn products(&self) -> &[StockProduct] {
        &self.0
    }

    pub(super) fn into_products(self) -> Vec<StockProduct> {
        self.0
    }
}

/// Reads Shopify's format: one line per variant or picture.
fn shopify_products(
    columns: &Columns,
    records: &[StringRecord],
) -> Result<Vec<StockProduct>, CatalogError> {
    let mut products: Vec<Draft> = Vec::new();
    let mut handles = HashSet::new();
    for record in records {
        let line = columns.line(record);
        let handle = line.text("Handle");
        if handle.is_empty() {
            return Err(CatalogError::Handle { line: line.number });
        }
        match products.last_mut().filter(|draft| draft.product.handle == handle) {
            Some(draft) => draft.add(&line)?,
            None if !handles.insert(handle.to_owned()) => {
                return Err(CatalogError::Scattered {
                    line: line.number,
                    handle: handle.to_owned(),
                });
            }
            None => products.push(Draft::start(&line)?),
        }
    }
    Ok(products.into_iter().map(Draft::finish).collect())
}

/// A product whose lines are still being read.
struct Draft {
    product: StockProduct,
    image_places: Vec<u32>,
    variant_images: Vec<Option<String>>,
}

impl Draft {
    fn start(line: &Line<'_>) -> Result<Self, CatalogError> {
        let handle = line.text("Handle").to_owned();
        let Some(title) = line.some("Title") else {
            return Err(CatalogError::Title { line: line.number, handle });
        };
        let product = StockProduct {
            title,
            handle,
            kind: ProductKind::Simple,
            sku: None,
            parent: None,
            collections: Vec::new(),
            description_html: line.text("Body (HTML)").to_owned(),
            vendor: line.text("Vendor").to_owned(),
            product_type: line.text("Type").to_owned(),
            status: match line.text("Status").trim() {
                "" | "active" => ProductStatus::Active,
                "draft" => ProductStatus::Draft,
                "archived" => ProductStatus::Archived,
                "unlisted" => ProductStatus::Unlisted,
                _ => return Err(line.wrong("Status", "active, draft, archived or unlisted")),
            },
            published: line.flag("Published", true)?,
            tags: line
                .text("Tags")
                .split(',')
                .map(str::trim)
                .filter(|tag| !tag.is_empty())
                .map(str::to_owned)
                .collect(),
            is_gift_card: line.flag("Gift Card", false)?,
            category: None,
            seo_title: line.some("SEO Title"),
            seo_description: line.some("SEO Description"),
            options: OPTION_COLUMNS
                .iter()
                .filter_map(|(name, _)| line.some(name))
                .map(|name| StockOption { name, values: Vec::new() })
                .collect(),
            variants: Vec::new(),
            images: Vec::new(),
            metafields: line
                .metafields()
                .map(|(namespace, key, value)| StockMetafield {
                    namespace: namespace.to_owned(),
                    key: key.to_owned(),
                    value_type: "single_line_text_field".to_owned(),
                    value: value.to_owned(),
                })
                .collect(),
        };
        let mut draft = Self { product, image_places: Vec::new(), variant_images: Vec::new() };
        if draft.product.options.is_empty() {
            draft.product.options =
                vec![StockOption { name: "Title".to_owned(), values: Vec::new() }];
            draft.add_variant(line, vec!["Default Title".to_owned()])?;
            draft.add_image(line)?;
        } else {
            draft.add(line)?;
        }
        Ok(draft)
    }

    fn add(&mut self, line: &Line<'_>) -> Result<(), CatalogError> {
        let is_variant = OPTION_COLUMNS.iter().any(|(_, value)| !line.text(value).is_empty());
        if is_variant {
            let values = OPTION_COLUMNS
                .iter()
                .zip(&self.product.options)
                .map(|((_, column), option)| {
                    line.some(column).ok_or_else(|| CatalogError::OptionValue {
                        line: line.number,
                        option: option.name.clone(),
                    })
                })
                .collect::<Result<_, _>>()?;
            self.add_variant(line, values)?;
        }
        self.add_image(line)
    }

    fn add_variant(&mut self, line: &Line<'_>, values: Vec<String>) -> Result<(), CatalogError> {
        self.check_room(line, self.product.variants.len(), "variants", VARIANTS_MAX)?;
        for (option, value) in self.product.options.iter_mut().zip(&values) {
            if !option.values.contains(value) {
                option.values.push(value.clone());
            }
        }
        let grams = line.amount("Variant Grams")?.unwrap_or_default();
        let unit = line.weight_unit()?;
        let quantity = line.whole("Variant Inventory Qty")?.unwrap_or(0);
        let in_unit = grams.checked_div(unit.grams()).unwrap_or_default();
        self.variant_images.push(line.some("Variant Image"));
        self.product.variants.push(StockVariant {
            option_values: values,
            sku: line.some("Variant SKU"),
            barcode: line.some("Variant Barcode"),
            price: line.amount("Variant Price")?.unwrap_or(Decimal::ZERO),
            compare_at_price: line.amount("Variant Compare At Price")?,
            unit_cost: line.amount("Cost per item")?,
            tiers: Vec::new(),
            quantity,
            stock_at: vec![StockAt { location: 0, available: quantity }],
            policy: line.policy()?,
            tracked: !line.text("Variant Inventory Tracker").is_empty(),
            taxable: line.flag("Variant Taxable", true)?,
            requires_shipping: line.flag("Variant Requires Shipping", true)?,
            weight: Some(StockWeight { value: in_unit.round_dp(WEIGHT_DIGITS), unit }),
            image: None,
        });
        Ok(())
    }

    fn add_image(&mut self, line: &Line<'_>) -> Result<(), CatalogError> {
        let Some(url) = line.some("Image Src") else { return Ok(()) };
        self.check_room(line, self.product.images.len(), "pictures", IMAGES_MAX)?;
        let place = line.whole("Image Position")?;
        self.image_places.push(place.unwrap_or(u32::MAX));
        self.product.images.push(StockImage {
            url,
            alt: line.some("Image Alt Text"),
            width: IMAGE_PIXELS,
            height: IMAGE_PIXELS,
            status: ImageStatus::Ready,
        });
        Ok(())
    }

    fn check_room(
        &self,
        line: &Line<'_>,
        found: usize,
        what: &'static str,
        most: usize,
    ) -> Result<(), CatalogError> {
        if found < most {
            return Ok(());
        }
        let handle = self.product.handle.clone();
        Err(CatalogError::TooMany { line: line.number, handle, what, most })
    }

    fn finish(self) -> StockProduct {
        let mut product = self.product;
        let mut placed: Vec<_> = self.image_places.into_iter().zip(product.images).collect();
        placed.sort_by_key(|(place, _)| *place);
        product.images = placed.into_iter().map(|(_, image)| image).collect();
        for (variant, url) in product.variants.iter_mut().zip(self.variant_images) {
            variant.image =
                url.and_then(|url| product.images.iter().position(|image| image.url == url));
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../tests/data/catalog.csv");

    fn error(text: &str) -> String {
        Catalog::read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn variants_and_pictures_are_gathered_under_their_product() {
        let products = Catalog::read(GOOD.as_bytes()).unwrap().into_products();
        assert_eq!(products.len(), 3);
        let mug = &products[0];
        assert_eq!(mug.title, "Mug, \"large\" 🍵");
        assert_eq!(mug.tags, ["kitchen", "new"]);
        assert_eq!(mug.variants.len(), 3);
        assert_eq!(mug.variants[1].option_values, ["Red", "L"]);
        assert_eq!(mug.options[0].values, ["Red", "Blue"]);
        assert_eq!(mug.images.len(), 2);
        assert_eq!(mug.images[0].url, "https://example.com/mug-front.jpg");
        assert_eq!(mug.variants[2].image, Some(1));
        assert_eq!(mug.metafields[0].key, "care");
        assert_eq!(mug.variants[0].unit_cost, Some("4.50".parse().unwrap()));
        let lamp = &products[1];
        assert!(!lamp.published);
        assert_eq!(lamp.variants[0].weight.as_ref().unwrap().value, "1.5".parse().unwrap());
        assert_eq!(products[2].options[0].values, ["Default Title"]);
    }

    #[test]
    fn a_value_that_cannot_be_read_is_named_with_its_line_and_column() {
        let text = "Handle,Title,Variant Price\na,A,1.00\nb,B,cheap\n";
        assert_eq!(
            error(text),
            "line 3, column \"Variant Price\": found \"cheap\", expected an amount such as 19.90"
        );
        let text = "Handle,Title,Published\na,A,perhaps\n";
        assert_eq!(
            error(text),
            "line 2, column \"Published\": found \"perhaps\", expected true or false"
        );
    }

    #[test]
    fn files_of_another_shape_are_refused_with_what_was_expected() {
        assert!(error("Name,Price\nMug,3\n").contains("no column \"Handle\""));
        assert!(error("").contains("no column \"Handle\""));
        assert!(error("Handle,Title\n").contains("holds no products"));
        assert!(error("Handle,Title\n,A\n").starts_with("line 2: the column \"Handle\" is empty"));
        assert!(error("Handle,Title\na,\n").starts_with("line 2: the first line of product \"a\""));
        assert!(error("Handle,Title\na,A\nb,B\na,A\n").starts_with("line 4: product \"a\" came"));
        assert!(error("Handle,Title\na,A,extra\n").contains("line: 2"));
    }

    #[test]
    fn a_variant_needs_a_value_for_each_option() {
        let text = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value\n\
                    a,A,Color,Red,Size,S\n\
                    a,,,Red,,\n";
        assert_eq!(
            error(text),
            "line 3: the variant has no value for the product's option \"Size\""
        );
    }

    #[test]
    fn more_variants_than_a_product_may_have_are_refused() {
        let mut text = "Handle,Title,Option1 Name,Option1 Value\na,A,Number,0\n".to_owned();
        text.extend((1..=VARIANTS_MAX).map(|number| format!("a,,,{number}\n")));
        assert!(error(&text).ends_with("has more than 2048 variants"));
    }
}
