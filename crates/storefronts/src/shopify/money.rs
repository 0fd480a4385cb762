use flyball_domain::Currency;
use rust_decimal::Decimal;

const DIGITS: u32 = 2;
/// Currencies without a smaller unit (ISO 4217), as far as shops use them.
const WHOLE: [&str; 9] = ["CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"];

/// A price as the vendor's `Money` writes it: `10.00`, and `1000` of a currency without cents.
pub(crate) fn price(amount: Decimal, currency: Currency) -> Decimal {
    let digits = if WHOLE.contains(&currency.as_str()) { 0 } else { DIGITS };
    let mut amount = amount;
    amount.rescale(digits);
    amount
}

/// An amount as the vendor's `Decimal` writes it: `10.0`, `12.5`, `12.25`.
pub(crate) fn amount(amount: Decimal, currency: Currency) -> Decimal {
    one_digit_at_least(price(amount, currency))
}

/// A weight as the vendor's `Float` writes it: `0.0`, `1.5`.
pub(crate) fn weight(value: Decimal) -> Decimal {
    one_digit_at_least(value)
}

fn one_digit_at_least(value: Decimal) -> Decimal {
    let mut value = value.normalize();
    if value.scale() == 0 {
        value.rescale(1);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_the_vendor_writes_them() {
        let eur = "EUR".parse().unwrap();
        let jpy = "JPY".parse().unwrap();
        for (text, written, short) in
            [("10", "10.00", "10.0"), ("12.5", "12.50", "12.5"), ("0.005", "0.01", "0.01")]
        {
            let found: Decimal = text.parse().unwrap();
            assert_eq!(price(found, eur).to_string(), written);
            assert_eq!(amount(found, eur).to_string(), short);
        }
        assert_eq!(price("1000.4".parse().unwrap(), jpy).to_string(), "1000");
        assert_eq!(weight("0.000".parse().unwrap()).to_string(), "0.0");
        assert_eq!(weight("1.250".parse().unwrap()).to_string(), "1.25");
    }
}
