//! What a product costs beside its usual price.

use flyball_connector::decode::RowError;
use flyball_connector::json::Raw;
use flyball_domain::{Field, Price};
use serde_json::{Map, Value};

use super::Reader;
use super::attributes::Attributes;
use super::object::{Object, list, value};
use super::product::money_of;

/// The group that stands for all buyers (`Magento\Customer\Model\Group::CUST_GROUP_ALL`).
const GROUP_ALL: &str = "32000";

/// Special price, the maker's price, then the prices by quantity; absent where nothing was asked
/// that could have held one.
pub(super) fn prices(attributes: &Attributes, tiers: Field<Vec<Price>>) -> Field<Vec<Price>> {
    let mut all = Vec::new();
    if let Some(money) = attributes.special {
        all.push(Price {
            money,
            reason: "special".to_owned(),
            list: Field::Null,
            quantity_min: Field::Absent,
            from: attributes.special_from.map_or(Field::Absent, Field::Value),
            until: attributes.special_until.map_or(Field::Absent, Field::Value),
        });
    }
    if let Some(money) = attributes.msrp {
        all.push(Price {
            money,
            reason: "msrp".to_owned(),
            list: Field::Null,
            quantity_min: Field::Absent,
            from: Field::Absent,
            until: Field::Absent,
        });
    }
    match tiers {
        Field::Value(tiers) => all.extend(tiers),
        Field::Absent if all.is_empty() => return Field::Absent,
        Field::Absent | Field::Null => {}
    }
    Field::Value(all)
}

/// Takes the prices by quantity and group. Where one of them has more to it than fits a price, such
/// as a website, they stay in `extra` as well.
pub(super) fn tier_prices(
    row: &mut Object<'_>,
    reader: &mut Reader<'_>,
    extra: &mut Map<String, Value>,
) -> Result<Field<Vec<Price>>, RowError> {
    let raw = match row.peek("tier_prices") {
        Field::Absent => return Ok(Field::Absent),
        Field::Null => {
            row.drop_field("tier_prices");
            return Ok(Field::Null);
        }
        Field::Value(raw) => raw,
    };
    let Some(tiers) = list(raw) else { return Ok(Field::Absent) };
    row.drop_field("tier_prices");
    let mut all = Vec::with_capacity(tiers.len());
    let mut fits = true;
    for (index, tier) in tiers.into_iter().enumerate() {
        let at = format!("tier_prices[{index}]");
        let (price, whole) = tier_price(tier, reader, &at)?;
        fits &= whole;
        all.extend(price);
    }
    if !fits {
        extra.insert("tier_prices".to_owned(), value(raw));
    }
    Ok(Field::Value(all))
}

/// A price, and whether that is all there is of it.
fn tier_price(
    raw: Raw<'_>,
    reader: &mut Reader<'_>,
    at: &str,
) -> Result<(Option<Price>, bool), RowError> {
    let (Some(mut tier), Some(currency)) = (Object::of(raw), reader.facts.currency) else {
        reader.unused(at, "a price that is no object, or of a currency that is not known");
        return Ok((None, false));
    };
    let money = money_of(tier.take("value"), currency, "value");
    let Some(money) = money.map_err(|error| error.within(at))?.value().copied() else {
        return Ok((None, false));
    };
    let group = tier.text("customer_group_id");
    let list = match group.value().map(String::as_str) {
        Some(GROUP_ALL) => Field::Null,
        Some(_) | None => group,
    };
    let quantity_min = tier.whole("qty");
    let (from, until) = (Field::Absent, Field::Absent);
    let price = Price { money, reason: "tier".to_owned(), list, quantity_min, from, until };
    Ok((Some(price), tier.rest().is_empty()))
}
