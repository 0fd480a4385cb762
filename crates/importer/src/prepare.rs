//! What is done to rows between the vendor and the records. Pure.

use flyball_accounts::Account;
use flyball_domain::Row;

/// The rows as they are to be stored: with what the account's mapping makes of their custom fields.
pub(crate) fn prepare(mut rows: Vec<Row>, account: &Account) -> Vec<Row> {
    for row in &mut rows {
        if let Row::Good(record) = row {
            account.policy.mapping.apply(record);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use flyball_domain::{BadRow, Mapping, Product, Record, RecordBody, UnixMillis};
    use serde_json::json;

    use super::*;

    fn account(mapping: Mapping) -> Account {
        let account = json!({
            "id": "blue-mug", "customer": "hearth-ltd", "integration": "shopify",
            "store": "https://blue-mug.example", "kinds": ["products"], "created_at": UnixMillis(0),
        });
        let mut account: Account = serde_json::from_value(account).unwrap();
        account.policy.mapping = mapping;
        account
    }

    #[test]
    fn good_rows_pass_the_accounts_mapping_and_others_pass_as_they_are() {
        let product = json!({
            "id": "42", "updated_at": 5,
            "custom_fields": [{ "namespace": "specs", "key": "material", "value": "clay" }],
        });
        let record = Record::from(serde_json::from_value::<Product>(product).unwrap());
        let bad = BadRow { id: None, input: "[]".to_owned(), reason: "found a list".to_owned() };
        let others = [Row::Bad(bad), Row::Gone("7".parse().unwrap())];
        let rows = || [vec![Row::Good(record.clone())], others.to_vec()].concat();
        assert_eq!(prepare(rows(), &account(Mapping::default())), rows());

        let rule = json!({
            "kind": "products", "name": "fabric", "from": "custom:specs/material", "type": "text",
        });
        let mapping = Mapping::new(vec![serde_json::from_value(rule).unwrap()]).unwrap();
        let prepared = prepare(rows(), &account(mapping));
        assert_eq!(&prepared[1..], others);
        let Row::Good(Record { body: RecordBody::Product(product), .. }) = &prepared[0] else {
            panic!("a product was expected")
        };
        assert_eq!(product.mapped.value().unwrap().values["fabric"], json!("clay"));
    }
}
