//! The vendor's ids: small whole numbers, computed from an index and a child's place.

const PRODUCT_FROM: u64 = 80;
const ORDER_FROM: u64 = 100;
/// Ids that a record's children of one sort share out; more than there are of any.
const CHILDREN: u64 = 4_096;

/// A product's id.
pub(super) const fn product_number(index: u64) -> u64 {
    PRODUCT_FROM.saturating_add(index)
}

/// The index of the product with an id.
pub(super) const fn product_index(number: u64) -> Option<u64> {
    number.checked_sub(PRODUCT_FROM)
}

/// An order's id, which is its number too.
pub(super) const fn order_number(index: u64) -> u64 {
    ORDER_FROM.saturating_add(index)
}

/// The index of the order with an id.
pub(super) const fn order_index(number: u64) -> Option<u64> {
    number.checked_sub(ORDER_FROM)
}

/// The id of a record's child: ids of two children of one sort differ.
pub(super) fn child_number(index: u64, place: usize) -> u64 {
    let place = u64::try_from(place).unwrap_or(u64::MAX) % CHILDREN;
    index.saturating_mul(CHILDREN).saturating_add(place).saturating_add(1)
}

/// The record's index and the place of the child with an id.
pub(super) fn child_place(number: u64) -> Option<(u64, usize)> {
    let number = number.checked_sub(1)?;
    Some((number / CHILDREN, usize::try_from(number % CHILDREN).ok()?))
}

/// A brand's id: the same for the same name, 0 for none.
pub(super) fn brand_number(name: &str) -> u64 {
    if name.is_empty() { 0 } else { named_number(name) }
}

/// An id that follows from a name, above 0.
pub(super) fn named_number(name: &str) -> u64 {
    /// The most that a brand's id may be (`products_catalog.v3.yml`).
    const ID_MAX: u64 = 1_000_000_000;
    // FNV-1a.
    let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    hash % ID_MAX + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_lead_back_to_where_they_came_from(
            index in 0..=crate::stock::PRODUCTS_MAX,
            place in 0..crate::stock::VARIANTS_MAX,
        ) {
            prop_assert_eq!(product_index(product_number(index)), Some(index));
            prop_assert_eq!(order_index(order_number(index)), Some(index));
            prop_assert_eq!(child_place(child_number(index, place)), Some((index, place)));
        }

        #[test]
        fn no_number_leads_beyond_itself(number: u64) {
            prop_assert!(product_index(number).is_none_or(|index| index < number));
            prop_assert!(order_index(number).is_none_or(|index| index < number));
            prop_assert!(child_place(number).is_none_or(|(index, _)| index < number));
        }
    }

    #[test]
    fn brands_have_ids_that_the_schema_allows() {
        assert_eq!(brand_number(""), 0);
        for name in ["Kilnworks", "Nordlys", "匠工房"] {
            assert!((1..=1_000_000_000).contains(&brand_number(name)));
        }
        assert_ne!(brand_number("Kilnworks"), brand_number("Nordlys"));
    }
}
