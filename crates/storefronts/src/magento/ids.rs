//! Every id of a store is made of an index, so that it can be drawn by itself.

/// Things of one kind that an order may have.
const PER_ORDER: u64 = 10_000;

/// The id of a product, or of an order, with an index.
pub(super) const fn number(index: u64) -> u64 {
    index.saturating_add(1)
}

/// The index of an id.
pub(super) const fn index(number: u64) -> Option<u64> {
    number.checked_sub(1)
}

/// The id of an order's own: an item, a parcel, a comment, from 0.
pub(super) fn child(order: u64, place: usize) -> u64 {
    let place = u64::try_from(place).unwrap_or(0);
    number(order).saturating_mul(PER_ORDER).saturating_add(place)
}

/// The index of the order that something belongs to, and its place there.
pub(super) fn parent(child: u64) -> Option<(u64, usize)> {
    let order = index(child / PER_ORDER)?;
    Some((order, usize::try_from(child % PER_ORDER).ok()?))
}

/// The id of the address that an order's bill goes to.
pub(super) const fn billing_address(order: u64) -> u64 {
    number(order).saturating_mul(2)
}

/// The id of the address that an order's goods go to.
pub(super) const fn shipping_address(order: u64) -> u64 {
    billing_address(order).saturating_add(1)
}

/// What people know an order, a bill or a parcel by.
pub(super) fn increment(number: u64) -> String {
    format!("{number:09}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lead_back_to_what_they_were_made_of() {
        for order in [0, 7, crate::stock::ORDERS_MAX] {
            assert_eq!(index(number(order)), Some(order));
            for place in [0, 1, 9_999] {
                assert_eq!(parent(child(order, place)), Some((order, place)));
            }
        }
        assert_eq!(index(0), None);
        assert_eq!(parent(17), None);
    }
}
