//! Pages by number, and how they drift.

use std::collections::BTreeSet;

use serde_json::json;

use crate::common::{Shop, id};

#[tokio::test]
async fn pages_hold_every_product_once_and_say_where_they_are() {
    let shop = Shop::of(60, 0).await;
    let mut seen = Vec::new();
    let mut path = "?limit=25".to_owned();
    loop {
        let body = shop.get(&format!("/v3/catalog/products{path}")).await;
        let meta = &body["meta"]["pagination"];
        let rows = body["data"].as_array().unwrap();
        assert_eq!(meta["total"], 60);
        assert_eq!(meta["total_pages"], 3);
        assert_eq!(meta["count"], rows.len());
        assert_eq!(meta["per_page"], 25);
        seen.extend(rows.iter().map(id));
        match meta["links"]["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, (80..140).collect::<Vec<_>>());
    let beyond = shop.get("/v3/catalog/products?page=9&limit=25").await;
    assert_eq!(beyond["data"], json!([]));
    assert_eq!(beyond["meta"]["pagination"]["count"], 0);
}

#[tokio::test]
async fn options_and_modifiers_cap_a_page_at_ten_and_other_parts_do_not() {
    let shop = Shop::of(60, 0).await;
    for (include, count) in
        [("options", 10), ("variants,modifiers", 10), ("variants,images,custom_fields", 50)]
    {
        let path = format!("/v3/catalog/products?limit=50&include={include}");
        let body = shop.get(&path).await;
        assert_eq!(body["data"].as_array().unwrap().len(), count, "{include}");
        assert_eq!(body["meta"]["pagination"]["per_page"], count, "{include}");
    }
}

/// What a reader of pages by number sees when somebody changes products between two pages.
async fn pages_with_changes(
    shop: &Shop,
    sort: &str,
    mut change: impl FnMut(&Shop, u64),
) -> Vec<u64> {
    let mut seen = Vec::new();
    for page in 1.. {
        let path = format!("/v3/catalog/products?limit=10&page={page}&sort={sort}");
        let rows = shop.ids(&path).await;
        if rows.is_empty() {
            break;
        }
        seen.extend(rows);
        change(shop, page);
    }
    seen
}

#[tokio::test]
async fn a_product_that_is_deleted_meanwhile_makes_pages_by_number_skip_another() {
    let shop = Shop::of(40, 0).await;
    let seen = pages_with_changes(&shop, "id", |shop, page| {
        if page == 1 {
            shop.delete(80);
        }
    })
    .await;
    let missed: Vec<_> = (80..120).filter(|id| !seen.contains(id)).collect();
    assert_eq!(missed, [90]);
}

#[tokio::test]
async fn a_product_that_changes_meanwhile_comes_again_and_makes_another_be_skipped() {
    let shop = Shop::of(40, 0).await;
    let order = shop.ids("/v3/catalog/products?limit=50&sort=date_modified").await;
    let seen = pages_with_changes(&shop, "date_modified", |shop, page| {
        if page == 1 {
            shop.pass_ms(60_000);
            shop.touch(order[0]);
        }
    })
    .await;
    let distinct: BTreeSet<_> = seen.iter().copied().collect();
    assert_eq!(seen.iter().filter(|id| **id == order[0]).count(), 2);
    let missed: Vec<_> = order.iter().filter(|id| !distinct.contains(*id)).collect();
    assert_eq!(missed, [&order[10]]);
}

#[tokio::test]
async fn stretches_behind_an_id_miss_nothing_however_the_list_changes() {
    let shop = Shop::of(40, 0).await;
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let rows = shop.ids(&format!("/v3/catalog/products?limit=10&id:greater={after}")).await;
        let Some(last) = rows.last() else { break };
        after = *last;
        seen.extend(rows);
        shop.pass_ms(1_000);
        shop.touch(after);
        shop.delete(seen[0]);
        seen.remove(0);
    }
    assert_eq!(seen, (84..120).collect::<Vec<_>>());
}

#[tokio::test]
async fn orders_come_bare_and_an_empty_list_of_them_is_no_content() {
    let shop = Shop::of(20, 120).await;
    let mut seen = Vec::new();
    for page in 1..=3 {
        let rows = shop.ids(&format!("/v2/orders?page={page}")).await;
        assert_eq!(rows.len(), if page == 3 { 20 } else { 50 });
        seen.extend(rows);
    }
    assert_eq!(seen, (100..220).collect::<Vec<_>>());
    for path in [
        "/v2/orders?page=4",
        "/v2/orders?min_id=900",
        "/v2/orders?min_date_modified=2027-01-01T00:00:00Z",
        "/v2/orders/100/fees",
    ] {
        let reply = shop.call(path).await;
        assert_eq!((reply.status, reply.body.len()), (204, 0), "{path}");
    }
}

#[tokio::test]
async fn metafields_can_be_paged_by_cursor_and_are_those_of_each_product() {
    let shop = Shop::of(60, 0).await;
    let all = shop.ids("/v3/catalog/products/metafields?limit=250").await;
    let (mut seen, mut path) = (Vec::new(), "?limit=7".to_owned());
    loop {
        let body = shop.get(&format!("/v3/catalog/products/metafields{path}")).await;
        let rows = body["data"].as_array().unwrap();
        if rows.is_empty() {
            break;
        }
        seen.extend(rows.iter().map(id));
        path = format!(
            "?limit=7&after={}",
            body["meta"]["cursor_pagination"]["end_cursor"].as_str().unwrap()
        );
    }
    assert!(all.len() > 20);
    assert_eq!(seen, all);
    let mut each = Vec::new();
    for product in 80..140 {
        let own = shop.ids(&format!("/v3/catalog/products/{product}/metafields?limit=250")).await;
        let path = format!("/v3/catalog/products/metafields?limit=250&resource_id:in={product}");
        assert_eq!(shop.ids(&path).await, own);
        each.extend(own);
    }
    assert_eq!(each, all);
}
