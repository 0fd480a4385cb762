//! The vendor's ids, computed from a product's index and a child's place within it.

const PREFIX: &str = "gid://shopify/";
const PRODUCT_FROM: u64 = 8_600_000_000_000;
const ORDER_FROM: u64 = 5_500_000_000_000;
const ORDER_CHILD_FROM: u64 = 15_000_000_000_000;
const CHILD_FROM: u64 = 43_000_000_000_000;
/// Ids that a product's children of one type share out; more than there are variants.
const CHILDREN: u64 = 4_096;

/// A product's id as a number.
pub(crate) const fn product_number(index: u64) -> u64 {
    PRODUCT_FROM.saturating_add(index)
}

/// The index of the product with an id.
pub(crate) fn product_index(number: u64) -> Option<u64> {
    number.checked_sub(PRODUCT_FROM)
}

/// An order's id as a number.
pub(crate) const fn order_number(index: u64) -> u64 {
    ORDER_FROM.saturating_add(index)
}

/// The index of the order with an id.
pub(crate) fn order_index(number: u64) -> Option<u64> {
    number.checked_sub(ORDER_FROM)
}

/// The id of a product's child as a number: ids of two children of one type differ.
pub(crate) fn child_number(index: u64, place: usize) -> u64 {
    let place = u64::try_from(place).unwrap_or(u64::MAX) % CHILDREN;
    CHILD_FROM.saturating_add(index.saturating_mul(CHILDREN)).saturating_add(place)
}

/// The id of an order's child as a number: ids of two children of one type differ.
pub(crate) fn order_child_number(index: u64, place: usize) -> u64 {
    let place = u64::try_from(place).unwrap_or(u64::MAX) % CHILDREN;
    ORDER_CHILD_FROM.saturating_add(index.saturating_mul(CHILDREN)).saturating_add(place)
}

/// The order's index and the place of the child with an id.
pub(super) fn order_child_place(number: u64) -> Option<(u64, usize)> {
    let number = number.checked_sub(ORDER_CHILD_FROM).filter(|_| number < CHILD_FROM)?;
    let place = usize::try_from(number % CHILDREN).ok()?;
    Some((number / CHILDREN, place))
}

/// The product's index and the place of the child with an id.
pub(super) fn child_place(number: u64) -> Option<(u64, usize)> {
    let number = number.checked_sub(CHILD_FROM)?;
    let place = usize::try_from(number % CHILDREN).ok()?;
    Some((number / CHILDREN, place))
}

/// A global id.
pub(crate) fn gid(type_name: &str, number: u64) -> String {
    format!("{PREFIX}{type_name}/{number}")
}

/// The type and number of a global id.
pub(super) fn parse_gid(text: &str) -> Option<(&str, u64)> {
    let (type_name, number) = text.strip_prefix(PREFIX)?.split_once('/')?;
    Some((type_name, number.parse().ok()?))
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
            let order = index % (crate::stock::ORDERS_MAX + 1);
            prop_assert_eq!(order_index(order_number(order)), Some(order));
            let number = order_child_number(order, place);
            prop_assert_eq!(order_child_place(number), Some((order, place)));
            prop_assert_eq!(child_place(number), None);
            prop_assert_eq!(child_place(child_number(index, place)), Some((index, place)));
            let id = gid("ProductVariant", child_number(index, place));
            prop_assert_eq!(parse_gid(&id), Some(("ProductVariant", child_number(index, place))));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}", number: u64) {
            prop_assert!(parse_gid(&text).is_none_or(|(name, _)| name.len() < text.len()));
            prop_assert!(product_index(number).is_none_or(|index| index < number));
            prop_assert!(order_child_place(number).is_none_or(|(index, _)| index < number));
            prop_assert!(child_place(number).is_none_or(|(index, _)| index < number));
        }
    }
}
