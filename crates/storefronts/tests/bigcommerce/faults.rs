//! Every way of failing, as it looks from the other end of the wire.

use flyball_storefronts::VendorStatus;
use serde_json::{Value, json};

use crate::common::{HASH, Shop, TOKEN, parse};

const V2: &str = "/v2/orders?limit=5";
const V3: &str = "/v3/catalog/products?limit=5";

#[tokio::test]
async fn each_status_comes_with_the_body_of_its_generation() {
    for status in VendorStatus::ALL {
        let shop = Shop::with_dials(&[&format!("status={}", status.code())]).await;
        for path in [V2, V3] {
            let reply = shop.call(path).await;
            assert_eq!(reply.status, status.code());
            assert!(reply.header("x-request-id").is_some());
            let kind = reply.header("content-type").unwrap();
            if kind.starts_with("text/html") {
                assert!(reply.body.starts_with(b"<!DOCTYPE html>"));
            } else if path == V2 {
                assert_eq!(reply.json()[0]["status"], status.code());
                assert!(reply.json()[0]["message"].is_string());
            } else {
                assert_eq!(reply.json()["status"], status.code());
                assert!(reply.json()["title"].is_string());
            }
        }
    }
}

#[tokio::test]
async fn maintenance_is_a_page_for_people() {
    for dial in ["status=503", "html=503"] {
        let shop = Shop::with_dials(&[dial]).await;
        let reply = shop.call(V3).await;
        assert_eq!(reply.status, 503);
        let text = String::from_utf8(reply.body).unwrap();
        assert!(text.contains("<title>Down for Maintenance</title>"), "{text}");
    }
    let shop = Shop::with_dials(&["html=200"]).await;
    let reply = shop.call(V2).await;
    assert_eq!(reply.status, 200);
    assert!(reply.body.starts_with(b"<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_caller_without_the_token_is_told_so_and_costs_nothing() {
    let shop = Shop::with_dials(&[]).await;
    for (path, body) in [
        (
            "/v2/orders",
            json!([{"status": 401, "message": "No credentials were supplied in the request."}]),
        ),
        (
            "/v3/catalog/products",
            json!({
                "status": 401,
                "title": "Unauthorized",
                "type": "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes",
                "errors": {},
            }),
        ),
    ] {
        for header in ["", "X-Auth-Token: wrong\r\n", "Authorization: Bearer simulated-token\r\n"] {
            let path = format!("/stores/{HASH}{path}");
            let reply = parse(&shop.raw("GET", &path, header).await);
            assert_eq!((reply.status, reply.json()), (401, body.clone()));
        }
    }
    assert_eq!(shop.store.counters().answered, 0);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_what_is_no_get_is_not_allowed() {
    let shop = Shop::with_dials(&[]).await;
    let headers = format!("X-Auth-Token: {TOKEN}\r\n");
    for path in ["/stores/zzz/v2/orders", "/stores/a1b2c3/v3/nothing", "/", "/stores/a1b2c3/v2"] {
        assert_eq!(parse(&shop.raw("GET", path, &headers).await).status, 404, "{path}");
    }
    for path in [
        "/v2/orders/7",
        "/v2/orders/7/products",
        "/v3/catalog/products/7",
        "/v3/catalog/products/7/variants",
        "/v3/orders/7/transactions",
        "/v2/order_statuses/99",
    ] {
        assert_eq!(shop.call(path).await.status, 404, "{path}");
    }
    let path = format!("/stores/{HASH}/v2/orders");
    assert_eq!(parse(&shop.raw("POST", &path, &headers).await).status, 405);
}

#[tokio::test]
async fn parameters_that_there_are_not_or_that_make_no_sense_are_refused() {
    let shop = Shop::with_dials(&[]).await;
    let unknown = shop.call("/v3/catalog/products?updated_after=2026-01-01").await;
    assert_eq!(unknown.status, 422);
    let title = "The filter(s): updated_after are not valid filter parameter(s).";
    assert_eq!(unknown.json()["title"], title);
    for (path, status) in [
        ("/v3/catalog/products?limit=251", 413),
        ("/v3/catalog/products?limit=a", 422),
        ("/v3/catalog/products?page=0", 422),
        ("/v3/catalog/products?sort=color", 422),
        ("/v3/catalog/products?direction=up", 422),
        ("/v3/catalog/products?include=everything", 422),
        ("/v3/catalog/products?id:in=1,x", 422),
        ("/v3/catalog/products?date_modified:min=yesterday", 422),
        ("/v3/catalog/brands?color=red", 422),
        ("/v2/orders?limit=251", 413),
        ("/v2/orders?since=yesterday", 400),
        ("/v2/orders?min_date_modified=yesterday", 400),
        ("/v2/orders?sort=date_modified:up", 400),
        ("/v2/orders?include=everything", 400),
        ("/v2/orders?include=consignments&consignment_structure=list", 400),
        ("/v2/orders/100/products?color=red", 400),
    ] {
        assert_eq!(shop.call(path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_poisoned_row_breaks_whatever_would_hold_it_and_nothing_else() {
    let shop = Shop::with_dials(&["poison=17"]).await;
    for path in [
        "/v3/catalog/products?limit=50",
        "/v3/catalog/products?limit=1&page=18",
        "/v3/catalog/products?id:in=80,97",
        "/v3/catalog/products/97",
        "/v3/catalog/products/97/variants",
        "/v3/catalog/products/metafields",
        "/v2/orders?limit=50",
        "/v2/orders/117",
        "/v2/orders/117/products",
        "/v3/orders/117/transactions",
    ] {
        assert_eq!(shop.call(path).await.status, 500, "{path}");
    }
    for path in [
        "/v3/catalog/products?limit=17",
        "/v3/catalog/products?limit=17&page=3",
        "/v3/catalog/products/96",
        "/v2/orders?limit=17",
        "/v2/orders/118",
        "/v2/store",
    ] {
        assert_eq!(shop.call(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_has_a_word_for_an_amount_wherever_it_is_shown() {
    let shop = Shop::with_dials(&["unreadable=17"]).await;
    for (path, at) in [
        ("/v3/catalog/products?limit=50", "/data/17/price"),
        ("/v3/catalog/products/97", "/data/price"),
        ("/v2/orders?limit=50&sort=id:asc", "/17/total_inc_tax"),
        ("/v2/orders/117", "/total_inc_tax"),
    ] {
        let json = shop.call(path).await.json();
        assert_eq!(json.pointer(at), Some(&"twelve".into()), "{path}");
        assert_eq!(json.to_string().matches("twelve").count(), 1, "{path}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_good_json_look_as_they_do_in_the_wild() {
    let shop = Shop::with_dials(&["broken-json"]).await;
    let reply = shop.call(V3).await;
    assert_eq!(reply.status, 200);
    assert!(serde_json::from_slice::<Value>(&reply.body).is_err());

    let shop = Shop::with_dials(&["truncated"]).await;
    let reply = shop.call(V3).await;
    let announced: usize = reply.header("content-length").unwrap().parse().unwrap();
    assert_eq!(reply.body.len(), announced / 2);

    let shop = Shop::with_dials(&["oversized=3000000"]).await;
    let reply = shop.call(V3).await;
    assert!(reply.body.len() >= 3_000_000);
    assert_eq!(reply.json()["data"], json!([]));

    let shop = Shop::with_dials(&["close"]).await;
    assert_eq!(shop.raw("GET", &format!("/stores/{HASH}{V2}"), "").await, b"");
}

#[tokio::test]
async fn strange_answers_hold_what_no_schema_promised_and_can_still_be_paged() {
    let strange = Shop::with_dials(&["strange"]).await;
    let plain = Shop::with_dials(&[]).await;
    let (mut words, mut fields) = (0, 0);
    for path in [
        "/v3/catalog/products?limit=60&include=variants,images,custom_fields",
        "/v2/orders?limit=60&include=consignments.line_items&consignment_structure=object",
    ] {
        let (found, expected) = (strange.get(path).await, plain.get(path).await);
        let text = found.to_string();
        words += text.matches("something_new_in_2031").count();
        fields += text.matches("added_in_2031").count();
        assert_eq!(found.get("meta"), expected.get("meta"));
        for (found, expected) in strange.rows(path).await.iter().zip(plain.rows(path).await) {
            for kept in ["id", "date_modified", "name", "price", "total_inc_tax"] {
                assert_eq!(found.get(kept), expected.get(kept), "{kept}");
            }
        }
    }
    assert!(words > 20 && fields > 20, "{words} {fields}");
}

#[tokio::test]
async fn what_only_other_vendors_have_is_no_dial_here() {
    let shop = Shop::with_dials(&[]).await;
    for dial in ["error=SHOP_INACTIVE", "stale-cursor", "bulk-fails"] {
        let error = shop.store.set_dials(vec![dial.parse().unwrap()]).unwrap_err();
        assert_eq!(error.vendor, "BigCommerce", "{dial}");
    }
}

#[tokio::test]
async fn a_dial_of_orders_fails_what_asks_for_orders_and_nothing_else() {
    let shop = Shop::with_dials(&["orders/status=403"]).await;
    for (path, status) in [
        ("/v2/orders", 403),
        ("/v2/orders/100/products", 403),
        ("/v3/orders/100/transactions", 403),
        ("/v2/order_statuses", 403),
        ("/v3/catalog/products", 200),
        ("/v3/catalog/brands", 200),
        ("/v2/store", 200),
    ] {
        assert_eq!(shop.call(path).await.status, status, "{path}");
    }
}
