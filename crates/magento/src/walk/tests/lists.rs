//! Walks through lists: nothing is lost, whatever shares a second or changes on the way.

use flyball_connector::{Span, Step, Walk};
use flyball_domain::{Field, Kind, RecordBody, Row, VendorId};
use serde_json::json;

use super::fake::{Fake, NOW, all, at, moment, order, plan, product, run, since, walk};

fn ids(numbers: &[u64]) -> Vec<VendorId> {
    numbers.iter().map(|id| id.to_string().parse().unwrap()).collect()
}

#[test]
fn everything_is_walked_by_id_and_what_changed_by_time_and_id() {
    let rows: Vec<_> = (1..=250).map(|id| product(id, 1_000 - id)).collect();
    let mut fake = Fake::with(Kind::Products, rows);
    assert_eq!(run(&mut fake, &plan(Kind::Products, all())).good(), (1..=250).collect::<Vec<_>>());
    assert_eq!(fake.count("products"), 3);
    let changed = run(&mut fake, &plan(Kind::Products, since(900)));
    assert_eq!(changed.good(), (1..=100).rev().collect::<Vec<_>>());
}

#[test]
fn thousands_of_records_of_one_second_all_come_once() {
    let rows: Vec<_> = (1..=3_000).map(|id| order(id, 5)).collect();
    let mut fake = Fake::with(Kind::Orders, rows);
    let outcome = run(&mut fake, &plan(Kind::Orders, since(5)));
    assert_eq!(outcome.good(), (1..=3_000).collect::<Vec<_>>());
    assert_eq!(fake.count("orders"), 60);
}

#[test]
fn no_page_but_the_first_of_a_search_is_asked_for() {
    let rows: Vec<_> = (1..=500).map(|id| product(id, id / 7)).collect();
    let mut fake = Fake::with(Kind::Products, rows);
    run(&mut fake, &plan(Kind::Products, since(0)));
    let pages = fake.calls.iter().filter(|(resource, _)| resource == "products");
    assert!(pages.clone().count() > 4);
    for (_, query) in pages {
        assert!(query.contains("searchCriteria[currentPage]=1"), "{query}");
    }
}

#[test]
fn the_span_is_widened_to_whole_seconds_and_ends_before_its_end() {
    let mut fake = Fake::with(Kind::Orders, (1..=9).map(|id| order(id, id)).collect());
    let from = flyball_domain::UnixMillis(moment(3).0 + 900);
    let until = flyball_domain::UnixMillis(moment(6).0 + 1);
    let span = Span::Changed { from: Some(from), until };
    assert_eq!(run(&mut fake, &plan(Kind::Orders, span)).good(), [3, 4, 5, 6]);
}

#[test]
fn a_record_that_changes_and_one_that_goes_on_the_way_take_nothing_with_them() {
    let rows: Vec<_> = (1..=300).map(|id| product(id, id)).collect();
    let mut fake = Fake::with(Kind::Products, rows);
    let mut current = walk(&plan(Kind::Products, since(0)));
    let mut good = Vec::new();
    loop {
        match current.next() {
            Step::Call(call) => current.absorb(fake.answer(&call), NOW).unwrap(),
            Step::Page(page) => {
                for row in page.rows {
                    let Row::Good(record) = row else { panic!("{row:?}") };
                    good.push(record.id.as_str().parse::<u64>().unwrap());
                }
                // One that came moves behind the others, one that did not goes.
                let rows = fake.rows.get_mut("products").unwrap();
                rows.retain(|row| row["id"] != 290);
                rows[0]["updated_at"] = at(500_000_000).into();
            }
            Step::Listed(_) => panic!("listed"),
            Step::Finished => break,
        }
    }
    assert_eq!(good.len(), 299);
    assert!((1..=300).filter(|id| *id != 290).all(|id| good.contains(&id)));
}

#[test]
fn a_store_that_gives_fewer_rows_than_asked_for_is_walked_to_its_end_all_the_same() {
    let mut fake = Fake::with(Kind::Orders, (1..=95).map(|id| order(id, 1)).collect());
    fake.cap = Some(20);
    let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
    assert_eq!(outcome.good(), (1..=95).collect::<Vec<_>>());
}

#[test]
fn ids_beyond_what_a_double_holds_are_gone_on_from_exactly() {
    let first = 9_007_199_254_740_990;
    let rows: Vec<_> = (first..first + 120).map(|id| order(id, 1)).collect();
    let mut fake = Fake::with(Kind::Orders, rows);
    let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
    assert_eq!(outcome.good(), (first..first + 120).collect::<Vec<_>>());
}

#[test]
fn a_walk_goes_on_anywhere() {
    let rows: Vec<_> = (1..=330).map(|id| product(id, id / 50)).collect();
    for span in [since(0), all()] {
        let mut fake = Fake::with(Kind::Products, rows.clone());
        let mut next = plan(Kind::Products, span);
        let mut good = Vec::new();
        // Every walk ends after its first page, as by a kill.
        for _ in 0..20 {
            let mut current = walk(&next);
            let page = loop {
                match current.next() {
                    Step::Call(call) => current.absorb(fake.answer(&call), NOW).unwrap(),
                    Step::Page(page) => break Some(page),
                    Step::Listed(_) => panic!("listed"),
                    Step::Finished => break None,
                }
            };
            let Some(page) = page else { break };
            good.extend(page.rows.iter().map(|row| match row {
                Row::Good(record) => record.id.as_str().parse::<u64>().unwrap(),
                row => panic!("{row:?}"),
            }));
            next.resume = Some(page.resume);
        }
        good.sort_unstable();
        assert_eq!(good, (1..=330).collect::<Vec<_>>());
        assert_eq!(fake.count("store/storeConfigs"), 1, "facts are kept");
    }
}

#[test]
fn records_asked_for_by_id_come_or_are_gone() {
    let mut fake = Fake::with(Kind::Products, (1..=240).map(|id| product(id, 1)).collect());
    let mut asked = ids(&(200..300).collect::<Vec<_>>());
    asked.push("not-a-number".parse().unwrap());
    asked.push("1,2".parse().unwrap());
    asked.push("007".parse().unwrap());
    let outcome = run(&mut fake, &plan(Kind::Products, Span::Records { ids: asked }));
    assert_eq!(outcome.good(), (200..=240).collect::<Vec<_>>());
    let gone: Vec<String> = (241..300).map(|id| id.to_string()).collect();
    assert_eq!(outcome.gone()[..3], ["not-a-number", "1,2", "007"]);
    assert_eq!(outcome.gone()[3..], gone[..]);
}

#[test]
fn a_record_is_not_gone_because_the_store_gives_fewer_at_once() {
    let mut fake = Fake::with(Kind::Orders, (1..=90).map(|id| order(id, 1)).collect());
    fake.cap = Some(7);
    let span = Span::Records { ids: ids(&(1..=91).collect::<Vec<_>>()) };
    let outcome = run(&mut fake, &plan(Kind::Orders, span));
    assert_eq!(outcome.good(), (1..=90).collect::<Vec<_>>());
    assert_eq!(outcome.gone(), ["91"]);
}

#[test]
fn a_listing_covers_the_ids_without_gaps() {
    let rows: Vec<_> = (1..=700).map(|id| product(id * 3, 1_000 - id)).collect();
    let mut fake = Fake::with(Kind::Products, rows);
    let outcome = run(&mut fake, &plan(Kind::Products, Span::Listing));
    let listings = &outcome.listings;
    assert_eq!(listings.first().unwrap().after, None);
    assert_eq!(listings.last().unwrap().through, None);
    for (before, after) in listings.iter().zip(&listings[1..]) {
        assert!(before.through.is_some());
        assert_eq!(before.through, after.after);
    }
    let listed: Vec<u64> = listings
        .iter()
        .flat_map(|listing| &listing.rows)
        .map(|row| row.id.as_str().parse().unwrap())
        .collect();
    assert_eq!(listed, (1..=700).map(|id| id * 3).collect::<Vec<_>>());
    assert_eq!(listings[0].rows[0].updated_at, Some(moment(999)));
    assert_eq!(fake.calls.len(), 3, "no facts, no stock, no names");
    assert!(fake.calls[0].1.contains("fields=items[id,updated_at],total_count"));
}

#[test]
fn a_listing_of_nothing_covers_all_the_ids() {
    let outcome = run(&mut Fake::with(Kind::Orders, vec![]), &plan(Kind::Orders, Span::Listing));
    assert_eq!(outcome.listings.len(), 1);
    let listing = &outcome.listings[0];
    assert!(listing.after.is_none() && listing.through.is_none() && listing.rows.is_empty());
}

fn stock_of(row: &Row) -> (Option<i64>, usize) {
    let Row::Good(record) = row else { panic!("{row:?}") };
    let RecordBody::Product(product) = &record.body else { panic!("no product") };
    let variant = &product.variants.value().unwrap()[0];
    (variant.stock.value().copied(), variant.stock_levels.value().map_or(0, Vec::len))
}

#[test]
fn stock_of_all_sources_is_found_over_more_pages_than_one() {
    let mut fake = Fake::with(Kind::Products, (1..=3).map(|id| product(id, 1)).collect());
    let items = (0..700).map(|n| {
        json!({"sku": format!("SKU-{}", n % 2 + 1), "source_code": format!("s{n}"), "quantity": 2.0,
            "status": 1, "entity_id": n})
    });
    // A store compares SKUs without regard to case; this one does not, so it is asked in theirs.
    let items = items.map(|mut item| {
        item["sku"] = item["sku"].as_str().unwrap().to_lowercase().into();
        item
    });
    fake.rows.insert("inventory/source-items", items.collect());
    let outcome = run(&mut fake, &plan(Kind::Products, all()));
    let stock: Vec<_> = outcome.rows.iter().map(stock_of).collect();
    assert_eq!(stock, [(Some(700), 350), (Some(700), 350), (None, 0)]);
    assert_eq!(fake.count("inventory/source-items"), 3);
}

#[test]
fn a_store_without_sources_is_asked_for_them_once_a_walk() {
    let mut fake = Fake::with(Kind::Products, (1..=350).map(|id| product(id, 1)).collect());
    let route = "{\"message\":\"Request does not match any route.\"}";
    fake.missing.insert("inventory/source-items", (404, route));
    let outcome = run(&mut fake, &plan(Kind::Products, all()));
    assert_eq!(outcome.good().len(), 350);
    assert_eq!(outcome.failures.len(), 0);
    assert_eq!(fake.count("inventory/source-items"), 1);
}

#[test]
fn products_of_orders_that_changed_come_though_they_did_not_change() {
    let mut fake = Fake::with(Kind::Products, (1..=500).map(|id| product(id, 1)).collect());
    let sold = |id: u64, products: &[u64]| {
        let mut order = order(id, 100 + id);
        let lines = products.iter().map(|id| json!({"item_id": 1, "product_id": id}));
        order["items"] = lines.collect();
        order
    };
    let orders = (1..=250).map(|id| sold(id, &[id, id + 1, 9_999])).collect();
    fake.rows.insert("orders", orders);
    let outcome = run(&mut fake, &plan(Kind::Products, since(50)));
    let mut good = outcome.good();
    good.sort_unstable();
    good.dedup();
    assert_eq!(good, (1..=251).collect::<Vec<_>>());
    assert!(outcome.gone().is_empty(), "nobody asked for 9999");
    assert_eq!(fake.count("orders"), 3);
    // A walk through everything has them anyway.
    fake.calls.clear();
    run(&mut fake, &plan(Kind::Products, all()));
    assert_eq!(fake.count("orders"), 0);
}

#[test]
fn a_store_that_does_not_show_its_orders_is_walked_without_them() {
    let mut fake = Fake::with(Kind::Products, vec![product(1, 60)]);
    let refused = r#"{"message":"The consumer isn't authorized to access %resources.","parameters":{"resources":"Magento_Sales::actions_view"}}"#;
    fake.missing.insert("orders", (401, refused));
    let outcome = run(&mut fake, &plan(Kind::Products, since(50)));
    assert_eq!((outcome.good(), outcome.failures.len()), (vec![1], 0));
    assert_eq!(fake.count("orders"), 2, "a refusal is asked for once more");
}

#[test]
fn names_are_asked_for_once_a_walk() {
    let rows = (1..=250).map(|id| {
        let mut product = product(id, 1);
        product["extension_attributes"] = json!({
            "category_links": [{"position": 0, "category_id": (id % 3).to_string()}],
            "configurable_product_options":
                [{"id": 1, "attribute_id": "93", "label": "Color", "values": [{"value_index": 49}]}],
        });
        product
    });
    let mut fake = Fake::with(Kind::Products, rows.collect());
    let categories =
        vec![json!({"entity_id": 1, "id": 1, "name": "Tops"}), json!({"id": 2, "name": "Bags"})];
    fake.rows.insert("categories/list", categories);
    let attribute = json!({"attribute_id": 93, "options": [{"label": "Black", "value": "49"}]});
    fake.rows.insert("products/attributes", vec![attribute]);
    let outcome = run(&mut fake, &plan(Kind::Products, all()));
    assert_eq!((fake.count("categories/list"), fake.count("products/attributes")), (1, 1));
    let Row::Good(record) = &outcome.rows[0] else { panic!("bad") };
    let RecordBody::Product(product) = &record.body else { panic!("no product") };
    assert_eq!(product.categories.value().unwrap()[0].name, Field::Value("Tops".to_owned()));
    assert_eq!(product.options.value().unwrap()[0].values, ["Black"]);
}

#[test]
fn a_page_of_stock_that_is_repeated_is_the_last() {
    let mut fake = Fake::with(Kind::Products, vec![product(1, 1)]);
    let item = json!({"sku": "sku-1", "source_code": "default", "quantity": 2, "entity_id": 1});
    fake.rows.insert("inventory/source-items", vec![item]);
    fake.phantoms = 10_000;
    let outcome = run(&mut fake, &plan(Kind::Products, all()));
    assert_eq!(stock_of(&outcome.rows[0]), (Some(2), 1));
    assert_eq!(fake.count("inventory/source-items"), 2);
}

#[test]
fn a_store_with_a_limit_on_rows_is_asked_for_no_more_than_those() {
    let rows = (1..=130).map(|id| {
        let mut product = product(id, 60);
        let link = json!([{"category_id": id.to_string()}]);
        product["extension_attributes"] = json!({"category_links": link});
        product
    });
    let mut fake = Fake::with(Kind::Products, rows.collect());
    let name = |id: u64| json!({"id": id, "name": format!("C{id}")});
    fake.rows.insert("categories/list", (1..=130).map(name).collect());
    let item = |n: u64| {
        json!({"sku": format!("sku-{}", n % 130 + 1), "source_code": n.to_string(),
        "quantity": 1, "entity_id": n})
    };
    fake.rows.insert("inventory/source-items", (0..390).map(item).collect());
    for limit in [20, 100, 150] {
        fake.limit = Some(limit);
        let outcome = run(&mut fake, &plan(Kind::Products, since(50)));
        assert!(outcome.failures.is_empty(), "{limit}: {:?}", outcome.failures);
        assert_eq!(outcome.rows.len(), 130);
        for row in &outcome.rows {
            assert_eq!(stock_of(row), (Some(3), 3), "{limit}");
            let Row::Good(record) = row else { panic!("bad") };
            let RecordBody::Product(product) = &record.body else { panic!("no product") };
            let category = &product.categories.value().unwrap()[0];
            assert_eq!(category.name, Field::Value(format!("C{}", product.id)), "{limit}");
        }
    }
}

#[test]
fn what_a_live_store_fails_to_tell_beside_its_products_is_done_without() {
    for broken in ["inventory/source-items", "categories/list", "orders"] {
        let mut fake = Fake::with(
            Kind::Products,
            (1..=250)
                .map(|id| {
                    let mut product = product(id, 60);
                    product["extension_attributes"] =
                        json!({"category_links": [{"category_id": "1"}]});
                    product
                })
                .collect(),
        );
        fake.missing.insert(broken, (500, "{\"message\":\"Internal Error\"}"));
        let outcome = run(&mut fake, &plan(Kind::Products, since(50)));
        assert_eq!(outcome.good().len(), 250, "{broken}");
        assert!(outcome.failures.is_empty(), "{broken}: {:?}", outcome.failures);
        assert!(fake.count(broken) <= 2, "{broken}: {}", fake.count(broken));
    }
}
