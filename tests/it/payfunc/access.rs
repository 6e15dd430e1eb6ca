//! Every route of the account API × everyone who may try it; a route that is not in the table fails the test.

use std::collections::BTreeSet;

use bursar::domain::access::Permission;
use serde_json::json;

use super::{Desk, JSON, refused};

/// Whom a route takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    Private,
    Public,
    Own,
}

use Keys::{Own, Private, Public};

/// Method, path as in the OpenAPI document, a body that fits, the permission it needs, the keys it takes.
pub const ROUTES: &[(&str, &str, &str, Option<Permission>, Keys)] = &[
    ("POST", "/account", "{}", Some(Permission::VaultCreate), Public),
    ("GET", "/account", "", None, Private),
    ("GET", "/account/{account}", "", None, Own),
    ("PATCH", "/account/{account}", "{}", Some(Permission::VaultUpdate), Private),
    ("POST", "/account/{account}", "", Some(Permission::VaultUpdate), Private),
    ("PUT", "/account/{account}/customer", r#"{"type":"person"}"#, Some(Permission::VaultUpdate), Own),
    ("POST", "/account/{account}/method", r#"{"type":"token","card":"tok_visa"}"#, Some(Permission::VaultUpdate), Own),
    ("PUT", "/account/{account}/methods", "[]", Some(Permission::VaultUpdate), Own),
    ("POST", "/account/{account}/balance", "100", None, Private),
    ("DELETE", "/account/{account}/balance", "", Some(Permission::ProcessSale), Private),
    ("POST", "/account/{account}/subscription", NEW_SUBSCRIPTION, None, Private),
    ("PUT", "/account/{account}/subscription/{subscription}", NEW_SUBSCRIPTION, None, Private),
    ("PATCH", "/account/{account}/subscription/{subscription}", "{}", None, Private),
    ("DELETE", "/account/{account}/subscription/{subscription}", "", None, Own),
    ("POST", "/order", NEW_ORDER, Some(Permission::ProcessSale), Public),
    ("GET", "/order", "", None, Private),
    ("PATCH", "/order", r#"[{"id":"{order}","event":[{"type":"charge"}]}]"#, Some(Permission::ProcessSale), Private),
    ("GET", "/order/{order}", "", None, Private),
    ("GET", "/order/{order}/receipt", "", None, Private),
    ("PUT", "/order/{order}/payment", r#"{"type":"defer"}"#, Some(Permission::ProcessSale), Private),
    ("POST", "/order/{order}/event", r#"{"type":"fail"}"#, Some(Permission::ProcessSale), Private),
    ("GET", "/merchant", "", None, Private),
];

/// Only an administrator changes the merchant: no permission is enough.
pub const OF_ADMINISTRATORS: (&str, &str) = ("PATCH", "/merchant/{merchant}");

pub const NEW_SUBSCRIPTION: &str = r#"{"items":10,"currency":"SEK","schedule":"monthly","start":"2027-01-01"}"#;
pub const NEW_ORDER: &str = r#"{"items":10,"currency":"SEK","payment":{"type":"invoice"}}"#;

#[tokio::test]
async fn every_route_lets_in_whom_it_should() {
    let desk = Desk::open().await;
    let nobody = desk.app.standard(&[]).await;
    let account = desk.account(json!({})).await;
    let path = format!("/account/{account}");
    let own_key = desk.client.send("POST", &path, None).await.text;
    let (own, public) = (desk.app.with(&format!("Bearer {own_key}")), desk.app.public_key());
    let other = desk.account(json!({})).await;
    for (method, path, body, permission, keys) in ROUTES {
        let order = desk.post("/order", &serde_json::from_str(NEW_ORDER).expect("JSON")).await.body["id"].clone();
        let order = order.as_str().expect("an order").to_owned();
        let new = Some(NEW_SUBSCRIPTION.to_owned());
        let made = desk.client.send("POST", &format!("/account/{account}/subscription"), new).await;
        let subscription = made.body[0]["id"].as_str().expect("a subscription").to_owned();
        let fill = |text: &str, account: &str| {
            text.replace("{account}", account).replace("{order}", &order).replace("{subscription}", &subscription)
        };
        let body = (!body.is_empty()).then(|| fill(body, &account));
        let at = |account: &str| fill(path, account);
        let place = format!("{method} {path}");
        let answer = desk.app.anon().send(method, &at(&account), body.clone()).await;
        assert_eq!(refused(&answer), (401, "not authorized", ""), "{place}");
        let answer = public.send(method, &at(&account), body.clone()).await;
        match keys {
            Public => assert_eq!(answer.status, 200, "{place}: {}", answer.text),
            Private | Own => assert_eq!(refused(&answer), (401, "not authorized", ""), "{place}"),
        }
        for (whose, good) in [(account.as_str(), true), ("me", true), (&other, false)] {
            let answer = own.send(method, &at(whose), body.clone()).await;
            match keys {
                Own if good => assert_eq!(answer.status, 200, "{place}: {}", answer.text),
                Own => assert_eq!(refused(&answer), (404, "not found", ""), "{place}"),
                Private | Public => assert_eq!(refused(&answer).0, 401, "{place}"),
            }
        }
        let answer = nobody.send(method, &at(&account), body.clone()).await;
        match permission {
            Some(permission) => {
                assert_eq!(refused(&answer), (403, "forbidden", ""), "{place}");
                let allowed = desk.app.standard(&[*permission]).await.send(method, &at(&account), body.clone()).await;
                assert_eq!(allowed.status, 200, "{place}: {}", allowed.text);
            }
            None => assert_eq!(answer.status, 200, "{place}: {}", answer.text),
        }
    }
}

#[tokio::test]
async fn no_route_is_missing_from_the_table_the_document_or_the_readme() {
    let document = serde_json::to_value(bursar::http::openapi::document()).expect("the document is JSON");
    let is_ours = |path: &str| matches!(path.split('/').nth(1), Some("account" | "order" | "merchant"));
    let documented: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .expect("the document has paths")
        .iter()
        .filter(|(path, _)| is_ours(path))
        .flat_map(|(path, item)| {
            item.as_object().expect("methods").keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let tested = ROUTES.iter().map(|(method, path, ..)| (*method, *path)).chain([OF_ADMINISTRATORS]);
    let tested = tested.map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
    assert_eq!(documented, tested, "the left is the OpenAPI document, the right the table of this test");
    let listed = include_str!("../../../src/http/payfunc/README.md")
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            (cells.len() == 4 && is_ours(cells[1])).then(|| (cells[0].to_owned(), cells[1].to_owned()))
        })
        .collect();
    assert_eq!(documented, listed, "the left is the OpenAPI document, the right the README");
    let routes = include_str!("../../../src/http/payfunc/mod.rs");
    let count = |method: &str| routes.matches(&format!("web::{method}().to(")).count();
    let registered: usize = ["get", "post", "put", "patch", "delete"].into_iter().map(count).sum();
    assert_eq!(registered, documented.len() + 1, "a handler is routed but not documented (the one more is the JWKS)");
}

#[tokio::test]
async fn another_method_is_told_which_there_are() {
    let desk = Desk::open().await;
    let paths: BTreeSet<&str> = ROUTES.iter().map(|(_, path, ..)| *path).collect();
    for path in paths {
        let answer = desk.client.send("TRACE", path, None).await;
        let known: BTreeSet<&str> = ROUTES.iter().filter(|route| route.1 == path).map(|(method, ..)| *method).collect();
        let told = answer.body["header"]["allow"].as_array().expect("a list").iter().filter_map(|text| text.as_str());
        assert_eq!((answer.status, told.collect::<BTreeSet<_>>()), (405, known), "{path}: {}", answer.text);
        assert_eq!((answer.header("content-type"), &answer.body["type"]), (JSON, &json!("method not allowed")));
    }
    let answer = desk.client.get("/account/a/b/c/d").await;
    assert_eq!(refused(&answer), (404, "not found", ""));
}

#[tokio::test]
async fn the_public_key_at_its_address_checks_an_order() {
    let desk = Desk::open().await;
    let order = json!({ "items": 10, "currency": "SEK", "payment": { "type": "invoice" } });
    let answer = desk.app.admin().post("/order", &order).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/jwt; charset=utf-8"));
    let keys = desk.app.anon().get("/.well-known/jwks.json").await;
    let key = &keys.body["keys"][0];
    assert_eq!((&key["kty"], &key["alg"], &key["e"]), (&json!("RSA"), &json!("RS256"), &json!("AQAB")));
    assert_eq!(key["n"].as_str().map(str::len), Some(342), "2048 bits");
    let parts: Vec<&str> = answer.text.split('.').collect();
    let read = |part: &str| -> serde_json::Value {
        use base64::Engine;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let (head, claims) = (read(parts[0]), read(parts[1]));
    assert_eq!((&head["alg"], &head["kid"]), (&json!("RS256"), &key["kid"]));
    assert_eq!((&claims["items"], &claims["status"]), (&json!(10), &json!({ "ordered": 10 })));
    let public = desk.app.app().signing_key_public().await.expect("there is a key");
    assert!(public.verify(&answer.text).is_ok());
    let again = {
        let mut desk = desk;
        desk.app.restart().await;
        desk.app.anon().get("/.well-known/jwks.json").await.text
    };
    assert_eq!(again, keys.text, "the key outlives a restart");
}

#[tokio::test]
async fn an_administrator_changes_the_merchant() {
    let desk = Desk::open().await;
    let merchants = desk.get("/merchant").await;
    let id = merchants[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(id.len(), 8);
    let (path, change) = (format!("/merchant/{id}"), json!({ "name": "Shop", "email": "shop@example.com" }));
    let changed = desk.send("PATCH", &path, &change).await;
    assert_eq!((&super::ok(&changed)["name"], &changed.body["id"]), (&json!("Shop"), &json!(id)));
    let clerk = desk.app.standard(&[Permission::VaultUpdate]).await;
    assert_eq!(refused(&clerk.send("PATCH", &path, Some(change.to_string())).await).0, 403);
    for (path, body, status) in [
        ("/merchant/zzzzzzzz", &change, 404),
        (path.as_str(), &json!({ "name": "" }), 400),
        (&path, &json!({ "email": "x" }), 400),
    ] {
        assert_eq!(desk.send("PATCH", path, body).await.status, status, "{body}");
    }
}
