//! Answers that can not be read, wholly or in part: they cost a row, or a second try, never the walk.

use super::*;

#[test]
fn a_row_that_cannot_be_a_record_is_set_apart_with_its_input_and_the_rest_comes() {
    let broken = r#"{"id":"gid://shopify/Product/2","updatedAt":"2027-01-15T08:00:01Z","title":"Broken","variants":{"pageInfo":{"hasNextPage":false},"nodes":[{"id":"gid://shopify/ProductVariant/1","price":"ten"}]}}"#;
    let mut items = catalog(3);
    items[1].raw = Some(broken.to_owned());
    let page = pages(walk(None), &mut Store::new(items)).remove(0);
    assert!(matches!(&page.rows[..], [Row::Good(_), Row::Bad(_), Row::Good(_)]));
    let Row::Bad(bad) = &page.rows[1] else { panic!("good") };
    assert_eq!(bad.id.as_ref().unwrap().as_str(), "2");
    assert_eq!(bad.input, broken);
    assert_eq!(
        bad.reason,
        "variants[0].price: found \"ten\" where an amount such as 19.90 was expected"
    );
}

#[test]
fn rows_of_any_shape_are_set_apart_one_by_one() {
    for raw in [
        "null",
        "7",
        "[]",
        "{}",
        r#"{"id":null,"updatedAt":null}"#,
        r#"{"id":"gid://shopify/Product/2","updatedAt":"yesterday"}"#,
        r#"{"id":"gid://shopify/Product/2","updatedAt":"2027-01-15T08:00:01Z","title":{}}"#,
        r#"{"id":"gid://shopify/Product/2","updatedAt":"2027-01-15T08:00:01Z","title":"\ud800"}"#,
    ] {
        let mut items = catalog(3);
        items[1].raw = Some(raw.to_owned());
        let page = pages(walk(None), &mut Store::new(items)).remove(0);
        let Row::Bad(bad) = &page.rows[1] else { panic!("good: {raw}") };
        assert_eq!(bad.input, raw);
        assert_eq!(page.rows.len(), 3, "{raw}");
    }
}

#[test]
fn an_unreadable_page_is_asked_for_in_smaller_parts_and_reported_only_at_one_row() {
    let mut walk = walk(None);
    let odd = json!({"data": {"list": {"nodes": [], "pageInfo": null}}});
    let mut firsts = vec![first_of(&mut walk)];
    while walk.absorb(reply(&odd), NOW).is_ok() {
        firsts.push(first_of(&mut walk));
    }
    assert_eq!(firsts, [150, 75, 37, 18, 9, 4, 2, 1]);
    let failure = walk.absorb(reply(&odd), NOW).unwrap_err();
    assert_eq!(failure.class, Class::Poison(PoisonReason::Shape));

    let mut store = Store::new(catalog(OVER_A_PAGE));
    let mut found = vec![next_page(&mut walk, &mut store).unwrap()];
    assert_eq!(first_of(&mut walk), 2);
    found.extend(pages(walk, &mut store));
    assert_eq!(ids(&found), (1..=OVER_A_PAGE).collect::<Vec<_>>());
}

#[test]
fn the_currency_of_an_earlier_page_stands_in_where_a_page_fails_to_name_it() {
    let page = |shop: Value, more: bool| {
        let variants = json!({"pageInfo": {"hasNextPage": false},
            "nodes": [{"id": "gid://shopify/ProductVariant/1", "price": "1.50"}]});
        reply(&json!({"data": {"shop": shop, "list": {
            "pageInfo": {"hasNextPage": more, "endCursor": "c"},
            "nodes": [{"id": "gid://shopify/Product/1", "updatedAt": "2027-01-15T08:00:01Z", "variants": variants}]}}}))
    };
    let price_of = |walk: &mut Pages| {
        let Step::Page(page) = walk.next() else { panic!("no page") };
        products(&[page])[0].variants.value().unwrap()[0].price.clone()
    };
    let mut named = walk(None);
    named.absorb(page(json!({"currencyCode": "EUR"}), true), NOW).unwrap();
    assert_eq!(price_of(&mut named).value().unwrap().to_string(), "1.50 EUR");
    named.restart();
    named.absorb(page(Value::Null, false), NOW).unwrap();
    assert_eq!(price_of(&mut named).value().unwrap().to_string(), "1.50 EUR");

    let mut never_named = walk(None);
    never_named.absorb(page(Value::Null, false), NOW).unwrap();
    assert_eq!(price_of(&mut never_named), Field::Absent);
}

#[test]
fn unreadable_answers_for_more_children_cost_that_row_only() {
    let (mut walk, mut store) = at_more_variants();
    let odd = json!({"data": {"node": {"list": {"nodes": [], "pageInfo": null}}}});
    while asked(&mut walk)["variables"]["id"] == "gid://shopify/Product/1" {
        walk.absorb(reply(&odd), NOW).unwrap();
    }
    let page = next_page(&mut walk, &mut store).unwrap();
    assert!(matches!(&page.rows[..], [Row::Bad(_), Row::Good(_)]), "{:?}", page.rows);
}

#[test]
fn an_unreadable_answer_for_more_children_is_asked_for_in_smaller_parts_for_a_while() {
    let (mut walk, mut store) = at_more_variants();
    let odd = json!({"data": {"node": {"list": {"nodes": [], "pageInfo": null}}}});
    walk.absorb(reply(&odd), NOW).unwrap();
    assert_eq!(first_of(&mut walk), u64::from(PAGE_CHILDREN / 2));
    let Step::Call(call) = walk.next() else { panic!("no call") };
    walk.absorb(store.answer(&call), NOW).unwrap();
    assert_eq!(first_of(&mut walk), u64::from(PAGE_CHILDREN));
}

#[test]
fn a_list_of_which_an_error_keeps_the_rest_from_us_is_absent_not_cut_short() {
    let (mut walk, mut store) = at_more_variants();
    drop(walk.next());
    let failed = json!({"data": {"node": {"list": null}},
        "errors": [{"message": "timed out", "path": ["node", "list"]}]});
    walk.absorb(reply(&failed), NOW).unwrap();
    let found = products(&pages(walk, &mut store));
    assert_eq!(found[0].variants, Field::Absent);
    assert_eq!(count(&found[1].variants), 300);
}

#[test]
fn a_list_whose_cursor_does_not_move_on_costs_that_row_only() {
    let (mut walk, mut store) = at_more_variants();
    let after = asked(&mut walk)["variables"]["after"].clone();
    let stuck = json!({"data": {"node": {"list":
        {"nodes": [], "pageInfo": {"hasNextPage": true, "endCursor": after}}}}});
    walk.absorb(reply(&stuck), NOW).unwrap();
    let page = next_page(&mut walk, &mut store).unwrap();
    assert!(matches!(&page.rows[..], [Row::Bad(_), Row::Good(_)]), "{:?}", page.rows);
}

#[test]
fn a_list_without_end_costs_that_row_only() {
    let mut store = Store::new(vec![big(1, 10_001), big(2, 10_000)]);
    let rows: Vec<Row> =
        pages(walk(None), &mut store).into_iter().flat_map(|page| page.rows).collect();
    let [Row::Bad(bad), Row::Good(_)] = &rows[..] else { panic!("{} rows", rows.len()) };
    assert_eq!(bad.reason, "variants: found 10001 where at most 10000 are accepted");
}

#[test]
fn a_product_deleted_while_its_children_are_asked_for_is_gone() {
    let (walk, mut store) = at_more_variants();
    store.change().remove(0);
    let page = pages(walk, &mut store).remove(0);
    let [Row::Gone(id), Row::Good(_)] = &page.rows[..] else { panic!("{:?}", page.rows) };
    assert_eq!(id.as_str(), "1");
}

#[test]
fn a_failure_while_children_are_asked_for_leaves_the_walk_where_it_was() {
    let (mut walk, mut store) = at_more_variants();
    let before = asked(&mut walk);
    let down = http::Response::builder().status(503).body(Vec::new()).unwrap();
    let failure = walk.absorb(down, NOW).unwrap_err();
    let (scope, cause) = (Scope::Platform, Cause::ServerError);
    assert_eq!(failure.class, Class::Unavailable { scope, cause, until: None });
    assert_eq!(asked(&mut walk), before);
    let denied = json!({"data": {"node": null}, "errors": [{"message": "no",
        "path": ["node"], "extensions": {"code": "ACCESS_DENIED"}}]});
    let failure = walk.absorb(reply(&denied), NOW).unwrap_err();
    assert_eq!(failure.class, Class::Rejected(Rejection::Permission));
    assert_eq!(count(&products(&pages(walk, &mut store))[0].variants), 300);
}

#[test]
fn what_an_error_keeps_from_us_is_absent_and_what_the_store_has_not_is_null() {
    let node = |seo: Value| {
        json!({"id": "gid://shopify/Product/1", "updatedAt": "2027-01-15T08:00:01Z",
            "title": null, "category": null, "vendor": null, "seo": seo})
    };
    let body = json!({
        "data": {"list": {"pageInfo": {"hasNextPage": false}, "nodes": [node(json!({"title": null})), node(Value::Null)]}},
        "errors": [
            {"message": "no", "path": ["list", "nodes", 0, "category"], "extensions": {"code": "ACCESS_DENIED"}},
            {"message": "no", "path": ["list", "nodes", 0, "seo", "title"]},
            {"message": "no", "path": ["list", "nodes", 1, "vendor"]},
        ],
    });
    let mut walk = walk(None);
    drop(walk.next());
    walk.absorb(reply(&body), NOW).unwrap();
    let Step::Page(page) = walk.next() else { panic!("no page") };
    let found = products(&[page]);
    assert_eq!(found[0].title, Field::Null);
    assert_eq!(Value::Object(found[0].extra.clone()), json!({"seo": {}}));
    assert_eq!(found[0].vendor, Field::Null);
    assert_eq!(found[1].vendor, Field::Absent);
    assert_eq!(found[1].variants, Field::Absent);
    assert_eq!(Value::Object(found[1].extra.clone()), json!({"category": null, "seo": null}));
}
