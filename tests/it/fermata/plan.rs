//! Section 8 of the contract: plans, and attaching them.

use serde_json::{Value, json};

use super::{Shop, refused};

/// A plan with these members beside its name.
pub async fn make(shop: &Shop, members: Value) -> String {
    let mut plan = json!({ "name": "Pro" });
    for (name, value) in members.as_object().expect("members") {
        plan[name] = value.clone();
    }
    shop.post("{c}/plans", &plan).await.data(200)["id"].as_str().expect("an id").to_owned()
}

/// Credits for a month at a price.
pub fn credits(price: i64, amount: i64) -> Value {
    json!({ "renewals": { "MONTHLY": { "amount": price } }, "balances": { "credits": { "amount": amount } } })
}

impl Shop {
    pub async fn change_plan(&self, body: &Value) -> crate::support::Answer {
        self.post("{a}/changeplan", body).await
    }

    /// `[amount, status]` of each charge of the account, the oldest first.
    pub async fn plan_charges(&self) -> Vec<(String, i64, String)> {
        let listed = self.get("{a}/charges?limit=500").await.body["data"].clone();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let row = |charge: &Value| {
            (text(&charge["kind"]), charge["usd_charge"].as_i64().expect("an amount"), text(&charge["status"]))
        };
        listed.as_array().expect("rows").iter().rev().map(row).collect()
    }
}

pub fn charge(kind: &str, amount: i64, status: &str) -> (String, i64, String) {
    (kind.to_owned(), amount, status.to_owned())
}

#[tokio::test]
async fn a_plan_has_the_contracts_shape_in_both_forms() {
    let shop = Shop::open().await;
    let asked = json!({
        "name": "Pro", "renewal_denomination": "USD", "refill_cadence": "MONTHLY",
        "renewals": { "MONTHLY": { "amount": 2000 }, "YEARLY": { "amount": 20000 } },
        "balances": { "credits": { "amount": 1000, "rollover": false, "variable_amount_cost": null,
            "threshold_alert_percentage": 20, "overage_charge_amount": null, "overage_charge_denomination": null } },
        "flags": { "sso": true },
    });
    let made = shop.post("{c}/plans", &asked).await.data(200).clone();
    let mut expected = asked.clone();
    for (name, value) in
        [("id", &made["id"]), ("company_id", &json!(shop.company)), ("created_at", &made["created_at"])]
    {
        expected[name] = value.clone();
    }
    expected["updated_at"] = Value::Null;
    assert_eq!(made, expected);
    assert!(made["id"].as_str().is_some_and(|id| id.starts_with("p_")));
    let older = json!({
        "name": "Old", "charge_amount": 500, "charge_denomination": "USD", "billing_period": "Yearly",
        "rollover": true, "threshold_alert_percentage": 10,
        "balances": [{ "denomination": "sms", "amount": 5, "overage_charge_amount": 7, "overage_charge_denomination": "USD" },
            { "denomination": "credits", "amount": 6, "rollover": false, "threshold_alert_percentage": 30 }],
    });
    let old = shop.post("{c}/plans", &older).await.data(200).clone();
    assert_eq!(old["renewals"], json!({ "YEARLY": { "amount": 500 } }));
    let balance = |amount: i64, rollover: bool, alert: i64, overage: Value, named: Value| {
        json!({ "amount": amount, "rollover": rollover, "variable_amount_cost": null, "threshold_alert_percentage": alert,
            "overage_charge_amount": overage, "overage_charge_denomination": named })
    };
    let expected = json!({
        "credits": balance(6, false, 30, Value::Null, Value::Null), "sms": balance(5, true, 10, json!(7), json!("USD")),
    });
    assert_eq!((&old["balances"], &old["flags"], &old["refill_cadence"]), (&expected, &json!({}), &json!("MONTHLY")));
    let path = format!("{{c}}/plans/{}", old["id"].as_str().expect("an id"));
    assert_eq!(*shop.get(&path).await.data(200), old);
    let listed = shop.get("{c}/plans?limit=1").await;
    assert_eq!((&listed.body["data"], &listed.body["has_more"]), (&json!([old]), &json!(true)));
    assert_eq!(refused(&shop.get("{c}/plans/p_unheard").await), (404, "not_found"));
}

#[tokio::test]
async fn members_of_a_plan_have_bounds() {
    let shop = Shop::open().await;
    let month = json!({ "MONTHLY": { "amount": 1 } });
    let with = |balance: Value| json!({ "name": "x", "renewals": { "MONTHLY": { "amount": 1 } }, "balances": balance });
    for (body, field) in [
        (json!({ "renewals": month }), "name"),
        (json!({ "name": "", "renewals": month }), "name"),
        (json!({ "name": "x".repeat(201), "renewals": month }), "name"),
        (json!({ "name": "x" }), "renewals"),
        (json!({ "name": "x", "renewals": {} }), "renewals"),
        (json!({ "name": "x", "renewals": { "WEEKLY": { "amount": 1 } } }), "renewals.WEEKLY"),
        (json!({ "name": "x", "renewals": { "MONTHLY": { "amount": -1 } } }), "renewals.MONTHLY.amount"),
        (json!({ "name": "x", "renewals": { "MONTHLY": { "amount": "1" } } }), "renewals.MONTHLY.amount"),
        (json!({ "name": "x", "renewals": month, "renewal_denomination": "EUR" }), "renewal_denomination"),
        (json!({ "name": "x", "renewals": month, "refill_cadence": "YEARLY" }), "refill_cadence"),
        (json!({ "name": "x", "renewals": month, "refill_cadence": "DAILY" }), "refill_cadence"),
        (json!({ "name": "x", "renewals": month, "charge_amount": 1 }), "charge_amount"),
        (json!({ "name": "x", "charge_amount": 1, "billing_period": "weekly" }), "billing_period"),
        (json!({ "name": "x", "renewals": month, "flags": [1] }), "flags"),
        (with(json!({ "a b": { "amount": 1 } })), "balances.a b"),
        (with(json!({ "credits": { "amount": -1 } })), "balances.credits.amount"),
        (with(json!({ "credits": {} })), "balances.credits.amount"),
        (with(json!([{ "amount": 1 }])), "balances[0].denomination"),
        (with(json!([{ "amount": 1, "denomination": "a" }, { "amount": 1, "denomination": "a" }])), "balances[1]"),
        (
            with(json!([{ "amount": 1, "denomination": "a", "auto_refill_amount": 5 }])),
            "balances[0].auto_refill_amount",
        ),
        (
            with(json!({ "credits": { "amount": 1, "threshold_alert_percentage": 101 } })),
            "balances.credits.threshold_alert_percentage",
        ),
        (
            with(json!({ "credits": { "amount": 1, "overage_charge_denomination": "EUR" } })),
            "balances.credits.overage_charge_denomination",
        ),
    ] {
        let answer = shop.post("{c}/plans", &body).await;
        assert_eq!((refused(&answer), &answer.body["error"]["field"]), ((422, "invalid"), &json!(field)), "{body}");
    }
    assert_eq!(shop.get("{c}/plans").await.body["data"], json!([]));
}

#[tokio::test]
async fn a_plan_is_paid_then_its_balances_are_filled() {
    let shop = Shop::open_with(json!({ "token": "tok_visa" })).await;
    let plan = make(
        &shop,
        json!({
            "renewals": { "MONTHLY": { "amount": 2000 } }, "flags": { "sso": true },
            "balances": {
                "credits": { "amount": 1000, "variable_amount_cost": 3, "threshold_alert_percentage": 33 },
                "seats": { "amount": 5 },
            },
        }),
    )
    .await;
    shop.add(7).await.data(200);
    let body = json!({ "plan_id": plan, "plan_variable_amounts": { "credits": 10 } });
    let account = shop.change_plan(&body).await.data(200).clone();
    let at = account["last_plan_renewal"].as_str().expect("a time").to_owned();
    assert!(at.starts_with("2026-01-01 00:00:00."), "{at}");
    for (member, expected) in [
        ("plan_id", json!(plan)),
        ("plan_status", json!("ACTIVE")),
        ("plan_renewal_cadence", json!("MONTHLY")),
        ("plan_variable_amounts", json!({ "credits": 10 })),
        ("next_plan", Value::Null),
        ("next_plan_renewal", json!(at.replace("2026-01-01", "2026-02-01"))),
        ("flags", json!([{ "sso": true }])),
    ] {
        assert_eq!(account[member], expected, "{member}");
    }
    let balance = shop.get("{a}/balance/credits").await.data(200).clone();
    for (member, expected) in [
        ("amount", json!(1017)),
        ("alert_at", json!(333)),
        ("managed_by_plan_id", json!(plan)),
        ("plan_variable_amount", json!(10)),
        ("last_periodic_refill", json!(at)),
        ("next_periodic_refill", json!(at.replace("2026-01-01", "2026-02-01"))),
    ] {
        assert_eq!(balance[member], expected, "{member}");
    }
    let seats = shop.get("{a}/balance/seats").await.data(200).clone();
    assert_eq!(
        (&seats["amount"], &seats["alert_at"], &seats["plan_variable_amount"]),
        (&json!(5), &Value::Null, &Value::Null)
    );
    assert_eq!(shop.plan_charges().await, [charge("plan_attach", 2030, "succeeded")]);
    shop.assert_books_hold();
}

#[tokio::test]
async fn what_cannot_be_attached_leaves_everything() {
    let shop = Shop::open().await;
    let before = shop.get("{a}").await.data(200).clone();
    let (priced, free) = (make(&shop, credits(2000, 1000)).await, make(&shop, credits(0, 10)).await);
    assert_eq!(refused(&shop.change_plan(&json!({ "plan_id": null })).await), (409, "no_plan"));
    assert_eq!(refused(&shop.change_plan(&json!({ "plan_id": priced })).await), (402, "payment_required"));
    for (body, status, field) in [
        (json!({}), 422, json!("plan_id")),
        (json!({ "plan_id": "p_unheard" }), 404, Value::Null),
        (json!({ "plan_id": "unheard" }), 404, Value::Null),
        (json!({ "plan_id": free, "plan_renewal_cadence": "YEARLY" }), 422, json!("plan_renewal_cadence")),
        (json!({ "plan_id": free, "plan_renewal_cadence": "WEEKLY" }), 422, json!("plan_renewal_cadence")),
        (
            json!({ "plan_id": free, "plan_variable_amounts": { "credits": 1 } }),
            422,
            json!("plan_variable_amounts.credits"),
        ),
        (json!({ "plan_id": free, "plan_variable_amounts": { "sms": 1 } }), 422, json!("plan_variable_amounts.sms")),
    ] {
        let answer = shop.change_plan(&body).await;
        assert_eq!((answer.status, &answer.body["error"]["field"]), (status, &field), "{body}: {}", answer.text);
    }
    assert_eq!(*shop.get("{a}").await.data(200), before);
    shop.post("{a}/card", &json!({ "token": "tok_chargeDeclinedStolenCard" })).await.data(200);
    let answer = shop.change_plan(&json!({ "plan_id": priced })).await;
    assert_eq!(
        (refused(&answer), &answer.body["error"]["decline_code"]),
        ((402, "payment_declined"), &json!("stolen_card"))
    );
    assert_eq!(shop.get("{a}").await.data(200)["plan_status"], "NONE");
    assert_eq!(shop.get("{a}/balances").await.body["data"], json!([]));
    assert_eq!(shop.plan_charges().await, [charge("plan_attach", 2000, "declined")]);
    shop.change_plan(&json!({ "plan_id": free })).await.data(200);
    assert_eq!((shop.sums().await[0], shop.plan_charges().await.len()), (10, 1), "nothing is no charge");
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_lost_answer_attaches_when_it_is_known() {
    let shop = Shop::open_with(json!({ "token": "tok_answerLost" })).await;
    let plan = make(&shop, credits(2000, 1000)).await;
    let answer = shop.change_plan(&json!({ "plan_id": plan })).await;
    assert_eq!((answer.status, &answer.body["data"]["plan_status"]), (202, &json!("NONE")), "{}", answer.text);
    assert_eq!(refused(&shop.change_plan(&json!({ "plan_id": plan })).await), (409, "in_progress"));
    shop.app.advance_to("2026-01-01T00:01:01Z").await;
    assert_eq!(shop.get("{a}").await.data(200)["plan_status"], "ACTIVE");
    assert_eq!(shop.sums().await[0], 1000);
    assert_eq!(shop.plan_charges().await, [charge("plan_attach", 2000, "succeeded")]);
    shop.assert_books_hold();
}

#[tokio::test]
async fn an_account_begins_with_a_plan() {
    let shop = Shop::open().await;
    let (priced, free) = (make(&shop, credits(2000, 1000)).await, make(&shop, credits(0, 10)).await);
    let (at, client) = (shop.path("{c}/accounts"), &shop.client);
    let create = |body: Value| {
        let at = at.clone();
        async move { client.post(&at, &body).await }
    };
    let count = || async { shop.get("{c}/accounts?limit=500").await.body["data"].as_array().map_or(0, Vec::len) };
    let made = create(json!({ "plan_id": priced, "token": "tok_visa" })).await.data(200).clone();
    assert_eq!((&made["plan_status"], &made["plan_id"]), (&json!("ACTIVE"), &json!(priced)));
    assert_eq!(create(json!({ "plan_id": free })).await.data(200)["plan_status"], "ACTIVE");
    let before = count().await;
    assert_eq!(refused(&create(json!({ "plan_id": priced })).await), (402, "payment_required"));
    assert_eq!(refused(&create(json!({ "plan_id": "p_unheard" })).await), (404, "not_found"));
    let answer = create(json!({ "plan_variable_amounts": { "credits": 1 } })).await;
    assert_eq!(answer.body["error"]["field"], "plan_variable_amounts");
    assert_eq!(count().await, before, "no account is made");
    let named = shop.app.admin().header("X-DedupeId", "declined");
    let path = shop.path("{c}/accounts");
    let body = json!({ "plan_id": priced, "token": "tok_chargeDeclined" });
    let answer = named.post(&path, &body).await;
    assert_eq!(refused(&answer), (402, "payment_declined"));
    let id = answer.body["error"]["account_id"].as_str().expect("the account is there").to_owned();
    let there = shop.get(&format!("/accounts/{id}")).await.data(200).clone();
    assert_eq!((&there["plan_status"], &there["plan_id"]), (&json!("NONE"), &Value::Null));
    assert_eq!((named.post(&path, &body).await.body, count().await), (answer.body, before + 1), "the same again");
    let answer = create(json!({ "plan_id": priced, "token": "tok_answerLost" })).await;
    assert_eq!((answer.status, &answer.body["data"]["plan_status"]), (202, &json!("NONE")));
    shop.assert_books_hold();
}

#[tokio::test]
async fn the_first_card_attaches_a_plan_that_waits() {
    let shop = Shop::open().await;
    let plan = make(&shop, credits(2000, 1000)).await;
    let waiting = json!({ "plan_id": plan, "enable_card_collector": true });
    for by_page in [false, true] {
        let made = shop.post("{c}/accounts", &waiting).await.data(200).clone();
        let id = made["id"].as_str().expect("an id");
        assert_eq!((&made["plan_status"], &made["plan_id"]), (&json!("AWAITING_CARD"), &json!(plan)));
        assert_eq!(made["last_plan_renewal"], Value::Null);
        let card = format!("/accounts/{id}/card");
        if by_page {
            let url = made["card_collector_url"].as_str().expect("a page");
            let page = format!("/card/{}", url.rsplit_once("/card/").expect("a page of ours").1);
            let shown = shop.app.anon().get(&page).await;
            assert!(shown.text.contains("20.00 USD"), "it says what is charged: {}", shown.text);
            let form = [("card_number", "4242 4242 4242 4242"), ("card_expiry", "08 / 28")];
            assert_eq!(shop.app.anon().post_form(&page, &form).await.status, 200);
        } else {
            let answer = shop.post(&card, &json!({ "token": "tok_chargeDeclined" })).await;
            assert_eq!(refused(&answer), (402, "payment_declined"));
            let there = shop.get(&format!("/accounts/{id}")).await.data(200).clone();
            assert_eq!((&there["plan_status"], &there["card"]["last_four"]), (&json!("AWAITING_CARD"), &json!("0002")));
            assert_eq!(shop.get(&format!("/accounts/{id}/balances")).await.body["data"], json!([]));
            shop.post(&card, &json!({ "token": "tok_visa" })).await.data(200);
        }
        let there = shop.get(&format!("/accounts/{id}")).await.data(200).clone();
        assert_eq!(there["plan_status"], "ACTIVE");
        let balance = shop.get(&format!("/accounts/{id}/balance/credits")).await.data(200).clone();
        assert_eq!(balance["amount"], 1000);
    }
    shop.assert_books_hold();
}

#[tokio::test]
async fn what_is_asked_for_while_a_plan_waits_comes_with_its_first_renewal() {
    let shop = Shop::open().await;
    let (first, second) = (make(&shop, credits(2000, 1000)).await, make(&shop, credits(3000, 7)).await);
    let made =
        shop.post("{c}/accounts", &json!({ "plan_id": first, "enable_card_collector": 1 })).await.data(200).clone();
    let path = |rest: &str| format!("/accounts/{}{rest}", made["id"].as_str().expect("an id"));
    let waiting = shop.post(&path("/changeplan"), &json!({ "plan_id": second })).await.data(200).clone();
    assert_eq!((&waiting["plan_id"], &waiting["next_plan"]["plan_id"]), (&json!(first), &json!(second)));
    let attached = shop.post(&path("/card"), &json!({ "token": "tok_visa" })).await.data(200).clone();
    assert_eq!((&attached["plan_id"], &attached["next_plan"]["plan_id"]), (&json!(first), &json!(second)));
    shop.app.advance_to("2026-02-02T00:00:00Z").await;
    assert_eq!(shop.get(&path("")).await.data(200)["plan_id"], json!(second));
    assert_eq!(shop.get(&path("/balance/credits")).await.data(200)["amount"], 7);
}

/// Nothing is cancelled silently.
#[tokio::test]
async fn a_customer_with_a_plan_stays() {
    let shop = Shop::open_with(json!({ "token": "tok_visa" })).await;
    let plan = make(&shop, credits(0, 10)).await;
    shop.change_plan(&json!({ "plan_id": plan })).await.data(200);
    let path = format!("/api/vault/customer/{}", shop.account.trim_start_matches("a_"));
    assert_eq!(shop.client.delete(&path).await.status, 400);
    shop.change_plan(&json!({ "plan_id": null })).await.data(200);
    shop.app.advance_to("2026-02-02T00:00:00Z").await;
    assert_eq!(shop.client.delete(&path).await.status, 200);
}
