use std::collections::{HashMap, HashSet};

use csv::StringRecord;
use flyball_domain::ProductStatus;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::columns::{Columns, Line};
use super::{
    BundlePart, CatalogError, DownloadLink, ImageStatus, InventoryPolicy, OPTIONS_MAX, ProductKind,
    StockAt, StockCollection, StockComponent, StockImage, StockMetafield, StockOption,
    StockProduct, StockVariant, StockWeight, VARIANTS_MAX, WeightUnit,
};

/// Where the pictures of a file are said to be; it names only their paths.
const MEDIA: &str = "https://media.example.com/catalog/product";
const IMAGE_PIXELS: u32 = 1_200;
/// Attributes that say how the product is made, not what it is.
const NOT_ATTRIBUTES: [&str; 2] = ["has_options", "required_options"];
/// Columns of the short form that are no attributes.
const SHORT_FORM: [&str; 9] = [
    "category",
    "name",
    "sku",
    "price",
    "qty",
    "description",
    "special_price",
    "attribute_set",
    "short_description",
];

/// Reads a file in Magento's export format
/// (<https://experienceleague.adobe.com/en/docs/commerce-admin/systems/data-transfer/data-attributes-product>),
/// or in the short form of its sample data, whose categories and lists stand on lines of their own.
///
/// One line per product, and further ones per store view, which are left out, as are custom options,
/// links to related products and everything about the design of pages.
pub(super) fn read(
    columns: &Columns,
    records: &[StringRecord],
) -> Result<Vec<StockProduct>, CatalogError> {
    let mut reader = Reader::default();
    let mut lines = Vec::new();
    for record in records {
        let line = columns.line(record);
        if line.text("store_view_code").is_empty() {
            reader.note(&line)?;
            lines.push(line);
        }
    }
    let mut products =
        lines.iter().map(|line| reader.product(line)).collect::<Result<Vec<_>, CatalogError>>()?;
    for (line, at) in lines.iter().zip(0..) {
        reader.configure(line, at, &mut products)?;
    }
    Ok(products)
}

#[derive(Default)]
struct Reader {
    by_sku: HashMap<String, usize>,
    handles: HashSet<String>,
    collections: HashMap<String, u64>,
}

impl Reader {
    /// Notes a product's stock-keeping unit, so that others may name it before it comes.
    fn note(&mut self, line: &Line<'_>) -> Result<(), CatalogError> {
        let Some(sku) = line.some("sku") else {
            return Err(CatalogError::Sku { line: line.number });
        };
        let place = self.by_sku.len();
        match self.by_sku.insert(sku.clone(), place) {
            None => Ok(()),
            Some(_) => Err(CatalogError::Twice { line: line.number, sku }),
        }
    }

    fn product(&mut self, line: &Line<'_>) -> Result<StockProduct, CatalogError> {
        let sku = line.text("sku").to_owned();
        let Some(title) = line.some("name") else {
            return Err(CatalogError::Name { line: line.number, sku });
        };
        let kind = self.kind(line)?;
        let variant = variant(line, &sku, &kind)?;
        let is_whole = matches!(
            kind,
            ProductKind::Configurable { .. }
                | ProductKind::Bundle { .. }
                | ProductKind::Grouped { .. }
        );
        Ok(StockProduct {
            handle: self.handle(line, &title, &sku),
            sku: is_whole.then_some(sku),
            title,
            kind,
            parent: None,
            collections: self.collections(line),
            description_html: line.text("description").to_owned(),
            vendor: String::new(),
            product_type: line
                .some("attribute_set_code")
                .or_else(|| line.some("attribute_set"))
                .unwrap_or_default(),
            status: match line.text("product_online").trim() {
                "" | "1" => ProductStatus::Active,
                "0" | "2" => ProductStatus::Draft,
                _ => return Err(line.wrong("product_online", "1 or 2")),
            },
            published: line.text("visibility") != "Not Visible Individually",
            tags: Vec::new(),
            is_gift_card: false,
            category: None,
            seo_title: line.some("meta_title"),
            seo_description: line.some("meta_description"),
            options: Vec::new(),
            variants: vec![variant],
            images: images(line),
            metafields: attributes(line),
        })
    }

    fn kind(&self, line: &Line<'_>) -> Result<ProductKind, CatalogError> {
        Ok(match line.text("product_type").trim() {
            "" | "simple" => ProductKind::Simple,
            "configurable" => ProductKind::Configurable { children: Vec::new() },
            "virtual" => ProductKind::Virtual,
            "downloadable" => ProductKind::Downloadable { links: links(line)? },
            "bundle" => ProductKind::Bundle { parts: self.parts(line)? },
            "grouped" => ProductKind::Grouped { members: self.members(line)? },
            _ => {
                return Err(line.wrong(
                    "product_type",
                    "simple, configurable, bundle, grouped, virtual or downloadable",
                ));
            }
        })
    }

    fn index_of(
        &self,
        line: &Line<'_>,
        column: &'static str,
        sku: &str,
    ) -> Result<u64, CatalogError> {
        let place = self.by_sku.get(sku).and_then(|place| u64::try_from(*place).ok());
        place.ok_or_else(|| CatalogError::Unknown {
            line: line.number,
            column,
            sku: sku.to_owned(),
        })
    }

    /// What a bundle consists of: `name=Strap,required=1,sku=A,default_qty=1|name=Strap,…`.
    fn parts(&self, line: &Line<'_>) -> Result<Vec<BundlePart>, CatalogError> {
        let column = "bundle_values";
        let mut parts: Vec<BundlePart> = Vec::new();
        for choice in entries(line.text(column)) {
            let field = |name: &str| value(&choice, name).unwrap_or_default();
            let component = StockComponent {
                product: self.index_of(line, column, field("sku"))?,
                quantity: whole(field("default_qty")).unwrap_or(1),
            };
            match parts.iter_mut().find(|part| part.title == field("name")) {
                Some(part) => part.choices.push(component),
                None => parts.push(BundlePart {
                    title: field("name").to_owned(),
                    required: field("required") != "0",
                    choices: vec![component],
                }),
            }
        }
        Ok(parts)
    }

    /// The members of a group: `A=1.0000,B=2.0000`.
    fn members(&self, line: &Line<'_>) -> Result<Vec<StockComponent>, CatalogError> {
        let column = "associated_skus";
        pairs(line.text(column))
            .into_iter()
            .map(|(sku, quantity)| {
                let product = self.index_of(line, column, sku)?;
                // Without a quantity of its own, one is asked for.
                Ok(StockComponent { product, quantity: whole(quantity).unwrap_or(1).max(1) })
            })
            .collect()
    }

    /// Gives a configurable product its choices: `sku=A,size=S,color=Red|sku=B,…`.
    fn configure(
        &self,
        line: &Line<'_>,
        at: usize,
        products: &mut [StockProduct],
    ) -> Result<(), CatalogError> {
        let column = "configurable_variations";
        let variations = entries(line.text(column));
        if variations.is_empty() {
            return Ok(());
        }
        let handle = line.text("sku").to_owned();
        let too_many = |what, most| CatalogError::TooMany {
            line: line.number,
            handle: handle.clone(),
            what,
            most,
        };
        if variations.len() > VARIANTS_MAX {
            return Err(too_many("variants", VARIANTS_MAX));
        }
        let mut options: Vec<StockOption> = Vec::new();
        let (mut children, mut variants) = (Vec::new(), Vec::new());
        for variation in &variations {
            let index = self.index_of(line, column, value(variation, "sku").unwrap_or_default())?;
            let mut values = Vec::new();
            for (name, chosen) in variation.iter().filter(|(name, _)| *name != "sku") {
                let place = options.iter().position(|option| option.name == *name);
                if place.is_none() {
                    options.push(StockOption { name: (*name).to_owned(), values: Vec::new() });
                }
                let place = place.unwrap_or(options.len().saturating_sub(1));
                if let Some(option) = options.get_mut(place)
                    && !option.values.iter().any(|known| known == chosen)
                {
                    option.values.push((*chosen).to_owned());
                }
                values.push((*chosen).to_owned());
            }
            if values.len() != options.len() {
                return Err(line.wrong(column, "the same options in each variation"));
            }
            children.push((index, values));
        }
        if options.len() > OPTIONS_MAX {
            return Err(too_many("options", OPTIONS_MAX));
        }
        let parent = u64::try_from(at).ok();
        for (index, values) in &children {
            let child = usize::try_from(*index).ok().and_then(|index| products.get_mut(index));
            let Some(child) = child else { continue };
            child.parent = parent;
            child.options.clone_from(&options);
            child.metafields.retain(|field| options.iter().all(|option| option.name != field.key));
            for variant in &mut child.variants {
                variant.option_values.clone_from(values);
                variants.push(StockVariant { image: None, ..variant.clone() });
            }
        }
        if let Some(product) = products.get_mut(at) {
            product.options = options;
            product.variants = variants;
            let children = children.into_iter().map(|(index, _)| index).collect();
            product.kind = ProductKind::Configurable { children };
        }
        Ok(())
    }

    fn handle(&mut self, line: &Line<'_>, title: &str, sku: &str) -> String {
        let wanted = line.some("url_key").unwrap_or_else(|| slug(title));
        let handle =
            if self.handles.contains(&wanted) { format!("{wanted}-{}", slug(sku)) } else { wanted };
        self.handles.insert(handle.clone());
        handle
    }

    fn collections(&mut self, line: &Line<'_>) -> Vec<StockCollection> {
        let paths = line.text("categories").split(',').chain(line.text("category").lines());
        paths
            .map(str::trim)
            .filter(|path| !path.is_empty())
            .map(|path| {
                let next = u64::try_from(self.collections.len()).unwrap_or(0).saturating_add(1);
                let number = *self.collections.entry(path.to_owned()).or_insert(next);
                StockCollection { number, path: path.to_owned() }
            })
            .collect()
    }
}

fn variant(line: &Line<'_>, sku: &str, kind: &ProductKind) -> Result<StockVariant, CatalogError> {
    let usual = line.amount("price")?.unwrap_or(Decimal::ZERO);
    let special = line.amount("special_price")?.filter(|special| *special < usual);
    let quantity = line.amount("qty")?.unwrap_or_default().trunc().to_i64();
    let quantity = quantity.ok_or_else(|| line.wrong("qty", "a whole number"))?;
    let ships = !matches!(kind, ProductKind::Virtual | ProductKind::Downloadable { .. });
    let tax_class = line.text("tax_class_name");
    Ok(StockVariant {
        option_values: Vec::new(),
        sku: Some(sku.to_owned()),
        barcode: None,
        price: special.unwrap_or(usual),
        compare_at_price: special.map(|_| usual),
        unit_cost: line.amount("cost")?,
        tiers: Vec::new(),
        quantity,
        stock_at: vec![StockAt { location: 0, available: quantity }],
        policy: match line.text("allow_backorders").trim() {
            "" | "0" => InventoryPolicy::Deny,
            _ => InventoryPolicy::Continue,
        },
        tracked: true,
        taxable: tax_class != "None",
        requires_shipping: ships,
        weight: line.amount("weight")?.map(|value| StockWeight { value, unit: WeightUnit::Pounds }),
        image: None,
    })
}

fn images(line: &Line<'_>) -> Vec<StockImage> {
    let paths = line.text("base_image").split(',').chain(line.text("additional_images").split(','));
    paths
        .map(str::trim)
        .filter(|path| !path.is_empty() && *path != "no_selection")
        .map(|path| StockImage {
            url: format!("{MEDIA}{path}"),
            alt: line.some("base_image_label"),
            width: IMAGE_PIXELS,
            height: IMAGE_PIXELS,
            status: ImageStatus::Ready,
        })
        .collect()
}

fn attributes(line: &Line<'_>) -> Vec<StockMetafield> {
    let given = pairs(line.text("additional_attributes"));
    let given = given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let is_short = !line.has("additional_attributes");
    let of_columns = line
        .columns()
        .filter(|(name, value)| is_short && !SHORT_FORM.contains(name) && !value.trim().is_empty())
        .map(|(name, value)| {
            let values: Vec<_> =
                value.lines().map(str::trim).filter(|one| !one.is_empty()).collect();
            (name.to_owned(), values.join("|"))
        });
    given
        .chain(of_columns)
        .filter(|(name, value)| !NOT_ATTRIBUTES.contains(&name.as_str()) && !value.is_empty())
        .map(|(key, value)| StockMetafield {
            namespace: "custom".to_owned(),
            key,
            value_type: "single_line_text_field".to_owned(),
            value,
        })
        .collect()
}

/// The files of a downloadable product: `title=One,price=0.00,url=https://…|title=…`.
fn links(line: &Line<'_>) -> Result<Vec<DownloadLink>, CatalogError> {
    let column = "downloadable_links";
    entries(line.text(column))
        .iter()
        .map(|entry| {
            let field = |name: &str| value(entry, name).unwrap_or_default();
            let price = match field("price") {
                "" => Decimal::ZERO,
                text => Decimal::from_str_exact(text)
                    .map_err(|_no_amount| line.wrong(column, "prices such as 19.90"))?,
            };
            let url = [field("url"), field("file")].join("");
            Ok(DownloadLink { title: field("title").to_owned(), url, price })
        })
        .collect()
}

/// Entries with `|` between them, each of them pairs.
fn entries(text: &str) -> Vec<Vec<(&str, &str)>> {
    text.split('|').map(pairs).filter(|entry| !entry.is_empty()).collect()
}

/// Pairs such as `size=S,color=Red`. A piece without a name belongs to the value before it, which had
/// a comma.
fn pairs(text: &str) -> Vec<(&str, &str)> {
    let mut ends = Vec::new();
    let mut at = 0;
    for piece in text.split(',') {
        let end = at + piece.len();
        match ends.last_mut() {
            Some((_, last)) if !piece.contains('=') => *last = end,
            _ => ends.push((at, end)),
        }
        at = end + 1;
    }
    ends.into_iter()
        .filter_map(|(from, to)| text.get(from..to)?.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect()
}

fn value<'a>(pairs: &[(&'a str, &'a str)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(found, _)| *found == name).map(|(_, value)| *value)
}

/// A whole number, also as `2.0000`.
fn whole(text: &str) -> Option<u32> {
    Decimal::from_str_exact(text).ok()?.to_u32()
}

fn slug(text: &str) -> String {
    let words: Vec<_> = text
        .split(|sign: char| !sign.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::super::Catalog;
    use super::*;

    const GOOD: &str = "\
sku,store_view_code,product_type,name,price,special_price,qty,categories,visibility,additional_attributes,configurable_variations,associated_skus,bundle_values,downloadable_links\n\
C-R,,simple,Cup-Red,10,8.5,5,\"Home,Home/Cups\",Not Visible Individually,\"color=Red,care=by hand, gently,has_options=0\",,,,\n\
C-B,,simple,Cup-Blue,11,,2.0000,Home,Not Visible Individually,color=Blue,,,,\n\
C-R,de,,Tasse-Rot,,,,,,,,,,\n\
C,,configurable,Cup,0,,0,Home,\"Catalog, Search\",material=Clay|Glass,\"sku=C-R,color=Red|sku=C-B,color=Blue\",,,\n\
G,,grouped,Cups,0,,0,,,,,\"C-R=1.0000,C-B=3.0000\",,\n\
B,,bundle,Set,0,,0,,,,,,\"name=Cup,required=1,sku=C-R,default_qty=2|name=Cup,sku=C-B|name=Extra,required=0,sku=C\",\n\
D,,downloadable,Pattern,5,,0,,,,,,,\"title=A,price=1.50,url=https://files.example.com/a\"\n";

    fn products(text: &str) -> Vec<StockProduct> {
        Catalog::read(text.as_bytes()).unwrap().into_products()
    }

    fn error(text: &str) -> String {
        Catalog::read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_configurable_product_knows_its_choices_and_they_know_it() {
        let products = products(GOOD);
        assert_eq!(products.len(), 6);
        let cup = &products[2];
        assert_eq!(cup.kind, ProductKind::Configurable { children: vec![0, 1] });
        assert_eq!(cup.sku.as_deref(), Some("C"));
        assert_eq!(cup.options[0].values, ["Red", "Blue"]);
        assert_eq!(cup.variants[1].option_values, ["Blue"]);
        assert_eq!(cup.metafields[0].value, "Clay|Glass");
        let red = &products[0];
        assert_eq!(red.parent, Some(2));
        assert!(!red.published);
        assert_eq!(red.metafields.len(), 1);
        assert_eq!(red.metafields[0].value, "by hand, gently");
        assert_eq!(red.variants[0].price, "8.5".parse().unwrap());
        assert_eq!(red.variants[0].compare_at_price, Some("10".parse().unwrap()));
        assert_eq!(red.collections[1].path, "Home/Cups");
        assert_eq!(products[1].collections[0].number, red.collections[0].number);
    }

    #[test]
    fn groups_bundles_and_files_are_read() {
        let products = products(GOOD);
        let component = |product, quantity| StockComponent { product, quantity };
        assert_eq!(
            products[3].kind,
            ProductKind::Grouped { members: vec![component(0, 1), component(1, 3)] }
        );
        let ProductKind::Bundle { parts } = &products[4].kind else { panic!("no bundle") };
        assert_eq!(parts[0].choices, [component(0, 2), component(1, 1)]);
        assert!(parts[0].required && !parts[1].required);
        let ProductKind::Downloadable { links } = &products[5].kind else { panic!("no files") };
        assert_eq!(links[0].price, "1.50".parse().unwrap());
        assert!(!products[5].variants[0].requires_shipping);
    }

    #[test]
    fn the_short_form_keeps_lists_on_lines_of_their_own() {
        let text = "category,name,sku,price,qty,material,attribute_set\n\
                    \"Gear\nBags\",Sack,S-1,34,100,\"Nylon\n Polyester\",Bag\n";
        let products = products(text);
        assert_eq!(products[0].collections[1].path, "Bags");
        assert_eq!(products[0].metafields[0].value, "Nylon|Polyester");
        assert_eq!(products[0].product_type, "Bag");
        assert_eq!(products[0].handle, "sack");
    }

    #[test]
    fn what_can_not_be_read_is_named_with_its_line() {
        let head = "sku,name,product_type,price,configurable_variations,associated_skus\n";
        for (line, message) in [
            (",A,simple,1,,", "line 2: the column \"sku\" is empty; expected a stock-keeping unit"),
            ("a,,simple,1,,", "line 2: product \"a\" has no \"name\""),
            (
                "a,A,strange,1,,",
                "line 2, column \"product_type\": found \"strange\", expected simple, configurable, \
                 bundle, grouped, virtual or downloadable",
            ),
            (
                "a,A,simple,dear,,",
                "line 2, column \"price\": found \"dear\", expected an amount such as 19.90",
            ),
            (
                "a,A,configurable,1,\"sku=b,size=S\",",
                "line 2, column \"configurable_variations\": product \"b\" is not in the file",
            ),
            (
                "a,A,grouped,1,,b=1",
                "line 2, column \"associated_skus\": product \"b\" is not in the file",
            ),
            ("a,A,simple,1,,\na,B,simple,1,,", "line 3: product \"a\" came before"),
        ] {
            assert!(error(&format!("{head}{line}\n")).starts_with(message), "{line}");
        }
        assert!(error(head).contains("holds no products"));
    }
}
