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
