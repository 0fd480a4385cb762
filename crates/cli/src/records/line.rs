use flyball_domain::{
    Amount, Field, Kind, Money, Order, Product, RecordBody, Totals, UnixMillis, Variant,
};

/// A column of a list: its name, and its width, in characters, where columns are aligned.
pub(super) type Column = (&'static str, usize);

const PRODUCTS: [Column; 11] = [
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

const ORDERS: [Column; 12] = [
    ("id", 16),
    ("number", 12),
    ("placed_at", 24),
    ("status", 12),
    ("financial_status", 18),
    ("fulfillment_status", 18),
    ("channel", 12),
    ("lines", 6),
    ("total", 12),
    ("refunded", 12),
    ("currency", 8),
    ("updated_at", 24),
];

/// The columns of a list of records that the vendor has no more.
pub(super) const GONE: [Column; 3] = [("id", 24), ("updated_at", 24), ("gone_at", 24)];

/// The columns of a list of a kind.
pub(super) const fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Products => &PRODUCTS,
        Kind::Orders => &ORDERS,
    }
}

/// A record as the cells of a line, one for each of its kind's columns. What is not known is empty;
/// whatever says who a buyer is has no column.
pub(super) fn cells(body: &RecordBody) -> Vec<String> {
    match body {
        RecordBody::Product(product) => of_product(product).to_vec(),
        RecordBody::Order(order) => of_order(order).to_vec(),
    }
}

fn text(field: &Field<String>) -> String {
    field.value().cloned().unwrap_or_default()
}

fn of_product(product: &Product) -> [String; PRODUCTS.len()] {
    let variants = product.variants.value().map(Vec::as_slice);
    let prices = || variants.iter().copied().flatten().filter_map(|one| one.price.value());
    let amount = |price: Option<&Money>| price.map(|price| price.amount.to_string());
    let stock = variants.and_then(stock);
    [
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
    ]
}

fn of_order(order: &Order) -> [String; ORDERS.len()] {
    let total =
        |of: fn(&Totals) -> &Field<Amount>| order.totals.value().and_then(|all| of(all).value());
    let amount = |amount: Option<&Amount>| amount.map(|amount| amount.shop.amount.to_string());
    let whole = total(|totals| &totals.total);
    let currency = order.currency.value().copied().or(whole.map(|amount| amount.shop.currency));
    [
        order.id.to_string(),
        text(&order.number),
        order.placed_at.value().copied().map(UnixMillis::to_rfc3339).unwrap_or_default(),
        text(&order.status),
        order.financial_status.value().cloned().map(String::from).unwrap_or_default(),
        order.fulfillment_status.value().cloned().map(String::from).unwrap_or_default(),
        text(&order.channel),
        order.lines.value().map(|lines| lines.len().to_string()).unwrap_or_default(),
        amount(whole).unwrap_or_default(),
        amount(total(|totals| &totals.refunded)).unwrap_or_default(),
        currency.map(|currency| currency.to_string()).unwrap_or_default(),
        order.updated_at.to_rfc3339(),
    ]
}

/// How many there are of the variants that are counted; `None` where none is.
fn stock(variants: &[Variant]) -> Option<i64> {
    let counted = variants.iter().filter(|one| one.stock_tracked.value() != Some(&false));
    let counts = counted.filter_map(|one| one.stock.value().copied());
    counts.fold(None, |sum, count| Some(sum.unwrap_or(0_i64).saturating_add(count)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(product: serde_json::Value) -> Vec<String> {
        let product: Product = serde_json::from_value(product).unwrap();
        cells(&RecordBody::Product(Box::new(product)))
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

    #[test]
    fn an_order_is_one_line_that_does_not_say_whose_it_is() {
        let amount = |amount: &str| json!({ "shop": { "amount": amount, "currency": "EUR" } });
        let order = json!({
            "id": "42", "updated_at": 1_790_000_000_000_u64, "number": "#1001",
            "placed_at": 1_789_000_000_000_u64, "financial_status": "paid", "channel": "web",
            "totals": { "total": amount("29.90"), "refunded": amount("9.90") },
            "personal": { "email": "ada@example.com" },
        });
        let order: Order = serde_json::from_value(order).unwrap();
        let cells = cells(&RecordBody::Order(Box::new(order)));
        let expected = [
            "42",
            "#1001",
            "2026-09-10T00:26:40Z",
            "",
            "paid",
            "",
            "web",
            "",
            "29.90",
            "9.90",
            "EUR",
            "2026-09-21T14:13:20Z",
        ];
        assert_eq!(cells, expected);
        assert_eq!(columns(Kind::Orders).len(), cells.len());
    }
}
