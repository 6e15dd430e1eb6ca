//! Every permission of the seed, switched on and off: the endpoint it guards answers accordingly in the very next
//! request of the same credentials.

use bursar::domain::access::Permission;
use serde_json::{Value, json};

use super::user_manage::add;
use crate::support::{Client, TestApp};

use Guard::{Gives, Hides, Nothing};
use Permission as P;

/// What a permission does.
enum Guard {
    /// Without it 403, with it this status: method, path, body.
    Gives(&'static str, String, Value, u16),
    /// What is seen with it off and on: path, the status with it off, the status with it on.
    Hides(String, u16, u16),
    /// This API has no endpoint of it; none may have this word in its path.
    Nothing(&'static str),
}

/// What there is to be guarded; everything was made by the administrator.
struct Things {
    customer: String,
    subscription: String,
    invoice: String,
    authorized: String,
    pending: String,
    settled: String,
}

const CARD: &str = "4242424242424242";

fn payment(kind: &str) -> Value {
    json!({ "type": kind, "amount": 1_000, "payment_method": { "card": { "number": CARD, "expiration_date": "12/30" } } })
}

async fn made(admin: &Client, path: &str, body: &Value) -> String {
    let answer = admin.post(path, body).await;
    answer.data(200)["id"].as_str().expect("an id").to_owned()
}

async fn things(app: &TestApp) -> Things {
    let admin = app.admin();
    let customer =
        json!({ "id": "ada", "default_payment": { "card": { "number": CARD, "expiration_date": "12/30" } } });
    let settled = made(&admin, "/api/transaction", &payment("sale")).await;
    app.advance_to("2026-01-03T00:00:00Z").await;
    let subscription = json!({ "customer": { "id": made(&admin, "/api/vault/customer", &customer).await },
        "amount": 100, "billing_frequency": "monthly", "billing_days": "15", "billing_cycle_interval": 1 });
    let place = json!({ "first_name": "First", "last_name": "Last", "company": "ACME", "address_line_1": "123 Some St",
        "city": "Some City", "state": "IL", "postal_code": "60000", "country": "US", "phone": "5555555555",
        "fax": "5555555555", "email": "info@website.com" });
    let invoice = json!({ "date_due": "2026-02-01T00:00:00Z", "bill_to": place, "payable_to": place,
        "send_via": "none", "currency": "USD", "payment_methods": ["card"], "message": "",
        "items": [{ "name": "Beans", "unit_price": 100, "quantity": 1 }] });
    Things {
        subscription: made(&admin, "/api/recurring/subscription", &subscription).await,
        invoice: made(&admin, "/api/invoice", &invoice).await,
        authorized: made(&admin, "/api/transaction", &payment("authorize")).await,
        pending: made(&admin, "/api/transaction", &payment("sale")).await,
        customer: "ada".to_owned(),
        settled,
    }
}

fn guard(permission: Permission, things: &Things) -> Guard {
    let Things { customer, subscription, invoice, authorized, pending, settled } = things;
    let (get, post, delete) = ("GET", "POST", "DELETE");
    let of = |path: &str| format!("/api{path}");
    match permission {
        P::ManageUsers => Gives(get, of("/users"), Value::Null, 200),
        P::ManageApiKeys => Gives(get, of("/user/apikeys"), Value::Null, 200),
        P::ManageTerminals => Gives(post, of("/terminal/0000000000000000/settle"), Value::Null, 404),
        P::ManageRuleEngine => Nothing("rule"),
        P::ViewSettlementBatches => Gives(post, of("/settlement/batch/search"), json!({}), 200),
        P::ViewBillingReports => Nothing("report"),
        P::ProcessAuthorization => Gives(post, of("/transaction"), payment("authorize"), 200),
        P::ProcessCapture => Gives(post, of(&format!("/transaction/{authorized}/capture")), json!({}), 200),
        P::ProcessSale => Gives(post, of("/transaction"), payment("sale"), 200),
        P::ProcessVoid => Gives(post, of(&format!("/transaction/{pending}/void")), json!({}), 200),
        P::ProcessCredit => Gives(post, of("/transaction"), payment("credit"), 200),
        P::ProcessRefund => Gives(post, of(&format!("/transaction/{settled}/refund")), json!({}), 200),
        P::ProcessVerification => Gives(post, of("/transaction"), payment("verification"), 200),
        P::AllowDashboardStats => Gives(get, "/admin".to_owned(), Value::Null, 200),
        P::VaultCreate => Gives(post, of("/vault/customer"), json!({}), 200),
        P::VaultUpdate => Gives(post, of(&format!("/vault/customer/{customer}")), json!({ "notes": "x" }), 200),
        P::VaultDelete => Gives(delete, of("/vault/customer/nobody"), Value::Null, 404),
        P::AccessFileBatch => Gives(get, of("/filebatch/0000000000000000"), Value::Null, 404),
        P::ViewOthersTransactions => Hides(of(&format!("/transaction/{settled}")), 404, 200),
        P::ManageCardBans => Nothing("ban"),
        P::RestrictViewingOthersInvoices => Hides(of(&format!("/invoice/{invoice}")), 200, 404),
        P::RecurringStatusChange => {
            Gives(post, of(&format!("/recurring/subscription/{subscription}/status/paused")), json!({}), 200)
        }
    }
}

/// A user with a key, and a session of theirs for the pages.
struct Clerk {
    path: String,
    by_key: Client,
    session: String,
}

impl Clerk {
    async fn add(app: &TestApp) -> Self {
        let password = "Correct-Horse-7";
        let user = add(app, json!({ "username": "clerk1", "password": password, "create_api_key": true })).await;
        let login = json!({ "username": "clerk1", "password": password });
        let session = app.anon().post("/api/token-auth", &login).await.body["sid"].as_str().expect("a sid").to_owned();
        Self {
            path: format!("/api/user/{}", user["id"].as_str().expect("an id")),
            by_key: app.with(user["api_key"].as_str().expect("a key")),
            session,
        }
    }

    async fn switch(&self, app: &TestApp, permission: Permission, is_on: bool) {
        let change = json!({ "permissions": { permission.name(): is_on } });
        let user = app.admin().post(&self.path, &change).await.data(200).clone();
        assert_eq!(user["permissions"][permission.name()], is_on, "{}", permission.name());
    }

    async fn status(&self, app: &TestApp, method: &str, path: &str, body: &Value) -> u16 {
        let body = (!body.is_null()).then(|| body.to_string());
        let client = match path.starts_with("/api") {
            true => self.by_key.clone(),
            false => app.anon().header("cookie", &format!("sid={}", self.session)),
        };
        client.send(method, path, body).await.status
    }
}

#[tokio::test]
async fn every_permission_guards_what_it_names_in_the_next_request() {
    let app = TestApp::start().await;
    let things = things(&app).await;
    let clerk = Clerk::add(&app).await;
    let paths = app.anon().get("/openapi.json").await.body["paths"].as_object().expect("paths").clone();
    for permission in Permission::ALL {
        let name = permission.name();
        let is_of_others = matches!(permission, P::ViewOthersTransactions);
        clerk.switch(&app, P::ViewOthersTransactions, !is_of_others).await;
        let (method, path, body, off, on) = match guard(*permission, &things) {
            Gives(method, path, body, on) => (method, path, body, 403, on),
            Hides(path, off, on) => ("GET", path, Value::Null, off, on),
            Nothing(word) => {
                clerk.switch(&app, *permission, true).await;
                assert!(!paths.keys().any(|path| path.contains(word)), "{name} has something to guard: add it above");
                continue;
            }
        };
        assert_eq!(clerk.status(&app, method, &path, &body).await, off, "{name} never given: {method} {path}");
        clerk.switch(&app, *permission, true).await;
        assert_eq!(clerk.status(&app, method, &path, &body).await, on, "{name} on: {method} {path}");
        clerk.switch(&app, *permission, false).await;
        assert_eq!(clerk.status(&app, method, &path, &body).await, off, "{name} off again: {method} {path}");
    }
}

#[tokio::test]
async fn what_is_not_seen_is_not_found_or_touched_either() {
    let app = TestApp::start().await;
    let Things { invoice, authorized, pending, settled, .. } = things(&app).await;
    let clerk = Clerk::add(&app).await;
    for permission in [P::ProcessCapture, P::ProcessVoid, P::ProcessRefund, P::RestrictViewingOthersInvoices] {
        clerk.switch(&app, permission, true).await;
    }
    for (method, path, body) in [
        ("GET", format!("/api/transaction/{pending}"), Value::Null),
        ("POST", format!("/api/transaction/{authorized}/capture"), json!({})),
        ("POST", format!("/api/transaction/{pending}/void"), json!({})),
        ("POST", format!("/api/transaction/{settled}/refund"), json!({})),
        ("GET", format!("/api/invoice/{invoice}"), Value::Null),
        ("POST", format!("/api/invoice/{invoice}"), json!({ "message": "x" })),
        ("POST", format!("/api/invoice/{invoice}/mark-as-paid"), json!({})),
        ("DELETE", format!("/api/invoice/{invoice}"), Value::Null),
    ] {
        assert_eq!(clerk.status(&app, method, &path, &body).await, 404, "{method} {path}");
    }
    for search in ["/api/transaction/search", "/api/invoices/search"] {
        let none = clerk.by_key.post(search, &json!({})).await;
        assert_eq!((none.data(200), &none.body["total_count"]), (&Value::Null, &json!(0)), "{search}");
        assert!(app.admin().post(search, &json!({})).await.body["total_count"].as_u64() > Some(0), "{search}");
    }
}

#[tokio::test]
async fn an_administrator_needs_no_flag_and_no_flag_restricts_one() {
    let app = TestApp::start().await;
    let Things { invoice, settled, .. } = things(&app).await;
    let user = json!({ "username": "boss1", "role": "admin", "create_api_key": true,
        "permissions": { "restrict_viewing_others_invoices": true } });
    let boss = add(&app, user).await;
    assert_eq!(boss["permissions"]["restrict_viewing_others_invoices"], false);
    assert_eq!(boss["permissions"]["manage_users"], true);
    let boss = app.with(boss["api_key"].as_str().expect("a key"));
    for path in [format!("/api/invoice/{invoice}"), format!("/api/transaction/{settled}"), "/api/users".to_owned()] {
        assert_eq!(boss.get(&path).await.status, 200, "{path}");
    }
}
