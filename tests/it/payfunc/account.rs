//! Accounts: the seed's example, bounds, customers, cards, keys.

use serde_json::{Value, json};

use super::{Desk, ok, refused};

/// The example of the seed.
fn example() -> Value {
    json!({
        "number": "example Account",
        "customer": { "type": "person", "name": "Max Exampleperson", "email": "max@example.com" },
        "method": [], "schedule": "quarterly", "limit": 100, "currency": "EUR",
    })
}

#[tokio::test]
async fn the_example_of_the_seed() {
    let desk = Desk::open().await;
    let made = desk.post("/account", &example()).await;
    let account = ok(&made).clone();
    let expected = json!({
        "id": account["id"], "number": "example Account", "customer": example()["customer"], "method": [],
        "status": "created", "subscription": [], "currency": "EUR", "schedule": "quarterly", "limit": 100, "total": 0,
        "balance": [], "due": "2026-04-01",
    });
    assert_eq!(account, expected);
    assert_eq!(account["id"].as_str().map(str::len), Some(16));
    let path = format!("/account/{}", account["id"].as_str().expect("an id"));
    assert_eq!(desk.get(&path).await, expected);
    assert_eq!(desk.get("/account").await, json!([expected]));
    let bare = ok(&desk.post("/account", &json!({})).await).clone();
    assert_eq!(
        (&bare["currency"], &bare["schedule"], &bare["due"]),
        (&json!("SEK"), &json!("monthly"), &json!("2026-02-01"))
    );
    assert!(bare.get("limit").is_none() && bare.get("customer").is_none() && bare.get("number").is_none());
}

#[tokio::test]
async fn members_have_bounds() {
    let desk = Desk::open().await;
    let taken = desk.account(json!({ "id": "0123456789abcdef" })).await;
    assert_eq!(taken, "0123456789abcdef");
    for (body, kind, property) in [
        (json!({ "id": "0123456789abcdef" }), "malformed content", "id"),
        (json!({ "id": "short" }), "malformed content", "id"),
        (json!({ "id": 5 }), "malformed content", "id"),
        (json!({ "number": "x".repeat(256) }), "malformed content", "number"),
        (json!({ "currency": "sek" }), "malformed content", "currency"),
        (json!({ "currency": "ZZZ" }), "malformed content", "currency"),
        (json!({ "schedule": "hourly" }), "malformed content", "schedule"),
        (json!({ "schedule": {} }), "missing property", "schedule.frequency"),
        (json!({ "schedule": { "frequency": "monthly", "offset": 31 } }), "malformed content", "schedule.offset"),
        (json!({ "schedule": { "frequency": "weekly", "divisor": [2, 2] } }), "malformed content", "schedule.divisor"),
        (json!({ "schedule": { "frequency": "weekly", "divisor": 0 } }), "malformed content", "schedule.divisor"),
        (json!({ "limit": -1 }), "malformed content", "limit"),
        (json!({ "limit": "100" }), "malformed content", "limit"),
        (json!({ "limit": { "hard": 1, "soft": 2 } }), "malformed content", "limit.soft"),
        (json!({ "method": [{ "type": "token" }] }), "missing property", "method[0].card"),
        (json!({ "method": [{ "type": "cash", "card": "x" }] }), "malformed content", "method[0].type"),
        (json!({ "method": [{ "type": "token", "card": "tok_unheard" }] }), "malformed content", "method[0].card"),
        (
            json!({ "method": [{ "type": "token", "card": "tok_threeDSecure2Required" }] }),
            "malformed content",
            "method[0].card",
        ),
        (json!({ "customer": { "type": "robot" } }), "malformed content", "customer.type"),
        (json!({ "customer": { "name": 5 } }), "malformed content", "customer.name"),
        (json!({ "customer": { "email": "no at" } }), "malformed content", "customer.email"),
        (json!({ "customer": { "address": { "street": 1 } } }), "malformed content", "customer.address.street"),
        (json!({ "customer": { "name": "x", "meta": "x".repeat(16 * 1024) } }), "malformed content", "customer"),
        (json!([]), "invalid content", ""),
    ] {
        let answer = desk.post("/account", &body).await;
        assert_eq!(refused(&answer), (400, kind, property), "{body}: {}", answer.text);
    }
    for (text, property) in [("{\"limit\":1e2}", "limit"), ("{\"limit\":0.0000001}", "limit"), ("{", "")] {
        let answer = desk.client.post_text("/account", text).await;
        assert_eq!((answer.status, refused(&answer).2), (400, property), "{text}");
    }
    assert_eq!(desk.get("/account").await.as_array().map(Vec::len), Some(1), "none of them was made");
    let exact = desk.client.post_text("/account", "{\"limit\":9007199254740.99}").await;
    assert!(exact.text.contains("\"limit\":9007199254740.99"), "no float: {}", exact.text);
}

#[tokio::test]
async fn terms_change_and_the_due_date_with_them() {
    let desk = Desk::open().await;
    let id = desk.account(example()).await;
    let path = format!("/account/{id}");
    let schedule = json!({ "frequency": "quarterly", "divisor": 2, "offset": [2, -1] });
    let changed = desk.send("PATCH", &path, &json!({ "schedule": schedule, "currency": "SEK" })).await;
    let changed = ok(&changed);
    assert_eq!((&changed["schedule"], &changed["due"]), (&schedule, &json!("2026-06-30")));
    assert_eq!((&changed["currency"], &changed["limit"]), (&json!("SEK"), &json!(100)));
    let empty = desk.client.send("PATCH", &path, None).await;
    assert_eq!((empty.status, &empty.body["limit"]), (200, &json!(100)), "{}", empty.text);
    let without = desk.send("PATCH", &path, &json!({ "limit": null })).await;
    assert!(ok(&without).get("limit").is_none());
    desk.add(&id, json!(1)).await;
    let refusal = desk.send("PATCH", &path, &json!({ "currency": "EUR" })).await;
    assert_eq!(refused(&refusal), (400, "malformed content", "currency"));
}

#[tokio::test]
async fn an_account_is_a_customer_of_every_api() {
    let desk = Desk::open().await;
    let customer = json!({
        "type": "organization", "name": "Ada Works", "email": { "primary": "ada@example.com" }, "phone": "+46701234567",
        "identityNumber": "556677-8899",
        "address": { "primary": { "street": "Main 1", "zipCode": "11122", "city": "Stockholm", "countryCode": "SE" } },
    });
    let id = desk.account(json!({ "method": [{ "type": "token", "card": "tok_visa" }] })).await;
    let set = desk.send("PUT", &format!("/account/{id}/customer"), &customer).await;
    assert_eq!(ok(&set), &customer, "the same comes out");
    let vault = desk.client.get(&format!("/api/vault/customer/{id}")).await;
    let vault = vault.data(200);
    let address = &vault["data"]["customer"]["addresses"][0];
    assert_eq!((&address["city"], &address["email"]), (&json!("Stockholm"), &json!("ada@example.com")), "{vault}");
    let treasury = desk.client.get(&format!("/accounts/a_{id}")).await;
    assert_eq!(treasury.data(200)["name"], "Ada Works");
    let renamed = json!({ "name": "Ada & Co" }).to_string();
    assert_eq!(desk.client.send("PUT", &format!("/accounts/a_{id}"), Some(renamed)).await.status, 200);
    let shown = desk.get(&format!("/account/{id}")).await;
    assert_eq!(
        (&shown["customer"]["name"], &shown["customer"]["identityNumber"]),
        (&json!("Ada & Co"), &json!("556677-8899"))
    );

    let new = json!({
        "default_payment": { "card": { "number": "5555555555554444", "expiration_date": "12/30" } },
        "default_billing_address": { "first_name": "Grace", "last_name": "Hopper", "address_line_1": "Deck 1" },
    });
    let made = desk.client.post("/api/vault/customer", &new).await.data(200)["id"].as_str().expect("an id").to_owned();
    let shown = desk.get(&format!("/account/{made}")).await;
    assert_eq!((&shown["customer"]["name"], &shown["method"][0]["last4"]), (&json!("Grace Hopper"), &json!("4444")));
    assert_eq!(
        (&shown["status"], &shown["currency"], &shown["due"]),
        (&json!("active"), &json!("SEK"), &json!("2026-02-01"))
    );
    assert_eq!(desk.add(&made, json!(5)).await["total"], 5);
    let vault = format!("/api/vault/{made}");
    let kept = desk.client.delete(&vault).await;
    assert!(kept.status >= 400 && kept.text.contains("settle it first"), "{}", kept.text);
    assert_eq!(desk.settle(&made).await, [1, 0]);
    assert_eq!(desk.client.delete(&vault).await.status, 200);
    assert_eq!(refused(&desk.client.get(&format!("/account/{made}")).await), (404, "not found", ""));
}

#[tokio::test]
async fn cards_are_added_ordered_and_taken_away() {
    let desk = Desk::open().await;
    let id = desk.paying("tok_visa").await;
    let path = format!("/account/{id}");
    let added = desk.post(&format!("{path}/method"), &json!({ "type": "token", "card": "tok_mastercard" })).await;
    let card = ok(&added).clone();
    let mut shape: Vec<&str> = card.as_object().expect("a card").keys().map(String::as_str).collect();
    shape.sort_unstable();
    assert_eq!(shape, ["created", "expires", "iin", "last4", "scheme", "token", "type"]);
    assert_eq!(
        (&card["scheme"], &card["iin"], &card["last4"]),
        (&json!("mastercard"), &json!("555555"), &json!("4444"))
    );
    assert_eq!((&card["expires"], &card["type"]), (&json!([12, 29]), &json!("card")));
    assert_eq!(card["token"].as_str().map(|token| token.split('.').count()), Some(3));
    let number = json!({ "type": "card", "card": "378282246310005", "expires": [2, 31] });
    assert_eq!(ok(&desk.post(&format!("{path}/method"), &number).await)["expires"], json!([2, 31]));
    let again = desk.post(&format!("{path}/method"), &json!({ "type": "token", "card": "tok_visa" })).await;
    let shown = desk.get(&path).await;
    let cards = shown["method"].as_array().expect("cards").clone();
    assert_eq!(cards.len(), 3, "the same card is stored once");
    assert_eq!(ok(&again)["token"], cards[0]["token"]);
    let order = json!([cards[2], { "token": cards[0]["token"] }]);
    let set = desk.send("PUT", &format!("{path}/methods"), &order).await;
    let left: Vec<&Value> = ok(&set)["method"].as_array().expect("cards").iter().map(|card| &card["last4"]).collect();
    assert_eq!(left, [&json!("0005"), &json!("4242")]);
    let other = desk.paying("tok_visa").await;
    let foreign = desk.get(&format!("/account/{other}")).await["method"][0].clone();
    for (body, property) in [
        (json!([foreign]), "method[0].token"),
        (json!([cards[2], cards[2]]), "method[1].token"),
        (json!([{}]), "method[0].token"),
        (json!([{ "token": "a.b.c" }]), "method[0].token"),
    ] {
        let answer = desk.send("PUT", &format!("{path}/methods"), &body).await;
        assert_eq!((answer.status, refused(&answer).2), (400, property), "{body}");
    }
    let none = desk.send("PUT", &format!("{path}/methods"), &json!([])).await;
    assert_eq!((&ok(&none)["method"], &none.body["status"]), (&json!([]), &json!("created")));
}

#[tokio::test]
async fn the_key_of_an_account_ends_after_three_days() {
    let desk = Desk::open().await;
    let id = desk.account(json!({})).await;
    let answer = desk.client.send("POST", &format!("/account/{id}"), None).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/jwt; charset=utf-8"));
    let own = desk.app.with(&format!("Bearer {}", answer.text));
    assert_eq!(ok(&own.get("/account/me").await)["id"], id);
    desk.app.advance_to("2026-01-03T23:59:58Z").await;
    assert_eq!(own.get("/account/me").await.status, 200);
    desk.app.advance_to("2026-01-04T00:00:00Z").await;
    assert_eq!(refused(&own.get("/account/me").await), (401, "not authorized", ""));
    assert_eq!(refused(&desk.client.get("/account/me").await).0, 404, "a private key is no account");
    for forged in ["a.b.c", &answer.text.replace('.', ".e30.")] {
        assert_eq!(desk.app.with(&format!("Bearer {forged}")).get("/account/me").await.status, 401);
    }
}

#[tokio::test]
async fn a_named_request_is_done_once() {
    let desk = Desk::open().await;
    let named = desk.client.clone().header("idempotency-key", "first");
    let (one, two) = (named.post("/account", &example()).await, named.post("/account", &example()).await);
    assert_eq!((one.status, &one.body), (200, &two.body), "{}", one.text);
    let other = named.post("/account", &json!({})).await;
    assert_eq!((other.status, refused(&other).1), (422, "flawed content"));
    assert_eq!(desk.get("/account").await.as_array().map(Vec::len), Some(1));
    let path = format!("/account/{}/balance", one.body["id"].as_str().expect("an id"));
    let named = desk.client.clone().header("idempotency-key", "second");
    for _ in 0..3 {
        assert_eq!(ok(&named.post(&path, &json!(25.5)).await)["total"].to_string(), "25.5");
    }
    let named = desk.client.clone().header("idempotency-key", "third");
    for _ in 0..2 {
        assert_eq!(ok(&named.send("DELETE", &path, None).await), &json!({ "updated": 0, "errors": 1 }));
    }
    assert_eq!(desk.get("/order").await.as_array().map(Vec::len), Some(1));
}
