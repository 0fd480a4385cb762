//! Asking what is left of the budget before a page.

use super::changed::Changed;
use super::*;

fn going_on(resume: &str) -> Changed {
    let mut walk = Changed::new(&plan(Some(resume.to_owned())), None, UNTIL).unwrap();
    walk.ask_budget();
    walk
}

fn asked(walk: &mut dyn Walk) -> String {
    let Step::Call(call) = walk.next() else { panic!("no call") };
    let body: Value = serde_json::from_slice(call.request.body()).unwrap();
    body["query"].as_str().unwrap().split(['{', '(']).next().unwrap().trim().to_owned()
}

fn told(body: &Value, available: u64) -> Reply {
    let cost = json!({"requestedQueryCost": 1, "throttleStatus":
        {"maximumAvailable": 2_000.0, "currentlyAvailable": available, "restoreRate": 100.0}});
    let mut body = body.clone();
    body["extensions"] = json!({ "cost": cost });
    http::Response::new(body.to_string().into_bytes())
}

#[test]
fn who_asks_what_is_left_waits_until_a_page_fits_and_then_walks_as_ever() {
    let mut store = Store::new(catalog(OVER_A_PAGE));
    let all = pages(walk(None), &mut store);
    let mut walk = going_on(&all[0].resume);
    assert_eq!(asked(&mut walk), "query Budget");
    assert_eq!(walk.ready_at(NOW, 1), NOW);
    walk.absorb(told(&json!({"data": {"shop": {"currencyCode": "EUR"}}}), 450), NOW).unwrap();
    assert_eq!(asked(&mut walk), "query ProductsPage");
    assert_eq!(walk.ready_at(NOW, 1), NOW.plus(5_000));
    assert_eq!(ids(&pages(walk, &mut store)), ids(&all[1..]));
}

#[test]
fn a_store_that_can_not_say_what_is_left_is_walked_all_the_same() {
    let resume = pages(walk(None), &mut Store::new(catalog(OVER_A_PAGE))).remove(0).resume;
    let unknown = json!({"message": "Field 'shop' doesn't exist on type 'QueryRoot'",
        "extensions": {"code": "undefinedField"}});
    for body in [json!({"data": {}}), json!({ "errors": [unknown] })] {
        let mut walk = going_on(&resume);
        walk.absorb(http::Response::new(body.to_string().into_bytes()), NOW).unwrap();
        assert_eq!(asked(&mut walk), "query ProductsPage", "{body}");
    }
}

#[test]
fn who_could_not_ask_what_is_left_asks_again() {
    let resume = pages(walk(None), &mut Store::new(catalog(OVER_A_PAGE))).remove(0).resume;
    let mut walk = going_on(&resume);
    let throttled =
        json!({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]});
    let failure = walk.absorb(told(&throttled, 0), NOW).unwrap_err();
    assert!(matches!(failure.class, Class::Throttled { .. }), "{failure:?}");
    assert_eq!(asked(&mut walk), "query Budget");
}

#[test]
fn nothing_is_asked_before_a_count_nor_where_nothing_is_left_to_walk_through() {
    let mut first = Changed::new(&plan(None), None, UNTIL).unwrap();
    first.ask_budget();
    assert_eq!(asked(&mut first), "query ProductsCount");
    let mut through = Changed::new(&plan(None), Some(UNTIL), UNTIL).unwrap();
    through.ask_budget();
    assert!(matches!(through.next(), Step::Finished));
}
