//! What is served, against the vendor's own schema.

use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema, executable};
use flyball_domain::Order;
use flyball_storefronts::{Plan, Stock, StoreConfig};
use serde_json::{Value, json};

use crate::common::{Shop, config};

const SERVED: &str = concat!(
    "schema { query: QueryRoot mutation: Mutation }\n",
    include_str!("../../src/shopify/served.graphql"),
    include_str!("../../src/shopify/served_orders.graphql"),
);

fn shared(path: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the shared folder is, is told to the test"
    )]
    let shared = std::env::var("FLYBALL_SHARED").expect("the variable FLYBALL_SHARED");
    std::fs::read_to_string(format!("{shared}/{path}")).unwrap()
}

/// The vendor's schema uses `@oneOf`, which is newer than the compiler.
fn official() -> Valid<Schema> {
    let sdl = shared("specs/shopify/admin_2026-10.graphql");
    let text = format!("directive @oneOf on INPUT_OBJECT\n{sdl}");
    Schema::parse_and_validate(text, "official.graphql").map_err(|error| error.to_string()).unwrap()
}

#[test]
fn every_type_field_and_argument_is_the_vendors() {
    let official = official();
    let served = Schema::parse(SERVED, "served.graphql");
    let served = served.map_err(|error| error.to_string()).unwrap();
    let mut fields = 0;
    for (name, ty) in &served.types {
        if ty.is_built_in() {
            continue;
        }
        let found = official.types.get(name).unwrap_or_else(|| panic!("type {name}"));
        let pairs: Vec<_> = match (ty, found) {
            (ExtendedType::Object(ours), ExtendedType::Object(theirs)) => {
                for interface in &ours.implements_interfaces {
                    assert!(theirs.implements_interfaces.contains(interface), "{name}");
                }
                ours.fields.values().map(|field| (field, theirs.fields.get(&field.name))).collect()
            }
            (ExtendedType::Interface(ours), ExtendedType::Interface(theirs)) => {
                ours.fields.values().map(|field| (field, theirs.fields.get(&field.name))).collect()
            }
            (ExtendedType::Enum(ours), ExtendedType::Enum(theirs)) => {
                for word in ours.values.keys() {
                    assert!(theirs.values.contains_key(word), "{name}.{word}");
                }
                Vec::new()
            }
            (ExtendedType::Union(ours), ExtendedType::Union(theirs)) => {
                for member in &ours.members {
                    assert!(theirs.members.contains(member), "{name}: {member}");
                }
                Vec::new()
            }
            (ExtendedType::Scalar(_), ExtendedType::Scalar(_)) => Vec::new(),
            _ => panic!("{name} is of another kind"),
        };
        for (ours, theirs) in pairs {
            let theirs = theirs.unwrap_or_else(|| panic!("{name}.{}", ours.name));
            assert_eq!(ours.ty, theirs.ty, "{name}.{}", ours.name);
            for arg in &ours.arguments {
                let found = theirs.argument_by_name(&arg.name);
                let found = found.unwrap_or_else(|| panic!("{name}.{}({})", ours.name, arg.name));
                assert_eq!(arg.ty, found.ty, "{name}.{}({})", ours.name, arg.name);
                assert_eq!(arg.default_value, found.default_value, "{name}.{}", ours.name);
            }
            fields += 1;
        }
    }
    assert!(fields > 450, "{fields}");
}

/// Holds an answer against the types of the fields that were asked for.
fn conforms(
    schema: &Schema,
    document: &ExecutableDocument,
    set: &executable::SelectionSet,
    value: &Value,
) {
    for selection in &set.selections {
        match selection {
            executable::Selection::Field(field) => {
                let key = field.response_key().as_str();
                fits(schema, document, field, field.ty(), value.get(key).expect(key));
            }
            executable::Selection::InlineFragment(fragment) => {
                let applies = fragment.type_condition.as_ref().is_none_or(|condition| {
                    value.get("__typename").is_none_or(|name| name == condition.as_str())
                });
                if applies {
                    conforms(schema, document, &fragment.selection_set, value);
                }
            }
            executable::Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.fragment_name).unwrap();
                conforms(schema, document, &fragment.selection_set, value);
            }
        }
    }
}

fn fits(
    schema: &Schema,
    document: &ExecutableDocument,
    field: &executable::Field,
    ty: &Type,
    value: &Value,
) {
    let wrong = format!("{}: {ty} does not hold {value}", field.name);
    if value.is_null() {
        assert!(!ty.is_non_null(), "{}: {ty} is null", field.name);
        return;
    }
    if ty.is_list() {
        for item in value.as_array().expect(&wrong) {
            fits(schema, document, field, ty.item_type(), item);
        }
        return;
    }
    let name = ty.inner_named_type();
    match schema.types.get(name).unwrap() {
        ExtendedType::Enum(words) => {
            let word = value.as_str().expect(&wrong);
            assert!(words.values.contains_key(word), "{}: {name} has no {word}", field.name);
        }
        ExtendedType::Scalar(_) => {
            let fits = match name.as_str() {
                "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
                "Float" => value.is_f64(),
                "Boolean" => value.is_boolean(),
                "DateTime" => value
                    .as_str()
                    .is_some_and(|text| flyball_domain::UnixMillis::parse_rfc3339(text).is_ok()),
                "Decimal" | "Money" => {
                    value.as_str().is_some_and(|text| text.parse::<rust_decimal::Decimal>().is_ok())
                }
                "UnsignedInt64" => value.as_str().is_some_and(|text| text.parse::<u64>().is_ok()),
                _ => value.is_string(),
            };
            assert!(fits, "{}: {name} does not hold {value}", field.name);
        }
        ExtendedType::Object(_)
        | ExtendedType::Interface(_)
        | ExtendedType::Union(_)
        | ExtendedType::InputObject(_) => {
            assert!(value.is_object());
            conforms(schema, document, &field.selection_set, value);
        }
    }
}

async fn check(official: &Valid<Schema>, shop: &Shop, query: &str, variables: Value) -> Value {
    let document = ExecutableDocument::parse_and_validate(official, query, "query.graphql");
    let document = document.map_err(|error| error.to_string()).unwrap();
    shop.pass_ms(60_000);
    let data = shop.data(query, variables).await;
    let operation = document.operations.iter().next().unwrap();
    conforms(official, &document, &operation.selection_set, &data);
    data
}

#[tokio::test]
async fn answers_to_our_queries_conform_to_the_vendors_schema() {
    let official = official();
    let shop = Shop::open(config(Stock::Generated { products: 60 }, Plan::Enterprise)).await;
    let page = shared("queries/products_incremental.graphql");
    let variables = json!({"first": 50, "query": "updated_at:>='2020-01-01T00:00:00Z'"});
    let data = check(&official, &shop, &page, variables).await;
    assert_eq!(data["products"]["nodes"].as_array().unwrap().len(), 50);
    let overflow = shared("queries/product_variants_overflow.graphql");
    let variables = json!({"id": "gid://shopify/Product/8600000000013"});
    let data = check(&official, &shop, &overflow, variables).await;
    assert_eq!(data["product"]["variants"]["nodes"].as_array().unwrap().len(), 250);
}

#[tokio::test]
async fn answers_about_orders_conform_to_the_vendors_schema() {
    let official = official();
    let shop = shop_with_orders().await;
    let page = shared("queries/orders_incremental.graphql");
    let mut after = Value::Null;
    let mut found = 0;
    loop {
        let query = "updated_at:>='2020-01-01T00:00:00Z'";
        let variables = json!({"first": 50, "after": after, "query": query});
        let data = check(&official, &shop, &page, variables).await;
        found += data["orders"]["nodes"].as_array().unwrap().len();
        if data["orders"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = data["orders"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(found, 200);
}

#[tokio::test]
async fn bulk_operations_conform_to_the_vendors_schema() {
    let official = official();
    let shop = shop_with_orders().await;
    let run = "mutation ($query: String!) { bulkOperationRunQuery(query: $query) {
        bulkOperation { id status type query createdAt completedAt errorCode fileSize objectCount
            rootObjectCount url partialDataUrl }
        userErrors { code field message } } }";
    for name in ["bulk_orders.graphql", "bulk_products.graphql"] {
        let query = shared(&format!("queries/{name}"));
        let data = check(&official, &shop, run, json!({"query": query})).await;
        let operation = &data["bulkOperationRunQuery"]["bulkOperation"];
        assert_eq!(operation["status"], "CREATED", "{data}");
        let poll = "query ($id: ID!) { bulkOperation(id: $id) { status url objectCount } }";
        let data = check(&official, &shop, poll, json!({"id": operation["id"]})).await;
        assert_eq!(data["bulkOperation"]["status"], "COMPLETED");
    }
}

async fn shop_with_orders() -> Shop {
    let config = config(Stock::Generated { products: 60 }, Plan::Enterprise);
    Shop::open(StoreConfig { orders: 200, ..config }).await
}

/// A query for every field that is served, as far as `depth` goes.
fn everything(served: &Schema, ty: &str, depth: u32) -> String {
    let fields = match served.types.get(ty) {
        Some(ExtendedType::Object(object)) => &object.fields,
        Some(ExtendedType::Interface(interface)) => &interface.fields,
        Some(ExtendedType::Union(_)) => &apollo_compiler::collections::IndexMap::default(),
        Some(ExtendedType::Scalar(_) | ExtendedType::Enum(_) | ExtendedType::InputObject(_))
        | None => return String::new(),
    };
    let mut parts = vec!["__typename".to_owned()];
    for field in fields.values() {
        let inner = served.types.get(field.ty.inner_named_type()).unwrap();
        let args = match field.name.as_str() {
            "metafield" => "(namespace: \"custom\", key: \"field_1\")",
            "inventoryLevel" => "(locationId: \"gid://shopify/Location/70000000001\")",
            "quantities" => "(names: [\"available\", \"on_hand\"])",
            _ if inner.name().ends_with("Connection") => "(first: 3)",
            _ => "",
        };
        if inner.is_scalar() || inner.is_enum() {
            parts.push(format!("{}{args}", field.name));
        } else if depth > 0 {
            let below = everything(served, inner.name(), depth - 1);
            parts.push(format!("{}{args} {below}", field.name));
        }
    }
    for (of, member) in [
        ("Media", "MediaImage"),
        ("DiscountApplication", "DiscountCodeApplication"),
        ("PaymentDetails", "CardPaymentDetails"),
        ("PricingValue", "PricingPercentageValue"),
        ("ReturnLineItemType", "ReturnLineItem"),
    ] {
        if ty == of && depth > 0 {
            parts.push(format!("... on {member} {}", everything(served, member, depth - 1)));
        }
    }
    format!("{{ {} }}", parts.join(" "))
}

#[tokio::test]
async fn every_field_that_is_served_conforms_to_the_vendors_schema() {
    let official = official();
    let served = Schema::parse(SERVED, "served.graphql");
    let served = served.map_err(|error| error.to_string()).unwrap();
    let shop = shop_with_orders().await;
    for (root, ty) in [
        ("shop", "Shop"),
        ("productsCount", "Count"),
        ("product(id: \"gid://shopify/Product/8600000000011\")", "Product"),
        ("productVariant(id: \"gid://shopify/ProductVariant/43000000045056\")", "ProductVariant"),
        ("products(first: 3)", "ProductConnection"),
        ("locations(first: 3)", "LocationConnection"),
        ("bulkOperations(first: 3)", "BulkOperationConnection"),
        ("ordersCount", "Count"),
    ] {
        let query = format!("{{ {root} {} }}", everything(&served, ty, 4));
        let data = check(&official, &shop, &query, json!({})).await;
        assert!(data.as_object().unwrap().values().all(Value::is_object), "{root}");
    }
}

#[tokio::test]
async fn every_field_of_an_order_that_is_served_conforms_to_the_vendors_schema() {
    let official = official();
    let served = Schema::parse(SERVED, "served.graphql");
    let served = served.map_err(|error| error.to_string()).unwrap();
    let shop = shop_with_orders().await;
    let is_there = |list: Option<usize>| list.is_some_and(|len| len > 0);
    // One of each that has what few have.
    let holds: [fn(&Order) -> Option<usize>; 4] = [
        |order| order.refunds.value().map(Vec::len),
        |order| order.returns.value().map(Vec::len),
        |order| order.discounts.value().map(Vec::len),
        |order| order.customer_id.value().map(|_| 1),
    ];
    let ids =
        holds.map(|of| shop.store.true_orders().find(|order| is_there(of(order))).unwrap().id);
    let Some(ExtendedType::Object(order)) = served.types.get("Order") else { panic!("no Order") };
    // All at once would cost more than any query may.
    for field in order.fields.values() {
        let inner = served.types.get(field.ty.inner_named_type()).unwrap();
        let args = match field.name.as_str() {
            "metafield" => "(namespace: \"custom\", key: \"order_field_1\")",
            _ if inner.name().ends_with("Connection") => "(first: 3)",
            _ => "",
        };
        let below = everything(&served, inner.name(), 3);
        let query =
            format!("query ($id: ID!) {{ order(id: $id) {{ id {}{args} {below} }} }}", field.name);
        for id in &ids {
            let id = format!("gid://shopify/Order/{id}");
            let data = check(&official, &shop, &query, json!({"id": id})).await;
            assert_eq!(data["order"]["id"], id, "{}", field.name);
        }
    }
}
