//! Pages, and what is odd about them.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use flyball_storefronts::{MagentoHabits, MagentoSettings, MagentoVersion};
use serde_json::json;

use crate::common::{Search, Shop, settings, vendor_id};

async fn pages(shop: &Shop, resource: &str, search: &Search, size: u64, count: u64) -> Vec<u64> {
    let mut ids = Vec::new();
    for page in 1..=count {
        ids.extend(shop.ids(resource, &search.clone().page(size, page)).await);
    }
    ids
}

#[tokio::test]
async fn without_a_size_every_row_comes_at_once() {
    let shop = Shop::of(450, 320).await;
    assert_eq!(shop.ids("products", &Search::all()).await.len(), 450);
    assert_eq!(shop.ids("orders", &Search::all()).await.len(), 320);
    let page = shop.get("products?searchCriteria").await;
    assert_eq!(page["total_count"], 450);
    assert_eq!(page["search_criteria"], json!({"filter_groups": [], "current_page": 1}));
}

#[tokio::test]
async fn a_page_past_the_end_is_the_last_one_again_but_for_orders_of_newer_stores() {
    for (version, orders) in [(MagentoVersion::Before24, 3), (MagentoVersion::From24, 0)] {
        let shop = Shop::with(23, 23, MagentoSettings { version, ..settings() }).await;
        let sorted = Search::all().sort("entity_id", "ASC");
        let last = shop.ids("products", &sorted.clone().page(10, 3)).await;
        assert_eq!(last, [21, 22, 23]);
        for page in [4, 5, 1_000] {
            assert_eq!(shop.ids("products", &sorted.clone().page(10, page)).await, last);
            assert_eq!(shop.ids("orders", &sorted.clone().page(10, page)).await.len(), orders);
        }
        let answer = shop.get(&sorted.clone().page(10, 99).of("products")).await;
        assert_eq!(answer["search_criteria"]["current_page"], 99);
        assert_eq!(answer["total_count"], 23);
    }
}

#[tokio::test]
async fn an_order_that_tells_no_two_rows_apart_shows_some_twice_and_some_never() {
    let shop = Shop::of(200, 0).await;
    for id in 1..=120 {
        shop.store.touch(&vendor_id(id)).unwrap();
    }
    let by_time = Search::all().sort("updated_at", "ASC");
    let ids = pages(&shop, "products", &by_time, 20, 10).await;
    let different: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(ids.len(), 200);
    assert!(different.len() < 190, "{}", different.len());
    // The same page is the same page.
    let page = by_time.clone().page(20, 6);
    assert_eq!(shop.ids("products", &page).await, shop.ids("products", &page).await);

    let unique = by_time.sort("entity_id", "ASC");
    let ids = pages(&shop, "products", &unique, 20, 10).await;
    assert_eq!(ids.iter().copied().collect::<BTreeSet<_>>().len(), 200);
    let unsorted = pages(&shop, "products", &Search::all(), 15, 14).await;
    assert_ne!(unsorted.iter().copied().collect::<BTreeSet<_>>().len(), 200);
}

#[tokio::test]
async fn behind_a_place_in_time_and_id_lies_every_row_once() {
    let shop = Shop::of(130, 0).await;
    for id in 20..=90 {
        shop.store.touch(&vendor_id(id)).unwrap();
    }
    let mut seen = Vec::new();
    let mut place: Option<(String, u64)> = None;
    loop {
        let mut search = Search::all();
        if let Some((at, id)) = &place {
            search = search
                .filter("updated_at", "gteq", at)
                .any(&[("updated_at", "gt", at), ("entity_id", "gt", &id.to_string())]);
        }
        let search = search.sort("updated_at", "ASC").sort("entity_id", "ASC").page(17, 1);
        let page = shop.get(&search.of("products")).await;
        let rows = page["items"].as_array().unwrap();
        let left = 130 - seen.len();
        assert_eq!(page["total_count"], left, "{place:?}");
        let Some(last) = rows.last() else { break };
        seen.extend(rows.iter().map(crate::common::id));
        let at = last["updated_at"].as_str().unwrap().to_owned();
        place = Some((at, crate::common::id(last)));
    }
    assert_eq!(seen.iter().copied().collect::<BTreeSet<_>>().len(), 130);
    assert_eq!(seen.len(), 130);
}

#[tokio::test]
async fn with_input_limits_a_page_has_a_size_and_none_is_larger() {
    let habits = MagentoHabits { page_size_max: NonZeroU32::new(300), ..MagentoHabits::plain() };
    let shop = Shop::with(350, 30, MagentoSettings { habits, ..settings() }).await;
    assert_eq!(shop.ids("products", &Search::all()).await.len(), 20);
    assert_eq!(shop.ids("products", &Search::all().page(300, 1)).await.len(), 300);
    let reply = shop.call(&Search::all().page(301, 1).of("products")).await;
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.json(),
        json!({
            "message": "Maximum SearchCriteria pageSize is %max",
            "parameters": {"max": 300},
        })
    );
}

#[tokio::test]
async fn what_is_added_and_deleted_is_found_and_missing() {
    let shop = Shop::of(30, 30).await;
    let product = shop.store.get(&vendor_id(3)).unwrap();
    let added = shop.store.add(product).unwrap();
    shop.store.delete(&vendor_id(5)).unwrap();
    shop.store.delete_order(&vendor_id(5)).unwrap();
    let sorted = Search::all().sort("entity_id", "ASC");
    let ids = shop.ids("products", &sorted).await;
    assert_eq!(ids.len(), 30);
    assert!(ids.contains(&added.as_str().parse().unwrap()) && !ids.contains(&5));
    assert!(!shop.ids("orders", &sorted).await.contains(&5));
    assert_eq!(shop.call("orders/5").await.status, 404);
}
