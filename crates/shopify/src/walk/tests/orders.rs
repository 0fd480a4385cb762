//! Orders: lists that have no pages, lists within lists, and those that are asked for only of an
//! order that says it has some.

use flyball_domain::Order;

use super::*;

const ORDER: &str = "gid://shopify/Order/7";

fn orders() -> Pages {
    Pages::new(&Plan { kind: Kind::Orders, ..plan(None) }, None, UNTIL).unwrap()
}

fn end(nodes: &[Value]) -> Value {
    json!({"pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": nodes})
}

fn more(nodes: &[Value], after: &str) -> Value {
    json!({"pageInfo": {"hasNextPage": true, "endCursor": after}, "nodes": nodes})
}

fn numbered(of: &str, range: core::ops::Range<usize>) -> Vec<Value> {
    range.map(|n| json!({"id": format!("gid://shopify/{of}/{n}")})).collect()
}

fn refund(n: usize, lines: &Value) -> Value {
    json!({"id": format!("gid://shopify/Refund/{n}"), "refundLineItems": lines})
}

/// An order of whose lists each goes on in its own way.
fn long_order() -> Value {
    json!({
        "id": ORDER,
        "updatedAt": "2027-01-15T08:00:01Z",
        "returnStatus": "IN_PROGRESS",
        "lineItems": more(&numbered("LineItem", 0..10), "l10"),
        "transactions": numbered("OrderTransaction", 0..10),
        "refunds": [refund(1, &more(&numbered("RefundLineItem", 0..10), "r10")), refund(2, &end(&[]))],
        "fulfillments": [],
    })
}

/// Answers a call for more, and notes what was asked.
fn answer(call: &Call, asked: &mut Vec<String>) -> Reply {
    let body: Value = serde_json::from_slice(call.request.body()).unwrap();
    let query = body["query"].as_str().unwrap();
    if query.starts_with("query OrdersPage") {
        let list = end(&[long_order()]);
        return reply(&json!({"data": {"shop": {"currencyCode": "EUR"}, "list": list}}));
    }
    let list = query.split("list: ").nth(1).unwrap().split('(').next().unwrap();
    let variables = &body["variables"];
    asked.push(format!("{list} {} {} {}", variables["id"], variables["first"], variables["after"]));
    let list = match list {
        "lineItems" => end(&numbered("LineItem", 10..300)),
        "transactions" if variables["first"] == 100 => json!(numbered("OrderTransaction", 0..100)),
        "transactions" => json!(numbered("OrderTransaction", 0..120)),
        "refundLineItems" => end(&numbered("RefundLineItem", 10..12)),
        "returns" => {
            let lines = more(&[json!({"quantity": 1})], "x1");
            end(&[json!({"id": "gid://shopify/Return/5", "returnLineItems": lines})])
        }
        "returnLineItems" => end(&[json!({"quantity": 2})]),
        other => panic!("{other}"),
    };
    reply(&json!({"data": {"node": {"list": list}}}))
}

fn order_of(page: &Page) -> &Order {
    match &page.rows[..] {
        [Row::Good(record)] => match &record.body {
            RecordBody::Order(order) => order,
            RecordBody::Product(product) => panic!("{product:?}"),
        },
        rows => panic!("{rows:?}"),
    }
}

#[test]
fn every_list_of_an_order_is_completed_in_its_own_way() {
    let mut walk = orders();
    let mut asked = Vec::new();
    let page = loop {
        match walk.next() {
            Step::Call(call) => walk.absorb(answer(&call, &mut asked), NOW).unwrap(),
            Step::Page(page) => break page,
            step @ (Step::Listed(_) | Step::Finished) => panic!("{step:?}"),
        }
    };
    assert_eq!(
        asked,
        [
            r#"returns "gid://shopify/Order/7" 250 null"#,
            r#"lineItems "gid://shopify/Order/7" 250 "l10""#,
            // The vendor cuts a list without pages at what was asked for, without a word.
            r#"transactions "gid://shopify/Order/7" 100 null"#,
            r#"refundLineItems "gid://shopify/Refund/1" 250 "r10""#,
            r#"transactions "gid://shopify/Order/7" 1000 null"#,
            // A list that came late may go on, too.
            r#"returnLineItems "gid://shopify/Return/5" 250 "x1""#,
        ]
    );
    let order = order_of(&page);
    assert_eq!(count(&order.lines), 300);
    assert_eq!(count(&order.payments), 120);
    assert_eq!(count(&order.fulfillments), 0);
    let refunds = order.refunds.value().unwrap();
    assert_eq!([count(&refunds[0].lines), count(&refunds[1].lines)], [12, 0]);
    assert_eq!(count(&order.returns.value().unwrap()[0].lines), 2);
    assert!(matches!(walk.next(), Step::Finished));
}

#[test]
fn an_order_that_was_begun_goes_on_behind_what_it_has() {
    let mut walk = orders();
    let mut asked = Vec::new();
    for _ in 0..4 {
        let Step::Call(call) = walk.next() else { panic!("no call") };
        walk.absorb(answer(&call, &mut asked), NOW).unwrap();
    }
    let part = walk.break_off().unwrap();
    assert_eq!(part.rows, []);
    let plan = Plan { kind: Kind::Orders, ..plan(Some(part.resume)) };
    let mut walk = Pages::new(&plan, None, UNTIL).unwrap();
    asked.clear();
    let page = loop {
        match walk.next() {
            Step::Call(call) => walk.absorb(answer(&call, &mut asked), NOW).unwrap(),
            Step::Page(page) => break page,
            step @ (Step::Listed(_) | Step::Finished) => panic!("{step:?}"),
        }
    };
    assert!(asked[0].starts_with("refundLineItems"), "{asked:?}");
    assert_eq!(count(&order_of(&page).lines), 300);
    assert_eq!(count(&order_of(&page).payments), 120);
}

#[test]
fn a_part_of_an_order_that_was_taken_out_in_between_costs_only_its_list() {
    let mut walk = orders();
    let mut asked = Vec::new();
    let page = loop {
        match walk.next() {
            Step::Call(call) => {
                let body = String::from_utf8_lossy(call.request.body()).into_owned();
                let gone =
                    body.contains("Refund/1").then(|| reply(&json!({"data": {"node": null}})));
                walk.absorb(gone.unwrap_or_else(|| answer(&call, &mut asked)), NOW).unwrap();
            }
            Step::Page(page) => break page,
            step @ (Step::Listed(_) | Step::Finished) => panic!("{step:?}"),
        }
    };
    let refunds = order_of(&page).refunds.value().unwrap();
    assert_eq!(refunds[0].lines, Field::Absent);
    assert_eq!(count(&refunds[1].lines), 0);
}

#[test]
fn a_list_without_pages_that_costs_too_much_costs_that_row_only() {
    let mut walk = orders();
    let mut asked = Vec::new();
    let too_costly = json!({"errors": [{"message": "Query cost is 1200", "extensions":
        {"code": "MAX_COST_EXCEEDED", "cost": 1200, "maxCost": 1000}}]});
    let page = loop {
        match walk.next() {
            Step::Call(call) => {
                let body = String::from_utf8_lossy(call.request.body()).into_owned();
                let refused = body.contains("list: transactions").then(|| reply(&too_costly));
                walk.absorb(refused.unwrap_or_else(|| answer(&call, &mut asked)), NOW).unwrap();
            }
            Step::Page(page) => break page,
            step @ (Step::Listed(_) | Step::Finished) => panic!("{step:?}"),
        }
    };
    let [Row::Bad(bad)] = &page.rows[..] else { panic!("{:?}", page.rows) };
    assert_eq!(bad.id.as_ref().unwrap().as_str(), "7");
}

#[test]
fn a_page_that_lacks_locations_is_asked_for_once_more_with_more_of_them() {
    let page = |levels: &Value| {
        let variant = json!({"id": "gid://shopify/ProductVariant/1",
            "inventoryItem": {"id": "gid://shopify/InventoryItem/2", "inventoryLevels": levels}});
        let product = json!({"id": "gid://shopify/Product/1", "updatedAt": "2027-01-15T08:00:01Z",
            "variants": end(&[variant])});
        reply(&json!({"data": {"list": end(&[product])}}))
    };
    let level = |n: u64| json!({"location": {"id": format!("gid://shopify/Location/{n}")}});
    let mut walk = walk(None);
    assert_eq!(asked(&mut walk)["variables"]["levels"], 2);
    walk.absorb(page(&more(&[level(1), level(2)], "c")), NOW).unwrap();
    assert_eq!(asked(&mut walk)["variables"]["levels"], 6);
    walk.absorb(page(&end(&[level(1), level(2), level(3)])), NOW).unwrap();
    let Step::Page(page) = walk.next() else { panic!("no page") };
    let product = &products(&[page])[0];
    assert_eq!(count(&product.variants.value().unwrap()[0].stock_levels), 3);
}

#[test]
fn a_cursor_that_is_no_longer_known_begins_the_list_anew_where_it_had_come_to() {
    let forgotten = json!({"data": {"list": null}, "errors": [{"path": ["list"],
        "message": "Invalid cursor for current pagination sort: after"}]});
    let mut store = Store::new(catalog(OVER_A_PAGE));
    let mut walk = walk(None);
    let first = next_page(&mut walk, &mut store).unwrap();
    assert_ne!(asked(&mut walk)["variables"]["after"], Value::Null);
    walk.absorb(reply(&forgotten), NOW).unwrap();
    let again = asked(&mut walk);
    assert_eq!(again["variables"]["after"], Value::Null);
    assert!(again["variables"]["query"].as_str().unwrap().starts_with("updated_at:>='"), "{again}");
    let mut found = ids(&[first]);
    found.extend(ids(&pages(walk, &mut store)));
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, (1..=OVER_A_PAGE).collect::<Vec<_>>());

    let (mut walk, mut store) = at_more_variants();
    walk.absorb(reply(&forgotten), NOW).unwrap();
    assert_eq!(asked(&mut walk)["variables"]["after"], Value::Null);
    assert_eq!(count(&products(&pages(walk, &mut store))[0].variants), 300);
}
