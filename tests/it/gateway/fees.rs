//! Fees looked up and amounts calculated, from outside; what was calculated is charged exactly.

use bursar::app::company::CompanyChange;
use serde_json::{Value, json};

use super::till::{Till, VISA, card, with};
use super::vault::{Expected as _, keys};
use crate::support::command;

/// A credit card of the simulator.
const CREDIT: &str = "4005519200000004";
/// A debit card of the simulator.
const DEBIT: &str = "4111111111111111";

struct Shop {
    till: Till,
    processor: String,
}

impl Shop {
    async fn with(fees: &[(&str, &str)]) -> Self {
        let till = Till::open().await;
        let change = |(field, value): &(&str, &str)| CompanyChange {
            field: format!("fees.{field}"),
            value: (*value).to_owned(),
        };
        let changes: Vec<_> = fees.iter().map(change).collect();
        till.app.app().company_update(&command(), changes).await.expect("the fees fit");
        let checked = till.card("verification", 0, VISA).await;
        let processor = checked["processor_id"].as_str().expect("a processor").to_owned();
        Self { till, processor }
    }

    async fn calculate(&self, body: &Value) -> crate::support::Answer {
        self.till.client.post("/api/calculate/amounts", body).await
    }

    async fn lookup(&self, body: &Value) -> crate::support::Answer {
        self.till.client.post("/api/lookup/fees", body).await
    }

    /// The seed's request.
    fn example(&self) -> Value {
        json!({
            "processor_id": self.processor, "amount": 1000, "subtotal": 1000, "currency": "USD",
            "payment_method": "card", "transaction_type": "sale",
        })
    }

    /// What the books say of these accounts, by kind: credits less debits.
    fn booked(&self, kind: &str) -> i64 {
        let books = self.till.app.app().trial_balance(&command()).expect("the books");
        let of_kind = books.iter().filter(|(account, _)| account.kind.as_str() == kind);
        of_kind.map(|(_, totals)| i64::try_from(totals.credits_posted - totals.debits_posted).expect("an amount")).sum()
    }
}

#[tokio::test]
async fn the_seeds_calculation_is_answered_as_the_seed_shows_it() {
    let shop = Shop::with(&[("service_fee", "3.50"), ("default_tax", "18%")]).await;
    let hidden = json!({ "value": 0, "display": false });
    let shown = |value: i64| json!({ "value": value, "display": true });
    let expected = json!({
        "line_items": null, "shipping_amount": null, "discount_amount": null, "freight_amount": null,
        "addon_amount": null, "duty_amount": null, "tip_amount": null, "additional_amounts": null, "tax_amount": 180,
        "national_tax_amount": null, "local_tax_amount": null, "service_fee": 350, "surcharge": null,
        "processor_id": shop.processor, "payment_method": "card",
        "included_amounts": {
            "shipping_amount": null, "discount_amount": null, "duty_amount": null, "tip_amount": null,
            "tax_amount": 180, "national_tax_amount": null, "local_tax_amount": null, "service_fee": 350,
            "surcharge": null,
        },
        "subtotal": 1000, "amount": 1000, "additional_total": 0, "total": 1530,
        "features": { "surcharge": false, "cash_discount": false, "dual_pricing": false, "dual_pricing_v2": false },
        "display": {
            "subtotal": shown(1000), "amount": shown(1000), "shipping": hidden, "freight": hidden, "duty": hidden,
            "discount": hidden, "service_fee": shown(350), "surcharge": hidden, "tax": shown(180),
            "national_tax": hidden, "local_tax": hidden, "tip": hidden, "total": shown(1530),
            "consumer_choice": { "card": 0, "ach": 0, "display": false },
        },
        "disclaimer": { "text": "", "html": "", "display": false },
    });
    assert_eq!(shop.calculate(&shop.example()).await.ok(), expected);
}

#[tokio::test]
async fn the_seeds_lookup_is_answered_as_the_seed_shows_it() {
    let shop = Shop::with(&[("surcharge", "3.50")]).await;
    let example = json!({
        "type": "integrations", "type_id": "", "state": "IL", "bin": "517246700", "payment_method": "card",
        "base_amount": 1000,
    });
    let expected = json!({
        "service_fee": 0, "payment_adjustment": { "value": 0, "type": "" }, "requested_amount": 1350,
        "discount_amount": null, "surcharge": 350,
    });
    assert_eq!(shop.lookup(&example).await.ok(), expected);
    for (field, value, surcharge) in [
        ("bin", json!(CREDIT), 350),
        ("bin", json!("400551"), 350),
        ("bin", json!(DEBIT), 0),
        ("bin", json!("411111"), 0),
        ("bin", json!("999999"), 0),
        ("bin", json!(""), 0),
        ("state", json!("CT"), 0),
        ("state", json!("CO"), 20),
        ("state", Value::Null, 0),
        ("payment_method", json!("ach"), 0),
    ] {
        let answer = shop.lookup(&with(&example, field, value.clone())).await.ok();
        assert_eq!(
            (&answer["surcharge"], &answer["requested_amount"]),
            (&json!(surcharge), &json!(1000 + surcharge)),
            "{field} {value}"
        );
    }
}

#[tokio::test]
async fn a_stored_customer_is_looked_up_with_the_default_card_and_address() {
    let shop = Shop::with(&[("surcharge", "3%"), ("payment_adjustment", "1.25%"), ("cash_discount", "2%")]).await;
    let customer = async |number: &str, flags: Value| {
        let body = json!({
            "flags": flags, "default_payment": { "card": { "number": number, "expiration_date": "12/30" } },
            "default_billing_address": { "first_name": "Ann", "state": "IL", "country": "US" },
        });
        shop.till.client.post("/api/vault/customer", &body).await.ok()["id"].clone()
    };
    let ask = |id: &Value| json!({ "type": "integrations", "payment_method": "card", "base_amount": 10_000, "customer_id": id });
    for (number, flags, surcharge) in
        [(CREDIT, json!([]), 304), (DEBIT, json!([]), 0), (CREDIT, json!(["surcharge_exempt"]), 0)]
    {
        let id = customer(number, flags).await;
        let answer = shop.lookup(&ask(&id)).await.ok();
        assert_eq!(answer["surcharge"], surcharge, "{number}");
        assert_eq!(answer["payment_adjustment"], json!({ "value": 1250, "type": "percentage" }));
        assert_eq!(answer["requested_amount"], 10_125 + surcharge);
        let ach = shop.lookup(&with(&ask(&id), "payment_method", json!("ach"))).await.ok();
        assert_eq!((&ach["discount_amount"], &ach["requested_amount"]), (&json!(200), &json!(9_923)));
        shop.lookup(&with(&ask(&id), "payment_id", json!("nothing-here"))).await.is(400, "payment_id");
    }
    shop.lookup(&ask(&json!("nobody"))).await.is(400, "customer_id");
}

#[tokio::test]
async fn lines_products_and_extras_are_counted() {
    let shop = Shop::with(&[("surcharge", "3%"), ("cash_discount", "10%")]).await;
    let extra = |kind: &str, value: i64| json!({ "type": kind, "value": value, "include": true });
    let mut body = shop.example();
    for (field, value) in [
        (
            "line_items",
            json!([{
                "id": "1", "status": "pending", "type": "flat", "name": "Coffee", "unit_price": 333, "quantity": 1.5,
                "taxable": true, "local_tax_rate": "1.5", "national_tax_rate": "10.25", "freight_amount": 20,
            }]),
        ),
        ("products", json!([{ "id": "2", "name": "Cup", "price": "5.00" }])),
        ("shipping_amount", extra("flat", 700)),
        ("tip_amount", extra("percentage", 10_000)),
        ("addon_amount", json!([extra("flat", 5), { "type": "flat", "value": 99 }])),
        ("discount_amount", json!([extra("flat", 20)])),
        ("cc_bin", json!(CREDIT)),
        ("state", json!("IL")),
    ] {
        body[field] = value;
    }
    let answer = shop.calculate(&body).await.ok();
    // 333 x 1.5 = 500 with 20 freight, and 500: 1020; less 20.
    let found = ["subtotal", "amount", "freight_amount", "addon_amount", "tip_amount"].map(|key| answer[key].clone());
    assert_eq!(found, [1000, 1020, 20, 104, 100].map(Value::from));
    let found = ["tax_amount", "national_tax_amount", "local_tax_amount"].map(|key| answer[key].clone());
    assert_eq!(found, [Value::Null, json!(51), json!(8)]);
    assert_eq!(answer["additional_total"], 5);
    // 1000 + 700 + 100 + 5 + 51 + 8 = 1864, and 3 % of it.
    assert_eq!((&answer["surcharge"], &answer["total"]), (&json!(56), &json!(1920)));
    assert_eq!(answer["display"]["consumer_choice"]["display"], true);
    assert_eq!(answer["display"]["consumer_choice"]["card"], 1920);
    assert_eq!(answer["disclaimer"]["display"], true);
    let lines = answer["line_items"].as_array().expect("lines");
    assert_eq!((lines.len(), &lines[0]["quantity"], &lines[0]["amount"]), (2, &json!(1.5), &json!(520)));
    for flag in ["skip_surcharge", "skip_consumer_choice"] {
        let answer = shop.calculate(&with(&body, "flags", json!({ flag: true }))).await.ok();
        let is_surcharge = flag == "skip_surcharge";
        assert_eq!(answer["surcharge"].is_null(), is_surcharge);
        assert_eq!(answer["display"]["consumer_choice"]["display"], is_surcharge);
    }
}

#[tokio::test]
async fn what_was_calculated_is_charged_to_the_cent_and_booked_by_its_parts() {
    let shop = Shop::with(&[("surcharge", "3%"), ("service_fee", "1.00"), ("default_tax", "10%")]).await;
    let mut body = shop.example();
    body["shipping_amount"] = json!({ "type": "flat", "value": 700, "include": true });
    body["tip_amount"] = json!({ "type": "flat", "value": 200, "include": true });
    body["cc_bin"] = json!(CREDIT);
    body["state"] = json!("IL");
    let amounts = shop.calculate(&body).await.ok();
    // 1000 + 100 tax + 700 + 200 + 100 fee = 2100, and 63.
    assert_eq!(amounts["total"], 2163);
    let mut request = card("sale", 0, CREDIT);
    request["amounts"] = amounts.clone();
    let made = shop.till.charge(&request).await.ok();
    for (field, expected) in [
        ("amount", 2163),
        ("base_amount", 1000),
        ("tax_amount", 100),
        ("shipping_amount", 700),
        ("tip_amount", 200),
        ("surcharge", 63),
        ("service_fee", 100),
        ("amount_authorized", 2163),
        ("amount_captured", 2163),
    ] {
        assert_eq!(made[field], expected, "{field}");
    }
    assert_eq!(shop.till.again(&made).await["service_fee"], 100);
    for (kind, expected) in [
        ("fee_income", 163),
        ("tax_payable", 100),
        ("tips_payable", 200),
        ("shipping_income", 700),
        ("revenue", 1000),
        ("processor_clearing", -2163),
    ] {
        assert_eq!(shop.booked(kind), expected, "{kind}");
    }
    let same = with(&with(&request, "amount", json!(2163)), "tax_amount", json!(100));
    shop.till.charge(&same).await.is(200, "the same said twice");
    for (field, value, named) in [
        ("amount", json!(2162), "amount"),
        ("tax_amount", json!(99), "tax_amount"),
        ("surcharge", json!(1), "surcharge"),
        ("payment_adjustment", json!({ "type": "flat", "value": 1 }), "payment_adjustment"),
        ("amounts.total", json!(2164), "amounts.total"),
        ("amounts.total", json!("2163"), "amounts.total"),
        ("amounts.total", json!(2163.0), "amounts.total"),
        ("amounts.included_amounts.tip_amount", json!(-200), "amounts.included_amounts.tip_amount"),
        ("amounts.included_amounts.tip_amount", json!(9_223_372_036_854_775_807_i64), "tip_amount"),
        ("amounts", json!([]), "amounts"),
    ] {
        shop.till.charge(&with(&request, field, value)).await.is(400, named);
    }
    // Nothing calculated is nothing said.
    for nothing in [Value::Null, json!({})] {
        let made = shop.till.charge(&with(&card("sale", 55, VISA), "amounts", nothing)).await.ok();
        assert_eq!((&made["amount"], &made["service_fee"]), (&json!(55), &json!(0)));
    }
    // A base without a total is not charged in its place.
    let free = json!({ "amount": 500, "total": 0, "included_amounts": { "discount_amount": 500 } });
    shop.till.charge(&with(&card("sale", 0, VISA), "amounts", free)).await.is(400, "amount");
}

#[tokio::test]
async fn every_field_of_a_calculation_is_checked_from_both_sides() {
    let shop = Shop::with(&[]).await;
    let good = shop.example();
    let item = |field: &str, value: Value| {
        let line = json!({
            "id": "1", "status": "pending", "type": "flat", "name": "Coffee", "unit_price": 100, "quantity": 1,
        });
        json!([with(&line, field, value)])
    };
    let extra = |kind: &str, value: Value| json!({ "type": kind, "value": value, "include": true });
    for (field, fits, refused, named) in [
        ("processor_id", json!(shop.processor), json!("nothing-here"), "processor_id"),
        ("processor_id", json!(shop.processor), Value::Null, "processor_id"),
        ("subtotal", json!(0), json!(-1), "subtotal"),
        ("subtotal", json!(1), Value::Null, "subtotal"),
        ("amount", json!(9_007_199_254_740_991_i64), json!(9_007_199_254_740_992_i64), "amount"),
        ("amount", json!(1), json!(1.0), "amount"),
        ("amount", json!(1), json!("1"), "amount"),
        ("amount", json!(1), Value::Null, "amount"),
        ("currency", json!("EUR"), json!("ZZZ"), "currency"),
        ("currency", json!("USD"), Value::Null, "currency"),
        ("payment_method", json!("ach"), json!("cash"), "payment_method"),
        ("transaction_type", json!("auth"), json!("authorize"), "transaction_type"),
        ("transaction_type", json!("credit"), Value::Null, "transaction_type"),
        ("cc_bin", json!("411111"), json!("41111"), "cc_bin"),
        ("cc_bin", json!("4111111111111111111"), json!("41111111111111111111"), "cc_bin"),
        ("cc_bin", Value::Null, json!("4111 11"), "cc_bin"),
        ("country", json!("us"), json!("ZZ"), "country"),
        ("state", json!("x".repeat(255)), json!("x".repeat(256)), "state"),
        ("source", json!("x".repeat(255)), json!("x".repeat(256)), "source"),
        ("flags", json!({ "tax_exempt": null }), json!({ "tax_exempt": "yes" }), "flags.tax_exempt"),
        ("flags", json!({}), json!([]), "flags"),
        ("tip_amount", extra("flat", json!(0)), extra("flat", json!(-1)), "tip_amount.value"),
        (
            "tip_amount",
            extra("percentage", json!(1_000_000)),
            extra("percentage", json!(1_000_001)),
            "tip_amount.value",
        ),
        ("tip_amount", extra("", json!(0)), extra("", json!(1)), "tip_amount.type"),
        ("tip_amount", Value::Null, extra("share", json!(1)), "tip_amount.type"),
        ("tip_amount", Value::Null, extra("flat", Value::Null), "tip_amount.value"),
        ("surcharge", extra("flat", json!(1)), extra("flat", json!(1.5)), "surcharge.value"),
        (
            "addon_amount",
            json!(vec![extra("flat", json!(1)); 50]),
            json!(vec![extra("flat", json!(1)); 51]),
            "addon_amount",
        ),
        (
            "discount_amount",
            json!([extra("flat", json!(1000))]),
            json!([extra("flat", json!(1001))]),
            "discount_amount",
        ),
        ("line_items", item("quantity", json!(0.0001)), item("quantity", json!(0.00001)), "line_items[0].quantity"),
        (
            "line_items",
            item("quantity", json!(999_999_999_999_i64)),
            item("quantity", json!(1_000_000_000_000_i64)),
            "quantity",
        ),
        ("line_items", item("quantity", json!(1)), item("quantity", json!(-1)), "line_items[0].quantity"),
        ("line_items", item("quantity", json!(1)), item("quantity", json!("1")), "quantity"),
        ("line_items", item("status", json!("paid")), item("status", json!("due")), "line_items[0].status"),
        ("line_items", item("type", json!("percentage")), item("type", json!("share")), "line_items[0].type"),
        (
            "line_items",
            item("name", json!("x".repeat(255))),
            item("name", json!("x".repeat(256))),
            "line_items[0].name",
        ),
        ("line_items", item("name", json!("x")), item("name", json!("two\nlines")), "line_items[0].name"),
        ("line_items", item("unit_price", json!(0)), item("unit_price", Value::Null), "line_items[0].unit_price"),
        ("line_items", item("tax_rate", json!("1000")), item("tax_rate", json!("1000.001")), "line_items[0].tax_rate"),
        ("line_items", item("discount_rate", json!("100")), item("discount_rate", json!("100.001")), "discount_rate"),
        ("line_items", item("discount_amount", json!(100)), item("discount_amount", json!(101)), "discount_amount"),
        (
            "products",
            json!([{ "id": "1", "name": "a", "price": "1.00" }]),
            json!([{ "id": "1", "name": "a", "price": "1.001" }]),
            "products[0].price",
        ),
        ("products", json!([]), json!([{ "id": "1", "price": "1.00" }]), "products[0].name"),
    ] {
        let answer = shop.calculate(&with(&good, field, fits)).await;
        assert_eq!(answer.status, 200, "{field}: {}", answer.text);
        assert_eq!(keys(&answer.body["data"]).len(), 23, "every key is there");
        shop.calculate(&with(&good, field, refused)).await.is(400, named);
    }
    let many = |count: usize| Value::from(vec![item("id", json!("1"))[0].clone(); count]);
    shop.calculate(&with(&good, "line_items", many(500))).await.is(200, "500 lines");
    shop.calculate(&with(&good, "line_items", many(501))).await.is(400, "line_items");
    // A whole card number is not repeated, whatever is wrong with it.
    let answer = shop.calculate(&with(&good, "cc_bin", json!("4111111111111111x"))).await;
    assert!(answer.status == 400 && !answer.text.contains("411111"), "{}", answer.text);
}

#[tokio::test]
async fn every_field_of_a_lookup_is_checked_from_both_sides() {
    let shop = Shop::with(&[("service_fee", "1.00 EUR")]).await;
    let good = json!({ "type": "integrations", "payment_method": "card", "base_amount": 1000 });
    shop.lookup(&good).await.is(400, "currency");
    let shop = Shop::with(&[("service_fee", "1.00")]).await;
    for (field, fits, refused) in [
        ("type", json!("integrations"), Value::Null),
        ("type", json!("x"), json!(1)),
        ("payment_method", json!("ach"), json!("cash")),
        ("payment_method", json!("card"), Value::Null),
        ("base_amount", json!(0), json!(-1)),
        ("base_amount", json!(9_007_199_254_740_891_i64), json!(9_007_199_254_740_992_i64)),
        ("base_amount", json!(1), json!("1")),
        ("base_amount", json!(1), Value::Null),
        ("bin", json!("123456"), json!("12345")),
        ("bin", json!("1234567890123456789"), json!("12345678901234567890")),
        ("state", json!("x".repeat(50)), json!("x".repeat(51))),
        ("customer_id", json!(""), json!("x")),
        ("payment_id", Value::Null, json!("no id")),
    ] {
        let answer = shop.lookup(&with(&good, field, fits)).await.ok();
        assert_eq!(answer["service_fee"], 100, "{field}");
        shop.lookup(&with(&good, field, refused)).await.is(400, field);
    }
}

#[tokio::test]
async fn a_base_alone_gets_the_merchants_own_fees() {
    let shop = Shop::with(&[
        ("surcharge", "3%"),
        ("service_fee", "1.00"),
        ("payment_adjustment", "2%"),
        ("cash_discount", "1%"),
        ("default_tax", "9%"),
    ])
    .await;
    let address = json!({ "state": "IL", "postal_code": "60187" });
    let paid = |number: &str| {
        with(&with(&card("sale", 0, number), "base_amount", json!(10_000)), "billing_address", address.clone())
    };
    let bank = with(&super::till::ach(0, "021000021"), "base_amount", json!(10_000));
    let mut booked = 0;
    for (body, amount, surcharge, fee, adjustment, discount) in [
        // 3 % of 10 000 + 100 + 200.
        (paid(CREDIT), 10_609, 309, 100, 200, 0),
        (paid(DEBIT), 10_300, 0, 100, 200, 0),
        // 1 % off, 2 % of the rest.
        (bank, 10_198, 0, 100, 198, 100),
        (with(&paid(CREDIT), "surcharge", json!(0)), 10_300, 0, 100, 200, 0),
        (with(&paid(CREDIT), "surcharge", json!(50)), 10_350, 50, 100, 200, 0),
        (with(&paid(CREDIT), "payment_adjustment", json!({ "type": "flat", "value": 0 })), 10_403, 303, 100, 0, 0),
        (with(&with(&paid(DEBIT), "tip_amount", json!(500)), "tax_amount", json!(800)), 10_800, 0, 100, 200, 0),
        (with(&paid(CREDIT), "amount", json!(10_000)), 10_000, 0, 0, 0, 0),
    ] {
        let made = shop.till.charge(&body).await.data(200).clone();
        let found = ["amount", "surcharge", "service_fee", "payment_adjustment", "discount_amount", "base_amount"]
            .map(|field| made[field].as_i64());
        assert_eq!(found, [amount, surcharge, fee, adjustment, discount, 10_000].map(Some), "{body}");
        assert_eq!(made["amount_captured"], amount);
        booked += surcharge + fee + adjustment;
    }
    assert_eq!(shop.booked("fee_income"), booked, "surcharge, service fee and adjustment are income of their own");
    assert_eq!((shop.booked("tips_payable"), shop.booked("tax_payable")), (500, 800));
    let credit = with(&with(&paid(CREDIT), "type", json!("credit")), "surcharge", Value::Null);
    assert_eq!(shop.till.charge(&credit).await.data(200)["amount"], 10_000, "money that is given has no fees");
    let customer = json!({ "flags": ["surcharge_exempt"], "default_billing_address": address,
        "default_payment": { "card": { "number": CREDIT, "expiration_date": "12/30" } } });
    let record = shop.till.client.post("/api/vault/customer", &customer).await.data(200).clone();
    let body =
        json!({ "type": "sale", "base_amount": 10_000, "payment_method": { "customer": { "id": record["id"] } } });
    assert_eq!(shop.till.charge(&body).await.data(200)["amount"], 10_300, "who is exempt is not surcharged");
    let much = with(&with(&paid(DEBIT), "tax_amount", json!(9_000)), "shipping_amount", json!(1_001));
    let refused = shop.till.charge(&much).await;
    assert!(refused.status == 400 && refused.msg().contains("base_amount"), "{}", refused.text);
}
