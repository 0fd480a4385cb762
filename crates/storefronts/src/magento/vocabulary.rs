//! The attributes, attribute sets and categories that a store's products use, with their ids.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::stock::{StockMetafield, StockProduct};

/// Products of a made-up stock that are looked through: it uses few words, over and over.
pub(super) const MADE_UP_SURVEYED_MAX: u64 = 4_096;
/// As many different values as a list to choose from may have; more are free texts.
const CHOICES_MAX: usize = 100;
const CODE_CHARS_MAX: usize = 60;

/// The first of the ids that are counted up.
const ATTRIBUTE_FROM: u64 = 135;
const OPTION_FROM: u64 = 4;
const SET_FROM: u64 = 4;
/// The first of the ids that are made of a word that was not surveyed.
const UNSURVEYED_FROM: u64 = 1 << 30;

/// The set of products that say of no other.
pub(super) const DEFAULT_SET: &str = "Default";
/// The attribute that holds who makes a product.
pub(super) const MANUFACTURER: &str = "manufacturer";
/// The attribute that holds a product's number in the trade.
pub(super) const BARCODE: &str = "barcode";

/// The attributes that every store has, as (code, label, id, input)
/// (<https://github.com/magento/magento2>, `Magento\Catalog\Setup\CategorySetup`).
const SYSTEM: &[(&str, &str, u64, Input)] = &[
    ("name", "Product Name", 73, Input::Text),
    ("sku", "SKU", 74, Input::Text),
    ("description", "Description", 75, Input::Textarea),
    ("short_description", "Short Description", 76, Input::Textarea),
    ("price", "Price", 77, Input::Price),
    ("special_price", "Special Price", 78, Input::Price),
    ("special_from_date", "Special Price From Date", 79, Input::Date),
    ("special_to_date", "Special Price To Date", 80, Input::Date),
    ("cost", "Cost", 81, Input::Price),
    ("weight", "Weight", 82, Input::Weight),
    (MANUFACTURER, "Manufacturer", 83, Input::Select),
    ("meta_title", "Meta Title", 84, Input::Text),
    ("meta_description", "Meta Description", 86, Input::Textarea),
    ("image", "Base", 87, Input::Image),
    ("small_image", "Small", 88, Input::Image),
    ("thumbnail", "Thumbnail", 89, Input::Image),
    ("status", "Enable Product", 97, Input::Select),
    ("visibility", "Visibility", 99, Input::Select),
    ("category_ids", "Categories", 104, Input::Text),
    ("options_container", "Display Product Options In", 106, Input::Select),
    ("created_at", "Created", 112, Input::Date),
    ("updated_at", "Updated", 113, Input::Date),
    ("url_key", "URL Key", 121, Input::Text),
    ("tax_class_id", "Tax Class", 132, Input::Select),
    (BARCODE, "Barcode", 134, Input::Text),
];

/// Who enters an attribute's value how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Text,
    Textarea,
    Price,
    Weight,
    Date,
    Image,
    Boolean,
    Select,
    Multiselect,
}

/// Something that products have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) id: u64,
    pub(super) label: String,
    pub(super) input: Input,
    /// What can be chosen, with ids.
    pub(super) options: Vec<(u64, String)>,
    /// Whether the retailer added it.
    pub(super) is_own: bool,
}

/// Everything that a store's products use words of.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    attributes: BTreeMap<String, Attribute>,
    sets: Vec<(u64, String)>,
    /// Paths by the number of the collection.
    categories: BTreeMap<u64, String>,
}

impl Vocabulary {
    /// What products use.
    pub(super) fn survey(products: impl Iterator<Item = Arc<StockProduct>>) -> Self {
        let mut vocabulary = Self::default();
        let mut values: BTreeMap<String, Values> = BTreeMap::new();
        let mut sets = vec![DEFAULT_SET.to_owned()];
        for product in products {
            for (code, label, value) in words(&product) {
                values.entry(code).or_default().note(&label, &value);
            }
            let set = set_of(&product);
            if !sets.iter().any(|known| known == set) {
                sets.push(set.to_owned());
            }
            vocabulary.note_categories(&product);
        }
        vocabulary.sets = (SET_FROM..).zip(sets).collect();
        let mut next_option = OPTION_FROM;
        for (code, label, id, input) in SYSTEM {
            let attribute = Attribute {
                id: *id,
                label: (*label).to_owned(),
                input: *input,
                options: values.remove(*code).unwrap_or_default().options(&mut next_option),
                is_own: *code == BARCODE,
            };
            vocabulary.attributes.insert((*code).to_owned(), attribute);
        }
        for ((code, values), id) in values.into_iter().zip(ATTRIBUTE_FROM..) {
            let label = values.label.clone();
            let input = values.input();
            let is_choice = matches!(input, Input::Select | Input::Multiselect);
            let options = if is_choice { values.options(&mut next_option) } else { Vec::new() };
            let attribute = Attribute { id, label, input, options, is_own: true };
            vocabulary.attributes.insert(code, attribute);
        }
        vocabulary
    }

    /// The same, with the words that some further products use.
    pub(super) fn with(&self, products: impl Iterator<Item = Arc<StockProduct>>) -> Self {
        let mut vocabulary = self.clone();
        for product in products {
            for (code, label, value) in words(&product) {
                let id = vocabulary.attribute_id(&code);
                let options: Vec<_> = value
                    .parts()
                    .map(|part| (vocabulary.option_id(&code, part), part.to_owned()))
                    .collect();
                let attribute = vocabulary.attributes.entry(code).or_insert_with(|| Attribute {
                    id,
                    label,
                    input: value.unsurveyed_input(),
                    options: Vec::new(),
                    is_own: true,
                });
                let is_choice = matches!(attribute.input, Input::Select | Input::Multiselect);
                for option in options.into_iter().filter(|_| is_choice) {
                    if !attribute.options.contains(&option) {
                        attribute.options.push(option);
                    }
                }
            }
            let set = set_of(&product);
            let id = vocabulary.set_id(set);
            if !vocabulary.sets.iter().any(|(known, _)| *known == id) {
                vocabulary.sets.push((id, set.to_owned()));
            }
            vocabulary.note_categories(&product);
        }
        vocabulary
    }

    fn note_categories(&mut self, product: &StockProduct) {
        for collection in &product.collections {
            self.categories.entry(collection.number).or_insert_with(|| collection.path.clone());
        }
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &Attribute)> {
        self.attributes.iter().map(|(code, attribute)| (code.as_str(), attribute))
    }

    pub(super) fn attribute(&self, code: &str) -> Option<&Attribute> {
        self.attributes.get(code)
    }

    pub(super) fn attribute_id(&self, code: &str) -> u64 {
        self.attribute(code).map_or_else(|| unsurveyed(&[code]), |attribute| attribute.id)
    }

    /// The id of a choice.
    pub(super) fn option_id(&self, code: &str, label: &str) -> u64 {
        let options = self.attribute(code).map_or(&[][..], |attribute| &attribute.options);
        let known = options.iter().find(|(_, known)| known == label).map(|(id, _)| *id);
        known.unwrap_or_else(|| unsurveyed(&[code, label]))
    }

    pub(super) fn sets(&self) -> &[(u64, String)] {
        &self.sets
    }

    /// The id of an attribute set.
    pub(super) fn set_id(&self, name: &str) -> u64 {
        let known = self.sets.iter().find(|(_, known)| known == name).map(|(id, _)| *id);
        known.unwrap_or_else(|| unsurveyed(&["", name]))
    }

    /// The paths of categories, by the numbers of the collections that they are.
    pub(super) const fn categories(&self) -> &BTreeMap<u64, String> {
        &self.categories
    }
}

/// The set of a product.
pub(super) fn set_of(product: &StockProduct) -> &str {
    if product.product_type.is_empty() { DEFAULT_SET } else { &product.product_type }
}

/// The code of an attribute that the retailer calls so.
pub(super) fn code(name: &str) -> String {
    let sign = |sign: char| {
        if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { '_' }
    };
    let code: String = name.chars().take(CODE_CHARS_MAX).map(sign).collect();
    let is_taken = SYSTEM.iter().any(|(known, ..)| *known == code);
    let begins_well = code.starts_with(|sign: char| sign.is_ascii_lowercase());
    if is_taken || !begins_well { format!("attr_{code}") } else { code }
}

/// The code of the attribute that a metafield is.
pub(super) fn metafield_code(field: &StockMetafield) -> String {
    match field.namespace.as_str() {
        "" | "custom" => code(&field.key),
        namespace => code(&format!("{namespace}_{}", field.key)),
    }
}

/// What a product says of an attribute.
enum Said<'a> {
    /// One of a list.
    Choice(&'a str),
    /// Anything.
    Words(&'a str),
}

impl Said<'_> {
    fn parts(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Choice(text) => Box::new(core::iter::once(*text)),
            Self::Words(text) => Box::new(text.split('|').map(str::trim)),
        }
    }

    const fn unsurveyed_input(&self) -> Input {
        match self {
            Self::Choice(_) => Input::Select,
            Self::Words(_) => Input::Text,
        }
    }
}

/// What a product says of attributes that are not every store's, as (code, label, what).
fn words(product: &StockProduct) -> Vec<(String, String, Said<'_>)> {
    let mut words = Vec::new();
    if !product.vendor.is_empty() {
        words.push((MANUFACTURER.to_owned(), String::new(), Said::Choice(&product.vendor)));
    }
    for option in &product.options {
        for value in &option.values {
            words.push((code(&option.name), option.name.clone(), Said::Choice(value)));
        }
    }
    for field in &product.metafields {
        words.push((metafield_code(field), field.key.clone(), Said::Words(&field.value)));
    }
    words
}

/// What was said of one attribute.
#[derive(Default)]
struct Values {
    label: String,
    /// In the order they came, as long as they are few enough.
    parts: Vec<String>,
    /// How many there were beyond that.
    further: usize,
    /// How many at once, at most.
    at_once: usize,
    is_chosen: bool,
    /// Whether one was said twice: what nobody shares is no list to choose from.
    has_shared: bool,
}

impl Values {
    fn note(&mut self, label: &str, said: &Said<'_>) {
        if self.label.is_empty() {
            label.clone_into(&mut self.label);
        }
        self.is_chosen |= matches!(said, Said::Choice(_));
        let mut count = 0_usize;
        for part in said.parts() {
            count = count.saturating_add(1);
            if self.parts.iter().any(|known| known == part) {
                self.has_shared = true;
            } else if self.parts.len() < CHOICES_MAX || self.is_chosen {
                self.parts.push(part.to_owned());
            } else {
                self.further = self.further.saturating_add(1);
            }
        }
        self.at_once = self.at_once.max(count);
    }

    fn input(&self) -> Input {
        let yes_or_no = |part: &String| part == "Yes" || part == "No";
        if self.is_chosen {
            Input::Select
        } else if self.further > 0
            || !self.has_shared
            || self.parts.iter().any(|part| !is_choice(part))
        {
            Input::Text
        } else if self.at_once > 1 {
            Input::Multiselect
        } else if self.parts.iter().all(yes_or_no) {
            Input::Boolean
        } else {
            Input::Select
        }
    }

    fn options(self, next: &mut u64) -> Vec<(u64, String)> {
        let ids = *next..;
        let options: Vec<_> = ids.zip(self.parts).collect();
        *next = next.saturating_add(u64::try_from(options.len()).unwrap_or(0));
        options
    }
}

/// Whether a text could be on a list: a number, a flag or a text of its own is on none.
fn is_choice(text: &str) -> bool {
    let is_value = text.parse::<f64>().is_ok() || text == "true" || text == "false";
    let is_short = (1..=40).contains(&text.chars().count());
    is_short && !is_value && !text.starts_with(['{', '[']) && !text.contains(char::is_control)
}

/// An id made of words, which no counting reaches (FNV-1a).
fn unsurveyed(words: &[&str]) -> u64 {
    let mut hash = 0x811c_9dc5_u32;
    for byte in words.iter().flat_map(|word| word.bytes().chain([0])) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    UNSURVEYED_FROM | u64::from(hash & 0x3fff_ffff)
}
