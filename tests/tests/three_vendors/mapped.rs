use flyball_domain::{Integration, Kind, Mapping, Mode, RecordBody};
use futures::TryStreamExt as _;
use serde_json::json;

use super::stage::Stage;

#[tokio::test]
async fn a_mapping_gives_the_retailers_names_and_what_does_not_fit_is_imported_all_the_same() {
    for integration in Integration::ALL {
        let stage = Stage::open(*integration, Kind::Products).await;
        let accounts = &stage.world.system.stores.accounts;
        let plain = stage.shop.store.truth().find_map(|product| {
            product.custom_fields.value()?.iter().find(|field| field.value.len() > 3).cloned()
        });
        let field = plain.unwrap();
        let from = if field.namespace.is_empty() {
            format!("custom:{}", field.key)
        } else {
            format!("custom:{}/{}", field.namespace, field.key)
        };
        let rules = json!({"rules": [
            {"kind": "products", "name": "as_text", "from": from, "type": "text"},
            {"kind": "products", "name": "as_day", "from": from, "type": "date"},
        ]});
        let mapping: Mapping = serde_json::from_value(rules).unwrap();
        let mut account = accounts.get(&stage.shop.account).await.unwrap();
        account.policy.mapping = mapping;
        accounts.put(&account).await.unwrap();
        stage.run(Mode::Incremental).await;
        let records: Vec<_> = stage
            .world
            .system
            .stores
            .records
            .stream(&stage.shop.account, Kind::Products)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(records.len(), stage.ids().len(), "{integration}");
        let mapped: Vec<_> = records
            .iter()
            .filter_map(|record| match &record.body {
                RecordBody::Product(product) => product.mapped.value().cloned(),
                RecordBody::Order(_) => None,
            })
            .collect();
        let found =
            mapped.iter().find(|one| one.values.get("as_text") == Some(&json!(field.value)));
        let found = found.unwrap();
        if let Some(unfit) = found.unfit.first() {
            assert_eq!(unfit.name, "as_day", "{integration}");
            assert!(unfit.to_string().contains("where a day such as"), "{unfit}");
        } else {
            assert!(found.values.contains_key("as_day"), "{integration}: {found:?}");
        }
    }
}
