//! Every route of the gateway × everyone who may try it, from one table; a route that is not in it fails the test.

use std::collections::BTreeSet;

use crate::support::TestApp;
use bursar::domain::access::Permission;

/// What a route asks of its caller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nobody,
    /// A public key; a private one is refused.
    PublicKey,
    /// Private credentials.
    Member,
    /// This permission.
    Flag(Permission),
    /// This permission; rights are asked after this body was read.
    Body(&'static str, Permission),
    /// An administrator; rights are asked after this body was read.
    Admin(&'static str),
}

use Needs::{Admin, Body, Flag, Member, Nobody, PublicKey};
use Permission as P;

const CARD: &str = r#"{"number":"4242424242424242","expiration_date":"12/30"}"#;
const ACH: &str =
    r#"{"routing_number":"490000018","account_number":"999999","sec_code":"web","account_type":"checking"}"#;
const TOKEN: &str = r#"{"token":"tok_visa"}"#;

/// Method, path as in the OpenAPI document, what it needs. A write gets the body `{}` where none is given: whoever is
/// let in is then told what is wrong with it.
pub const ROUTES: &[(&str, &str, Needs)] = &[
    ("POST", "/api/token-auth", Nobody),
    ("GET", "/api/logout", Nobody),
    ("POST", "/api/user", Body(r#"{"username":"clerk1","email":"no address"}"#, P::ManageUsers)),
    ("GET", "/api/user", Member),
    ("GET", "/api/user/{id}", Flag(P::ManageUsers)),
    ("GET", "/api/users", Flag(P::ManageUsers)),
    ("POST", "/api/user/{id}", Flag(P::ManageUsers)),
    ("DELETE", "/api/user/{id}", Flag(P::ManageUsers)),
    ("POST", "/api/user/{id}/resend-welcome", Flag(P::ManageUsers)),
    ("POST", "/api/user/change-password", Member),
    ("POST", "/api/user/forgot-username", Nobody),
    ("POST", "/api/user/forgot-password", Nobody),
    ("POST", "/api/user/forgot-password/reset", Nobody),
    ("POST", "/api/user/apikey", Body(r#"{"type":"api","name":"x"}"#, P::ManageApiKeys)),
    ("GET", "/api/user/apikeys", Flag(P::ManageApiKeys)),
    ("DELETE", "/api/user/apikey/{key}", Flag(P::ManageApiKeys)),
    ("POST", "/api/lookup/fees", Member),
    ("POST", "/api/calculate/amounts", Member),
    ("POST", "/api/tokenizer", PublicKey),
    ("GET", "/api/terminals", Member),
    ("POST", "/api/webhooks", Admin(r#"{"url":"https://127.0.0.1/"}"#)),
    ("GET", "/api/webhooks", Admin("")),
    ("GET", "/api/webhooks/{id}", Admin("")),
    ("POST", "/api/webhooks/{id}", Admin("{}")),
    ("DELETE", "/api/webhooks/{id}", Admin("")),
    ("POST", "/api/webhooks/{id}/secret", Admin("{}")),
    ("GET", "/api/webhooks/{id}/deliveries", Admin("")),
    ("POST", "/api/webhooks/{id}/replay", Admin(r#"{"from":1}"#)),
    ("POST", "/api/webhooks/{id}/test", Admin("{}")),
    ("GET", "/api/events", Admin("")),
    ("GET", "/api/events/stream", Admin("")),
    ("POST", "/api/terminal/{id}/settle", Flag(P::ManageTerminals)),
    ("POST", "/api/lookup/bin/protected", Member),
    ("POST", "/api/test-clock", Admin(r#"{"now":"2026-01-01T00:00:00Z"}"#)),
    ("POST", "/api/recurring/addon", Member),
    ("GET", "/api/recurring/addon/{id}", Member),
    ("GET", "/api/recurring/addons", Member),
    ("POST", "/api/recurring/addon/{id}", Member),
    ("DELETE", "/api/recurring/addon/{id}", Member),
    ("POST", "/api/recurring/discount", Member),
    ("GET", "/api/recurring/discount/{id}", Member),
    ("GET", "/api/recurring/discounts", Member),
    ("POST", "/api/recurring/discount/{id}", Member),
    ("DELETE", "/api/recurring/discount/{id}", Member),
    ("POST", "/api/recurring/plan", Member),
    ("GET", "/api/recurring/plan/{id}", Member),
    ("GET", "/api/recurring/plans", Member),
    ("POST", "/api/recurring/plan/{id}", Member),
    ("DELETE", "/api/recurring/plan/{id}", Member),
    ("POST", "/api/recurring/subscription", Member),
    ("GET", "/api/recurring/subscription/{id}", Member),
    ("POST", "/api/recurring/subscription/search", Member),
    ("POST", "/api/recurring/subscription/{id}", Member),
    ("DELETE", "/api/recurring/subscription/{id}", Member),
    ("GET", "/api/recurring/subscription/{id}/status/{status}", Flag(P::RecurringStatusChange)),
    ("POST", "/api/recurring/subscription/{id}/status/{status}", Flag(P::RecurringStatusChange)),
    ("POST", "/api/vault/customer", Flag(P::VaultCreate)),
    ("POST", "/api/vault/customer/search", Member),
    ("GET", "/api/vault/{id}", Member),
    ("DELETE", "/api/vault/{id}", Flag(P::VaultDelete)),
    ("GET", "/api/vault/customer/{id}", Member),
    ("POST", "/api/vault/customer/{id}", Flag(P::VaultUpdate)),
    ("DELETE", "/api/vault/customer/{id}", Flag(P::VaultDelete)),
    ("POST", "/api/vault/customer/{id}/address", Flag(P::VaultUpdate)),
    ("POST", "/api/vault/customer/{id}/address/{address_id}", Flag(P::VaultUpdate)),
    ("DELETE", "/api/vault/customer/{id}/address/{address_id}", Flag(P::VaultUpdate)),
    ("POST", "/api/vault/customer/{id}/card", Body(CARD, P::VaultUpdate)),
    ("POST", "/api/vault/customer/{id}/card/{method_id}", Body(CARD, P::VaultUpdate)),
    ("DELETE", "/api/vault/customer/{id}/card/{method_id}", Flag(P::VaultUpdate)),
    ("POST", "/api/vault/customer/{id}/ach", Body(ACH, P::VaultUpdate)),
    ("POST", "/api/vault/customer/{id}/ach/{method_id}", Body(ACH, P::VaultUpdate)),
    ("DELETE", "/api/vault/customer/{id}/ach/{method_id}", Flag(P::VaultUpdate)),
    ("POST", "/api/vault/customer/{id}/applepay", Body(r#"{"pkpaymenttoken":{}}"#, P::VaultUpdate)),
    ("POST", "/api/vault/customer/{id}/googlepay", Body(r#"{"google_pay_token":"x"}"#, P::VaultUpdate)),
    ("POST", "/api/vault/customer/{id}/token", Body(TOKEN, P::VaultUpdate)),
    ("POST", "/api/vault/customer/{id}/token/{method_id}", Body(TOKEN, P::VaultUpdate)),
    ("POST", "/api/customer", Flag(P::VaultCreate)),
    ("POST", "/api/customer/search", Member),
    ("GET", "/api/customer/{id}", Member),
    ("POST", "/api/customer/{id}", Flag(P::VaultUpdate)),
    ("DELETE", "/api/customer/{id}", Flag(P::VaultDelete)),
    ("GET", "/api/customer/{id}/addresses", Member),
    ("POST", "/api/customer/{id}/address", Flag(P::VaultUpdate)),
    ("GET", "/api/customer/{id}/address/{address_id}", Member),
    ("POST", "/api/customer/{id}/address/{address_id}", Flag(P::VaultUpdate)),
    ("DELETE", "/api/customer/{id}/address/{address_id}", Flag(P::VaultUpdate)),
    ("GET", "/api/customer/{id}/paymentmethod/{kind}", Member),
    ("POST", "/api/customer/{id}/paymentmethod/{kind}", Body(CARD, P::VaultUpdate)),
    ("GET", "/api/customer/{id}/paymentmethod/{kind}/{method_id}", Member),
    ("POST", "/api/customer/{id}/paymentmethod/{kind}/{method_id}", Body(CARD, P::VaultUpdate)),
    ("DELETE", "/api/customer/{id}/paymentmethod/{kind}/{method_id}", Flag(P::VaultUpdate)),
    ("POST", "/api/invoice", Member),
    ("GET", "/api/invoice/{id}", Member),
    ("POST", "/api/invoice/{id}", Member),
    ("DELETE", "/api/invoice/{id}", Member),
    ("POST", "/api/invoice/{id}/mark-as-paid", Member),
    ("POST", "/api/invoice/{id}/reactivate", Member),
    ("POST", "/api/invoice/{id}/resend", Member),
    ("POST", "/api/invoice/{id}/pay", Member),
    ("POST", "/api/invoices/search", Member),
    (
        "POST",
        "/api/transaction",
        Body(r#"{"type":"sale","amount":100,"payment_method":{"token":"tok_visa"}}"#, P::ProcessSale),
    ),
    (
        "POST",
        "/api/transaction",
        Body(r#"{"type":"authorize","amount":100,"payment_method":{"token":"tok_visa"}}"#, P::ProcessAuthorization),
    ),
    (
        "POST",
        "/api/transaction",
        Body(r#"{"type":"verification","amount":100,"payment_method":{"token":"tok_visa"}}"#, P::ProcessVerification),
    ),
    (
        "POST",
        "/api/transaction",
        Body(r#"{"type":"credit","amount":100,"payment_method":{"token":"tok_visa"}}"#, P::ProcessCredit),
    ),
    ("GET", "/api/transaction/{id}", Member),
    ("POST", "/api/transaction/search", Member),
    ("POST", "/api/transaction/{id}/capture", Flag(P::ProcessCapture)),
    ("POST", "/api/transaction/{id}/void", Flag(P::ProcessVoid)),
    ("POST", "/api/transaction/{id}/refund", Flag(P::ProcessRefund)),
    ("POST", "/api/transaction/{id}/tipadjust", Body(r#"{"tip":1}"#, P::ProcessCapture)),
    ("POST", "/api/transaction/{id}/vault", Flag(P::VaultCreate)),
    ("POST", "/api/transaction/{id}/email", Member),
    ("POST", "/api/transaction/multi", Member),
    ("POST", "/api/transaction/multi/void", Member),
    ("POST", "/api/transaction/multi/refund", Member),
    ("POST", "/api/settlement/batch/search", Flag(P::ViewSettlementBatches)),
    ("POST", "/api/filebatch", Flag(P::AccessFileBatch)),
    ("GET", "/api/filebatch/{id}", Flag(P::AccessFileBatch)),
    ("GET", "/api/filebatch/{id}/download", Flag(P::AccessFileBatch)),
];

impl Needs {
    fn body(&self) -> &'static str {
        match self {
            Body(body, _) | Admin(body) => body,
            Nobody | PublicKey | Member | Flag(_) => "{}",
        }
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should() {
    let app = TestApp::start().await;
    let nothing = app.standard(&[]).await;
    for (method, path, needs) in ROUTES {
        let concrete = concrete(path);
        let body = (*method != "GET").then(|| needs.body().to_owned());
        let (method, path) = (*method, concrete.as_str());
        for (who, client) in [("anon", app.anon()), ("public key", app.public_key())] {
            let status = client.send(method, path, body.clone()).await.status;
            // A login with an empty body is refused for its body; nobody is asked who they are.
            let expected = match needs {
                Nobody => [200, 400],
                PublicKey if who == "public key" => [400, 400],
                _ => [401, 401],
            };
            assert!(expected.contains(&status), "{who} {method} {path}: {status}");
        }
        if *needs == PublicKey {
            continue;
        }
        if path == "/api/logout" {
            continue; // would end the session that the next routes are tried with
        }
        let status = nothing.send(method, path, body.clone()).await.status;
        match needs {
            Flag(_) | Body(..) | Admin(_) => assert_eq!(status, 403, "no permissions {method} {path}"),
            Nobody | PublicKey | Member => assert_ne!(status, 401, "member {method} {path}"),
        }
        if let Flag(permission) | Body(_, permission) = needs {
            let allowed = app.standard(&[*permission]).await.send(method, path, body.clone()).await.status;
            assert!(![401, 403].contains(&allowed), "{} {method} {path}: {allowed}", permission.name());
        }
        if path == "/api/events/stream" {
            continue; // would not end
        }
        let status = app.admin().send(method, path, body).await.status;
        assert!(![401, 403, 405].contains(&status) && status < 500, "admin {method} {path}: {status}");
    }
}

#[tokio::test]
async fn no_route_is_missing_from_the_table_the_document_or_the_readme() {
    let app = TestApp::start().await;
    let document = app.anon().get("/openapi.json").await.body;
    let documented: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .expect("the document has paths")
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().expect("methods").keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .filter(|(_, path)| path.starts_with("/api/"))
        .collect();
    let tested: BTreeSet<(String, String)> =
        ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(documented, tested, "the left is the OpenAPI document, the right the table of this test");

    let readme = include_str!("../../../src/http/gateway/README.md");
    let listed: BTreeSet<(String, String)> = readme
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let is_route = cells.len() == 4 && cells[1].starts_with("/api/");
            is_route.then(|| (cells[0].to_owned(), cells[1].to_owned()))
        })
        .collect();
    assert_eq!(documented, listed, "the left is the OpenAPI document, the right the README");

    for (method, path) in &documented {
        // A stream would not end; one that begins nowhere is refused.
        let query = if path.ends_with("/stream") { "?after=-1" } else { "" };
        let answer = app.admin().send(method, &format!("{}{query}", concrete(path)), Some("{".to_owned())).await;
        let is_routed = answer.status != 405 && answer.msg() != "not found error: no such endpoint";
        assert!(is_routed, "{method} {path} is documented but not served: {}", answer.text);
    }
}

/// The names of modules with handlers that are routed: what is registered is written in one place, `gateway/mod.rs`.
#[test]
fn every_registered_handler_is_documented() {
    let routes = include_str!("../../../src/http/gateway/mod.rs");
    let document = serde_json::to_value(bursar::http::openapi::document()).expect("the document is JSON");
    let operations: usize = document["paths"]
        .as_object()
        .map(|paths| {
            let ours = paths.iter().filter(|(path, _)| path.starts_with("/api/"));
            ours.filter_map(|(_, item)| item.as_object()).map(serde_json::Map::len).sum()
        })
        .expect("the document has paths");
    let registered = ["get", "post", "put", "patch", "delete"]
        .iter()
        .map(|method| routes.matches(&format!("web::{method}().to(")).count())
        .sum::<usize>();
    assert_eq!(
        registered, operations,
        "a handler is routed in gateway/mod.rs but not listed in openapi.rs, or the reverse"
    );
}

fn concrete(path: &str) -> String {
    let mut out = String::new();
    for part in path.split_inclusive('/') {
        let name = part.trim_end_matches('/');
        if name.starts_with('{') {
            let given = match name {
                "{status}" => "paused",
                "{kind}" => "card",
                _ => "0000000000000000",
            };
            out.push_str(&part.replace(name, given));
        } else {
            out.push_str(part);
        }
    }
    out
}

#[test]
fn the_table_says_each_route_once() {
    let routes: BTreeSet<_> = ROUTES.iter().map(|(method, path, needs)| (method, path, needs.body())).collect();
    assert_eq!(routes.len(), ROUTES.len(), "a route stands twice only with another body");
    assert_eq!(concrete("/api/a/{id}/b/{c}"), "/api/a/0000000000000000/b/0000000000000000");
}
