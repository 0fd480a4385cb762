//! The truth that a store tells of its orders is what its answers say.

use flyball_domain::Order;
use flyball_storefronts::{Plan, Stock, StoreConfig};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::common::{Shop, config};

const EVERYTHING: &str = "query ($n: Int!, $after: String) {
  orders(first: $n, after: $after, sortKey: ID) {
    pageInfo { hasNextPage endCursor }
    nodes {
      legacyResourceId name createdAt updatedAt processedAt cancelledAt closedAt cancelReason test edited
      confirmationNumber poNumber currencyCode presentmentCurrencyCode taxesIncluded returnStatus
      displayFinancialStatus displayFulfillmentStatus sourceName sourceIdentifier paymentGatewayNames
      discountCodes tags email phone note clientIp customerLocale
      customer { legacyResourceId } cancellation { staffNote } app { id name }
      billingAddress { ...A } shippingAddress { ...A }
      customAttributes { key value } taxLines { ...T }
      risk { recommendation assessments { riskLevel } }
      subtotalPriceSet { ...B } totalDiscountsSet { ...B } totalShippingPriceSet { ...B }
      totalTaxSet { ...B } totalPriceSet { ...B } currentTotalPriceSet { ...B }
      totalReceivedSet { ...B } totalRefundedSet { ...B } totalOutstandingSet { ...B }
      totalTipReceivedSet { ...B }
      transactions { id kind status gateway formattedGateway createdAt processedAt paymentId errorCode
        test amountSet { ...B } parentTransaction { id }
        paymentDetails {
          ... on CardPaymentDetails { company paymentMethodName }
          ... on PaypalWalletPaymentDetails { paymentMethodName }
          ... on LocalPaymentMethodsPaymentDetails { paymentMethodName } } }
      lineItems(first: 250) { nodes { id title variantTitle sku vendor quantity currentQuantity
        refundableQuantity unfulfilledQuantity requiresShipping taxable isGiftCard product { id }
        variant { id } customAttributes { key value } originalUnitPriceSet { ...B }
        totalDiscountSet { ...B } discountedTotalSet { ...B } taxLines { ...T }
        discountAllocations { allocatedAmountSet { ...B } discountApplication { index } } } }
      shippingLines(first: 250) { nodes { id title code source carrierIdentifier deliveryCategory
        originalPriceSet { ...B } discountedPriceSet { ...B } discountAllocations { __typename }
        taxLines { ...T } } }
      discountApplications(first: 250) { nodes { __typename index allocationMethod targetSelection
        targetType value { ... on MoneyV2 { amount currencyCode }
          ... on PricingPercentageValue { percentage } }
        ... on DiscountCodeApplication { code } ... on AutomaticDiscountApplication { title } } }
      metafields(first: 250) { nodes { id namespace key type value updatedAt } }
      fulfillments { id name status displayStatus createdAt updatedAt deliveredAt location { id }
        service { serviceName } trackingInfo { company number url }
        fulfillmentLineItems(first: 250) { nodes { quantity lineItem { id } } } }
      refunds { id createdAt note totalRefundedSet { ...B }
        refundLineItems(first: 100) { nodes { id quantity restockType restocked lineItem { id }
          location { id } priceSet { ...B } subtotalSet { ...B } totalTaxSet { ...B } } }
        refundShippingLines(first: 5) { nodes { id shippingLine { id } subtotalAmountSet { ...B }
          taxAmountSet { ...B } } }
        orderAdjustments(first: 5) { nodes { id reason amountSet { ...B } taxAmountSet { ...B } } } }
      returns(first: 20) { nodes { id name status createdAt closedAt totalQuantity
        returnLineItems(first: 20) { nodes { id quantity processedQuantity refundedQuantity
          returnReason returnReasonNote
          ... on ReturnLineItem { fulfillmentLineItem { lineItem { id } } } } } } }
    } } }
  fragment A on MailingAddress { name company address1 address2 city province provinceCode zip country
    countryCodeV2 phone }
  fragment B on MoneyBag { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
  fragment T on TaxLine { title rate source channelLiable priceSet { ...B } }";

fn tail(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |id| id.rsplit('/').next().unwrap().into())
}

fn lower(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| text.to_lowercase().into())
}

fn ms(value: &Value) -> Value {
    match value.as_str() {
        Some(text) => flyball_domain::UnixMillis::parse_rfc3339(text).unwrap().0.into(),
        None => Value::Null,
    }
}

fn bag(value: &Value) -> Value {
    let side = |side: &Value| json!({"amount": side["amount"], "currency": side["currencyCode"]});
    json!({"shop": side(&value["shopMoney"]), "presentment": side(&value["presentmentMoney"])})
}

/// Amounts added up or taken from each other, on both sides.
fn combined(a: &Value, b: &Value, combine: fn(Decimal, Decimal) -> Decimal) -> Value {
    let side = |name: &str| {
        let amount = |bag: &Value| bag[name]["amount"].as_str().unwrap().parse().unwrap();
        let amount: Decimal = combine(amount(a), amount(b));
        json!({"amount": amount.to_string(), "currency": a[name]["currency"]})
    };
    json!({"shop": side("shop"), "presentment": side("presentment")})
}

fn sum(bags: impl Iterator<Item = Value>) -> Value {
    bags.reduce(|a, b| combined(&a, &b, |a, b| a + b)).unwrap_or_default()
}

fn each(list: &Value, make: impl Fn(&Value) -> Value) -> Value {
    list.as_array().unwrap().iter().map(make).collect()
}

fn without(node: &Value, names: &[&str]) -> Map<String, Value> {
    let mut fields = node.as_object().unwrap().clone();
    fields.retain(|name, _| !names.contains(&name.as_str()));
    fields
}

fn address(node: &Value) -> Value {
    if node.is_null() {
        return Value::Null;
    }
    let street = [&node["address1"], &node["address2"]];
    json!({
        "name": node["name"],
        "company": node["company"],
        "street": street.into_iter().filter(|line| !line.is_null()).collect::<Vec<_>>(),
        "city": node["city"],
        "postal_code": node["zip"],
        "region": node["provinceCode"],
        "country": node["countryCodeV2"],
        "phone": node["phone"],
        "extra": {"country": node["country"], "province": node["province"]},
    })
}

fn attribute(node: &Value) -> Value {
    json!({"namespace": "", "key": node["key"], "value": node["value"]})
}

fn taxes(list: &Value) -> Value {
    each(list, |tax| {
        let rate: Decimal = tax["rate"].to_string().parse().unwrap();
        json!({
            "title": tax["title"],
            "percent": (rate * Decimal::ONE_HUNDRED).normalize().to_string(),
            "amount": bag(&tax["priceSet"]),
            "extra": {"source": tax["source"], "channelLiable": tax["channelLiable"]},
        })
    })
}

fn application(node: &Value) -> Value {
    let mut found = json!({"extra": without(node, &["code", "title"])});
    for name in ["code", "title"] {
        if let Some(value) = node.get(name) {
            found[name] = value.clone();
        }
    }
    found
}

fn line(node: &Value, applications: &Value) -> Value {
    let taxes_of = taxes(&node["taxLines"]);
    let all = taxes_of.as_array().unwrap().iter();
    let total = sum(all.map(|tax| tax["amount"].clone()));
    json!({
        "id": tail(&node["id"]),
        "product_id": tail(&node["product"]["id"]),
        "variant_id": tail(&node["variant"]["id"]),
        "title": node["title"],
        "sku": node["sku"],
        "quantity": node["quantity"].to_string(),
        "quantity_current": node["currentQuantity"].to_string(),
        "unit_price": bag(&node["originalUnitPriceSet"]),
        "discount": bag(&node["totalDiscountSet"]),
        "tax": total,
        "total": bag(&node["discountedTotalSet"]),
        "discounts": each(&node["discountAllocations"], |part| {
            let index = &part["discountApplication"]["index"];
            let all = applications.as_array().unwrap();
            let of = all.iter().find(|of| of["extra"]["index"] == *index).unwrap();
            let mut discount = of.clone();
            discount["amount"] = bag(&part["allocatedAmountSet"]);
            discount["extra"] = json!({"index": index});
            discount
        }),
        "taxes": taxes_of,
        "taxable": node["taxable"],
        "requires_shipping": node["requiresShipping"],
        "custom_fields": each(&node["customAttributes"], attribute),
        "extra": {
            "isGiftCard": node["isGiftCard"],
            "refundableQuantity": node["refundableQuantity"],
            "unfulfilledQuantity": node["unfulfilledQuantity"],
            "variantTitle": node["variantTitle"],
            "vendor": node["vendor"],
        },
    })
}

fn shipping_line(node: &Value) -> Value {
    let (price, discounted) = (bag(&node["originalPriceSet"]), bag(&node["discountedPriceSet"]));
    json!({
        "id": tail(&node["id"]),
        "title": node["title"],
        "code": node["code"],
        "carrier": node["carrierIdentifier"],
        "discount": combined(&price, &discounted, |a, b| a - b),
        "price": price,
        "taxes": taxes(&node["taxLines"]),
        "extra": {
            "deliveryCategory": node["deliveryCategory"],
            "discountAllocations": node["discountAllocations"],
            "discountedPriceSet": discounted,
            "source": node["source"],
        },
    })
}

fn payment(node: &Value) -> Value {
    let details = &node["paymentDetails"];
    let mut extra = json!({
        "createdAt": node["createdAt"],
        "errorCode": node["errorCode"],
        "formattedGateway": node["formattedGateway"],
        "test": node["test"],
    });
    if let Some(company) = details.get("company") {
        extra["company"] = company.clone();
    }
    json!({
        "id": tail(&node["id"]),
        "action": lower(&node["kind"]),
        "status": lower(&node["status"]),
        "gateway": node["gateway"],
        "method": details["paymentMethodName"],
        "amount": bag(&node["amountSet"]),
        "at": ms(&node["processedAt"]),
        "parent_id": tail(&node["parentTransaction"]["id"]),
        "reference": node["paymentId"],
        "extra": extra,
    })
}

fn refund(node: &Value) -> Value {
    let mut extra = Map::new();
    let mut total = |name: &str, amount: &str| {
        let list = node[name]["nodes"].as_array().unwrap();
        if !list.is_empty() {
            extra.insert(name.to_owned(), node[name]["nodes"].clone());
        }
        sum(list.iter().map(|node| bag(&node[amount])))
    };
    let mut refund = json!({
        "id": tail(&node["id"]),
        "created_at": ms(&node["createdAt"]),
        "note": node["note"],
        "total": bag(&node["totalRefundedSet"]),
        "shipping": total("refundShippingLines", "subtotalAmountSet"),
        "adjustment": total("orderAdjustments", "amountSet"),
        "lines": each(&node["refundLineItems"]["nodes"], |line| json!({
            "id": tail(&line["id"]),
            "line_id": tail(&line["lineItem"]["id"]),
            "quantity": line["quantity"].to_string(),
            "restock": lower(&line["restockType"]),
            "subtotal": bag(&line["subtotalSet"]),
            "tax": bag(&line["totalTaxSet"]),
            "extra": {
                "location": line["location"],
                "priceSet": line["priceSet"],
                "restocked": line["restocked"],
            },
        })),
    });
    if !extra.is_empty() {
        refund["extra"] = extra.into();
    }
    refund
}

fn returned(node: &Value) -> Value {
    json!({
        "id": tail(&node["id"]),
        "name": node["name"],
        "status": lower(&node["status"]),
        "created_at": ms(&node["createdAt"]),
        "lines": each(&node["returnLineItems"]["nodes"], |line| json!({
            "line_id": tail(&line["fulfillmentLineItem"]["lineItem"]["id"]),
            "quantity": line["quantity"].to_string(),
            "reason": lower(&line["returnReason"]),
            "extra": without(line, &["quantity", "returnReason", "fulfillmentLineItem"]),
        })),
        "extra": {"closedAt": node["closedAt"], "totalQuantity": node["totalQuantity"]},
    })
}

fn fulfillment(node: &Value) -> Value {
    json!({
        "id": tail(&node["id"]),
        "status": lower(&node["status"]),
        "created_at": ms(&node["createdAt"]),
        "updated_at": ms(&node["updatedAt"]),
        "location_id": tail(&node["location"]["id"]),
        "service": node["service"]["serviceName"],
        "tracking": each(&node["trackingInfo"], |parcel| json!({
            "carrier": parcel["company"], "number": parcel["number"], "url": parcel["url"],
        })),
        "lines": each(&node["fulfillmentLineItems"]["nodes"], |line| json!({
            "line_id": tail(&line["lineItem"]["id"]), "quantity": line["quantity"].to_string(),
        })),
        "extra": {
            "deliveredAt": node["deliveredAt"],
            "displayStatus": node["displayStatus"],
            "name": node["name"],
        },
    })
}

fn personal(node: &Value) -> Value {
    let shipping = address(&node["shippingAddress"]);
    json!({
        "email": node["email"],
        "phone": node["phone"],
        "billing_address": address(&node["billingAddress"]),
        "shipping_addresses": if shipping.is_null() { json!([]) } else { json!([shipping]) },
        "note": node["note"],
        "staff_note": node["cancellation"]["staffNote"],
        "ip": node["clientIp"],
    })
}

fn custom_fields(node: &Value) -> Value {
    let attributes = node["customAttributes"].as_array().unwrap().iter().map(attribute);
    let metafields = node["metafields"]["nodes"].as_array().unwrap().iter().map(|field| {
        json!({
            "id": tail(&field["id"]),
            "namespace": field["namespace"],
            "key": field["key"],
            "value_type": field["type"],
            "value": field["value"],
            "updated_at": ms(&field["updatedAt"]),
        })
    });
    attributes.chain(metafields).collect()
}

/// An order as it was answered, in the shape of the domain's JSON.
fn answered(node: &Value) -> Value {
    let applications = each(&node["discountApplications"]["nodes"], application);
    let list = |name: &str, make: fn(&Value) -> Value| each(&node[name]["nodes"], make);
    json!({
        "id": node["legacyResourceId"],
        "updated_at": ms(&node["updatedAt"]),
        "number": node["name"],
        "created_at": ms(&node["createdAt"]),
        "placed_at": ms(&node["processedAt"]),
        "canceled_at": ms(&node["cancelledAt"]),
        "closed_at": ms(&node["closedAt"]),
        "cancel_reason": lower(&node["cancelReason"]),
        "financial_status": lower(&node["displayFinancialStatus"]),
        "fulfillment_status": lower(&node["displayFulfillmentStatus"]),
        "test": node["test"],
        "channel": node["sourceName"],
        "currency": node["currencyCode"],
        "presentment_currency": node["presentmentCurrencyCode"],
        "taxes_included": node["taxesIncluded"],
        "totals": {
            "subtotal": bag(&node["subtotalPriceSet"]),
            "discounts": bag(&node["totalDiscountsSet"]),
            "shipping": bag(&node["totalShippingPriceSet"]),
            "tax": bag(&node["totalTaxSet"]),
            "total": bag(&node["totalPriceSet"]),
            "current": bag(&node["currentTotalPriceSet"]),
            "paid": bag(&node["totalReceivedSet"]),
            "refunded": bag(&node["totalRefundedSet"]),
            "due": bag(&node["totalOutstandingSet"]),
        },
        "customer_id": node["customer"]["legacyResourceId"],
        "personal": personal(node),
        "lines": each(&node["lineItems"]["nodes"], |node| line(node, &applications)),
        "discounts": applications,
        "shipping_lines": list("shippingLines", shipping_line),
        "taxes": taxes(&node["taxLines"]),
        "payments": each(&node["transactions"], payment),
        "refunds": each(&node["refunds"], refund),
        "returns": list("returns", returned),
        "fulfillments": each(&node["fulfillments"], fulfillment),
        "tags": node["tags"],
        "risk": {
            "level": lower(&node["risk"]["assessments"][0]["riskLevel"]),
            "recommendation": lower(&node["risk"]["recommendation"]),
        },
        "custom_fields": custom_fields(node),
        "extra": {
            "app": node["app"],
            "confirmationNumber": node["confirmationNumber"],
            "customerLocale": node["customerLocale"],
            "discountCodes": node["discountCodes"],
            "edited": node["edited"],
            "paymentGatewayNames": node["paymentGatewayNames"],
            "poNumber": node["poNumber"],
            "returnStatus": node["returnStatus"],
            "sourceIdentifier": node["sourceIdentifier"],
            "totalTipReceivedSet": node["totalTipReceivedSet"],
        },
    })
}

async fn are_told_truly(shop: &Shop) -> usize {
    let mut truth = shop.store.true_orders();
    let mut after = Value::Null;
    let mut found = 0;
    loop {
        shop.pass_ms(60_000);
        let data = shop.data(EVERYTHING, json!({"n": 1, "after": after})).await;
        for node in data["orders"]["nodes"].as_array().unwrap() {
            let expected: Order = truth.next().unwrap();
            let expected = serde_json::to_value(&expected).unwrap();
            let answered = answered(node);
            for (name, value) in expected.as_object().unwrap() {
                assert_eq!(answered[name], *value, "{name} of {}", node["name"]);
            }
            assert_eq!(answered, expected);
            found += 1;
        }
        if data["orders"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = data["orders"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(truth.next(), None);
    found
}

async fn shop(orders: u64, currency: &str) -> Shop {
    let config = config(Stock::Generated { products: 120 }, Plan::Enterprise);
    let currency = currency.parse().unwrap();
    Shop::open(StoreConfig { orders, currency, ..config }).await
}

#[tokio::test]
async fn of_generated_orders() {
    assert_eq!(are_told_truly(&shop(150, "EUR").await).await, 150);
}

#[tokio::test]
async fn of_orders_in_a_currency_without_cents() {
    assert_eq!(are_told_truly(&shop(60, "JPY").await).await, 60);
}

#[tokio::test]
async fn of_orders_whose_products_are_gone() {
    let shop = shop(40, "EUR").await;
    let products: Vec<_> = shop.store.truth().map(|product| product.id).collect();
    for id in &products {
        shop.store.delete(id).unwrap();
    }
    assert!(shop.store.is_empty());
    assert_eq!(are_told_truly(&shop).await, 40);
}
