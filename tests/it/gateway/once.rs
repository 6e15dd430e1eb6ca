//! Every write of the gateway, sent twice with one idempotency key: done once, answered alike, and refused with other
//! content. The routes are those of `access.rs`, so a new one that forgets its key fails here.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::access::ROUTES;
use super::invoice;
use super::subscription::merged;
use super::vault::{Expected as _, Vault};
use crate::support::Answer;
use bursar::domain::time::DAY;

/// Writes by their method that no key is asked of, and why.
const EXEMPT: &[(&str, &str, &str)] = &[
    ("POST", "/api/token-auth", "a login makes another token each time"),
    ("POST", "/api/user/change-password", "only once is the old password right"),
    ("POST", "/api/user/forgot-username", "nobody's request; one mail in twelve minutes"),
    ("POST", "/api/user/forgot-password", "nobody's request; one mail in twelve minutes"),
    ("POST", "/api/user/forgot-password/reset", "nobody's request; a code is good once"),
    ("POST", "/api/tokenizer", "a token is good once and for minutes: another one does no harm"),
    ("POST", "/api/lookup/fees", "reads"),
    ("POST", "/api/calculate/amounts", "reads"),
    ("POST", "/api/lookup/bin/protected", "reads"),
    ("POST", "/api/vault/customer/search", "reads"),
    ("POST", "/api/customer/search", "reads"),
    ("POST", "/api/recurring/subscription/search", "reads"),
    ("POST", "/api/invoices/search", "reads"),
    ("POST", "/api/transaction/search", "reads"),
    ("POST", "/api/settlement/batch/search", "reads"),
    ("POST", "/api/webhooks/{id}", "its answer shows deliveries, which go on meanwhile"),
    ("POST", "/api/webhooks/{id}/test", "sends another message each time, as it is asked to"),
    ("POST", "/api/test-clock", "moves to an instant, where the clock stands already when it is sent again"),
    ("POST", "/api/invoice/{id}/reactivate", "of a rejected one: invoice_pay::a_repeated_write_is_done_once"),
    ("POST", "/api/invoice/{id}/resend", "of a sent one: invoice_send::a_repeated_request_is_one_mail"),
    ("POST", "/api/terminal/{id}/settle", "settles what waits: a repetition finds nothing left"),
    (
        "POST",
        "/api/vault/customer/{id}/applepay",
        "a device makes another token each time: wallet::a_wallets_card_is_stored_once_and_without_its_cryptogram",
    ),
    (
        "POST",
        "/api/vault/customer/{id}/googlepay",
        "a device makes another token each time: wallet::a_wallets_card_is_stored_once_and_without_its_cryptogram",
    ),
    (
        "POST",
        "/api/transaction/multi",
        "a key for each: transaction_multi::a_refused_one_stops_none_and_a_repetition_does_nothing_twice",
    ),
    ("POST", "/api/transaction/multi/void", "a key for each: the same test"),
    ("POST", "/api/transaction/multi/refund", "a key for each: the same test"),
    ("POST", "/api/filebatch", "its answer goes on with the work: file_batch::a_key_makes_one_batch_of_one_file"),
];

/// GET routes that write all the same, as the seed has them.
const WRITING_GETS: &[&str] = &["/api/recurring/subscription/{id}/status/{status}"];

/// A body for a write, and another one; `null` where there is no body, so that the other is another thing's path.
fn bodies(method: &str, path: &str) -> Option<(Value, Value)> {
    let none = (Value::Null, Value::Null);
    let has_no_body = [
        "/resend-welcome",
        "/mark-as-paid",
        "/void",
        "/transaction/{id}/vault",
        "/status/{status}",
        "/webhooks/{id}/secret",
    ]
    .iter()
    .any(|end| path.ends_with(end));
    if method == "DELETE" || has_no_body {
        return Some(none);
    }
    let card = |last: &str| json!({ "number": format!("411111111111{last}"), "expiration_date": "11/31" });
    let ach = |account: &str| {
        json!({ "routing_number": "490000018", "account_number": account, "sec_code": "web",
            "account_type": "checking" })
    };
    let token = |token: &str| json!({ "token": token });
    let said = |field: &str| (json!({ field: "one" }), json!({ field: "two" }));
    let amounts = (json!({ "name": "x", "amount": 5 }), json!({ "name": "x", "amount": 6 }));
    let plan = |amount: i64| json!({ "name": "x", "amount": amount, "billing_cycle_interval": 1, "billing_days": "1" });
    let sale = |amount: i64| json!({ "type": "sale", "amount": amount, "currency": "usd", "payment_method": { "token": "tok_visa" } });
    let invoice = |message: &str| merged(invoice::example(), json!({ "message": message }));
    let subscription = |amount: i64| {
        json!({ "customer": { "id": "shopper" }, "amount": amount, "billing_cycle_interval": 1,
            "billing_frequency": "monthly", "billing_days": "1" })
    };
    let hook = |description: &str| json!({ "url": "https://127.0.0.1/", "description": description });
    let part = |amount: i64| json!({ "amount": amount });
    Some(match path {
        "/api/user" => {
            let user = |name: &str| json!({ "username": name, "email": "a@b.example", "create_api_key": true });
            (user("clerk1"), user("clerk2"))
        }
        "/api/user/{id}" => said("name"),
        "/api/user/apikey" => (json!({ "type": "api", "name": "one" }), json!({ "type": "api", "name": "two" })),
        "/api/recurring/subscription" => (subscription(100), subscription(200)),
        "/api/recurring/subscription/{id}" => said("description"),
        "/api/webhooks" => (hook("one"), hook("two")),
        "/api/webhooks/{id}/replay" => (json!({ "from": 1 }), json!({ "from": 2 })),
        "/api/transaction/{id}/tipadjust" => (json!({ "tip": 10 }), json!({ "tip": 20 })),
        "/api/transaction/{id}/capture" | "/api/transaction/{id}/refund" => (part(10), part(20)),
        "/api/vault/customer" | "/api/vault/customer/{id}" | "/api/customer" | "/api/customer/{id}" => {
            said("description")
        }
        "/api/vault/customer/{id}/address"
        | "/api/vault/customer/{id}/address/{address_id}"
        | "/api/customer/{id}/address"
        | "/api/customer/{id}/address/{address_id}" => said("city"),
        "/api/vault/customer/{id}/card"
        | "/api/vault/customer/{id}/card/{method_id}"
        | "/api/customer/{id}/paymentmethod/{kind}"
        | "/api/customer/{id}/paymentmethod/{kind}/{method_id}" => (card("1111"), card("1129")),
        "/api/vault/customer/{id}/ach" | "/api/vault/customer/{id}/ach/{method_id}" => (ach("77777"), ach("88888")),
        "/api/vault/customer/{id}/token" | "/api/vault/customer/{id}/token/{method_id}" => {
            (token("tok_amex"), token("tok_mastercard"))
        }
        "/api/recurring/addon"
        | "/api/recurring/addon/{id}"
        | "/api/recurring/discount"
        | "/api/recurring/discount/{id}" => amounts,
        "/api/recurring/plan" | "/api/recurring/plan/{id}" => (plan(700), plan(800)),
        "/api/invoice/{id}/pay" => {
            (json!({ "payment_method": token("tok_visa") }), json!({ "payment_method": token("tok_mastercard") }))
        }
        "/api/invoice" | "/api/invoice/{id}" => (invoice("one"), invoice("two")),
        "/api/transaction" => (sale(100), sale(200)),
        "/api/transaction/{id}/email" => {
            (json!({ "email_address": "one@example.com" }), json!({ "email_address": "two@example.com" }))
        }
        _ => return None,
    })
}

/// `path` with the ids of things made for it alone.
async fn concrete(vault: &Vault, path: &str) -> String {
    let client = vault.app.key();
    let make = async |at: &str, body: Value| {
        let made = client.post(at, &body).await.ok();
        let id = made.get("created_address_id").or(made.get("created_payment_method_id")).unwrap_or(&made["id"]);
        id.as_str().expect("an id").to_owned()
    };
    let plan = json!({ "name": "Gold", "amount": 100, "billing_cycle_interval": 1, "billing_days": "15" });
    let customer = json!({ "default_payment": { "token": "tok_visa" }, "default_billing_address": { "city": "Bonn" } });
    if path.ends_with("/refund") {
        let of = make("/api/transaction", bodies("POST", "/api/transaction").expect("a sale").0).await;
        vault.app.advance_to(&vault.app.now().plus(2 * DAY).to_string()).await;
        return path.replace("{id}", &of);
    }
    if path.starts_with("/api/user/{id}") {
        let user = json!({ "username": format!("person{}", vault.events()), "email": "a@b.example" });
        return path.replace("{id}", &make("/api/user", user).await);
    }
    let mut path = path.replace("{kind}", "card").replace("{status}", "paused");
    if path.starts_with("/api/recurring/subscription/{id}") {
        let of = json!({ "customer": { "id": make("/api/vault/customer", customer).await },
            "plan_id": make("/api/recurring/plan", plan).await });
        return path.replace("{id}", &make("/api/recurring/subscription", of).await);
    }
    for (start, at, body) in [
        ("/api/vault/", "/api/vault/customer", customer.clone()),
        ("/api/customer/", "/api/vault/customer", customer),
        ("/api/recurring/addon/", "/api/recurring/addon", json!({ "amount": 1 })),
        ("/api/recurring/discount/", "/api/recurring/discount", json!({ "amount": 1 })),
        ("/api/recurring/plan/", "/api/recurring/plan", plan),
        ("/api/invoice/", "/api/invoice", invoice::example()),
        (
            "/api/transaction/",
            "/api/transaction",
            json!({ "type": "authorize", "amount": 100, "currency": "usd", "payment_method": { "token": "tok_visa" } }),
        ),
        ("/api/webhooks/", "/api/webhooks", json!({ "url": "https://127.0.0.1/" })),
        ("/api/user/apikey/", "/api/user/apikey", json!({ "type": "api", "name": "x" })),
    ] {
        let own = if path.contains("{id}") { "{id}" } else { "{key}" };
        if path.starts_with(start) && path.contains(own) {
            path = path.replace(own, &make(at, body).await);
        }
    }
    let of = path.split('/').skip_while(|part| *part != "customer").nth(1).unwrap_or_default().to_owned();
    if path.contains("{address_id}") {
        let id = make(&format!("/api/vault/customer/{of}/address"), json!({ "city": "Köln" })).await;
        path = path.replace("{address_id}", &id);
    }
    if path.contains("{method_id}") {
        let (kind, body) = if path.contains("/ach/") {
            let account = json!({ "routing_number": "490000018", "account_number": "12345", "sec_code": "web",
                "account_type": "checking" });
            ("ach", account)
        } else {
            ("token", json!({ "token": "tok_visa" }))
        };
        path = path.replace("{method_id}", &make(&format!("/api/vault/customer/{of}/{kind}"), body).await);
    }
    path
}

/// What is wrong with a write that is sent twice, if anything.
async fn fault(vault: &Vault, method: &str, path: &str, key: &str) -> Option<String> {
    let Some((body, other)) = bodies(method, path) else {
        return Some("give it two bodies here, or say in EXEMPT why it takes no key".to_owned());
    };
    let client = vault.app.key().header("idempotency-key", key);
    let send = async |path: &str, body: &Value| -> Answer {
        client.send(method, path, Some(body.to_string()).filter(|_| !body.is_null())).await
    };
    let at = concrete(vault, path).await;
    let elsewhere = if other.is_null() { concrete(vault, path).await } else { at.clone() };
    let before = vault.events();
    let first = send(&at, &body).await;
    let done = vault.events();
    let again = send(&at, &body).await;
    let refused = send(&elsewhere, if other.is_null() { &body } else { &other }).await;
    let after = vault.events();
    match () {
        () if first.status != 200 => Some(format!("is refused: {}", first.text)),
        () if done == before => Some("writes no event".to_owned()),
        () if (again.status, &again.text) != (200, &first.text) => Some(format!("answers otherwise: {}", again.text)),
        () if refused.status != 422 => Some(format!("takes other content: {} {}", refused.status, refused.text)),
        () if after != done => Some("is done twice".to_owned()),
        () => None,
    }
}

#[tokio::test]
async fn every_write_takes_an_idempotency_key() {
    let vault = Vault::start().await;
    let is_exempt = |method: &str, path: &str| EXEMPT.iter().any(|(m, p, _)| (*m, *p) == (method, path));
    let shopper = json!({ "id": "shopper", "default_payment": { "token": "tok_visa" } });
    vault.post("customer", shopper).await.ok();
    let (mut tried, mut faults) = (0, String::new());
    for (index, (method, path, _)) in ROUTES.iter().enumerate() {
        let writes = *method != "GET" || WRITING_GETS.contains(path);
        if writes && !is_exempt(method, path) {
            tried += 1;
            let fault = fault(&vault, method, path, &format!("key-{index}")).await;
            if let Some(fault) = fault {
                writeln!(faults, "{method} {path} {fault}").expect("a string takes it");
            }
        }
    }
    assert!(faults.is_empty(), "sent twice with one key:\n{faults}");
    assert!(tried >= 40, "{tried} writes were tried");
}

#[test]
fn what_is_exempt_is_a_route() {
    for (method, path, why) in EXEMPT {
        assert!(ROUTES.iter().any(|(m, p, _)| (m, p) == (method, path)), "{method} {path} is none");
        assert!(!why.is_empty());
    }
}
