//! What a client may ask, and how it is told that it may not.

use crate::common::{Shop, TOKEN};
use serde_json::{Value, json};

#[tokio::test]
async fn aliases_fragments_and_type_names_are_answered_under_their_own_names() {
    let shop = Shop::of(20).await;
    let data = shop
        .data(
            "query Page($n: Int = 2) {
               first: products(first: $n) { ...Some }
               second: products(first: 1, reverse: true) { nodes { __typename name: title } }
             }
             fragment Some on ProductConnection { edges { cursor node { ... on Product { id } } } }",
            json!({}),
        )
        .await;
    assert_eq!(data["first"]["edges"].as_array().unwrap().len(), 2);
    assert_eq!(data["first"]["edges"][0]["node"]["id"], "gid://shopify/Product/8600000000000");
    assert_eq!(data["second"]["nodes"][0]["__typename"], "Product");
    assert!(data["second"]["nodes"][0]["name"].is_string());
    let keys: Vec<_> = data.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["first", "second"]);
}

#[tokio::test]
async fn fields_asked_for_twice_are_merged() {
    let shop = Shop::of(20).await;
    let data =
        shop.data("{ shop { name } shop { currencyCode ... { ianaTimezone } } }", json!({})).await;
    let expected = json!({"shop": {"name": "Hearth & Co", "currencyCode": "EUR", "ianaTimezone": "Europe/Berlin"}});
    assert_eq!(data, expected);
}

#[tokio::test]
async fn include_and_skip_decide_by_variables() {
    let shop = Shop::of(20).await;
    let query = "query ($yes: Boolean!, $n: Int!) {
        shop { name @skip(if: $yes) id @include(if: $yes) }
        products(first: $n) @skip(if: $yes) { nodes { id } }
    }";
    let data = shop.data(query, json!({"yes": true, "n": 1})).await;
    assert_eq!(data, json!({"shop": {"id": "gid://shopify/Shop/1"}}));
    let data = shop.data(query, json!({"yes": false, "n": 1})).await;
    assert_eq!(data["shop"], json!({"name": "Hearth & Co"}));
    assert_eq!(data["products"]["nodes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn of_several_operations_the_named_one_runs() {
    let shop = Shop::of(20).await;
    let query = "query A { shop { name } } query B { shop { id } }";
    let headers = format!("X-Shopify-Access-Token: {TOKEN}\r\n");
    let call = async |body: Value| shop.send(&headers, body.to_string().as_bytes()).await.json();
    let named = call(json!({"query": query, "operationName": "B"})).await;
    assert_eq!(named["data"], json!({"shop": {"id": "gid://shopify/Shop/1"}}));
    let unnamed = call(json!({"query": query})).await;
    assert_eq!(unnamed["errors"][0]["message"], "An operation name is required");
    let unknown = call(json!({"query": query, "operationName": "C"})).await;
    assert_eq!(unknown["errors"][0]["message"], "No operation named \"C\"");
}

#[tokio::test]
async fn an_unknown_field_is_refused_as_the_vendor_refuses_it() {
    let shop = Shop::of(20).await;
    let answer =
        shop.query("query P {\n products(first: 1) { nodes { titel } } }", json!({})).await;
    let expected = json!({"errors": [{
        "message": "Field 'titel' doesn't exist on type 'Product'",
        "locations": [{"line": 2, "column": 31}],
        "path": ["query P", "products", "nodes", "titel"],
        "extensions": {"code": "undefinedField", "typeName": "Product", "fieldName": "titel"},
    }]});
    assert_eq!(answer, expected);
    let error = shop.error("{ products(first: 1) { nodes { titel } } }", json!({})).await;
    assert_eq!(error["path"][0], "query");
}

#[tokio::test]
async fn other_mistakes_are_told_with_the_vendors_codes() {
    let shop = Shop::of(20).await;
    for (query, variables, code) in [
        ("{ product { id } }", json!({}), "missingRequiredArguments"),
        ("{ product(id: null) { id } }", json!({}), "argumentLiteralsIncompatible"),
        ("{ products(first: \"1\") { nodes { id } } }", json!({}), "argumentLiteralsIncompatible"),
        (
            "{ products(first: 1, sortKey: SIZE) { nodes { id } } }",
            json!({}),
            "argumentLiteralsIncompatible",
        ),
        ("{ products(first: 1, size: 2) { nodes { id } } }", json!({}), "argumentNotAccepted"),
        ("{ products(first: $n) { nodes { id } } }", json!({}), "variableNotDefined"),
        ("query ($n: Int) { shop { id } }", json!({}), "variableNotUsed"),
        ("{ shop }", json!({}), "selectionMismatch"),
        ("{ shop { id { x } } }", json!({}), "selectionMismatch"),
        ("{ ...Missing }", json!({}), "useAndDefineFragment"),
        ("{ shop { ... on Planet { id } } }", json!({}), "undefinedType"),
        ("{ shop { id @maybe } }", json!({}), "undefinedDirective"),
        ("{ shop { id: name id } }", json!({}), "fieldConflict"),
        ("{ products { nodes { id } } }", json!({}), "BAD_REQUEST"),
        ("{ products(first: 251) { nodes { id } } }", json!({}), "BAD_REQUEST"),
        ("{ products(first: 1, after: \"oops\") { nodes { id } } }", json!({}), "BAD_REQUEST"),
        ("{ product(id: \"7\") { id } }", json!({}), "BAD_REQUEST"),
        ("{ products(first: 1, query: \"id:x\") { nodes { id } } }", json!({}), "BAD_REQUEST"),
        ("{ products(first: 1, sortKey: TITLE) { nodes { id } } }", json!({}), "BAD_REQUEST"),
        ("fragment F on Shop { ...F } { shop { ...F } }", json!({}), "BAD_REQUEST"),
        (
            "fragment F on Product { a: variants(first: 1) { nodes { product { ...F } } } b: variants(
                first: 1) { nodes { product { ...F } } } } { product(id: \"gid://shopify/Product/1\")
                { ...F } }",
            json!({}),
            "BAD_REQUEST",
        ),
    ] {
        let error = shop.error(query, variables).await;
        assert_eq!(error["extensions"]["code"], code, "{query}: {error}");
    }
    let error =
        shop.error("query ($n: Int!) { products(first: $n) { nodes { id } } }", json!({})).await;
    assert_eq!(error["message"], "Variable $n of type Int! was provided invalid value");
    assert_eq!(error["extensions"]["problems"][0]["explanation"], "Expected value to not be null");
    for query in ["{", "", "{ shop { id }"] {
        let message = shop.error(query, json!({})).await["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("syntax error, "), "{message}");
    }
    let error = shop.error("mutation { x { y } }", json!({})).await;
    assert_eq!(error["message"], "Field 'x' doesn't exist on type 'Mutation'");
    let error = shop.error("subscription { x { y } }", json!({})).await;
    assert_eq!(error["message"], "Schema is not configured for subscriptions");
}

#[tokio::test]
async fn a_deeply_nested_query_is_refused_and_harms_nobody() {
    let shop = Shop::of(20).await;
    let deep = "product{".repeat(45);
    let query = format!("{{products(first:1){{nodes{{variants(first:1){{nodes{{{deep}");
    let answer = shop.query(&query, json!({})).await;
    assert!(answer["errors"][0]["message"].is_string());
    assert!(shop.data("{ shop { id } }", json!({})).await.is_object());
}

#[tokio::test]
async fn calls_without_token_version_or_query_are_refused_as_the_vendor_refuses_them() {
    let shop = Shop::of(20).await;
    let body = br#"{"query":"{ shop { id } }"}"#;
    let token = format!("X-Shopify-Access-Token: {TOKEN}\r\n");
    let unknown = shop.send("X-Shopify-Access-Token: wrong\r\n", body).await;
    assert_eq!(unknown.status, 401);
    assert_eq!(
        unknown.json(),
        json!({"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"})
    );
    assert_eq!(shop.send("", body).await.status, 401);
    for bad in [&b"{}"[..], b"", b"query"] {
        let reply = shop.send(&token, bad).await;
        assert_eq!(reply.status, 400);
        assert_eq!(reply.json()["errors"]["query"], "Required parameter missing or invalid");
    }
    for (version, status) in [
        ("2026-10", 200),
        ("2025-01", 200),
        ("unstable", 200),
        ("2026-13", 404),
        ("latest", 404),
        ("2026-1", 404),
    ] {
        let path = format!("/admin/api/{version}/graphql.json");
        let reply = crate::common::parse(&shop.raw(&path, &token, body).await);
        assert_eq!(reply.status, status, "{version}");
        assert_eq!(reply.header("x-shopify-api-version"), Some(version));
    }
    let elsewhere =
        crate::common::parse(&shop.raw("/admin/api/2026-10/products.json", &token, body).await);
    assert_eq!((elsewhere.status, elsewhere.json()), (404, json!({"errors": "Not Found"})));
}

#[tokio::test]
async fn nodes_are_found_by_their_global_ids() {
    let shop = Shop::of(200).await;
    let product = "gid://shopify/Product/8600000000011";
    let data = shop
        .data(
            "query ($id: ID!) { product(id: $id) { variants(first: 1) { nodes { id } } } }",
            json!({"id": product}),
        )
        .await;
    let variant = data["product"]["variants"]["nodes"][0]["id"].as_str().unwrap().to_owned();
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) {
        __typename id ... on ProductVariant { product { id } } } }";
    let ids = [product, &variant, "gid://shopify/Product/1", "gid://shopify/Order/1", "rubbish"];
    let data = shop.data(query, json!({"ids": ids})).await;
    let expected = json!([
        {"__typename": "Product", "id": product},
        {"__typename": "ProductVariant", "id": variant, "product": {"id": product}},
        null, null, null,
    ]);
    assert_eq!(data["nodes"], expected);
    let data = shop.data("{ product(id: \"gid://shopify/Product/1\") { id } }", json!({})).await;
    assert_eq!(data["product"], Value::Null);
}

#[tokio::test]
async fn counts_stop_at_their_limit_and_say_so() {
    let shop = Shop::of(30_000).await;
    let data = shop
        .data(
            "{ few: productsCount(limit: 10) { count precision } many: productsCount { count precision }
               all: productsCount(limit: null) { count precision }
               some: productsCount(query: \"id:<8600000000005\") { count precision } }",
            json!({}),
        )
        .await;
    assert_eq!(data["few"], json!({"count": 10, "precision": "AT_LEAST"}));
    assert_eq!(data["many"], json!({"count": 10_000, "precision": "AT_LEAST"}));
    assert_eq!(data["all"], json!({"count": 30_000, "precision": "EXACT"}));
    assert_eq!(data["some"], json!({"count": 5, "precision": "EXACT"}));
}

#[tokio::test]
async fn an_unknown_search_field_is_ignored_with_a_warning_beside_the_answer() {
    let shop = Shop::of(3).await;
    let answer = shop
        .query("{ products(first: 9, query: \"colour:red\") { nodes { id } } }", json!({}))
        .await;
    assert_eq!(answer["data"]["products"]["nodes"].as_array().unwrap().len(), 3);
    let warning = &answer["extensions"]["search"][0];
    assert_eq!(warning["path"], json!(["products"]));
    assert_eq!(warning["warnings"][0]["code"], "invalid_field");
}
