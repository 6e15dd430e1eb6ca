//! Subscriptions of the gateway, from outside.

use serde_json::{Value, json};

use super::vault::Expected as _;
use crate::support::{Answer, Client, TestApp};

/// A merchant with recurring customers.
pub struct Shop {
    /// The program.
    pub app: TestApp,
    client: Client,
}

impl Shop {
    /// A fresh one, on 1 January 2026.
    pub async fn start() -> Self {
        Self::start_at("2026-01-01T00:00:00Z").await
    }

    /// A fresh one.
    pub async fn start_at(now: &str) -> Self {
        let app = TestApp::start_at(now).await;
        let client = app.key();
        Self { app, client }
    }

    /// `POST /api/recurring/{path}`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.client.post(&format!("/api/recurring/{path}"), &body).await
    }

    /// `GET /api/recurring/{path}`.
    pub async fn get(&self, path: &str) -> Answer {
        self.client.get(&format!("/api/recurring/{path}")).await
    }

    /// `DELETE /api/recurring/{path}`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.client.delete(&format!("/api/recurring/{path}")).await
    }

    /// The id of a new `noun`.
    pub async fn make(&self, noun: &str, body: Value) -> String {
        id_of(&self.post(noun, body).await.ok())
    }

    /// The id of a new monthly plan "Gold" of 1.00 on the 15th, with what `more` says.
    pub async fn plan(&self, more: Value) -> String {
        let body = json!({ "name": "Gold", "amount": 100, "billing_cycle_interval": 1, "billing_days": "15" });
        self.make("plan", merged(body, more)).await
    }

    /// The id of a new customer with this card.
    pub async fn customer(&self, number: &str) -> String {
        let body = json!({
            "default_payment": { "card": { "number": number, "expiration_date": "12/30" } },
            "default_billing_address": { "first_name": "John", "last_name": "Smith" },
        });
        id_of(&self.client.post("/api/vault/customer", &body).await.ok())
    }

    /// Subscribes a customer.
    pub async fn subscribe(&self, customer: &str, more: Value) -> Answer {
        self.post("subscription", merged(json!({ "customer": { "id": customer } }), more)).await
    }
}

/// `body` with the members of `more`.
pub fn merged(mut body: Value, more: Value) -> Value {
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

/// The id in an answer.
pub fn id_of(data: &Value) -> String {
    data["id"].as_str().expect("an id").to_owned()
}

fn monthly() -> Value {
    json!({ "amount": 100, "billing_cycle_interval": 1, "billing_days": "15" })
}

#[tokio::test]
async fn a_subscription_is_shown_as_the_seed_shows_it() {
    let shop = Shop::start().await;
    let (plan, customer) = (shop.plan(json!({})).await, shop.customer("4111111111111111").await);
    let discount = shop.make("discount", json!({ "amount": 50 })).await;
    let body = json!({ "plan_id": plan, "description": "some", "discounts": [{ "id": discount }] });
    let made = shop.subscribe(&customer, body).await.ok();
    let expected = json!({
        "id": made["id"], "plan_id": plan, "plan_name": "Gold", "status": "active", "description": "some",
        "customer_name": "John Smith", "shared": false,
        "customer": {
            "id": customer, "payment_method_type": "", "payment_method_id": "", "billing_address_id": "",
            "shipping_address_id": "",
        },
        "amount": 100, "currency": "USD", "processor_id": "", "total_adds": 0, "total_discounts": 50,
        "billing_cycle_interval": 1, "billing_frequency": "monthly", "billing_days": "15", "duration": 0,
        "next_bill_date": "2026-01-15", "add_ons": null,
        "discounts": [{
            "id": discount, "name": "", "description": "", "amount": 50, "percentage": null, "duration": 0,
            "created_at": null, "updated_at": null,
        }],
        "expiration_date": "", "events": null, "created_at": made["created_at"], "updated_at": made["updated_at"],
        "charge_on_day": false, "line_items": null, "derive_amount_from_line_items": false, "tax_amount": 0,
        "tax_exempt": false, "po_number": "",
    });
    assert_eq!(made, expected);
    let path = format!("subscription/{}", id_of(&made));
    assert_eq!(shop.get(&path).await.ok(), made);

    let change = json!({ "amount": 700, "billing_days": "20", "expiration": "2027-01-01", "discounts": [] });
    let changed = shop.post(&path, change).await.ok();
    assert_eq!((&changed["amount"], &changed["next_bill_date"]), (&json!(700), &json!("2026-01-20")));
    assert_eq!((&changed["expiration_date"], &changed["discounts"]), (&json!("2027-01-01"), &Value::Null));
    assert_eq!(changed["description"], "some", "what is not given stays");
    let other = shop.customer("4242424242424242").await;
    shop.post(&path, json!({ "customer": { "id": other } })).await.is(400, "customer.id");

    assert_eq!(shop.delete(&path).await.body, json!({ "status": "success", "msg": "success", "data": null }));
    shop.get(&path).await.is(404, "subscription not found");
    shop.get(&format!("{path}/status/active")).await.is(404, "subscription not found");
    shop.post(&path, json!({ "amount": 1 })).await.is(404, "subscription not found");
}

#[tokio::test]
async fn what_a_subscription_names_must_be_there() {
    let shop = Shop::start().await;
    let customer = shop.customer("4111111111111111").await;
    let bare = id_of(&shop.app.key().post("/api/vault/customer", &json!({})).await.ok());
    for (more, field) in [
        (json!({}), ""),
        (json!({ "plan_id": null }), ""),
        (json!({ "plan_id": "" }), ""),
        (json!({ "plan_id": "nothing" }), "plan_id"),
        (json!({ "customer": null }), "customer.id"),
        (json!({ "customer": { "id": "nobody" } }), "customer.id"),
        (json!({ "customer": { "id": bare } }), "customer.payment_method_id"),
        (json!({ "customer": { "id": customer, "payment_method_type": "card" } }), "customer.payment_method_id"),
        (json!({ "customer": { "id": customer, "payment_method_id": "none" } }), "customer.payment_method_id"),
        (json!({ "customer": { "id": customer, "billing_address_id": "none" } }), "customer.billing_address_id"),
        (json!({ "customer": { "id": customer, "shipping_address_id": "none" } }), "customer.shipping_address_id"),
        (json!({ "add_ons": [{ "id": "none" }] }), "add_ons[0].id"),
        (json!({ "amount": null }), "amount"),
        (json!({ "billing_cycle_interval": null }), "billing_cycle_interval"),
        (json!({ "billing_days": null }), "billing_days"),
        (json!({ "billing_days": null, "charge_on_day": true }), ""),
        (json!({ "next_bill_date": "2026-02-29" }), "next_bill_date"),
        (json!({ "next_bill_date": "01/02/2026" }), "next_bill_date"),
        (json!({ "next_bill_date": "2199-12-31" }), ""),
        (json!({ "expiration": "2026-01-14" }), "expiration"),
        (json!({ "expiration": "2026-01-15" }), ""),
        (json!({ "duration": -1 }), "duration"),
    ] {
        let answer = shop.subscribe(&customer, merged(monthly(), more)).await;
        answer.is(if field.is_empty() { 200 } else { 400 }, field);
    }
}

#[tokio::test]
async fn every_status_by_get_and_by_post() {
    let shop = Shop::start().await;
    let customer = shop.customer("4111111111111111").await;
    let path = format!("subscription/{}", id_of(&shop.subscribe(&customer, monthly()).await.ok()));
    for status in ["paused", "active", "past_due", "cancelled", "active", "completed"] {
        assert_eq!(shop.get(&format!("{path}/status/{status}")).await.ok()["status"], status);
    }
    shop.get(&format!("{path}/status/paused")).await.is(400, "subscription cannot go from completed to paused");
    let moved = shop.post(&format!("{path}/status/active?next_bill_date=2026-03-03"), json!({})).await.ok();
    assert_eq!((&moved["status"], &moved["next_bill_date"]), (&json!("active"), &json!("2026-03-03")));
    shop.get(&format!("{path}/status/active?next_bill_date=soon")).await.is(400, "next_bill_date");
    for status in ["failing", "failed", "stopped", "Active", "x"] {
        shop.get(&format!("{path}/status/{status}")).await.is(400, "status");
    }
    let clerk = shop.app.standard(&[]).await;
    assert_eq!(clerk.get(&format!("/api/recurring/{path}/status/paused")).await.status, 403);
    let allowed = shop.app.standard(&[bursar::domain::access::Permission::RecurringStatusChange]).await;
    assert_eq!(allowed.get(&format!("/api/recurring/{path}/status/paused")).await.status, 200);
}

#[tokio::test]
async fn search_finds_by_everything_the_seed_names() {
    let shop = Shop::start().await;
    let (ann, bob) = (shop.customer("4111111111111111").await, shop.customer("4242424242424242").await);
    let plan = shop.plan(json!({})).await;
    shop.subscribe(&ann, json!({ "plan_id": plan })).await.ok();
    let alone = shop.subscribe(&bob, merged(monthly(), json!({ "expiration": "2026-06-30" }))).await.ok();
    shop.get(&format!("subscription/{}/status/paused", id_of(&alone))).await.ok();
    shop.subscribe(&bob, json!({ "plan_id": plan, "next_bill_date": "2026-05-01" })).await.ok();
    for (body, count) in [
        (json!({}), 3),
        (json!({ "plan_id": plan }), 2),
        (json!({ "plan_id": { "operator": "!=", "value": plan } }), 1),
        (json!({ "customer": { "id": { "operator": "=", "value": bob } } }), 2),
        (json!({ "customer": { "id": { "operator": "!=", "value": bob } } }), 1),
        (json!({ "customer": { "id": { "operator": "=", "value": bob } }, "plan_id": plan }), 1),
        (json!({ "status": "paused" }), 1),
        (json!({ "status": { "operator": "!=", "value": "paused" } }), 2),
        (json!({ "next_bill_date": { "start_date": "2026-05-01", "end_date": "2026-05-01T00:00:00Z" } }), 1),
        (json!({ "next_bill_date": { "end_date": "2026-04-30" } }), 2),
        (json!({ "expiration_date": { "start_date": "2026-06-30" } }), 1),
        (json!({ "expiration_date": { "start_date": "2026-07-01" } }), 0),
        (json!({ "plan_id": "nothing" }), 0),
    ] {
        let found = shop.post("subscription/search", body.clone()).await;
        let rows = found.data(200).as_array().map_or(0, Vec::len);
        assert_eq!((rows, &found.body["total_count"]), (count, &json!(count)), "{body}");
        assert_eq!(found.body["data"].is_null(), count == 0, "nothing is null");
    }
    let page = shop.post("subscription/search", json!({ "limit": 1, "offset": 1 })).await;
    assert_eq!((&page.data(200)[0]["id"], &page.body["total_count"]), (&alone["id"], &json!(3)), "newest first");
    for (body, field) in [
        (json!({ "limit": 101 }), "limit"),
        (json!({ "limit": -1 }), "limit"),
        (json!({ "offset": 10_001 }), "offset"),
        (json!({ "status": "sleeping" }), "status"),
        (json!({ "plan_id": 7 }), "plan_id"),
        (json!({ "plan_id": { "operator": "~", "value": "x" } }), "plan_id.operator"),
        (json!({ "next_bill_date": { "start_date": "soon" } }), "next_bill_date.start_date"),
    ] {
        shop.post("subscription/search", body).await.is(400, field);
    }
}
