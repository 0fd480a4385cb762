use std::sync::Arc;

use super::calendar::Calendar;
use super::shelf::{Draw, Shelf};
use super::{PRODUCTS_MAX, Stock, StockProduct, generate};

/// Everything a store has.
#[derive(Debug)]
pub(crate) struct Stocked {
    pub(crate) products: Shelf<StockProduct>,
}

impl Stocked {
    pub(crate) fn new(stock: Stock, seed: u64) -> Self {
        let (draw, count): (Draw<StockProduct>, u64) = match stock {
            Stock::Generated { products } => (
                Box::new(move |index| Some(Arc::new(generate::product(seed, index)))),
                products.min(PRODUCTS_MAX),
            ),
            Stock::Catalog(catalog) => {
                let products: Vec<_> = catalog.into_products().into_iter().map(Arc::new).collect();
                let count = u64::try_from(products.len()).unwrap_or(u64::MAX);
                let draw = move |index| products.get(usize::try_from(index).ok()?).cloned();
                (Box::new(draw), count)
            }
        };
        Self { products: Shelf::new(Calendar::new(seed, count), draw) }
    }
}
