//! Every route of the treasury × everyone who may try it; a route that is not in the table fails the test.

use std::collections::BTreeSet;

use bursar::domain::access::Permission;
use serde_json::{Value, json};

use super::{Shop, refused};

/// Who may.
#[derive(Clone, Copy)]
pub enum Who {
    /// Whoever has a private key.
    Anyone,
    /// Whoever has the permission.
    With(Permission),
    /// Administrators.
    Admin,
}
use Who::{Admin, Anyone, With};

/// Method, path as in the OpenAPI document, a body that fits, who may.
pub const ROUTES: &[(&str, &str, &str, Who)] = &[
    ("POST", "/companies/{company}/accounts", "{}", With(Permission::VaultCreate)),
    ("GET", "/companies/{company}/accounts", "", Anyone),
    ("GET", "/accounts/{account}", "", Anyone),
    ("PUT", "/accounts/{account}", "{}", With(Permission::VaultUpdate)),
    ("POST", "/accounts/{account}/card", r#"{"token":"tok_visa"}"#, With(Permission::VaultUpdate)),
    ("GET", "/accounts/{account}/balances", "", Anyone),
    ("GET", "/accounts/{account}/balance/{denomination}", "", Anyone),
    ("POST", "/accounts/{account}/balance/{denomination}", r#"{"amount":1}"#, Anyone),
    ("PUT", "/accounts/{account}/balance/{denomination}", "{}", Anyone),
    (
        "PUT",
        "/accounts/{account}/balance/{denomination}/autorefill",
        r#"{"threshold":-9000,"amount":5,"usd_charge":0}"#,
        Anyone,
    ),
    ("GET", "/accounts/{account}/balance/{denomination}/autorefill", "", Anyone),
    (
        "PUT",
        "/accounts/{account}/auto_refill",
        r#"{"denomination":"credits","threshold":-9000,"amount":5,"usd_charge":0}"#,
        Anyone,
    ),
    ("GET", "/accounts/{account}/auto_refill", "", Anyone),
    ("POST", "/accounts/{account}/auto_refill/retry", r#"{"denomination":"credits"}"#, Anyone),
    ("POST", "/accounts/{account}/deposit", r#"{"amount_to_deposit":1,"amount_to_charge":0}"#, Anyone),
    ("POST", "/accounts/{account}/events", r#"{"type":"CHAT"}"#, Anyone),
    ("GET", "/accounts/{account}/events", "", Anyone),
    ("GET", "/companies/{company}/events", "", Anyone),
    ("GET", "/events/{event}", "", Anyone),
    ("PUT", "/events/{event}", r#"{"state":"complete"}"#, Anyone),
    ("GET", "/companies/{company}/prices", "", Anyone),
    ("PUT", "/companies/{company}/prices/{event_type}/{denomination}", r#"{"amount":1}"#, Anyone),
    ("GET", "/companies/{company}/prices/{event_type}/{denomination}", "", Anyone),
    ("DELETE", "/companies/{company}/prices/{event_type}/{denomination}", "", Anyone),
    ("GET", "/accounts/{account}/charges", "", Anyone),
    ("POST", "/companies/{company}/plans", r#"{"name":"Pro","renewals":{"MONTHLY":{"amount":0}}}"#, Anyone),
    ("GET", "/companies/{company}/plans", "", Anyone),
    ("GET", "/companies/{company}/plans/{plan}", "", Anyone),
    ("POST", "/accounts/{account}/changeplan", r#"{"plan_id":"{plan}"}"#, Anyone),
    ("POST", "/accounts/{account}/modifymidmonth", r#"{"plan_id":"{plan}"}"#, Anyone),
    ("POST", "/companies/{company}/webhooks", r#"{"url":"https://127.0.0.1/"}"#, Admin),
    ("GET", "/companies/{company}/webhooks", "", Admin),
    ("GET", "/companies/{company}/webhooks/{webhook}", "", Admin),
    ("POST", "/companies/{company}/webhooks/{webhook}/subscribe/{topic}", "", Admin),
    ("DELETE", "/companies/{company}/webhooks/{webhook}/subscribe/{topic}", "", Admin),
    ("DELETE", "/companies/{company}/webhooks/{webhook}", "", Admin),
];

fn is_ours(path: &str) -> bool {
    ["/companies/", "/accounts/", "/events/"].iter().any(|head| path.starts_with(head))
}

/// `path` with the ids of things that are there: the account of the shop, and others made for it alone.
pub async fn concrete(shop: &Shop, path: &str) -> String {
    let mut concrete = path
        .replace("{company}", &shop.company)
        .replace("{account}", &shop.account)
        .replace("{denomination}", "credits")
        .replace("{event_type}", "CHAT")
        .replace("{topic}", "threshold");
    for (name, at, body) in [
        ("{event}", "{a}/events", json!({ "type": "CHAT", "state": "pending" })),
        ("{plan}", "{c}/plans", json!({ "name": "Pro", "renewals": { "MONTHLY": { "amount": 0 } } })),
        ("{webhook}", "{c}/webhooks", json!({ "url": "https://127.0.0.1/" })),
    ] {
        if path.contains(name) {
            let made = shop.post(at, &body).await;
            concrete = concrete.replace(name, made.data(200)["id"].as_str().expect("an id"));
        }
    }
    make_price(shop, &concrete).await;
    concrete
}

/// The price that `path` is of, if it is of one: the one before may have taken it away.
async fn make_price(shop: &Shop, path: &str) {
    if path.contains("/prices/") {
        shop.client.send("PUT", path, Some(r#"{"amount":1}"#.to_owned())).await.data(200);
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should() {
    let shop = Shop::open().await;
    let nobody = shop.app.standard(&[]).await;
    for (method, path, body, who) in ROUTES {
        for version in ["", "/v1"] {
            let path = format!("{version}{}", concrete(&shop, path).await);
            let body = if body.is_empty() { None } else { Some(concrete(&shop, body).await) };
            let place = format!("{method} {path}");
            let answer = shop.app.anon().send(method, &path, body.clone()).await;
            assert_eq!(refused(&answer), (401, "unauthenticated"), "{place}");
            let answer = shop.app.public_key().send(method, &path, body.clone()).await;
            assert_eq!(refused(&answer), (403, "forbidden"), "{place}");
            let answer = nobody.send(method, &path, body.clone()).await;
            match who {
                With(_) | Admin => assert_eq!(refused(&answer), (403, "forbidden"), "{place}"),
                Anyone => assert!(answer.status == 200 || answer.status == 404, "{place}: {}", answer.text),
            }
            if let With(permission) = who {
                let allowed = shop.app.standard(&[*permission]).await.send(method, &path, body.clone()).await;
                assert_eq!(allowed.status, 200, "{place}: {}", allowed.text);
            }
            make_price(&shop, &path).await;
            let answer = shop.client.send(method, &path, body).await;
            assert_eq!(answer.status, 200, "{place}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn no_route_is_missing_from_the_table_the_document_or_the_readme() {
    let document = serde_json::to_value(bursar::http::openapi::document()).expect("the document is JSON");
    let documented: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .expect("the document has paths")
        .iter()
        .filter(|(path, _)| is_ours(path))
        .flat_map(|(path, item)| {
            item.as_object().expect("methods").keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let tested = ROUTES.iter().map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(documented, tested, "the left is the OpenAPI document, the right the table of this test");
    let listed = include_str!("../../../src/http/fermata/README.md")
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            (cells.len() == 4 && is_ours(cells[1])).then(|| (cells[0].to_owned(), cells[1].to_owned()))
        })
        .collect();
    assert_eq!(documented, listed, "the left is the OpenAPI document, the right the README");
    let routes = include_str!("../../../src/http/fermata/mod.rs");
    let registered: usize = ["get", "post", "put", "delete"]
        .iter()
        .map(|method| routes.matches(&format!("web::{method}().to(")).count())
        .sum();
    assert_eq!(registered, documented.len(), "a handler is routed but not documented, or the reverse");
}

/// What the document's refusals look like.
#[tokio::test]
async fn refusals_have_the_documented_shape() {
    let shop = Shop::open().await;
    let answer = shop.post("{a}/events", &json!({ "type": "a b" })).await;
    assert_eq!(refused(&answer), (422, "invalid"));
    let fault = answer.body["error"].as_object().expect("an object");
    assert_eq!(fault.keys().collect::<BTreeSet<_>>().len(), 3, "{}", answer.text);
    assert_eq!(fault["field"], "type");
    assert!(matches!(&fault["message"], Value::String(text) if text.ends_with('.')), "a sentence for a person");
}
