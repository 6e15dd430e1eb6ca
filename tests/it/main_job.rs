//! The main job, end to end and in order: a merchant's first quarter through the gateway's API.

use serde_json::{Value, json};

use crate::support::{Client, TestApp, command};

#[actix_web::test]
async fn a_subscription_bills_declines_recovers_and_the_books_hold() {
    let app = TestApp::start_at("2026-01-15T09:00:00Z").await;
    let shop = app.key();

    // A customer with a card that works.
    let customer = post(
        &shop,
        "/api/vault/customer",
        json!({
            "id": "ada",
            "default_payment": { "card": { "number": "4242424242424242", "expiration_date": "12/30" } },
            "default_billing_address": { "first_name": "Ada", "last_name": "Lovelace", "line_1": "12 St James's Square",
                "city": "Wheaton", "state": "IL", "postal_code": "60187", "country": "US", "email": "ada@example.com" }
        }),
    )
    .await;
    assert_eq!(customer["data"]["customer"]["payments"]["cards"][0]["masked_number"], "424242******4242");

    // 100.00 a month on the last day, 25 % off the first two times, 7.50 of support on top.
    let support = id(&post(&shop, "/api/recurring/addon", json!({ "name": "Support", "amount": 750 })).await);
    let welcome = json!({ "name": "Welcome", "percentage": 25_000, "duration": 2 });
    let welcome = id(&post(&shop, "/api/recurring/discount", welcome).await);
    let plan = json!({
        "name": "Team", "amount": 10_000, "billing_cycle_interval": 1, "billing_frequency": "monthly",
        "billing_days": "0", "add_ons": [{ "id": support }], "discounts": [{ "id": welcome }]
    });
    let plan = id(&post(&shop, "/api/recurring/plan", plan).await);
    let subscription = json!({ "plan_id": plan, "customer": { "id": "ada" } });
    let subscription = post(&shop, "/api/recurring/subscription", subscription).await;
    assert_eq!(subscription["next_bill_date"], "2026-01-31");
    let subscription = id(&subscription);

    // Three month ends: 82.50, 82.50, then 107.50 without the discount.
    app.advance_to("2026-04-01T00:00:00Z").await;
    let charges = transactions_of(&shop, &subscription).await;
    let told: Vec<(i64, &str)> = charges.iter().map(|t| (amount(t), day(t))).collect();
    assert_eq!(told, [(8_250, "2026-01-31"), (8_250, "2026-02-28"), (10_750, "2026-03-31")]);
    assert!(charges.iter().all(|t| t["status"] == "settled" && t["transaction_source"] == "recurring"), "{charges:?}");

    // The card runs out of money: soft declines on the ladder, then a good card pays what is owed.
    let card = post(
        &shop,
        "/api/vault/customer/ada/card",
        json!({ "number": "4000000000009995", "expiration_date": "12/30" }),
    )
    .await;
    set_default(&shop, &card).await;
    app.advance_to("2026-05-02T00:00:00Z").await;
    assert_eq!(status(&shop, &subscription).await, "failing");
    let declined = transactions_of(&shop, &subscription).await;
    let tries: Vec<&str> = declined.iter().filter(|t| t["status"] == "declined").map(day).collect();
    assert_eq!(tries, ["2026-04-30", "2026-05-01"], "the day it was due, and the day after");
    assert!(declined.iter().filter(|t| t["status"] == "declined").all(|t| t["response_code"] == 202));

    let good = post(
        &shop,
        "/api/vault/customer/ada/card",
        json!({ "number": "5555555555554444", "expiration_date": "12/30" }),
    )
    .await;
    set_default(&shop, &good).await;
    app.advance_to("2026-05-02T01:00:00Z").await;
    assert_eq!(status(&shop, &subscription).await, "active");
    let newest = transactions_of(&shop, &subscription).await.pop().expect("there are charges");
    assert_eq!((amount(&newest), newest["status"].as_str()), (10_750, Some("pending_settlement")));

    // A stolen card is not tried again.
    let stolen = post(
        &shop,
        "/api/vault/customer/ada/card",
        json!({ "number": "4000000000009979", "expiration_date": "12/30" }),
    )
    .await;
    set_default(&shop, &stolen).await;
    app.advance_to("2026-07-20T00:00:00Z").await;
    assert_eq!(status(&shop, &subscription).await, "failed");
    let tries = transactions_of(&shop, &subscription).await.iter().filter(|t| t["response_code"] == 250).count();
    assert_eq!(tries, 1);

    // The bank took exactly what the books say, and the books prove themselves.
    let taken: i64 = transactions_of(&shop, &subscription).await.iter().map(captured).sum();
    assert_eq!(taken, 8_250 + 8_250 + 10_750 + 10_750);
    let verdict = app.app().verify(&command()).expect("verify runs");
    assert!(verdict.ok, "{}", verdict.sentence());
}

#[actix_web::test]
async fn the_clock_gives_the_same_in_one_step_and_in_many() {
    let (one, many, again) = (quarter().await, quarter().await, quarter().await);
    let digest = one.advance_to("2026-12-31T12:00:00Z").await.body["digest"].clone();
    assert_eq!(
        again.advance_to("2026-12-31T12:00:00Z").await.body["digest"],
        digest,
        "the same books, the same digest"
    );
    for day in ["2026-01-02", "2026-01-31", "2026-02-28", "2026-03-01", "2026-05-17", "2026-09-30", "2026-11-30"] {
        for time in ["00:00:00", "13:37:00"] {
            many.advance_to(&format!("{day}T{time}Z")).await;
        }
    }
    many.advance_to("2026-12-31T12:00:00Z").await;
    let (left, right) = (ledger_of(&one).await, ledger_of(&many).await);
    assert!(left.len() > 60, "a year of four subscriptions: {}", left.len());
    assert_eq!(left, right);
    for app in [&one, &many] {
        let verdict = app.app().verify(&command()).expect("verify runs");
        assert!(verdict.ok, "{}", verdict.sentence());
    }
}

#[actix_web::test]
async fn a_bank_debit_that_keeps_coming_back_ends_the_subscription() {
    let app = TestApp::start_at("2026-01-01T09:00:00Z").await;
    let shop = app.key();
    let account = json!({ "routing_number": "000000001", "account_number": "999999", "account_type": "checking",
        "sec_code": "web" });
    post(&shop, "/api/vault/customer", json!({ "id": "gym", "default_payment": { "ach": account } })).await;
    let body = json!({
        "customer": { "id": "gym" }, "amount": 4_000, "billing_frequency": "monthly", "billing_days": "2",
        "billing_cycle_interval": 1
    });
    let subscription = id(&post(&shop, "/api/recurring/subscription", body).await);

    app.advance_to("2026-01-03T12:00:00Z").await;
    let first = transactions_of(&shop, &subscription).await.remove(0);
    assert_eq!((first["status"].as_str(), status(&shop, &subscription).await.as_str()), (Some("returned"), "failing"));
    app.advance_to("2026-02-01T00:00:00Z").await;
    assert_eq!(status(&shop, &subscription).await, "failed", "every retry came back");
    let tries = transactions_of(&shop, &subscription).await;
    assert!((2..=5).contains(&tries.len()), "bounded by the retry days: {}", tries.len());
    assert!(tries.iter().all(|t| t["status"] == "returned"), "{tries:?}");
    let verdict = app.app().verify(&command()).expect("verify runs");
    assert!(verdict.ok, "{}", verdict.sentence());
}

/// A company with one subscription of each frequency, one of them on a card that declines.
async fn quarter() -> TestApp {
    let app = TestApp::start_at("2026-01-01T00:00:00Z").await;
    let shop = app.key();
    for (customer, number) in [("good", "4242424242424242"), ("poor", "4000000000009995")] {
        let card = json!({ "number": number, "expiration_date": "12/30" });
        let body = json!({ "id": customer, "default_payment": { "card": card } });
        post(&shop, "/api/vault/customer", body).await;
    }
    for (customer, frequency, days, interval) in [
        ("good", "monthly", "0", 1),
        ("good", "twice_monthly", "1,15", 1),
        ("good", "daily", "7", 2),
        ("poor", "monthly", "15", 1),
    ] {
        let body = json!({
            "customer": { "id": customer }, "amount": 1_999, "billing_frequency": frequency, "billing_days": days,
            "billing_cycle_interval": interval
        });
        post(&shop, "/api/recurring/subscription", body).await;
    }
    app
}

/// Every transaction as (second, amount, status, code), oldest first.
async fn ledger_of(app: &TestApp) -> Vec<String> {
    let mut rows: Vec<String> = all_transactions(&app.key(), json!({}))
        .await
        .iter()
        .map(|t| format!("{} {} {} {}", second(t), amount(t), t["status"], t["response_code"]))
        .collect();
    rows.sort();
    rows
}

async fn transactions_of(shop: &Client, subscription: &str) -> Vec<Value> {
    let filter = json!({ "subscription_id": { "operator": "=", "value": subscription } });
    let mut rows = all_transactions(shop, filter).await;
    rows.sort_by_key(|t| t["created_at"].to_string());
    rows
}

async fn all_transactions(shop: &Client, filter: Value) -> Vec<Value> {
    let mut rows = Vec::new();
    loop {
        let mut body = filter.clone();
        body["limit"] = json!(100);
        body["offset"] = json!(rows.len());
        body["created_at"] = json!({ "start_date": "2025-01-01T00:00:00Z", "end_date": "2030-01-01T00:00:00Z" });
        let found = post(shop, "/api/transaction/search", body).await;
        let Some(page) = found.as_array() else { return rows };
        rows.extend(page.iter().cloned());
        if page.len() < 100 {
            return rows;
        }
    }
}

/// Posts what must be accepted; answers its data.
async fn post(client: &Client, path: &str, body: Value) -> Value {
    client.post(path, &body).await.data(200).clone()
}

async fn set_default(shop: &Client, answer: &Value) {
    let id = answer["created_payment_method_id"].as_str().expect("the new card's id");
    let body = json!({ "defaults": { "payment_method_id": id, "payment_method_type": "card" } });
    post(shop, "/api/vault/customer/ada", body).await;
}

async fn status(shop: &Client, subscription: &str) -> String {
    let found = shop.get(&format!("/api/recurring/subscription/{subscription}")).await;
    found.data(200)["status"].as_str().expect("a status").to_owned()
}

fn id(data: &Value) -> String {
    data["id"].as_str().expect("an id").to_owned()
}

fn amount(transaction: &Value) -> i64 {
    transaction["amount"].as_i64().expect("an amount")
}

fn captured(transaction: &Value) -> i64 {
    transaction["amount_captured"].as_i64().expect("an amount")
}

fn day(transaction: &Value) -> &str {
    transaction["created_at"].as_str().and_then(|at| at.get(..10)).expect("an instant")
}

fn second(transaction: &Value) -> &str {
    transaction["created_at"].as_str().and_then(|at| at.get(..19)).expect("an instant")
}
