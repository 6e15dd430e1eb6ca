//! Every route of the treasury × everyone who may try it; a route that is not in the table fails the test.

use std::collections::BTreeSet;

use bursar::domain::access::Permission;
use serde_json::Value;

use super::{Shop, refused};

/// Method, path as in the OpenAPI document, a body that fits, the permission it needs.
const ROUTES: &[(&str, &str, &str, Option<Permission>)] = &[
    ("POST", "/companies/{company}/accounts", "{}", Some(Permission::VaultCreate)),
    ("GET", "/companies/{company}/accounts", "", None),
    ("GET", "/accounts/{account}", "", None),
    ("PUT", "/accounts/{account}", "{}", Some(Permission::VaultUpdate)),
    ("POST", "/accounts/{account}/card", r#"{"token":"tok_visa"}"#, Some(Permission::VaultUpdate)),
    ("GET", "/accounts/{account}/balances", "", None),
    ("GET", "/accounts/{account}/balance/{denomination}", "", None),
    ("POST", "/accounts/{account}/balance/{denomination}", r#"{"amount":1}"#, None),
    ("PUT", "/accounts/{account}/balance/{denomination}", "{}", None),
    ("POST", "/accounts/{account}/deposit", r#"{"amount_to_deposit":1,"amount_to_charge":0}"#, None),
    ("POST", "/accounts/{account}/events", r#"{"type":"CHAT"}"#, None),
    ("GET", "/accounts/{account}/events", "", None),
    ("GET", "/companies/{company}/events", "", None),
    ("GET", "/events/{event}", "", None),
    ("PUT", "/events/{event}", r#"{"state":"complete"}"#, None),
    ("GET", "/companies/{company}/prices", "", None),
    ("PUT", "/companies/{company}/prices/{event_type}/{denomination}", r#"{"amount":1}"#, None),
    ("GET", "/companies/{company}/prices/{event_type}/{denomination}", "", None),
    ("DELETE", "/companies/{company}/prices/{event_type}/{denomination}", "", None),
    ("GET", "/accounts/{account}/charges", "", None),
];

fn is_ours(path: &str) -> bool {
    ["/companies/", "/accounts/", "/events/"].iter().any(|head| path.starts_with(head))
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should() {
    let shop = Shop::open().await;
    let event = shop.post("{a}/events", &serde_json::json!({ "type": "CHAT", "state": "pending" })).await;
    let event = event.data(200)["id"].as_str().expect("an id").to_owned();
    let nobody = shop.app.standard(&[]).await;
    for (method, path, body, permission) in ROUTES {
        for version in ["", "/v1"] {
            let path = format!("{version}{path}")
                .replace("{company}", &shop.company)
                .replace("{account}", &shop.account)
                .replace("{event}", &event)
                .replace("{denomination}", "credits")
                .replace("{event_type}", "CHAT");
            let body = (!body.is_empty()).then(|| (*body).to_owned());
            let place = format!("{method} {path}");
            let answer = shop.app.anon().send(method, &path, body.clone()).await;
            assert_eq!(refused(&answer), (401, "unauthenticated"), "{place}");
            let answer = shop.app.public_key().send(method, &path, body.clone()).await;
            assert_eq!(refused(&answer), (403, "forbidden"), "{place}");
            let answer = nobody.send(method, &path, body.clone()).await;
            match permission {
                Some(_) => assert_eq!(refused(&answer), (403, "forbidden"), "{place}"),
                None => assert!(answer.status == 200 || answer.status == 404, "{place}: {}", answer.text),
            }
            if let Some(permission) = permission {
                let allowed = shop.app.standard(&[*permission]).await.send(method, &path, body.clone()).await;
                assert_eq!(allowed.status, 200, "{place}: {}", allowed.text);
            }
            if *method == "DELETE" || path.contains("/prices/") {
                let put = path.replace("/v1", "");
                shop.client.send("PUT", &put, Some(r#"{"amount":1}"#.to_owned())).await;
            }
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
    let answer = shop.post("{a}/events", &serde_json::json!({ "type": "a b" })).await;
    assert_eq!(refused(&answer), (422, "invalid"));
    let fault = answer.body["error"].as_object().expect("an object");
    assert_eq!(fault.keys().collect::<BTreeSet<_>>().len(), 3, "{}", answer.text);
    assert_eq!(fault["field"], "type");
    assert!(matches!(&fault["message"], Value::String(text) if text.ends_with('.')), "a sentence for a person");
}
