//! What the store's answers say, in the shape of the domain's JSON: read here on its own, without
//! a connector.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

const CURRENCY: &str = "EUR";

/// An object whose fields are taken out one by one; what is left has no place of its own.
pub(crate) struct Left(pub(crate) Map<String, Value>);

impl Left {
    pub(crate) fn of(value: &Value) -> Self {
        Self(value.as_object().unwrap_or_else(|| panic!("no object: {value}")).clone())
    }

    pub(crate) fn take(&mut self, name: &str) -> Value {
        self.0.remove(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.0))
    }

    fn text(&mut self, name: &str) -> Value {
        match self.take(name) {
            Value::String(text) if text.trim().is_empty() => Value::Null,
            Value::Number(number) => number.to_string().into(),
            other => other,
        }
    }

    fn id(&mut self, name: &str) -> Value {
        match self.text(name) {
            Value::String(zero) if zero == "0" => Value::Null,
            other => other,
        }
    }

    fn money(&mut self, name: &str) -> Value {
        money(&self.text(name))
    }

    fn amount(&mut self, name: &str) -> Value {
        json!({"shop": self.money(name)})
    }

    fn time(&mut self, name: &str) -> Value {
        let text = self.take(name);
        let text = text.as_str().unwrap();
        let iso = text.parse::<jiff::Timestamp>();
        let at = iso.or_else(|_| jiff::fmt::rfc2822::parse(text).map(|zoned| zoned.timestamp()));
        at.unwrap().as_millisecond().into()
    }
}

fn money(amount: &Value) -> Value {
    if amount.is_null() { Value::Null } else { json!({"amount": amount, "currency": CURRENCY}) }
}

fn each(list: &Value, make: impl FnMut(&Value) -> Value) -> Value {
    list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter().map(make).collect()
}

fn listed(values: &Value) -> &[Value] {
    values.as_array().unwrap()
}

/// An object without the fields that say nothing.
fn object(mut value: Value, extra: Map<String, Value>) -> Value {
    if !extra.is_empty() {
        value["extra"] = extra.into();
    }
    value
}

/// What a product's brand and categories are called.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) brands: BTreeMap<u64, String>,
    pub(crate) categories: BTreeMap<u64, String>,
}

/// A product, its metafields beside it.
pub(crate) fn product(said: &Value, metafields: &[Value], names: &Names) -> Value {
    let mut left = Left::of(said);
    let is_physical = said["type"] == "physical";
    let is_sold = said["is_visible"] == true && said["availability"] != "disabled";
    let mut custom_fields = listed(&left.take("custom_fields"))
        .iter()
        .map(|field| {
            let mut field = Left::of(field);
            json!({
                "id": field.id("id"), "namespace": "", "key": field.text("name"),
                "value": field.take("value"),
            })
        })
        .collect::<Vec<_>>();
    let mut leftovers = Vec::new();
    for field in metafields {
        let mut field = Left::of(field);
        let id = field.id("id");
        custom_fields.push(json!({
            "id": id, "namespace": field.text("namespace"), "key": field.text("key"),
            "value": field.take("value"), "updated_at": field.time("date_modified"),
        }));
        field.0.insert("id".to_owned(), id);
        leftovers.push(Value::from(field.0));
    }
    let variants = left.take("variants");
    let mut all = json!({
        "id": left.id("id"),
        "updated_at": left.time("date_modified"),
        "created_at": left.time("date_created"),
        "title": left.text("name"),
        "handle": said["custom_url"]["url"].as_str().unwrap().trim_matches('/'),
        "description_html": left.text("description"),
        "vendor": said["brand_id"].as_u64().and_then(|id| names.brands.get(&id)),
        "status": if is_sold { "active" } else { "draft" },
        "form": if is_physical { "simple" } else { "downloadable" },
        "categories": each(&left.take("categories"), |number| json!({
            "id": number.to_string(), "name": names.categories[&number.as_u64().unwrap()],
        })),
        "options": options(listed(&variants)),
        "variants": Value::Null,
        "images": each(&left.take("images"), |image| {
            let mut image = Left::of(image);
            let placed = json!({
                "id": image.id("id"), "url": image.text("url_zoom"),
                "alt": image.text("description"),
            });
            object(placed, image.0)
        }),
        "custom_fields": custom_fields,
    });
    let variants = listed(&variants).iter().zip(1..);
    all["variants"] = variants.map(|(said_of, place)| variant(said_of, place, said)).collect();
    if !leftovers.is_empty() {
        left.0.insert("metafields".to_owned(), leftovers.into());
    }
    object(all, left.0)
}

fn options(variants: &[Value]) -> Value {
    let mut options: Vec<(Value, Value, Vec<Value>)> = Vec::new();
    for value in variants.iter().flat_map(|variant| listed(&variant["option_values"])) {
        let (id, label) = (&value["option_id"], &value["label"]);
        if let Some((_, _, values)) = options.iter_mut().find(|(known, _, _)| known == id) {
            if !values.contains(label) {
                values.push(label.clone());
            }
        } else {
            let name = value["option_display_name"].clone();
            options.push((id.clone(), name, vec![label.clone()]));
        }
    }
    let one = |(id, name, values): (Value, Value, Vec<Value>)| json!({"id": id.to_string(), "name": name, "values": values});
    options.into_iter().map(one).collect()
}

fn variant(said: &Value, place: u64, product: &Value) -> Value {
    let mut left = Left::of(said);
    let mut or_products = |name: &str| match left.text(name) {
        Value::Null => match &product[name] {
            Value::Number(number) => Value::from(number.to_string()),
            other => other.clone(),
        },
        own => own,
    };
    let [price, sale, retail, weight] =
        ["price", "sale_price", "retail_price", "weight"].map(&mut or_products);
    assert!([Value::Null, json!(0)].contains(&left.take("map_price")));
    let upc = left.text("upc");
    let identifiers: Vec<_> = upc.as_str().map(|upc| json!(["upc", upc])).into_iter().collect();
    for none in ["mpn", "gtin"] {
        assert_eq!(left.take(none), "");
    }
    let sale =
        (sale != "0").then(|| json!({"money": money(&sale), "reason": "sale", "list": null}));
    let tiers = listed(&product["bulk_pricing_rules"]).iter().map(|rule| {
        let amount = rule["amount"].to_string();
        json!({
            "money": money(&amount.into()), "reason": "tier", "list": null,
            "quantity_min": rule["quantity_min"],
        })
    });
    let chosen = left.take("option_values");
    let is_physical = product["type"] == "physical";
    let tracking = product["inventory_tracking"].as_str().unwrap();
    let stock = match tracking {
        "variant" => left.take("inventory_level"),
        "product" => product["inventory_level"].clone(),
        _ => Value::Null,
    };
    let all = json!({
        "id": left.id("id"),
        "sku": left.text("sku"),
        "barcode": upc,
        "identifiers": identifiers,
        "position": place,
        "price": money(&price),
        "compare_at_price": if retail == "0" { Value::Null } else { money(&retail) },
        "unit_cost": left.money("cost_price"),
        "prices": sale.into_iter().chain(tiers).collect::<Vec<_>>(),
        "stock": stock,
        "stock_tracked": tracking != "none",
        "requires_shipping": is_physical,
        "weight": {"value": weight, "unit": "grams"},
        "selected_options": each(&chosen, |value| {
            json!([value["option_display_name"], value["label"]])
        }),
    });
    let ids: Vec<_> = listed(&chosen).iter().map(|value| value["id"].to_string()).collect();
    if !ids.is_empty() {
        left.0.insert("option_value_ids".to_owned(), ids.into());
    }
    object(all, left.0)
}

/// What is asked for below an order.
#[derive(Debug, Default)]
pub(crate) struct Below {
    pub(crate) coupons: Vec<Value>,
    pub(crate) taxes: Vec<Value>,
    pub(crate) transactions: Vec<Value>,
    pub(crate) refunds: Vec<Value>,
    pub(crate) shipments: Vec<Value>,
}

/// An order, with its consignments and their lines inside.
pub(crate) fn order(said: &Value, below: &Below) -> Value {
    let mut left = Left::of(said);
    let (counted, uncounted) =
        if said["is_tax_inclusive_pricing"] == true { ("inc", "ex") } else { ("ex", "inc") };
    assert!(said.get(format!("subtotal_{uncounted}_tax")).is_some());
    for link in ["products", "shipping_addresses", "coupons"] {
        assert!(left.take(link)["resource"].is_string());
    }
    let mut personal_extra = Map::new();
    let (addresses, shipping_lines, lines) = consignments(&mut left, counted, &mut personal_extra);
    for place in ["geoip_country", "geoip_country_iso2"] {
        personal_extra.insert(place.to_owned(), left.take(place));
    }
    let fulfillments = shipments(&below.shipments, &mut personal_extra);
    let payments = transactions(&below.transactions, &mut personal_extra);
    let billing = address(&mut Left::of(&left.take("billing_address")));
    let ip = left.text("ip_address");
    assert_eq!(left.take("ip_address_v6"), "");
    let personal = json!({
        "name": billing["name"], "email": billing["email"], "phone": billing["phone"],
        "billing_address": billing,
        "shipping_addresses": addresses,
        "note": left.text("customer_message"),
        "staff_note": left.text("staff_notes"),
        "ip": ip,
    });
    let off: Vec<rust_decimal::Decimal> = ["coupon_discount", "discount_amount"]
        .iter()
        .map(|name| said[name].as_str().unwrap().parse().unwrap())
        .collect();
    let back: rust_decimal::Decimal = below
        .refunds
        .iter()
        .map(|refund| refund["total_amount"].to_string().parse::<rust_decimal::Decimal>().unwrap())
        .sum();
    let sum = |amount: String| json!({"shop": {"amount": amount, "currency": CURRENCY}});
    let id = left.id("id");
    let created_at = left.time("date_created");
    let all = json!({
        "id": id,
        "updated_at": left.time("date_modified"),
        "number": id,
        "created_at": created_at,
        "placed_at": created_at,
        "status": left.text("status"),
        "financial_status": financial(said["payment_status"].as_str().unwrap()),
        "fulfillment_status": fulfillment(said),
        "channel": left.text("order_source"),
        "currency": CURRENCY,
        "presentment_currency": left.text("currency_code"),
        "presentment_rate": left.text("currency_exchange_rate"),
        "taxes_included": left.take("is_tax_inclusive_pricing"),
        "totals": {
            "subtotal": left.amount(&format!("subtotal_{counted}_tax")),
            "discounts": sum(off.iter().sum::<rust_decimal::Decimal>().to_string()),
            "shipping": left.amount(&format!("shipping_cost_{counted}_tax")),
            "tax": left.amount("total_tax"),
            "total": left.amount("total_inc_tax"),
            "refunded": sum(back.to_string()),
        },
        "customer_id": left.id("customer_id"),
        "personal": object(personal, personal_extra),
        "lines": lines,
        "discounts": below.coupons.iter().map(coupon).collect::<Vec<_>>(),
        "shipping_lines": shipping_lines,
        "taxes": below.taxes.iter().map(tax).collect::<Vec<_>>(),
        "payments": payments,
        "refunds": below.refunds.iter().map(refund).collect::<Vec<_>>(),
        "fulfillments": fulfillments,
    });
    object(all, left.0)
}

fn financial(word: &str) -> Value {
    match word {
        "" => Value::Null,
        "captured" => "paid".into(),
        "void" => "voided".into(),
        other => other.replace(' ', "_").into(),
    }
}

fn fulfillment(said: &Value) -> &'static str {
    match (said["status_id"].as_u64().unwrap(), said["items_shipped"].as_u64().unwrap()) {
        (2 | 10, _) => "fulfilled",
        (3, _) => "partially_fulfilled",
        (_, 0) => "unfulfilled",
        (_, sent) if sent < said["items_total"].as_u64().unwrap() => "partially_fulfilled",
        _ => "fulfilled",
    }
}

fn consignments(
    left: &mut Left,
    counted: &str,
    personal: &mut Map<String, Value>,
) -> (Vec<Value>, Vec<Value>, Vec<Value>) {
    let said = left.take("consignments");
    let (mut addresses, mut shipping, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let mut put_lines = |one: &mut Left| {
        lines.extend(listed(&one.take("line_items")).iter().map(|said| line(said, counted)));
    };
    for one in listed(&said["shipping"]) {
        let mut one = Left::of(one);
        let mut place = address(&mut one);
        let id = one.id("id");
        place["id"] = id.clone();
        addresses.push(place);
        put_lines(&mut one);
        assert!(one.take("shipping_quotes")["resource"].is_string());
        let placed = json!({
            "id": id, "title": one.text("shipping_method"), "price": one.amount("base_cost"),
        });
        shipping.push(object(placed, one.0));
    }
    let mut others = Vec::new();
    for one in listed(&said["pickups"]) {
        let mut one = Left::of(one);
        put_lines(&mut one);
        one.0.insert("kind".to_owned(), "pickups".into());
        others.push(Value::from(one.0));
    }
    let mut mails = Vec::new();
    for list in [&said["downloads"], &said["email"]["gift_certificates"]] {
        for one in listed(list) {
            let mut one = Left::of(one);
            put_lines(&mut one);
            mails.extend(Some(one.text("recipient_email")).filter(|mail| !mail.is_null()));
            assert!(one.0.is_empty());
        }
    }
    if !others.is_empty() {
        left.0.insert("consignments".to_owned(), others.into());
    }
    if !mails.is_empty() {
        personal.insert("recipient_emails".to_owned(), mails.into());
    }
    (addresses, shipping, lines)
}

fn address(left: &mut Left) -> Value {
    let parts: Vec<_> = ["first_name", "last_name"].map(|name| left.text(name)).into();
    let name: Vec<_> = parts.iter().filter_map(Value::as_str).collect();
    let street: Vec<_> = ["street_1", "street_2"].map(|name| left.text(name)).into();
    let extra = json!({"country": left.take("country"), "form_fields": left.take("form_fields")});
    json!({
        "name": name.join(" "),
        "company": left.text("company"),
        "street": street.into_iter().filter(|line| !line.is_null()).collect::<Vec<_>>(),
        "city": left.text("city"),
        "postal_code": left.text("zip"),
        "region": left.text("state"),
        "country": left.text("country_iso2"),
        "phone": left.text("phone"),
        "email": left.text("email"),
        "extra": extra,
    })
}

fn line(said: &Value, counted: &str) -> Value {
    let mut left = Left::of(said);
    let options = each(&said["product_options"], |option| {
        json!([option["display_name"], option["display_value"]])
    });
    let discounts = each(&left.take("applied_discounts"), |discount| {
        let mut discount = Left::of(discount);
        let placed = json!({
            "code": discount.text("code"), "title": discount.text("name"),
            "amount": discount.amount("amount"),
        });
        object(placed, discount.0)
    });
    let amounts = listed(&discounts).iter().map(|discount| {
        let amount = discount["amount"]["shop"]["amount"].as_str().unwrap();
        amount.parse::<rust_decimal::Decimal>().unwrap()
    });
    let off = (!listed(&discounts).is_empty()).then(|| {
        let sum = amounts.sum::<rust_decimal::Decimal>().to_string();
        json!({"shop": {"amount": sum, "currency": CURRENCY}})
    });
    let mut all = json!({
        "id": left.id("id"),
        "parent_id": left.id("parent_order_product_id"),
        "product_id": left.id("product_id"),
        "variant_id": left.id("variant_id"),
        "title": left.text("name"),
        "sku": left.text("sku"),
        "item_type": left.text("type"),
        "quantity": left.text("quantity"),
        "quantity_fulfilled": left.text("quantity_shipped"),
        "quantity_refunded": left.text("quantity_refunded"),
        "unit_price": left.amount("base_price"),
        "tax": left.amount("total_tax"),
        "total": left.amount(&format!("total_{counted}_tax")),
        "discounts": discounts,
        "requires_shipping": said["type"] == "physical",
        "selected_options": options,
    });
    if let Some(off) = off {
        all["discount"] = off;
    }
    object(all, left.0)
}

fn coupon(said: &Value) -> Value {
    let mut left = Left::of(said);
    let title = if said["type"] == 1 { "percentage_discount" } else { "per_item_discount" };
    let placed =
        json!({"code": left.text("code"), "title": title, "amount": left.amount("discount")});
    object(placed, left.0)
}

fn tax(said: &Value) -> Value {
    let mut left = Left::of(said);
    let placed = json!({
        "title": left.text("name"), "percent": left.text("rate"),
        "amount": left.amount("line_amount"),
    });
    object(placed, left.0)
}

/// Moves some fields of a record to what is personal, with its id.
fn hide(left: &mut Left, names: &[&str]) -> Value {
    let mut hidden = Map::new();
    for name in names {
        if left.0.get(*name).is_some_and(|value| !value.is_null()) {
            hidden.insert((*name).to_owned(), left.take(name));
        }
    }
    hidden.insert("id".to_owned(), left.0["id"].to_string().into());
    hidden.into()
}

fn transactions(said: &[Value], personal: &mut Map<String, Value>) -> Vec<Value> {
    let mut hidden = Vec::new();
    let all = said.iter().map(|said| {
        let mut left = Left::of(said);
        let names = ["credit_card", "avs_result", "cvv_result", "gift_certificate"];
        hidden.push(hide(&mut left, &names));
        assert_eq!(left.take("currency"), CURRENCY);
        let mut placed = json!({
            "id": left.id("id"), "action": left.text("event"), "status": left.text("status"),
            "gateway": left.text("gateway"), "method": left.text("method"),
            "amount": left.amount("amount"), "at": left.time("date_created"),
            "reference": left.text("gateway_transaction_id"),
        });
        if left.0.contains_key("reference_transaction_id") {
            placed["parent_id"] = left.id("reference_transaction_id");
        }
        object(placed, left.0)
    });
    let all = all.collect();
    if !hidden.is_empty() {
        personal.insert("payments".to_owned(), hidden.into());
    }
    all
}

fn refund(said: &Value) -> Value {
    let mut left = Left::of(said);
    let mut shipping = None;
    let lines = each(&left.take("items"), |item| {
        let mut item = Left::of(item);
        let kind = item.0["item_type"].clone();
        let line = if kind == "PRODUCT" { item.id("item_id") } else { Value::Null };
        let amount = item.amount("requested_amount");
        if kind == "SHIPPING" {
            shipping = Some(amount.clone());
        }
        let placed =
            json!({"line_id": line, "quantity": item.text("quantity"), "subtotal": amount});
        object(placed, item.0)
    });
    let mut placed = json!({
        "id": left.id("id"), "created_at": left.time("created"), "note": left.text("reason"),
        "total": left.amount("total_amount"), "lines": lines,
    });
    if let Some(shipping) = shipping {
        placed["shipping"] = shipping;
    }
    object(placed, left.0)
}

fn shipments(said: &[Value], personal: &mut Map<String, Value>) -> Vec<Value> {
    let mut hidden = Vec::new();
    let all = said.iter().map(|said| {
        let mut left = Left::of(said);
        hidden.push(hide(&mut left, &["billing_address", "shipping_address"]));
        let mut parcel = Map::new();
        let is_known = left.0["tracking_number"] != "" || left.0["tracking_link"] != "";
        let places = if is_known { 3 } else { 0 };
        for (place, names) in [
            ("carrier", &["tracking_carrier", "shipping_provider"][..]),
            ("number", &["tracking_number"]),
            ("url", &["tracking_link"]),
        ]
        .into_iter()
        .take(places)
        {
            if let Some(name) = names.iter().find(|name| left.0[**name] != "") {
                parcel.insert(place.to_owned(), left.take(name));
            }
        }
        let parcels: Vec<_> = (!parcel.is_empty()).then_some(parcel).into_iter().collect();
        let placed = json!({
            "id": left.id("id"), "created_at": left.time("date_created"),
            "service": left.text("shipping_method"), "tracking": parcels,
            "lines": each(&left.take("items"), |item| json!({
                "line_id": item["order_product_id"].to_string(),
                "quantity": item["quantity"].to_string(),
            })),
        });
        object(placed, left.0)
    });
    let all = all.collect();
    if !hidden.is_empty() {
        personal.insert("shipments".to_owned(), hidden.into());
    }
    all
}
