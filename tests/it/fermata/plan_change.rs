//! Section 8 of the contract: a plan changed within its period, with its working.

use std::sync::Arc;

use bursar::processors::simulator::BookState;
use serde_json::{Value, json};

use super::plan::{charge, credits, make};
use super::{Shop, refused};
use crate::support::Answer;

/// An account with a card and `credits(2000, 1000)` since the first of February, in the middle of that month.
async fn halfway() -> (Shop, String) {
    let shop = Shop::open_at("2026-02-01T00:00:00Z", json!({ "token": "tok_visa" })).await;
    let plan = make(&shop, credits(2000, 1000)).await;
    shop.change_plan(&json!({ "plan_id": plan })).await.data(200);
    shop.app.advance_to("2026-02-15T00:00:00Z").await;
    (shop, plan)
}

async fn modify(shop: &Shop, body: &Value) -> Answer {
    shop.post("{a}/modifymidmonth", body).await
}

fn line(kind: &str, unit: &str, (old, new): (i64, i64), prorated: i64, applied: i64) -> Value {
    json!({ "kind": kind, "denomination": unit, "old": old, "new": new, "seconds_remaining": 1_209_600,
        "seconds_total": 2_419_200, "prorated": prorated, "applied": applied })
}

/// The contract's own example.
#[tokio::test]
async fn what_is_left_of_the_period_is_charged_and_filled() {
    let (shop, plan) = halfway().await;
    let before = shop.get("{a}").await.data(200).clone();
    let larger = make(&shop, credits(5001, 4000)).await;
    shop.change_plan(&json!({ "plan_id": null })).await.data(200);
    let answer = modify(&shop, &json!({ "plan_id": larger })).await.data(200).clone();
    let working =
        json!([line("price", "USD", (2000, 5001), 1501, 1501), line("balance", "credits", (1000, 4000), 1500, 1500),]);
    assert_eq!((&answer["charged"], &answer["credited"], &answer["working"]), (&json!(1501), &json!(0), &working));
    let mut expected = before.clone();
    expected["plan_id"] = json!(larger);
    assert_eq!(answer["account"], expected, "dates stay, the end that was to come is withdrawn");
    assert_eq!(answer["account"], *shop.get("{a}").await.data(200));
    assert_eq!(shop.sums().await[0], 2500);
    let balance = shop.get("{a}/balance/credits").await.data(200).clone();
    assert_eq!((&balance["managed_by_plan_id"], &balance["alert_at"]), (&json!(larger), &Value::Null));
    assert_eq!(
        shop.plan_charges().await,
        [charge("plan_attach", 2000, "succeeded"), charge("plan_change", 1501, "succeeded")]
    );
    let events = shop.app.app().events_after(&crate::support::command(), 0, 1_000).expect("the feed");
    let mut changes = events.iter().filter(|event| event.topic == "balance.changed");
    let last: Value = serde_json::from_str(&changes.next_back().expect("a change").data_json).expect("JSON");
    assert_eq!(
        (&last["change"], &last["reason"], &last["event_id"]),
        (&json!(1500), &json!("plan_change"), &Value::Null)
    );
    // Its own units lapse: 2500 given, 300 taken, 50 bought.
    shop.add(-300).await.data(200);
    let bought = json!({ "amount_to_deposit": 50, "amount_to_charge": 0, "denomination": "credits" });
    shop.post("{a}/deposit", &bought).await.data(200);
    shop.app.advance_to("2026-03-01T00:00:01Z").await;
    assert_eq!(shop.sums().await[0], 50 + 4000);
    assert_eq!(shop.plan_charges().await[2], charge("plan_renewal", 5001, "succeeded"));
    assert_ne!(plan, larger);
    shop.assert_books_hold();
}

/// A smaller plan gives credit, which pays first later, and takes at most what is available.
#[tokio::test]
async fn a_smaller_plan_gives_credit_and_takes_what_is_there() {
    let shop = Shop::open_at("2026-02-01T00:00:00Z", json!({ "token": "tok_visa" })).await;
    let (large, small) = (make(&shop, credits(5001, 4000)).await, make(&shop, credits(2000, 1000)).await);
    shop.change_plan(&json!({ "plan_id": large })).await.data(200);
    shop.app.advance_to("2026-02-15T00:00:00Z").await;
    shop.add(-2_900).await.data(200);
    shop.post("{a}/balance/credits", &json!({ "amount": -100, "state": "pending" })).await.data(200);
    let answer = modify(&shop, &json!({ "plan_id": small })).await.data(200).clone();
    let working = json!([
        line("price", "USD", (5001, 2000), -1501, -1501),
        line("balance", "credits", (4000, 1000), -1500, -1000),
    ]);
    assert_eq!((&answer["charged"], &answer["credited"], &answer["working"]), (&json!(0), &json!(1501), &working));
    assert_eq!(answer["account"]["plan_credit"], 1501);
    assert_eq!(shop.sums().await, [100, 100, 0, 1, 0]);
    // Credit pays the next change first.
    let middle = make(&shop, credits(3000, 1000)).await;
    let answer = modify(&shop, &json!({ "plan_id": middle })).await.data(200).clone();
    let told = (&answer["charged"], &answer["credited"], &answer["account"]["plan_credit"]);
    assert_eq!(told, (&json!(0), &json!(0), &json!(1001)));
    assert_eq!(answer["working"][0]["applied"], 500);
    shop.app.advance_to("2026-03-01T00:00:01Z").await;
    let charges = shop.plan_charges().await;
    assert_eq!(charges.last(), Some(&charge("plan_renewal", 3000 - 1001, "succeeded")), "{charges:?}");
    // 3000 given in all, 2900 taken: 100 lapse, which the cancelled event gave back.
    assert_eq!(shop.sums().await[0], 1000);
    shop.assert_books_hold();
}

#[tokio::test]
async fn variable_amounts_change_alone_and_each_line_has_its_period() {
    let shop = Shop::open_at("2026-01-31T00:00:00Z", json!({ "token": "tok_visa" })).await;
    let members = json!({
        "renewals": { "YEARLY": { "amount": 36_500 } },
        "balances": {
            "credits": { "amount": 100, "variable_amount_cost": 365 },
            "seats": { "amount": 5, "variable_amount_cost": 0 },
        },
    });
    let plan = make(&shop, members).await;
    let seats = json!({ "seats": 2 });
    shop.change_plan(&json!({ "plan_id": plan, "plan_variable_amounts": seats })).await.data(200);
    shop.app.advance_to("2026-03-17T00:00:00Z").await;
    let answer = modify(&shop, &json!({ "plan_variable_amounts": { "credits": 31 } })).await.data(200).clone();
    let day = 86_400;
    let working = json!([
        { "kind": "price", "denomination": "USD", "old": 36_500, "new": 36_500 + 31 * 365, "seconds_remaining": 320 * day,
            "seconds_total": 365 * day, "prorated": 31 * 320, "applied": 31 * 320 },
        { "kind": "balance", "denomination": "credits", "old": 100, "new": 131, "seconds_remaining": 14 * day,
            "seconds_total": 31 * day, "prorated": 14, "applied": 14 },
        { "kind": "balance", "denomination": "seats", "old": 7, "new": 7, "seconds_remaining": 14 * day,
            "seconds_total": 31 * day, "prorated": 0, "applied": 0 },
    ]);
    assert_eq!(answer["working"], working);
    assert_eq!(answer["account"]["plan_variable_amounts"], json!({ "credits": 31, "seats": 2 }));
    assert_eq!(shop.get("{a}/balance/credits").await.data(200)["plan_variable_amount"], 31);
    shop.assert_books_hold();
}

/// A balance that the new plan lacks gives back its part; the rest lapses when the period ends.
#[tokio::test]
async fn a_balance_that_the_new_plan_lacks_ends() {
    let (shop, _) = halfway().await;
    let other = json!({ "renewals": { "MONTHLY": { "amount": 2000 } }, "balances": { "sms": { "amount": 10 } } });
    let other = make(&shop, other).await;
    let answer = modify(&shop, &json!({ "plan_id": other })).await.data(200).clone();
    let working = json!([
        line("price", "USD", (2000, 2000), 0, 0),
        line("balance", "credits", (1000, 0), -500, -500),
        line("balance", "sms", (0, 10), 5, 5),
    ]);
    assert_eq!((&answer["charged"], &answer["working"]), (&json!(0), &working));
    assert_eq!(shop.plan_charges().await.len(), 1, "nothing is no charge");
    let balance = shop.get("{a}/balance/credits").await.data(200).clone();
    assert_eq!((&balance["amount"], &balance["managed_by_plan_id"]), (&json!(500), &Value::Null));
    let sms = shop.get("{a}/balance/sms").await.data(200).clone();
    assert_eq!((&sms["amount"], &sms["managed_by_plan_id"]), (&json!(5), &json!(other)));
    shop.app.advance_to("2026-03-01T00:00:01Z").await;
    assert_eq!((shop.sums().await[0], &shop.get("{a}/balance/sms").await.data(200)["amount"]), (0, &json!(10)));
    shop.assert_books_hold();
}

#[tokio::test]
async fn what_cannot_be_changed_leaves_everything() {
    let (shop, _) = halfway().await;
    let larger = make(&shop, credits(5001, 4000)).await;
    let yearly = json!({ "renewals": { "YEARLY": { "amount": 1 } }, "balances": {} });
    let yearly = make(&shop, yearly).await;
    let before = shop.get("{a}").await.data(200).clone();
    for (body, status, field) in [
        (json!({}), 422, json!("plan_id")),
        (json!({ "plan_id": null }), 422, json!("plan_id")),
        (json!({ "plan_id": 5 }), 422, json!("plan_id")),
        (json!({ "plan_id": larger, "plan_renewal_cadence": "MONTHLY" }), 422, json!("plan_renewal_cadence")),
        (json!({ "plan_id": "p_unheard" }), 404, Value::Null),
        (json!({ "plan_id": yearly }), 422, json!("plan_id")),
        (json!({ "plan_variable_amounts": { "credits": 1 } }), 422, json!("plan_variable_amounts.credits")),
        (json!({ "plan_variable_amounts": { "sms": 1 } }), 422, json!("plan_variable_amounts.sms")),
        (json!({ "plan_variable_amounts": { "credits": "1" } }), 422, json!("plan_variable_amounts.credits")),
    ] {
        let answer = modify(&shop, &body).await;
        assert_eq!((answer.status, &answer.body["error"]["field"]), (status, &field), "{body}: {}", answer.text);
    }
    let body = json!({ "plan_id": larger });
    shop.post("{a}/card", &json!({ "token": "tok_chargeDeclined" })).await.data(200);
    let card = shop.get("{a}").await.data(200).clone();
    let answer = modify(&shop, &body).await;
    assert_eq!((refused(&answer), &answer.body["error"]["decline_kind"]), ((402, "payment_declined"), &json!("soft")));
    assert_eq!(*shop.get("{a}").await.data(200), card);
    assert_eq!((&card["plan_id"], shop.sums().await[0]), (&before["plan_id"], 1000));
    // The period ends all the same; then the card that declines makes the plan past due.
    shop.app.advance_to("2026-03-01T00:00:01Z").await;
    assert_eq!(refused(&modify(&shop, &body).await), (409, "plan_past_due"));
    shop.app.advance_to("2026-03-09T00:00:00Z").await;
    assert_eq!(shop.get("{a}").await.data(200)["plan_status"], "FAILED");
    assert_eq!(refused(&modify(&shop, &body).await), (409, "no_plan"));
    let bare = Shop::open().await;
    let plan = make(&bare, credits(0, 1)).await;
    assert_eq!(refused(&modify(&bare, &json!({ "plan_id": plan })).await), (409, "no_plan"));
    bare.change_plan(&json!({ "plan_id": plan })).await.data(200);
    let priced = make(&bare, credits(500, 1)).await;
    assert_eq!(refused(&modify(&bare, &json!({ "plan_id": priced })).await), (402, "payment_required"));
    assert_eq!(bare.get("{a}").await.data(200)["plan_id"], json!(plan));
    shop.assert_books_hold();
    bare.assert_books_hold();
}

#[tokio::test]
async fn a_lost_answer_changes_when_it_is_known() {
    let (shop, plan) = halfway().await;
    let larger = make(&shop, credits(5001, 4000)).await;
    shop.post("{a}/card", &json!({ "token": "tok_answerLost" })).await.data(200);
    let named = shop.client.clone().header("X-DedupeId", "larger");
    let body = json!({ "plan_id": larger });
    let first = named.post(&shop.path("{a}/modifymidmonth"), &body).await;
    assert_eq!((first.status, &first.body["data"]["account"]["plan_id"]), (202, &json!(plan)), "{}", first.text);
    assert_eq!((&first.body["data"]["charged"], shop.sums().await[0]), (&json!(1501), 1000));
    assert_eq!(refused(&modify(&shop, &body).await), (409, "in_progress"));
    assert_eq!(named.post(&shop.path("{a}/modifymidmonth"), &body).await.status, 202);
    shop.app.advance_to("2026-02-15T00:01:30Z").await;
    let again = named.post(&shop.path("{a}/modifymidmonth"), &body).await;
    assert_eq!((again.status, &again.body["data"]["account"]["plan_id"]), (200, &json!(larger)), "{}", again.text);
    assert_eq!(again.body["data"]["working"], first.body["data"]["working"]);
    assert_eq!((shop.sums().await[0], shop.plan_charges().await.len()), (2500, 2));
    shop.assert_books_hold();
}

/// Wherever the program dies: charged at most once, and changed if and only if it was charged.
#[tokio::test]
async fn a_crash_changes_with_the_charge_or_not_at_all() {
    let points = ["intent committed", "sending committed", "answered", "outcome committed"];
    let mut outcomes = Vec::new();
    for point in points {
        let (mut shop, plan) = halfway().await;
        let larger = make(&shop, credits(5001, 4000)).await;
        shop.app.set_checkpoint(Some(Arc::new(move |passed| passed != point)));
        shop.app.restart().await;
        shop.client = shop.app.admin();
        let body = json!({ "plan_id": larger });
        let path = shop.path("{a}/modifymidmonth");
        let name = |shop: &Shop| shop.client.clone().header("X-DedupeId", "once");
        let died = name(&shop).post(&path, &body).await;
        assert!(died.status >= 500 || died.status == 202 || died.status == 200, "{point}: {}", died.text);
        shop.app.set_checkpoint(None);
        shop.app.restart().await;
        shop.client = shop.app.admin();
        shop.app.advance_to("2026-02-18T00:00:00Z").await;
        let again = name(&shop).post(&path, &body).await;
        let charges = shop.plan_charges().await;
        let paid = charges.iter().filter(|row| **row == charge("plan_change", 1501, "succeeded")).count();
        let account = shop.get("{a}").await.data(200).clone();
        let (is_changed, units) = (account["plan_id"] == json!(larger), shop.sums().await[0]);
        assert!(is_changed || account["plan_id"] == json!(plan), "{point}");
        assert_eq!((paid, units), if is_changed { (1, 2500) } else { (0, 1000) }, "{point}: {charges:?}");
        assert_eq!(again.status, if is_changed { 200 } else { 402 }, "{point}: {}", again.text);
        let bank = shop.app.simulator().charges();
        let bank =
            bank.iter().filter(|entry| entry.amount.minor() == 1501 && entry.state == BookState::Approved).count();
        assert_eq!(bank, paid, "{point}: the bank agrees");
        shop.app.advance_to("2026-03-01T00:00:01Z").await;
        let renewed = if is_changed { 4000 } else { 1000 };
        assert_eq!(shop.sums().await[0], renewed, "{point}: the period ends as ever");
        shop.assert_books_hold();
        outcomes.push(is_changed);
    }
    assert_eq!(outcomes.first(), Some(&false), "it was never sent");
    assert_eq!(outcomes.last(), Some(&true), "it was done");
}
