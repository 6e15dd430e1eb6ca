//! Adding, changing and removing users: every field with its bounds, who may, and what holds at once.

use bursar::domain::access::{Permission, Role};
use serde_json::{Value, json};

use crate::support::{Client, TestApp, command};

const PASSWORD: &str = "Correct-Horse-7";

/// Adds a user through the API and answers what came back.
pub async fn add(app: &TestApp, user: Value) -> Value {
    app.admin().post("/api/user", &user).await.data(200).clone()
}

/// Adds a standard user with a password, logs in, answers its id and a client with its token.
pub async fn add_clerk(app: &TestApp, username: &str, permissions: Value) -> (String, Client) {
    let user = json!({ "username": username, "password": PASSWORD, "email": format!("{username}@shop.example"),
        "permissions": permissions });
    let id = add(app, user).await["id"].as_str().expect("an id").to_owned();
    (id, login(app, username, PASSWORD).await.expect("the password is right"))
}

/// A client with the token of a login; `None` where it is refused.
pub async fn login(app: &TestApp, username: &str, password: &str) -> Option<Client> {
    let answer = app.anon().post("/api/token-auth", &json!({ "username": username, "password": password })).await;
    let token = answer.body["token"].as_str()?;
    Some(app.with(&format!("Bearer {token}")))
}

#[tokio::test]
async fn a_user_is_added_found_listed_changed_and_removed() {
    let app = TestApp::start().await;
    let admin = app.admin();
    let user = json!({
        "username": "testmerchant43", "name": "test merchant user", "phone": "(630) 555-5555",
        "email": "info@website.com", "timezone": "America/Chicago", "password": PASSWORD, "status": "active",
        "role": "standard", "permissions": { "process_sale": true, "process_void": false, "of_tomorrow": true },
        "notifications": { "merchant": { "security_alerts": true } },
        "defaults": { "show_transaction_totals": true, "vault_table_format_id": "wide" },
        "create_api_key": true
    });
    let made = add(&app, user).await;
    let key = made["api_key"].as_str().expect("a key").to_owned();
    assert_eq!(app.with(&key).get("/api/user").await.data(200)["username"], "testmerchant43", "its key works");
    assert_eq!(made["phone"], "6305555555");
    assert_eq!(
        (&made["permissions"]["process_sale"], &made["permissions"]["process_void"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(made["permissions"].as_object().expect("an object").len(), 22, "every flag is shown");
    assert_eq!(made["notifications"]["merchant"]["security_alerts"], true);
    assert_eq!(made["defaults"]["vault_table_format_id"], "wide");
    assert_eq!(made["flags"], json!({ "password_expired": "true" }), "somebody else chose it");
    assert_eq!(made["access_restrictions"], json!({ "ip": null }));

    let path = format!("/api/user/{}", made["id"].as_str().expect("an id"));
    let found = admin.get(&path).await.data(200).clone();
    assert_eq!(found["api_key"], "", "a key is shown once");
    assert_eq!((&found["id"], &found["email"]), (&made["id"], &made["email"]));
    let listed = admin.get("/api/users").await;
    assert_eq!((&listed.body["total_count"], &listed.data(200)[1]), (&json!(2), &found));

    let change = json!({ "name": "New Name", "phone": "", "timezone": "", "email": null,
        "permissions": { "process_sale": false, "process_credit": true },
        "notifications": { "merchant": { "security_alerts": false, "invoice_create": true } },
        "defaults": { "show_transaction_totals": false } });
    let changed = admin.post(&path, &change).await.data(200).clone();
    assert_eq!((&changed["name"], &changed["phone"]), (&json!("New Name"), &json!("")));
    assert_eq!((&changed["timezone"], &changed["email"]), (&found["timezone"], &found["email"]), "not given, stays");
    assert_eq!(changed["permissions"]["process_credit"], true);
    assert_eq!(changed["permissions"]["process_sale"], false);
    assert_eq!(changed["notifications"]["merchant"]["invoice_create"], true);
    assert_eq!(changed["notifications"]["merchant"]["security_alerts"], false);
    assert_eq!(changed["defaults"]["vault_table_format_id"], "wide");
    assert_eq!(admin.get(&path).await.data(200), &changed);

    let gone = admin.delete(&path).await;
    assert_eq!((gone.data(200), gone.msg()), (&Value::Null, "successfully deleted"));
    assert_eq!((admin.get(&path).await.status, admin.delete(&path).await.status), (404, 404));
    assert_eq!(app.with(&key).get("/api/user").await.status, 401, "its keys went with it");
    assert!(login(&app, "testmerchant43", PASSWORD).await.is_none());
    let again = add(&app, json!({ "username": "TestMerchant43" })).await;
    assert_ne!(again["id"], made["id"], "the name is free again, for another user");
}

#[tokio::test]
async fn fields_of_a_new_user_are_checked_from_both_sides() {
    let app = TestApp::start().await;
    add(&app, json!({ "username": "taken1" })).await;
    let (forty, forty_one) = (format!("{}1", "u".repeat(39)), format!("{}1", "u".repeat(40)));
    let (hundred, more) = ("n".repeat(100), "n".repeat(101));
    let (twenty, twenty_one) = ("1".repeat(20), "1".repeat(21));
    let (sixty_four, sixty_five) = (format!("Aa1!{}", "x".repeat(60)), format!("Aa1!{}", "x".repeat(61)));
    let (local, host) = ("l".repeat(64), format!("{}.example", "h".repeat(60)));
    let long_host = [host.as_str(); 3].join(".");
    let (mail, long_mail) = (format!("{local}@{host}"), format!("{local}@{long_host}"));
    for (at, (field, value, refused)) in [
        ("username", json!("ab1"), None),
        ("username", json!("a1"), Some("username")),
        ("username", json!(forty), None),
        ("username", json!(forty_one), Some("username")),
        ("username", json!("onlyletters"), Some("username")),
        ("username", json!("1234567"), Some("username")),
        ("username", json!("name 1"), Some("username")),
        ("username", json!("name1\n"), Some("username")),
        ("username", json!(""), Some("username")),
        ("username", json!(null), Some("username")),
        ("username", json!(7), Some("username")),
        ("username", json!("TAKEN1"), Some("username")),
        ("name", json!(hundred), None),
        ("name", json!(more), Some("name")),
        ("name", json!("two\nlines"), Some("name")),
        ("phone", json!(twenty), None),
        ("phone", json!(twenty_one), Some("phone")),
        ("phone", json!("+1 (630) 555-5555"), None),
        ("phone", json!("call me"), Some("phone")),
        ("email", json!("info@website.com"), None),
        ("email", json!(mail), None),
        ("email", json!(long_mail), Some("email")),
        ("email", json!("website.com"), Some("email")),
        ("email", json!("a@b.example, c@d.example"), Some("email")),
        ("email", json!(["a@b.example"]), Some("email")),
        ("timezone", json!("ETC/UTC"), None),
        ("timezone", json!("Europe/Stockholm"), None),
        ("timezone", json!("Mars/Olympus"), Some("timezone")),
        ("password", json!("Abcde1!x"), None),
        ("password", json!("Abcde1!"), Some("password")),
        ("password", json!(sixty_four), None),
        ("password", json!(sixty_five), Some("password")),
        ("password", json!("abcdefg1!"), Some("password")),
        ("password", json!("Abcdefgh!"), Some("password")),
        ("password", json!("Abcdefgh1"), Some("password")),
        ("password", json!("P@ssw0rd"), Some("password")),
        ("status", json!("disabled"), None),
        ("status", json!("gone"), Some("status")),
        ("role", json!("admin"), None),
        ("role", json!("owner"), Some("role")),
        ("permissions", json!({ "process_sale": true }), None),
        ("permissions", json!({ "process_sale": "yes" }), Some("permissions.process_sale")),
        ("permissions", json!([true]), Some("permissions")),
        (
            "notifications",
            json!({ "merchant": { "transaction_void": 1 } }),
            Some("notifications.merchant.transaction_void"),
        ),
        ("defaults", json!({ "processor_id": "nobody" }), Some("defaults.processor_id")),
        ("defaults", json!({ "terminal_id": "nothing" }), Some("defaults.terminal_id")),
        ("defaults", json!({ "transaction_csv_format_id": "f".repeat(40) }), None),
        (
            "defaults",
            json!({ "transaction_csv_format_id": "f".repeat(41) }),
            Some("defaults.transaction_csv_format_id"),
        ),
        ("create_api_key", json!("yes"), Some("create_api_key")),
    ]
    .into_iter()
    .enumerate()
    {
        let mut user = json!({ "username": format!("person-{at}") });
        user[field] = value.clone();
        let answer = app.admin().post("/api/user", &user).await;
        match refused {
            None => assert_eq!(answer.status, 200, "{field} {value}: {}", answer.text),
            Some(name) => {
                let said = answer.msg().replace("invalid ", "");
                assert_eq!(answer.status, 400, "{field} {value}: {}", answer.text);
                assert!(said.starts_with(&format!("bad request error: {name}")), "{field} {value}: {said}");
            }
        }
    }
}

#[tokio::test]
async fn defaults_name_what_is_there() {
    let app = TestApp::start().await;
    let terminal = app.admin().get("/api/terminals").await.data(200)[0]["id"].clone();
    let user = add(&app, json!({ "username": "clerk1", "defaults": { "terminal_id": terminal } })).await;
    assert_eq!(user["defaults"]["terminal_id"], terminal);
    let path = format!("/api/user/{}", user["id"].as_str().expect("an id"));
    let taken = app.admin().post(&path, &json!({ "defaults": { "terminal_id": "" } })).await;
    assert_eq!(taken.data(200)["defaults"]["terminal_id"], "", "\"\" takes it away");
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once() {
    let app = TestApp::start().await;
    let (id, clerk) = add_clerk(&app, "clerk1", json!({ "manage_api_keys": true })).await;
    let made = clerk.post("/api/user/apikey", &json!({ "type": "api", "name": "till" })).await;
    let key = app.with(made.data(200)["api_key"].as_str().expect("a key"));
    let path = format!("/api/user/{id}");
    assert_eq!((clerk.get("/api/user").await.status, key.get("/api/user").await.status), (200, 200));
    assert_eq!(app.admin().post(&path, &json!({ "status": "disabled" })).await.data(200)["status"], "disabled");
    assert_eq!((clerk.get("/api/user").await.status, key.get("/api/user").await.status), (401, 401));
    assert!(login(&app, "clerk1", PASSWORD).await.is_none(), "nor can they come back");
    assert_eq!(app.admin().post(&path, &json!({ "status": "active" })).await.status, 200);
    assert_eq!(key.get("/api/user").await.status, 200, "keys work again");
    assert_eq!(clerk.get("/api/user").await.status, 401, "the session was ended");
}

#[tokio::test]
async fn the_last_active_administrator_stays() {
    let app = TestApp::start().await;
    let admin = app.admin();
    let id = admin.get("/api/user").await.data(200)["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/user/{id}");
    let last = "bad request error: this is the last active administrator";
    for change in [json!({ "role": "standard" }), json!({ "status": "disabled" })] {
        let refused = admin.post(&path, &change).await;
        assert_eq!((refused.status, refused.msg()), (400, last), "{change}");
    }
    let refused = admin.delete(&path).await;
    assert_eq!((refused.status, refused.msg()), (400, last));
    let second = add(&app, json!({ "username": "second2", "role": "admin", "status": "disabled" })).await;
    assert_eq!(admin.delete(&path).await.status, 400, "one that cannot log in does not count");
    let second = format!("/api/user/{}", second["id"].as_str().expect("an id"));
    assert_eq!(admin.post(&second, &json!({ "status": "active" })).await.status, 200);
    assert_eq!(admin.post(&path, &json!({ "role": "standard" })).await.data(200)["role"], "standard");
    assert_eq!(admin.get("/api/users").await.status, 403, "and that holds at once");
}

#[tokio::test]
async fn nobody_manages_a_user_who_may_do_more() {
    let app = TestApp::start().await;
    let (own_id, manager) = add_clerk(&app, "manager1", json!({ "manage_users": true, "process_sale": true })).await;
    let admin_id = app.admin().get("/api/user").await.data(200)["id"].as_str().expect("an id").to_owned();
    let (seller_id, _) = add_clerk(&app, "seller1", json!({ "process_sale": true })).await;
    let (cashier_id, _) = add_clerk(&app, "cashier1", json!({ "process_refund": true })).await;
    let (own, admin) = (format!("/api/user/{own_id}"), format!("/api/user/{admin_id}"));
    let (seller, cashier) = (format!("/api/user/{seller_id}"), format!("/api/user/{cashier_id}"));
    for (path, change, status) in [
        (&own, json!({ "permissions": { "process_refund": true } }), 403),
        (&own, json!({ "role": "admin" }), 403),
        (&own, json!({ "permissions": { "process_sale": false } }), 200),
        (&admin, json!({ "name": "x" }), 403),
        (&admin, json!({ "status": "disabled" }), 403),
        (&cashier, json!({ "email": "thief@evil.example" }), 403),
        (&seller, json!({ "email": "thief@evil.example" }), 403),
    ] {
        let answer = manager.post(path, &change).await;
        assert_eq!(answer.status, status, "{path} {change}: {}", answer.text);
    }
    for path in [&admin, &cashier, &seller] {
        assert_eq!(manager.delete(path).await.status, 403, "{path}");
    }
    for (user, status) in [
        (json!({ "username": "plain1" }), 200),
        (json!({ "username": "plain2", "role": "admin" }), 403),
        (json!({ "username": "plain3", "permissions": { "process_refund": true } }), 403),
        (json!({ "username": "plain4", "create_api_key": true }), 403),
    ] {
        assert_eq!(manager.post("/api/user", &user).await.status, status, "{user}");
    }
    app.admin().post(&own, &json!({ "permissions": { "restrict_viewing_others_invoices": true } })).await.data(200);
    let free = json!({ "permissions": { "restrict_viewing_others_invoices": false } });
    assert_eq!(manager.post(&own, &free).await.status, 403, "a restriction is not shaken off");
    assert_eq!(manager.post("/api/user", &json!({ "username": "plain5" })).await.status, 403, "nor by an accomplice");
}

#[tokio::test]
async fn everybody_may_look_at_themselves_only() {
    let app = TestApp::start().await;
    let (id, clerk) = add_clerk(&app, "clerk1", json!({})).await;
    assert_eq!(clerk.get(&format!("/api/user/{id}")).await.data(200)["username"], "clerk1");
    let admin = app.admin().get("/api/user").await.data(200)["id"].as_str().expect("an id").to_owned();
    assert_eq!(clerk.get(&format!("/api/user/{admin}")).await.status, 403);
    assert_eq!(app.admin().get("/api/user/0000000000000000").await.status, 404);
    assert_eq!(app.admin().get("/api/user/%00").await.status, 404);
}

#[tokio::test]
async fn the_use_of_a_key_is_noted_to_the_minute() {
    let app = TestApp::start().await;
    let made = app.admin().post("/api/user/apikey", &json!({ "type": "api", "name": "till" })).await;
    let key = made.data(200).clone();
    let used = async |app: &TestApp| {
        let listed = app.admin().get("/api/user/apikeys").await.data(200).clone();
        let all = listed.as_array().expect("a list").clone();
        all.into_iter().find(|one| one["id"] == key["id"]).expect("it is there")["last_used_at"].clone()
    };
    assert_eq!(used(&app).await, Value::Null, "never yet");
    let till = app.with(key["api_key"].as_str().expect("the key"));
    till.get("/api/user").await.data(200);
    let first = used(&app).await;
    assert!(first.as_str().is_some_and(|at| at.starts_with("2026-01-01T00:00:00")), "{first}");
    for (seconds, is_noted) in [(30, false), (31, true)] {
        app.clock().advance_to(app.now().plus(seconds * 1_000_000));
        till.get("/api/user").await.data(200);
        assert_eq!(used(&app).await != first, is_noted, "after {seconds} more seconds");
    }
}

#[tokio::test]
async fn a_transaction_keeps_the_name_of_who_made_it() {
    let app = TestApp::start().await;
    let (id, clerk) = add_clerk(&app, "clerk1", json!({ "process_sale": true })).await;
    let sale = json!({ "type": "sale", "amount": 100, "payment_method": { "token": "tok_visa" } });
    let sold = clerk.post("/api/transaction", &sale).await.data(200)["id"].as_str().expect("an id").to_owned();
    app.admin().delete(&format!("/api/user/{id}")).await.data(200);
    let found = app.admin().get(&format!("/api/transaction/{sold}")).await.data(200)[0].clone();
    assert_eq!((&found["user_id"], &found["user_name"]), (&json!(id), &json!("clerk1")));
    let user = app.app().user_find_named(&command(), "admin").expect("the administrator");
    assert_eq!(user.role, Role::Admin);
    assert!(!user.permissions.has(Permission::ProcessSale), "an administrator needs no flag");
}
