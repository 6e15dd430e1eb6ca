//! Section 8 of the contract: the ends of periods, what lapses, what is owed, declines, and changes at the renewal.

use serde_json::{Value, json};

use super::plan::{charge, credits, make};
use super::{Shop, refused};
use crate::support::TestApp;

const VISA: &str = "tok_visa";

/// A shop at `now` with an account that has this card and this plan.
async fn attached(now: &str, members: Value) -> (Shop, String) {
    let shop = Shop::open_at(now, json!({ "token": VISA })).await;
    let plan = make(&shop, members).await;
    shop.change_plan(&json!({ "plan_id": plan })).await.data(200);
    (shop, plan)
}

impl Shop {
    pub async fn open_at(now: &str, account: Value) -> Self {
        Self::open_on(TestApp::start_at(now).await, account).await
    }

    async fn amount(&self) -> i64 {
        self.sums().await[0]
    }

    async fn account(&self) -> Value {
        self.get("{a}").await.data(200).clone()
    }

    async fn status(&self) -> String {
        self.account().await["plan_status"].as_str().expect("a status").to_owned()
    }

    async fn pay_with(&self, token: &str) -> crate::support::Answer {
        self.post("{a}/card", &json!({ "token": token })).await
    }

    /// The instants that the charges of period ends are for, the oldest first, with amount, attempt and status.
    async fn ends(&self) -> Vec<String> {
        let listed = self.get("{a}/charges?limit=500").await.body["data"].clone();
        let of = |row: &Value| {
            let text = |name: &str| row[name].as_str().expect("a text").to_owned();
            format!("{} {} #{} {}", &text("due_at")[..10], row["usd_charge"], row["attempt"], text("status"))
        };
        let rows = listed.as_array().expect("rows").iter().rev().filter(|row| row["due_at"].is_string());
        rows.map(of).collect()
    }
}

/// `2027-02-28` of `2027-02-28 09:00:00.000123+00`.
fn day(value: &Value) -> String {
    value.as_str().map_or_else(|| "-".to_owned(), |text| text[..10].to_owned())
}

#[tokio::test]
async fn months_end_on_the_day_of_the_anchor() {
    let (shop, _) = attached("2027-01-31T09:00:00.000123Z", credits(2000, 1000)).await;
    for (now, last, next) in [
        ("2027-02-28T09:00:00.000122Z", "2027-01-31", "2027-02-28"),
        ("2027-02-28T09:00:00.000123Z", "2027-02-28", "2027-03-31"),
        ("2027-03-31T09:00:00.000123Z", "2027-03-31", "2027-04-30"),
        ("2027-06-01T00:00:00Z", "2027-05-31", "2027-06-30"),
    ] {
        shop.app.advance_to(now).await;
        let account = shop.account().await;
        assert_eq!(
            (day(&account["last_plan_renewal"]), day(&account["next_plan_renewal"])),
            (last.into(), next.into())
        );
        let balance = shop.get("{a}/balance/credits").await.data(200).clone();
        let refills = (day(&balance["last_periodic_refill"]), day(&balance["next_periodic_refill"]));
        assert_eq!((refills, balance["amount"].as_i64()), ((last.into(), next.into()), Some(1000)), "{now}");
    }
    let paid = |day: &str| format!("{day} 2000 #1 succeeded");
    assert_eq!(shop.ends().await, ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"].map(paid));
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_yearly_plan_is_filled_monthly_and_paid_yearly() {
    let members = json!({
        "renewals": { "YEARLY": { "amount": 20000 } },
        "balances": { "credits": { "amount": 100, "rollover": true } },
    });
    let (shop, _) = attached("2027-01-31T00:00:00Z", members).await;
    assert_eq!(shop.account().await["plan_renewal_cadence"], "YEARLY");
    shop.app.advance_to("2028-01-30T00:00:00Z").await;
    assert_eq!((shop.amount().await, shop.ends().await.len()), (1200, 0));
    shop.app.advance_to("2028-02-29T00:00:00Z").await;
    assert_eq!((shop.amount().await, shop.ends().await), (1400, vec!["2028-01-31 20000 #1 succeeded".to_owned()]));
    let account = shop.account().await;
    assert_eq!(day(&account["next_plan_renewal"]), "2029-01-31");
    shop.assert_books_hold();
}

/// What the contract says of one balance, computed on the side.
#[derive(Default)]
struct Side {
    amount: i64,
    grant: i64,
    taken: i64,
}

impl Side {
    fn event(&mut self, cost: i64) {
        self.amount -= cost;
        self.taken += cost.max(0);
    }

    /// Answers the overage.
    fn end(&mut self, rollover: bool, overage_price: Option<i64>, grant: i64) -> i64 {
        let lapse = if rollover { 0 } else { (self.grant - self.taken).max(0) };
        let overage = overage_price.map_or(0, |price| (-self.amount).max(0) * price);
        let kept = match (self.amount, overage_price) {
            (0.., _) => (self.amount - lapse).max(0),
            (_, Some(_)) => 0,
            (_, None) => self.amount,
        };
        (self.amount, self.grant, self.taken) = (kept + grant, grant, 0);
        overage
    }
}

#[tokio::test]
async fn what_lapses_what_stays_and_what_is_owed() {
    for (rollover, overage) in [(false, None), (true, None), (false, Some(3)), (true, Some(3))] {
        let members = json!({
            "renewals": { "MONTHLY": { "amount": 2000 } },
            "balances": { "credits": { "amount": 1000, "rollover": rollover, "overage_charge_amount": overage } },
        });
        let (shop, _) = attached("2027-01-01T00:00:00Z", members).await;
        let mut side = Side { amount: 1000, grant: 1000, taken: 0 };
        let mut expected = Vec::new();
        // What events take and give, and what is bought, in each month.
        for (month, (takes, gives, buys)) in
            [(0, 0, 0), (600, 0, 0), (600, 0, 500), (1500, 0, 0), (3000, 0, 0), (10, 40, 0), (400, 0, 5)]
                .into_iter()
                .enumerate()
        {
            for cost in [takes, -gives].into_iter().filter(|cost| *cost != 0) {
                shop.add(-cost).await.data(200);
                side.event(cost);
            }
            if buys > 0 {
                let deposit = json!({ "amount_to_deposit": buys, "amount_to_charge": 0, "denomination": "credits" });
                shop.post("{a}/deposit", &deposit).await.data(200);
                side.amount += buys;
            }
            let end = format!("2027-{:02}-01", month + 2);
            shop.app.advance_to(&format!("{end}T00:00:00Z")).await;
            let charge = 2000 + side.end(rollover, overage, 1000);
            expected.push(format!("{end} {charge} #1 succeeded"));
            assert_eq!(shop.amount().await, side.amount, "{rollover} {overage:?} {end}");
        }
        assert_eq!(shop.ends().await, expected, "{rollover} {overage:?}");
        shop.assert_books_hold();
    }
}

#[tokio::test]
async fn pending_events_settle_whenever_they_complete() {
    let (shop, _) = attached("2027-01-01T00:00:00Z", credits(2000, 1000)).await;
    shop.app.advance_to("2027-01-31T23:30:00Z").await;
    let event = json!({ "type": "CHAT", "state": "pending", "cost_override_amount": 300, "cost_override_denomination": "credits" });
    let made = shop.post("{a}/events", &event).await.data(200)["id"].as_str().expect("an id").to_owned();
    shop.app.advance_to("2027-02-01T00:00:00Z").await;
    assert_eq!(shop.sums().await, [1000, 300, 0, 1, 700]);
    shop.put(&format!("/events/{made}"), &json!({ "state": "complete" })).await.data(200);
    assert_eq!(shop.sums().await, [700, 0, 0, 0, 700]);
    // It counts for the period in which it completed: its units are the new grant's.
    shop.app.advance_to("2027-03-01T00:00:00Z").await;
    assert_eq!(shop.amount().await, 1000);
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_soft_decline_is_tried_again_on_four_days() {
    let (shop, _) = attached("2027-01-10T12:00:00Z", credits(2000, 1000)).await;
    shop.add(-400).await.data(200);
    shop.pay_with("tok_chargeDeclined").await.data(200);
    shop.app.advance_to("2027-02-10T12:00:00Z").await;
    let account = shop.account().await;
    assert_eq!(
        (&account["plan_status"], day(&account["next_plan_renewal"])),
        (&json!("PAST_DUE"), "2027-02-10".into())
    );
    assert_eq!(shop.amount().await, 600, "nothing is granted and nothing lapses");
    shop.app.advance_to("2027-02-15T11:59:59Z").await;
    let tried = |attempt: i64| format!("2027-02-10 2000 #{attempt} declined");
    assert_eq!(shop.ends().await, [1, 2, 3].map(tried));
    let declined = shop.pay_with("tok_chargeDeclinedInsufficientFunds").await;
    assert_eq!(declined.data(200)["plan_status"], "PAST_DUE", "a decline is still 200");
    let paid = shop.pay_with(VISA).await.data(200).clone();
    assert_eq!((&paid["plan_status"], day(&paid["next_plan_renewal"])), (&json!("ACTIVE"), "2027-03-10".into()));
    assert_eq!(shop.amount().await, 1000, "the anchor is kept");
    shop.app.advance_to("2027-03-10T12:00:00Z").await;
    let expected = [
        tried(1),
        tried(2),
        tried(3),
        tried(4),
        "2027-02-10 2000 #5 succeeded".into(),
        "2027-03-10 2000 #1 succeeded".into(),
    ];
    assert_eq!(shop.ends().await, expected);
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_plan_fails_after_the_last_try_and_is_attached_anew() {
    for (token, attempts) in [("tok_chargeDeclined", 5), ("tok_chargeDeclinedStolenCard", 1)] {
        let (shop, plan) = attached("2027-01-10T12:00:00Z", credits(2000, 1000)).await;
        shop.add(-400).await.data(200);
        shop.pay_with(token).await.data(200);
        shop.app.advance_to("2027-02-17T11:59:59Z").await;
        assert_eq!(shop.status().await, if attempts == 1 { "FAILED" } else { "PAST_DUE" });
        shop.app.advance_to("2027-06-01T00:00:00Z").await;
        let account = shop.account().await;
        assert_eq!((&account["plan_status"], &account["next_plan_renewal"]), (&json!("FAILED"), &Value::Null));
        assert_eq!((shop.ends().await.len(), shop.amount().await), (attempts, 600), "{token}");
        assert_eq!(shop.pay_with(VISA).await.data(200)["plan_status"], "FAILED", "a card alone attaches nothing");
        assert_eq!(refused(&shop.change_plan(&json!({ "plan_id": null })).await), (409, "no_plan"));
        let anew = shop.change_plan(&json!({ "plan_id": plan })).await.data(200).clone();
        assert_eq!((&anew["plan_status"], day(&anew["next_plan_renewal"])), (&json!("ACTIVE"), "2027-07-01".into()));
        assert_eq!(shop.amount().await, 1600);
        assert_eq!(shop.plan_charges().await.last(), Some(&charge("plan_attach", 2000, "succeeded")));
        shop.assert_books_hold();
    }
}

#[tokio::test]
async fn a_missing_card_counts_as_a_soft_decline_without_a_charge() {
    let members = json!({
        "renewals": { "MONTHLY": { "amount": 0 } },
        "balances": { "credits": { "amount": 10, "overage_charge_amount": 5 } },
    });
    let shop = Shop::open_at("2027-01-01T00:00:00Z", json!({})).await;
    let plan = make(&shop, members).await;
    shop.change_plan(&json!({ "plan_id": plan })).await.data(200);
    shop.add(-12).await.data(200);
    shop.app.advance_to("2027-02-01T00:00:00Z").await;
    assert_eq!((shop.status().await, shop.amount().await, shop.ends().await.len()), ("PAST_DUE".to_owned(), -2, 0));
    shop.app.advance_to("2027-02-02T12:00:00Z").await;
    assert_eq!(shop.pay_with(VISA).await.data(200)["plan_status"], "ACTIVE");
    assert_eq!((shop.amount().await, shop.ends().await), (10, vec!["2027-02-01 10 #1 succeeded".to_owned()]));
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_renewal_without_an_answer_grants_when_it_is_known() {
    let (shop, _) = attached("2027-01-01T00:00:00Z", credits(2000, 1000)).await;
    shop.add(-400).await.data(200);
    shop.pay_with("tok_answerLost").await.data(200);
    shop.app.advance_to("2027-02-01T00:00:30Z").await;
    assert_eq!((shop.amount().await, shop.ends().await), (600, vec!["2027-02-01 2000 #1 confirming".to_owned()]));
    shop.app.advance_to("2027-02-01T00:01:30Z").await;
    assert_eq!((shop.amount().await, shop.ends().await), (1000, vec!["2027-02-01 2000 #1 succeeded".to_owned()]));
    assert_eq!(day(&shop.account().await["last_plan_renewal"]), "2027-02-01");
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_change_comes_with_the_renewal() {
    let (shop, plan) = attached("2027-01-15T00:00:00Z", credits(2000, 1000)).await;
    let big = json!({
        "renewals": { "MONTHLY": { "amount": 5000 }, "YEARLY": { "amount": 50000 } }, "flags": { "big": true },
        "balances": { "sms": { "amount": 50, "variable_amount_cost": 2, "rollover": true } },
    });
    let big = make(&shop, big).await;
    let next = |cadence: &str, sms: Value| json!({ "plan_id": big, "plan_renewal_cadence": cadence, "plan_variable_amounts": sms });
    let asked = json!({ "plan_id": big, "plan_variable_amounts": { "sms": 5 } });
    let account = shop.change_plan(&asked).await.data(200).clone();
    assert_eq!(account["next_plan"], next("MONTHLY", json!({ "sms": 5 })));
    assert_eq!((&account["plan_id"], shop.plan_charges().await.len()), (&json!(plan), 1), "nothing happens now");
    // The present plan withdraws it; a later call replaces an earlier one.
    assert_eq!(shop.change_plan(&json!({ "plan_id": plan })).await.data(200)["next_plan"], Value::Null);
    shop.change_plan(&json!({ "plan_id": null })).await.data(200);
    shop.change_plan(&asked).await.data(200);
    shop.app.advance_to("2027-02-15T00:00:00Z").await;
    let account = shop.account().await;
    assert_eq!(
        (&account["plan_id"], &account["next_plan"], &account["flags"]),
        (&json!(big), &Value::Null, &json!([{ "big": true }]))
    );
    let credits = shop.get("{a}/balance/credits").await.data(200).clone();
    assert_eq!(
        (&credits["amount"], &credits["managed_by_plan_id"], &credits["next_periodic_refill"]),
        (&json!(0), &Value::Null, &Value::Null)
    );
    assert_eq!(shop.get("{a}/balance/sms").await.data(200)["amount"], 55);
    // Another cadence makes its renewal the new anchor.
    let yearly = json!({ "plan_id": big, "plan_renewal_cadence": "YEARLY" });
    let account = shop.change_plan(&yearly).await.data(200).clone();
    assert_eq!(account["next_plan"], next("YEARLY", json!({ "sms": 5 })));
    shop.app.advance_to("2027-03-15T00:00:00Z").await;
    let account = shop.account().await;
    assert_eq!(
        (&account["plan_renewal_cadence"], day(&account["next_plan_renewal"])),
        (&json!("YEARLY"), "2028-03-15".into())
    );
    // And none ends it there.
    let ending = shop.change_plan(&json!({ "plan_id": null })).await.data(200).clone();
    assert_eq!(ending["next_plan"]["plan_id"], Value::Null);
    shop.app.advance_to("2028-03-15T00:00:00Z").await;
    let account = shop.account().await;
    assert_eq!(
        (&account["plan_status"], &account["plan_id"], &account["next_plan"]),
        (&json!("NONE"), &Value::Null, &Value::Null)
    );
    assert_eq!(shop.get("{a}/balance/sms").await.data(200)["amount"], 55 * 13);
    shop.app.advance_to("2029-06-01T00:00:00Z").await;
    assert_eq!(shop.ends().await, ["2027-02-15 5010 #1 succeeded", "2027-03-15 50010 #1 succeeded"]);
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_plan_that_ends_bills_what_was_used_beyond_it() {
    let members = json!({
        "renewals": { "MONTHLY": { "amount": 2000 } },
        "balances": { "credits": { "amount": 10, "overage_charge_amount": 5 } },
    });
    let (shop, _) = attached("2027-01-01T00:00:00Z", members).await;
    shop.add(-14).await.data(200);
    shop.change_plan(&json!({ "plan_id": null })).await.data(200);
    shop.app.advance_to("2027-04-01T00:00:00Z").await;
    assert_eq!(
        shop.plan_charges().await,
        [charge("plan_attach", 2000, "succeeded"), charge("overage", 20, "succeeded")]
    );
    assert_eq!((shop.amount().await, shop.status().await), (0, "NONE".to_owned()));
    shop.assert_books_hold();
}

/// The clock set forward a year at once gives what living through it gives.
#[tokio::test]
async fn one_jump_is_the_same_as_many_steps() {
    let mut found = Vec::new();
    for steps in [
        &["2028-03-01T00:00:00Z"][..],
        &["2027-02-03T00:00:00Z", "2027-02-28T10:00:00Z", "2027-07-19T00:00:00Z", "2028-03-01T00:00:00Z"],
    ] {
        let members = json!({
            "renewals": { "MONTHLY": { "amount": 2000 } },
            "balances": { "credits": { "amount": 10, "rollover": true }, "sms": { "amount": 3, "overage_charge_amount": 7 } },
        });
        let (shop, _) = attached("2027-01-31T10:00:00Z", members).await;
        shop.post("{a}/balance/sms", &json!({ "amount": -8 })).await.data(200);
        for step in steps {
            shop.app.advance_to(step).await;
        }
        let sms = shop.get("{a}/balance/sms").await.data(200)["amount"].clone();
        found.push((shop.ends().await, shop.amount().await, sms, shop.account().await["next_plan_renewal"].clone()));
        shop.assert_books_hold();
    }
    assert_eq!(found[0], found[1]);
    assert_eq!((found[0].0.len(), found[0].0[0].as_str(), found[0].1), (13, "2027-02-28 2035 #1 succeeded", 140));
}

#[tokio::test]
async fn the_feed_tells_of_every_fill() {
    let (shop, _) = attached("2027-01-01T00:00:00Z", credits(2000, 1000)).await;
    shop.add(-1).await.data(200);
    shop.app.advance_to("2027-02-01T00:00:00Z").await;
    shop.pay_with("tok_chargeDeclinedStolenCard").await.data(200);
    shop.app.advance_to("2027-03-01T00:00:00Z").await;
    let events = shop.client.get("/api/events?limit=1000").await.data(200).clone();
    let told: Vec<Value> = events
        .as_array()
        .expect("events")
        .iter()
        .filter(|event| event["type"].as_str().is_some_and(|topic| topic.starts_with("auto_refill.")))
        .map(|event| {
            let data = &event["data"];
            json!([
                data["reason"],
                data["status"],
                data["amount"],
                data["usd_charge"],
                data["decline_code"],
                data["enabled"]
            ])
        })
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["plan_renewal", "succeeded", 1000, 2000, null, null],
            ["plan_renewal", "declined", 1000, 2000, "stolen_card", null],
        ])
    );
    let reasons: Vec<&Value> = events
        .as_array()
        .expect("events")
        .iter()
        .filter(|event| event["type"] == "balance.changed")
        .map(|event| &event["data"]["reason"])
        .collect();
    assert_eq!(json!(reasons), json!(["plan_attach", "event", "plan_renewal"]));
}

/// Nobody looked for a while, as when the server was down.
async fn gap(shop: &Shop, now: &str) {
    shop.app.clock().advance_to(bursar::domain::time::Timestamp::parse_rfc3339(now).expect("RFC 3339"));
    shop.app.app().jobs_run_due().await.expect("the jobs run");
}

#[tokio::test]
async fn a_real_gap_is_made_good_within_bounds() {
    let (shop, _) = attached("2027-01-15T00:00:00Z", credits(2000, 1000)).await;
    shop.add(-400).await.data(200);
    gap(&shop, "2027-03-18T00:00:00Z").await;
    let paid = |day: &str| format!("{day} 2000 #1 succeeded");
    assert_eq!(shop.ends().await, ["2027-02-15"].map(paid), "one charge a day");
    gap(&shop, "2027-03-18T23:59:59Z").await;
    assert_eq!(shop.ends().await.len(), 1);
    gap(&shop, "2027-03-19T00:00:00Z").await;
    assert_eq!(shop.ends().await, ["2027-02-15", "2027-03-15"].map(paid));
    gap(&shop, "2027-09-01T00:00:00Z").await;
    assert_eq!(shop.ends().await, ["2027-02-15", "2027-03-15", "2027-08-15"].map(paid), "of many, the current one");
    let account = shop.account().await;
    assert_eq!(
        (day(&account["last_plan_renewal"]), day(&account["next_plan_renewal"])),
        ("2027-08-15".into(), "2027-09-15".into())
    );
    assert_eq!(shop.amount().await, 1000);
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_first_try_that_comes_late_has_its_four_retries() {
    let (shop, _) = attached("2027-01-15T00:00:00Z", credits(2000, 1000)).await;
    shop.pay_with("tok_chargeDeclined").await.data(200);
    gap(&shop, "2027-02-24T00:00:00Z").await;
    assert_eq!((shop.status().await, shop.ends().await.len()), ("PAST_DUE".to_owned(), 1));
    shop.app.advance_to("2027-03-02T23:59:59Z").await;
    assert_eq!((shop.status().await, shop.ends().await.len()), ("PAST_DUE".to_owned(), 4));
    shop.app.advance_to("2027-03-03T00:00:00Z").await;
    assert_eq!((shop.status().await, shop.ends().await.len()), ("FAILED".to_owned(), 5));
    shop.assert_books_hold();
}
