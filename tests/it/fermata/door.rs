//! Section 1 of the contract: credentials, company, ids, bodies, lists, numbers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bursar::app::user::{ChangeUser, NewUser};
use bursar::domain::access::{Permission, Permissions, Role};
use bursar::domain::user::UserStatus;
use serde_json::{Value, json};

use super::{Shop, refused};
use crate::support::command;

#[tokio::test]
async fn credentials_come_in_three_forms() {
    let shop = Shop::open().await;
    let key = shop.app.credentials().to_owned();
    let basic = |user: &str, key: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{key}")));
    let bare_id = shop.company.trim_start_matches("c_").to_owned();
    for (authorization, status) in [
        (basic(&shop.company, &key), 200),
        (basic(&bare_id, &key), 200),
        (format!("Bearer {key}"), 200),
        (key.clone(), 200),
        (basic("c_another", &key), 401),
        (basic("", &key), 401),
        (basic(&shop.company, "wrong"), 401),
        (basic(&shop.company, shop.app.public_key_text()), 403),
        ("Basic !!!".to_owned(), 401),
        (format!("Digest {key}"), 401),
        ("Bearer nothing".to_owned(), 401),
    ] {
        let answer = shop.app.with(&authorization).get(&shop.path("{a}")).await;
        assert_eq!(answer.status, status, "{authorization}: {}", answer.text);
    }
}

/// Who is behind a key is remembered between requests; what a commit changed of it counts from the next one on.
#[tokio::test]
async fn a_key_that_is_remembered_is_still_no_better_than_its_user() {
    let shop = Shop::open().await;
    let app = shop.app.app();
    let user = NewUser {
        username: "clerk.with.key".to_owned(),
        name: "Clerk".to_owned(),
        phone: String::new(),
        email: String::new(),
        time_zone: String::new(),
        status: UserStatus::Active,
        role: Role::Standard,
        permissions: Permissions::NONE,
        password: None,
    };
    let made = app.user_create_with(&command(), user, ChangeUser::default(), true).await.expect("the user is new");
    let client = shop.app.with(&made.api_key.expect("a key was asked for"));
    let status = |status| ChangeUser { status: Some(status), ..ChangeUser::default() };
    let manages =
        |is_given| ChangeUser { permissions: vec![(Permission::ManageApiKeys, is_given)], ..ChangeUser::default() };
    // Each change, and what the treasury and the list of keys answer after it; each is asked twice.
    for (at, (change, treasury, keys)) in [
        (ChangeUser::default(), 200, 403),
        (manages(true), 200, 200),
        (manages(false), 200, 403),
        (status(UserStatus::Disabled), 401, 401),
        (status(UserStatus::Active), 200, 403),
        (manages(true), 200, 200),
    ]
    .into_iter()
    .enumerate()
    {
        app.user_update(&command(), made.user.id.clone(), change).await.expect("the user is changed");
        for _ in 0..2 {
            let found = client.get(&shop.path("{a}")).await.status;
            let listed = client.get("/api/user/apikeys").await.status;
            assert_eq!((found, listed), (treasury, keys), "after change {at}");
        }
    }
    let key = app.api_key_list(&command()).expect("keys").into_iter().find(|key| key.user_id == made.user.id);
    app.api_key_delete(&command(), key.expect("its key").id.as_str()).await.expect("it is deleted");
    assert_eq!(client.get(&shop.path("{a}")).await.status, 401);
}

#[tokio::test]
async fn a_path_names_this_company_and_things_by_their_prefix() {
    let shop = Shop::open().await;
    let bare = shop.company.trim_start_matches("c_").to_owned();
    let account = shop.account.trim_start_matches("a_").to_owned();
    for (path, status) in [
        (format!("/companies/{}/prices", shop.company), 200),
        (format!("/companies/{bare}/prices"), 200),
        (format!("/v1/companies/{bare}/prices"), 200),
        ("/companies/c_another/prices".to_owned(), 404),
        (format!("/accounts/{}", shop.account), 200),
        (format!("/v1/accounts/{}", shop.account), 200),
        (format!("/accounts/{account}"), 404),
        (format!("/accounts/e_{account}"), 404),
        ("/accounts/a_0000000000000000".to_owned(), 404),
        ("/accounts/a_!".to_owned(), 404),
        ("/events/e_0000000000000000".to_owned(), 404),
        (format!("/events/{}", shop.account), 404),
        ("/accounts".to_owned(), 404),
        ("/accounts/a_1/nothing".to_owned(), 404),
        ("/v1/nothing".to_owned(), 404),
    ] {
        let answer = shop.client.get(&path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        if status == 404 {
            assert_eq!(refused(&answer).1, "not_found", "{path}");
        }
    }
    let answer = shop.client.delete(&shop.path("{a}")).await;
    assert_eq!(refused(&answer), (405, "method_not_allowed"));
}

#[tokio::test]
async fn bodies_are_json_objects_of_known_members() {
    let shop = Shop::open().await;
    let path = shop.path("{a}/balance/credits");
    let padded = |bytes: usize| {
        let frame = r#"{"amount":1,"metadata":""}"#.len();
        format!(r#"{{"amount":1,"metadata":"{}"}}"#, "x".repeat(bytes - frame))
    };
    for (body, status, code, field) in [
        ("{", 400, "bad_request", None),
        ("", 400, "bad_request", None),
        ("5", 400, "bad_request", None),
        ("null", 400, "bad_request", None),
        (r#"{"amount":1} x"#, 400, "bad_request", None),
        ("{}", 422, "invalid", Some("amount")),
        (r#"{"amount":1.0}"#, 422, "invalid", Some("amount")),
        (r#"{"amount":1e2}"#, 422, "invalid", Some("amount")),
        (r#"{"amount":"5"}"#, 422, "invalid", Some("amount")),
        (r#"{"amount":true}"#, 422, "invalid", Some("amount")),
        (r#"{"amount":null}"#, 422, "invalid", Some("amount")),
        (r#"{"amount":9223372036854775808}"#, 422, "invalid", Some("amount")),
        (r#"{"amount":1,"quantity":0}"#, 422, "invalid", Some("quantity")),
        (r#"{"amount":1,"quantity":null}"#, 422, "invalid", Some("quantity")),
        (r#"{"amount":1,"type":"a b"}"#, 422, "invalid", Some("type")),
        (r#"{"amount":1,"type":null}"#, 422, "invalid", Some("type")),
        (r#"{"amount":1,"state":"gone"}"#, 422, "invalid", Some("state")),
        (r#"{"amount":1,"gate_on_balance":1}"#, 422, "invalid", Some("gate_on_balance")),
        (r#"{"amount":1,"colour":"red"}"#, 422, "invalid", Some("colour")),
        (r#"{"amount":1,"amount":1}"#, 422, "invalid", Some("amount")),
        (r#"[{"amount":1},{"amount":"1"}]"#, 422, "invalid", Some("[1].amount")),
        (r#"[{"amount":1},{}]"#, 422, "invalid", Some("[1].amount")),
        (r#"[{"amount":1},{"amount":1,"x":1}]"#, 422, "invalid", Some("[1].x")),
        (r#"[{"amount":1},{"amount":1,"type":"a b"}]"#, 422, "invalid", Some("[1].type")),
    ] {
        let answer = shop.client.post_text(&path, body).await;
        assert_eq!(refused(&answer), (status, code), "{body}: {}", answer.text);
        assert_eq!(answer.body["error"]["field"].as_str(), field, "{body}: {}", answer.text);
    }
    let long = shop.client.post_text(&path, &padded(16 * 1024 + 100)).await;
    assert_eq!(long.body["error"]["field"], "metadata", "{}", long.text);
    let answer = shop.client.post_text(&path, &padded(256 * 1024 + 1)).await;
    assert_eq!(refused(&answer), (413, "too_large"));
    let many = Value::Array(vec![json!({ "amount": 1 }); 1_001]);
    assert_eq!(refused(&shop.client.post(&path, &many).await), (422, "invalid"));
    let form = shop.client.post_form(&path, &[("amount", "1")]).await;
    assert_eq!(refused(&form), (415, "unsupported_media_type"));
    assert_eq!(shop.sums().await, [0; 5], "nothing of it was taken");
}

#[tokio::test]
async fn lists_are_read_newest_first_and_do_not_shift() {
    let shop = Shop::open().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let made = shop.post("{a}/events", &json!({ "type": "N", "metadata": n })).await;
        ids.push(made.data(200)["id"].clone());
    }
    ids.reverse();
    let first = shop.get("{a}/events?limit=2").await;
    assert_eq!((first.status, first.body["has_more"].as_bool()), (200, Some(true)));
    shop.post("{a}/events", &json!({ "type": "N" })).await.data(200);
    let mut seen: Vec<Value> = Vec::new();
    let mut page = first.body;
    loop {
        seen.extend(page["data"].as_array().expect("rows").iter().map(|row| row["id"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        page = shop.get(&format!("{{a}}/events?limit=2&cursor={cursor}")).await.body;
    }
    assert_eq!(seen, ids);
    assert_eq!((page["has_more"].as_bool(), &page["next_cursor"]), (Some(false), &Value::Null));
    for query in ["limit=0", "limit=501", "limit=x", "limit=", "cursor=x", "cursor=", "cursor=-1"] {
        assert_eq!(refused(&shop.get(&format!("{{a}}/events?{query}")).await), (422, "invalid"), "{query}");
    }
    for path in ["{c}/accounts", "{c}/events", "{c}/prices", "{a}/balances", "{a}/charges", "{a}/events"] {
        let answer = shop.get(path).await;
        let keys: Vec<&String> = answer.body.as_object().expect("an object").keys().collect();
        assert_eq!((answer.status, keys.len()), (200, 3), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_whole_range_of_amounts_is_exact() {
    let shop = Shop::open().await;
    // (amount, answer: what is left, or the refusal)
    for (amount, expected) in [
        ("9223372036854775807", Ok("9223372036854775807")),
        ("1", Err("out_of_range")),
        ("-1", Ok("9223372036854775806")),
        ("-9223372036854775806", Ok("0")),
        ("-9223372036854775807", Ok("-9223372036854775807")),
        ("-1", Ok("-9223372036854775808")),
        ("-1", Err("out_of_range")),
        ("-9223372036854775808", Err("out_of_range")),
        ("9223372036854775807", Ok("-1")),
    ] {
        let answer =
            shop.client.post_text(&shop.path("{a}/balance/credits"), &format!(r#"{{"amount":{amount}}}"#)).await;
        match expected {
            Ok(left) => {
                let told = format!(r#""amount":{left},"#);
                assert!(answer.status == 200 && answer.text.contains(&told), "{amount}: {}", answer.text);
            }
            Err(code) => assert_eq!(refused(&answer), (422, code), "{amount}"),
        }
    }
    shop.assert_books_hold();
}
