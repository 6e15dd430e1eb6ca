//! Line items, tax and purchase orders of subscriptions: their bounds, and what their bills make of them.

use serde_json::{Value, json};

use super::subscription::{Shop, id_of};
use super::vault::Expected as _;

const CARD: &str = "4111111111111111";

fn derived() -> Value {
    json!({
        "billing_cycle_interval": 1, "billing_days": "15", "derive_amount_from_line_items": true,
        "line_items": [
            { "name": "Beans", "unit_price": 1000, "quantity": 2.5, "discount_amount": 100, "tax_amount": 240,
              "product_code": "B-1", "unit_of_measure": "kg" },
            { "name": "Delivery", "amount": 500 },
        ],
        "po_number": "PO 4711",
    })
}

#[tokio::test]
async fn the_amount_follows_from_the_lines() {
    let shop = Shop::start().await;
    let customer = shop.customer(CARD).await;
    let made = shop.subscribe(&customer, derived()).await.ok();
    // 2.5 × 10.00 − 1.00 + 2.40 tax, and 5.00.
    assert_eq!((&made["amount"], &made["po_number"]), (&json!(3140), &json!("PO 4711")));
    assert_eq!(made["derive_amount_from_line_items"], true);
    assert_eq!(
        (&made["line_items"][0]["product_code"], &made["line_items"][0]["quantity"]),
        (&json!("B-1"), &json!(2.5))
    );
    let path = format!("subscription/{}", id_of(&made));
    assert_eq!(shop.get(&path).await.ok(), made);

    shop.app.advance_to("2026-01-16T00:00:00Z").await;
    let found = shop.app.key().post("/api/invoices/search", &json!({})).await;
    let invoice = &found.data(200)[0];
    for (key, expected) in
        [("status", json!("paid")), ("subtotal", json!(2900)), ("tax", json!(240)), ("total", json!(3140))]
    {
        assert_eq!(invoice[key], expected, "{key}: {}", found.text);
    }
    assert_eq!((&invoice["items"][0]["name"], &invoice["items"][0]["tax_amount"]), (&json!("Beans"), &json!(240)));
    assert_eq!(invoice["items"][1]["amount"], 500);
    let search = json!({ "subscription_id": { "operator": "=", "value": made["id"] } });
    let charged = shop.app.key().post("/api/transaction/search", &search).await;
    let one = &charged.data(200)[0];
    for (key, expected) in [
        ("po_number", json!("PO 4711")),
        ("amount", json!(3140)),
        ("tax_amount", json!(240)),
        ("transaction_source", json!("recurring")),
    ] {
        assert_eq!(one[key], expected, "{key}: {}", charged.text);
    }
    assert_eq!(one["line_items"][0]["product_code"], "B-1");

    let changed = shop.post(&path, json!({ "line_items": [{ "name": "Beans", "amount": 900 }] })).await.ok();
    assert_eq!(changed["amount"], 900);
    let changed =
        shop.post(&path, json!({ "derive_amount_from_line_items": false, "line_items": [], "amount": 700 })).await;
    let changed = changed.ok();
    assert_eq!((&changed["amount"], &changed["line_items"]), (&json!(700), &Value::Null));
}

#[tokio::test]
async fn tax_is_a_part_of_the_amount() {
    let shop = Shop::start().await;
    let customer = shop.customer(CARD).await;
    let monthly = json!({ "amount": 1070, "tax_amount": 70, "billing_cycle_interval": 1, "billing_days": "15" });
    shop.subscribe(&customer, monthly).await.ok();
    shop.app.advance_to("2026-01-16T00:00:00Z").await;
    let found = shop.app.key().post("/api/invoices/search", &json!({})).await;
    let invoice = &found.data(200)[0];
    for (key, expected) in
        [("subtotal", json!(1000)), ("tax", json!(70)), ("total", json!(1070)), ("status", json!("paid"))]
    {
        assert_eq!(invoice[key], expected, "{key}: {}", found.text);
    }
}

#[tokio::test]
async fn every_field_has_its_bounds() {
    let shop = Shop::start().await;
    let customer = shop.customer(CARD).await;
    let with = |name: &str, value: Value| {
        let mut body = json!({ "amount": 1000, "billing_cycle_interval": 1, "billing_days": "15" });
        body[name] = value;
        body
    };
    let items = |count: usize| json!(vec![json!({ "amount": 1 }); count]);
    let text = |length: usize| json!("x".repeat(length));
    for (name, value, refused) in [
        ("tax_amount", json!(0), ""),
        ("tax_amount", json!(1000), ""),
        ("tax_amount", json!(1001), "tax_amount"),
        ("tax_amount", json!(-1), "tax_amount"),
        ("tax_amount", json!(1.0), "tax_amount"),
        ("tax_exempt", json!(true), ""),
        ("tax_exempt", json!("yes"), "tax_exempt"),
        ("po_number", text(17), ""),
        ("po_number", text(18), "po_number"),
        ("line_items", items(0), ""),
        ("line_items", items(1), ""),
        ("line_items", items(500), ""),
        ("line_items", items(501), "line_items"),
        ("line_items", json!([{ "amount": -1 }]), "line_items[0].amount"),
        ("line_items", json!([{ "name": "x".repeat(51) }]), "line_items[0].name"),
        ("line_items", json!([{ "name": "x".repeat(50) }]), ""),
        ("line_items", json!([{ "amount": 5, "tax_amount": 6 }]), "line_items[0].tax_amount"),
        ("line_items", json!([{ "amount": 5, "tax_amount": 5 }]), ""),
        ("line_items", json!([{ "unit_price": 5, "discount_amount": 6 }]), "line_items[0].discount_amount"),
        ("derive_amount_from_line_items", json!(true), "line_items"),
        ("derive_amount_from_line_items", json!(false), ""),
        ("processor_id", json!("unheard"), "processor_id"),
        ("processor_id", json!(""), ""),
        ("currency", json!("usd"), ""),
        ("currency", json!("ZZZ"), "currency"),
        ("expiration", json!("2026-01-15"), ""),
        ("expiration", json!("2026-01-14"), "expiration"),
        ("expiration", json!("tomorrow"), "expiration"),
        ("duration", json!(-1), "duration"),
        ("billing_cycle_interval", json!(0), "billing_cycle_interval"),
        ("billing_cycle_interval", json!(36), ""),
        ("billing_cycle_interval", json!(37), "billing_cycle_interval"),
        ("billing_days", json!("28"), ""),
        ("billing_days", json!("29"), "billing_days"),
        ("billing_days", json!("30"), "billing_days"),
        ("billing_days", json!("31"), ""),
        ("billing_days", json!("0"), ""),
        ("billing_frequency", json!("weekly"), "billing_frequency"),
    ] {
        let answer = shop.subscribe(&customer, with(name, value.clone())).await;
        if refused.is_empty() {
            assert_eq!(answer.status, 200, "{name} {value}: {}", answer.text);
        } else {
            answer.is(400, refused);
        }
    }
    let mut taxed = with("tax_exempt", json!(true));
    taxed["tax_amount"] = json!(1);
    shop.subscribe(&customer, taxed).await.is(400, "tax_exempt");
}

/// A plan's new amount reaches its subscriptions, but for those whose lines say what they cost.
#[tokio::test]
async fn a_plans_amount_leaves_derived_ones_alone() {
    let shop = Shop::start().await;
    let customer = shop.customer(CARD).await;
    let plan = shop.plan(json!({})).await;
    let plain = id_of(&shop.subscribe(&customer, json!({ "plan_id": plan })).await.ok());
    let body = json!({ "plan_id": plan, "derive_amount_from_line_items": true, "line_items": [{ "amount": 250 }] });
    let derived = id_of(&shop.subscribe(&customer, body).await.ok());
    shop.post(&format!("plan/{plan}"), json!({ "amount": 900, "update_subscriptions": true })).await.ok();
    assert_eq!(shop.get(&format!("subscription/{plain}")).await.ok()["amount"], 900);
    assert_eq!(shop.get(&format!("subscription/{derived}")).await.ok()["amount"], 250);
}
