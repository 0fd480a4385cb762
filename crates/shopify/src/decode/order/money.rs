use flyball_connector::decode::{RowError, Text, money};
use flyball_domain::{Amount, Field, Money};
use serde::Deserialize;

/// An amount as the store counts it and as the buyer saw it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Bag<'a> {
    #[serde(borrow)]
    shop_money: Field<MoneyNode<'a>>,
    presentment_money: Field<MoneyNode<'a>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MoneyNode<'a> {
    #[serde(borrow)]
    amount: Field<Text<'a>>,
    currency_code: Field<Text<'a>>,
}

/// Reads an amount; absent where the store's side of it is.
pub(super) fn amount(bag: Field<Bag<'_>>, at: &str) -> Result<Field<Amount>, RowError> {
    let bag = match bag {
        Field::Value(bag) => bag,
        Field::Null => return Ok(Field::Null),
        Field::Absent => return Ok(Field::Absent),
    };
    let presentment = one(bag.presentment_money, &format!("{at}.presentmentMoney"))?;
    let amount = |shop| Amount { shop, presentment: presentment.value().copied() };
    Ok(one(bag.shop_money, &format!("{at}.shopMoney"))?.map(amount))
}

fn one(node: Field<MoneyNode<'_>>, at: &str) -> Result<Field<Money>, RowError> {
    match node {
        Field::Value(node) => {
            let currency = node.currency_code.value().and_then(|code| code.0.parse().ok());
            money(node.amount, currency, &format!("{at}.amount"))
        }
        Field::Null => Ok(Field::Null),
        Field::Absent => Ok(Field::Absent),
    }
}

/// What is left of one amount without another; absent where that can't be said exactly.
pub(super) fn less(of: &Field<Amount>, without: &Field<Amount>) -> Field<Amount> {
    let (Some(of), Some(without)) = (of.value(), without.value()) else { return Field::Absent };
    let less = |of: Money, without: Money| {
        let amount = of.amount.checked_sub(without.amount)?;
        (of.currency == without.currency).then_some(Money { amount, ..of })
    };
    combined(*of, *without, less)
}

/// What amounts come to; `Null` where there are none, absent where they can't be summed exactly.
pub(super) fn sum<'a>(amounts: impl IntoIterator<Item = &'a Field<Amount>>) -> Field<Amount> {
    let plus = |a: Money, b: Money| {
        let amount = a.amount.checked_add(b.amount)?;
        (a.currency == b.currency).then_some(Money { amount, ..a })
    };
    amounts.into_iter().fold(Field::Null, |sum, amount| match (sum, amount) {
        (Field::Null, amount) => amount.clone(),
        (Field::Value(sum), Field::Value(amount)) => combined(sum, *amount, plus),
        (Field::Value(_) | Field::Absent, _) => Field::Absent,
    })
}

fn combined(
    a: Amount,
    b: Amount,
    combine: impl Fn(Money, Money) -> Option<Money>,
) -> Field<Amount> {
    let presentment = a.presentment.zip(b.presentment).and_then(|(a, b)| combine(a, b));
    combine(a.shop, b.shop).map_or(Field::Absent, |shop| Field::Value(Amount { shop, presentment }))
}

#[cfg(test)]
mod tests {
    use flyball_connector::json::from_str;

    use super::*;

    fn bag(shop: &str, buyer: &str) -> Field<Amount> {
        let text = format!(
            r#"{{"shopMoney":{{"amount":"{shop}","currencyCode":"EUR"}},
                "presentmentMoney":{{"amount":"{buyer}","currencyCode":"USD"}}}}"#
        );
        amount(Field::Value(from_str(&text).unwrap()), "x").unwrap()
    }

    #[test]
    fn amounts_are_added_and_subtracted_exactly_on_both_sides() {
        assert_eq!(less(&bag("10.00", "11.10"), &bag("0.30", "0.1")), bag("9.70", "11.00"));
        assert_eq!(sum([&bag("0.10", "1"), &bag("0.20", "2.5")]), bag("0.30", "3.5"));
        assert_eq!(sum([]), Field::Null);
        assert_eq!(sum([&bag("1", "1"), &Field::Absent]), Field::Absent);
        assert_eq!(less(&bag("1", "1"), &Field::Null), Field::Absent);
    }

    #[test]
    fn an_amount_that_is_none_is_refused_with_its_place() {
        let text = r#"{"shopMoney":{"amount":"ten","currencyCode":"EUR"}}"#;
        let error = amount(Field::Value(from_str(text).unwrap()), "totalPriceSet");
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("totalPriceSet.shopMoney.amount: found \"ten\""), "{error}");
    }
}
