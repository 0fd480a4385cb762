//! Records asked for by their ids.

use super::*;

fn rows(walk: ById, store: &mut Store) -> Vec<Row> {
    pages(walk, store).into_iter().flat_map(|page| page.rows).collect()
}

#[test]
fn every_id_comes_back_as_a_record_or_as_gone() {
    let mut store = Store::new((1..=30).map(|id| big(id, 12)).collect());
    let wanted: Vec<String> = (1..=40).map(|id| id.to_string()).collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let rows = rows(some(&wanted, None), &mut store);
    assert_eq!(rows.len(), 40);
    for (row, id) in rows.iter().zip(1_u64..) {
        match row {
            Row::Good(record) if id <= 30 => assert_eq!(record.id.as_str(), id.to_string()),
            Row::Gone(gone) if id > 30 => assert_eq!(gone.as_str(), id.to_string()),
            Row::Good(_) | Row::Gone(_) | Row::Bad(_) => panic!("{id}: {row:?}"),
        }
    }
}

#[test]
fn the_one_record_of_which_no_answer_can_be_read_is_set_apart_and_the_others_come() {
    let mut store = Store::new(vec![big(1, 1), big(2, 1), big(3, 1)]);
    let mut walk = some(&["1", "2", "3"], None);
    let mut rows = Vec::new();
    loop {
        match walk.next() {
            Step::Call(call) => {
                let body: Value = serde_json::from_slice(call.request.body()).unwrap();
                let asked = body["variables"]["ids"].to_string();
                let odd =
                    asked.contains("Product/2").then(|| reply(&json!({"data": {"nodes": 7}})));
                walk.absorb(odd.unwrap_or_else(|| store.answer(&call)), NOW).unwrap();
            }
            Step::Page(page) => rows.extend(page.rows),
            Step::Listed(listing) => panic!("{listing:?}"),
            Step::Finished => break,
        }
    }
    let [Row::Good(_), Row::Bad(bad), Row::Good(_)] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(bad.id.as_ref().unwrap().as_str(), "2");
    assert_eq!(bad.input, r#"{"data":{"nodes":7}}"#);
}

#[test]
fn another_number_of_nodes_than_was_asked_for_is_not_read_as_deletions() {
    let mut walk = one("7");
    drop(walk.next());
    walk.absorb(reply(&json!({"data": {"nodes": []}})), NOW).unwrap();
    let Step::Page(page) = walk.next() else { panic!("no page") };
    assert!(matches!(&page.rows[..], [Row::Bad(_)]), "{:?}", page.rows);
}

#[test]
fn an_order_too_old_to_be_shown_is_not_told_to_be_gone() {
    let ids: Vec<flyball_domain::VendorId> =
        ["999", "1001"].iter().map(|id| id.parse().unwrap()).collect();
    for (scope, old_is_gone) in [("read_orders", false), ("read_all_orders", true)] {
        let span = Span::Records { ids: ids.clone() };
        let mut walk = ById::new(&Plan { kind: Kind::Orders, span, ..plan(None) }, &ids).unwrap();
        drop(walk.next());
        let answer = json!({"data": {"nodes": [null, null],
            "currentAppInstallation": {"accessScopes": [{"handle": scope}]},
            "oldest": {"nodes": [{"id": "gid://shopify/Order/1000"}]}}});
        walk.absorb(reply(&answer), NOW).unwrap();
        let Step::Page(page) = walk.next() else { panic!("no page") };
        let [old, young] = &page.rows[..] else { panic!("{:?}", page.rows) };
        assert!(matches!(young, Row::Gone(_)), "{young:?}");
        match old {
            Row::Gone(_) => assert!(old_is_gone),
            Row::Bad(bad) => {
                assert!(!old_is_gone && bad.reason.contains("read_all_orders"), "{}", bad.reason);
            }
            Row::Good(record) => panic!("{record:?}"),
        }
    }
}
