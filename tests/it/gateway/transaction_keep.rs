//! What a charge leaves in the vault: one customer where it was asked for, after the approval, once; and nothing else.

use bursar::domain::time::DAY;
use serde_json::{Value, json};

use super::till::{Till, VISA, ach, card, id_of, with};

async fn customer(till: &Till, id: &Value) -> Value {
    let id = id.as_str().expect("an id");
    till.client.get(&format!("/api/vault/{id}")).await.data(200)["data"]["customer"].clone()
}

#[tokio::test]
async fn an_approval_makes_one_customer_that_can_be_charged_again() {
    let till = Till::open().await;
    let address = json!({ "first_name": "Ann", "postal_code": "60187", "country": "US" });
    for (body, kind, masked) in [
        (card("sale", 1000, VISA), "cards", "424242******4242"),
        (card("authorize", 1000, VISA), "cards", "424242******4242"),
        (card("verification", 0, VISA), "cards", "424242******4242"),
        (ach(1000, "021000021"), "ach", "******9999"),
        (
            json!({ "type": "sale", "amount": 1, "payment_method": { "token": "tok_visa" } }),
            "cards",
            "424242******4242",
        ),
    ] {
        let body = with(&with(&body, "create_vault_record", json!(true)), "billing_address", address.clone());
        let made = till.charge(&body).await.data(200).clone();
        let shown = customer(&till, &made["customer_id"]).await;
        assert_eq!(shown["payments"][kind][0]["id"], made["customer_payment_id"], "{shown}");
        assert_eq!(shown["defaults"]["payment_method_id"], made["customer_payment_id"]);
        let number = if kind == "ach" { "masked_account_number" } else { "masked_number" };
        assert_eq!(shown["payments"][kind][0][number], masked);
        assert_eq!(shown["addresses"][0]["first_name"], "Ann");
        let again =
            json!({ "type": "sale", "amount": 5, "payment_method": { "customer": { "id": made["customer_id"] } } });
        assert_eq!(till.charge(&again).await.data(200)["response"], "approved");
    }
    assert_eq!(till.rows("customer"), 5);
}

#[tokio::test]
async fn a_repetition_makes_no_second_customer_and_a_decline_none() {
    let till = Till::open().await;
    let body = with(&card("sale", 1000, VISA), "create_vault_record", json!(true));
    let body = with(&body, "idempotency_key", json!("once"));
    let made = till.charge(&body).await.data(200).clone();
    assert_eq!(till.charge(&body).await.data(200), &made);
    assert_eq!(till.rows("customer"), 1);
    let declined = with(&card("sale", 1000, "4000000000000002"), "create_vault_record", json!(true));
    assert_eq!(till.charge(&declined).await.data(200)["customer_id"], "");
    assert_eq!((till.rows("customer"), till.rows("payment_method")), (1, 1), "nothing is held of a decline");
    // The answer is lost: the customer is made when the approval is found out, and the request never arrived: never.
    let lost = with(&card("sale", 1000, "4000000000003220"), "create_vault_record", json!(true));
    let lost = till.charge(&lost).await.data(200).clone();
    let absent = with(&card("sale", 1000, "4000000000003063"), "create_vault_record", json!(true));
    let absent = till.charge(&absent).await.data(200).clone();
    assert_eq!((&lost["customer_id"], till.rows("customer")), (&json!(""), 1));
    till.app.advance_to("2026-01-10T00:00:00Z").await;
    let found = till.again(&lost).await;
    assert_eq!(
        customer(&till, &found["customer_id"]).await["payments"]["cards"][0]["id"],
        found["customer_payment_id"]
    );
    assert_eq!((&till.again(&absent).await["customer_id"], till.rows("customer")), (&json!(""), 2));
}

#[tokio::test]
async fn the_record_may_be_of_a_customer_and_its_id_may_tell_the_method() {
    let till = Till::open().await;
    let named = with(&card("sale", 1000, VISA), "create_vault_record", json!(true));
    let named = till.charge(&with(&named, "vault_record_id_format", json!("xid_type_last4"))).await.data(200).clone();
    assert!(named["customer_id"].as_str().is_some_and(|id| id.ends_with("_card_4242")), "{}", named["customer_id"]);
    let more = with(&ach(700, "021000021"), "create_vault_record_for", named["customer_id"].clone());
    let more = till.charge(&more).await.data(200).clone();
    assert_eq!(more["customer_id"], named["customer_id"]);
    let shown = customer(&till, &named["customer_id"]).await;
    assert_eq!(shown["payments"]["ach"][0]["id"], more["customer_payment_id"]);
    assert_eq!(shown["defaults"]["payment_method_id"], named["customer_payment_id"], "the default stays");
    for unknown in [json!("unheard-of-customer"), json!("not an id!")] {
        let refused = till.charge(&with(&card("sale", 1, VISA), "create_vault_record_for", unknown)).await;
        assert_eq!(refused.status, 400);
        assert!(refused.msg().contains("create_vault_record_for"), "{}", refused.msg());
    }
    assert_eq!(till.count(), 2, "refused before anything was charged");
    let stored = json!({ "type": "sale", "amount": 5, "create_vault_record": true,
        "payment_method": { "customer": { "id": named["customer_id"] } } });
    assert_eq!(till.charge(&stored).await.data(200)["customer_id"], named["customer_id"], "it is kept already");
    assert_eq!(till.rows("customer"), 1);
}

#[tokio::test]
async fn a_payment_becomes_a_customer_afterwards_while_it_is_held() {
    let till = Till::open().await;
    let [paid, late] = [till.card("sale", 1000, VISA).await, till.card("sale", 1000, VISA).await];
    assert_eq!(paid["customer_id"], "");
    let record = till.act(&paid, "vault", &json!({})).await.data(200).clone();
    assert_eq!(till.act(&paid, "vault", &json!({})).await.data(200)["id"], record["id"], "one payment, one customer");
    assert_eq!(till.again(&paid).await["customer_id"], record["id"]);
    let declined = till.card("sale", 1000, "4000000000000002").await;
    let refused = till.act(&declined, "vault", &json!({})).await;
    assert!(refused.status == 400 && refused.msg().contains("not approved"), "{}", refused.text);
    till.app.advance_to(&till.app.now().plus(9 * DAY).to_string()).await;
    let refused = till.act(&late, "vault", &json!({})).await;
    assert!(refused.status == 400 && refused.msg().contains("not kept"), "{}", refused.text);
    assert_eq!(till.rows("payment_method"), 1, "what nobody kept is gone");
    assert_eq!(till.client.post("/api/transaction/unheard/vault", &json!({})).await.status, 404);
}

#[tokio::test]
async fn an_approval_may_be_undone_at_once() {
    let till = Till::open().await;
    for (kind, status) in [("sale", "voided"), ("authorize", "reversed")] {
        let made = till.charge(&with(&card(kind, 1000, VISA), "void_on_success", json!(true))).await.data(200).clone();
        assert_eq!((&made["status"], &made["response"]), (&json!(status), &json!("approved")));
        assert_eq!((&made["amount_captured"], &made["void_on_success"]), (&json!(0), &json!(true)));
    }
    let declined = with(&card("sale", 1000, "4000000000000002"), "void_on_success", json!(true));
    assert_eq!(till.charge(&declined).await.data(200)["status"], "declined");
    let lost = with(&card("sale", 1000, "4000000000003220"), "void_on_success", json!(true));
    let lost = till.charge(&lost).await.data(200).clone();
    assert_eq!(lost["status"], "unknown");
    till.app.advance_to("2026-01-01T12:00:00Z").await;
    assert_eq!(till.again(&lost).await["status"], "voided", "a late approval is undone when it is known");
    assert_eq!(id_of(&till.again(&lost).await), id_of(&lost));
}
