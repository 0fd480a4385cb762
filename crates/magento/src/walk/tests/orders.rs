//! What belongs to orders.

use flyball_connector::{Step, Walk};
use flyball_domain::{Field, Kind, Order, RecordBody, Row};
use serde_json::{Value, json};

use super::fake::{Fake, NOW, at, order, plan, run, since, walk};

/// An order that was paid, sent and given back.
fn full(id: u64) -> Value {
    let mut order = order(id, 1);
    order["items"] =
        json!([{"item_id": id * 10, "qty_ordered": 2, "qty_shipped": 2, "qty_refunded": 1}]);
    order["base_total_paid"] = json!(5);
    order["base_total_refunded"] = json!(2.5);
    order["payment"] = json!({"entity_id": id, "method": "card", "last_trans_id": "t"});
    order
}

fn related(fake: &mut Fake, resource: &'static str, per_order: u64, orders: u64) {
    let id = if resource == "transactions" { "transaction_id" } else { "entity_id" };
    let rows = (1..=orders).flat_map(|order| (0..per_order).map(move |n| (order, n)));
    let row = |(order, n): (u64, u64)| {
        let own = order * 1_000 + n;
        json!({id: own, "entity_id": own, "order_id": order, "created_at": at(2), "items": [], "tracks": []})
    };
    fake.rows.insert(resource, rows.map(row).collect());
}

fn order_of(row: &Row) -> Option<&Order> {
    match row {
        Row::Good(record) => match &record.body {
            RecordBody::Order(order) => Some(order),
            RecordBody::Product(_) => None,
        },
        Row::Bad(_) | Row::Gone(_) => None,
    }
}

fn orders(rows: &[Row]) -> Vec<&Order> {
    rows.iter().filter_map(order_of).collect()
}

fn lengths(order: &Order) -> [Option<usize>; 4] {
    [
        order.refunds.value().map(Vec::len),
        order.fulfillments.value().map(Vec::len),
        order.payments.value().map(Vec::len),
        order.returns.value().map(Vec::len),
    ]
}

#[test]
fn what_belongs_to_a_page_of_orders_is_asked_for_in_one_call_a_kind() {
    let mut fake = Fake::with(Kind::Orders, (1..=40).map(full).collect());
    for resource in ["creditmemos", "shipments", "invoices", "transactions", "returns"] {
        related(&mut fake, resource, 1, 40);
    }
    let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
    let orders = orders(&outcome.rows);
    assert_eq!(orders.len(), 40);
    for order in orders {
        assert_eq!(lengths(order), [Some(1), Some(1), Some(3), Some(1)]);
    }
    assert_eq!(fake.calls.len(), 6);
}

#[test]
fn orders_that_can_have_nothing_more_cost_no_call_and_are_known_to_have_nothing() {
    let mut fake = Fake::with(Kind::Orders, (1..=40).map(|id| order(id, 1)).collect());
    let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
    assert_eq!(fake.calls.len(), 1);
    // Only some editions have returns, and nobody asked.
    assert_eq!(lengths(orders(&outcome.rows)[0]), [Some(0), Some(0), None, None]);
}

#[test]
fn lists_longer_than_a_page_are_followed_to_their_end() {
    let mut fake = Fake::with(Kind::Orders, vec![full(1), full(2)]);
    related(&mut fake, "shipments", 400, 2);
    let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
    for order in orders(&outcome.rows) {
        assert_eq!(lengths(order)[1], Some(400));
    }
    assert_eq!(fake.count("shipments"), 3);
}

#[test]
fn what_an_edition_has_not_is_asked_for_once_and_left_open() {
    let mut fake = Fake::with(Kind::Orders, (1..=120).map(full).collect());
    fake.missing.insert("returns", (404, "{\"message\":\"Request does not match any route.\"}"));
    let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
    assert_eq!(fake.count("returns"), 1);
    let orders = orders(&outcome.rows);
    assert_eq!(orders.len(), 120);
    assert!(orders.iter().all(|order| order.returns == Field::Absent));
}

#[test]
fn an_order_whose_own_list_fails_is_set_aside_and_all_others_come() {
    for poisoned in [1, 17, 40] {
        let mut fake = Fake::with(Kind::Orders, (1..=40).map(full).collect());
        related(&mut fake, "creditmemos", 1, 40);
        fake.poison.insert(("creditmemos", poisoned * 1_000));
        let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
        assert_eq!(outcome.bad(), [Some(poisoned.to_string())]);
        assert_eq!(outcome.good().len(), 39);
        assert!(orders(&outcome.rows).iter().all(|order| lengths(order)[0] == Some(1)));
        assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
        assert!(fake.count("creditmemos") < 30, "{}", fake.count("creditmemos"));
    }
}

#[test]
fn the_only_order_of_a_page_whose_own_list_fails_is_set_aside_once_the_store_is_seen_alive() {
    let mut fake = Fake::with(Kind::Orders, vec![full(1)]);
    related(&mut fake, "returns", 1, 1);
    fake.poison.insert(("returns", 1_000));
    let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
    assert_eq!(outcome.bad(), [Some("1".to_owned())]);
    assert_eq!(fake.count("store/storeConfigs"), 1);
}

#[test]
fn an_outage_in_the_middle_of_a_page_sets_nothing_aside() {
    for fails in 1..15 {
        let mut fake = Fake::with(Kind::Orders, (1..=10).map(full).collect());
        for resource in ["creditmemos", "shipments", "invoices", "transactions"] {
            related(&mut fake, resource, 1, 10);
        }
        // The page itself comes.
        fake.fails_after = Some((1, fails));
        let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
        assert!(outcome.bad().is_empty(), "{fails}: {:?}", outcome.bad());
        assert_eq!(outcome.good(), (1..=10).collect::<Vec<_>>());
        assert!(orders(&outcome.rows).iter().all(|order| lengths(order)[0] == Some(1)));
    }
}

/// A walk that goes on by itself after a failure has not forgotten what failed while the store was
/// down.
#[test]
fn an_outage_in_the_middle_of_a_page_sets_nothing_aside_in_a_walk_that_goes_on() {
    for fails in 1..12 {
        let mut fake = Fake::with(Kind::Orders, vec![full(1)]);
        for resource in ["creditmemos", "shipments", "invoices"] {
            related(&mut fake, resource, 1, 1);
        }
        fake.fails_after = Some((1, fails));
        let mut current = walk(&plan(Kind::Orders, since(0)));
        let rows = loop {
            match current.next() {
                Step::Call(call) => drop(current.absorb(fake.answer(&call), NOW)),
                Step::Page(page) => break page.rows,
                step => panic!("{step:?}"),
            }
        };
        assert_eq!(orders(&rows).len(), 1, "{fails}: {rows:?}");
    }
}

#[test]
fn a_page_that_was_broken_off_goes_on_in_its_middle() {
    let mut fake = Fake::with(Kind::Orders, (1..=40).map(full).collect());
    for resource in ["creditmemos", "shipments", "invoices", "transactions", "returns"] {
        related(&mut fake, resource, 1, 40);
    }
    // Every call but one after the other fails.
    fake.fails_every = Some(2);
    let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
    assert_eq!(outcome.good(), (1..=40).collect::<Vec<_>>());
    for order in orders(&outcome.rows) {
        assert_eq!(lengths(order), [Some(1), Some(1), Some(3), Some(1)]);
    }
    assert_eq!(fake.count("orders"), 1, "the page is asked for once");
    assert_eq!(fake.calls.len(), 11);
}
