use flyball_domain::{Address, Field, Personal};
use serde_json::{Map, Value, json};

use crate::magento::ids::{billing_address, number, shipping_address};
use crate::magento::order::Sale;
use crate::stock::StockAddress;

/// Members of a payment that say who paid.
const OF_PAYMENT: &[&str] = &["additional_information", "cc_last4"];

/// Who bought, and where it goes.
pub(super) fn personal(sale: &Sale<'_>, said: &Value) -> Personal {
    let stock = sale.stock;
    let customer = stock.customer.as_ref();
    let mut extra = Map::new();
    if let Some(customer) = customer {
        extra.insert("customer_firstname".to_owned(), customer.first_name.clone().into());
        extra.insert("customer_lastname".to_owned(), customer.last_name.clone().into());
    }
    extra.insert("customer_note_notify".to_owned(), u8::from(stock.note.is_some()).into());
    let payment = said.get("payment").and_then(Value::as_object);
    let payment =
        payment.into_iter().flatten().filter(|(name, _)| OF_PAYMENT.contains(&name.as_str()));
    let payment: Map<String, Value> =
        payment.map(|(name, value)| (name.clone(), value.clone())).collect();
    extra.insert("payment".to_owned(), payment.into());
    if let Some(first) = stock.payments.first() {
        let info = json!([{"key": "method_title", "value": first.gateway}]);
        extra.insert("payment_additional_info".to_owned(), info);
    }
    let shipping = stock.shipping.as_ref().map(|at| address(sale, at, "shipping"));
    Personal {
        name: customer.map_or(Field::Absent, |customer| {
            Field::Value(format!("{} {}", customer.first_name, customer.last_name))
        }),
        email: stock.email.clone().into(),
        phone: Field::Absent,
        billing_address: stock
            .billing
            .as_ref()
            .map_or(Field::Absent, |at| Field::Value(address(sale, at, "billing"))),
        shipping_addresses: Field::Value(shipping.into_iter().collect()),
        note: stock.note.clone().map_or(Field::Absent, Field::Value),
        staff_note: Field::Absent,
        ip: stock.ip.clone().map_or(Field::Absent, Field::Value),
        extra,
    }
}

fn address(sale: &Sale<'_>, at: &StockAddress, word: &str) -> Address {
    let id = match word {
        "billing" => billing_address(sale.index),
        _ => shipping_address(sale.index),
    };
    let given = |text: Option<&String>| text.cloned().map_or(Field::Absent, Field::Value);
    let mut extra = Map::new();
    extra.insert("firstname".to_owned(), at.first_name.clone().into());
    extra.insert("lastname".to_owned(), at.last_name.clone().into());
    extra.insert("address_type".to_owned(), word.into());
    extra.insert("parent_id".to_owned(), number(sale.index).into());
    if let Some((_, name)) = &at.region {
        extra.insert("region".to_owned(), name.clone().into());
    }
    Address {
        id: Field::Value(id.to_string()),
        name: Field::Value(format!("{} {}", at.first_name, at.last_name)),
        company: given(at.company.as_ref()),
        street: Field::Value(at.street.clone()),
        city: Field::Value(at.city.clone()),
        postal_code: Field::Value(at.postal_code.clone()),
        region: given(at.region.as_ref().map(|(code, _)| code)),
        country: Field::Value(at.country.0.clone()),
        phone: Field::Value(at.phone.clone().unwrap_or_else(|| "0".to_owned())),
        email: given(sale.stock.email.as_ref()),
        extra,
    }
}
