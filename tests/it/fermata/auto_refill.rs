//! Section 7 of the contract: units that are bought by themselves.

use bursar::app::company::CompanyChange;
use serde_json::{Value, json};

use super::{Shop, refused};
use crate::support::{TestApp, command};

/// 500 units for 10.00 when 100 or less are left.
pub fn setting() -> Value {
    json!({ "threshold": 100, "amount": 500, "usd_charge": 1000 })
}

/// `setting` with `changes`.
pub fn with(changes: Value) -> Value {
    let mut setting = setting();
    for (name, value) in changes.as_object().expect("an object") {
        setting[name] = value.clone();
    }
    setting
}

impl Shop {
    /// With a card, units and a refill that has not fired.
    pub async fn refilled(token: &str, units: i64, setting: &Value) -> Self {
        Self::refilled_on(TestApp::start().await, token, units, setting).await
    }

    pub async fn refilled_on(app: TestApp, token: &str, units: i64, setting: &Value) -> Self {
        let shop = Self::open_on(app, json!({ "token": token })).await;
        shop.add(units).await.data(200);
        shop.set(setting).await;
        shop
    }

    pub async fn set(&self, setting: &Value) -> Value {
        self.put("{a}/balance/credits/autorefill", setting).await.data(200).clone()
    }

    pub async fn refill(&self) -> Value {
        self.get("{a}/balance/credits/autorefill").await.data(200).clone()
    }

    /// `[enabled, state, off_reason, soft_declines]`.
    pub async fn state(&self) -> Value {
        let refill = self.refill().await;
        json!([refill["enabled"], refill["state"], refill["off_reason"], refill["soft_declines"]])
    }

    /// Every charge, oldest first: `[kind, status, due_at]`.
    pub async fn charges(&self) -> Vec<Value> {
        let listed = self.get("{a}/charges?limit=500").await.body["data"].as_array().expect("a list").clone();
        let row = |charge: &Value| json!([charge["kind"], charge["status"], charge["due_at"]]);
        listed.iter().rev().map(row).collect()
    }

    /// What is due where the clock stands is done.
    pub async fn settle(&self) {
        self.app.advance_to(&self.app.now().to_string()).await;
    }

    pub async fn retry(&self) -> crate::support::Answer {
        self.post("{a}/auto_refill/retry", &json!({ "denomination": "credits" })).await
    }
}

pub fn due(at: &str) -> Value {
    json!(["auto_refill", "succeeded", at])
}

#[tokio::test]
async fn a_setting_has_the_contracts_shape_in_both_spellings() {
    let shop = Shop::open().await;
    assert_eq!(refused(&shop.get("{a}/balance/credits/autorefill").await), (404, "not_found"));
    assert_eq!(shop.get("{a}/auto_refill").await.body["data"], json!([]));
    shop.add(101).await.data(200);
    let set = shop.set(&setting()).await;
    let expected = json!({
        "account_id": shop.account, "denomination": "credits", "threshold": 100, "amount": 500, "usd_charge": 1000,
        "refill_monthly": false, "usd_monthly_cap": null, "cooldown_seconds": 300, "enabled": true, "state": "ready",
        "off_reason": null, "soft_declines": 0, "last_refill_at": null, "next_refill_at": null,
        "created_at": set["created_at"], "updated_at": null,
    });
    assert_eq!(set, expected);
    assert_eq!(shop.refill().await, expected);
    let whole = json!({
        "denomination": "sms", "threshold": null, "amount": 7, "usd_charge": 0, "refill_monthly": true,
        "usd_monthly_cap": 9, "cooldown_seconds": 2_678_400, "enabled": false,
    });
    let other = shop.put("{a}/auto_refill", &whole).await.data(200).clone();
    for (name, value) in whole.as_object().expect("an object") {
        assert_eq!(&other[name], value, "{name}");
    }
    assert_eq!((&other["state"], &other["off_reason"]), (&json!("off"), &json!("requested")));
    let listed = shop.get("/v1{a}/auto_refill").await;
    assert_eq!(listed.body["data"], json!([other, expected]), "newest first");
    let page = shop.get("{a}/auto_refill?limit=1").await;
    assert_eq!((&page.body["data"], &page.body["has_more"]), (&json!([other]), &json!(true)));
    let named = with(json!({ "denomination": "credits", "threshold": -1 }));
    assert_eq!(shop.set(&named).await["threshold"], -1, "the path's denomination may be said again");
    assert!(shop.refill().await["updated_at"].is_string());
    assert_eq!(shop.get("{a}/balances").await.body["data"].as_array().map(Vec::len), Some(2), "setting touches");
}

#[tokio::test]
async fn a_setting_that_does_not_fit_names_its_member() {
    let shop = Shop::open().await;
    for (changes, field) in [
        (json!({ "threshold": null }), "threshold"),
        (json!({ "threshold": "5" }), "threshold"),
        (json!({ "amount": 0 }), "amount"),
        (json!({ "amount": 1.0 }), "amount"),
        (json!({ "usd_charge": -1 }), "usd_charge"),
        (json!({ "usd_charge": 9_007_199_254_740_992_i64 }), "usd_charge"),
        (json!({ "usd_monthly_cap": -1 }), "usd_monthly_cap"),
        (json!({ "cooldown_seconds": 299 }), "cooldown_seconds"),
        (json!({ "cooldown_seconds": 2_678_401 }), "cooldown_seconds"),
        (json!({ "cooldown_seconds": null }), "cooldown_seconds"),
        (json!({ "enabled": 1 }), "enabled"),
        (json!({ "refill_monthly": "yes" }), "refill_monthly"),
        (json!({ "denomination": "sms" }), "denomination"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        let answer = shop.put("{a}/balance/credits/autorefill", &with(changes.clone())).await;
        let found = (refused(&answer), &answer.body["error"]["field"]);
        assert_eq!(found, ((422, "invalid"), &json!(field)), "{changes}: {}", answer.text);
    }
    for member in ["amount", "usd_charge", "threshold"] {
        let mut setting = setting();
        setting.as_object_mut().expect("an object").remove(member);
        let answer = shop.put("{a}/balance/credits/autorefill", &setting).await;
        assert_eq!((answer.status, &answer.body["error"]["field"]), (422, &json!(member)), "{}", answer.text);
    }
    let answer = shop.put("{a}/auto_refill", &setting()).await;
    assert_eq!((answer.status, &answer.body["error"]["field"]), (422, &json!("denomination")), "{}", answer.text);
    assert_eq!(refused(&shop.put("/accounts/a_nobody/auto_refill", &with(json!({"denomination":"x"}))).await).0, 404);
    assert_eq!(shop.get("{a}/auto_refill").await.body["data"], json!([]));
}

/// The request that caused it shows the balance before; the charge starts at once, though nothing ticks here.
#[tokio::test]
async fn it_fires_at_the_threshold_and_not_above_it() {
    let shop = Shop::refilled("tok_visa", 110, &setting()).await;
    shop.add(-9).await.data(200);
    shop.settle().await;
    assert_eq!(shop.charges().await, Vec::<Value>::new(), "101 are left");
    let answer = shop.add(-1).await.data(200).clone();
    assert_eq!((&answer["amount"], &answer["available"]), (&json!(100), &json!(100)), "the balance before");
    for _ in 0..2_000 {
        if shop.sums().await[0] == 600 {
            break;
        }
    }
    assert_eq!(shop.sums().await, [600, 0, 0, 0, 600]);
    assert_eq!(shop.charges().await, [due("2026-01-01 00:00:00.000000+00")]);
    let refill = shop.refill().await;
    assert_eq!(
        (&refill["state"], &refill["last_refill_at"], &refill["next_refill_at"]),
        (&json!("cooling_down"), &json!("2026-01-01 00:00:00.000000+00"), &json!("2026-01-01 00:05:00.000000+00"))
    );
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_reservation_and_a_setting_fire_and_the_end_of_an_hour_does_not() {
    let shop = Shop::refilled("tok_visa", 110, &setting()).await;
    shop.post("{a}/balance/credits", &json!({ "amount": -10, "state": "pending" })).await.data(200);
    shop.settle().await;
    assert_eq!((shop.charges().await.len(), shop.sums().await), (1, [610, 10, 0, 1, 600]), "what is reserved counts");
    shop.app.advance_to("2026-01-01T02:00:00Z").await;
    assert_eq!((shop.charges().await.len(), shop.sums().await), (1, [610, 0, 0, 0, 610]));
    shop.set(&with(json!({ "threshold": 610 }))).await;
    shop.settle().await;
    assert_eq!((shop.charges().await.len(), shop.sums().await[0]), (2, 1_110), "a setting looks at once");
    // A balance that is back above the threshold when its turn comes is left alone.
    shop.app.advance_to("2026-01-01T03:00:00Z").await;
    let events = json!([{ "amount": -1_100 }, { "amount": 1_100 }]);
    shop.post("{a}/balance/credits", &events).await.data(200);
    shop.settle().await;
    assert_eq!(shop.charges().await.len(), 2, "it is a condition on the present balance");
    shop.assert_books_hold();
}

#[tokio::test]
async fn the_cooldown_is_exact_and_counts_from_the_start() {
    let shop = Shop::refilled("tok_visa", 101, &setting()).await;
    shop.app.advance_to("2026-01-01T10:00:00Z").await;
    shop.add(-1).await.data(200);
    shop.settle().await;
    shop.app.advance_to("2026-01-01T10:01:00Z").await;
    shop.add(-560).await.data(200);
    shop.app.advance_to("2026-01-01T10:04:59.999999Z").await;
    assert_eq!((shop.charges().await.len(), shop.sums().await[0]), (1, 40));
    assert_eq!(shop.state().await, json!([true, "cooling_down", null, 0]));
    shop.app.advance_to("2026-01-01T10:05:00Z").await;
    let (first, second) = ("2026-01-01 10:00:00.000000+00", "2026-01-01 10:05:00.000000+00");
    assert_eq!((shop.charges().await, shop.sums().await[0]), (vec![due(first), due(second)], 540));
    // Nothing is caught up: a cooldown that ends above the threshold starts nothing, and the next fall does.
    shop.app.advance_to("2026-01-02T00:00:00Z").await;
    assert_eq!((shop.charges().await.len(), shop.state().await), (2, json!([true, "ready", null, 0])));
    shop.add(-500).await.data(200);
    shop.settle().await;
    assert_eq!(shop.charges().await.len(), 3);
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_long_jump_of_the_clock_refills_in_order() {
    // A balance that one refill leaves below the threshold: every cooldown's end starts the next one.
    let shop = Shop::refilled("tok_visa", -2_450, &with(json!({ "cooldown_seconds": 3_600 }))).await;
    shop.app.advance_to("2026-03-01T00:00:00Z").await;
    let hours = |n: u32| due(&format!("2026-01-01 {n:02}:00:00.000000+00"));
    assert_eq!(shop.charges().await, (0..6).map(hours).collect::<Vec<_>>());
    assert_eq!(shop.sums().await[0], 550);
}

#[tokio::test]
async fn a_month_costs_no_more_than_its_cap_in_the_companys_zone() {
    let shop = Shop::refilled("tok_visa", 101, &with(json!({ "usd_monthly_cap": 2_000 }))).await;
    let zone = CompanyChange { field: "time_zone".to_owned(), value: "America/New_York".to_owned() };
    shop.app.app().company_update(&command(), vec![zone]).await.expect("a zone");
    // In December there; it counts for no later month.
    shop.add(-1).await.data(200);
    shop.settle().await;
    for (at, charges) in [("2026-01-01T05:00:00Z", 2), ("2026-01-31T00:00:00Z", 3), ("2026-02-01T04:00:00Z", 3)] {
        shop.app.advance_to(at).await;
        shop.add(-500).await.data(200);
        shop.settle().await;
        assert_eq!(shop.charges().await.len(), charges, "{at}");
    }
    let refill = shop.refill().await;
    let february = json!("2026-02-01 05:00:00.000000+00");
    assert_eq!((&refill["state"], &refill["next_refill_at"]), (&json!("capped"), &february));
    assert_eq!(refused(&shop.retry().await), (409, "refill_capped"));
    shop.app.advance_to("2026-02-01T04:59:59.999999Z").await;
    assert_eq!(shop.charges().await.len(), 3);
    shop.app.advance_to("2026-02-01T05:00:00Z").await;
    let last = shop.charges().await.pop().expect("a charge");
    assert_eq!(last, due(february.as_str().expect("an instant")));
    shop.assert_books_hold();
}

/// Switched on at the end of January: every month clamps to its end, and none drifts.
#[tokio::test]
async fn months_come_on_the_day_and_time_it_was_switched_on() {
    let app = TestApp::start_at("2026-01-31T09:00:00.000123Z").await;
    let monthly = json!({ "threshold": null, "amount": 10, "usd_charge": 100, "refill_monthly": true });
    let shop = Shop::refilled_on(app, "tok_visa", 1_000_000, &monthly).await;
    let balance = shop.get("{a}/balance/credits").await.data(200).clone();
    let first = json!("2026-02-28 09:00:00.000123+00");
    assert_eq!(
        (&balance["last_periodic_refill"], &balance["next_periodic_refill"]),
        (&Value::Null, &first),
        "first one month after, whatever is left"
    );
    assert_eq!(shop.refill().await["next_refill_at"], first);
    shop.app.advance_to("2026-02-28T09:00:00.000122Z").await;
    assert_eq!(shop.charges().await.len(), 0);
    // The same setting again does not move the day.
    shop.set(&monthly).await;
    shop.app.advance_to("2027-02-01T00:00:00Z").await;
    let days = [
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
        "2026-06-30",
        "2026-07-31",
        "2026-08-31",
        "2026-09-30",
        "2026-10-31",
        "2026-11-30",
        "2026-12-31",
        "2027-01-31",
    ];
    let expected: Vec<Value> = days.iter().map(|day| due(&format!("{day} 09:00:00.000123+00"))).collect();
    assert_eq!((shop.charges().await, shop.sums().await[0]), (expected, 1_000_120));
    let balance = shop.get("{a}/balance/credits").await.data(200).clone();
    assert_eq!(balance["last_periodic_refill"], "2027-01-31 09:00:00.000123+00");
    assert_eq!(balance["next_periodic_refill"], "2027-02-28 09:00:00.000123+00");
    // Off ends the months; on again counts from there.
    shop.set(&json!({ "threshold": 1, "amount": 10, "usd_charge": 100, "refill_monthly": true, "enabled": false }))
        .await;
    assert_eq!(shop.get("{a}/balance/credits").await.data(200)["next_periodic_refill"], Value::Null);
    shop.app.advance_to("2027-03-05T00:00:00Z").await;
    assert_eq!(shop.charges().await.len(), 12);
    shop.set(&monthly).await;
    let balance = shop.get("{a}/balance/credits").await.data(200).clone();
    assert_eq!(balance["next_periodic_refill"], "2027-04-05 00:00:00.000000+00");
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_month_within_a_cooldown_waits_for_it_and_one_that_is_capped_is_left_out() {
    let both = with(json!({ "refill_monthly": true, "cooldown_seconds": 86_400, "usd_monthly_cap": 2_000 }));
    let shop = Shop::refilled("tok_visa", 101, &both).await;
    shop.app.advance_to("2026-01-31T12:00:00Z").await;
    shop.add(-1).await.data(200);
    shop.settle().await;
    // The month came at 1 February 00:00, twelve hours into the cooldown.
    shop.app.advance_to("2026-02-01T11:59:59.999999Z").await;
    assert_eq!(shop.charges().await.len(), 1);
    shop.app.advance_to("2026-02-01T12:00:00Z").await;
    assert_eq!(shop.charges().await[1], due("2026-02-01 00:00:00.000000+00"), "it is for the instant of its month");
    // March: one by hand and one by threshold are all that its cap allows, before the month comes.
    shop.app.advance_to("2026-02-28T12:00:00Z").await;
    shop.retry().await.data(200);
    shop.put("{a}/balance/credits/autorefill", &with(json!({ "refill_monthly": true, "usd_monthly_cap": 1_999 })))
        .await
        .data(200);
    shop.app.advance_to("2026-03-05T00:00:00Z").await;
    let march = shop.charges().await;
    assert_eq!((march.len(), &march[3]), (4, &due("2026-03-01 00:00:00.000000+00")), "a new month has room again");
    shop.set(&with(json!({ "refill_monthly": true, "usd_monthly_cap": 999 }))).await;
    shop.app.advance_to("2026-04-10T00:00:00Z").await;
    assert_eq!(shop.charges().await.len(), 4, "April's is left out");
    shop.set(&with(json!({ "refill_monthly": true }))).await;
    shop.app.advance_to("2026-04-20T00:00:00Z").await;
    assert_eq!(shop.charges().await.len(), 4, "and not made up for");
    shop.assert_books_hold();
}
