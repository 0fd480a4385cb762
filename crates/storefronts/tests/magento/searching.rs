//! Searches: what is found, in which order, and what is said to those that can't be made.

use serde_json::json;

use crate::common::{Search, Shop, id};

#[tokio::test]
async fn groups_must_all_hold_and_of_each_group_one_filter() {
    let shop = Shop::of(80, 0).await;
    let of_types = Search::all()
        .any(&[("type_id", "eq", "configurable"), ("type_id", "eq", "bundle")])
        .filter("entity_id", "gt", "20");
    let found = shop.items("products", &of_types).await;
    assert!(!found.is_empty());
    for product in &found {
        assert!(["configurable", "bundle"].contains(&product["type_id"].as_str().unwrap()));
        assert!(id(product) > 20);
    }
    let all = shop.items("products", &Search::all()).await;
    let expected = all
        .iter()
        .filter(|one| ["configurable", "bundle"].contains(&one["type_id"].as_str().unwrap()))
        .filter(|one| id(one) > 20)
        .count();
    assert_eq!(found.len(), expected);
}

#[tokio::test]
async fn each_condition_finds_what_it_says() {
    let shop = Shop::of(40, 0).await;
    let count = |field: &'static str, condition: &'static str, value: &'static str| {
        let shop = &shop;
        async move { shop.items("products", &Search::all().filter(field, condition, value)).await.len() }
    };
    assert_eq!(count("entity_id", "eq", "7").await, 1);
    assert_eq!(count("entity_id", "neq", "7").await, 39);
    assert_eq!(count("entity_id", "in", "7,8,99").await, 2);
    assert_eq!(count("entity_id", "nin", "7,8,99").await, 38);
    assert_eq!(count("entity_id", "gt", "30").await, 10);
    assert_eq!(count("entity_id", "gteq", "30").await, 11);
    assert_eq!(count("entity_id", "lt", "3").await, 2);
    assert_eq!(count("entity_id", "lteq", "3").await, 3);
    assert_eq!(count("entity_id", "from", "30").await, 11);
    assert_eq!(count("entity_id", "to", "3").await, 3);
    assert_eq!(count("sku", "like", "SKU%").await, count("sku", "notnull", "").await);
    assert_eq!(count("sku", "like", "SKU-3").await, 1);
    assert_eq!(count("sku", "eq", "sku-3").await, 1);
    assert_eq!(
        count("special_price", "null", "").await + count("special_price", "notnull", "").await,
        40
    );
    let in_first = count("category_id", "eq", "3").await;
    assert!(in_first > 0 && in_first < 40);
    assert_eq!(count("category_ids", "finset", "3").await, in_first);
}

#[tokio::test]
async fn times_are_searched_in_utc_as_they_are_told() {
    let shop = Shop::of(50, 0).await;
    let all = shop.items("products", &Search::all().sort("updated_at", "ASC")).await;
    let middle = all[25]["updated_at"].as_str().unwrap();
    for (condition, keeps) in [
        ("gt", (|found: &str, at: &str| found > at) as fn(&str, &str) -> bool),
        ("gteq", |found, at| found >= at),
        ("lt", |found, at| found < at),
        ("lteq", |found, at| found <= at),
        ("eq", |found, at| found == at),
    ] {
        let search = Search::all().filter("updated_at", condition, middle);
        let found = shop.items("products", &search).await;
        let expected = all.iter().filter(|one| keeps(one["updated_at"].as_str().unwrap(), middle));
        assert_eq!(found.len(), expected.count(), "{condition}");
    }
}

#[tokio::test]
async fn a_search_is_told_again_and_names_may_be_written_either_way() {
    let shop = Shop::of(20, 0).await;
    let query = "searchCriteria[filterGroups][0][filters][0][field]=entity_id\
                 &searchCriteria[filterGroups][0][filters][0][value]=5\
                 &searchCriteria[filterGroups][0][filters][0][conditionType]=gteq\
                 &searchCriteria[sortOrders][0][field]=entity_id\
                 &searchCriteria[sortOrders][0][direction]=DESC\
                 &searchCriteria[pageSize]=3&searchCriteria[currentPage]=2";
    let snake = query
        .replace("searchCriteria", "search_criteria")
        .replace("filterGroups", "filter_groups")
        .replace("conditionType", "condition_type")
        .replace("sortOrders", "sort_orders")
        .replace("pageSize", "page_size")
        .replace("currentPage", "current_page");
    let camel = shop.get(&format!("products?{query}")).await;
    assert_eq!(shop.get(&format!("products?{snake}")).await, camel);
    assert_eq!(camel["total_count"], 16);
    let ids: Vec<u64> = camel["items"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids, [17, 16, 15]);
    assert_eq!(
        camel["search_criteria"],
        json!({
            "filter_groups": [
                {"filters": [{"field": "entity_id", "value": "5", "condition_type": "gteq"}]},
            ],
            "sort_orders": [{"field": "entity_id", "direction": "DESC"}],
            "page_size": 3,
            "current_page": 2,
        })
    );
}

#[tokio::test]
async fn a_list_without_a_search_is_refused_but_for_sources() {
    let shop = Shop::of(5, 5).await;
    for resource in [
        "products",
        "orders",
        "creditmemos",
        "shipments",
        "invoices",
        "transactions",
        "orders/items",
        "inventory/source-items",
        "products/attributes",
        "categories/list",
    ] {
        let reply = shop.call(resource).await;
        assert_eq!(reply.status, 400, "{resource}");
        assert_eq!(
            reply.json(),
            json!({
                "message": "\"%fieldName\" is required. Enter and try again.",
                "parameters": {"fieldName": "searchCriteria"},
            })
        );
    }
    assert_eq!(shop.get("inventory/sources").await["total_count"], 3);
}

#[tokio::test]
async fn searches_that_can_not_be_made_are_refused_in_the_vendors_words() {
    let shop = Shop::of(5, 5).await;
    for (resource, status, message) in [
        (
            Search::all().filter("colour", "eq", "1").of("products"),
            400,
            "The \"%1\" attribute name is invalid. Reset the name and try again.",
        ),
        (
            Search::all().filter("id", "eq", "1").of("products"),
            400,
            "The \"%1\" attribute name is invalid. Reset the name and try again.",
        ),
        (
            Search::all().filter("colour", "eq", "1").of("orders"),
            500,
            "Internal Error. Details are available in Magento log file. Report ID: webapi-",
        ),
        (
            Search::all().sort("updated_at", "UPWARDS").of("products"),
            400,
            "Sort order has to be specified as %1 for ascending order or %2 for descending order.",
        ),
        (
            "products?searchCriteria[pageSize]=many".to_owned(),
            400,
            "Error occurred during \"page_size\" processing. The \"many\" value's type is invalid.",
        ),
        ("products?searchCriteria[rows]=5".to_owned(), 500, "Internal Error."),
        ("orders/many".to_owned(), 400, "The \"many\" value's type is invalid."),
        ("orders/99".to_owned(), 404, "The entity that was requested doesn't exist."),
        ("creditmemo/99".to_owned(), 404, "The entity that was requested doesn't exist."),
        ("products/none".to_owned(), 404, "The product that was requested doesn't exist."),
        ("categories/99".to_owned(), 404, "No such entity with %fieldName = %fieldValue"),
        ("returns?searchCriteria".to_owned(), 404, "Request does not match any route."),
    ] {
        let reply = shop.call(&resource).await;
        assert_eq!(reply.status, status, "{resource}: {}", reply.text());
        let found = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(found.starts_with(message), "{resource}: {found}");
    }
}
