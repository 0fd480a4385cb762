//! What an import must come to, straight from the stock.

mod order;
mod parts;
mod product;

use flyball_domain::{CustomField, Field, IdError, UnixMillis, VendorId};

pub(super) use order::order;
pub(super) use product::product;

use crate::stock::StockMetafield;

fn id(number: u64) -> Result<VendorId, IdError> {
    number.to_string().parse()
}

fn each<S, T>(
    items: &[S],
    make: impl Fn(usize, &S) -> Result<T, IdError>,
) -> Result<Vec<T>, IdError> {
    items.iter().enumerate().map(|(place, item)| make(place, item)).collect()
}

fn custom_field(
    number: u64,
    updated_at: u64,
    stock: &StockMetafield,
) -> Result<CustomField, IdError> {
    Ok(CustomField {
        id: Field::Value(id(number)?),
        namespace: stock.namespace.clone(),
        key: stock.key.clone(),
        value_type: Field::Value(stock.value_type.clone()),
        value: stock.value.clone(),
        updated_at: Field::Value(UnixMillis(updated_at)),
    })
}
