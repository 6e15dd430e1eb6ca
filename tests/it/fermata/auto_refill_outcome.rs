//! Section 7 of the contract: what comes of a refill, by itself and by hand.

use serde_json::{Value, json};

use super::auto_refill::{due, setting, with};
use super::{Shop, refused};
use crate::support::Catcher;

#[tokio::test]
async fn a_hard_decline_switches_it_off_and_only_a_setting_or_a_retry_on_again() {
    for (token, code) in
        [("tok_chargeDeclinedStolenCard", "stolen_card"), ("tok_chargeDeclinedExpiredCard", "expired_card")]
    {
        let shop = Shop::refilled(token, 101, &setting()).await;
        shop.add(-1).await.data(200);
        shop.settle().await;
        assert_eq!(shop.state().await, json!([false, "off", "hard_decline", 0]), "{token}");
        let charge = shop.get("{a}/charges").await.body["data"][0].clone();
        assert_eq!((&charge["decline_code"], &charge["decline_kind"]), (&json!(code), &json!("hard")));
        shop.post("{a}/card", &json!({ "token": "tok_visa" })).await.data(200);
        shop.add(-1).await.data(200);
        shop.app.advance_to("2026-01-03T00:00:00Z").await;
        assert_eq!((shop.charges().await.len(), shop.sums().await[0]), (1, 99), "a new card alone switches nothing on");
        assert_eq!(shop.set(&setting()).await["enabled"], true);
        shop.settle().await;
        assert_eq!((shop.charges().await.len(), shop.sums().await[0]), (2, 599));
        shop.assert_books_hold();
    }
}

#[tokio::test]
async fn the_third_soft_decline_in_a_row_switches_it_off() {
    let shop = Shop::refilled("tok_chargeDeclined", 101, &setting()).await;
    shop.add(-1).await.data(200);
    shop.settle().await;
    assert_eq!(shop.state().await, json!([true, "cooling_down", null, 1]));
    // A success between forgets the ones before.
    shop.app.advance_to("2026-01-01T00:04:00Z").await;
    shop.post("{a}/card", &json!({ "token": "tok_visa" })).await.data(200);
    shop.app.advance_to("2026-01-01T00:05:00Z").await;
    assert_eq!((shop.state().await, shop.sums().await[0]), (json!([true, "cooling_down", null, 0]), 600));
    shop.post("{a}/card", &json!({ "token": "tok_chargeDeclinedInsufficientFunds" })).await.data(200);
    shop.add(-500).await.data(200);
    for (at, state) in [
        ("2026-01-01T00:10:00Z", json!([true, "cooling_down", null, 1])),
        ("2026-01-01T00:15:00Z", json!([true, "cooling_down", null, 2])),
        ("2026-01-01T00:20:00Z", json!([false, "off", "soft_declines", 3])),
        ("2026-02-01T00:20:00Z", json!([false, "off", "soft_declines", 3])),
    ] {
        shop.app.advance_to(at).await;
        assert_eq!(shop.state().await, state, "{at}");
    }
    assert_eq!((shop.charges().await.len(), shop.sums().await[0]), (5, 100));
    // A condition that no longer holds after a decline is not tried again.
    shop.set(&setting()).await;
    shop.settle().await;
    assert_eq!(shop.state().await[3], 1);
    shop.add(50).await.data(200);
    shop.app.advance_to("2026-03-01T00:00:00Z").await;
    assert_eq!((shop.charges().await.len(), shop.state().await), (6, json!([true, "ready", null, 1])));
    shop.assert_books_hold();
}

#[tokio::test]
async fn without_a_card_it_is_off_when_it_fires_and_what_costs_nothing_needs_none() {
    let shop = Shop::open().await;
    shop.add(101).await.data(200);
    assert_eq!(shop.set(&setting()).await["enabled"], true, "it has not fired");
    shop.add(-1).await.data(200);
    shop.settle().await;
    assert_eq!(shop.state().await, json!([false, "off", "no_card", 0]));
    assert_eq!(shop.charges().await.len(), 0);
    assert_eq!(refused(&shop.retry().await), (402, "payment_required"));
    shop.set(&with(json!({ "usd_charge": 0, "usd_monthly_cap": 0 }))).await;
    shop.settle().await;
    assert_eq!((shop.sums().await[0], shop.charges().await.len()), (600, 0), "nothing is no charge");
    assert_eq!(shop.state().await, json!([true, "cooling_down", null, 0]));
    shop.assert_books_hold();
}

/// The six answers: 200, 402, 202, in flight, capped, none there. None of them asks for the threshold or the cooldown.
#[tokio::test]
async fn a_retry_by_hand_has_six_answers() {
    let shop = Shop::refilled("tok_visa", 1_000, &with(json!({ "usd_monthly_cap": 2_000 }))).await;
    let made = shop.retry().await.data(200).clone();
    let shown = (&made["enabled"], &made["soft_declines"], &made["state"]);
    assert_eq!(shown, (&json!(true), &json!(0), &json!("cooling_down")));
    assert_eq!(shop.sums().await[0], 1_500, "credited before the answer");
    shop.set(&with(json!({ "usd_monthly_cap": 2_000, "enabled": false }))).await;
    assert_eq!(shop.retry().await.data(200)["enabled"], true, "on again, within the cooldown");
    assert_eq!(refused(&shop.retry().await), (409, "refill_capped"));
    assert_eq!(
        shop.charges().await,
        [json!(["auto_refill", "succeeded", null]), json!(["auto_refill", "succeeded", null])]
    );
    shop.set(&setting()).await;
    for (token, reason, code) in [
        ("tok_chargeDeclined", "soft_declines", "card_declined"),
        ("tok_chargeDeclinedStolenCard", "hard_decline", "stolen_card"),
    ] {
        shop.post("{a}/card", &json!({ "token": token })).await.data(200);
        let answer = shop.retry().await;
        assert_eq!(refused(&answer), (402, "payment_declined"), "{token}");
        assert_eq!(answer.body["error"]["decline_code"], code);
        assert_eq!(shop.refill().await["off_reason"], reason, "{token}");
    }
    shop.post("{a}/card", &json!({ "token": "tok_answerLost" })).await.data(200);
    let answer = shop.retry().await;
    assert_eq!((answer.status, &answer.body["data"]["state"]), (202, &json!("in_flight")), "{}", answer.text);
    assert_eq!(refused(&shop.retry().await), (409, "refill_in_flight"));
    shop.app.advance_to("2026-01-01T00:01:00.5Z").await;
    assert_eq!((shop.state().await, shop.sums().await[0]), (json!([true, "cooling_down", null, 0]), 2_500));
    let answer = shop.post("{a}/auto_refill/retry", &json!({ "denomination": "sms" })).await;
    assert_eq!(refused(&answer), (409, "no_refill"));
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_named_retry_is_done_once() {
    let shop = Shop::refilled("tok_visa", 1_000, &setting()).await;
    let client = shop.app.admin().header("X-DedupeId", "now");
    let path = shop.path("{a}/auto_refill/retry");
    for _ in 0..3 {
        client.post(&path, &json!({ "denomination": "credits" })).await.data(200);
    }
    assert_eq!((shop.charges().await.len(), shop.sums().await[0]), (1, 1_500));
    let other = client.post(&path, &json!({ "denomination": "sms" })).await;
    assert_eq!(refused(&other), (422, "dedupe_mismatch"));
    // A refusal is a result as well.
    let named = shop.app.admin().header("X-DedupeId", "none");
    let sms = json!({ "denomination": "sms" });
    assert_eq!(refused(&named.post(&path, &sms).await), (409, "no_refill"));
    shop.put("{a}/balance/sms/autorefill", &setting()).await.data(200);
    assert_eq!(refused(&named.post(&path, &sms).await), (409, "no_refill"));
}

/// The outcome is learned a minute later; until then nothing else fires, and the units come once.
#[tokio::test]
async fn a_lost_answer_is_in_flight_until_it_is_known() {
    let shop = Shop::refilled("tok_answerLost", 101, &setting()).await;
    shop.add(-1).await.data(200);
    shop.settle().await;
    let refill = shop.refill().await;
    assert_eq!((&refill["state"], &refill["next_refill_at"]), (&json!("in_flight"), &Value::Null));
    assert_eq!(shop.charges().await, [json!(["auto_refill", "confirming", "2026-01-01 00:00:00.000000+00"])]);
    shop.add(-50).await.data(200);
    shop.set(&with(json!({ "amount": 7 }))).await;
    shop.settle().await;
    assert_eq!(refused(&shop.retry().await), (409, "refill_in_flight"));
    shop.app.advance_to("2026-01-01T00:00:59Z").await;
    assert_eq!((shop.charges().await.len(), shop.sums().await[0]), (1, 50));
    shop.app.advance_to("2026-01-01T00:01:01Z").await;
    assert_eq!(shop.sums().await[0], 550, "what was bought, though the setting has changed");
    assert_eq!(shop.charges().await, [due("2026-01-01 00:00:00.000000+00")]);
    shop.app.advance_to("2026-01-09T00:00:00Z").await;
    assert_eq!((shop.charges().await.len(), shop.sums().await[0]), (1, 550));
    shop.assert_books_hold();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_debits_at_once_start_one() {
    let shop = Shop::refilled("tok_answerLost", 163, &setting()).await;
    let debits = (0..64).map(|_| {
        let (client, path) = (shop.app.admin(), shop.path("{a}/balance/credits"));
        tokio::spawn(async move { client.post(&path, &json!({ "amount": -1 })).await.status })
    });
    for debit in futures_util::future::join_all(debits).await {
        assert_eq!(debit.expect("a client ends"), 200);
    }
    shop.settle().await;
    assert_eq!((shop.charges().await.len(), shop.sums().await[0]), (1, 99));
    assert_eq!(shop.state().await, json!([true, "in_flight", null, 0]));
    shop.app.advance_to("2026-01-01T00:04:00Z").await;
    assert_eq!((shop.charges().await.len(), shop.sums().await[0]), (1, 599));
    shop.assert_books_hold();
}

/// Started by the first look of the next run, where the program died before its turn came.
#[tokio::test]
async fn what_was_wanted_before_a_stop_is_bought_after_it() {
    let mut shop = Shop::refilled("tok_visa", 101, &setting()).await;
    shop.app.set_checkpoint(Some(std::sync::Arc::new(|point| point != "intent committed")));
    shop.app.restart().await;
    shop.client = shop.app.admin();
    shop.add(-1).await.data(200);
    shop.settle().await;
    assert_eq!(shop.charges().await[0][1], "confirming");
    shop.app.set_checkpoint(None);
    shop.app.restart().await;
    shop.client = shop.app.admin();
    assert_eq!(shop.charges().await[0][1], "declined", "it was never sent");
    assert_eq!(shop.state().await, json!([true, "cooling_down", null, 0]), "which is no decline of the card");
    shop.app.advance_to("2026-01-01T00:05:00Z").await;
    assert_eq!((shop.charges().await.len(), shop.sums().await[0]), (2, 600));
    shop.assert_books_hold();
}

#[tokio::test]
async fn webhooks_tell_the_outcome_in_the_contracts_words() {
    let shop = Shop::open_with(json!({ "token": "tok_visa" })).await;
    let catcher = Catcher::start().await;
    let made = shop.post("{c}/webhooks", &json!({ "url": catcher.url() })).await.data(200).clone();
    let id = made["id"].as_str().expect("an id");
    shop.post(&format!("{{c}}/webhooks/{id}/subscribe/auto_refill"), &json!({})).await.data(200);
    shop.set(&with(json!({ "threshold": 0 }))).await;
    shop.settle().await;
    shop.post("{a}/card", &json!({ "token": "tok_chargeDeclinedStolenCard" })).await.data(200);
    shop.retry().await;
    let charges = shop.get("{a}/charges").await.body["data"].clone();
    let balance = json!({ "amount": 500, "pending": { "debits": 0, "credits": 0, "events": 0 }, "available": 500 });
    let told = |reason: &str, status: &str, charge: &Value, code: Value, enabled: bool| {
        json!({
            "account_id": shop.account, "denomination": "credits", "balance": balance, "reason": reason,
            "status": status, "amount": 500, "usd_charge": 1000, "charge_id": charge["id"], "decline_code": code,
            "enabled": enabled,
        })
    };
    let caught = catcher.wait_for(2).await;
    let found: Vec<Value> = caught.iter().map(|caught| caught.json()["data"].clone()).collect();
    let expected = [
        told("threshold", "succeeded", &charges[1], Value::Null, true),
        told("retry", "declined", &charges[0], json!("stolen_card"), false),
    ];
    assert_eq!(found, expected);
    assert!(caught.iter().all(|caught| caught.json()["type"] == "auto_refill"));
}
