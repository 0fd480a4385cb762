use std::collections::BTreeSet;

use flyball_domain::ProductStatus;
use rust_decimal::Decimal;

use super::words::{
    CATEGORIES, COLLECTIONS, COLORS, FINISHES, MATERIALS, ODD_TEXTS, SIZES, TAGS, THINGS, TYPES,
    VENDORS,
};
use super::{
    Category, ImageStatus, InventoryPolicy, LOCATIONS, PriceTier, StockAt, StockCollection,
    StockImage, StockMetafield, StockOption, StockProduct, StockVariant, StockWeight, WeightUnit,
    flat,
};
use crate::random::Random;

/// In every so many products one stands at each of the places below.
const RARITIES_EVERY: u64 = 1_000;
const HUGE_AT: u64 = 13;
const MANY_VARIANTS_AT: u64 = 11;
const LONG_TEXT_AT: [u64; 2] = [7, 507];
const MANY_IMAGES_AT: u64 = 17;
const MANY_METAFIELDS_AT: u64 = 19;

const HUGE_VARIANTS: u64 = 2_000;
const MANY_VARIANTS: (u64, u64) = (51, 300);
const MANY_IMAGES: (u64, u64) = (21, 60);
const MANY_METAFIELDS: (u64, u64) = (21, 60);
const LONG_TEXT_BYTES: usize = 60 * 1_024;
const ODD_ONCE_IN: u64 = 12;

/// The product of an index: the same for the same seed, whatever was drawn before.
pub(super) fn product(seed: u64, index: u64) -> StockProduct {
    let mut random = Random::of(seed, &[10, index]);
    let place = index % RARITIES_EVERY;
    let title = title(&mut random);
    let images = images(&mut random, index, place);
    let options = options(&mut random, place);
    let variants = variants(&mut random, seed, index, &options, images.len());
    let is_gift_card = random.once_in(97);
    StockProduct {
        handle: format!("product-{index}"),
        kind: flat::lone_kind(seed, index),
        sku: None,
        parent: None,
        collections: collections(seed, index),
        description_html: description(&mut random, place),
        vendor: text(&mut random, VENDORS),
        product_type: text(&mut random, TYPES),
        status: match random.below(20) {
            0 => ProductStatus::Draft,
            1 => ProductStatus::Archived,
            2 => ProductStatus::Unlisted,
            _ => ProductStatus::Active,
        },
        published: !random.once_in(8),
        tags: tags(&mut random),
        is_gift_card,
        category: random.once_in(2).then(|| category(&mut random)).flatten(),
        seo_title: random.once_in(3).then(|| format!("{title} | Shop")),
        seo_description: random.once_in(4).then(|| text(&mut random, ODD_TEXTS)),
        options,
        variants,
        images,
        metafields: metafields(&mut random, place),
        title,
    }
}

fn text(random: &mut Random, from: &[&str]) -> String {
    random.pick(from).copied().unwrap_or_default().to_owned()
}

/// Sorted and without doubles, as the vendor keeps them.
fn tags(random: &mut Random) -> Vec<String> {
    let tags: BTreeSet<_> = (0..random.below(5)).map(|_| text(random, TAGS)).collect();
    tags.into_iter().collect()
}

fn title(random: &mut Random) -> String {
    if random.once_in(ODD_ONCE_IN) {
        return text(random, ODD_TEXTS);
    }
    format!("{} {}", text(random, MATERIALS), text(random, THINGS))
}

fn description(random: &mut Random, place: u64) -> String {
    let sentence = |random: &mut Random| {
        let odd = if random.once_in(ODD_ONCE_IN) { text(random, ODD_TEXTS) } else { String::new() };
        format!(
            "<p>A {} {} in {}. {odd}</p>\n",
            text(random, MATERIALS).to_lowercase(),
            text(random, THINGS).to_lowercase(),
            text(random, COLORS).to_lowercase(),
        )
    };
    let mut html = String::new();
    if LONG_TEXT_AT.contains(&place) {
        while html.len() < LONG_TEXT_BYTES {
            html.push_str(&sentence(random));
        }
        return html;
    }
    for _ in 0..random.below(4) {
        html.push_str(&sentence(random));
    }
    html
}

fn category(random: &mut Random) -> Option<Category> {
    let (id, full_name) = random.pick(CATEGORIES)?;
    Some(Category { id: (*id).to_owned(), full_name: (*full_name).to_owned() })
}

fn options(random: &mut Random, place: u64) -> Vec<StockOption> {
    let option = |name: &str, from: &[&str], count: u64| StockOption {
        name: name.to_owned(),
        values: (0_usize..)
            .zip(0..count)
            .map(|(at, number)| match from.get(at) {
                Some(value) => (*value).to_owned(),
                None => format!("{name} {}", number.saturating_add(1)),
            })
            .collect(),
    };
    match place {
        HUGE_AT => vec![
            option("Color", COLORS, HUGE_VARIANTS / 100),
            option("Size", SIZES, 10),
            option("Finish", FINISHES, 10),
        ],
        MANY_VARIANTS_AT => {
            vec![option("Motif", &[], random.within(MANY_VARIANTS.0, MANY_VARIANTS.1))]
        }
        _ => match random.below(10) {
            0..=4 => vec![default_title()],
            5..=6 => vec![option("Size", SIZES, random.within(2, 5))],
            7..=8 => vec![option("Color", COLORS, random.within(1, 4))],
            _ => vec![
                option("Color", COLORS, random.within(2, 3)),
                option("Size", SIZES, random.within(2, 4)),
            ],
        },
    }
}

/// A product without options has one all the same, as Shopify names it.
fn default_title() -> StockOption {
    StockOption { name: "Title".to_owned(), values: vec!["Default Title".to_owned()] }
}

/// None, one or two; drawn by themselves.
fn collections(seed: u64, index: u64) -> Vec<StockCollection> {
    let mut random = Random::of(seed, &[12, index]);
    let count = random.below(3);
    let from = random.below(u64::try_from(COLLECTIONS.len()).unwrap_or(0));
    COLLECTIONS
        .iter()
        .zip(1_u64..)
        .cycle()
        .skip(usize::try_from(from).unwrap_or(0))
        .zip(0..count)
        .map(|((path, number), _)| StockCollection { number, path: (*path).to_owned() })
        .collect()
}

fn variants(
    random: &mut Random,
    seed: u64,
    index: u64,
    options: &[StockOption],
    images: usize,
) -> Vec<StockVariant> {
    let mut combinations: Vec<Vec<String>> = vec![Vec::new()];
    for option in options {
        combinations = combinations
            .iter()
            .flat_map(|before| {
                option.values.iter().map(move |value| {
                    let mut values = before.clone();
                    values.push(value.clone());
                    values
                })
            })
            .collect();
    }
    combinations
        .into_iter()
        .zip(1_u64..)
        .map(|(option_values, number)| {
            let mut variant = variant(random, option_values, index, number, images);
            let mut own = Random::of(seed, &[13, index, number]);
            variant.stock_at = stock_at(&mut own, variant.quantity);
            variant.tiers = tiers(&mut own, variant.price);
            variant
        })
        .collect()
}

fn variant(
    random: &mut Random,
    option_values: Vec<String>,
    index: u64,
    number: u64,
    images: usize,
) -> StockVariant {
    let cents = |random: &mut Random, most: u64| {
        Decimal::new(i64::try_from(random.within(1, most)).unwrap_or(1), 2)
    };
    let price = cents(random, 50_000);
    StockVariant {
        option_values,
        sku: match random.below(12) {
            0 => None,
            1 => Some(String::new()),
            2 => Some("DUPLICATE-SKU".to_owned()),
            3 => Some(text(random, ODD_TEXTS)),
            _ => Some(format!("SKU-{index}-{number}")),
        },
        barcode: match random.below(4) {
            0 => None,
            1 => Some(String::new()),
            _ => Some(format!("{:013}", random.below(10_000_000_000_000))),
        },
        price,
        compare_at_price: random.once_in(5).then(|| price + cents(random, 5_000)),
        unit_cost: random.once_in(2).then(|| cents(random, 20_000)),
        tiers: Vec::new(),
        quantity: i64::try_from(random.below(500)).unwrap_or(0).saturating_sub(5),
        stock_at: Vec::new(),
        policy: if random.once_in(6) { InventoryPolicy::Continue } else { InventoryPolicy::Deny },
        tracked: !random.once_in(10),
        taxable: !random.once_in(10),
        requires_shipping: !random.once_in(15),
        weight: (!random.once_in(20)).then(|| weight(random)),
        image: random
            .once_in(3)
            .then(|| usize::try_from(random.below(u64::try_from(images).unwrap_or(0))).ok())
            .flatten()
            .filter(|at| *at < images),
    }
}

/// A quantity at one location or split between two of them.
fn stock_at(random: &mut Random, quantity: i64) -> Vec<StockAt> {
    let all = StockAt { location: 0, available: quantity };
    let Ok(whole @ 1..) = u64::try_from(quantity) else { return vec![all] };
    if random.once_in(2) {
        return vec![all];
    }
    let elsewhere = i64::try_from(random.within(0, whole)).unwrap_or(0);
    let others = u64::try_from(LOCATIONS.len()).unwrap_or(0).saturating_sub(1);
    let location = usize::try_from(random.within(1, others)).unwrap_or(1);
    vec![
        StockAt { location: 0, available: quantity.saturating_sub(elsewhere) },
        StockAt { location, available: elsewhere },
    ]
}

/// One price in thirty falls with the quantity.
fn tiers(random: &mut Random, price: Decimal) -> Vec<PriceTier> {
    if !random.once_in(30) {
        return Vec::new();
    }
    [(5, 95), (20, 90)]
        .map(|(quantity, percent)| PriceTier {
            quantity,
            price: (price * Decimal::new(percent, 2)).round_dp(2),
        })
        .to_vec()
}

fn weight(random: &mut Random) -> StockWeight {
    let units = [WeightUnit::Grams, WeightUnit::Kilograms, WeightUnit::Ounces, WeightUnit::Pounds];
    StockWeight {
        value: Decimal::new(i64::try_from(random.below(100_000)).unwrap_or(0), 3),
        unit: random.pick(&units).copied().unwrap_or(WeightUnit::Kilograms),
    }
}

fn images(random: &mut Random, index: u64, place: u64) -> Vec<StockImage> {
    let count = if place == MANY_IMAGES_AT {
        random.within(MANY_IMAGES.0, MANY_IMAGES.1)
    } else {
        random.below(5)
    };
    (1..=count)
        .map(|number| StockImage {
            url: format!(
                "https://cdn.shopify.com/s/files/1/0001/files/p{index}-{number}.jpg?v=1704067200"
            ),
            alt: random.once_in(2).then(|| text(random, ODD_TEXTS)),
            width: 800 + u32::try_from(random.below(2_000)).unwrap_or(0),
            height: 600 + u32::try_from(random.below(2_000)).unwrap_or(0),
            status: if random.once_in(25) { ImageStatus::Processing } else { ImageStatus::Ready },
        })
        .collect()
}

fn metafields(random: &mut Random, place: u64) -> Vec<StockMetafield> {
    let count = if place == MANY_METAFIELDS_AT {
        random.within(MANY_METAFIELDS.0, MANY_METAFIELDS.1)
    } else {
        random.below(4)
    };
    (1..=count)
        .map(|number| {
            let (value_type, value) = match random.below(5) {
                0 => ("number_integer", random.next().to_string()),
                1 => ("boolean", "true".to_owned()),
                2 => ("json", format!("{{\"sizes\":[{},null],\"ü\":\"\\\"\"}}", random.below(90))),
                3 => ("multi_line_text_field", text(random, ODD_TEXTS)),
                _ => ("single_line_text_field", text(random, MATERIALS)),
            };
            StockMetafield {
                namespace: if random.once_in(3) { "app--77" } else { "custom" }.to_owned(),
                key: format!("field_{number}"),
                value_type: value_type.to_owned(),
                value,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_the_same_whatever_was_drawn_before() {
        let alone = product(42, 500_000);
        for index in 0..50 {
            product(42, index);
        }
        assert_eq!(product(42, 500_000), alone);
        assert_ne!(product(43, 500_000), alone);
    }

    #[test]
    fn every_thousand_products_hold_each_rarity() {
        assert_eq!(product(1, HUGE_AT).variants.len(), 2_000);
        assert!(product(1, MANY_VARIANTS_AT).variants.len() > 50);
        assert!(product(1, LONG_TEXT_AT[0]).description_html.len() >= LONG_TEXT_BYTES);
        assert!(product(1, MANY_IMAGES_AT).images.len() > 20);
        assert!(product(1, MANY_METAFIELDS_AT).metafields.len() > 20);
    }

    #[test]
    fn every_odd_text_shows_up_and_none_holds_a_nul() {
        let seen: Vec<_> = (0..1_000).map(|index| product(3, index)).collect();
        for odd in ODD_TEXTS {
            assert!(!odd.contains('\0'));
            assert!(seen.iter().any(|product| product.title == *odd), "{odd}");
        }
    }

    #[test]
    fn each_variant_has_one_value_of_each_option_and_no_two_are_alike() {
        for index in 0..200 {
            let product = product(9, index);
            let mut seen = BTreeSet::new();
            for variant in &product.variants {
                assert_eq!(variant.option_values.len(), product.options.len());
                assert!(seen.insert(variant.option_values.clone()), "{index}");
            }
        }
    }
}
