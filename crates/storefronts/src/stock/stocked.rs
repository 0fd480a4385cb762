use std::collections::HashMap;
use std::sync::Arc;

use super::calendar::Calendar;
use super::draw_order::{self, Shelves};
use super::recent::kept;
use super::shelf::{Draw, Shelf};
use super::{PRODUCTS_MAX, Stock, StockOrder, StockProduct, flat, generate};

/// Whether a vendor keeps variants inside their product or as products of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Nested,
    Flat,
}

/// Everything a store has.
#[derive(Debug)]
pub(crate) struct Stocked {
    pub(crate) products: Shelf<StockProduct>,
    pub(crate) orders: Shelf<StockOrder>,
    layout: Layout,
    /// Where a file's products are, by stock-keeping unit, where a vendor asks for them by it.
    by_sku: HashMap<String, u64>,
}

impl Stocked {
    /// What a store starts with; all of it is drawn from the seed or read from a file.
    pub(crate) fn new(stock: Stock, orders: u64, seed: u64, layout: Layout) -> Self {
        let mut by_sku = HashMap::new();
        let (draw, count): (Draw<StockProduct>, u64) = match stock {
            Stock::Generated { products } => {
                let count = products.min(PRODUCTS_MAX);
                let draw: Draw<StockProduct> = match layout {
                    Layout::Nested => {
                        Arc::new(move |index| Some(Arc::new(generate::product(seed, index))))
                    }
                    Layout::Flat => {
                        Arc::new(move |index| Some(Arc::new(flat::product(seed, index, count))))
                    }
                };
                (kept(draw), count)
            }
            Stock::Catalog(catalog) => {
                let products = match layout {
                    Layout::Nested => flat::gathered(catalog.into_products()),
                    Layout::Flat => flat::spread(catalog.into_products()),
                };
                if layout == Layout::Flat {
                    by_sku = skus(&products);
                }
                let products: Vec<_> = products.into_iter().map(Arc::new).collect();
                let count = u64::try_from(products.len()).unwrap_or(u64::MAX);
                let draw = move |index| products.get(usize::try_from(index).ok()?).cloned();
                (Arc::new(draw), count)
            }
        };
        let shelves = Shelves { count, draw: Arc::clone(&draw) };
        let draw_order = move |index| Some(Arc::new(draw_order::order(seed, index, &shelves)));
        Self {
            products: Shelf::new(Calendar::of_products(seed, count), draw),
            orders: Shelf::new(Calendar::of_orders(seed, orders), kept(Arc::new(draw_order))),
            layout,
            by_sku,
        }
    }

    /// Adds a product and returns its index; where variants are products of their own, it comes
    /// after them.
    pub(crate) fn add_product(&mut self, product: StockProduct, now_ms: u64) -> u64 {
        let parts = match self.layout {
            Layout::Nested => vec![product],
            Layout::Flat => flat::apart(product, self.products.end()),
        };
        parts.into_iter().fold(0, |_, part| self.products.add(part, now_ms))
    }

    /// The index of the product with a stock-keeping unit, where variants are products of their own.
    pub(crate) fn index_of_sku(&self, sku: &str) -> Option<u64> {
        let has_it = |index: &u64| {
            let shown = self.products.get(*index);
            shown.is_some_and(|shown| sku_of(&shown.item) == sku)
        };
        let drawn = self.by_sku.get(sku).copied().or_else(|| flat::index_of_sku(sku));
        drawn.filter(has_it).or_else(|| self.products.edited().find(has_it))
    }
}

/// The stock-keeping unit of a product of its own: where it has none, its handle serves.
pub(crate) fn sku_of(product: &StockProduct) -> &str {
    let of_only_variant = match product.variants.as_slice() {
        [variant] => variant.sku.as_deref(),
        _ => None,
    };
    let sku = product.sku.as_deref().or(of_only_variant);
    sku.filter(|sku| !sku.is_empty()).unwrap_or(&product.handle)
}

fn skus(products: &[StockProduct]) -> HashMap<String, u64> {
    let numbered = products.iter().zip(0_u64..);
    numbered.map(|(product, index)| (sku_of(product).to_owned(), index)).collect()
}
