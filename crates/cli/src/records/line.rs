use flyball_domain::{Field, Money, Product, Variant};

/// The columns of a list and their widths, in characters, where they are aligned.
pub(super) const COLUMNS: [(&str, usize); 11] = [
    ("id", 16),
    ("title", 36),
    ("status", 8),
    ("vendor", 16),
    ("product_type", 16),
    ("variants", 8),
    ("price_min", 10),
    ("price_max", 10),
    ("currency", 8),
    ("stock", 8),
    ("updated_at", 24),
];

/// A product as a line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line(pub(super) [String; COLUMNS.len()]);

impl Line {
    pub(super) fn of(product: &Product) -> Self {
        let text = |field: &Field<String>| field.value().cloned().unwrap_or_default();
        let variants = product.variants.value().map(Vec::as_slice);
        let prices = || variants.iter().copied().flatten().filter_map(|one| one.price.value());
        let amount = |price: Option<&Money>| price.map(|price| price.amount.to_string());
        let stock = variants.and_then(stock);
        Self([
            product.id.to_string(),
            text(&product.title),
            product.status.value().cloned().map(String::from).unwrap_or_default(),
            text(&product.vendor),
            text(&product.product_type),
            variants.map(|all| all.len().to_string()).unwrap_or_default(),
            amount(prices().min_by_key(|price| price.amount)).unwrap_or_default(),
            amount(prices().max_by_key(|price| price.amount)).unwrap_or_default(),
            prices().next().map(|price| price.currency.to_string()).unwrap_or_default(),
            stock.map(|stock| stock.to_string()).unwrap_or_default(),
            product.updated_at.to_rfc3339(),
        ])
    }
}

/// How many there are of the variants that are counted; `None` where none is.
fn stock(variants: &[Variant]) -> Option<i64> {
    let counted = variants.iter().filter(|one| one.stock_tracked.value() != Some(&false));
    let counts = counted.filter_map(|one| one.stock.value().copied());
    counts.fold(None, |sum, count| Some(sum.unwrap_or(0_i64).saturating_add(count)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(product: serde_json::Value) -> Vec<String> {
        let Line(cells) = Line::of(&serde_json::from_value(product).unwrap());
        cells.to_vec()
    }

    #[test]
    fn a_product_is_one_line_whatever_the_number_of_its_variants() {
        let price = |amount: &str| serde_json::json!({ "amount": amount, "currency": "EUR" });
        let product = serde_json::json!({
            "id": "7", "updated_at": 1_790_000_000_000_u64, "title": "Mug", "status": "active",
            "vendor": "Hearth", "product_type": null,
            "variants": [
                { "id": "1", "price": price("19.90"), "stock": 3, "stock_tracked": true },
                { "id": "2", "price": price("9.50"), "stock": -1, "stock_tracked": true },
                { "id": "3", "price": price("100.00"), "stock": 50, "stock_tracked": false },
            ],
        });
        let expected = [
            "7",
            "Mug",
            "active",
            "Hearth",
            "",
            "3",
            "9.50",
            "100.00",
            "EUR",
            "2",
            "2026-09-21T14:13:20Z",
        ];
        assert_eq!(line(product), expected);
    }

    #[test]
    fn what_is_not_known_is_empty() {
        let cells = line(serde_json::json!({ "id": "7", "updated_at": 0 }));
        assert_eq!(cells.iter().filter(|cell| cell.is_empty()).count(), 9);
    }
}
