//! Tokens that a shop's page makes: their life, their single use, who may make them, and what is left of them.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::till::{Till, VISA, id_of};
use crate::support::{Answer, TestApp};

const PATH: &str = "/api/tokenizer";
const CVC: &str = "8462";

fn card() -> Value {
    json!({ "card": { "number": VISA, "expiration_date": "12/30", "cvc": "123" } })
}

fn bank() -> Value {
    json!({ "ach": { "routing_number": "490000018", "account_number": "999999", "account_type": "checking" } })
}

async fn token_of(app: &TestApp, body: &Value) -> String {
    let answer = app.public_key().post(PATH, body).await;
    assert_eq!((answer.status, &answer.body["status"]), (200, &json!("success")), "{}", answer.text);
    assert_eq!((&answer.body["message"], &answer.body["invalid"]), (&json!("success"), &json!([])));
    answer.body["token"].as_str().expect("a token").to_owned()
}

fn sale(token: &str) -> Value {
    json!({ "type": "sale", "amount": 1112, "payment_method": { "token": token } })
}

fn refused(answer: &Answer) {
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert!(answer.msg().contains("payment_method.token"), "{}", answer.text);
    assert!(answer.msg().contains("used already, or has expired"), "{}", answer.text);
}

#[tokio::test]
async fn a_token_pays_once_as_the_card_or_the_account_it_stands_for() {
    let till = Till::open().await;
    for (body, kind, masked) in [(card(), "card", "424242******4242"), (bank(), "ach", "******9999")] {
        let token = token_of(&till.app, &body).await;
        assert!(token.len() >= 43, "256 random bits");
        let paid = till.charge(&sale(&token)).await.data(200).clone();
        assert_eq!((&paid["response_code"], &paid["payment_method"]), (&json!(100), &json!("token")));
        assert_eq!(paid["payment_type"], kind);
        let shown = &paid["response_body"][kind];
        let shown_mask = shown.get("masked_card").or(shown.get("masked_account_number")).expect("a mask");
        assert_eq!(shown_mask, masked);
        refused(&till.charge(&sale(&token)).await);
    }
    assert_eq!((till.count(), till.rows("method_token")), (2, 0), "nothing sealed is left of a token that was used");
    refused(&till.charge(&sale("no-such-token")).await);
}

#[tokio::test]
async fn of_a_hundred_who_use_a_token_at_once_one_pays() {
    let till = Till::open().await;
    let token = token_of(&till.app, &card()).await;
    let body = sale(&token);
    let answers = join_all((0..100).map(|_| till.charge(&body))).await;
    let (paid, others): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(paid.len(), 1);
    others.iter().for_each(refused);
    assert_eq!((till.count(), till.app.simulator().charges().len()), (1, 1));
}

#[tokio::test]
async fn a_token_is_good_for_a_quarter_of_an_hour_and_then_deleted() {
    let till = Till::open().await;
    let (early, late) = (token_of(&till.app, &card()).await, token_of(&till.app, &card()).await);
    till.app.advance_to("2026-01-01T00:14:59Z").await;
    assert_eq!(till.charge(&sale(&early)).await.data(200)["response_code"], 100);
    assert_eq!(till.rows("method_token"), 1);
    let moved = till.app.advance_to("2026-01-01T00:15:01Z").await;
    assert_eq!(moved.body["ran"]["expire_tokens"], 1, "{}", moved.text);
    refused(&till.charge(&sale(&late)).await);
    assert_eq!((till.rows("method_token"), till.count()), (0, 1));
}

#[tokio::test]
async fn a_token_that_nobody_swept_yet_is_not_good_either() {
    let till = Till::open().await;
    let token = token_of(&till.app, &card()).await;
    let end = till.app.now().plus(15 * bursar::domain::time::MINUTE + bursar::domain::time::SECOND);
    till.app.clock().advance_to(end);
    assert_eq!(till.rows("method_token"), 1, "the job has not run");
    refused(&till.charge(&sale(&token)).await);
}

#[tokio::test]
async fn the_security_code_reaches_the_processor_but_no_byte_of_the_file() {
    let mut till = Till::open().await;
    let with_code = |cvc: &str| json!({ "card": { "number": VISA, "expiration_date": "12/30", "cvc": cvc } });
    let wrong = token_of(&till.app, &with_code("200")).await;
    assert_eq!(till.charge(&sale(&wrong)).await.data(200)["response_body"]["card"]["cvv_response_code"], "N");
    let (first, second) = (token_of(&till.app, &with_code(CVC)).await, token_of(&till.app, &with_code("200")).await);
    for file in ["bursar.db", "bursar.db-wal"] {
        let bytes = std::fs::read(till.app.data_dir().join(file)).expect("readable");
        for secret in [CVC, VISA, first.as_str(), second.as_str()] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret} is in {file}");
        }
    }
    till.app.restart().await;
    till.client = till.app.key();
    let paid = till.charge(&sale(&second)).await.data(200).clone();
    assert_eq!(paid["response_body"]["card"]["cvv_response_code"], "M", "after a restart the code is gone");
}

#[tokio::test]
async fn a_repeated_request_is_answered_though_its_token_is_used_up() {
    let till = Till::open().await;
    let client = till.client.clone().header("idempotency-key", "order-1");
    let body = sale(&token_of(&till.app, &card()).await);
    let first = client.post("/api/transaction", &body).await.data(200).clone();
    let again = client.post("/api/transaction", &body).await.data(200).clone();
    assert_eq!(id_of(&first), id_of(&again));
    let other = json!({ "type": "sale", "amount": 1, "payment_method": body["payment_method"] });
    assert_eq!(client.post("/api/transaction", &other).await.status, 422);

    let client = till.client.clone().header("idempotency-key", "customer-1");
    let body = json!({ "default_payment": { "token": token_of(&till.app, &card()).await } });
    let first = client.post("/api/vault/customer", &body).await.data(200).clone();
    assert_eq!(client.post("/api/vault/customer", &body).await.data(200)["id"], first["id"]);
    assert_eq!(till.rows("customer"), 1);
}

#[tokio::test]
async fn a_token_becomes_a_stored_method_once() {
    let till = Till::open().await;
    let client = &till.client;
    let token = token_of(&till.app, &card()).await;
    let new = json!({ "default_payment": { "token": token } });
    let record = client.post("/api/vault/customer", &new).await.data(200).clone();
    let payments = &record["data"]["customer"]["payments"];
    assert_eq!(payments["cards"][0]["masked_number"], "424242******4242");
    assert_eq!(payments["cards"][0]["expiration_date"], "2030-12-31T00:00:00Z");
    let again = client.post("/api/vault/customer", &new).await;
    assert_eq!(again.status, 400, "{}", again.text);
    assert!(again.msg().contains("default_payment.token"), "{}", again.text);

    let id = record["id"].as_str().expect("an id");
    let method = payments["cards"][0]["id"].as_str().expect("an id");
    let token = token_of(&till.app, &bank()).await;
    let path = format!("/api/vault/customer/{id}/token");
    let added = client.post(&path, &json!({ "token": token })).await.data(200).clone();
    assert_eq!(added["data"]["customer"]["payments"]["ach"][0]["sec_code"], "web");
    assert_eq!(client.post(&path, &json!({ "token": token })).await.status, 400);

    let other = json!({ "card": { "number": "5555555555554444", "expiration_date": "0131" } });
    let token = token_of(&till.app, &other).await;
    let path = format!("{path}/{method}");
    let changed = client.post(&path, &json!({ "token": token })).await.data(200).clone();
    assert_eq!(changed["data"]["customer"]["payments"]["cards"][0]["masked_number"], "555555******4444");
    assert_eq!(client.post(&path, &json!({ "token": token })).await.status, 400);
    let token = token_of(&till.app, &bank()).await;
    assert_eq!(client.post(&path, &json!({ "token": token })).await.status, 400, "an account is no card");
    assert_eq!(till.rows("method_token"), 1, "what was refused is not used up");
}

#[tokio::test]
async fn only_a_public_key_makes_tokens() {
    let app = TestApp::start().await;
    for (who, client) in [("nobody", app.anon()), ("a private key", app.key()), ("a stranger", app.with("pub_none"))] {
        let answer = client.post(PATH, &card()).await;
        assert_eq!((answer.status, &answer.body["status"]), (401, &json!("error")), "{who}: {}", answer.text);
        assert_eq!((&answer.body["token"], &answer.body["invalid"]), (&json!(""), &json!([])), "{who}");
    }
    let public = app.public_key();
    for (method, path) in [("POST", "/api/transaction"), ("GET", "/api/user"), ("GET", "/api/terminals")] {
        let answer = public.send(method, path, (method == "POST").then(|| sale("x").to_string())).await;
        assert_eq!(answer.status, 401, "a public key does nothing else: {path}");
    }
}

#[tokio::test]
async fn every_field_is_checked_and_all_that_do_not_fit_are_named() {
    let app = TestApp::start().await;
    let card = |number: &str, exp: &str, cvc: &str| json!({ "card": { "number": number, "expiration_date": exp, "cvc": cvc } });
    let ach = |routing: &str, account: &str, kind: &str, sec: &str| json!({ "ach": { "routing_number": routing, "account_number": account, "account_type": kind, "sec_code": sec } });
    for (body, invalid) in [
        (card("4242 4242-4242 4242", "01/26", ""), json!([])),
        (card("4242424242424241", "01/26", ""), json!(["cc"])),
        (card("42424242424", "12/30", "123"), json!(["cc"])),
        (card(VISA, "12/25", "123"), json!(["exp"])),
        (card(VISA, "1/2046", "1234"), json!(["exp"])),
        (card(VISA, "01/46", "1234"), json!([])),
        (card(VISA, "02/46", "1234"), json!(["exp"])),
        (card(VISA, "12/30", "12"), json!(["cvv"])),
        (card(VISA, "12/30", "12345"), json!(["cvv"])),
        (card("", "", "x"), json!(["cc", "exp", "cvv"])),
        (ach("490000018", "1234", "savings", ""), json!([])),
        (ach("490000018", "12345678901234567", "checking", "ppd"), json!([])),
        (ach("490000018", "123", "checking", "web"), json!(["account"])),
        (ach("490000018", "123456789012345678", "checking", "ccd"), json!(["account"])),
        (ach("490000019", "999999", "checking", "web"), json!(["routing"])),
        (ach("49000001", "", "current", "tel"), json!(["routing", "account", "account_type", "sec_code"])),
        (json!({}), json!(["payment"])),
        (json!({ "card": {}, "ach": {} }), json!(["payment"])),
        (json!({ "card": null, "ach": null }), json!(["payment"])),
    ] {
        let answer = app.public_key().post(PATH, &body).await;
        assert_eq!(answer.body["invalid"], invalid, "{body}: {}", answer.text);
        let is_good = invalid == json!([]);
        let expected = if is_good { (200, json!("success")) } else { (400, json!("validation")) };
        assert_eq!((answer.status, answer.body["status"].clone()), expected, "{body}");
        assert_eq!(answer.body["token"] == "", !is_good, "{body}");
    }
    for (body, named) in [("{\"card\":{\"number\":4242424242424242}}", "card.number"), ("[]", "body"), ("{", "body")] {
        let answer = app.public_key().post_text(PATH, body).await;
        assert_eq!((answer.status, &answer.body["status"]), (400, &json!("error")), "{body}");
        let message = answer.body["message"].as_str().unwrap_or("");
        assert!(message.contains(named) && !message.contains(VISA), "{body}: {message}");
    }
}

#[tokio::test]
async fn a_body_has_a_bound_on_both_sides() {
    let app = TestApp::start().await;
    let padded = |bytes: usize| {
        let body = card().to_string();
        format!("{body}{}", " ".repeat(bytes - body.len()))
    };
    let answer = app.public_key().post_text(PATH, &padded(8 * 1024)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = app.public_key().post_text(PATH, &padded(8 * 1024 + 1)).await;
    assert_eq!((answer.status, &answer.body["status"]), (413, &json!("error")), "{}", answer.text);
    assert_eq!(answer.header("access-control-allow-origin"), "*", "the page may read the refusal");
}

#[tokio::test]
async fn pages_of_other_origins_may_call_it_and_nothing_else() {
    let app = TestApp::start().await;
    let shop = app.anon().header("origin", "https://shop.example").header("access-control-request-method", "POST");
    let asked = shop.send("OPTIONS", PATH, None).await;
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (204, "*"), "{}", asked.text);
    assert_eq!(asked.header("access-control-allow-headers"), "authorization, content-type");
    assert_eq!(asked.header("access-control-allow-methods"), "POST");
    assert_eq!(asked.header("access-control-allow-credentials"), "", "cookies stay away");
    let made = app.public_key().header("origin", "https://shop.example").post(PATH, &card()).await;
    assert_eq!((made.status, made.header("access-control-allow-origin")), (200, "*"));
    assert_eq!(made.header("cache-control"), "no-store");
    for (method, path) in [("OPTIONS", "/api/transaction"), ("POST", "/api/transaction"), ("GET", "/api/user")] {
        let answer = app.key().header("origin", "https://shop.example").send(method, path, None).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{method} {path}");
    }
    let script = app.anon().get("/static/tokenizer.js").await;
    assert_eq!((script.status, script.header("access-control-allow-origin")), (200, "*"));
    assert_eq!(script.header("cross-origin-resource-policy"), "cross-origin");
    assert!(!script.header("etag").is_empty());
    let ours = app.anon().get("/static/invoice.js").await;
    assert_eq!(
        (ours.header("access-control-allow-origin"), ours.header("cross-origin-resource-policy")),
        ("", "same-origin")
    );
}

#[tokio::test]
async fn one_network_may_ask_for_so_many() {
    let app = TestApp::start().await;
    let public = app.public_key();
    let mut limited = None;
    for _ in 0..140 {
        let answer = public.post(PATH, &json!({})).await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
        assert_eq!(answer.status, 400);
    }
    let limited = limited.expect("140 at once are too many");
    assert_eq!(limited.body["status"], "error");
    let wait: u32 = limited.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(limited.header("access-control-allow-origin"), "*");
}
