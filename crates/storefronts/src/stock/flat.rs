//! The stock of a vendor whose products are one thing each: what others keep as variants inside a
//! product are products of their own there, which come before the one that they are a choice of.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::words::{COLORS, SIZES};
use super::{
    BundlePart, DownloadLink, ProductKind, StockComponent, StockOption, StockProduct, StockVariant,
    generate,
};
use crate::random::Random;

/// Products that are drawn together; the last of them is what the others belong to, if they do.
const GROUP: u64 = 8;
const LAST: u64 = GROUP - 1;

/// What the last product of a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Alone,
    /// A choice among so many before it.
    Configurable(u64),
    Bundle,
    Grouped,
}

/// The product of an index, where there are `count` of them.
pub(super) fn product(seed: u64, index: u64, count: u64) -> StockProduct {
    let group = index / GROUP;
    let last = group.saturating_mul(GROUP).saturating_add(LAST);
    let sort = if last < count { sort(seed, group) } else { Sort::Alone };
    match sort {
        Sort::Configurable(children) if last.saturating_sub(index) <= children => {
            let parent = configurable(seed, last, children);
            if index == last {
                return parent;
            }
            let first = last.saturating_sub(children);
            let place = usize::try_from(index.saturating_sub(first)).unwrap_or(0);
            child(parent, place, index, last)
        }
        Sort::Bundle if index == last => bundle(seed, last),
        Sort::Grouped if index == last => {
            let mut product = alone(seed, index);
            let members = (1..=3).filter_map(|back| last.checked_sub(back)).map(one).collect();
            product.kind = ProductKind::Grouped { members };
            product
        }
        Sort::Alone | Sort::Configurable(_) | Sort::Bundle | Sort::Grouped => alone(seed, index),
    }
}

fn sort(seed: u64, group: u64) -> Sort {
    let mut random = Random::of(seed, &[14, group]);
    match random.below(100) {
        0..=39 => Sort::Configurable(random.within(2, 6)),
        40..=55 => Sort::Bundle,
        56..=71 => Sort::Grouped,
        _ => Sort::Alone,
    }
}

const fn one(product: u64) -> StockComponent {
    StockComponent { product, quantity: 1 }
}

/// The stock-keeping unit of an index: never empty, and no two alike.
pub(super) fn sku(index: u64) -> String {
    // Some need to be encoded in an address.
    match index % 12 {
        5 => format!("SKU {index}/é"),
        9 => format!("sku+{index}&b"),
        _ => format!("SKU-{index}"),
    }
}

/// The index that a stock-keeping unit was made for.
pub(super) fn index_of_sku(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|index| sku(*index) == text)
}

/// A product that is one thing.
fn alone(seed: u64, index: u64) -> StockProduct {
    let mut product = generate::product(seed, index);
    product.options = Vec::new();
    product.variants.truncate(1);
    for variant in &mut product.variants {
        variant.option_values = Vec::new();
        variant.sku = Some(sku(index));
    }
    product
}

fn configurable(seed: u64, index: u64, children: u64) -> StockProduct {
    let mut product = alone(seed, index);
    let mut random = Random::of(seed, &[15, index]);
    let (name, values) = if random.once_in(2) { ("Color", COLORS) } else { ("Size", SIZES) };
    let values: Vec<String> = (0..children)
        .filter_map(|place| Some((*values.get(usize::try_from(place).ok()?)?).to_owned()))
        .collect();
    let first = index.saturating_sub(children);
    let pattern = product.variants.first().cloned();
    product.variants = values
        .iter()
        .zip(first..)
        .filter_map(|(value, child)| {
            let mut variant: StockVariant = pattern.clone()?;
            variant.option_values = vec![value.clone()];
            variant.sku = Some(sku(child));
            variant.price = variant.price.saturating_add(Decimal::new(
                i64::try_from(random.below(3).saturating_mul(500)).unwrap_or(0),
                2,
            ));
            Some(variant)
        })
        .collect();
    product.options = vec![StockOption { name: name.to_owned(), values }];
    product.sku = Some(sku(index));
    product.kind = ProductKind::Configurable { children: (first..index).collect() };
    product
}

fn child(parent: StockProduct, place: usize, index: u64, last: u64) -> StockProduct {
    let variant = parent.variants.into_iter().nth(place);
    let value = variant.as_ref().map(StockVariant::title).unwrap_or_default();
    StockProduct {
        title: format!("{}-{value}", parent.title),
        handle: format!("product-{index}"),
        variants: variant.into_iter().collect(),
        kind: ProductKind::Simple,
        sku: None,
        parent: Some(last),
        ..parent
    }
}

fn bundle(seed: u64, index: u64) -> StockProduct {
    let mut product = alone(seed, index);
    let choices = |from: u64, to: u64| -> Vec<StockComponent> {
        (from..=to).filter_map(|back| index.checked_sub(back)).map(one).collect()
    };
    let part =
        |title: &str, required, choices| BundlePart { title: title.to_owned(), required, choices };
    product.kind = ProductKind::Bundle {
        parts: vec![
            part("The piece itself", true, choices(1, 3)),
            part("Something beside it", false, choices(4, 5)),
        ],
    };
    product
}

/// The kind of a product that has no others to it.
pub(super) fn lone_kind(seed: u64, index: u64) -> ProductKind {
    let mut random = Random::of(seed, &[16, index]);
    match random.below(40) {
        0 => ProductKind::Virtual,
        1 => ProductKind::Downloadable {
            links: vec![DownloadLink {
                title: "Pattern (PDF)".to_owned(),
                url: format!("https://files.example.com/pattern-{index}.pdf"),
                price: Decimal::ZERO,
            }],
        },
        _ => ProductKind::Simple,
    }
}

/// Products with variants inside, as products of their own: each one's variants, then itself.
pub(super) fn spread(products: Vec<StockProduct>) -> Vec<StockProduct> {
    if products.iter().any(|product| product.kind != ProductKind::Simple) {
        // They stand by themselves already, and name each other by their places.
        return products;
    }
    let mut flat = Vec::new();
    let mut skus = HashSet::new();
    for mut product in products {
        for (place, variant) in product.variants.iter_mut().enumerate() {
            let is_new = variant.sku.as_ref().is_some_and(|sku| skus.insert(sku.clone()));
            if !is_new {
                variant.sku = Some(format!("{}-{}", product.handle, place.saturating_add(1)));
            }
        }
        let first = u64::try_from(flat.len()).unwrap_or(u64::MAX);
        flat.extend(apart(product, first));
    }
    flat
}

/// One product with variants inside, as products of their own, the first of which gets the index
/// `first`; the last of them is the product itself.
pub(super) fn apart(product: StockProduct, first: u64) -> Vec<StockProduct> {
    let count = u64::try_from(product.variants.len()).unwrap_or(u64::MAX);
    if count <= 1 || product.kind != ProductKind::Simple {
        return vec![product];
    }
    let last = first.saturating_add(count);
    let mut parts: Vec<_> = (0..product.variants.len())
        .zip(first..)
        .map(|(place, index)| {
            let handle = format!("{}-{}", product.handle, place.saturating_add(1));
            StockProduct { handle, ..child(product.clone(), place, index, last) }
        })
        .collect();
    let kind = ProductKind::Configurable { children: (first..last).collect() };
    parts.push(StockProduct { kind, ..product });
    parts
}

/// Products of their own, as a vendor shows them that keeps variants inside a product.
pub(super) fn gathered(products: Vec<StockProduct>) -> Vec<StockProduct> {
    products
        .into_iter()
        .filter(|product| product.parent.is_none())
        .map(|product| match product.kind {
            ProductKind::Configurable { .. }
            | ProductKind::Bundle { .. }
            | ProductKind::Grouped { .. } => StockProduct { kind: ProductKind::Simple, ..product },
            ProductKind::Simple | ProductKind::Virtual | ProductKind::Downloadable { .. } => {
                product
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn products_that_belong_together_name_each_other(seed: u64, count in 1_u64..120) {
            for index in 0..count {
                let shown = product(seed, index, count);
                if let Some(parent) = shown.parent {
                    let ProductKind::Configurable { children } = product(seed, parent, count).kind
                    else { panic!("{parent} has no children") };
                    prop_assert!(children.contains(&index));
                }
                let ProductKind::Configurable { children } = &shown.kind else { continue };
                prop_assert_eq!(children.len(), shown.variants.len());
                for (child, variant) in children.iter().zip(&shown.variants) {
                    let child = product(seed, *child, count);
                    prop_assert_eq!(child.parent, Some(index));
                    prop_assert_eq!(&child.variants, &vec![variant.clone()]);
                    prop_assert_eq!(&child.options, &shown.options);
                }
            }
        }

        #[test]
        fn a_stock_keeping_unit_leads_back_to_its_index(index in 0..crate::stock::PRODUCTS_MAX) {
            prop_assert_eq!(index_of_sku(&sku(index)), Some(index));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}") {
            prop_assert!(index_of_sku(&text).is_none_or(|index| sku(index) == text));
        }
    }

    #[test]
    fn there_are_some_of_each_kind_and_simple_ones_most_of_all() {
        let count = 4_000;
        let mut found = [0_u32; 6];
        for index in 0..count {
            let place = match product(5, index, count).kind {
                ProductKind::Simple => 0,
                ProductKind::Configurable { .. } => 1,
                ProductKind::Bundle { .. } => 2,
                ProductKind::Grouped { .. } => 3,
                ProductKind::Virtual => 4,
                ProductKind::Downloadable { .. } => 5,
            };
            found[place] += 1;
        }
        assert!(found[0] > 3_000, "{found:?}");
        assert!(found[1..].iter().all(|count| (40..400).contains(count)), "{found:?}");
    }

    #[test]
    fn a_product_with_variants_becomes_its_variants_and_itself() {
        let whole = generate::product(3, 11);
        let count = whole.variants.len();
        assert!(count > 50);
        let parts = apart(whole.clone(), 100);
        assert_eq!(parts.len(), count + 1);
        let last = parts.last().unwrap();
        let first = u64::try_from(count).unwrap();
        assert_eq!(last.kind, ProductKind::Configurable { children: (100..100 + first).collect() });
        assert_eq!(parts[0].parent, Some(100 + first));
        let handles: HashSet<_> = parts.iter().map(|part| part.handle.clone()).collect();
        assert_eq!(handles.len(), parts.len());
        let whole = StockProduct { kind: ProductKind::Simple, ..whole };
        assert_eq!(gathered(parts), [whole]);
    }
}
